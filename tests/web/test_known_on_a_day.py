"""What is known of a day: an unknown start is “unknown”, never “always”; metres are those within a border."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select, text

from registry.cables.figures import UNDATED, CableFilter, cables_query, sums_by_unit, sums_of
from registry.capacity.sharing_ratio import sharing_ratio, towers_query
from registry.dashboard.cables import cable_figures
from registry.structures import positions
from registry.structures.listing.query import count_entered_later
from registry.structures.positions.moment import When
from registry.territory.models import AdminUnit, UnitLevel
from tests.factories.cables import cable
from tests.factories.structures import make

ENTERED, BEFORE, AFTER = datetime(2025, 3, 1, 2, tzinfo=UTC), date(2024, 6, 1), date(2025, 6, 1)


@pytest.fixture
def entered(ctx_of):
    """A dated and an undated tower and cable of Viettel, entered on one day; and an undated tower as of 2024."""
    with ctx_of("viettel", now=ENTERED) as ctx:
        return {
            "dated": make(ctx, in_service_on="01/06/2015", sharing_status="available").code,
            "undated": make(ctx, at=(105.70, 19.75), sharing_status="available").code,
            "cable": cable(ctx, laying="aerial", installed_on="01/06/2015").code,
            "undated cable": cable(ctx, laying="aerial", installed_on="").code,
        }


def test_a_tower_without_a_day_counts_since_the_register_has_it_and_before_it_counts_apart(ctx_of, entered):
    with ctx_of("viettel", read_only=True) as ctx:
        before, after = sharing_ratio(ctx, BEFORE), sharing_ratio(ctx, AFTER)
        assert (before.positions, before.undated) == (1, 1)
        assert (after.positions, after.undated) == (2, 0)
        assert sharing_ratio(ctx, ctx.today).undated == 0
        assert [row.code for row in ctx.session.execute(towers_query(ctx, BEFORE, ""))] == [entered["dated"]]
        assert [row.code for row in ctx.session.execute(towers_query(ctx, BEFORE, UNDATED))] == [entered["undated"]]
        assert [sharing_ratio(ctx, day, ctx.now).positions for day in (BEFORE, AFTER)] == [1, 2]


def test_a_cable_without_a_day_counts_since_the_register_has_it_and_before_it_counts_apart(ctx_of, entered):
    with ctx_of("viettel", read_only=True) as ctx:
        before, after = (sums_of(ctx, CableFilter(day)) for day in (BEFORE, AFTER))
        assert (before.cables, before.undated, after.cables, after.undated) == (1, 1, 2, 0)
        assert before.total_m == pytest.approx(before.undated_m)
        undated = positions.run(ctx, cables_query(ctx, CableFilter(BEFORE, UNDATED)))
        assert [row.code for row in undated] == [entered["undated cable"]]
        dated = positions.run(ctx, cables_query(ctx, CableFilter(BEFORE)))
        assert [row.code for row in dated] == [entered["cable"]]


def test_the_pages_of_a_day_show_apart_what_they_do_not_know(client_of, ctx_of, entered):
    client = client_of("viettel")
    board = client.get("/dashboard?tab=all&on=01/06/2024").text
    assert "cột chưa rõ ngày xây dựng" in board
    assert entered["undated cable"] in client.get("/cables?on=01/06/2024&laying=undated").text
    assert entered["undated"] in client.get("/dashboard/towers?on=01/06/2024&use=undated").text
    listed = client.get("/structures?as_of=2024-06-01").text
    assert "2 đã có theo ngày trong hồ sơ, 2 chưa rõ" in listed
    with ctx_of("viettel", read_only=True) as ctx:
        assert count_entered_later(ctx, When(as_of=AFTER)).unknown == 0


def test_the_territory_says_before_which_day_it_knows_nothing_and_which_day_has_not_come(client_of):
    client = client_of(None)
    early = client.get("/territory?on=01/01/1995").text
    assert "có hiệu lực ngày 01/01/1995" not in early
    assert "0 đơn vị đã có, 559 đơn vị chưa rõ" in early
    assert "31/01/2024" in early
    assert "chưa đến" in client.get("/territory?on=01/01/2035").text
    first = client.get("/territory?on=31/01/2024").text
    assert "có hiệu lực ngày 31/01/2024" in first
    assert "Chưa rõ" not in first


def border_of(session):
    """A line of some hundred metres across the border of two communes of today, inside of both."""
    query = text(
        "SELECT ST_AsGeoJSON(ST_MakeLine(ST_Project(p::geography, 300, a)::geometry,"
        "   ST_Project(p::geography, 500, a + pi())::geometry)) AS line FROM ("
        " SELECT ST_LineInterpolatePoint(ST_GeometryN(ST_LineMerge(ST_CollectionExtract("
        "   ST_Intersection(ST_Boundary(one.geom), ST_Boundary(other.geom)), 2)), 1), 0.5) AS p,"
        "   radians(90 * turn) AS a, one.id AS one_id, other.id AS other_id, one.geom AS g, other.geom AS h"
        " FROM admin_unit one JOIN admin_unit other ON other.id > one.id AND ST_Touches(one.geom, other.geom),"
        "   generate_series(0, 3) turn"
        " WHERE one.level = 'commune' AND other.level = 'commune' AND one.valid_to IS NULL AND other.valid_to IS NULL"
        " ORDER BY one.id, other.id LIMIT 40) border"
        " WHERE ST_Length(ST_Intersection(g, ST_MakeLine(ST_Project(p::geography, 300, a)::geometry,"
        "   ST_Project(p::geography, 500, a + pi())::geometry))::geography) BETWEEN 200 AND 600 LIMIT 1"
    )
    return session.execute(query).scalar_one()


def test_metres_of_a_cable_across_a_border_are_those_within_each_commune(ctx_of, client_of):
    with ctx_of("so.khcn") as ctx:
        line = border_of(ctx.session)
        route = cable(ctx, laying="underground", installed_on="01/06/2015", owner="viettel")
        ctx.session.execute(
            text("UPDATE structure SET geom = ST_SetSRID(ST_GeomFromGeoJSON(:line), 4326) WHERE id = :id"),
            {"line": line, "id": route.id},
        )
        total = sums_of(ctx, CableFilter(ctx.today)).total_m
        parts = sums_by_unit(ctx, ctx.today)
        assert len(parts.within) > 1
        assert not parts.recorded
        assert sum(part.total_m for part in parts.within.values()) == pytest.approx(total)
        assert sum(part.underground_m for part in parts.within.values()) == pytest.approx(total)
        for unit_id, part in parts.within.items():
            assert 0 < part.total_m < total
            assert sums_of(ctx, CableFilter(ctx.today, unit_id=unit_id)).total_m == pytest.approx(part.total_m)
            (row,) = positions.run(ctx, cables_query(ctx, CableFilter(ctx.today, unit_id=unit_id)))
            assert row.length_m == pytest.approx(part.total_m)
        units = cable_figures(ctx, ctx.today).units
        assert {unit.id for unit in units} == set(parts.within)
        province = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.PROVINCE)
        province_id = ctx.session.scalar(province.where(AdminUnit.valid_to.is_(None)))
        whole = sums_of(ctx, CableFilter(ctx.today, unit_id=province_id))
        assert (whole.cables, whole.total_m) == (1, pytest.approx(total))


def test_no_metre_is_counted_twice_over_generated_cables(ctx_of):
    with ctx_of("so.khcn") as ctx:
        for number in range(12):
            route = cable(ctx, owner="viettel", installed_on="01/06/2015")
            west, north = 105.6 + 0.02 * number, 19.7 + 0.01 * (number % 5)
            line = f"LINESTRING({west} 19.7, {west + 0.02} {north + 0.003})"
            ctx.session.execute(
                text("UPDATE structure SET geom = ST_GeomFromText(:line, 4326) WHERE id = :id"),
                {"line": line, "id": route.id},
            )
        parts = sums_by_unit(ctx, ctx.today)
        total = sum(part.total_m for part in [*parts.within.values(), *parts.recorded.values()])
        assert total == pytest.approx(sums_of(ctx, CableFilter(ctx.today)).total_m)
        assert len(parts.within) > 3
