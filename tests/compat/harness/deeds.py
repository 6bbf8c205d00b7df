"""What `failpoints.py` does beside making, changing and deleting things: one `Deed` for each such request."""

import dataclasses
import http.client
import time
import uuid

from . import people, undoing
from .operations import method_of
from .things import publish_keys
from .wait import eventually

# Findings that there are before the walk, one for each end of a process and some more.
FINDINGS = 30


@dataclasses.dataclass(frozen=True)
class Deed:
    """A changing request: what it is about, how it is sent, and what tells that it was carried out.

    `prepare` makes what one request is about, `send` sends it, also as a repetition. `done` looks whether it was carried
    out; without one, only its answer and the audit log tell. `proven` fails unless everything is as it must be behind
    the repetition, whose answer it gets when that was carried out, and none when it was refused because all was done.
    """

    name: str
    operation: str
    prepare: callable
    send: callable
    done: callable = None
    proven: callable = lambda subject, answer: None
    # What the repetition of something that was done may be refused with.
    refused: tuple = ()

    @property
    def method(self) -> str:
        return method_of(self.operation)


def deeds(rest, listener) -> list[Deed]:
    """All of them; what they stand on is made here."""
    return [
        *deeds_of_people(rest),
        *deeds_of_passwords(rest),
        *deeds_of_second_factors(rest),
        *deeds_of_settings(rest, listener),
        *deeds_of_providers(rest, listener),
        finding_is_acknowledged(rest),
        *undoing.deeds_of_undo(rest, Deed),
    ]


def deeds_of_people(rest) -> list[Deed]:
    """People are invited, join, get another name and go, with all that is theirs."""
    path = lambda one: f"/iam/v2/users/{one['id']}"  # noqa: E731
    shown = lambda one: rest.ok("GET", path(one))["full_name"] == one["full_name"]  # noqa: E731
    named = lambda: people.invited(rest) | {"full_name": uuid.uuid4().hex}  # noqa: E731
    status = lambda one: rest.ok("GET", f"/iam/v2/invitations/{one['invitation']}")["status"]  # noqa: E731

    def signs_in(one, _answer):
        assert people.sign_in(rest, one["email"]).status_code == 200, one

    return [
        Deed(
            "update user",
            "update_user",
            named,
            lambda one: rest.call("PATCH", path(one), json={"full_name": one["full_name"]}),
            shown,
        ),
        Deed(
            "delete user",
            "delete_user",
            lambda: with_belongings(rest),
            lambda one: rest.call("DELETE", path(one)),
            lambda one: rest.call("GET", path(one)).status_code == 404,
            lambda one, _: nothing_is_left(rest, one),
            refused=(404,),
        ),
        Deed(
            "create membership",
            "create_membership",
            lambda: people.invited(rest),
            lambda one: people.accept(rest, one["link"]),
            lambda one: status(one) == "INVITE_STATUS_ACCEPTED",
            signs_in,
            refused=(403,),
        ),
        Deed(
            "create invitation link",
            "create_invitation_link",
            lambda: people.invited(rest),
            lambda one: rest.call("POST", f"/weir/v1/invitations/{one['invitation']}/link"),
            proven=lambda one, answer: the_last_link_opens(rest, one, answer.json()["link"]),
        ),
    ]


def with_belongings(rest) -> dict:
    """Somebody with a session, a role and a key."""
    person = people.joined(rest)
    everything = f"crn://confluent.cloud/organization={rest.organization}"
    binding = rest.grant(person["id"], "MetricsViewer", everything)["id"]
    key = rest.api_key(person["id"], "cloud")
    return person | {"key": key, "binding": binding}


def nothing_is_left(rest, one: dict) -> None:
    """Neither session nor key of somebody who is gone opens anything, and the role went with them."""
    session = people.as_person(rest, one["token"], "GET", "/org/v2/environments").status_code
    key = people.as_stranger(rest, "GET", "/org/v2/environments", auth=one["key"]).status_code
    role = rest.call("GET", f"/iam/v2/role-bindings/{one['binding']}").status_code
    assert (session, key, role) == (401, 401, 404), (session, key, role)
    assert people.sign_in(rest, one["email"]).status_code == 403


