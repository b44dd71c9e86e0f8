"""Units by point, name, succession and area, on the seeded province with its approximate outlines."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from registry.authz.actors import SYSTEM_ACTOR
from registry.territory import queries
from registry.territory.map import outline_json, outlines_json, outlines_version
from registry.territory.models import AdminUnit, ExtentQuality, SuccessionKind, UnitLevel
from registry.territory.seed import seed

NOW = date(2026, 1, 1)
#: The centre of Thanh Hóa city, in degrees.
CENTRE = (Decimal("105.776"), Decimal("19.807"))
#: The town of the district Đông Sơn, which ended on 31/12/2024.
DONG_SON = (Decimal("105.72"), Decimal("19.80"))
SEA = (Decimal("107.5"), Decimal("19.5"))


@pytest.fixture
def session(database):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        yield ctx.session


def one(session, name, level, on):
    (unit,) = queries.find_units(session, name, level, on)
    return unit


def test_a_point_gives_its_commune_of_today_marked_approximate(session):
    hit = queries.unit_at(session, *CENTRE, UnitLevel.COMMUNE, NOW)
    assert (hit.name, hit.approximate) == ("Phường Hạc Thành", True)


def test_a_point_gives_its_district_only_until_districts_ended(session):
    assert queries.unit_at(session, *CENTRE, UnitLevel.DISTRICT, date(2025, 6, 30)).name == "Thành phố Thanh Hóa"
    assert queries.unit_at(session, *CENTRE, UnitLevel.DISTRICT, date(2025, 7, 1)) is None


def test_a_point_gives_the_district_of_its_day(session):
    assert queries.unit_at(session, *DONG_SON, UnitLevel.DISTRICT, date(2024, 12, 31)).name == "Huyện Đông Sơn"
    assert queries.unit_at(session, *DONG_SON, UnitLevel.DISTRICT, date(2025, 1, 1)).name == "Thành phố Thanh Hóa"


def test_a_point_gives_its_former_commune_on_a_former_day(session):
    hit = queries.unit_at(session, *CENTRE, UnitLevel.COMMUNE, date(2025, 6, 30))
    assert (hit.name, hit.approximate) == ("Phường Điện Biên", True)


def test_a_point_at_sea_belongs_to_no_unit(session):
    assert queries.unit_at(session, *SEA, UnitLevel.COMMUNE, NOW) is None
    assert not queries.in_province(session, *SEA)
    assert queries.in_province(session, *CENTRE)


def test_the_set_based_lookup_agrees_with_the_single_one(session):
    rows = session.execute(
        text(
            "SELECT lon, lat, commune_at(ST_SetSRID(ST_MakePoint(lon, lat), 4326), :day)"
            " FROM generate_series(104.5, 105.9, 0.2) lon, generate_series(19.4, 20.5, 0.2) lat"
        ),
        {"day": NOW},
    ).all()
    assert any(row[2] is None for row in rows)
    for lon, lat, unit_id in rows:
        hit = queries.unit_at(session, lon, lat, UnitLevel.COMMUNE, NOW)
        assert (hit.id if hit else None) == unit_id


def test_a_line_belongs_where_a_point_on_it_lies(session):
    unit_id = session.scalar(
        text("SELECT commune_at(ST_GeomFromText('LINESTRING(105.776 19.807, 105.7761 19.8071)', 4326), :day)"),
        {"day": NOW},
    )
    assert unit_id == queries.unit_at(session, *CENTRE, UnitLevel.COMMUNE, NOW).id


def test_distance_is_nothing_inside_and_metres_outside(session):
    inside = queries.unit_at(session, *CENTRE, UnitLevel.COMMUNE, NOW)
    far = one(session, "Xã Mường Chanh", UnitLevel.COMMUNE, NOW)
    assert queries.distance_to_unit(session, *CENTRE, inside.id) == 0
    assert Decimal(100_000) < queries.distance_to_unit(session, *CENTRE, far.id) < Decimal(180_000)
    unknown = one(session, "Xã Thiệu Phú", UnitLevel.COMMUNE, date(2024, 1, 31))
    assert queries.distance_to_unit(session, *CENTRE, unknown.id) is None


def test_the_bounds_of_the_province_hold_its_points(session):
    west, south, east, north = queries.province_bounds(session)
    assert west < 104.45
    assert east > 106.05
    assert south < 19.31
    assert north > 20.62


@pytest.mark.parametrize("written", ["Xã Ngọc Liên", "ngọc liên", "NGOC LIEN", "x. Ngọc Liên", "15091"])
def test_a_unit_is_found_however_it_is_written(session, written):
    assert one(session, written, UnitLevel.COMMUNE, NOW).name == "Xã Ngọc Liên"


@pytest.mark.parametrize("written", ["TP. Thanh Hoá", "thành phố Thanh Hóa", "tp Thanh Hóa"])
def test_the_placing_of_a_tone_mark_does_not_matter(session, written):
    assert one(session, written, UnitLevel.DISTRICT, date(2025, 6, 30)).code == "380"


def test_a_name_that_means_several_units_gives_all_of_them_exact_spelling_first(session):
    former = queries.find_units(session, "Quang Trung", UnitLevel.COMMUNE, date(2025, 6, 30))
    assert {unit.code for unit in former} >= {"14824", "15085"}
    written = queries.find_units(session, "Xã Quang Trung", UnitLevel.COMMUNE, date(2025, 6, 30))
    assert [unit.name for unit in written][:2] == ["Xã Quang Trung", "Xã Quang Trung"]


def test_a_commune_that_became_a_ward_is_found_by_its_former_kind(session):
    assert one(session, "Xã Hàm Rồng", UnitLevel.COMMUNE, NOW).name == "Phường Hàm Rồng"


def test_a_name_merged_long_ago_finds_the_unit_that_took_it_in(session):
    assert one(session, "Xã Hoằng Lý", UnitLevel.COMMUNE, date(2025, 6, 30)).name == "Phường Tào Xuyên"


def test_an_empty_or_unknown_name_finds_nothing(session):
    assert queries.find_units(session, "   ") == []
    assert queries.find_units(session, "Không Có Tên Này") == []


def test_the_area_of_a_district_is_its_communes_of_then_and_their_successors(session):
    district = one(session, "389", UnitLevel.DISTRICT, date(2025, 6, 30))
    area = session.scalars(
        select(AdminUnit).where(AdminUnit.id.in_(queries.area_unit_ids(session, [district.id])))
    ).all()
    names = {unit.name for unit in area if unit.valid_to is None}
    assert {"Xã Ngọc Liên", "Xã Thạch Lập", "Xã Ngọc Lặc"} <= names
    assert "Phường Hạc Thành" not in names
    assert sum(unit.valid_to == date(2025, 6, 30) and unit.level is UnitLevel.COMMUNE for unit in area) == 21


def test_the_area_of_a_commune_is_what_it_was_made_of(session):
    commune = one(session, "Xã Thạch Lập", UnitLevel.COMMUNE, NOW)
    area = session.scalars(
        select(AdminUnit).where(AdminUnit.id.in_(queries.area_unit_ids(session, [commune.id])))
    ).all()
    assert {unit.name for unit in area if unit.valid_to} == {"Xã Thạch Lập", "Xã Quang Trung", "Xã Đồng Thịnh"}


def test_the_area_of_a_former_commune_is_not_all_of_what_it_went_into(session):
    former = one(session, "15085", UnitLevel.COMMUNE, date(2025, 6, 30))
    area = queries.area_unit_ids(session, [former.id])
    sibling = one(session, "Xã Đồng Thịnh", UnitLevel.COMMUNE, date(2025, 6, 30))
    assert sibling.id not in area
    assert one(session, "15085", UnitLevel.COMMUNE, NOW).id in area


def test_the_area_of_the_ended_district_follows_its_communes_into_the_city(session):
    ended = one(session, "405", UnitLevel.DISTRICT, date(2024, 12, 31))
    area = queries.area_unit_ids(session, [ended.id])
    assert one(session, "Xã Đông Hoàng", UnitLevel.COMMUNE, date(2025, 6, 30)).id in area
    assert one(session, "Phường Điện Biên", UnitLevel.COMMUNE, date(2025, 6, 30)).id not in area


def test_no_unit_has_no_area(session):
    assert queries.area_unit_ids(session, []) == frozenset()


@pytest.mark.parametrize(
    ("on", "below", "communes"), [(date(2024, 6, 1), 27, 558), (date(2025, 3, 1), 26, 547), (NOW, 166, 166)]
)
def test_the_tree_is_that_of_its_day(session, on, below, communes):
    children = queries.list_children(session, queries.get_province(session), on)
    assert len(children) == below
    under = sum(len(queries.list_children(session, child, on)) for child in children) or len(children)
    assert under == communes


def test_a_unit_tells_what_became_of_it(session):
    district = one(session, "389", UnitLevel.DISTRICT, date(2025, 6, 30))
    (ended,) = queries.list_successors(session, district.id)
    assert (ended.succession.kind, ended.unit) == (SuccessionKind.ABOLISH, None)
    raised = one(session, "15274", UnitLevel.COMMUNE, date(2025, 6, 30))
    assert [relation.unit.name for relation in queries.list_predecessors(session, raised.id)] == ["Xã Hà Long"]


def test_a_second_seed_changes_nothing(database):
    with database.transaction(SYSTEM_ACTOR) as ctx:
        before = outlines_version(ctx.session)
        result = seed(ctx, "38")
        assert (result.units, result.successions) == (0, 0)
        assert outlines_version(ctx.session) == before


def test_every_commune_and_district_has_a_valid_outline_and_neighbours_do_not_overlap(session):
    bare = session.scalars(
        select(AdminUnit.name).where(AdminUnit.in_force(NOW), AdminUnit.extent_quality == ExtentQuality.NONE)
    ).all()
    assert bare == []
    assert session.scalar(text("SELECT bool_and(ST_IsValid(geom)) FROM admin_unit WHERE geom IS NOT NULL"))
    overlap = session.scalar(
        text(
            "SELECT coalesce(sum(ST_Area(ST_Intersection(a.geom, b.geom))), 0) FROM admin_unit a JOIN admin_unit b"
            " ON a.id < b.id AND a.geom && b.geom WHERE a.level = 'commune' AND b.level = 'commune'"
            " AND a.valid_to IS NULL AND b.valid_to IS NULL"
        )
    )
    assert overlap < 1e-9


def test_the_map_gets_the_units_of_a_day_and_no_others(session):
    present = outlines_json(session, UnitLevel.COMMUNE, NOW)
    assert present.count('"Feature"') == 166
    assert "Phường Hạc Thành" in present
    assert outlines_json(session, UnitLevel.DISTRICT, NOW).count('"Feature"') == 0
    city = one(session, "380", UnitLevel.DISTRICT, date(2025, 6, 30))
    assert outline_json(session, city.id).count('"Feature"') == 1


def test_the_same_code_cannot_be_in_force_twice_on_one_day(session):
    from_database = select(AdminUnit).where(AdminUnit.code == "15091", AdminUnit.valid_to.is_(None))
    unit = session.scalars(from_database).one()
    savepoint = session.begin_nested()
    twin = AdminUnit(
        level=unit.level,
        kind=unit.kind,
        code=unit.code,
        name="Xã Trùng Mã",
        parent_id=unit.parent_id,
        valid_from=NOW,
        older_names=[],
        extent_quality=ExtentQuality.NONE,
    )
    session.add(twin)
    with pytest.raises(Exception, match="ex_admin_unit_code_once_a_day"):
        session.flush()
    savepoint.rollback()
