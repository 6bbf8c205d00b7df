"""Runs the suite's Java program and gives back what it printed."""

import pathlib
import subprocess

from . import tools
from .server import Access


def run(
    folder: pathlib.Path,
    access: Access,
    command: str,
    *arguments: str,
    tls: bool = False,
    timeout: float = 180.0,
    settings: dict[str, str] | None = None,
) -> list[list[str]]:
    """The printed facts, each split at its tabs; a failed program raises with its output."""
    properties = access.java(folder / f"{command}.properties", tls)
    with open(properties, "a") as more:
        more.writelines(f"{name}={value}\n" for name, value in (settings or {}).items())
    path = f"{tools.java_classes()}:{tools.client_jars()}/*"
    line = ["java", "-Xmx512m", "-XX:+UseSerialGC", "-cp", path, "Compat", command]
    done = subprocess.run(
        [*line, str(properties), *arguments], capture_output=True, text=True, timeout=timeout
    )
    if done.returncode != 0:
        raise RuntimeError(f"java {command}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return [text.split("\t") for text in done.stdout.splitlines()]
