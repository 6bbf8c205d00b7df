"""A virtual environment of exactly the pinned packages, made on first use and entered by the script itself."""

import importlib.metadata
import os
import pathlib
import subprocess
import sys

ENTERED = "WEIR_COMPAT_ENTERED"


def pinned(requirements: pathlib.Path) -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in requirements.read_text().splitlines())
    return dict(line.split("==") for line in lines if line)


def satisfied(requirements: pathlib.Path) -> bool:
    """Whether this interpreter has exactly what the script was written for."""
    wanted = pinned(requirements)
    try:
        found = {name: importlib.metadata.version(name) for name in wanted}
    except importlib.metadata.PackageNotFoundError:
        return False
    return found == wanted


def enter(requirements: pathlib.Path, name: str) -> None:
    """Continues the running script in the environment `name` of the cache, with what `requirements` pins."""
    if satisfied(requirements):
        return
    if os.environ.get(ENTERED) == name:
        raise SystemExit(f"pip did not install what {requirements} names")
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    folder = pathlib.Path(base) / "weir" / name
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "-r", str(requirements)], check=True)
    os.environ[ENTERED] = name
    os.execv(python, [str(python), str(pathlib.Path(sys.argv[0]).resolve()), *sys.argv[1:]])
