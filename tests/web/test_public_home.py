"""What somebody without an account finds on the first page: map, figures, published lists, the way to share."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from registry.routelists.models import ItemState, RouteItem, RouteList
from tests.factories.routelists import a_list, agreed, issue, move, sent
from tests.factories.structures import make

MOST_BYTES = 250_000


@pytest.fixture
def page(ctx_of, public):
    """The page with two structures on the public map, one hidden plan and one restricted structure."""
    with ctx_of("viettel") as ctx:
        make(ctx, name="Trạm công khai", sharing_status="available")
        make(ctx, name="Trạm riêng")
        make(ctx, name="Trạm dự kiến", status="planned")
        make(ctx, name="Trạm mật", sharing_status="restricted")
    return public.get("/")


def test_it_has_a_map_of_cells_figures_and_the_way_to_share(page):
    assert page.status_code == 200
    assert "data-tiles=" in page.text
    assert re.search(r'href="/structures\?kind=antenna_tower">[^<]+</a> <span class="count">2<', page.text)
    for words in ("Các bước đề nghị dùng chung", "Tra cứu hồ sơ", "Danh mục tuyến đường đã ban hành"):
        assert words in page.text


def test_it_names_no_structure_and_no_owner(page):
    for hidden in ("Trạm công khai", "Trạm riêng", "Trạm dự kiến", "Trạm mật", "Viettel"):
        assert hidden not in page.text


def test_it_is_small_and_reads_without_scripts(public, page):
    assert len(page.data) < MOST_BYTES
    assert 'action="/lookup" method="post"' in page.text
    assert "Bản đồ cần JavaScript" in page.text
    english = public.get("/", headers={"Cookie": "language=en"})
    assert english.status_code == 200


def test_an_issued_list_is_read_by_everyone_and_one_in_preparation_by_nobody(ctx_of, public):
    year = 2028
    agreed(ctx_of, year=year, street_name="Đường Tập Thử", reason="Cáp võng nhiều")
    sent(ctx_of, year=year, street_name="Đường Chưa Thống Nhất")
    assert public.get(f"/route-lists/issued/{year}").status_code == 404
    assert f"/route-lists/issued/{year}" not in public.get("/").text
    refuse_open(ctx_of, year)
    issue(ctx_of, a_list(ctx_of, year), date(2026, 10, 1))
    assert f'href="/route-lists/issued/{year}"' in public.get("/").text
    page = public.get(f"/route-lists/issued/{year}")
    assert page.status_code == 200
    assert "Đường Tập Thử" in page.text
    assert "12/QĐ-SXD" in page.text
    for hidden in ("Cáp võng nhiều", "Đường Chưa Thống Nhất", "UBND"):
        assert hidden not in page.text


def refuse_open(ctx_of, year):
    """A list is issued when each of its streets is settled."""
    with ctx_of("so.xaydung", read_only=True) as ctx:
        query = (
            select(RouteItem.id)
            .join(RouteList)
            .where(RouteList.year == year, RouteItem.state == ItemState.UNDER_REVIEW)
        )
        open_items = ctx.session.scalars(query).all()
    for number in open_items:
        move(ctx_of, "so.xaydung", number, "reject", reason="Ngoài đô thị")


def test_figures_that_few_requests_make_up_say_why_they_are_missing(page):
    assert "Chỉ công bố khi có từ 3 đề nghị trở lên." in page.text
    assert "Chỉ công bố khi có từ 3 đề nghị đã được trả lời trở lên." in page.text


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("sharing_status=available", "Khả năng dùng chung: Còn khả năng dùng chung"),
        ("room=1", "Chỗ lắp đặt: Còn chỗ trống"),
        ("is_urban=true", "Trong đô thị: Có"),
        ("kind=antenna_tower", None),
        ("near=19,807; 105,776", None),
    ],
)
def test_a_visitor_reads_why_a_condition_finds_no_cells(page, public, client_of, query, named):
    text = public.get(f"/structures?{query}").text
    assert ('id="exact-only"' in text) == (named is not None)
    assert named is None or f"“{named}”" in text
    assert 'id="exact-only"' not in client_of("vnpt").get(f"/structures?{query}").text
