"""A server process: start, wait, stop, kill, measure."""

import os
import pathlib
import signal
import socket
import subprocess
import time


class ServerDied(RuntimeError):
    """The process ended although nobody asked it to."""


class Process:
    """One run of a server, with its output in a file that failed tests can show."""

    def __init__(self, command: list[str], log: pathlib.Path, env: dict[str, str] | None = None, cwd=None, **who):
        self.log = log
        self._output = open(log, "ab")
        self.started_at = time.monotonic()
        self.child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env=env,
            cwd=cwd,
            **who,
        )

    @property
    def pid(self) -> int:
        return self.child.pid

    def alive(self) -> bool:
        return self.child.poll() is None

    def wait(self, timeout: float) -> int:
        """Waits for the process to end by itself and returns its exit code."""
        code = self.child.wait(timeout)
        self._output.close()
        return code

    def stop(self, timeout: float = 30.0) -> int:
        """Asks politely (SIGTERM); a process that does not obey in time is an error."""
        if self.alive():
            self.child.send_signal(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def kill(self) -> None:
        """kill -9: nothing is flushed, nothing is said."""
        if self.alive():
            self.child.kill()
        self.child.wait()
        self._output.close()

    def await_condition(self, what: str, ready, timeout: float, poll: float = 0.01):
        """Polls `ready` until it returns something true; the process must live meanwhile."""
        deadline = time.monotonic() + timeout
        while True:
            value = ready()
            if value:
                return value
            if not self.alive():
                raise ServerDied(f"exit code {self.child.returncode} before {what}\n{self.tail()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what} took more than {timeout:.0f} s\n{self.tail()}")
            time.sleep(poll)

    def tail(self, size: int = 4000) -> str:
        text = self.log.read_bytes()[-size:] if self.log.exists() else b""
        return text.decode("utf-8", "replace")

    def pss_mib(self) -> float:
        """Proportional set size: what the process costs this machine, shared pages divided."""
        for line in pathlib.Path(f"/proc/{self.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("smaps_rollup has no Pss line")

    def cpu_seconds(self) -> float:
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def listening(port: int) -> bool:
    """Whether something accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
