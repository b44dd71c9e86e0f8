"""A server of one's own whose owner is no superuser: its sentences, and that their SQL is enough."""

import os
from contextlib import contextmanager

import pytest
from psycopg import sql
from sqlalchemy import text

from registry.kernel.db import migrations
from registry.kernel.db.server_rights import missing_rights
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, WORKER_ROLE
from tests.support.database import as_owner, cloned

OWNER = f"province owner {os.getpid()}"
ROLES = (WEB_ROLE, WORKER_ROLE, POSITION_READER_ROLE)


@pytest.fixture(scope="module")
def url(cluster, migrated_database):
    """A database with all extensions, and a role without any right of its own on the server."""
    with as_owner(cluster) as server, cloned(cluster, migrated_database, "rights") as clone_url:
        server.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(OWNER)))
        try:
            yield clone_url
        finally:
            server.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(OWNER)))


@contextmanager
def server(url):
    """One transaction of the server's administrator, rolled back at the end."""
    with migrations.connected(url) as connection:
        connection.execute(text(f'GRANT USAGE, CREATE ON SCHEMA public TO "{OWNER}"'))
        yield connection
        connection.rollback()


def missing(connection, **options):
    """The sentences for the owner."""
    connection.execute(text(f'SET LOCAL SESSION AUTHORIZATION "{OWNER}"'))
    try:
        return missing_rights(connection, **options)
    finally:
        connection.execute(text("RESET SESSION AUTHORIZATION"))


def follow(connection, sentences):
    """Run the SQL at the end of each sentence as the administrator."""
    for sentence in sentences:
        connection.execute(text(sentence[sentence.index(": ") + 2 :]))


def hide_roles(connection):
    for role in ROLES:
        connection.execute(text(f"ALTER ROLE {role} RENAME TO {role}_hidden"))


def test_it_may_change_to_roles_that_were_made_beforehand_once_it_was_granted_them(url):
    with server(url) as connection:
        sentences = missing(connection)
        assert [role in sentence for role, sentence in zip((WEB_ROLE, WORKER_ROLE), sentences, strict=True)] == [
            True,
            True,
        ]
        assert missing(connection, changes_roles=False) == []
        follow(connection, sentences)
        assert missing(connection) == []


def test_it_makes_the_roles_where_it_may_create_roles(url):
    with server(url) as connection:
        hide_roles(connection)
        connection.execute(text(f'ALTER ROLE "{OWNER}" CREATEROLE'))
        assert missing(connection) == []
        connection.execute(text(f'SET LOCAL SESSION AUTHORIZATION "{OWNER}"'))
        for role in (WEB_ROLE, POSITION_READER_ROLE, WORKER_ROLE, POSITION_READER_ROLE):
            connection.execute(text(f"SET LOCAL ROLE {role}"))


def test_it_names_each_role_that_it_may_not_make(url):
    with server(url) as connection:
        hide_roles(connection)
        sentences = missing(connection)
        assert sorted(role for sentence in sentences for role in ROLES if f"CREATE ROLE {role}" in sentence) == sorted(
            ROLES
        )
        follow(connection, sentences)
        reading = missing(connection)
        assert len(reading) == 4
        follow(connection, reading)
        assert missing(connection) == []


def test_a_role_that_reads_exact_positions_by_inheritance_is_refused(url):
    with server(url) as connection:
        connection.execute(text(f"GRANT {POSITION_READER_ROLE} TO {WEB_ROLE} WITH INHERIT TRUE"))
        (sentence,) = missing(connection, changes_roles=False)
        assert WEB_ROLE in sentence
        follow(connection, [sentence])
        assert missing(connection, changes_roles=False) == []


def test_an_extension_in_another_schema_is_refused(url):
    with server(url) as connection:
        connection.execute(text("CREATE SCHEMA extensions"))
        connection.execute(text("ALTER EXTENSION unaccent SET SCHEMA extensions"))
        (sentence,) = missing(connection, changes_roles=False)
        assert "unaccent" in sentence
        follow(connection, [sentence])
        assert missing(connection, changes_roles=False) == []


def test_it_says_that_it_may_make_no_tables(url):
    with server(url) as connection:
        connection.execute(text(f'REVOKE ALL ON SCHEMA public FROM "{OWNER}"'))
        (sentence,) = missing(connection, changes_roles=False)
        assert "SCHEMA public" in sentence
        follow(connection, [sentence])
        assert missing(connection, changes_roles=False) == []


def test_it_makes_the_trusted_extensions_and_names_the_one_that_is_not(cluster, url):
    name = f"test_bare_{os.getpid()}"
    with as_owner(cluster) as admin:
        try:
            admin.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
            with server(cluster.url(database=name)) as connection:
                connection.execute(text(f'GRANT CREATE ON DATABASE {name} TO "{OWNER}"'))
                (sentence,) = missing(connection, changes_roles=False)
                assert "CREATE EXTENSION postgis" in sentence
        finally:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
