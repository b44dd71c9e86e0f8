"""Transactions within one that is open, as the demonstration and the tests themselves have them."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from registry.kernel.db.within import engine_within

KEEP, READ = text("SELECT set_config('registry.probe', :word, true)"), text("SELECT current_setting('registry.probe')")
FAIL = text("SELECT 1 / 0")


@pytest.fixture
def engine(database):
    database._bind.execute(KEEP, {"word": "before"})
    return engine_within(database._bind)


def told(database):
    return database._bind.execute(READ).scalar_one()


def test_what_one_commits_stays_and_what_it_rolls_back_goes(database, engine):
    with Session(engine) as session:
        session.execute(KEEP, {"word": "committed"})
        session.commit()
        session.execute(KEEP, {"word": "rolled back"})
        assert told(database) == "rolled back"
    assert told(database) == "committed"


def test_the_outer_one_takes_back_what_was_committed(database, engine):
    outer = database._bind.begin_nested()
    with Session(engine) as session:
        session.execute(KEEP, {"word": "committed"})
        session.commit()
    outer.rollback()
    assert told(database) == "before"


def test_one_begun_while_another_is_open_ends_alone(database, engine):
    with Session(engine) as session:
        session.execute(KEEP, {"word": "first"})
        with Session(engine) as other, other.begin_nested():
            other.execute(KEEP, {"word": "second"})
        assert told(database) == "first"
        session.commit()
    assert told(database) == "first"


def test_one_begun_while_another_is_open_leaves_it_its_parameters(ctx_of):
    query = text("SELECT current_setting('registry.organisations'), current_setting('registry.account')")
    with ctx_of("viettel") as ctx:
        before = ctx.session.execute(query).one()
        with ctx_of("vnpt") as other:
            assert other.session.execute(query).one() != before
        assert ctx.session.execute(query).one() == before


@pytest.mark.parametrize("end", ["commit", "rollback"])
def test_a_failed_statement_ends_its_own_only(database, engine, end):
    with engine.connect() as connection:
        connection.execute(KEEP, {"word": "lost"})
        with pytest.raises(DataError):
            connection.execute(FAIL)
        getattr(connection, end)()
    assert told(database) == "before"


def test_it_is_the_same_for_each_database_on_the_connection(database, engine):
    assert engine is database.engine
