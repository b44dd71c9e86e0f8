"""UBND tỉnh and the ministry see figures of the whole province, and no row behind them."""

import re
from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from registry.cables.figures import CableFilter, OwnerSums, Sums, cables_query, sums_of
from registry.capacity.sharing_ratio import sharing_ratio, towers_query
from registry.dashboard.board import View, parts_of
from registry.dashboard.cables import _combine_small, cable_figures
from registry.dashboard.figures import MIN_DISCLOSED, count_by_kind, count_by_unit, list_figures, withheld_units
from registry.kernel.db.session import POSITION_READER_ROLE, WEB_ROLE
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter
from registry.structures.positions.moment import read_when
from registry.upkeep.queries import freshness
from tests.factories.structures import make
from tests.support import shared
from tests.support.figures import generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")

READERS = ("ubnd.tinh", "bo.khcn")
#: What everybody may know of as cells: standing, and not restricted.
SHOWN = text(
    "SELECT id, kind, status, sharing_status, condition, commune_id FROM structure"
    " WHERE sharing_status <> 'restricted' AND status IN ('active', 'suspended')"
)
OPEN_TOWERS = text(
    "SELECT count(*) FROM structure"
    " WHERE kind = 'antenna_tower' AND status = 'active' AND sharing_status <> 'restricted'"
)
DEAD = text(
    "SELECT count(*) FROM structure JOIN cable_route USING (id) WHERE status = 'decommissioned'"
    " AND sharing_status <> 'restricted'"
)


def middle_communes(ctx):
    """The commune of today that the middle of the public cells lies in, for each structure that is shown as cells."""
    ctx.session.execute(text(f"SET LOCAL ROLE {POSITION_READER_ROLE}"))
    middles = text(
        "SELECT unit_at(ST_Centroid(geom_coarse), 'commune', :today) FROM structure"
        " WHERE sharing_status <> 'restricted' AND status IN ('active', 'suspended')"
    )
    communes = ctx.session.scalars(middles, {"today": ctx.today}).all()
    ctx.session.execute(text(f"SET LOCAL ROLE {WEB_ROLE}"))
    return communes


