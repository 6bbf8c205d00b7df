"""A Postgres of its own on a loopback port, with passwords, that can be killed and started again."""

import contextlib
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile

from . import paths
from .process import Process
from .wait import eventually

PASSWORD = "s3cret-of-the-database"


def binary(name: str) -> str:
    """Debian's folders first: a wrapper elsewhere may want to run as somebody else."""
    debian = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    found = str(debian[0]) if debian else shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} is not installed: run `apt-get install postgresql`")
    return found


def unprivileged() -> dict:
    """Postgres refuses to run as root."""
    if os.getuid():
        return {}
    names = {each.pw_name for each in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Postgres:
    """One server, and the databases that are made in it."""

    def __init__(self):
        # Below /tmp itself: its user may not enter the folders of tests.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-pg-"))
        self.data = self.folder / "data"
        self.port = paths.free_ports(1)[0]
        self.who = unprivileged()
        if self.who:
            os.chown(self.folder, self.who["user"], self.who["group"])
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        command = [binary("initdb"), "-D", self.data, "-U", "weir", "-A", "scram-sha-256", "--pwfile", secret]
        command += ["-N", "-E", "UTF8", "--locale", "C.UTF-8"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **self.who)
        self.process = None

    def url(self, database: str, password: bool = True) -> str:
        secret = f":{PASSWORD}" if password else ""
        return f"postgres://weir{secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        command = [binary("postgres"), "-D", str(self.data), "-p", str(self.port), "-k", str(self.folder)]
        command += ["-c", "listen_addresses=127.0.0.1"]
        self.process = Process(command, self.folder.parent / f"{self.folder.name}.log", cwd="/", **self.who)
        self.process.await_condition("postgres", self.answers, timeout=60)

    def answers(self) -> bool:
        return self.psql("SELECT 1").returncode == 0

    def psql(self, statement: str, database: str = "postgres") -> subprocess.CompletedProcess:
        command = [binary("psql"), "-XAtq", "-d", self.url(database, password=False), "-c", statement]
        environment = os.environ | {"PGPASSWORD": PASSWORD}
        return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/")

    def ask(self, statement: str, database: str = "postgres") -> str:
        done = self.psql(statement, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def create(self, database: str) -> str:
        """Makes a database and returns its address."""
        self.ask(f"CREATE DATABASE {database}")
        return self.url(database)

    def kill(self) -> None:
        """Every process of the server at once, as the power would; nothing is flushed."""
        children = self.children()
        self.process.kill()
        for pid in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        eventually("its processes are gone", lambda: not any(map(alive, children)), 20)

    def children(self) -> list[int]:
        listed = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in listed.split()]

    def close(self) -> None:
        if self.process and self.process.alive():
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def alive(pid: int) -> bool:
    status = pathlib.Path(f"/proc/{pid}/stat")
    try:
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@contextlib.contextmanager
def running():
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()
