"""Who sees which position: the head of the promises as a table, and the database's own guard."""

import json
from datetime import date

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from registry.audit.chain import record
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.kernel.errors import NotFound
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.history import get_record
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure
from registry.structures.writing import edit_structure
from tests.factories.structures import make, place_inside, place_outside
from tests.support import shared

#: Structure -> owner, kind, where it stands, what is typed differently.
STRUCTURES = {
    "published": ("viettel", "antenna_tower", "inside", {"sharing_status": "available"}),
    "unpublished": ("viettel", "antenna_tower", "inside", {}),
    "elsewhere": ("viettel", "antenna_tower", "outside", {}),
    "suspended": ("viettel", "antenna_tower", "outside", {"sharing_status": "available", "status": "suspended"}),
    "planned": ("viettel", "antenna_tower", "inside", {"status": "planned"}),
    "planned_elsewhere": ("viettel", "antenna_tower", "outside", {"status": "planned", "sharing_status": "available"}),
    "restricted": ("viettel", "antenna_tower", "inside", {"sharing_status": "restricted"}),
    "asset": ("viettel", "cable_pole", "outside", {"is_public_asset": "true"}),
    "restricted_asset": (
        "viettel",
        "cable_pole",
        "inside",
        {"is_public_asset": "true", "sharing_status": "restricted"},
    ),
    "power_pole": ("pc_thanhhoa", "power_pole_shared", "outside", {}),
    "restricted_pole": ("pc_thanhhoa", "power_pole_shared", "inside", {"sharing_status": "restricted"}),
    "duct": ("vnpt", "cable_duct", "outside", {}),
}
#: E exact, c cells, - nothing; in the order of STRUCTURES.
SEEN = {
    #               pub  unp  els  sus  pln  plE  res  ast  rAs  pol  rPo  duct
    "viettel": "     E    E    E    E    E    E    E    E    E    c    -    c",
    "vnpt": "        E    c    c    c    -    -    -    c    -    c    -    E",
    "dienluc": "     E    c    c    c    -    -    -    c    -    E    E    c",
    "so.khcn": "     E    E    E    E    E    E    E    E    E    E    E    E",
    "so.xaydung": "  E    E    E    E    E    E    E    E    E    E    E    E",
    "so.taichinh": " c    c    c    c    -    -    -    E    -    c    -    c",
    "so.congthuong": "c   c    c    c    -    -    -    c    -    E    -    c",
    "ubnd.tinh": "   c    c    c    c    -    -    -    c    -    c    -    c",
    "ubnd.xa": "     E    E    c    c    E    -    -    c    -    c    -    c",
    "kiemtra1": "    E    E    c    c    E    -    -    c    -    c    -    c",
    "kiemtra2": "    c    c    c    c    -    -    -    c    -    c    -    c",
    "quansu": "      E    c    c    c    -    -    -    c    -    c    -    c",
    "nguoidan": "    c    c    c    c    -    -    -    c    -    c    -    c",
    "bo.khcn": "     c    c    c    c    -    -    -    c    -    c    -    c",
    "quantri": "     c    c    c    c    -    -    -    c    -    c    -    c",
    None: "          c    c    c    c    -    -    -    c    -    c    -    c",
}

database, app, ctx_of, client_of, taken_back = shared.FIXTURES


@pytest.fixture(scope="module")
def places(ctx_of):
    """Two places: inside the commune of ubnd.xa (part of kiemtra1's area), and in nobody's area."""
    units = {}
    for name in ("ubnd.xa", "kiemtra1", "kiemtra2"):
        with ctx_of(name, read_only=True) as ctx:
            units[name] = ctx.actor.unit_ids
    assert units["ubnd.xa"] & units["kiemtra1"]
    assert not units["kiemtra1"] & units["kiemtra2"]
    with ctx_of(None, read_only=True) as ctx:
        return {
            "inside": place_inside(ctx.session, units["ubnd.xa"]),
            "outside": place_outside(ctx.session, frozenset().union(*units.values())),
        }


@pytest.fixture(scope="module")
def register(ctx_of, places):
    """All the structures of the table: name -> id and code."""
    with ctx_of("so.khcn") as ctx:
        structures = {
            name: make(ctx, owner=owner, kind=kind, at=places[where], **texts)
            for name, (owner, kind, where, texts) in STRUCTURES.items()
        }
        return {name: (structure.id, structure.code) for name, structure in structures.items()}


