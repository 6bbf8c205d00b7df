#!/usr/bin/env python3
"""The public Terraform provider, unmodified, against the real `weir` binary.

    tests/compat/terraform.py --terraform PATH --provider PATH            the provider's test mode: short waits
    tests/compat/terraform.py --terraform PATH --provider PATH --waits    its normal waits: about 8 minutes
    tests/compat/terraform.py … --examples DIR/examples/configurations    the provider's own examples instead

Applies `terraform/`, plans (nothing may be left to do), changes everything that changes in place, plans,
takes away two things behind Terraform's back and lets it repair them, imports every resource into an
empty state, plans, destroys. Each step with its seconds; the first one that is not as wanted ends the run.
The examples get one line more, `endpoint`; each is applied, planned and destroyed on a Weir of its own.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import time

from harness import paths
from harness.rest import Rest
from harness.weir import Weir

CONFIGURATION = paths.SUITE / "terraform"
SOURCE = "confluentinc/confluent"
TAG = "tf"
EXAMPLES = (
    "basic-kafka-acls",
    "basic-kafka-acls-with-alias",
    "standard-kafka-acls",
    "standard-kafka-rbac",
    "dedicated-public-kafka-acls",
    "dedicated-public-kafka-rbac",
)
IN_A_CLUSTER = ("confluent_kafka_topic", "confluent_kafka_acl")

HOW_TERRAFORM = "go install github.com/hashicorp/terraform@v1.5.7   # into $(go env GOPATH)/bin"
HOW_PROVIDER = (
    "git clone https://github.com/confluentinc/terraform-provider-confluent && "
    "cd terraform-provider-confluent && go build -o ../provider/terraform-provider-confluent ."
)


class Unlike(AssertionError):
    """Something is not as a user of the public service would see it."""


@dataclasses.dataclass
class Terraform:
    """One configuration folder with a state of its own."""

    binary: pathlib.Path
    folder: pathlib.Path
    variables: dict[str, str]
    environment: dict[str, str]
    log: pathlib.Path

    def run(self, *words: str, expected: tuple[int, ...] = (0,), extra: dict[str, str] | None = None) -> tuple[int, str]:
        env = self.environment | (extra or {})
        done = subprocess.run(
            [str(self.binary), *words],
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        with self.log.open("a") as log:
            log.write(f"$ terraform {' '.join(words)}\n{done.stdout}\n")
        if done.returncode not in expected:
            raise Unlike(f"terraform {words[0]} ended with {done.returncode}:\n{done.stdout[-6000:]}")
        return done.returncode, done.stdout

    def given(self, more: dict[str, str] | None) -> list[str]:
        return [f"-var={name}={value}" for name, value in (self.variables | (more or {})).items()]

    def apply(self, more: dict[str, str] | None = None) -> str:
        return summary(self.run("apply", "-auto-approve", "-no-color", *self.given(more))[1])

    def plan(self, more: dict[str, str] | None = None) -> tuple[bool, str]:
        """Whether there is nothing to do, and what the plan says."""
        words = ("plan", "-detailed-exitcode", "-no-color", *self.given(more))
        code, text = self.run(*words, expected=(0, 2))
        return code == 0, text

    def destroy(self, more: dict[str, str] | None = None) -> str:
        return summary(self.run("destroy", "-auto-approve", "-no-color", *self.given(more))[1])

    def resources(self) -> list[dict]:
        """What the state holds, without lookups."""
        shown = json.loads(self.run("show", "-json")[1])
        found = shown["values"]["root_module"].get("resources", [])
        return [each for each in found if each["mode"] == "managed"]


def summary(text: str) -> str:
    """The lines of an output that say what was, or will be, done."""
    starts = ("Plan:", "Apply complete!", "Destroy complete!", "No changes.")
    return " ".join(line.strip() for line in text.splitlines() if line.startswith(starts))


def nothing_to_do(terraform: Terraform, more: dict[str, str] | None = None) -> str:
    empty, text = terraform.plan(more)
    if not empty:
        raise Unlike(f"the plan after it is not empty:\n{text}")
    return summary(text)


def nothing_but_marks(terraform: Terraform, more: dict[str, str]) -> str:
    """The plan after an import. A state that was imported does not say which values came from sensitive
    ones, and Terraform notes that as an update; every value has to be as the configuration wants it."""
    terraform.run("plan", "-out=plan", "-no-color", *terraform.given(more))
    plan = json.loads(terraform.run("show", "-json", "plan")[1])
    marked = 0
    for each in plan["resource_changes"]:
        change = each["change"]
        if change["actions"] in (["no-op"], ["read"]):
            continue
        if change["actions"] != ["update"] or change["before"] != change["after"] or change["after_unknown"]:
            raise Unlike(f"after the import {each['address']} is to change: {json.dumps(change)}")
        marked += 1
    return f"every value is as wanted; {marked} resources whose credentials are to be marked as sensitive"


def import_id(resource: dict) -> str:
    """How the provider's documentation wants this resource to be named on import."""
    values = resource["values"]
    kind = resource["type"]
    if kind == "confluent_kafka_cluster":
        return f"{values['environment'][0]['id']}/{values['id']}"
    if kind == "confluent_identity_pool":
        return f"{values['identity_provider'][0]['id']}/{values['id']}"
    if kind == "confluent_api_key" and values["managed_resource"]:
        return f"{values['managed_resource'][0]['environment'][0]['id']}/{values['id']}"
    return values["id"]


