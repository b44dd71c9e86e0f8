"""With four thousand structures every page runs a bounded number of queries, and those on structures use an index."""

import json
import re
from functools import cache
from itertools import count, product
from pathlib import Path

import pytest
from sqlalchemy import event, text

from config.settings import Settings
from registry.audit.chain import write_pending
from registry.authz.blueprint import DATABASE
from registry.demo.feature import SampleFlag
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE, Database
from registry.structures.kinds import HOSTS
from registry.territory.models import UnitLevel
from registry.territory.queries import list_units
from registry.wiring import SAMPLE_FLAG, create_app
from tests.factories.colocation import filed, tower
from tests.factories.labels import labelled
from tests.factories.tariffs import publish
from tests.support.live import browser, context
from tests.support.many import fill, tidy
from tests.support.offenders import for_each

BUDGETS = json.loads(Path(__file__).with_name("query_counts.json").read_text(encoding="utf-8"))
READERS = ("so.khcn", "viettel", None)
#: Reads prices by what their owners have.
FINANCE = "so.taichinh"
#: Structures of the one request.
ITEMS = 10
#: Labels of the one sheet.
LABELS = 60
LABEL_PAGES = {"labels", "labels_sheet", "labels_paper"}
PRICE_PAGES = {"prices", "prices_of_place", "own_prices", "price"}
#: Prices for each kind and for so many communes.
COMMUNES = 10
#: Pages of cases, plans and labels, which the public does not see.
CASES = (
    {"requests", "request", "colocation_figures", "along_a_line", "paths", "new_mast"}
    | {"api_items", "api_nearest", "api_corridor"}
    | LABEL_PAGES
    | PRICE_PAGES
)
#: Those that only owners have.
OWNERS_ONLY = {"own_prices"}
#: In the middle of the town.
SITE = "19.807%3B105.776"
#: Counting all that a reader may see reads all of it, up to 10,001 rows; no index would be faster.
COUNT = re.compile(r"^SELECT count\(\*\)")


@pytest.fixture(scope="module")
def big_url(module_url):
    """A database of this module with four thousand structures and fresh statistics."""
    database = Database(module_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    with context(database, "so.khcn") as ctx:
        fill(ctx, 4_000)
    with context(database, "viettel") as ctx:
        codes = [tower(ctx).code for _number in range(ITEMS)]
    with context(database, "vnpt") as ctx:
        filed(ctx, *codes)
    with context(database, "viettel") as ctx:
        own = text("SELECT code FROM structure WHERE owner_organisation_id = :owner ORDER BY code LIMIT :most")
        labelled(ctx, *ctx.session.scalars(own, {"owner": ctx.actor.organisation_id, "most": LABELS}))
        priced(ctx)
    database.dispose()
    tidy(module_url, "SELECT add_up_structures()")
    return module_url


def priced(ctx):
    """Prices of an owner for the province, for communes and for single structures."""
    communes = [unit.id for unit in list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)[:COMMUNES]]
    for kind in HOSTS:
        publish(ctx, 100_000, kind=kind)
        for number, commune in enumerate(communes):
            publish(ctx, 100_000 + number, kind=kind, commune=commune)


@pytest.fixture(scope="module")
def big_app(big_url, tmp_path_factory):
    """The application on it."""
    database = Database(big_url, role=WEB_ROLE)
    settings = Settings(secret_key="x" * 40, data_dir=tmp_path_factory.mktemp("data"), testing=True)
    yield create_app(settings, database)
    database.dispose()


@pytest.fixture(scope="module")
def statements(big_app):
    """A function: reader and address -> the statements that the answer took, with their parameters; asked once."""
    engine = DATABASE.of(big_app).engine
    plans = []
    event.listen(engine, "before_cursor_execute", lambda *call: plans.append((call[2], call[3])))
    clients = {name: browser(big_app, name) for name in (*READERS, FINANCE)}
    for client in clients.values():
        client.get("/structures")

    turns = count()

    @cache
    def ask(username, address):
        # Asked anew every ten seconds, by whatever page comes then: here just before.
        flag = SAMPLE_FLAG.put(big_app, SampleFlag(DATABASE.of(big_app)))
        flag()
        plans.clear()
        # An argument that nobody reads, or a size of its own where such are refused: no answer is one that was kept.
        turn = next(turns)
        more = f"limit={100 + turn}" if address.startswith("/ogc/") else f"turn={turn}"
        address += ("&" if "?" in address else "?") + more
        with clients[username].get(address) as answer:
            assert answer.status_code == 200, address
        return list(plans)

    return ask


