"""People sign in at an OpenID Connect provider: invited or let in, with roles of their groups, and at a command line."""

import os
import re
import subprocess
import urllib.parse
import uuid

import pytest
import requests

from harness import oidc, people
from harness.paths import weir_binary
from harness.rest import Rest
from harness.weir import Weir

pytestmark = pytest.mark.weir_only

CONNECTION = "/weir/v1/sso-connection"
DOMAIN = "people.example"


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with oidc.Provider(tmp_path_factory.mktemp("provider")) as running:
        yield running


@pytest.fixture(scope="module")
def asked(tmp_path_factory, provider):
    """A Weir that may ask this machine, with a connection to the provider."""
    with Weir(tmp_path_factory.mktemp("sso"), flags=("--jwks-networks", "127.0.0.0/8")) as running:
        wish = {"issuer": provider.issuer, "client_id": oidc.CLIENT, "client_secret": oidc.SECRET}
        Rest(running).ok("PATCH", CONNECTION, json=wish | {"domains": [DOMAIN], "scopes": ["groups"]})
        yield running
        assert running.stop() == 0, running.process.tail()


@pytest.fixture
def rest(asked) -> Rest:
    return Rest(asked)


def somebody() -> str:
    return f"{uuid.uuid4().hex[:12]}@{DOMAIN}"


class Browser:
    """Goes to the provider and comes back, with the cookie that it got."""

    def __init__(self, rest: Rest):
        self.rest, self.session = rest, requests.Session()

    def leave(self, email: str) -> dict:
        """Begins to sign in; what the provider sends the browser back with."""
        begun = self.session.post(self.address("/weir/v1/sso-sign-ins"), json={"email": email})
        assert begun.status_code == 200, begun.text
        sent = requests.get(begun.json()["authorization_url"], allow_redirects=False)
        back = urllib.parse.urlsplit(sent.headers["location"])
        assert f"{back.scheme}://{back.netloc}{back.path}" == self.address("/sso")
        return dict(urllib.parse.parse_qsl(back.query))

    def back(self, answer: dict) -> requests.Response:
        return self.session.post(self.address("/weir/v1/sso-sessions"), json=answer)

    def enter(self, email: str) -> requests.Response:
        return self.back(self.leave(email))

    def address(self, path: str) -> str:
        return self.rest._weir.endpoint + path


@pytest.fixture
def said(provider):
    """What the provider says of whoever comes next; forgotten behind the test."""
    yield provider.said
    provider.said.clear()


@pytest.fixture
def everybody_may_join(rest):
    path = f"/org/v2/organizations/{rest.organization}"
    rest.ok("PATCH", path, json={"jit_enabled": True})
    yield
    rest.ok("PATCH", path, json={"jit_enabled": False})


def refused(answer: requests.Response, why: str) -> None:
    assert answer.status_code == 403 and why in answer.text, f"{why}: {answer.status_code} {answer.text}"
    assert answer.json()["errors"][0]["code"] == "sso_refused" and "token" not in answer.json()


def test_somebody_who_was_invited_signs_in_also_after_kill_9(rest, asked, said):
    email, said["sub"] = somebody(), "invited"
    invited = rest.ok("POST", "/iam/v2/invitations", json={"email": email, "auth_type": "AUTH_TYPE_SSO"})
    entered = Browser(rest).enter(email)
    assert entered.status_code == 200, entered.text
    token = entered.json()["token"]
    assert people.as_person(rest, token, "GET", "/me").json()["user"]["email"] == email
    assert rest.ok("GET", f"/iam/v2/invitations/{invited['id']}")["status"] == "INVITE_STATUS_ACCEPTED"
    assert people.sign_in(rest, email).status_code == 403, "there is no password"
    asked.restart(hard=True)
    assert people.as_person(rest, token, "GET", "/me").status_code == 200, "the session is gone"
    again = Browser(rest).enter(email)
    assert again.status_code == 200, again.text
    assert again.json()["user"]["resource_id"] == entered.json()["user"]["resource_id"]


