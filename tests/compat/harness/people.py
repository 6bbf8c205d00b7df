"""People of a test: invited, joined, signed in, with an authenticator; as a stranger's script would do it."""

import base64
import hashlib
import hmac
import struct
import time
import uuid

import requests

PASSWORD = "a long enough password"


def code_of(secret: str, at: float | None = None) -> str:
    """RFC 6238 with six digits, SHA-1 and steps of 30 seconds, as authenticators show it."""
    step = int((time.time() if at is None else at) // 30)
    mac = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    start = mac[-1] & 0xF
    return f"{(struct.unpack('>I', mac[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def join(rest, link: str) -> requests.Response:
    """Accepts an invitation, which must succeed; its answer is that of signing in."""
    answer = accept(rest, link)
    assert answer.status_code == 200, answer.text
    return answer


def accept(rest, link: str) -> requests.Response:
    return as_stranger(rest, "POST", "/weir/v1/memberships", {"token": link, "password": PASSWORD})


def as_stranger(rest, method: str, path: str, body: dict | None = None, **options) -> requests.Response:
    """A request without any key."""
    return requests.request(method, rest._weir.endpoint + path, json=body, timeout=30, **options)


def as_person(rest, token: str, method: str, path: str, body: dict | None = None) -> requests.Response:
    """A request in the session of a person."""
    return as_stranger(rest, method, path, body, headers={"Authorization": f"Bearer {token}"})


def sign_in(rest, email: str, password: str = PASSWORD, code: str | None = None) -> requests.Response:
    body = {"email": email, "password": password} | ({"code": code} if code else {})
    return as_stranger(rest, "POST", "/sessions", body)


def invited(rest) -> dict:
    """Somebody who has not joined yet: `id`, `email`, `invitation` and `link`."""
    email = f"{uuid.uuid4().hex[:12]}@example.com"
    made = rest.ok("POST", "/iam/v2/invitations", json={"email": email})
    return {"id": made["user"]["id"], "email": email, "invitation": made["id"], "link": made["link"]}


def joined(rest) -> dict:
    """Somebody who joined, and the `token` of their session."""
    person = invited(rest)
    return person | {"token": join(rest, person["link"]).json()["token"]}


def with_authenticator(rest) -> dict:
    """Somebody with a second factor: the `secret` of their authenticator and the recovery `codes`."""
    person = joined(rest)
    person["secret"] = begin_factor(rest, person).json()["secret"]
    confirmed = confirm_factor(rest, person, code_of(person["secret"]))
    assert confirmed.status_code == 200, confirmed.text
    return person | {"codes": confirmed.json()["recovery_codes"]}


def begin_factor(rest, person: dict) -> requests.Response:
    return as_person(rest, person["token"], "POST", "/weir/v1/second-factor", {"password": PASSWORD})


def confirm_factor(rest, person: dict, code: str) -> requests.Response:
    return as_person(rest, person["token"], "POST", "/weir/v1/second-factor/confirm", {"code": code})


def has_factor(rest, person: dict) -> bool:
    answer = as_person(rest, person["token"], "GET", "/weir/v1/second-factor")
    assert answer.status_code == 200, answer.text
    return answer.json()["enabled"]