@cache
def page_addresses(big_app):
    """Page -> address; the detail is of a published tower of Viettel, which all three readers can open."""
    with context(DATABASE.of(big_app), "viettel") as ctx:
        request_id = ctx.session.scalar(text("SELECT id FROM colocation_request"))
    with DATABASE.of(big_app).session() as session:
        code = session.scalar(
            text(
                "SELECT code FROM structure WHERE is_published AND kind = 'antenna_tower'"
                " ORDER BY owner_organisation_id = (SELECT id FROM organisation WHERE code = 'viettel') DESC, code"
                " LIMIT 1"
            )
        )
        number = session.scalar(text("SELECT id FROM structure WHERE code = :code"), {"code": code})
        sheet_id = session.scalar(text("SELECT max(sheet_id) FROM structure_label"))
        tariff_id = session.scalar(text("SELECT min(id) FROM tariff"))
        unit = session.scalar(text("SELECT commune_id FROM structure WHERE code = :code"), {"code": code})
    return {
        "start": "/",
        "list": "/structures",
        "list_by_name": "/structures?sort=name&order=desc",
        "list_by_update": "/structures?sort=updated_at&order=desc",
        "list_by_kind": "/structures?sort=kind",
        "list_by_owner": "/structures?sort=owner&order=desc",
        "list_by_commune": "/structures?sort=commune",
        "list_of_kind": "/structures?kind=antenna_tower&height_m_min=40",
        "list_of_unit": f"/structures?unit={unit}",
        "list_in_box": "/structures?bbox=105.77,19.80,105.79,19.82",
        "list_near": "/structures?near=19.807,105.776&within=500&room=1",
        "search": "/structures?q=duong+so+17",
        "search_code": f"/structures?q={code}",
        "site_words": "/search?q=antenna_tower+171",  # of common words the planner may, by chance, read the table
        "site_code": f"/search?q={code}",
        "site_own_code": "/search?q=NO-77",
        "site_slip": "/search?q=duogn+so+17",
        "site_nothing": "/search?q=xyzzy+khongcogi",
        "tile_clusters": "/structures/tiles/9/406/226.mvt",
        "tile": "/structures/tiles/14/13003/7267.mvt",
        "tile_by_room": "/structures/tiles/14/13003/7267.mvt?colour=room",
        "tile_by_owner": "/structures/tiles/14/13003/7267.mvt?colour=owner",
        "detail": f"/structures/{code}",
        "card": f"/structures/{number}/card",
        "near_site": f"/planned-sites?at={SITE}&quantity=2&height_m=20&radius_m=5000",
        "near_site_poles": f"/planned-sites?at={SITE}&kind=cable_pole",
        "new_mast": f"/planned-sites/new-mast?at={SITE}",
        "requests": "/colocation",
        "request": f"/colocation/{request_id}",
        "colocation_figures": "/colocation/figures",
        "along_a_line": "/planned-routes?points=19.80,105.77;19.82,105.79&corridor=50",
        "paths": "/planned-routes/paths?points=19.80,105.77;19.82,105.79",
        "prices": "/tariffs",
        "prices_of_place": f"/tariffs?kind=antenna_tower&place={unit}",
        "own_prices": "/tariffs/own",
        "price": f"/tariffs/{tariff_id}",
        "api_items": "/api/structures?bbox=105.77,19.80,105.79,19.82",
        "api_nearest": f"/api/nearest?at={SITE}&quantity=2&height_m=20&radius_m=5000",
        "api_corridor": "/api/corridor?points=19.80,105.77;19.82,105.79&corridor=50",
        "ogc_items": "/ogc/collections/structures/items?f=json",
        "ogc_items_in_box": "/ogc/collections/structures/items?bbox=105.77,19.80,105.79,19.82",
        "open_data": "/open-data",
        "labels": "/labels",
        "labels_sheet": f"/labels/sheets/{sheet_id}",
        "labels_paper": f"/labels/sheets/{sheet_id}/a4",
    }


PAGES = tuple(BUDGETS)


def test_the_budgets_name_every_page(big_app):
    assert set(PAGES) == set(page_addresses(big_app))


def looks(pages):
    """Each page with each of its readers."""
    return [
        (page, name)
        for page in pages
        for name in READERS
        if (name is not None or page not in CASES) and (name == "viettel" or page not in OWNERS_ONLY)
    ]


