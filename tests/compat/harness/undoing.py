"""What `failpoints.py` does with what was deleted and can be brought back."""

from . import topics

DELETED = {"cluster": "/weir/v1/deleted-clusters", "environment": "/weir/v1/deleted-environments"}


def deleted_with_all(rest, kind: str) -> dict:
    """A cluster in an environment of its own, with a key and a role on it, one or both deleted."""
    environment = rest.ok("POST", "/org/v2/environments", json={"display_name": topics.unique("undone")})["id"]
    spec = {"display_name": "shop", "cloud": "AWS", "region": "us-east-1", "environment": {"id": environment}}
    made = rest.ok("POST", "/cmk/v2/clusters", json={"spec": spec})
    account, cluster = rest.service_account(), made["id"]
    scope = made["metadata"]["resource_name"].rsplit("/kafka=", 1)[0]
    binding = rest.grant(account, "CloudClusterAdmin", scope)["id"]
    key, _ = rest.api_key(account, cluster)
    what = {"environment": environment, "cluster": cluster, "binding": binding, "key": key}
    path = f"/cmk/v2/clusters/{cluster}" if kind == "cluster" else f"/org/v2/environments/{environment}"
    rest.ok("DELETE", path, params={"environment": environment} if kind == "cluster" else {})
    return what | {"path": f"{DELETED[kind]}/{what[kind]}"}


def is_whole(rest, one: dict) -> bool:
    """Whether it is there again: with all that it had, or with nothing of it."""
    scope = {"environment": one["environment"]}
    there = [
        rest.call("GET", f"/cmk/v2/clusters/{one['cluster']}", params=scope).status_code,
        rest.call("GET", f"/iam/v2/api-keys/{one['key']}").status_code,
        rest.call("GET", f"/iam/v2/role-bindings/{one['binding']}").status_code,
    ]
    assert len({code == 200 for code in there}) == 1, f"in parts: {there}"
    return there[0] == 200


def is_kept(rest, one: dict) -> bool:
    return rest.call("GET", one["path"]).status_code == 200


def either(rest, one: dict) -> None:
    """It is there, or can be brought back: not both, not neither."""
    assert is_whole(rest, one) != is_kept(rest, one)


def deeds_of_undo(rest, deed) -> list:
    """Deleted clusters and environments come back, or go for good."""

    def of(kind: str) -> list:
        prepare = lambda: deleted_with_all(rest, kind)  # noqa: E731
        return [
            deed(
                f"restore {kind}",
                f"create_{kind}_restore",
                prepare,
                lambda one: rest.call("POST", f"{one['path']}/restore"),
                lambda one: is_whole(rest, one),
                lambda one, _: either(rest, one),
            ),
            deed(
                f"purge {kind}",
                f"delete_deleted_{kind}",
                prepare,
                lambda one: rest.call("DELETE", one["path"]),
                lambda one: not is_kept(rest, one),
                lambda one, _: nothing_comes_back(rest, one),
                refused=(404,),
            ),
        ]

    return [*of("cluster"), *of("environment")]


def nothing_comes_back(rest, one: dict) -> None:
    assert not is_whole(rest, one)
    assert rest.call("POST", f"{one['path']}/restore").status_code == 404