@pytest.mark.parametrize("username", SEEN, ids=str)
def test_each_of_the_cast_sees_exactly_as_far_as_promised(ctx_of, register, username):
    expected = dict(zip(STRUCTURES, SEEN[username].split(), strict=True))
    with ctx_of(username) as ctx:
        readable_rows = positions.readable(ctx)
        exact = dict(positions.run(ctx, select(readable_rows.c.id, readable_rows.c.exact)).all())
    seen_as = {
        name: {True: "E", False: "c", None: "-"}[exact.get(row_id)] for name, (row_id, _code) in register.items()
    }
    assert seen_as == expected


@pytest.mark.parametrize("username", SEEN, ids=str)
def test_the_geometry_shown_is_the_place_or_its_cells_and_never_between(ctx_of, register, places, username):
    expected = dict(zip(STRUCTURES, SEEN[username].split(), strict=True))
    with ctx_of(username) as ctx:
        for name, (row_id, _code) in register.items():
            shown = positions.geojson_of(ctx, row_id)
            if expected[name] == "-":
                assert shown is None
                continue
            shape = json.loads(shown)
            if expected[name] == "c":
                assert shape["type"] == "MultiPolygon"
                assert_cells_of_the_grid(ctx.session, shown)
            else:
                start = shape["coordinates"] if shape["type"] == "Point" else shape["coordinates"][0]
                lon, lat = places[STRUCTURES[name][2]]
                assert start == pytest.approx([lon, lat], abs=1e-7)


def assert_cells_of_the_grid(session, geojson):
    """Every corner lies on a line of the 1,000 m grid, whatever the structure."""
    corners = session.execute(
        text(
            "SELECT ST_X(p.geom), ST_Y(p.geom)"
            " FROM ST_DumpPoints(ST_Transform(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326), 5897)) p"
        ),
        {"shape": geojson},
    ).all()
    for corner in corners:
        for value in corner:
            assert abs(value - round(value / 1000) * 1000) < 0.1


def test_a_line_has_the_cells_that_it_crosses_and_no_others(ctx_of):
    """From one corner of three by three cells to the other, past the cells beside the diagonal."""
    line = "ST_GeomFromText('LINESTRING(560100 2190050, 562950 2192900)', 5897)"
    area = f"SELECT round(ST_Area(ST_Transform(coarse_cells(ST_Transform({line}, 4326), 1000), 5897)) / 1e6)"
    with ctx_of(None, read_only=True) as ctx:
        assert ctx.session.scalar(text(area)) == 5


def test_a_grid_of_the_future_is_not_taken_yet(ctx_of):
    with ctx_of("so.khcn") as ctx:
        before = ctx.session.scalar(text("SELECT coarse_grid_m()"))
        row = {"key": "position.coarse_grid_m", "valid_from": date(2030, 1, 1), "value": before * 2, "source": "QĐ thử"}
        ctx.session.add(DatedSetting(**row, needs_verification=True))
        ctx.session.flush()
        record(ctx, "test.setting", "dated_setting", None)
        assert ctx.session.scalar(text("SELECT coarse_grid_m()")) == before


@pytest.mark.parametrize("username", SEEN, ids=str)
def test_the_full_record_opens_only_where_the_place_is_seen_exactly(ctx_of, register, username):
    expected = dict(zip(STRUCTURES, SEEN[username].split(), strict=True))
    with ctx_of(username) as ctx:
        for name, (row_id, code) in register.items():
            stated = positions.given_of(ctx, row_id)
            if expected[name] == "E":
                assert get_structure(ctx, code).id == row_id
                assert stated is not None
            else:
                assert stated is None
                with pytest.raises(NotFound):
                    get_structure(ctx, code)


def test_nothing_but_kind_and_owner_category_is_told_of_a_cell(ctx_of, register):
    with ctx_of("vnpt") as ctx:
        readable_rows = positions.readable(ctx)
        of_cells = func.place_key(readable_rows.c.geom).label("of_cells")
        row = positions.run(
            ctx, select(readable_rows, of_cells).where(readable_rows.c.id == register["unpublished"][0])
        ).one()
    told = {name for name, value in row._mapping.items() if value not in (None, "", False)} - {"of_cells"}
    assert told == {"id", "code", "kind", "owner_category", "geom", "place", "updated_at"}
    assert row.updated_at.year == 2000
    # It is found by where its cells are.
    assert row.place == row.of_cells


