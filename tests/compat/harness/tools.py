"""Fetches what the suite needs, pinned, once, into the cache: environment, jars, data set.

Everything comes through the ordinary client of its registry. A folder is renamed into place when
it is complete, so that an interrupted download is simply made again.
"""

import base64
import hashlib
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from . import paths

DATASETS = "vega-datasets@3.2.1"
DATASETS_SHA512 = (
    "lTSwZA6yq6qSU2YZm+6bqILiIvTPPxn4itir7jPGFmHIdPvUfQ9pCzzcrklYywMJgLUbaIeSkZQdiJd6wBxPug=="
)


def kafka_jars() -> pathlib.Path:
    """All jars of a Kafka broker at the pinned version."""
    scala = f"kafka_{paths.SCALA_VERSION}"
    # The broker's own pom brings slf4j 1.7, hence the binding for that line.
    logging = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.1"
    return _jars("broker", [f"org.apache.kafka:{scala}:{paths.KAFKA_VERSION}", logging])


def client_jars() -> pathlib.Path:
    """The Java client with what it needs for tokens, and a logger that keeps silent."""
    client = f"org.apache.kafka:kafka-clients:{paths.KAFKA_VERSION}"
    tokens = ["org.bitbucket.b_c:jose4j:0.9.6", "com.fasterxml.jackson.core:jackson-databind:2.19.2"]
    return _jars("client", [client, *tokens, "org.slf4j:slf4j-nop:1.7.36"])


def java_classes() -> pathlib.Path:
    """The suite's Java program, compiled; the folder is named after its source."""
    source = paths.SUITE / "java" / "Compat.java"
    digest = hashlib.sha256(source.read_bytes()).hexdigest()[:16]
    folder = paths.cache() / "compat" / f"java-{digest}"

    def compile_into(target: pathlib.Path) -> None:
        command = ["javac", "-cp", f"{client_jars()}/*", "-d", str(target), str(source)]
        _run(command, "install a JDK: apt-get install openjdk-17-jdk-headless")

    return _once(folder, compile_into)


def flights_parquet() -> pathlib.Path:
    """`flights-3m.parquet` of the pinned npm package, after its digest was checked."""
    return _once(paths.cache() / "compat" / "vega-datasets-3.2.1", _fetch_flights) / "flights-3m.parquet"


def _fetch_flights(target: pathlib.Path) -> None:
    command = ["npm", "pack", "--silent", "--pack-destination", str(target), DATASETS]
    _run(command, "install npm: apt-get install npm")
    (archive,) = target.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != DATASETS_SHA512:
        raise RuntimeError(f"{DATASETS} has digest {digest}, expected {DATASETS_SHA512}")
    with tarfile.open(archive) as package:
        member = package.extractfile("package/data/flights-3m.parquet")
        with open(target / "flights-3m.parquet", "wb") as out:
            shutil.copyfileobj(member, out)
    archive.unlink()


def _jars(kind: str, artifacts: list[str]) -> pathlib.Path:
    digest = hashlib.sha256(" ".join(artifacts).encode()).hexdigest()[:16]
    folder = paths.cache() / "compat" / f"{kind}-jars-{digest}"

    def resolve_into(target: pathlib.Path) -> None:
        dependencies = "".join(
            "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>".format(
                *artifact.split(":")
            )
            for artifact in artifacts
        )
        pom = target / "pom.xml"
        pom.write_text(
            "<project><modelVersion>4.0.0</modelVersion><groupId>weir.compat</groupId>"
            f"<artifactId>{kind}</artifactId><version>1</version>"
            f"<dependencies>{dependencies}</dependencies></project>"
        )
        command = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
        command += [f"-DoutputDirectory={target}", "-DincludeScope=runtime"]
        _run(command, "install Maven: apt-get install maven")

    return _once(folder, resolve_into)


def _once(folder: pathlib.Path, make) -> pathlib.Path:
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=folder.name, dir=folder.parent))
    try:
        make(scratch)
        os.replace(scratch, folder)
    except OSError:
        if not folder.exists():  # else another run was faster, and its result is as good
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _run(command: list[str], remedy: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError as missing:
        raise RuntimeError(f"{command[0]} is missing; {remedy}") from missing
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def require_programs() -> None:
    """Every program the tests start; a missing one is named with the command that installs it."""
    needed = {"kcat": "kcat", "java": "openjdk-17-jre-headless", "strace": "strace", "openssl": "openssl"}
    missing = [package for program, package in needed.items() if not shutil.which(program)]
    if missing:
        raise RuntimeError(f"missing programs; apt-get install {' '.join(missing)}")
