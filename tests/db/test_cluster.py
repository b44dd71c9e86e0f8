"""What the private cluster gives to a register, and what it refuses before it starts anything."""

from pathlib import Path

import psycopg
import pytest

from registry.kernel.db.cluster import EXTENSIONS, Cluster, ClusterError
from tests.support.own_cluster import own_folder

__all__ = ["own_folder"]


def test_it_has_what_the_schema_needs_and_no_network_address(cluster):
    def ask(question):
        return connection.execute(question).fetchone()[0]

    with psycopg.connect(cluster.url().replace("+psycopg", "")) as connection:
        present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
        assert set(EXTENSIONS) <= present
        assert ask("SHOW listen_addresses") == ""
        assert ask("SHOW data_checksums") == "on"
        ordered = "SELECT string_agg(x, ' ' ORDER BY x) FROM unnest('{Đông,Dương,Ân,Bình,Ăn,An}'::text[]) x"
        assert ask(ordered) == "An Ăn Ân Bình Dương Đông"


def test_it_refuses_data_of_another_major_version(own_folder):
    own = Cluster(own_folder / "var", fsync=False)
    own.status().files.mkdir(parents=True)
    (own.status().files / "PG_VERSION").write_text("11\n")
    with pytest.raises(ClusterError, match="PostgreSQL 11"):
        own.start()
    assert not own.status().running


def test_it_says_that_a_folder_cannot_be_written():
    with pytest.raises(ClusterError, match="/proc/registry"):
        Cluster(Path("/proc/registry")).start()
