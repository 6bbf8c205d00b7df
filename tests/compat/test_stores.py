"""Which object stores a cell may start on: those that keep what fencing rests on, and no other."""

import os
import subprocess

import pytest
from harness import paths, stores

pytestmark = pytest.mark.weir_only


def prove(store: stores.Store) -> subprocess.CompletedProcess:
    command = [str(paths.weir_binary()), "cell", "prove", store.url]
    return subprocess.run(command, env={**os.environ, **store.env}, capture_output=True, text=True, timeout=60)


def accepted(store: stores.Store) -> None:
    for _ in range(3):
        done = prove(store)
        assert done.returncode == 0, done.stderr


def test_a_folder_is_accepted(tmp_path):
    accepted(stores.Store(f"file://{tmp_path}/store", {}))


def test_moto_is_accepted(tmp_path):
    with stores.moto(tmp_path) as store:
        accepted(store)


def test_azurite_is_accepted(tmp_path):
    with stores.azurite(tmp_path) as store:
        accepted(store)


@pytest.mark.costly
def test_minio_is_accepted(tmp_path):
    binary = stores.minio_binary()
    assert binary, f"no minio: `go install {stores.MINIO}` and put it on the PATH"
    with stores.minio(tmp_path, binary) as store:
        accepted(store)


def test_fake_gcs_server_is_refused(tmp_path):
    with stores.fake_gcs(tmp_path) as store:
        done = prove(store)
    # It lacks the XML API, so that the first put already fails; its JSON API ignores conditions.
    assert done.returncode == 3 and "invalid uploadType" in done.stderr, done.stderr


def test_a_bucket_that_is_not_there_is_told_from_a_store_that_is_unfit(tmp_path):
    with stores.moto(tmp_path) as store:
        done = prove(stores.Store(store.url.replace("//bucket", "//elsewhere"), store.env))
    assert done.returncode == 3, done.stderr
    assert "NoSuchBucket" in done.stderr


def test_a_store_that_does_not_answer_is_unavailable():
    (port,) = paths.free_ports(1)
    url = f"s3://bucket?endpoint=http://127.0.0.1:{port}&region=x"
    done = prove(stores.Store(url, {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s"}))
    assert done.returncode == 8, done.stderr
