"""Which PostgreSQL the private cluster takes, on made-up installations."""

from pathlib import Path

import pytest

from registry.kernel.db.cluster import ClusterError
from registry.kernel.db.cluster.programs import Binaries, candidates_in, choose, installed


def make_install(root: Path, major: int, *, postgis: bool) -> Path:
    folder = root / "usr/lib/postgresql" / str(major) / "bin"
    share = root / "usr/share/postgresql" / str(major)
    folder.mkdir(parents=True)
    (share / "extension").mkdir(parents=True)
    for name in ("postgres", "initdb"):
        (folder / name).touch()
    (folder / "pg_config").write_text(f"#!/bin/sh\necho 'PostgreSQL {major}.3 (Debian)'\necho {share}\n")
    (folder / "pg_config").chmod(0o755)
    if postgis:
        (share / "extension" / "postgis.control").touch()
    return folder


def test_it_takes_the_newest_with_postgis_and_none_without(tmp_path):
    make_install(tmp_path, 14, postgis=True)
    make_install(tmp_path, 15, postgis=True)
    expected = make_install(tmp_path, 16, postgis=True)
    make_install(tmp_path, 18, postgis=False)
    candidates = installed(tmp_path)
    assert [candidate.major for candidate in candidates] == [15, 16]
    assert choose(candidates, None) == Binaries(16, expected)


def test_it_takes_the_version_that_made_the_data(tmp_path):
    old = make_install(tmp_path, 15, postgis=True)
    make_install(tmp_path, 17, postgis=True)
    assert choose(installed(tmp_path), 15).folder == old


def test_it_refuses_data_of_a_version_that_is_not_installed(tmp_path):
    make_install(tmp_path, 17, postgis=True)
    with pytest.raises(ClusterError, match=r"PostgreSQL 16.*PostgreSQL 17.*pg_dump"):
        choose(installed(tmp_path), 16)


def test_it_says_how_to_get_postgis(tmp_path):
    make_install(tmp_path, 17, postgis=False)
    with pytest.raises(ClusterError, match=r"PostGIS.*apt-get install postgresql"):
        choose(installed(tmp_path), None)


def test_it_refuses_a_named_folder_without_postgis(tmp_path):
    folder = make_install(tmp_path, 17, postgis=False)
    with pytest.raises(ClusterError, match=r"PG_BIN = .*bin"):
        candidates_in(folder)
