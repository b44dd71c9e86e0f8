"""Servers that the registry refuses to work on."""

import pytest

from registry.kernel.cli import target
from registry.kernel.cli.target import postgis_version, require_usable_server
from registry.kernel.db.cluster import ClusterError


def test_it_takes_the_server_of_the_tests(database_url):
    require_usable_server(database_url)


def test_it_names_the_version_that_is_too_old_and_the_one_it_needs(database_url, monkeypatch):
    monkeypatch.setattr(target, "OLDEST_POSTGIS", (99, 0))
    with pytest.raises(ClusterError, match=r"PostGIS 3\..*99\.0"):
        require_usable_server(database_url)
    monkeypatch.setattr(target, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(ClusterError, match=r"PostgreSQL 1\d.*99"):
        require_usable_server(database_url)


@pytest.mark.parametrize(("written", "read"), [("3.5.2", (3, 5)), ("3.10.0", (3, 10)), ("4.0.0dev", (4, 0))])
def test_it_compares_versions_as_numbers(written, read):
    assert postgis_version(written) == read
