#!/usr/bin/env python3
"""The public command line `confluent`, unmodified, against the real `weir` binary.

    tests/compat/public_cli.py --cli PATH

Environments, clusters of three tiers, accounts, API keys, role bindings, ACLs, topics with records
produced and consumed, consumer groups; each command with its seconds, the first one that is not as wanted
ends the run. Signing in goes both ways: `weir login --export confluent`, and `confluent login` with an
address that ends with `/confluent.cloud`, which is what it takes for its own cloud.
"""

import argparse
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time

from harness import paths
from harness.wait import eventually
from harness.weir import Weir

HOW = (
    "git clone https://github.com/confluentinc/cli && cd cli && git checkout v4.60.0 && "
    "CGO_ENABLED=1 go build -o ../bin/confluent ./cmd/confluent"
)
COMMAND_S = 60
SECRET_LENGTH = 64
RECORDS = {"a": "1", "b": "2", "c": "3"}


class Unlike(AssertionError):
    """Something is not as a user of the public service would see it."""


def sign_in(weir: Weir, home: pathlib.Path) -> None:
    """Writes the configuration file as a person would: `weir login --export confluent`."""
    home.mkdir()
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "WEIR_PASSWORD": weir.admin["login_password"]}
    words = ["login", "--endpoint", weir.endpoint, "--email", weir.admin["login_email"], "--export", "confluent"]
    subprocess.run([str(paths.weir_binary()), *words], env=environment, check=True, timeout=COMMAND_S)


def log_in(weir: Weir, binary: pathlib.Path, home: pathlib.Path) -> None:
    """`confluent login` itself: refused with a wrong password, then as a person would."""
    file = home / ".confluent" / "config.json"
    file.parent.mkdir(parents=True)
    # It asks its maker's hosts otherwise, and no test may.
    file.write_text(json.dumps({"disable_feature_flags": True, "disable_update_check": True}))
    cli = Cli(binary, home, weir.admin["ca_cert_path"])
    words = f"login --url {weir.endpoint}/confluent.cloud"
    cli.environment["CONFLUENT_CLOUD_EMAIL"] = weir.admin["login_email"]
    cli.environment["CONFLUENT_CLOUD_PASSWORD"] = "wrong"
    cli.run(words, fails=True)
    cli.environment["CONFLUENT_CLOUD_PASSWORD"] = weir.admin["login_password"]
    cli.run(words)
    same("who is signed in", column(cli.json("environment list"), "name"), ["default"])
    cli.run("logout")
    cli.run("environment list", fails=True)


def calls(weir: Weir) -> list[str]:
    """What was asked of Weir, as its log has it."""
    lines = weir.log.read_text().splitlines()
    return [line for line in lines if "request served" in line or "request failed" in line]