def test_publishing_shows_and_withdrawing_hides_at_once(ctx_of, register):
    row_id, code = register["published"]
    for version, (status, visible) in enumerate(
        (("not_assessed", False), ("available", True), ("restricted", None)), 1
    ):
        with ctx_of("viettel") as ctx:
            values = {"sharing_status": SharingStatus(status), "restriction_basis": "Công văn 3"}
            edit_structure(ctx, EditStructure(code, version, values))
        with ctx_of("vnpt") as ctx:
            readable_rows = positions.readable(ctx)
            exact = positions.run(ctx, select(readable_rows.c.exact).where(readable_rows.c.id == row_id)).scalar()
        assert exact is visible


PROTECTED = (
    "SELECT geom FROM structure",
    "SELECT ST_AsText(geom) FROM structure",
    "SELECT geom_m FROM structure",
    "SELECT given_position FROM structure",
    "SELECT * FROM structure",
    "SELECT s FROM structure s",
    "SELECT to_jsonb(s) FROM structure s",
    "SELECT 1 FROM structure WHERE geom && ST_MakeEnvelope(105, 19, 106, 20, 4326)",
    "SELECT code FROM structure ORDER BY geom_m",
    "UPDATE structure SET note = ST_AsText(geom)",
    "UPDATE structure SET note = given_position",
    "UPDATE structure SET note = note RETURNING geom",
    "SELECT geom FROM structure_history",
    "SELECT geom_m FROM structure_history",
    "SELECT given_position FROM structure_history",
    "SELECT * FROM structure_history",
    "COPY structure TO STDOUT",
    "CREATE TABLE stolen AS SELECT geom FROM structure",
)


@pytest.mark.parametrize("statement", PROTECTED)
def test_the_role_of_the_pages_cannot_read_positions_by_itself(ctx_of, register, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("so.khcn") as ctx:
        ctx.session.execute(text(statement))


@pytest.mark.parametrize("statement", PROTECTED[:5])
def test_the_role_of_the_jobs_cannot_either(worker_database, register, statement):
    with pytest.raises(ProgrammingError, match="permission denied"):
        worker_database.execute(text(statement))


@pytest.fixture
def worker_database(database):
    """The test's own connection in the role of the jobs."""
    connection = database._bind
    with connection.begin_nested() as savepoint:
        connection.execute(text("RESET ROLE"))
        connection.execute(text("SET LOCAL ROLE registry_worker"))
        yield connection
        savepoint.rollback()


def test_reading_positions_gives_the_role_back(ctx_of, register):
    with ctx_of("so.khcn") as ctx:
        before = ctx.session.scalar(text("SELECT current_user"))
        assert positions.geojson_of(ctx, register["published"][0])
        assert ctx.session.scalar(text("SELECT current_user")) == before == "registry_web"


def test_the_reader_of_positions_cannot_write_them(ctx_of, register):
    with pytest.raises(ProgrammingError, match="permission denied"), ctx_of("so.khcn") as ctx, positions.reading(ctx):
        ctx.session.execute(text("UPDATE structure SET note = 'x'"))


def test_the_past_tells_no_position_either(ctx_of, register):
    with ctx_of("viettel") as ctx:
        past = get_record(ctx, register["published"][1], When(recorded_at=ctx.now)).values
    assert {"geom", "geom_m", "given_position", "geom_coarse"}.isdisjoint(past)


@pytest.mark.parametrize("one_plan", [False, True])
def test_role_and_way_of_planning_are_given_back(ctx_of, one_plan):
    state = text("SELECT current_user, current_setting('plan_cache_mode')")
    with ctx_of("viettel") as ctx:
        before = ctx.session.execute(state).one()
        with positions.reading(ctx, one_plan=one_plan):
            within = ctx.session.execute(state).one()
            with positions.reading(ctx):
                assert ctx.session.execute(state).one() == within
        assert ctx.session.execute(state).one() == before
    assert within == (POSITION_READER_ROLE, "force_generic_plan" if one_plan else "auto")