def import_variables(resource: dict) -> dict[str, str]:
    """What the provider reads from the environment while it imports, since no attribute says it."""
    values = resource["values"]
    if resource["type"] == "confluent_api_key":
        return {"API_KEY_SECRET": values["secret"]}
    if resource["type"] in IN_A_CLUSTER:
        credentials = values["credentials"][0]
        return {
            "IMPORT_KAFKA_REST_ENDPOINT": values["rest_endpoint"],
            "IMPORT_KAFKA_API_KEY": credentials["key"],
            "IMPORT_KAFKA_API_SECRET": credentials["secret"],
        }
    return {}


def import_all(terraform: Terraform, resources: list[dict], more: dict[str, str]) -> str:
    for resource in resources:
        words = ("import", "-no-color", *terraform.given(more), resource["address"], import_id(resource))
        terraform.run(*words, extra=import_variables(resource))
    return f"{len(resources)} resources"


def drift(terraform: Terraform, weir: Weir, more: dict[str, str]) -> str:
    """Deletes a topic and an account that Terraform keeps, as another administrator might."""
    by_address = {each["address"]: each["values"] for each in terraform.resources()}
    topic = by_address["confluent_kafka_topic.plain"]
    credentials = topic["credentials"][0]
    cluster = topic["kafka_cluster"][0]["id"]
    own = Rest(weir, (credentials["key"], credentials["secret"]))
    own.ok("DELETE", f"/kafka/v3/clusters/{cluster}/topics/{topic['topic_name']}")
    binding = by_address["confluent_role_binding.dedicated_admin"]["id"]
    Rest(weir).ok("DELETE", f"/iam/v2/role-bindings/{binding}")
    empty, text = terraform.plan(more)
    if empty or "Plan: 2 to add, 0 to change, 0 to destroy." not in text:
        raise Unlike(f"the plan does not offer to make both again:\n{text}")
    return summary(text)


def nothing_left(weir: Weir) -> str:
    """Asks the API for everything that bears a name of this run."""
    rest, names = Rest(weir), []
    kinds = ("environments", "service-accounts", "api-keys", "ip-groups", "ip-filters", "invitations", "users")
    for path in (f"/{'org' if kind == 'environments' else 'iam'}/v2/{kind}" for kind in kinds):
        for row in rest.ok("GET", path, params={"page_size": 100})["data"]:
            named = row.get("spec", row)
            members = ("display_name", "group_name", "filter_name", "email")
            names += [named[member] for member in members if member in named]
    remains = [name for name in names if name.startswith(TAG)]
    if remains:
        raise Unlike(f"still there after everything was destroyed: {remains}")
    return "nothing"