def the_last_link_opens(rest, one: dict, link: str) -> None:
    assert people.accept(rest, one["link"]).status_code == 403, "the link before it opens nothing"
    people.join(rest, link)


def deeds_of_passwords(rest) -> list[Deed]:
    """Another password: it opens, the one before does not, and the session goes on."""
    opens = lambda one: people.sign_in(rest, one["email"], one["new"]).status_code == 200  # noqa: E731

    def send(one):
        wish = {"old_password": people.PASSWORD, "new_password": one["new"]}
        return people.as_person(rest, one["token"], "POST", "/weir/v1/password", wish)

    def proven(one, _answer):
        assert people.sign_in(rest, one["email"]).status_code == 403, "the old one opens still"
        assert people.as_person(rest, one["token"], "GET", "/org/v2/environments").status_code == 200

    fresh = lambda: people.joined(rest) | {"new": f"another {uuid.uuid4().hex}"}  # noqa: E731
    return [Deed("update password", "update_password", fresh, send, opens, proven, refused=(403,))]


def deeds_of_second_factors(rest) -> list[Deed]:
    """Second factors are begun, confirmed, removed by their person, and reset by somebody else."""

    def begun():
        person = people.joined(rest)
        return person | {"secret": people.begin_factor(rest, person).json()["secret"]}

    def remove(one):
        # A code opens once, also when what it was shown for was not done.
        wish = {"password": people.PASSWORD, "code": one["codes"].pop()}
        return people.as_person(rest, one["token"], "POST", "/weir/v1/second-factor/remove", wish)

    def confirmable(one, answer):
        confirmed = people.confirm_factor(rest, one, people.code_of(answer.json()["secret"]))
        assert confirmed.status_code == 200, confirmed.text

    def asked_for(one, answer):
        assert people.sign_in(rest, one["email"]).status_code == 403, "no code is asked for"
        newer = people.code_of(one["secret"], time.time() + 30)
        assert people.sign_in(rest, one["email"], code=newer).status_code == 200, "the authenticator opens nothing"
        # Codes that were shown to nobody are lost; the factor can be removed with the authenticator.
        if answer:
            code = answer.json()["recovery_codes"][0]
            assert people.sign_in(rest, one["email"], code=code).status_code == 200, "recovery codes open nothing"

    has = lambda one: people.has_factor(rest, one)  # noqa: E731
    has_none = lambda one: not has(one)  # noqa: E731

    def not_asked_for(one, _answer):
        assert people.sign_in(rest, one["email"]).status_code == 200, "a code is asked for still"

    fresh, armed = lambda: people.joined(rest), lambda: people.with_authenticator(rest)  # noqa: E731
    begin = lambda one: people.begin_factor(rest, one)  # noqa: E731
    confirm = lambda one: people.confirm_factor(rest, one, people.code_of(one["secret"]))  # noqa: E731
    reset = lambda one: rest.call("DELETE", f"/weir/v1/users/{one['id']}/second-factor")  # noqa: E731
    name = "second factor"
    return [
        Deed(f"begin {name}", "create_second_factor", fresh, begin, proven=confirmable),
        Deed(f"confirm {name}", "update_second_factor", begun, confirm, has, asked_for, refused=(404,)),
        Deed(f"remove {name}", "delete_second_factor", armed, remove, has_none, not_asked_for, refused=(404,)),
        Deed(f"reset {name}", "delete_user_second_factor", armed, reset, has_none, not_asked_for),
    ]


