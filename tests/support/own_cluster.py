"""Clusters of a test's own: copies of one that was made once, so that only a test of the first start waits for one."""

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster
from tests.support.database import file_lock, fill_template, template_name
from tests.support.memory import FOLDER, cluster_folder, temporary_root

_PREPARED = cluster_folder() / "prepared-cluster"


@pytest.fixture(scope="session")
def prepared_cluster():
    """The folder of a stopped cluster whose register has tables, territory and cast; kept while its sources stay."""
    with file_lock("prepared-cluster.lock"):
        done = _PREPARED / f"{template_name()}.done"
        if not done.exists():
            shutil.rmtree(_PREPARED, ignore_errors=True)
            cluster = Cluster(_PREPARED / "var", fsync=False)
            cluster.start()
            try:
                migrations.upgrade(cluster.url())
                fill_template(cluster.url(), FOLDER / "prepared-cast.json")
            finally:
                cluster.stop()
            done.touch()
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
def own_folder():
    """A folder that the server's account may pass."""
    with tempfile.TemporaryDirectory(dir=temporary_root()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture
def own(own_folder, prepared_cluster):
    """A cluster of the test's own, made and stopped."""
    with cluster_in(own_folder / "var", prepared_cluster) as cluster:
        yield cluster


@pytest.fixture
def full_folder(own_folder, prepared_cluster):
    """A folder whose `var` holds a register that was started before."""
    subprocess.run(["cp", "-a", str(prepared_cluster), str(own_folder / "var")], check=True)
    return own_folder


@pytest.fixture
def unmade(own_folder):
    """A cluster of the test's own of which nothing is there."""
    with cluster_in(own_folder / "var", None) as cluster:
        yield cluster
