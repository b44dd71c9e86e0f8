"""A workbook of an office becomes drafts of a list; streets are placed by their names and ends."""

import io

import pytest
from sqlalchemy import func, select

from registry.audit.models import AuditEvent
from registry.kernel.errors import Forbidden, Invalid
from registry.kernel.lists.columns import On
from registry.routelists.commands import ImportStreets
from registry.routelists.list_view import ITEMS
from registry.routelists.models import RouteItem
from registry.routelists.workbook import COLUMNS, import_rows, read_workbook
from registry.streets.models import RoadClass
from registry.streets.reading import ReadLine
from registry.streets.service import import_lines
from registry.streets.stretches import find_stretch, lines_of_commune, street_key
from registry.territory.queries import get_unit
from tests.factories.routelists import a_list
from tests.factories.structures import place_inside

DEFAULTS = {"reason": "Chỉnh trang đô thị", "is_urban": "true", "exception_reason": "Hai bên đường"}
#: Degrees of about 300 m.
FAR = 0.003


@pytest.fixture
def commune(ctx_of):
    """Id, code and name of the commune of ubnd.xa, and a place in it."""
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        units = [get_unit(ctx.session, number) for number in ctx.actor.unit_ids]
        unit = next(each for each in units if each.valid_to is None and each.level.value == "commune")
        return unit.id, unit.code, unit.name, place_inside(ctx.session, [unit.id])


@pytest.fixture
def streets(ctx_of, commune):
    """Đường Lê Lợi to the east, crossed by Phố Hàng Đồng after a third and by QL.47 at two thirds of it."""
    _id, code, _name, (lon, lat) = commune

    def line(name, *points, road=None):
        kind = RoadClass.URBAN if road is None else RoadClass.NATIONAL
        return ReadLine(name, road, kind, code if road is None else None, points)

    with ctx_of("quantri") as ctx:
        import_lines(
            ctx,
            [
                line("Đường Lê Lợi", (lon, lat), (lon + FAR, lat)),
                line("Phố Hàng Đồng", (lon + FAR / 3, lat - FAR / 9), (lon + FAR / 3, lat + FAR / 9)),
                line("Quốc lộ 47", (lon + FAR / 1.5, lat - FAR / 9), (lon + FAR / 1.5, lat + FAR / 9), road="QL47"),
            ],
            "Tệp thử",
        )


def take(ctx_of, text, username="ubnd.xa", **options):
    list_id = a_list(ctx_of)
    command = ImportStreets(list_id, DEFAULTS | options.pop("defaults", {}), options)
    with ctx_of(username) as ctx:
        return import_rows(ctx, command, read_workbook(io.BytesIO(text.encode())))


def items(ctx_of):
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        return {item.street_name: item for item in ctx.session.scalars(select(RouteItem))}


@pytest.mark.parametrize(
    ("written", "other"),
    [("Đường Lê Lợi", "LE LOI"), ("Quốc lộ 1A", "QL.1A"), ("Đường tỉnh 514", "ĐT.514"), ("phố Hàng Đồng", "Hàng Đồng")],
)
def test_names_of_streets_are_compared_without_marks_and_kinds(written, other):
    assert street_key(written) == street_key(other)


def test_a_stretch_is_found_between_crossings_and_ends_in_either_direction(ctx_of, commune, streets):
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        lines = lines_of_commune(ctx.session, commune[0])

        def metres(start, end, name="Lê Lợi"):
            stretch = find_stretch(ctx.session, lines, name, start, end)
            return stretch and round(stretch.length_m, -1)

        whole = metres("Đầu đường", "Cuối đường")
        assert 290 < whole < 340
        for start, end in (("Ngã tư Hàng Đồng", "giao cắt QL.47"), ("Quốc lộ 47", "Phố Hàng Đồng")):
            assert abs(metres(start, end) - whole / 3) < 12
        assert metres("Số nhà 12", "Phố Hàng Đồng") is None
        assert metres("Hàng Đồng", "Hàng Đồng") is None
        assert metres("Đầu đường", "Cuối đường", name="Lê Lai") is None