@for_each(
    "page, username",
    looks(PAGES),
    mend="ask less, or raise the budget of the page with its reason",
)
def test_a_page_keeps_its_budget_of_queries(big_app, statements, page, username):
    taken = statements(username, page_addresses(big_app)[page])
    assert len(taken) <= BUDGETS[page], f"{len(taken)}\n" + "\n".join(statement[:150] for statement, _values in taken)


@pytest.fixture(scope="module")
def index_plan(big_app):
    """A function: statement, values, role -> its plan; of pages that ask the same it is made once."""
    plans = {}

    def plan(statement, values, role):
        key = (statement, repr(values), role)
        if key not in plans:
            plans[key] = plan_of(big_app, statement, values, role)
        return plans[key]

    return plan


def plan_of(big_app, statement, values, role=POSITION_READER_ROLE, explain="EXPLAIN"):
    """The plan of a statement under a role, that which reads positions unless another is given."""
    engine = DATABASE.of(big_app).engine
    with engine.connect() as connection:
        connection.exec_driver_sql(f"SET LOCAL ROLE {role}")
        connection.exec_driver_sql("SET LOCAL max_parallel_workers_per_gather = 0")
        return "\n".join(row[0] for row in connection.exec_driver_sql(f"{explain} {statement}", values))


#: A tile of the whole province, and how all that is published in it is used, read most of the table.
READ_MOST = {"tile_clusters", "colocation_figures"}
#: Shows counts of structures that are kept, or says what may be copied, and no structure.
COUNTS_ONLY = {"start", "open_data"}


@for_each(
    "page, username",
    looks(page for page in PAGES if page not in READ_MOST | COUNTS_ONLY | LABEL_PAGES | PRICE_PAGES | {"requests"}),
    mend="give the statement an index that its filter can use",
)
def test_statements_on_structures_use_an_index(big_app, statements, index_plan, page, username):
    looked = 0
    for statement, values in statements(username, page_addresses(big_app)[page]):
        # Who reads positions reads no prices: their statements have a test of their own.
        if not re.search(r"\bFROM structure\b", statement) or COUNT.match(statement) or "tariff" in statement:
            continue
        # Cases that ask whose or how restricted their structure is are read under the application's own role.
        role = WEB_ROLE if re.search(r"FROM (occupation|incident)\b", statement) else POSITION_READER_ROLE
        plan = index_plan(statement, values, role)
        assert not re.search(r"Seq Scan on structure\b", plan), f"{statement[:600]}\n{plan}"
        looked += 1
    assert looked > 0


@for_each(
    "username, address",
    tuple(product(READERS, ("/structures", "/structures?kind=cable_pole", "/structures?order=desc"))),
    mend="give the statement an index that its filter can use",
)
def test_a_page_reads_little_more_than_it_shows_wherever_one_owners_codes_stand_together(
    big_app, statements, username, address
):
    """Thousands of structures of one owner come one after the other: all of them exact to some, all cells to others."""
    asked = [each for each in statements(username, address) if "next_ids" in each[0]]
    assert len(asked) == 1
    plan = plan_of(big_app, *asked[0], explain="EXPLAIN (ANALYZE, TIMING off)")
    visited = re.findall(r"Scan .*on structure\b.*\(actual rows=(\d+)", plan)
    assert len(visited) >= 2
    # One row more tells that those of the same code are complete.
    assert max(map(int, visited)) <= 52, plan
    assert sum(map(int, re.findall(r"Rows Removed by Filter: (\d+)", plan))) <= 102, plan


@for_each(
    "username",
    READERS,
    mend="give the statement an index that its filter can use",
)
def test_a_tile_counts_cells_without_reading_what_stands_in_them(big_app, statements, username):
    asked = [each for each in statements(username, page_addresses(big_app)["tile"]) if "ST_AsMVT" in each[0]]
    assert len(asked) == 1
    plan = plan_of(big_app, *asked[0])
    assert "ix_structure_geom_coarse" not in plan, plan
    assert not re.search(r"Seq Scan on structure(_cell_count)?\b", plan), plan
    assert username == "so.khcn" or "pk_structure_cell_count" in plan, plan


