"""Clusters of a test's own: copies of one that was made once, so that only a test of the first start waits for one."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.kernel.db.cluster import Cluster
from tests.support.database import FOLDER, file_lock
from tests.support.memory import cluster_folder, temporary_root

_PREPARED = cluster_folder(FOLDER) / "prepared-cluster"


@pytest.fixture(scope="session")
def prepared_cluster():
    """The folder of a stopped cluster with its first database, kept for the next run."""
    with file_lock("prepared-cluster.lock"):
        if not (_PREPARED / "done").exists():
            shutil.rmtree(_PREPARED, ignore_errors=True)
            cluster = Cluster(_PREPARED / "var", fsync=False)
            cluster.start()
            cluster.stop()
            (_PREPARED / "done").touch()
    return _PREPARED / "var"


@contextmanager
def cluster_in(data_dir, prepared):
    """A cluster at this place, not started yet, with a copy of the prepared files where there are any."""
    if prepared is not None:
        data_dir.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(prepared), str(data_dir)], check=True)
    cluster = Cluster(data_dir, fsync=False)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def place():
    """A folder that the server's account may pass."""
    with tempfile.TemporaryDirectory(dir=temporary_root()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def own(place, prepared_cluster):
    """A cluster of the test's own, made and stopped."""
    with cluster_in(place / "var", prepared_cluster) as cluster:
        yield cluster


@pytest.fixture
def unmade(place):
    """A cluster of the test's own of which nothing is there."""
    with cluster_in(place / "var", None) as cluster:
        yield cluster
