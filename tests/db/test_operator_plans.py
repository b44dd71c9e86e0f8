"""Yearly plans of operators: rows that are refused, what is compared, who knows what, who filed and who did not."""

import math
from datetime import date

import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.kernel.errors import Forbidden, Invalid, NotFound
from registry.operator_plans.commands import FilePlan
from registry.operator_plans.list_view import PLANNED
from registry.operator_plans.map import tile
from registry.operator_plans.models import OperatorPlan
from registry.operator_plans.queries import filings_of, filings_query, get_plan, is_late, items_of
from registry.operator_plans.service import file_plan, file_rows
from tests.factories.campaigns import at
from tests.factories.sites import away, hosting
from tests.factories.structures import make

FLOOR = ("Sàn 32 m", "position", 3)
COMMAND = FilePlan(2027, "wgs84", "ke-hoach.xlsx")


def row(metres=0.0, **cells):
    lon, lat = away(metres)
    facts = {"name": "Trạm dự kiến", "kind": "Cột ăng ten", "first": f"{lat:.7f}", "second": f"{lon:.7f}"}
    return facts | {"height_m": "42"} | cells


def filed(ctx_of, username, *rows, **more):
    with ctx_of(username, **more) as ctx:
        return file_rows(ctx, list(enumerate(rows, 2)), COMMAND).id


def items(ctx_of, username, plan_id):
    with ctx_of(username) as ctx:
        return items_of(ctx, get_plan(ctx, plan_id), 1)


def refused(ctx_of, *rows, command=COMMAND):
    with pytest.raises(Invalid) as caught, ctx_of("viettel") as ctx:
        file_rows(ctx, list(enumerate(rows, 2)), command)
    return [str(sentence) for sentence in caught.value.fields["file"]]


def test_two_operators_at_one_place_are_shown_to_the_departments_and_to_neither_of_them(ctx_of):
    mine = filed(ctx_of, "viettel", row(name="Trạm V"), row(3000, name="Trạm xa"))
    other = filed(ctx_of, "vnpt", row(60, name="Trạm N"))
    for username in ("so.khcn", "so.xaydung"):
        first, far = items(ctx_of, username, mine)
        assert [(joint.plan_id, joint.name, joint.metres) for joint in first.joint] == [(other, "Trạm N", 60)]
        assert far.joint == []
    assert [item.joint for item in items(ctx_of, "viettel", mine)] == [[], []]
    with ctx_of("viettel") as ctx, pytest.raises(NotFound):
        get_plan(ctx, other)


def test_a_later_filing_replaces_the_former_which_is_kept_and_compared_no_more(ctx_of):
    first = filed(ctx_of, "viettel", row(name="Trạm V"))
    last = filed(ctx_of, "viettel", row(3000))
    other = filed(ctx_of, "vnpt", row(60))
    (item,) = items(ctx_of, "so.khcn", other)
    assert item.joint == []
    with ctx_of("viettel") as ctx:
        assert [plan.id for plan in filings_of(ctx, get_plan(ctx, first))] == [last, first]


def test_what_can_be_shared_instead_and_the_masts_too_near_are_those_that_the_reader_sees(ctx_of):
    with ctx_of("vnpt") as ctx:
        tower = hosting(ctx, 100, FLOOR, owner="vnpt", name="Trạm N chung")
        make(ctx, at=away(20), owner="vnpt", name="Trạm N kín", sharing_status="not_assessed", is_published="false")
    plan_id = filed(ctx_of, "viettel", row())
    (own,) = items(ctx_of, "viettel", plan_id)
    assert own.shareable.structure.code == tower.code
    assert tower.code in {mast.structure.code for mast in own.too_near}
    assert "Trạm N kín" not in {mast.structure.name for mast in own.too_near}
    (seen_by_all,) = items(ctx_of, "so.khcn", plan_id)
    assert seen_by_all.shareable.structure.code == tower.code
    assert "Trạm N kín" in {mast.structure.name for mast in seen_by_all.too_near}


def line(*steps, north_m=0.0, **cells):
    """A row of a line to the east: metres from the place of each point."""
    points = "; ".join(f"{lat:.7f}, {lon:.7f}" for lon, lat in (away(step, north_m) for step in steps))
    return row(**{"kind": "Tuyến cột treo cáp", "first": "", "second": "", "height_m": "", "points": points} | cells)


def test_a_planned_line_has_its_length_and_meets_what_others_plan_along_it(ctx_of):
    mine = filed(ctx_of, "viettel", line(0, 400, 900, name="Tuyến V"))
    other = filed(ctx_of, "vnpt", line(500, 1500, north_m=60, name="Tuyến N"), row(700, name="Trạm N"))
    (planned,) = items(ctx_of, "so.khcn", mine)
    # Begun 500 m from the start of the other, and 60 m beside it: what is compared is the whole line.
    assert [(joint.name, joint.plan_id) for joint in planned.joint] == [("Tuyến N", other)]
    assert abs(planned.joint[0].metres - 60) <= 1
    assert abs(planned.length_m - 900) < 2
    assert items(ctx_of, "viettel", mine)[0].joint == []


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        ({"points": "19.9, 105.6"}, "tuyến có 1 điểm"),
        ({"points": "19.9, 105.6; 19.9, 105.6"}, "trùng nhau"),
        ({"points": "19.9, 105.6; 29.9, 105.6"}, "29"),
        ({"first": "19.9", "second": "105.6"}, "chỉ ghi một trong hai"),
    ],
)
def test_a_wrong_line_is_refused_with_one_sentence(ctx_of, cells, part):
    (sentence,) = refused(ctx_of, line(0, 400, **cells))
    assert part in sentence


