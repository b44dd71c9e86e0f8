"""Issued editions stay; doubles and roads outside towns enter a list only with a reason; who is notified."""

from datetime import date

import pytest
from sqlalchemy import select

from registry.kernel.errors import Invalid, MoveRefused
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.routelists.doubles import find_doubles
from registry.routelists.models import RouteItem
from registry.routelists.papers import served_list
from registry.routelists.published import issued_editions_of, issued_lists, issued_streets
from registry.routelists.queries import editions_with, get_item, get_list
from registry.routelists.workflow import ITEM, LIST
from registry.workflow.engine import touch
from tests.factories.routelists import APART, YEAR, a_list, agreed, issue, line, move, propose, sent, street_at
from tests.factories.structures import place_inside

OUTSIDE = {"is_urban": "false", "exception_reason": "Đường vào khu công nghiệp"}


@pytest.fixture
def point_inside(ctx_of):
    """A place in the area of ubnd.xa."""
    with ctx_of("ubnd.xa") as ctx:
        return place_inside(ctx.session, ctx.actor.unit_ids)


def amended(ctx_of):
    """The list of a year whose second edition is prepared without one street of the first; ids of list and street."""
    agreed(ctx_of, street_name="Phố Lê Lai")
    removed, list_id = agreed(ctx_of, street_name="Phố Cũ"), a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bớt tuyến")
    move(ctx_of, "so.xaydung", removed, "review_again", reason="Đã làm rồi")
    move(ctx_of, "so.xaydung", removed, "reject", reason="Đã làm rồi")
    return list_id, removed


def test_an_issued_edition_stays_public_while_the_next_one_is_prepared(ctx_of):
    list_id, _removed = amended(ctx_of)
    with ctx_of(None, read_only=True) as ctx:
        (public,) = issued_lists(ctx)
        assert (public.year, public.edition, public.decision_number, public.streets) == (YEAR, 1, "12/QĐ-SXD", 2)
        assert {street.street_name for street in issued_streets(ctx, public.id)} == {"Phố Lê Lai", "Phố Cũ"}
    with ctx_of("so.xaydung", read_only=True) as ctx:
        in_force = served_list(ctx, get_list(ctx, list_id))
        assert in_force.is_issued
        assert len(in_force.rows) == 2
        assert [
            row.RouteItem.street_name for row in served_list(ctx, get_list(ctx, list_id), is_draft_wanted=True).rows
        ]
        assert "Dự thảo" in served_list(ctx, get_list(ctx, list_id), is_draft_wanted=True).paper.remark


def test_each_edition_is_readable_for_ever_and_an_item_shows_those_that_it_stood_in(ctx_of):
    list_id, removed = amended(ctx_of)
    issue(ctx_of, list_id, date(2026, 11, 2), number="20/QĐ-SXD")
    with ctx_of(None, read_only=True) as ctx:
        second, first = issued_editions_of(ctx, YEAR)
        assert (first.decision_number, first.streets, second.decision_number, second.streets) == (
            "12/QĐ-SXD",
            2,
            "20/QĐ-SXD",
            1,
        )
        assert len(issued_streets(ctx, first.id)) == 2
    with ctx_of("so.xaydung", read_only=True) as ctx:
        item = get_item(ctx, removed)
        assert [edition.decision_number for edition in editions_with(ctx, item)] == ["12/QĐ-SXD"]
        assert item.decision_number == "12/QĐ-SXD"


def test_a_list_is_issued_with_the_file_of_its_decision(ctx_of):
    agreed(ctx_of)
    with pytest.raises(Invalid, match="Quyết định ban hành"):
        move(
            ctx_of,
            "so.xaydung",
            a_list(ctx_of),
            "issue",
            workflow=LIST,
            decision_number="1/QĐ",
            decided_on=date(2026, 10, 1),
        )


def test_those_who_build_or_pay_are_notified_of_an_issued_list(ctx_of):
    agreed(ctx_of)
    list_id = a_list(ctx_of)
    issue(ctx_of, list_id, date(2026, 10, 1))
    notified = set()
    for username in (
        "viettel",
        "dienluc",
        "so.taichinh",
        "so.congthuong",
        "ubnd.tinh",
        "ubnd.xa",
        "so.khcn",
        "bo.khcn",
    ):
        with ctx_of(username, read_only=True) as ctx:
            query = select(Notice.id).where(
                Notice.subject_kind == "routelist", Notice.event == "issue", addressed_to(ctx.actor)
            )
            if ctx.session.scalar(query):
                notified.add(username)
    assert notified == {"viettel", "dienluc", "so.taichinh", "so.congthuong", "ubnd.tinh", "ubnd.xa", "so.khcn"}