class Cli:
    """The command line with a home folder of its own."""

    def __init__(self, binary: pathlib.Path, home: pathlib.Path, ca: str):
        self.binary, self.ca = str(binary), ca
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
        self.count = 0

    def run(self, text: str, stdin: str = "", fails: bool = False) -> str:
        """One command; arguments hold no spaces."""
        began = time.monotonic()
        done = subprocess.run(
            [self.binary, *text.split()],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
        )
        if (done.returncode != 0) is not fails:
            raise Unlike(f"confluent {text}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        self.told(text, began)
        return done.stdout + done.stderr if fails else done.stdout

    def told(self, text: str, began: float) -> None:
        self.count += 1
        text = " ".join(word if len(word) < SECRET_LENGTH else "…" for word in text.split(" "))
        print(f"| `{text}` | {time.monotonic() - began:.1f} |", flush=True)

    def json(self, text: str):
        """The object that a command prints; words may follow it."""
        shown = self.run(f"{text} -o json")
        start = min(at for at in (shown.find("{"), shown.find("[")) if at >= 0)
        return json.JSONDecoder().raw_decode(shown[start:])[0]

    def consume(self, topic: str, group: str, count: int) -> list[str]:
        """The first records of a topic; this command never ends by itself."""
        began = time.monotonic()
        text = f"kafka topic consume {topic} --from-beginning --group {group} --print-key --delimiter :"
        words = [*text.split(), "--config", f"ssl.ca.location={self.ca}"]
        child = subprocess.Popen(
            [self.binary, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        late = threading.Timer(COMMAND_S, child.kill)
        late.start()
        try:
            lines = [child.stdout.readline().strip() for _ in range(count)]
        finally:
            late.cancel()
            child.kill()
            child.wait()
            child.stdout.close()
        self.told(text, began)
        return lines


def same(what: str, found, wanted) -> None:
    if found != wanted:
        raise Unlike(f"{what}: {found!r} instead of {wanted!r}")


def column(rows: list[dict], name: str) -> list:
    return sorted(row[name] for row in rows)


def environments(cli: Cli) -> str:
    made = cli.json("environment create staging")["id"]
    cli.run(f"environment use {made}")
    changed = cli.json(f"environment update {made} --name production --governance-package advanced")
    same("the new name", changed["name"], "production")
    same("the package", cli.json(f"environment describe {made}")["stream_governance_package"], "ADVANCED")
    same("is current", [row["id"] for row in cli.json("environment list") if row["is_current"]], [made])
    return made


def clusters(cli: Cli) -> list[str]:
    cli.run("kafka region list --cloud gcp")
    wishes = (
        "basic --cloud aws --region us-east-2",
        "standard --cloud azure --region westeurope --type standard",
        "dedicated --cloud gcp --region europe-west3 --type dedicated --cku 2 --availability multi-zone",
    )
    made = [cli.json(f"kafka cluster create {wish}")["id"] for wish in wishes]
    for cluster in made:
        eventually(f"{cluster} is up", lambda: cli.json(f"kafka cluster describe {cluster}")["status"] == "UP", 30)
    same("tiers", column(cli.json("kafka cluster list"), "type"), ["BASIC", "DEDICATED", "STANDARD"])
    same("size", cli.json(f"kafka cluster update {made[2]} --cku 3")["cluster_size"], 3)
    same("name", cli.json(f"kafka cluster update {made[0]} --name renamed")["name"], "renamed")
    cli.run(f"kafka cluster use {made[0]}")
    return made


def keys(cli: Cli, cluster: str, account: str) -> None:
    cli.json("api-key create --resource cloud --description control")
    other = cli.json(f"api-key create --resource {cluster} --service-account {account}")["api_key"]
    cli.run(f"api-key update {other} --description changed")
    same("description", cli.json(f"api-key describe {other}")[0]["description"], "changed")
    same("keys of the account", column(cli.json(f"api-key list --service-account {account}"), "key"), [other])
    cli.run(f"api-key delete {other} --force")
    same("after deleting", cli.json(f"api-key list --service-account {account}"), [])
    own = cli.json(f"api-key create --resource {cluster}")
    cli.run(f"api-key store {own['api_key']} {own['api_secret']} --resource {cluster} --force")
    cli.run(f"api-key use {own['api_key']}")


def access(cli: Cli, environment: str, cluster: str, account: str) -> None:
    scope = f"--environment {environment} --cloud-cluster {cluster}"
    binding = f"--principal User:{account} --role CloudClusterAdmin {scope}"
    made = cli.json(f"iam rbac role-binding create {binding}")
    found = cli.json(f"iam rbac role-binding list --principal User:{account} --environment {environment} --inclusive")
    same("bindings", column(found, "id"), [made["id"]])
    same("who has the role", len(cli.json(f"iam rbac role-binding list --role CloudClusterAdmin {scope}")), 1)
    cli.run(f"iam rbac role-binding delete {binding} --force")
    cli.run("iam rbac role list")
    same("where", cli.json("iam rbac role describe EnvironmentAdmin")["policies"][0]["bindingScope"], "environment")
    allowed = f"--allow --service-account {account} --operations read,describe --topic orders --prefix"
    cli.run(f"kafka acl create {allowed}")
    cli.run(f"kafka acl create --allow --service-account {account} --operations read --consumer-group readers")
    cli.run("kafka acl create --deny --principal User:* --operations write --topic secret")
    wanted = ["DESCRIBE", "READ", "READ", "WRITE"]
    same("every ACL", column(cli.json("kafka acl list"), "operation"), wanted)
    same("of the account", len(cli.json(f"kafka acl list --service-account {account}")), 3)
    cli.run(f"kafka acl delete {allowed} --force")
    same("after deleting", len(cli.json(f"kafka acl list --service-account {account}")), 1)


def topics(cli: Cli) -> None:
    cli.run("kafka topic create orders --partitions 3 --config retention.ms=3600000")
    if "already exists" not in cli.run("kafka topic create orders", fails=True):
        raise Unlike("a second topic of the same name is refused without saying why")
    cli.run("kafka topic create orders --if-not-exists")
    cli.run("kafka topic update orders --config retention.ms=7200000")
    cli.run("kafka topic update orders --config num.partitions=5")
    same("partitions", cli.json("kafka topic describe orders")["partition_count"], 5)
    configs = {row["name"]: row["value"] for row in cli.json("kafka topic configuration list orders")}
    same("retention", configs["retention.ms"], "7200000")
    same("topics", column(cli.json("kafka topic list"), "name"), ["orders"])
    cli.run("kafka topic describe none", fails=True)
    records = "".join(f"{key}:{value}\n" for key, value in RECORDS.items())
    cli.run(f"kafka topic produce orders --parse-key --delimiter : --config ssl.ca.location={cli.ca}", records)
    same("records", sorted(cli.consume("orders", "readers", len(RECORDS))), records.split())


def groups(cli: Cli) -> None:
    same("groups", column(cli.json("kafka consumer group list"), "consumer_group"), ["readers"])
    same("group", cli.json("kafka consumer group describe readers")["consumer_group"], "readers")
    same("consumers", len(cli.json("kafka consumer list --group readers")), 1)


def people(cli: Cli) -> None:
    cli.run("iam user invitation create ada@example.com")
    [invited] = cli.json("iam user invitation list")
    same("whom", (invited["email"], invited["status"]), ("ada@example.com", "INVITE_STATUS_SENT"))
    user = invited["user_id"]
    cli.run("iam user invitation create ada@example.com", fails=True)
    cli.run(f"iam user update {user} --full-name Ada")
    same("who", cli.json(f"iam user describe {user}")["name"], "Ada")
    same("people", column(cli.json("iam user list"), "email"), ["ada@example.com", "admin@localhost"])
    cli.run(f"iam user delete {user} --force")
    same("people", column(cli.json("iam user list"), "email"), ["admin@localhost"])


def everything(cli: Cli) -> None:
    environment = environments(cli)
    made = clusters(cli)
    account = cli.json("iam service-account create app --description orders")["id"]
    keys(cli, made[0], account)
    access(cli, environment, made[0], account)
    people(cli)
    topics(cli)
    groups(cli)
    cli.run("kafka topic delete orders --force")
    cli.run(f"iam service-account delete {account} --force")
    for cluster in made:
        cli.run(f"kafka cluster delete {cluster} --force")
    cli.run(f"environment delete {environment} --force")
    same("what is left", column(cli.json("environment list"), "name"), ["default"])


def run(binary: pathlib.Path, folder: pathlib.Path) -> None:
    weir = Weir(folder)
    weir.variables["WEIR_LOG"] = "info"
    with weir:
        home = folder / "person"
        sign_in(weir, home)
        cli = Cli(binary, home, weir.admin["ca_cert_path"])
        version = cli.run("version").split("Version:")[1].split()[0]
        print(f"confluent {version}; {paths.weir_binary()}\n| command | seconds |\n|---|---|")
        began = time.monotonic()
        everything(cli)
        asked = calls(weir)
        same("calls that ended with 5xx", [line for line in asked if "request failed" in line], [])
        print(f"{cli.count} commands, {len(asked)} calls, {time.monotonic() - began:.1f} s")
        cli.run("logout")
        cli.run("environment list", fails=True)
        log_in(weir, binary, folder / "other-person")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cli", default="", metavar="PATH", help="the built `confluent`")
    given = parser.parse_args().cli
    binary = pathlib.Path(given).resolve()
    if not binary.is_file() or not binary.stat().st_mode & stat.S_IXUSR:
        raise SystemExit(f"--cli {given!r} is not a program. To get it:\n    {HOW}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-cli-"))
    try:
        run(binary, folder)
    except Unlike as unlike:
        print(f"FAILED: {unlike}\nlogs: {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
