"""UBND tỉnh and the ministry see figures of the whole province, and no row behind them."""

import re
from collections import Counter

import pytest
from sqlalchemy import text

from registry.cables.figures import CableFilter, list_cables, sums_of
from registry.dashboard.cables import cable_figures
from registry.dashboard.figures import LEAST, count_by_kind, count_by_unit
from registry.dashboard.queries import list_figures
from registry.dashboard.sharing import list_towers, sharing_ratio
from registry.structures.past.when import read_when
from registry.territory.queries import commune_parts
from registry.upkeep.queries import freshness
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
    "SELECT count(*) FROM structure JOIN cable_route USING (id) WHERE dead_flag AND status = 'decommissioned'"
    " AND sharing_status <> 'restricted'"
)


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes."""
    generate(ctx_of, seed=2, count=30)


@pytest.mark.parametrize("username", READERS)
def test_they_count_all_that_is_shown_as_cells_with_its_attributes(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        rows = ctx.session.execute(SHOWN).all()
        kinds = {one.code: one for one in count_by_kind(ctx)}
        for code, found in kinds.items():
            mine = [row for row in rows if row.kind == code]
            assert (found.total, found.coarse) == (len(mine), len(mine)), code
            assert dict(found.by_sharing) == Counter(row.sharing_status for row in mine), code
        recorded = Counter(row.commune_id for row in rows)
        counts = Counter()
        for part in commune_parts(ctx.session, ctx.today, recorded):
            counts[part.unit_id] += recorded[part.record_id]
        assert {unit.id: unit.count for unit in count_by_unit(ctx)} == {
            unit_id: count if count >= LEAST else None for unit_id, count in counts.items()
        }
        mine = {figure.key: (figure.count, figure.query) for figure in list_figures(ctx)}
        assert mine["all"] == (len(rows), {})
        assert mine["suspended"] == (sum(row.status == "suspended" for row in rows), None)
        assert mine["dangerous"] == (sum(row.condition == "dangerous" for row in rows), None)
        assert freshness(ctx).total == len(rows)
        assert 0 < freshness(ctx).fresh < len(rows)


@pytest.mark.parametrize("username", READERS)
def test_ratio_and_cables_are_those_of_the_province_without_what_is_restricted(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        ratio, cables = sharing_ratio(ctx, ctx.today), cable_figures(ctx, ctx.today)
        assert ratio.positions == ctx.session.scalar(OPEN_TOWERS) > 0
        assert ratio.stations > 0
        assert cables.dead == ctx.session.scalar(DEAD) > 0
        assert cables.sums.total_m > 0
        assert sum(owner.sums.cables for owner in cables.owners) == cables.sums.cables
    with ctx_of("so.khcn", read_only=True) as ctx:
        # No cable of the register is restricted.
        assert sums_of(ctx, CableFilter(ctx.today)) == cables.sums


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
    for address in ("/dashboard", "/dashboard?as_of=2025-10-01", "/"):
        page = client.get(address).text
        assert "Số liệu tổng hợp toàn tỉnh" in page
        assert not re.search(r"THA-[A-Z]{3}-\d+", page)
        opened = re.findall(r'href="(/(?:structures|cables|dashboard/towers|colocation)\?[^"]+)"', page)
        assert not [link for link in opened if not re.fullmatch(r"/structures\?(all=1|kind=\w+.*)", link)]
        assert "sharing_status" not in "".join(opened)
    with ctx_of(username, read_only=True) as ctx:
        assert not list_towers(ctx, ctx.today, "", None).rows
        assert not list_cables(ctx, CableFilter(ctx.today), None).rows


def test_who_sees_rows_has_the_figures_of_those_rows(ctx_of):
    with ctx_of("vnpt", read_only=True) as ctx:
        shown = sum(sum(one.by_sharing.values()) for one in count_by_kind(ctx))
        assert shown < len(ctx.session.execute(SHOWN).all())
