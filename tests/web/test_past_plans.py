"""Two thousand structures of several versions each: pages of a past day use the indexes of the history."""

import re
from datetime import UTC, date, datetime
from functools import cache
from itertools import count

import pytest
from sqlalchemy import event, text

from config.settings import Settings
from registry.audit.chain import record, write_pending
from registry.authz.blueprint import DATABASE
from registry.campaigns.measures import COUNTED_STATUSES
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, WORKER_ROLE, Database
from registry.structures.fastpath import past_counts
from registry.structures.filtering.filter import StructureFilter
from registry.structures.jobs import add_up_now
from registry.structures.positions.moment import When
from registry.wiring import create_app
from tests.support.live import browser, context
from tests.support.many import fill, tidy
from tests.support.offenders import for_each
from tests.support.rounds import pairs

READERS = ("so.khcn", "viettel", None)
#: One version each on these days, after the first; positions move on the last of them.
CHANGES = (
    (datetime(2026, 2, 2, 3, tzinfo=UTC), "UPDATE structure SET condition = 'fair', version = version + 1"),
    (
        datetime(2026, 3, 2, 3, tzinfo=UTC),
        "UPDATE structure SET address = 'ngõ ' || id, version = version + 1 WHERE id % 2 = 0",
    ),
    (
        datetime(2026, 4, 2, 3, tzinfo=UTC),
        "UPDATE structure SET version = version + 1, geom ="
        " ST_SetSRID(ST_MakePoint(105.5 + (id * 7919 % 45000) / 1e5, 19.6 + (id * 104729 % 40000) / 1e5), 4326)",
    ),
)
TIMES = ("as_of=2026-02-15", "as_of=2026-03-15&recorded_at=2026-03-20")
PAGES = {
    "list": "/structures?",
    "list by name": "/structures?sort=name&order=desc&",
    "list of a kind": "/structures?kind=antenna_tower&height_m_min=40&",
    "list of a unit": "/structures?unit={unit}&",
    "list in a box": "/structures?bbox=105.77,19.80,105.79,19.82&",
    "search": "/structures?q=duong+so+17&",
    "tile": "/structures/tiles/14/13003/7267.mvt?",
    "detail": "/structures/{code}?",
}
#: Those that read few rows by their nature: an index must lead to them.
NARROW = ("list", "list in a box", "tile", "detail")
MOST_QUERIES = 30
#: Counting all that a reader may see reads all of it once; no index would be faster.
COUNT = re.compile(r"^SELECT count\(\*\)")


@pytest.fixture(scope="module")
def big_app(module_url, tmp_path_factory):
    """The application on a database with structures of three or four versions each, and fresh statistics."""
    database = Database(module_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with context(database, "so.khcn", now=datetime(2026, 1, 5, 3, tzinfo=UTC)) as ctx:
        fill(ctx, 2_000)
    for moment, change in CHANGES:
        with context(database, "so.khcn", now=moment) as ctx:
            ctx.session.execute(text(change))
            record(ctx, "test.bulk", "structure", None)
    worker = Database(module_url, role=WORKER_ROLE)
    while add_up_now(worker):
        pass
    worker.dispose()
    tidy(module_url)
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    yield create_app(settings, database)
    database.dispose()


@pytest.fixture(scope="module")
def statements(big_app):
    """A function: reader and address -> the statements that the answer took, with their parameters; asked once."""
    calls = []
    engine = DATABASE.of(big_app).engine
    event.listen(engine, "before_cursor_execute", lambda *call: calls.append((call[2], call[3])))
    clients = {name: browser(big_app, name) for name in READERS}
    for client in clients.values():
        client.get("/structures")

    turns = count()

    @cache
    def ask(username, address):
        calls.clear()
        # An argument that nobody reads: no answer is one that was kept.
        address += ("&" if "?" in address else "?") + f"turn={next(turns)}"
        with clients[username].get(address) as answer:
            assert answer.status_code == 200, answer.text
        return list(calls)

    return ask


@pytest.fixture(scope="module")
def address_of(big_app):
    """A function: page and time -> address; the detail is of a published tower, which all readers can open."""
    with DATABASE.of(big_app).session() as session:
        query = (
            "SELECT code, commune_id FROM structure WHERE is_published AND kind = 'antenna_tower' ORDER BY code LIMIT 1"
        )
        code, unit = session.execute(text(query)).one()
    return lambda page, time: PAGES[page].format(code=code, unit=unit) + time


def plan_of(big_app, statement, values):
    """The plan of a statement under the role that reads positions."""
    with DATABASE.of(big_app).engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL ROLE {POSITION_READER_ROLE}")
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        connection.exec_driver_sql("SELECT set_config('registry.now', now()::text, true)")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))


@for_each(
    "page, username, time",
    pairs(PAGES, READERS, TIMES),
    mend="ask less of the history",
)
def test_a_page_of_the_past_takes_few_queries(statements, address_of, page, username, time):
    taken = statements(username, address_of(page, time))
    assert len(taken) <= MOST_QUERIES, "\n".join(statement[:150] for statement, _values in taken)


@for_each(
    "page, username, time",
    # The same as above.
    tuple(row for row in pairs(PAGES, READERS, TIMES) if row[0] in NARROW),
    mend="give the statement an index that its filter can use",
)
def test_a_narrow_page_reads_the_history_by_its_indexes(big_app, statements, address_of, page, username, time):
    looked = 0
    for statement, values in statements(username, address_of(page, time)):
        if "structure_history" not in statement or COUNT.match(statement):
            continue
        plan = plan_of(big_app, statement, values)
        assert not re.search(r"Seq Scan on (structure|antenna_tower)(_history)?\b", plan), f"{statement[:900]}\n{plan}"
        looked += 1
    assert looked > 0


def test_figures_of_a_time_since_which_nothing_was_recorded_read_no_history(big_app):
    database, calls = DATABASE.of(big_app), []
    with context(database, "so.khcn", read_only=True) as ctx:
        event.listen(database.engine, "before_cursor_execute", lambda *call: calls.append((call[2], call[3])))
        structure_filter = StructureFilter(choices={"status": COUNTED_STATUSES}, when=When(date(2026, 5, 1), ctx.now))
        assert sum(past_counts.count_at(ctx, structure_filter, past_counts.COMMUNE_THEN, "kind").values()) > 0
    (asked,) = [each for each in calls if "structure_group" in each[0]]
    plan = plan_of(big_app, *asked)
    assert "ix_structure_history_recorded_from" in plan
    assert not re.search(r"Seq Scan on structure(_history)?\b", plan), plan