def tile_of_reader(ctx_of, username, **options):
    lon, lat = away(0)
    zoom = 12
    x = int((lon + 180) / 360 * 2**zoom)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**zoom)
    with ctx_of(username, **options) as ctx:
        return tile(ctx, zoom, x, y)


def test_list_and_map_have_the_plans_in_force_of_the_own_organisation_or_of_all_for_departments(ctx_of):
    filed(ctx_of, "viettel", row(name="Trạm thay"))
    filed(ctx_of, "viettel", row(name="Trạm V"), line(100, 500, name="Tuyến V"))
    filed(ctx_of, "vnpt", row(3000, name="Trạm N"))
    names = {"viettel": {"Trạm V", "Tuyến V"}, "vnpt": {"Trạm N"}}
    names |= dict.fromkeys(("so.khcn", "so.xaydung"), names["viettel"] | names["vnpt"])
    for username, expected in names.items():
        with ctx_of(username) as ctx:
            rows = ctx.session.execute(PLANNED.query(ctx, PLANNED.read(ctx, MultiDict({"year": "2027"})))).all()
            assert {each.OperatorPlanItem.name for each in rows} == expected
            lengths = {each.OperatorPlanItem.name: each.length_m for each in rows}
            assert lengths.get("Trạm V") is None
        drawn = tile_of_reader(ctx_of, username)
        for name in names["so.khcn"] | {"Trạm thay"}:
            assert (name.encode() in drawn) is (name in expected), (username, name)


def test_a_hidden_structure_of_another_changes_neither_refusal_nor_remark_of_an_operator(ctx_of):
    plan_id = filed(ctx_of, "viettel", row())
    before = [(len(item.too_near), item.shareable) for item in items(ctx_of, "viettel", plan_id)]
    with ctx_of("vnpt") as ctx:
        make(ctx, at=away(2), owner="vnpt", sharing_status="not_assessed", is_published="false")
    filed(ctx_of, "viettel", row())
    assert [(len(item.too_near), item.shareable) for item in items(ctx_of, "viettel", plan_id)] == before


def test_a_row_at_a_standing_structure_or_another_row_is_refused_and_nothing_is_written(ctx_of):
    with ctx_of("viettel") as ctx:
        standing = make(ctx, at=away(0), name="Trạm cũ")
    sentences = refused(ctx_of, row(5), row(2000), row(2003))
    assert [sentence.partition(":")[0] for sentence in sentences] == ["Dòng 2", "Dòng 4"]
    assert standing.code in sentences[0]
    assert "dòng 3" in sentences[1]
    with ctx_of("so.khcn") as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(OperatorPlan)) == 0


@pytest.mark.parametrize(
    ("cells", "part"),
    [
        ({"kind": "Tháp nước"}, "“Tháp nước”"),
        ({"first": "21.03", "second": "105.85"}, "21"),
        ({"first": ""}, "cần cả hai cột tọa độ"),
        ({"name": ""}, "Tên công trình"),
        ({"height_m": "900"}, "900"),
        ({"commune": "Phường Bỉm Sơn"}, "“Phường Bỉm Sơn”"),
    ],
)
def test_a_wrong_cell_is_named_with_its_row(ctx_of, cells, part):
    (sentence,) = refused(ctx_of, row(**cells))
    assert sentence.startswith("Dòng 2: ")
    assert part in sentence


def test_a_commune_that_ended_is_refused_with_the_one_of_today(ctx_of):
    (sentence,) = refused(ctx_of, row(commune="Phường Điện Biên"))
    assert "đã kết thúc" in sentence
    assert "Hạc Thành" in sentence


def test_offices_and_owners_without_the_duty_file_none_and_a_year_far_away_is_refused(ctx_of):
    for username in ("so.khcn", "ubnd.xa", "dienluc"):
        with ctx_of(username) as ctx, pytest.raises(Forbidden):
            file_plan(ctx, None, COMMAND)
    with ctx_of("viettel") as ctx, pytest.raises(Invalid) as caught:
        file_plan(ctx, None, FilePlan(2029, "wgs84", "x.xlsx"))
    assert list(caught.value.fields) == ["year"]


def test_the_department_sees_who_filed_in_time_late_and_not_and_an_operator_itself_alone(ctx_of):
    filed(ctx_of, "viettel", row(), now=at(date(2026, 11, 30)))
    filed(ctx_of, "vnpt", row(3000), now=at(date(2026, 12, 1)))
    with ctx_of("so.khcn", now=at(date(2026, 12, 1))) as ctx:
        rows = ctx.session.execute(filings_query(ctx, 2027)).all()
        late = {
            each.Organisation.code: (each.OperatorPlan is None, is_late(ctx, 2027, each.OperatorPlan)) for each in rows
        }
        assert late["viettel"] == (False, False)
        assert late["vnpt"] == (False, True)
        assert late["mobifone"] == (True, True)
    with ctx_of("so.khcn", now=at(date(2026, 11, 30))) as ctx:
        assert not is_late(ctx, 2027, None)
    with ctx_of("viettel") as ctx:
        codes = {each.Organisation.code for each in ctx.session.execute(filings_query(ctx, 2027))}
        assert codes == {"viettel"}