@pytest.mark.parametrize(
    ("shift", "texts", "is_double"),
    [
        # The same line, the other way round, the same names without marks in the other direction, another street.
        (0, {"street_name": "Phố Khác"}, True),
        (10 * APART, {"street_name": "DUONG TRAN PHU", "from_place": "cau coc", "to_place": "nga tu phu son"}, True),
        (10 * APART, {"street_name": "Đường Trần Phú", "from_place": "Số 200"}, False),
        (APART, {"street_name": "Phố Khác"}, False),
    ],
)
def test_doubles_are_of_one_stretch_by_their_lines_or_by_names_without_marks(
    ctx_of, point_inside, shift, texts, is_double
):
    lon, lat = point_inside
    first = propose(ctx_of, position=street_at(lon, lat))
    other = propose(
        ctx_of,
        position=line((lon + 0.002, lat + 0.002 - shift), (lon, lat - shift)),
        exception_reason="Khác bên",
        **texts,
    )
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        doubles = [double.id for double in find_doubles(ctx, get_item(ctx, other))]
    assert doubles == ([first] if is_double else [])


def test_streets_that_cross_are_no_doubles(ctx_of, point_inside):
    lon, lat = point_inside
    propose(ctx_of, position=line((lon - 0.001, lat), (lon + 0.001, lat)))
    crossing = propose(ctx_of, position=line((lon, lat - 0.001), (lon, lat + 0.001)), street_name="Phố Ngang")
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        assert find_doubles(ctx, get_item(ctx, crossing)) == []


def test_a_double_or_a_road_outside_towns_is_asked_for_a_reason_at_saving_sending_and_agreeing(ctx_of, point_inside):
    lon, lat = point_inside
    with pytest.raises(Invalid, match="ngoài đô thị"):
        propose(ctx_of, is_urban="false")
    alone = propose(ctx_of, position=street_at(lon, lat))
    with pytest.raises(Invalid, match="trùng với bản nháp Đường Trần Phú"):
        propose(ctx_of, position=street_at(lon, lat), street_name="Phố Khác")
    double = propose(ctx_of, position=street_at(lon, lat), street_name="Phố Khác", exception_reason="Bên kia đường")
    with pytest.raises(Invalid, match="Lý do vẫn đề nghị gửi"):
        move(ctx_of, "ubnd.xa", alone, "submit")
    move(ctx_of, "ubnd.xa", alone, "submit", exception="Hai bên đường khác nhau")
    move(ctx_of, "ubnd.xa", double, "submit")
    with pytest.raises(Invalid, match="Lý do vẫn đưa vào danh mục"):
        move(ctx_of, "so.xaydung", alone, "agree")
    move(ctx_of, "so.xaydung", alone, "agree", exception="Hai bên do hai đơn vị làm")
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        assert get_item(ctx, alone).exception_reason == "Hai bên đường khác nhau"


def test_a_road_outside_towns_is_agreed_to_with_a_reason_alone(ctx_of):
    item_id = sent(ctx_of, **OUTSIDE)
    with pytest.raises(Invalid, match="Lý do vẫn đưa vào danh mục"):
        move(ctx_of, "so.xaydung", item_id, "agree")


def test_a_rejected_street_is_no_double_of_a_corrected_one(ctx_of, point_inside):
    move(ctx_of, "so.xaydung", sent(ctx_of, position=street_at(*point_inside)), "reject", reason="Sai")
    propose(ctx_of, position=street_at(*point_inside))


def test_a_street_without_a_line_is_not_sent(ctx_of):
    item_id = propose(ctx_of)
    with ctx_of("ubnd.xa") as ctx:
        item = ctx.session.get_one(RouteItem, item_id)
        item.line = item.given_line = None
        touch(ctx, ITEM, item, "edit")
    with pytest.raises(MoveRefused, match="chưa có vị trí"):
        move(ctx_of, "ubnd.xa", item_id, "submit")