@for_each(
    "username",
    READERS,
    mend="give the statement an index that its filter can use",
)
def test_surroundings_are_found_by_the_spatial_indexes(big_app, statements, username):
    """Of who sees some exactly and some as cells both indexes are asked, for the page and for its count."""
    address = "/structures?near=19.807,105.776&within=500"
    asked = [each for each in statements(username, address) if "ST_DWithin" in each[0]]
    assert len(asked) == 2
    for statement, values in asked:
        plan = plan_of(big_app, statement, values)
        used = set(re.findall(r"ix_structure_(?:geom_coarse|geom|published)\b", plan))
        assert ("ix_structure_geom_coarse" in used) == (username != "so.khcn"), plan
        assert used & {"ix_structure_geom", "ix_structure_published"} or username is None, plan
        assert not re.search(r"Seq Scan on structure\b", plan), plan


@for_each(
    "username, page",
    tuple(product([name for name in READERS if name], ("near_site", "api_nearest"))),
    mend="give the statement an index that its filter can use",
)
def test_what_fits_near_a_site_comes_nearest_first_from_an_index(big_app, statements, username, page):
    """Neither all that lies within the radius nor all of a kind is read and sorted."""
    asked = [each for each in statements(username, page_addresses(big_app)[page]) if "<->" in each[0]]
    statements_of_table = [plan_of(big_app, *each) for each in asked]
    assert len(statements_of_table) == 2
    for plan in statements_of_table:
        assert "Order By: (geom_m <->" in plan, plan
        # Only ties are sorted, by id, and at the end the few rows that are shown.
        assert "Presorted Key" in plan, plan
    assert "Index Scan using ix_structure_published_near" in statements_of_table[0], statements_of_table[0]


@for_each(
    "page, username, table",
    (
        *((*look, "FROM structure_label") for look in looks(sorted(LABEL_PAGES | {"detail"}))),
        *((*look, "tariff") for look in looks(sorted(PRICE_PAGES | {"detail", "near_site"}))),
    ),
    mend="give the statement an index that its filter can use",
)
def test_statements_on_labels_and_prices_use_an_index_of_structures(big_app, statements, page, username, table):
    statements_of_table = [each for each in statements(username, page_addresses(big_app)[page]) if table in each[0]]
    for statement, values in statements_of_table:
        plan = plan_of(big_app, statement, values, WEB_ROLE)
        assert not re.search(r"Seq Scan on structure\b", plan), f"{statement[:600]}\n{plan}"
    assert statements_of_table or username is None


def test_prices_of_public_assets_are_found_by_their_index(big_app, statements):
    statements_of_table = [each for each in statements(FINANCE, "/tariffs") if "is_public_asset" in each[0]]
    assert statements_of_table
    for statement, values in statements_of_table:
        plan = plan_of(big_app, statement, values, WEB_ROLE)
        assert "ix_structure_public_asset" in plan, plan
        assert not re.search(r"Seq Scan on structure\b", plan), plan


#: What the database keeps of structures for figures, in the words of a plan.
KEPT = re.compile(r"Scan (?:using \w+ )?on structure_(?:group|year_count|fact|fact_change|cell|cell_count|class)\b")
#: The rows of the register themselves, and their histories.
ROWS = re.compile(
    r"Scan (?:using \w+ )?on ((?:structure|capacity_\w+|cable_\w+|antenna_tower|manhole|pole_line)(?:_history)?)\b"
)
#: Parts that are read each time, because terms end with the hour; and what only towers and cables can say.
OF_THE_HOUR = re.compile(r"\bFROM (colocation|route_|violation|incident|occupation|inspection|report_|operator_)")
OF_TOWERS_AND_CABLES = re.compile(r"capacity_place|cable_route")


@pytest.mark.parametrize("username", ["so.khcn", "viettel"])
def test_an_unchanged_dashboard_reads_only_what_is_kept_of_structures(big_app, statements, username):
    first, again = (statements(username, f"/dashboard?tab=all&turn={turn}") for turn in "12")
    lasting = [each for each in again if each[0].startswith(("SELECT", "WITH")) and not OF_THE_HOUR.search(each[0])]
    assert [row_source for each in lasting for row_source in ROWS.findall(plan_of(big_app, *each, role="none"))] == []
    # One that was not computed yet reads rows of towers and cables alone.
    counted = [each for each in first if not (OF_THE_HOUR.search(each[0]) or OF_TOWERS_AND_CABLES.search(each[0]))]
    plans = [plan_of(big_app, *each, role="none") for each in counted if "structure" in each[0]]
    assert sum(bool(KEPT.search(plan)) for plan in plans) > 5
    assert [plan for plan in plans if ROWS.search(plan)] == []
