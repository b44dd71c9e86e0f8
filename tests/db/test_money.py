"""The desk of money: its figures are the lists that they open, and projects keep their values in order."""

import html
import re
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.indicators.declared import FigureQuery, FigureScope, read_figure
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.lists.view import LISTS
from registry.money.commands import SaveProject
from registry.money.figures import FIGURES_OF_MONEY
from registry.money.list_view import FINES
from registry.money.models import PppProject, PppState
from registry.money.service import save_project
from registry.money.streets import link_street
from registry.routelists.models import RouteItem
from tests.factories.routelists import YEAR, agreed, propose
from tests.permissions.cases import token_in
from tests.support.clock import NOW

VALUES = {
    "name": "Hào kỹ thuật dùng chung Đông Sơn",
    "code": None,
    "scope": "4 km hào kỹ thuật",
    "capital_vnd": Decimal(90_000_000_000),
    "state_vnd": Decimal(20_000_000_000),
    "investor": None,
    "state": PppState.APPROVED,
    "starts_year": 2026,
    "ends_year": 2028,
    "source": "Quyết định số 125/QĐ-UBND",
    "source_on": date(2026, 5, 4),
    "note": None,
}


def save(ctx_of, *, username="so.taichinh", project_id=None, version=None, **values):
    with ctx_of(username) as ctx:
        return save_project(ctx, SaveProject(VALUES | values, project_id, version)).id


def refused(call):
    with pytest.raises(Invalid) as caught:
        call()
    return {name: " ".join(texts) for name, texts in caught.value.fields.items()}


def figure(ctx, code, year):
    parts = read_figure(ctx, f"money.{code}", FigureQuery(date(year, 12, 31), scope=FigureScope.READER))
    return None if parts is None else parts.value


def test_a_project_keeps_its_versions_and_its_values_in_order(ctx_of):
    project_id = save(ctx_of)
    assert "nhiều hơn tổng vốn" in refused(lambda: save(ctx_of, name="B", state_vnd=Decimal(10**12)))["state_vnd"]
    assert "2025" in refused(lambda: save(ctx_of, name="B", ends_year=2025))["ends_year"]
    assert "chưa đến" in refused(lambda: save(ctx_of, name="B", source_on=date(2026, 11, 26)))["source_on"]
    save(ctx_of, project_id=project_id, version=1, state=PppState.IN_WORK)
    with pytest.raises(Conflict):
        save(ctx_of, project_id=project_id, version=1)
    with ctx_of("so.khcn", read_only=True) as ctx:
        versions = history_of(PppProject)
        states = ctx.session.scalars(select(versions.c.state).where(versions.c.id == project_id).order_by("history_id"))
        assert [str(getattr(state, "value", state)) for state in states] == ["approved", "in_work"]


def test_only_the_finance_department_keeps_projects(ctx_of):
    for username in ("so.khcn", "so.xaydung", "viettel", "ubnd.xa"):
        with pytest.raises(Forbidden):
            save(ctx_of, username=username)


def test_each_figure_is_the_list_that_it_opens(ctx_of):
    save(ctx_of)
    save(ctx_of, name="Cống bể Nghi Sơn", state=PppState.PROPOSED)
    agreed(ctx_of, funding="state", cost_vnd="500000000")
    propose(ctx_of, funding="mixed", cost_vnd="300000000")
    propose(ctx_of, funding="operators", cost_vnd="100000000")
    propose(ctx_of, cost_plan="2027: Ngân sách nhà nước 200.000.000; Doanh nghiệp 300.000.000")
    expected = {
        # Drafts are their proposers' alone.
        "so.taichinh": {"streets": 1, "streets_agreed": 1, "streets_vnd": 500_000_000, "streets_unknown": 0},
        "so.khcn": {"streets": 1, "streets_agreed": 1, "streets_vnd": 500_000_000, "streets_unknown": 0},
    }
    for username, numbers in expected.items():
        with ctx_of(username, read_only=True) as ctx:
            whole = numbers | {"ppp": 2, "ppp_vnd": 180_000_000_000, "fines": 0}
            assert {code: figure(ctx, code, YEAR) for code in whole} == whole
            for code, declared in FIGURES_OF_MONEY.items():
                if declared.sum_of is None:
                    view = LISTS[declared.list_code]
                    arguments = {name: text.replace("{year}", str(YEAR)) for name, text in declared.arguments.items()}
                    rows = view.count_rows(ctx, view.read(ctx, MultiDict(arguments)))
                    assert figure(ctx, code, YEAR) == rows, code


def test_the_state_part_of_a_street_is_that_of_its_plan_and_unknown_where_it_is_not_stated(ctx_of):
    agreed(ctx_of, funding="mixed", cost_vnd="300000000")
    agreed(ctx_of, cost_plan="2027: Ngân sách nhà nước 200.000.000; Doanh nghiệp 300.000.000")
    with ctx_of("so.taichinh", read_only=True) as ctx:
        assert [figure(ctx, code, YEAR) for code in ("streets", "streets_vnd", "streets_unknown")] == [
            2,
            200_000_000,
            1,
        ]
        assert figure(ctx, "streets", YEAR + 1) is None


def test_fines_are_sums_of_decisions_that_finance_reads_without_the_accused(ctx_of):
    with ctx_of("so.taichinh", read_only=True) as ctx:
        assert FINES.count_rows(ctx, FINES.read(ctx, MultiDict())) == 0
        columns = {column.name for column in FINES.columns}
        assert not columns & {"accused", "unit", "address", "latitude", "longitude", "title"}
    for username in ("viettel", "so.xaydung", "ubnd.xa"):
        with ctx_of(username, read_only=True) as ctx, pytest.raises(Forbidden):
            figure(ctx, "fines", NOW.year)


def test_a_street_is_linked_to_its_project_and_both_pages_lead_to_the_other(ctx_of, client_of):
    project_id, item_id, draft_id = save(ctx_of), agreed(ctx_of), propose(ctx_of)
    with ctx_of("ubnd.xa", read_only=True) as ctx:
        number = ctx.session.get_one(RouteItem, item_id).number
        assert ctx.session.get_one(RouteItem, draft_id).number is None
    finance, page = client_of("so.taichinh"), f"/money/projects/{project_id}"

    def post(address, **fields):
        return finance.post(page + address, data=fields | {"csrf_token": token_in(finance.get(page))})

    wrong = post("/streets", number="TD-2020-000001")
    assert wrong.status_code == 422
    assert "Không có tuyến đường “TD-2020-000001”" in html.unescape(wrong.text)
    assert post("/streets", number=number.lower()).status_code == 303
    assert post("/streets", number=number).status_code == 422
    shown = finance.get(page).text
    assert f'href="/route-lists/items/{item_id}"' in shown
    # Years are no amounts: no separator divides them.
    assert "2026</dd>" in re.sub(r"\s+<", "<", shown)
    assert "2.026" not in shown
    for username in ("so.taichinh", "so.khcn"):
        street = client_of(username).get(f"/route-lists/items/{item_id}").text
        assert f'href="{page}">{VALUES["name"]}</a>' in street, username
    for username in ("so.xaydung", "viettel", "ubnd.xa"):
        assert VALUES["name"] not in client_of(username).get(f"/route-lists/items/{item_id}").text, username
    with ctx_of("so.khcn") as ctx, pytest.raises(Forbidden):
        link_street(ctx, project_id, number)
    assert post("/streets/remove", number=number).status_code == 303
    assert post("/streets/remove", number=number).status_code == 422
    assert VALUES["name"] not in finance.get(f"/route-lists/items/{item_id}").text
