"""Columns and orders that a reader chooses for a list: shown, remembered, saved, and refused in words."""

import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from registry.inspections.list_view import PLANS
from registry.kernel.errors import Invalid
from registry.kernel.lists.page import read_page
from registry.kernel.lists.sorting import SortOrder
from registry.kernel.lists.view import LISTS
from tests.factories.inspections import plan, tower
from tests.factories.saved_searches import keep
from tests.factories.structures import make
from tests.support.offenders import no_offenders

HEADS = re.compile(r'<th scope="col".*?</th>', re.DOTALL)


def heads_of(page):
    """The headings of the table as text."""
    return [" ".join(re.sub(r"<.*?>", " ", head, flags=re.DOTALL).split()) for head in HEADS.findall(page.text)]


def defaults(ctx, view):
    return view.read(ctx, MultiDict())


def test_every_list_can_be_read_in_each_order_that_it_offers_from_any_page_on(ctx_of):
    failed = []
    with ctx_of("so.khcn", read_only=True) as ctx:
        for view in LISTS.values():
            if not view.order or view.code == "structures":
                continue
            for column in view.columns:
                for is_descending in (False, True) if column.sort is not None else ():
                    order = view.sorted_by(SortOrder(column.name, is_descending))
                    try:
                        keys = order.keys(order.query(ctx, defaults(ctx, view)))
                        read_page(ctx, order, defaults(ctx, view), None)
                    except Exception as error:
                        failed.append((view.code, f"{column.name}: {type(error).__name__} {str(error)[:80]}"))
                    else:
                        if len(keys) != 3:
                            failed.append((view.code, f"{column.name} has {len(keys)} keys"))
    no_offenders("lists are read in each order that they offer", failed, "give the column an expression of its rows")


def test_rows_without_a_value_come_last_in_both_directions_and_no_row_is_lost(ctx_of):
    code, _structure_id = tower(ctx_of)
    issued = [plan(ctx_of, codes=(code,), issued=True) for _each in range(2)]
    drafts = [plan(ctx_of) for _each in range(2)]
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        for is_descending in (False, True):
            view = replace(PLANS.sorted_by(SortOrder("decided_on", is_descending)), size=1)
            cursor, ids = None, []
            while True:
                page = read_page(ctx, view, {}, cursor)
                ids += [row.InspectionPlan.id for row in page.rows]
                if page.next is None:
                    break
                cursor = page.next
            back = read_page(ctx, view, {}, page.previous)
            assert [row.InspectionPlan.id for row in back.rows] == ids[-2:-1]
            assert (set(ids[:2]), set(ids[2:])) == (set(issued), set(drafts))


def test_a_sortable_head_states_its_direction_and_leads_to_the_other(client_of, ctx_of):
    plan(ctx_of)
    client = client_of("ubnd.xa")
    (head,) = [
        head for head in HEADS.findall(client.get("/inspections?sort=number&order=asc").text) if "aria-sort" in head
    ]
    assert 'aria-sort="ascending"' in head
    assert "sort=number&amp;order=desc" in head
    refused = client.get("/inspections?sort=title")
    assert refused.status_code == 422
    assert "Không thể sắp xếp theo “title asc”" in refused.text


@pytest.fixture
def pole(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, owner="viettel", own_code="VT-77")


def test_chosen_columns_are_remembered_by_the_browser_and_stay_out_of_the_address(client_of, pole):
    client = client_of("viettel")
    assert "Tên" in heads_of(client.get("/structures"))
    answer = client.get("/structures?kind=antenna_tower&columns=own_code&columns=kind&remember=chosen")
    assert answer.status_code == 303
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {"kind": ["antenna_tower"]}
    assert heads_of(client.get("/structures")) == ["Mã", "Loại", "Mã của chủ sở hữu"]
    # A saved view keeps what is shown, for everyone.
    assert "columns=own_code" in client.get("/structures?kind=antenna_tower").text
    client.get("/structures?remember=declared")
    assert "Tên" in heads_of(client.get("/structures"))


