"""Every operation of the specification that changes something is walked by `failpoints.py`, or the reason is told there."""

import json

import failpoints
from harness import paths

CHANGING = ("post", "put", "patch", "delete")


def changing_operations() -> set[str]:
    specification = json.loads((paths.REPOSITORY / "openapi" / "openapi.json").read_text())
    operations = (one for path in specification["paths"].values() for method, one in path.items() if method in CHANGING)
    return {one["operationId"] for one in operations}


def test_every_changing_operation_is_walked_or_has_a_reason():
    # The specification names one and several alike.
    walked = {"delete_acls" if each == "delete_acl" else each for each in failpoints.walked_operations()}
    known = walked | set(failpoints.NOT_WALKED)
    assert not walked & set(failpoints.NOT_WALKED)
    operations = changing_operations()
    assert operations - known == set(), "new ones: walk them, or say why not"
    assert known - operations == set(), "they are gone from the specification"
