"""The control plane's store moves from its file into a Postgres: under changes, and killed on the way."""

import json
import os
import subprocess
import threading
import time

import pytest
from harness import kill_postgres, paths, postgres
from harness.rest import Rest
from harness.weir import Weir

pytestmark = pytest.mark.weir_only


@pytest.fixture(scope="module")
def server():
    with postgres.running() as running:
        yield running


def mover(weir: Weir, url: str, **options) -> subprocess.Popen:
    run = [str(paths.weir_binary()), "database", "migrate", "--data-dir", str(weir.data), "-o", "json"]
    variables = {"HOME": str(weir.folder / "home"), "PATH": os.environ["PATH"], "WEIR_DATABASE_URL": url}
    return subprocess.Popen(run, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def moved(weir: Weir, url: str) -> dict:
    said, complaint = (command := mover(weir, url)).communicate(timeout=60)
    assert command.returncode == 0, complaint
    return json.loads(said)


def test_changes_wait_for_the_move_and_nothing_is_lost(server, tmp_path):
    url = server.create("moved")
    with Weir(tmp_path / "weir", flags=["--rest-rates", "read=0,write=0"]) as weir:
        found, stop = kill_postgres.Found(), threading.Event()
        kill_postgres.weir_topic(weir)
        makers = [kill_postgres.Maker(weir, found, stop) for _ in range(2)]
        [maker.start() for maker in makers]
        kill_postgres.progress(makers, 20)
        report = moved(weir, url)
        assert report["online"] and report["rows"] > 20, report
        kill_postgres.produce(weir, found)
        kill_postgres.progress(makers, 20)
        assert int(server.ask("SELECT count(*) FROM service_account", "moved")) > 20
        # What is asked for again says that there is nothing to do.
        again = mover(weir, url)
        assert again.communicate(timeout=60)[1] and again.returncode == 5
        weir.variables["WEIR_DATABASE_URL"] = url
        weir.restart(hard=True)
        kill_postgres.progress(makers, 20)
        stop.set()
        [maker.join() for maker in makers]
        assert not [maker.failure for maker in makers if maker.failure]
        kill_postgres.judge(weir, [name for maker in makers for name in maker.names], found)
        assert found.lost == [] and found.doubled == [], found
        assert found.refused == 0, "a move this short refuses nobody"
        assert not (weir.data / "control.db").exists() and (weir.data / "control.db.moved").exists()
        assert postgres.PASSWORD not in (weir.data / "database.json").read_text()
        print(report, found)


def test_killed_on_the_way_one_store_is_in_force(server, tmp_path):
    url = server.create("halfway")
    with Weir(tmp_path / "weir", flags=["--rest-rates", "read=0,write=0"]) as weir:
        rest = Rest(weir)
        names = [f"account-{number}" for number in range(200)]
        for name in names:
            rest.ok("POST", "/iam/v2/service-accounts", json={"display_name": name, "description": "here"})
        pause, killed = 0.1, 0
        while not (weir.data / "database.json").exists():
            asked = mover(weir, url)
            time.sleep(pause)
            # The command first: one that outlives Weir would carry the move out by itself.
            asked.kill()
            weir.kill()
            asked.communicate(timeout=60)
            killed += 1
            pause += 0.07
            if (weir.data / "database.json").exists():
                weir.variables["WEIR_DATABASE_URL"] = url
            weir.start()
            name = f"after-{killed}"
            Rest(weir).ok("POST", "/iam/v2/service-accounts", json={"display_name": name, "description": "here"})
            names.append(name)
            found = kill_postgres.Found()
            kill_postgres.judge(weir, names, found)
            assert found.lost == [] and found.doubled == [], (killed, found)
            assert killed < 60, "it never gets there"
        assert not (weir.data / "control.db").exists()
        assert weir.stop() == 0
        print(f"killed {killed} times, the last time behind the decision")


def test_a_stopped_weir_moves_too(server, tmp_path):
    url = server.create("stopped")
    with Weir(tmp_path / "weir") as weir:
        Rest(weir).ok("POST", "/org/v2/environments", json={"display_name": "kept"})
        assert weir.stop() == 0
        report = moved(weir, url)
        assert not report["online"], report
        weir.variables["WEIR_DATABASE_URL"] = url
        weir.start()
        listed = Rest(weir).ok("GET", "/org/v2/environments", params={"page_size": 100})["data"]
        assert "kept" in [one["display_name"] for one in listed]
        assert weir.stop() == 0
