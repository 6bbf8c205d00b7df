"""A small OpenID Connect provider of people on this machine. It checks what a provider has to check, and can misbehave."""

import base64
import dataclasses
import hashlib
import http.server
import json
import pathlib
import subprocess
import threading
import time
import urllib.parse
import uuid

CLIENT = "weir"
SECRET = "s3cret&more"


def part(of: bytes) -> str:
    return base64.urlsafe_b64encode(of).decode().rstrip("=")


class Key:
    """An RSA key that signs, by way of openssl."""

    def __init__(self, folder: pathlib.Path):
        self.file = folder / "provider.pem"
        subprocess.run(["openssl", "genrsa", "-out", self.file, "2048"], check=True, capture_output=True)
        said = subprocess.run(["openssl", "rsa", "-in", self.file, "-modulus", "-noout"], check=True, capture_output=True)
        modulus = bytes.fromhex(said.stdout.decode().strip().removeprefix("Modulus="))
        self.public = {"kid": "rsa", "kty": "RSA", "use": "sig", "alg": "RS256", "n": part(modulus), "e": "AQAB"}

    def token(self, claims: dict) -> str:
        head = {"alg": "RS256", "typ": "JWT", "kid": "rsa"}
        signed = f"{part(json.dumps(head).encode())}.{part(json.dumps(claims).encode())}"
        sign = ["openssl", "dgst", "-sha256", "-sign", self.file]
        done = subprocess.run(sign, input=signed.encode(), check=True, capture_output=True)
        return f"{signed}.{part(done.stdout)}"


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a code can be traded for, once."""

    challenge: str
    redirect_uri: str
    token: str


class Provider:
    """`said` is what is said of whoever comes next, beside and in place of what is true."""

    def __init__(self, folder: pathlib.Path):
        self.key, self.grants, self.said = Key(folder), {}, {}
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_address[1]}/people"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def configuration(self) -> dict:
        ends = {"jwks_uri": "keys", "authorization_endpoint": "authorize", "token_endpoint": "token"}
        supported = {"authorization_response_iss_parameter_supported": True}
        return {"issuer": self.issuer} | {name: f"{self.issuer}/{end}" for name, end in ends.items()} | supported

    def authorize(self, asked: dict) -> str:
        """Signs in whoever was sent here; where the browser is sent back to."""
        assert asked["response_type"] == "code" and asked["client_id"] == CLIENT, asked
        assert asked["code_challenge_method"] == "S256" and asked["scope"].startswith("openid"), asked
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": uuid.uuid4().hex, "iat": now, "exp": now + 300}
        claims |= {"nonce": asked["nonce"], "email": asked["login_hint"], "email_verified": True, "name": "Ada"}
        code = uuid.uuid4().hex
        self.grants[code] = Grant(asked["code_challenge"], asked["redirect_uri"], self.key.token(claims | self.said))
        back = {"state": asked["state"], "code": code, "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urllib.parse.urlencode(back)}"

    def trade(self, authorization: str, form: dict) -> dict | None:
        """The answer to a code, unless something about it is wrong."""
        # RFC 6749: id and secret are encoded as in a form.
        client = f"{CLIENT}:{urllib.parse.quote_plus(SECRET)}".encode()
        if authorization != f"Basic {base64.b64encode(client).decode()}":
            return None
        grant = self.grants.pop(form.get("code"), None)
        shown = part(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if grant is None or shown != grant.challenge or form.get("redirect_uri") != grant.redirect_uri:
            return None
        return {"access_token": "x", "token_type": "Bearer", "id_token": grant.token}

    def _handler(provider):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                where, _, query = self.path.partition("?")
                if where == "/people/authorize":
                    asked = dict(urllib.parse.parse_qsl(query))
                    return self.answer(302, {}, {"location": provider.authorize(asked)})
                pages = {"/people/keys": {"keys": [provider.key.public]}}
                pages["/people/.well-known/openid-configuration"] = provider.configuration()
                return self.answer(200 if where in pages else 404, pages.get(where, {}))

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                answer = provider.trade(self.headers.get("authorization", ""), dict(urllib.parse.parse_qsl(body)))
                self.answer(400 if answer is None else 200, answer or {"error": "invalid_grant"})

            def answer(self, status, page, headers=None):
                body = json.dumps(page).encode()
                self.send_response(status)
                for name, value in ({"content-type": "application/json"} | (headers or {})).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        return Handler
