"""The control plane's store in Postgres, behind the real binary: whose it is, who may write, and what a crash leaves."""

import os
import pathlib
import shutil
import signal
import subprocess
import threading
import time
import uuid

import pytest
import requests
from harness import kill_postgres, paths, postgres
from harness.rest import Rest
from harness.weir import Weir

pytestmark = pytest.mark.weir_only


@pytest.fixture(scope="module")
def server():
    with postgres.running() as running:
        yield running


def weir_on(folder: pathlib.Path, url: str, data: pathlib.Path | None = None, flags=()) -> Weir:
    weir = Weir(folder, data, flags)
    weir.variables["WEIR_DATABASE_URL"] = url
    return weir


def command(weir: Weir, *arguments: str) -> subprocess.CompletedProcess:
    """A command, or a start that is to fail, with the variables of `weir`."""
    home = {"HOME": str(weir.folder / "home"), "PATH": os.environ["PATH"]}
    run = [str(paths.weir_binary()), *arguments]
    return subprocess.run(run, capture_output=True, text=True, env=home | weir.variables, timeout=60)


def refused(weir: Weir) -> str:
    """What a start says that must not succeed."""
    ran = command(weir, *weir.command()[1:])
    assert ran.returncode not in (0, 1), ran
    return ran.stderr


def environments(rest: Rest) -> list[str]:
    return [one["display_name"] for one in rest.ok("GET", "/org/v2/environments", params={"page_size": 100})["data"]]


def test_a_folder_keeps_its_database_and_shows_no_password(server, tmp_path):
    weir = weir_on(tmp_path / "weir", server.create("kept"))
    with weir:
        Rest(weir).ok("POST", "/org/v2/environments", json={"display_name": "first"})
        shown = pathlib.Path(f"/proc/{weir.process.pid}/cmdline").read_bytes()
        assert postgres.PASSWORD.encode() not in shown
        assert weir.stop() == 0
        assert not (weir.data / "control.db").exists()
        # The folder knows where; a password comes from what psql reads, too.
        weir.variables = {"PGPASSWORD": postgres.PASSWORD}
        weir.start()
        assert "first" in environments(Rest(weir))
        backup = command(weir, "backup", "create", str(tmp_path / "backup"), "--data-dir", str(weir.data))
        assert backup.returncode == 5 and "pg_dump" in backup.stderr, backup
        assert weir.stop() == 0
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path for path in files if postgres.PASSWORD.encode() in path.read_bytes()]
    assert postgres.PASSWORD not in backup.stderr


def test_what_does_not_belong_together_is_refused(server, tmp_path):
    url = server.create("mine")
    with weir_on(tmp_path / "mine", url) as mine:
        assert mine.stop() == 0
    said = refused(weir_on(tmp_path / "new", url))
    assert "belongs to another installation" in said, said
    server.create("empty")
    said = refused(weir_on(tmp_path / "again", server.url("empty"), mine.data))
    assert "holds nothing of this installation" in said, said
    server.ask("CREATE TABLE shop_order (id integer)", "empty")
    said = refused(weir_on(tmp_path / "foreign", server.url("empty")))
    assert "tables of something else" in said and "shop_order" in said, said

    with Weir(tmp_path / "file") as file:
        assert file.stop() == 0
    said = refused(weir_on(tmp_path / "file-again", server.create("unused"), file.data))
    assert "lies in its file control.db" in said, said
    assert not (file.data / "database.json").exists()
    typed = Weir(tmp_path / "typed", flags=["--database-url", server.url("unused")])
    said = refused(typed)
    assert "a password on the command line" in said and postgres.PASSWORD not in said, said
    wrong = weir_on(tmp_path / "wrong", server.url("unused").replace(postgres.PASSWORD, "guessed-it"))
    said = refused(wrong)
    assert "password authentication failed" in said and "guessed-it" not in said, said


def test_a_second_control_plane_is_refused_and_one_that_was_replaced_writes_nothing(server, tmp_path):
    url = server.create("contested")
    with weir_on(tmp_path / "first", url) as first:
        rest = Rest(first)
        rest.ok("POST", "/org/v2/environments", json={"display_name": "before"})
        shutil.copytree(first.data, tmp_path / "copy")
        second = weir_on(tmp_path / "second", url, tmp_path / "copy")
        said = refused(second)
        assert "another control plane uses the database" in said and f"process {first.process.pid}" in said, said
        # The machine sleeps; whoever is in charge ends its session and starts the other one.
        os.kill(first.process.pid, signal.SIGSTOP)
        end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'weir process %'"
        assert server.ask(f"{end} AND datname = 'contested'") == "t"
        with second:
            asked = []
            late = {"display_name": "by a dead one"}
            ask = lambda: asked.append(attempt(rest, late))  # noqa: E731
            waiting = [threading.Thread(target=ask) for _ in range(3)]
            [one.start() for one in waiting]
            Rest(second).ok("POST", "/org/v2/environments", json={"display_name": "after"})
            os.kill(first.process.pid, signal.SIGCONT)
            [one.join() for one in waiting]
            assert set(asked) <= {503, None}, asked
            assert first.process.wait(60) == 5, first.process.tail()
            assert "took the database over" in first.process.tail()
            names = environments(Rest(second))
            assert "before" in names and "after" in names and late["display_name"] not in names
            assert second.stop() == 0


def attempt(rest: Rest, wish: dict) -> int | None:
    """The status of an answer; none when the process ended instead."""
    try:
        answer = rest.call("POST", "/org/v2/environments", json=wish, timeout=60)
    except requests.RequestException:
        return None
    assert answer.status_code != 503 or int(answer.headers["retry-after"]) >= 1
    return answer.status_code


def test_nothing_acknowledged_is_lost_when_either_is_killed(server, tmp_path):
    server.create("killed")
    with weir_on(tmp_path / "weir", server.url("killed"), flags=["--rest-rates", "read=0,write=0"]) as weir:
        found = kill_postgres.run(weir, server)
    assert found.unanswered > 0 and found.refused > 0, found
    assert found.served_meanwhile > 0, found
    assert found.lost == [] and found.doubled == [], found
