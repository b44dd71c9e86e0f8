"""Connections that rest in the pool: asked before they are used again, and given up where their server went away."""

import pytest
from sqlalchemy import create_engine, literal, select, text
from sqlalchemy.exc import OperationalError

from registry.authz.actors import SYSTEM_ACTOR
from registry.kernel.db import pool
from registry.kernel.db.session import WEB_ROLE, Database


@pytest.fixture
def pooled(database_url):
    database = Database(database_url, role=WEB_ROLE)
    yield database
    database.dispose()


def used_pid(database):
    """The server process that answers a transaction."""
    with database.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
        return ctx.session.scalar(text("SELECT pg_backend_pid()"))


def end_processes(database_url, *pids):
    admin = create_engine(database_url)
    with admin.connect() as connection:
        for pid in pids:
            assert connection.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    admin.dispose()


def test_a_connection_that_was_lost_while_it_rested_is_replaced(pooled, database_url, monkeypatch):
    monkeypatch.setattr(pool, "_IDLE_S", 0)
    lost = used_pid(pooled)
    end_processes(database_url, lost)
    assert used_pid(pooled) != lost


def test_with_one_lost_connection_all_that_rested_are_given_up(pooled, database_url, monkeypatch):
    monkeypatch.setattr(pool, "_IDLE_S", 0)
    with pooled.engine.connect() as first, pooled.engine.connect() as second:
        rested = {link.scalar(text("SELECT pg_backend_pid()")) for link in (first, second)}
    end_processes(database_url, *rested)
    with pooled.engine.connect() as first, pooled.engine.connect() as second:
        assert rested.isdisjoint({link.scalar(text("SELECT pg_backend_pid()")) for link in (first, second)})


def test_a_connection_in_steady_use_is_not_asked(pooled, monkeypatch):
    monkeypatch.setattr(pool, "_IDLE_S", 60)
    kept = used_pid(pooled)
    asked = []
    monkeypatch.setattr(pooled.engine.dialect, "do_ping", asked.append)
    assert used_pid(pooled) == kept
    monkeypatch.setattr(pool, "_IDLE_S", 0)
    assert used_pid(pooled) == kept
    assert len(asked) == 1


def test_a_loss_in_steady_use_costs_no_transaction(pooled, database_url, monkeypatch):
    monkeypatch.setattr(pool, "_IDLE_S", 60)
    with pooled.engine.connect() as first, pooled.engine.connect() as second:
        lost = {link.scalar(text("SELECT pg_backend_pid()")) for link in (first, second)}
    end_processes(database_url, *lost)
    assert len(lost) == 2
    assert {used_pid(pooled), used_pid(pooled)}.isdisjoint(lost)


def test_a_loss_within_a_transaction_is_an_error(pooled, database_url):
    lost = used_pid(pooled)

    def interrupted():
        with pooled.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
            end_processes(database_url, lost)
            ctx.session.scalar(text("SELECT 1"))

    with pytest.raises(OperationalError):
        interrupted()
    assert used_pid(pooled) != lost


def test_compiled_statements_are_bounded_by_their_bytes():
    compiled = pool.CompiledCache(max_bytes=100_000)
    for number in range(20):
        compiled[number] = "x" * 100
        assert compiled.get(0) is not None, "in use, so kept"
    assert compiled.get(19) == "x" * 100
    assert compiled.get(1) is None
    assert len(compiled) == compiled.held_bytes // 10_000 <= 10


def test_a_statement_is_compiled_once_for_a_pool(pooled):
    compiled, held = pooled.engine.get_execution_options()["compiled_cache"], []
    for _time in range(2):
        with pooled.transaction(SYSTEM_ACTOR, read_only=True) as ctx:
            ctx.session.scalar(select(literal(1)))
        held.append(len(compiled))
    assert held[0] == held[1] >= 1