def test_others_join_only_where_the_organization_says_so(rest, everybody_may_join):
    entered = Browser(rest).enter(somebody())
    assert entered.status_code == 200, entered.text
    path = f"/org/v2/environments/{rest.environment}"
    assert people.as_person(rest, entered.json()["token"], "GET", path).status_code == 404, "without a role"
    rest.ok("PATCH", f"/org/v2/organizations/{rest.organization}", json={"jit_enabled": False})
    refused(Browser(rest).enter(somebody()), "invited")


def test_a_group_gives_its_roles_to_whom_the_provider_names(rest, said, everybody_may_join):
    wish = {"display_name": "engineers", "description": "", "filter": '"eng" in claims.groups'}
    group = rest.ok("POST", "/iam/v2/sso/group-mappings", json=wish)["id"]
    environment = f"crn://confluent.cloud/organization={rest.organization}/environment={rest.environment}"
    rest.grant(group, "EnvironmentAdmin", environment)
    path = f"/org/v2/environments/{rest.environment}"

    def sees(groups) -> bool:
        said["groups"] = groups
        token = Browser(rest).enter(somebody()).json()["token"]
        return people.as_person(rest, token, "GET", path).status_code == 200

    assert sees(["all", "eng"]) and not sees(["sales"]) and not sees(None)
    rest.ok("DELETE", f"/iam/v2/sso/group-mappings/{group}")


def test_answers_that_are_not_of_this_sign_in_are_refused(rest, provider, said, everybody_may_join):
    over, browser = "begun in another browser", Browser(rest)
    answer = browser.leave(somebody())
    refused(browser.back(answer | {"state": "another"}), over)
    refused(Browser(rest).back(answer), over)
    browser = Browser(rest)
    refused(browser.back(browser.leave(somebody()) | {"iss": "https://evil.example"}), "(iss)")
    browser = Browser(rest)
    answer = browser.leave(somebody())
    del answer["iss"]
    refused(browser.back(answer), "(iss)")
    # A code of another sign-in: the verifier of PKCE is another.
    stolen, browser = Browser(rest).leave(somebody())["code"], Browser(rest)
    refused(browser.back(browser.leave(somebody()) | {"code": stolen}), "does not take the code")
    browser = Browser(rest)
    answer = browser.leave(somebody())
    assert browser.back(answer).status_code == 200
    refused(browser.back(answer), over)
    for name, value, why in (
        ("nonce", "another", "(nonce)"),
        ("iss", "https://evil.example", "(iss)"),
        ("aud", "another", "(aud)"),
        ("exp", 1, "(exp)"),
        ("email_verified", False, "(email_verified)"),
        ("email", "ada@elsewhere.example", "does not speak for this domain"),
    ):
        said.clear()
        # Whoever fails often has to wait, until somebody succeeds.
        assert Browser(rest).enter(somebody()).status_code == 200
        said[name] = value
        refused(Browser(rest).enter(somebody()), why)


def test_a_command_line_acts_for_somebody_who_signed_in_there(rest, said, everybody_may_join, tmp_path):
    email = somebody()
    token = Browser(rest).enter(email).json()["token"]
    env = os.environ | {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME")}

    def weir(*words) -> subprocess.Popen:
        command = [weir_binary(), *words]
        return subprocess.Popen(command, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    waiting = weir("login", "--device", "--endpoint", rest._weir.endpoint)
    shown = []
    while not (code := re.search(r"weir auth approve (\S+)", "".join(shown))):
        line = waiting.stdout.readline()
        assert line, f"no code in {shown}"
        shown.append(line)
    path = f"/weir/v1/device-codes/{code[1]}"
    approved = people.as_person(rest, token, "PATCH", path, {"approve": True})
    assert approved.status_code < 300, approved.text
    out, _ = waiting.communicate(timeout=30)
    assert waiting.returncode == 0, out
    status, _ = weir("auth", "status").communicate(timeout=30)
    assert email in status, status
