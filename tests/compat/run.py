#!/usr/bin/env python3
"""Runs the compatibility suite: real clients against the real `weir` binary.

    tests/compat/run.py --setup            fetch what the suite needs, run nothing
    tests/compat/run.py --ci               every test and the short form of chaos
    tests/compat/run.py --all              every test with the full data set, all kills, timings
    tests/compat/run.py --against kafka    the same tests on a plain Apache Kafka
    tests/compat/run.py --ci test_groups.py -k static      further arguments go to pytest

`WEIR_BIN` names the binary; without it the newest build in the target folder is taken. The last
line is `N passed, N failed, N skipped`.
"""

import argparse
import os
import pathlib
import subprocess
import sys

from harness import environment

SUITE = pathlib.Path(__file__).resolve().parent
REQUIREMENTS = SUITE / "requirements.txt"


def setup(against: str) -> None:
    from harness import stores, tools

    tools.java_classes()
    tools.flights_parquet()
    tools.require_programs()
    if against == "kafka":
        tools.kafka_jars()
    else:
        stores.python_folder()
        stores.azurite_folder()


class Tally:
    """A pytest plugin that counts outcomes; a test counts once, whatever its phases did."""

    def __init__(self):
        self.outcomes: dict[str, str] = {}

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.skipped:
            self.outcomes.setdefault(report.nodeid, "skipped")
        elif report.when == "call":
            self.outcomes.setdefault(report.nodeid, "passed")

    def pytest_collectreport(self, report):
        if report.failed:
            self.outcomes[report.nodeid] = "failed"

    def line(self) -> str:
        counts = (sum(each == kind for each in self.outcomes.values()) for kind in KINDS)
        return ", ".join(f"{count} {kind}" for count, kind in zip(counts, KINDS))


KINDS = ("passed", "failed", "skipped")


def arguments() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--setup", action="store_true")
    parser.add_argument("--ci", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--against", choices=("weir", "kafka"), default="weir")
    return parser.parse_known_args()


def main() -> int:
    environment.enter(REQUIREMENTS, "venv")
    os.chdir(SUITE)
    options, rest = arguments()
    setup(options.against)
    if options.setup:
        return 0
    import pytest

    tally = Tally()
    rows = "500000" if options.all else "50000"
    flags = ["-q", f"--against={options.against}", f"--rows={rows}"]
    flags += ["--costly"] if options.all else []
    code = pytest.main([*flags, *rest], plugins=[tally])
    extra = []
    if not rest and options.against == "weir":
        extra = [["chaos.py", "--kills", "30"], ["timings.py"]] if options.all else [["chaos.py", "--ci"]]
    for script in extra:
        done = subprocess.run([sys.executable, *script])
        tally.outcomes[script[0]] = "failed" if done.returncode else "passed"
    print(tally.line(), flush=True)
    return 1 if code or "failed" in tally.outcomes.values() else 0


if __name__ == "__main__":
    sys.exit(main())