def test_a_saved_view_keeps_its_columns_and_says_which_of_them_no_longer_exist(client_of, ctx_of, pole):
    with ctx_of("viettel") as ctx:
        search = keep(ctx, query="kind=antenna_tower&columns=code&columns=kind&columns=gone")
    page = client_of("viettel").get(f"/structures?saved={search.slug}")
    assert heads_of(page) == ["Mã", "Loại"]
    assert "cột không còn trong danh sách: “gone”" in page.text


def test_a_view_whose_columns_are_all_gone_shows_those_of_the_list(client_of, pole):
    page = client_of("viettel").get("/structures?columns=gone&columns=<script>")
    assert "Tên" in heads_of(page)
    assert "<script>”" not in page.text


def test_an_order_that_a_list_has_not_is_refused_for_files_as_well(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx, pytest.raises(Invalid, match="sắp xếp"):
        PLANS.open(ctx, MultiDict({"sort": "gone"}))


def test_sums_are_those_of_all_rows_of_the_list(ctx_of):
    totals = [(view.code, column.name) for view in LISTS.values() for column in view.columns if column.total]
    assert totals
    with ctx_of("so.khcn", read_only=True) as ctx:
        for view in LISTS.values():
            sums = view.totals(ctx, defaults(ctx, view), view.columns) if view.order else {}
            assert set(sums) == {name for code, name in totals if code == view.code}


def test_a_list_opens_with_the_view_that_the_browser_remembers_until_it_is_dropped(client_of, ctx_of):
    plan(ctx_of)
    client = client_of("ubnd.xa")
    answer = client.get("/inspections?q=KT&sort=number&order=asc&remember=view&columns=number")
    assert parse_qs(urlsplit(answer.headers["Location"]).query) == {
        "q": ["KT"],
        "sort": ["number"],
        "order": ["asc"],
    } | {"columns": ["number"]}
    opened = client.get("/inspections")
    assert opened.status_code == 303
    assert parse_qs(urlsplit(opened.headers["Location"]).query)["q"] == ["KT"]
    page = client.get(opened.headers["Location"]).text
    # What takes the filter away does not lead back to it.
    assert 'href="/inspections?whole=1' in page or 'href="/inspections?sort=number' in page
    assert 'name="whole" value="1"' in page
    assert client.get("/inspections?whole=1").status_code == 200
    client.get("/inspections?whole=1&remember=no-view")
    assert client.get("/inspections").status_code == 200


def test_a_remembered_view_that_no_longer_holds_is_said_and_left_out(client_of, ctx_of):
    plan(ctx_of)
    client = client_of("ubnd.xa")
    client.set_cookie("view-inspections", "sort=gone&order=asc", path="/inspections")
    page = client.get("/inspections")
    assert page.status_code == 200
    assert "Chế độ xem mặc định của danh sách này có điều kiện không còn dùng được" in page.text


def test_the_rows_of_a_page_are_as_asked_for_and_few_on_a_phone(client_of, ctx_of):
    with ctx_of("viettel") as ctx:
        for _each in range(21):
            make(ctx, owner="viettel")
    client = client_of("viettel")

    def rows(**headers):
        return client.get("/structures", headers=headers).text.count('<tr role="row" data-record')

    assert rows() > 20
    assert rows(**{"Sec-CH-UA-Mobile": "?1"}) == 20
    client.get("/structures?remember=chosen&columns=name&rows=20")
    assert rows() == 20
    client.get("/structures?remember=chosen&columns=name&rows=100000")
    assert rows() == 20


def test_a_form_of_filters_sends_all_values_again_that_an_address_has(client_of):
    page = client_of("vnpt").get("/structures?sharing_status=available&sharing_status=shared_available").text
    (select,) = re.findall(r'<select[^>]* name="sharing_status".*?</select>', page, re.DOTALL)
    assert " multiple " in select.split(">", 1)[0]
    assert select.count(" selected") == 2
    page = client_of("vnpt").get("/structures?sharing_status=available").text
    (select,) = re.findall(r'<select[^>]* name="sharing_status".*?</select>', page, re.DOTALL)
    assert " multiple" not in select
