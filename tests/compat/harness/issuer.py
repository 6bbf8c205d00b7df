"""An identity provider of a test: signs tokens, gives them to clients, publishes its keys on this machine."""

import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import subprocess
import threading
import time


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class SigningKey:
    """An RSA key; openssl makes it and signs with it."""

    def __init__(self, folder: pathlib.Path, kid: str):
        self.kid, self.path = kid, folder / f"{kid}.pem"
        self._openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", str(self.path))

    @staticmethod
    def _openssl(*arguments: str, stdin: bytes = b"") -> bytes:
        return subprocess.run(["openssl", *arguments], input=stdin, capture_output=True, check=True).stdout

    def jwk(self) -> dict:
        modulus = self._openssl("rsa", "-in", str(self.path), "-noout", "-modulus").decode().strip().partition("=")[2]
        numbers = {"n": encoded(bytes.fromhex(modulus)), "e": encoded((65537).to_bytes(3, "big"))}
        return {"kid": self.kid, "kty": "RSA", "use": "sig", "alg": "RS256"} | numbers

    def public(self) -> bytes:
        return self._openssl("rsa", "-in", str(self.path), "-pubout")

    def token(self, claims: dict, **header) -> str:
        header = {"alg": "RS256", "typ": "JWT", "kid": self.kid} | header
        signed = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
        match header["alg"]:
            case "none":
                signature = b""
            case "HS256":
                # As if the public key, which everybody has, were a shared secret.
                signature = hmac.new(self.public(), signed.encode(), hashlib.sha256).digest()
            case _:
                signature = self._openssl("dgst", "-sha256", "-sign", str(self.path), stdin=signed.encode())
        return f"{signed}.{encoded(signature)}"


class Provider:
    """`/token` for the client-credentials grant, `/keys` for the key set; `lifetime` is of the tokens, in seconds."""

    issuer = "https://issuer.example.com"

    def __init__(self, folder: pathlib.Path, lifetime: float = 15):
        self.folder, self.lifetime = folder, lifetime
        self.key = SigningKey(folder, "first")
        self.published = [self.key]
        self.given = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, body: dict) -> None:
                data = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self):
                self.answer({"keys": [key.jwk() for key in provider.published]})

            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                provider.given += 1
                token = provider.token()
                self.answer({"access_token": token, "token_type": "Bearer", "expires_in": provider.lifetime})

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def claims(self, **other) -> dict:
        now = time.time()
        usual = {"iss": self.issuer, "sub": "repo:acme/app", "aud": "weir", "iat": int(now), "exp": int(now + self.lifetime)}
        return usual | other

    def token(self, **claims) -> str:
        return self.key.token(self.claims(**claims))

    def rotate(self) -> None:
        """Signs with another key from now on, and publishes that alone."""
        self.key = SigningKey(self.folder, f"next-{time.monotonic_ns()}")
        self.published = [self.key]

    def stop(self) -> None:
        """Nobody answers any more."""
        self._server.shutdown()
        self._server.server_close()