def deeds_of_settings(rest, listener) -> list[Deed]:
    """What there is one of: the organization, how long its audit log is kept, and where its people sign in."""
    organization, audit, sso = f"/org/v2/organizations/{rest.organization}", "/weir/v1/audit-settings", "/weir/v1/sso-connection"
    days = iter(range(400, 3_000))
    at_home = {"issuer": listener.url("/people"), "client_id": "weir", "client_secret": "s3cret", "domains": ["walked.example"]}

    def shows(path, member):
        return lambda one: rest.ok("GET", path)[member] == one[member]

    def sets(path, member):
        return lambda one: rest.call("PATCH", path, json={member: one[member]})

    def connected():
        rest.ok("PATCH", sso, json=at_home)
        return {"client_id": uuid.uuid4().hex, "client_secret": "another"}

    def unconnected():
        assert rest.call("DELETE", sso).status_code in (204, 404)
        return {}

    def keeps_its_secret(_one, _answer):
        shown = rest.ok("GET", sso)
        assert shown["has_client_secret"] and "s3cret" not in str(shown), shown

    is_there = lambda _: rest.call("GET", sso).status_code == 200  # noqa: E731
    is_gone = lambda one: not is_there(one)  # noqa: E731
    called = lambda: {"display_name": uuid.uuid4().hex}  # noqa: E731
    kept = lambda: {"retention_days": next(days)}  # noqa: E731
    connect, change = lambda _: rest.call("PATCH", sso, json=at_home), lambda one: rest.call("PATCH", sso, json=one)  # noqa: E731
    update, name = "update_sso_connection", "SSO connection"
    return [
        Deed(
            "update organization",
            "update_organization",
            called,
            sets(organization, "display_name"),
            shows(organization, "display_name"),
        ),
        Deed(
            "update audit settings",
            "update_audit_settings",
            kept,
            sets(audit, "retention_days"),
            shows(audit, "retention_days"),
        ),
        Deed(f"make {name}", update, unconnected, connect, is_there, keeps_its_secret),
        Deed(f"update {name}", update, connected, change, shows(sso, "client_id"), keeps_its_secret),
        Deed(
            f"delete {name}",
            "delete_sso_connection",
            connected,
            lambda _: rest.call("DELETE", sso),
            is_gone,
            refused=(404,),
        ),
    ]


def deeds_of_providers(rest, listener) -> list[Deed]:
    """Keys of identity providers are read anew."""
    path = "/iam/v2/identity-providers"
    keys, last = publish_keys(listener), {}

    def provider():
        # One organization has 20 at most.
        if last:
            rest.call("DELETE", f"{path}/{last['id']}")
        name = uuid.uuid4().hex
        wish = {"display_name": name, "description": "", "issuer": f"https://{name}.example.com", "jwks_uri": keys}
        last["id"] = rest.ok("POST", path, json=wish)["id"]
        return dict(last)

    def proven(one, answer):
        assert rest.ok("GET", f"{path}/{one['id']}")["keys"], one

    refresh = lambda one: rest.call("PATCH", f"{path}/{one['id']}/jwks", json={"spec": {"jwks_status": "REFRESHED"}})  # noqa: E731
    return [Deed("refresh keys", "update_identity_provider_jwks", provider, refresh, proven=proven)]


def finding_is_acknowledged(rest) -> Deed:
    """Sign-ins fail from many addresses, and somebody says of each that it was seen."""
    path = "/weir/v1/security-findings"
    for last in range(FINDINGS):
        fail_from(rest, f"127.9.0.{last + 1}")
    query = {"rule": "failed-sign-ins", "page_size": 100}
    found = lambda: rest.ok("GET", path, params=query)["data"]  # noqa: E731
    spare = iter(eventually(f"{FINDINGS} findings", lambda: len(found()) >= FINDINGS and found()))
    state = lambda one: rest.ok("GET", f"{path}/{one['id']}")["state"]  # noqa: E731
    seen = "ACKNOWLEDGED"
    return Deed(
        "acknowledge finding",
        "update_security_finding",
        lambda: next(spare),
        lambda one: rest.call("PATCH", f"{path}/{one['id']}", json={"state": seen}),
        lambda one: state(one) == seen,
    )


def fail_from(rest, address: str) -> None:
    """A wrong key from another address of this machine."""
    port = int(rest._weir.endpoint.rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30, source_address=(address, 0))
    connection.request("GET", "/org/v2/environments", headers={"Authorization": "Basic Tk9TVUNIS0VZOng="})
    assert connection.getresponse().status == 401
    connection.close()