def prepared(args, weir: Weir, folder: pathlib.Path, name: str, source: pathlib.Path = CONFIGURATION) -> Terraform:
    """A copy of a configuration with an empty state, and a command line that asks no registry."""
    place = folder / name
    shutil.copytree(source, place)
    config = folder / "terraformrc"
    config.write_text(
        f'provider_installation {{\n  dev_overrides {{\n    "{SOURCE}" = "{args.provider.parent}"\n'
        "  }\n  direct {}\n}\n"
    )
    admin = weir.admin
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "TF_CLI_CONFIG_FILE": str(config)}
    environment |= {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
    environment |= {"CONFLUENT_CLOUD_API_KEY": admin["api_key"], "CONFLUENT_CLOUD_API_SECRET": admin["api_secret"]}
    if not args.waits:
        environment["TF_ACC"] = "1"
    return Terraform(args.terraform, place, {}, environment, folder / "terraform.log")


def steps(args, weir: Weir, folder: pathlib.Path):
    """Each step: its name and what it does."""
    first, second = prepared(args, weir, folder, "first"), prepared(args, weir, folder, "second")
    first.variables = second.variables = {"endpoint": weir.endpoint, "tag": TAG}
    before, after = {"changed": "false"}, {"changed": "true"}
    yield "apply", lambda: first.apply(before)
    yield "plan after it", lambda: nothing_to_do(first, before)
    yield "change", lambda: first.apply(after)
    yield "plan after it", lambda: nothing_to_do(first, after)
    yield "plan after a topic and a role binding were deleted elsewhere", lambda: drift(first, weir, after)
    yield "apply", lambda: first.apply(after)
    yield "plan after it", lambda: nothing_to_do(first, after)
    yield "import into an empty state", lambda: import_all(second, first.resources(), after)
    yield "plan after it", lambda: nothing_but_marks(second, after)
    yield "apply", lambda: second.apply(after)
    yield "plan after it", lambda: nothing_to_do(second, after)
    yield "destroy what was imported", lambda: second.destroy(after)
    yield "look for what is left", lambda: nothing_left(weir)


def example_steps(args, weir: Weir, folder: pathlib.Path, name: str):
    """The same of one example, with the address of Weir as the only line that is not the provider's."""
    terraform = prepared(args, weir, folder, name, args.examples / name)
    main, admin = terraform.folder / "main.tf", weir.admin
    text, opening = main.read_text(), 'provider "confluent" {\n'
    main.write_text(text.replace(opening, f'{opening}  endpoint = "{weir.endpoint}"\n'))
    key = {"confluent_cloud_api_key": admin["api_key"], "confluent_cloud_api_secret": admin["api_secret"]}
    terraform.variables = key
    yield f"{name}: apply", terraform.apply
    yield f"{name}: plan after it", lambda: nothing_to_do(terraform)
    yield f"{name}: destroy", terraform.destroy


def carry_out(all_steps) -> None:
    for name, act in all_steps:
        began = time.monotonic()
        said = act()
        print(f"| {name} | {time.monotonic() - began:.1f} | {said} |", flush=True)


def run(args, folder: pathlib.Path) -> None:
    version = subprocess.run([args.terraform, "version"], capture_output=True, text=True, check=True).stdout
    print(f"{version.splitlines()[0]}; {args.provider}; {paths.weir_binary()}")
    print("| step | seconds | Terraform says |\n|---|---|---|")
    if not args.examples:
        with Weir(folder) as weir:
            carry_out(steps(args, weir, folder))
        return
    for name in EXAMPLES:
        home = folder / f"weir-{name}"
        home.mkdir()
        with Weir(home) as weir:
            carry_out(example_steps(args, weir, folder, name))


def program(path: str, how: str) -> pathlib.Path:
    found = pathlib.Path(path).resolve()
    if not found.is_file() or not found.stat().st_mode & stat.S_IXUSR:
        raise SystemExit(f"{path!r} is not a program. To get it:\n    {how}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--terraform", default="", metavar="PATH", help="Terraform 1.5 or newer, or OpenTofu")
    parser.add_argument("--provider", default="", metavar="PATH", help="the built terraform-provider-confluent")
    parser.add_argument("--waits", action="store_true", help="with the provider's normal waits")
    parser.add_argument("--examples", type=pathlib.Path, metavar="DIR", help="try the provider's own examples")
    parser.add_argument("--keep", action="store_true", help="leave the folder with its logs")
    args = parser.parse_args()
    args.terraform = program(args.terraform, HOW_TERRAFORM)
    args.provider = program(args.provider, HOW_PROVIDER)
    if args.examples and not (args.examples / EXAMPLES[0] / "main.tf").is_file():
        raise SystemExit(f"{args.examples} has no {EXAMPLES[0]}/main.tf. To get the examples:\n    {HOW_PROVIDER}")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-terraform-"))
    try:
        run(args, folder)
    except Unlike as unlike:
        print(f"FAILED: {unlike}\nlogs: {folder}", file=sys.stderr)
        return 1
    if args.keep:
        print(f"logs: {folder}")
    else:
        shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