def both_sides_of_a_border(ctx):
    """Two places in the middle of one cell's halves that lie in two communes of today."""
    query = text(
        "WITH cell AS (SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM admin_unit u, ST_PointOnSurface(u.geom) p"
        "  WHERE u.level = 'commune' AND u.valid_to IS NULL AND u.geom IS NOT NULL),"
        " tried AS (SELECT lon + dx * 0.002 AS lon, lat AS lat FROM cell, generate_series(0, 40) dx),"
        " placed AS (SELECT *, coarse_cells(ST_SetSRID(ST_MakePoint(lon, lat), 4326), coarse_grid_m()) AS cells,"
        "  unit_at(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 'commune', :today) AS unit_id FROM tried)"
        " SELECT one.lon, one.lat, other.lon, other.lat FROM placed one JOIN placed other"
        "   ON other.cells = one.cells AND other.unit_id > one.unit_id ORDER BY one.unit_id, one.lon LIMIT 1"
    )
    lon, lat, other_lon, other_lat = ctx.session.execute(query, {"today": ctx.today}).one()
    return (lon, lat), (other_lon, other_lat)


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes."""
    generate(ctx_of, seed=2, count=30)


@pytest.mark.parametrize("username", READERS)
def test_they_count_all_that_is_shown_as_cells_with_its_attributes(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        rows = ctx.session.execute(SHOWN).all()
        kinds = {kind.code: kind for kind in count_by_kind(ctx)}
        for code, kind in kinds.items():
            mine = [row for row in rows if row.kind == code]
            assert (kind.total, kind.coarse) == (len(mine), len(mine)), code
            assert dict(kind.by_sharing) == Counter(row.sharing_status for row in mine), code
        counts = Counter(middle_communes(ctx))
        assert sum(counts.values()) == len(rows)
        for when in (None, read_when({"as_of": ctx.today.isoformat()})):
            assert {unit.id: unit.count for unit in count_by_unit(ctx, when)} == counts
        mine = {figure.key: (figure.count, figure.query) for figure in list_figures(ctx)}
        assert mine["all"] == (len(rows), {})
        assert mine["suspended"] == (sum(row.status == "suspended" for row in rows), None)
        assert mine["dangerous"] == (sum(row.condition == "dangerous" for row in rows), None)
        assert freshness(ctx).total == len(rows)
        assert 0 < freshness(ctx).fresh < len(rows)


def test_communes_with_few_structures_are_not_told_apart_by_their_order(ctx_of):
    with ctx_of("so.khcn") as ctx:
        empty = text(
            "SELECT u.id, ST_X(p) AS lon, ST_Y(p) AS lat FROM admin_unit u, ST_PointOnSurface(u.geom) p"
            " WHERE u.level = 'commune' AND u.valid_to IS NULL AND u.geom IS NOT NULL AND NOT u.id = ANY(:held)"
            " ORDER BY u.name"
        )
        units = ctx.session.execute(empty, {"held": middle_communes(ctx)}).all()
        first, second = units[0], units[-1]
        for number, unit in enumerate((first, second, second)):
            make(ctx, kind="antenna_tower", at=(unit.lon, unit.lat), own_code=f"IT-{number}")
    with ctx_of(READERS[0], read_only=True) as ctx:
        counts = Counter(middle_communes(ctx))
        assert (counts[first.id], counts[second.id]) == (1, 2)
        active = StructureFilter(choices={"status": ("active",)})
        hidden = [unit.name for unit in count_by_unit(ctx, structure_filter=active) if unit.count is None]
        assert len(hidden) > 2
        assert hidden == sorted(hidden)


@given(st.lists(st.integers(1, 6), min_size=2, max_size=6).filter(lambda counts: max(counts) >= MIN_DISCLOSED))
def test_no_hidden_count_of_a_commune_follows_from_the_total(counts):
    hidden = withheld_units([(number, f"Xã {number}", count) for number, count in enumerate(counts)])
    assert {number for number, count in enumerate(counts) if count < MIN_DISCLOSED} <= hidden
    fillings = [
        filling
        for filling in product(range(1, 7), repeat=len(counts))
        if all(filling[number] == count for number, count in enumerate(counts) if number not in hidden)
        and sum(filling) == sum(counts)
        and withheld_units([(number, f"Xã {number}", count) for number, count in enumerate(filling)]) == hidden
    ]
    assert {number for number in hidden if len({filling[number] for filling in fillings}) == 1} == set()


@pytest.mark.parametrize("username", READERS)
def test_ratio_and_cables_are_those_of_the_province_without_what_is_restricted(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        ratio, cables = sharing_ratio(ctx, ctx.today), cable_figures(ctx, ctx.today)
        assert ratio.positions == ctx.session.scalar(OPEN_TOWERS) > 0
        assert ratio.stations > 0
        assert cables.dead == ctx.session.scalar(DEAD) > 0
        assert cables.sums.total_m > 0
        assert sum(owner.sums.cables for owner in cables.owners) == cables.sums.cables
        assert all(owner.sums.cables >= MIN_DISCLOSED for owner in cables.owners)
    with ctx_of("so.khcn", read_only=True) as ctx:
        # No cable of the register is restricted.
        exact = sums_of(ctx, CableFilter(ctx.today))
    assert exact.cables == cables.sums.cables
    for name in ("total_m", "underground_m", "unknown_m"):
        assert getattr(cables.sums, name) == pytest.approx(getattr(exact, name), abs=500)
        assert not getattr(cables.sums, name) % 1000


@pytest.mark.parametrize("counts", [(9, 2, 1), (9, 8, 1), (9, 5), (2,), (1, 1), ()])
def test_owners_with_few_cables_are_put_together(counts):
    owners = [OwnerSums(turn, f"Đơn vị {turn}", Sums(count, count * 1000.0, 0, 0)) for turn, count in enumerate(counts)]
    told = _combine_small(owners)
    assert sum(owner.sums.cables for owner in told) == sum(counts)
    assert sum(owner.sums.total_m for owner in told) == 1000 * sum(counts)
    assert all(owner.sums.cables >= MIN_DISCLOSED for owner in told) or sum(counts) < MIN_DISCLOSED
    assert len([owner for owner in told if owner.id is None]) == (min(counts, default=MIN_DISCLOSED) < MIN_DISCLOSED)


@pytest.mark.parametrize("kind", ["antenna_tower", "cable_route"])
def test_where_in_its_cell_a_structure_stands_moves_no_figure(database, ctx_of, kind):
    """Both places lie in one public cell and in different communes: what is recorded must not narrow the cell."""

    def figures_with(position):
        with database._bind.begin_nested() as savepoint:
            with ctx_of("so.khcn") as ctx:
                for number in range(MIN_DISCLOSED):
                    make(ctx, kind=kind, at=position, own_code=f"GIUA-{number}")
            figures = []
            for username in READERS:
                with ctx_of(username, read_only=True) as ctx:
                    today = read_when({"as_of": ctx.today.isoformat()})
                    cables = cable_figures(ctx, ctx.today)
                    figures.append((count_by_unit(ctx), count_by_unit(ctx, today), cables.units, cables.withheld))
            savepoint.rollback()
        return figures

    with ctx_of("so.khcn", read_only=True) as ctx:
        here, there = both_sides_of_a_border(ctx)
    assert figures_with(here) == figures_with(there)


@pytest.mark.parametrize("username", READERS)
def test_today_as_a_day_of_the_past_gives_the_same_figures(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        when = read_when({"as_of": ctx.today.isoformat()})
        assert count_by_kind(ctx, when) == count_by_kind(ctx)
        assert freshness(ctx, when) == freshness(ctx)
        assert cable_figures(ctx, ctx.today, when).dead == cable_figures(ctx, ctx.today).dead


@pytest.mark.parametrize("username", READERS)
def test_no_row_and_no_list_of_rows_is_shown(client_of, ctx_of, username):
    client = client_of(username)
    for address in ("/dashboard?tab=all", "/dashboard?tab=all&as_of=2025-10-01", "/"):
        page = client.get(address).text
        assert "Số liệu tổng hợp toàn tỉnh" in page
        assert not re.search(r"THA-[A-Z]{3}-\d+", page)
        opened = re.findall(r'href="(/(?:structures|cables|dashboard/towers|colocation)\?[^"]+)"', page)
        assert not [link for link in opened if not re.fullmatch(r"/structures\?(all=1|kind=\w+.*)", link)]
        assert "sharing_status" not in "".join(opened)
    with ctx_of(username, read_only=True) as ctx:
        assert not ctx.session.execute(towers_query(ctx, ctx.today, "")).all()
        assert not positions.run(ctx, cables_query(ctx, CableFilter(ctx.today))).all()


def test_who_sees_rows_has_the_figures_of_those_rows(ctx_of):
    with ctx_of("vnpt", read_only=True) as ctx:
        shown = sum(sum(kind.by_sharing.values()) for kind in count_by_kind(ctx))
        assert shown < len(ctx.session.execute(SHOWN).all())


def test_the_total_row_of_communes_explains_its_difference_and_the_list_that_cannot_answer_says_so(
    app, ctx_of, client_of
):
    for username in (*READERS, "so.khcn", "viettel"):
        with app.test_request_context(), ctx_of(username, read_only=True) as ctx:
            view = View(ctx.today, None)
            (part,) = parts_of(ctx, view, ("units",))
            chart = part.build(ctx, view)
        counts = {row.key: row.cells[0].value for row in chart.rows if row.key}
        total = next(row for row in chart.rows if not row.key and "hạn chế" not in row.label)
        difference = total.cells[0].value - sum(number or 0 for number in counts.values())
        assert (f"{abs(difference)}" in chart.note) or difference == 0, (username, chart.note)
    page = client_of(READERS[0]).get(f"/structures?unit={next(iter(counts))}").text
    assert 'id="exact-only"' in page
    assert "/figures" in page
