"""Areas that the plan puts first: their days, files and borders, what stands in them, and those without a structure."""

from datetime import date

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.indicators.declared import FigureQuery, FigureScope, read_figure
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.priority_areas.figures import CODE
from registry.priority_areas.list_view import AREAS
from registry.priority_areas.models import AreaKind, PriorityArea
from registry.priority_areas.queries import IN_AREA, areas_of_structure, unserved_ids
from registry.structures import positions
from tests.factories.building_notices import spot
from tests.factories.infra_plans import file_of, square
from tests.factories.priority_areas import area, changed, imported, outlined
from tests.factories.structures import make
from tests.support.clock import NOW

#: Degrees of latitude of some metres.
METRE = 1 / 111_000


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return caught.value.fields


def north(at, metres):
    return at[0], at[1] + metres * METRE


def stands_in(ctx_of, username, value="1"):
    """The names of the structures that the filter gives to a reader."""
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        rows = positions.readable(ctx)
        query = select(rows.c.code).where(IN_AREA.clause(ctx, rows, value))
        return set(positions.run(ctx, query).scalars())


def unserved(ctx_of, username="so.khcn"):
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        ids = set(unserved_ids(ctx))
        figure = read_figure(ctx, CODE, FigureQuery(ctx.today, scope=FigureScope.READER))
        rows = ctx.session.execute(AREAS.query(ctx, AREAS.read(ctx, MultiDict(figure.list_arguments)))).scalars()
        assert {row.id for row in rows} == ids
        assert figure.value == len(ids)
        return ids


def test_what_stands_in_an_area_is_listed_by_kind_for_those_who_see_it_exactly(ctx_of):
    here = spot(ctx_of)
    area_id = area(ctx_of, here, kind=AreaKind.SCHOOL, name="Trường thử")
    with ctx_of("viettel") as ctx:
        inside = make(ctx, at=here, sharing_status="not_assessed", is_published="false")
        outside = make(ctx, at=north(here, 800), sharing_status="not_assessed", is_published="false")
        inside_code, outside_code = inside.code, outside.code
    assert inside_code in stands_in(ctx_of, "so.khcn")
    assert inside_code in stands_in(ctx_of, "viettel", "school")
    assert inside_code not in stands_in(ctx_of, "viettel", "hospital")
    assert outside_code not in stands_in(ctx_of, "so.khcn")
    # Known by its cell alone: whether it stands in the area would narrow its place down.
    assert stands_in(ctx_of, "vnpt") == set()
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        assert [row.id for row in areas_of_structure(ctx, inside.id)] == [area_id]
        assert areas_of_structure(ctx, outside.id) == []
    with ctx_of("vnpt", now=NOW, read_only=True) as ctx:
        assert areas_of_structure(ctx, inside.id) == []


def test_an_area_counts_on_its_days_alone(ctx_of):
    here = spot(ctx_of)
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=here).code
    area(ctx_of, here, valid_from=date(2026, 11, 26), name="Khu sau này")
    former = area(ctx_of, here, valid_to=date(2026, 11, 25), name="Khu cũ")
    assert code in stands_in(ctx_of, "so.khcn")
    changed(ctx_of, former, valid_to=date(2026, 11, 24))
    assert code not in stands_in(ctx_of, "so.khcn")


@pytest.mark.parametrize(("metres", "is_served"), [(495, True), (520, False)])
def test_an_area_is_without_a_structure_to_share_beyond_the_distance_of_the_setting(ctx_of, metres, is_served):
    here = spot(ctx_of)
    point_id = area(ctx_of, here, half=None, kind=AreaKind.HOSPITAL, name="Trạm y tế thử")
    assert unserved(ctx_of) == {point_id}
    with ctx_of("viettel") as ctx:
        # The point has 100 m of its own around it.
        make(ctx, at=north(here, 100 + metres), sharing_status="available")
    for username in ("so.khcn", "so.xaydung", "viettel", "vnpt", "dienluc"):
        assert (unserved(ctx_of, username) == set()) is is_served, username


def test_a_structure_that_is_not_published_serves_no_area_for_anyone(ctx_of):
    here = spot(ctx_of)
    area_id = area(ctx_of, here)
    with ctx_of("viettel") as ctx:
        make(ctx, at=here, sharing_status="not_assessed", is_published="false")
    for username in ("so.khcn", "viettel", "vnpt"):
        assert unserved(ctx_of, username) == {area_id}
    for username in ("ubnd.xa", "ubnd.tinh", "kkt.nghison"):
        with ctx_of(username, now=NOW) as ctx, pytest.raises(Forbidden):
            AREAS.read(ctx, MultiDict({"unserved": "1"}))


def test_a_file_brings_all_its_areas_or_names_each_wrong_one(ctx_of):
    lon, lat = spot(ctx_of)
    good = outlined(square(lon, lat), ten="Cụm công nghiệp thử", loai="Khu, cụm công nghiệp")
    point = outlined({"type": "Point", "coordinates": [lon, lat + 0.02]}, ten="Trường  thử", loai="school")
    line = outlined({"type": "LineString", "coordinates": [[lon, lat], [lon, lat + 0.01]]}, ten="A", loai="school")
    far = outlined(square(108.2, 16.05), ten="B", loai="Bệnh viện, cơ sở y tế")
    unknown = outlined(square(lon, lat), ten="C", loai="Chợ")
    sentences = refused(lambda: imported(ctx_of, good, line, far, unknown, good))["file"]
    assert [sentence.partition(":")[0] for sentence in sentences] == [f"Đối tượng {number}" for number in (2, 3, 4, 5)]
    assert "“Chợ”" in sentences[2]
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(PriorityArea)) == 0
    assert imported(ctx_of, good, point) == 2
    doubled = refused(lambda: imported(ctx_of, point))["file"]
    assert [sentence.partition(", áp dụng")[0] for sentence in doubled] == [
        f"Đối tượng 1: {AreaKind.SCHOOL.label} “Trường thử” đã có"
    ]
    nameless = outlined(square(lon, lat), ten=" ", loai="school")
    assert "Tên khu vực" in refused(lambda: imported(ctx_of, nameless))["file"][0]


def test_two_areas_of_a_name_share_no_day_and_a_place_is_needed_once(ctx_of):
    here = spot(ctx_of)
    area_id = area(ctx_of, here, valid_to=date(2026, 6, 30))
    overlapping = refused(lambda: area(ctx_of, here, name="KHU thử", valid_from=date(2026, 6, 30)))
    assert "01/01/2026" in overlapping["name"][0]
    area(ctx_of, here, valid_from=date(2026, 7, 1))
    assert "Áp dụng từ ngày" in refused(lambda: changed(ctx_of, area_id, valid_to=date(2025, 12, 31)))["valid_to"][0]
    with pytest.raises(Conflict):
        changed(ctx_of, area_id, version=7)
    for username in ("viettel", "ubnd.xa", "kkt.nghison"):
        with pytest.raises(Forbidden):
            area(ctx_of, here, by=username, name="Khu khác")
    several = file_of(outlined(square(*here)), outlined({"type": "Point", "coordinates": list(here)}))
    assert "2 điểm, vùng" in refused(lambda: changed(ctx_of, area_id, stream=several))["file"][0]