def test_a_workbook_with_sections_totals_and_other_headings_becomes_drafts(ctx_of, commune, streets):
    outcome = take(
        ctx_of,
        "DANH MỤC TUYẾN ĐƯỜNG NĂM 2027;;;;;;\n"
        "STT;Tên tuyến đường;Từ;Đến;Nội dung;Kinh phí (triệu đồng);Nguồn vốn\n"
        f"I;{commune[2]};;;;;\n"
        "1;Đường Lê Lợi;Phố Hàng Đồng;QL.47;Hạ ngầm cáp viễn thông;1.200,5;Ngân sách và doanh nghiệp\n"
        "2;Phố Tân An;Số nhà 2;Số nhà 98;Bó gọn, chỉnh trang;300;Xã hội hóa\n"
        "3;Phố Sai Việc;A;B;Trồng cây;10;Xã hội hóa\n"
        "Tổng cộng;3 tuyến;;;;1510,5;\n",
    )
    assert outcome.placed == 1
    assert [title for _number, title in outcome.unplaced] == ["Phố Tân An (Số nhà 2 – Số nhà 98)"]
    ((row, street, reason),) = outcome.refused
    assert (row, street) == (6, "Phố Sai Việc")
    assert "Trồng cây" in reason
    drafts = items(ctx_of)
    placed, unplaced = drafts["Đường Lê Lợi"], drafts["Phố Tân An"]
    assert (placed.work_kind.value, placed.cost_vnd, placed.funding.value) == ("underground", 1_200_500_000, "mixed")
    assert 90 < placed.length_m < 115
    assert (unplaced.work_kind.value, unplaced.length_m, unplaced.commune_id) == ("tidy", None, commune[0])
    assert unplaced.reason == "Chỉnh trang đô thị"


def test_rows_below_an_unknown_commune_are_not_put_into_the_one_before(ctx_of, commune, streets):
    outcome = take(
        ctx_of,
        "STT;Tên tuyến đường;Từ;Đến;Nội dung;Kinh phí (triệu đồng);Đô thị\n"
        f"1;{commune[2]};;;;;\n"
        "1;Phố Một;Số nhà 2;Số nhà 98;Chỉnh trang;300;có\n"
        "2;Xã Không Tên;;;;;\n"
        "1;Phố Hai;Số nhà 2;Số nhà 98;Chỉnh trang;300;có\n"
        ";Tổng cộng;;;;600;\n",
    )
    assert [title for _number, title in outcome.unplaced] == ["Phố Một (Số nhà 2 – Số nhà 98)"]
    assert [(row, street) for row, street, _reason in outcome.refused] == [(4, "Xã Không Tên"), (5, "Phố Hai")]
    assert "“Xã Không Tên”" in outcome.refused[0][2]
    assert outcome.unknown == {("commune", "Xã Không Tên"): 1}


def test_a_street_that_stands_three_times_is_taken_once_without_a_reason(ctx_of, commune):
    line = f"{commune[2]};Phố Một;A;B;Chỉnh trang\n"
    outcome = take(ctx_of, "Xã, phường;Tên đường;Từ;Đến;Nội dung\n" + line * 3, defaults={"exception_reason": ""})
    assert len(outcome.unplaced) == 1
    assert ["trùng với" in reason for _row, _street, reason in outcome.refused] == [True, True]


def test_a_refused_row_leaves_nothing_in_the_audit_log(ctx_of, commune):
    workbook = f"Xã, phường;Tên đường;Từ;Đến;Nội dung\n{commune[2]};Phố Một;A;B;Chỉnh trang\n"
    take(ctx_of, workbook, defaults={"exception_reason": ""})
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        before = ctx.session.scalar(select(func.max(AuditEvent.number)))
    outcome = take(ctx_of, workbook, defaults={"exception_reason": ""})
    assert len(outcome.refused) == 1
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.max(AuditEvent.number))) == before


def test_headings_of_the_office_are_named_in_the_form(ctx_of, commune):
    table = f"Địa bàn;Trục;Khởi điểm;Kết điểm;Nội dung\n{commune[2]};Phố Hai;A;B;Chỉnh trang\n"
    with pytest.raises(Invalid) as refused:
        take(ctx_of, table)
    assert "Tên đường, phố" in str(refused.value.fields["street_name"])
    outcome = take(ctx_of, table, street_name="Trục", from_place="Khởi điểm", to_place="Kết điểm")
    assert len(outcome.unplaced) == 1


def test_a_commune_takes_no_streets_of_another_one_and_the_department_all(ctx_of, commune):
    table = "Xã, phường;Tên đường;Từ;Đến;Nội dung\nPhường Không Có;Phố A;A;B;Chỉnh trang\n"
    assert "Phường Không Có" in take(ctx_of, table).refused[0][2]
    table = f"Xã, phường;Tên đường;Từ;Đến;Nội dung\n{commune[2]};Phố A;A;B;Chỉnh trang\n"
    assert len(take(ctx_of, table, username="so.xaydung").unplaced) == 1
    with pytest.raises(Forbidden):
        take(ctx_of, table, username="ubnd.tinh")


def test_files_of_the_list_have_the_columns_that_the_import_reads():
    headings = {str(column.label) for column in ITEMS.columns if column.on is not On.PAGE}
    assert {str(label) for name, (label, _more) in COLUMNS.items() if name != "number"} <= headings
