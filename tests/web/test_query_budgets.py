"""With ten thousand structures every page runs a bounded number of queries, and those on structures use an index."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, text

from config.settings import Settings
from registry.audit.chain import write_pending
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, Database
from registry.wiring import create_app
from tests.support.live import browser, context
from tests.support.many import fill

BUDGETS = json.loads(Path(__file__).with_name("query_counts.json").read_text(encoding="utf-8"))
READERS = ("so.khcn", "viettel", None)
#: Counting all that a reader may see reads all of it, up to 10,001 rows; no index would be faster.
COUNT = re.compile(r"^SELECT count\(\*\)")


@pytest.fixture(scope="module")
def big_url(module_url):
    """A database of this module with ten thousand structures and fresh statistics."""
    database = Database(module_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with context(database, "so.khcn") as ctx:
        fill(ctx)
    database.dispose()
    engine = create_engine(module_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
    return module_url


@pytest.fixture(scope="module")
def big_app(big_url, tmp_path_factory):
    """The application on it."""
    database = Database(big_url, role=WEB_ROLE)
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    yield create_app(settings, database)
    database.dispose()


@pytest.fixture(scope="module")
def statements(big_app):
    """A function: reader and address -> the statements that the answer took, with their parameters."""
    engine = big_app.extensions["registry.database"].engine
    seen = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append((call[2], call[3])))
    clients = {name: browser(big_app, name) for name in READERS}
    for client in clients.values():
        client.get("/structures")

    def ask(username, address):
        seen.clear()
        with clients[username].get(address) as answer:
            assert answer.status_code == 200, address
        return list(seen)

    return ask


def page_addresses(big_app):
    """Page -> address; the detail is of a published tower, which all three readers can open."""
    with big_app.extensions["registry.database"].session() as session:
        code = session.scalar(
            text("SELECT code FROM structure WHERE is_published AND kind = 'antenna_tower' ORDER BY code LIMIT 1")
        )
        unit = session.scalar(text("SELECT commune_id FROM structure WHERE code = :code"), {"code": code})
    return {
        "list": "/structures",
        "list_by_name": "/structures?sort=name&order=desc",
        "list_by_update": "/structures?sort=updated_at&order=desc",
        "list_of_kind": "/structures?kind=antenna_tower&height_m_min=40",
        "list_of_unit": f"/structures?unit={unit}",
        "list_in_box": "/structures?bbox=105.77,19.80,105.79,19.82",
        "search": "/structures?q=duong+so+17",
        "search_code": f"/structures?q={code}",
        "tile_clusters": "/structures/tiles/9/406/226.mvt",
        "tile": "/structures/tiles/14/13003/7267.mvt",
        "detail": f"/structures/{code}",
    }


PAGES = tuple(BUDGETS)


def test_the_budgets_name_every_page(big_app):
    assert set(PAGES) == set(page_addresses(big_app))


@pytest.mark.parametrize("username", READERS, ids=str)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_keeps_its_budget_of_queries(big_app, statements, page, username):
    taken = statements(username, page_addresses(big_app)[page])
    assert len(taken) <= BUDGETS[page], f"{len(taken)}\n" + "\n".join(statement[:150] for statement, _values in taken)


def plan_of(big_app, statement, values):
    """The plan of a statement under the role that reads positions."""
    engine = big_app.extensions["registry.database"].engine
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL ROLE {POSITION_READER_ROLE}")
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values))


#: A tile of the whole province reads most of the table.
READ_MOST = {"tile_clusters"}


@pytest.mark.parametrize("username", READERS, ids=str)
@pytest.mark.parametrize("page", [page for page in PAGES if page not in READ_MOST])
def test_statements_on_structures_use_an_index(big_app, statements, page, username):
    looked = 0
    for statement, values in statements(username, page_addresses(big_app)[page]):
        if not re.search(r"\bFROM structure\b", statement) or COUNT.match(statement):
            continue
        plan = plan_of(big_app, statement, values)
        assert not re.search(r"Seq Scan on structure\b", plan), f"{statement[:600]}\n{plan}"
        looked += 1
    assert looked > 0
