"""What an operation is called in the specification, and in the audit log."""


def operation_of(verb: str, name: str) -> str:
    """What the specification calls this of a kind of thing."""
    return f"{verb}_{name.lower().replace(' ', '_')}"


def method_of(operation: str) -> str:
    """What the audit log calls an operation."""
    return "".join(word.capitalize() for word in operation.split("_"))
