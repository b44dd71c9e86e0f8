"""Charts of the dashboard: figures with their lists, roles, past, comparison, jobs, files, and what is read again."""

import csv
import html
import io
import re
from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import event, text

from registry.audit.chain import record
from registry.authz.blueprint import DATABASE
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit
from registry.capacity.service import add_entry, set_place
from registry.dashboard import board
from registry.dashboard.chart import ChartShape, chart_from_json
from registry.dashboard.models import DashboardRun
from registry.dashboard.runs import REQUEST_CONTEXT, run_compute
from registry.wiring import WORKER_SERVICES
from tests.factories.structures import make
from tests.factories.tariffs import publish
from tests.support import shared
from tests.support.figures import figures_of, generate, listed

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
pytestmark = pytest.mark.usefixtures("register")

ROLES = (
    "so.khcn",
    "so.xaydung",
    "so.taichinh",
    "so.congthuong",
    "ubnd.tinh",
    "ubnd.xa",
    "kiemtra1",
    "viettel",
    "bo.khcn",
)


@pytest.fixture(scope="module")
def register(ctx_of):
    """Structures of former and present communes, with users, requests and rounds."""
    generate(ctx_of, seed=1, count=24)


def charts_of(page):
    """Code -> shape of each chart of a page."""
    panels = re.findall(r'<section class="panel" id="([\w-]+)".*?(?=<section class="panel"|</main>)', page, re.DOTALL)
    shapes = {}
    for code in panels:
        part = page[page.index(f'id="{code}"') :]
        shape = re.search(r'data-chart="(\w+)"', part[: part.find('<section class="panel"') % len(part)])
        if shape:
            shapes[code] = shape.group(1)
    return shapes


def assert_lists_have(client_of, ctx_of, username, figures):
    """Each figure is as large as the list that it opens."""
    assert figures
    counts_by_address = listed(client_of(username), ctx_of, username, (address for address, _said in figures))
    assert [(address, counts_by_address[address]) for address, _said in figures] == figures


def test_each_role_has_the_charts_that_it_works_with(client_of):
    charts = {name: set(charts_of(client_of(name).get("/dashboard?tab=all").text)) for name in ROLES}
    assert {"targets", "units", "kinds", "owners", "fresh", "room", "cases", "history"} <= charts["so.khcn"]
    assert charts["viettel"] >= {"kinds", "owners", "room", "fresh"}
    assert "power-poles" in charts["so.congthuong"]
    assert "power-poles" not in set().union(*(charts[name] for name in ROLES if name != "so.congthuong"))
    assert "public-assets" not in set().union(*(charts[name] for name in ROLES if name != "so.taichinh"))
    for name in ("ubnd.tinh", "bo.khcn"):
        assert {"units", "kinds", "owners"} <= charts[name], name
        assert not charts[name] & {"room", "fresh"}, name


def test_an_owner_is_charted_its_own_structures_alone(client_of, ctx_of):
    page = client_of("viettel").get("/dashboard?tab=all").text
    chart = page[page.index('id="owners"') : page.index('id="shares"')]
    assert "Công trình của đơn vị theo loại" in chart
    for other in ("VNPT", "Điện lực"):
        assert other not in chart


def test_figures_of_the_province_open_no_list_but_that_of_a_kind(client_of):
    page = client_of("ubnd.tinh").get("/dashboard?tab=all").text
    links = [html.unescape(address) for address in re.findall(r'<td class="numeric"><a href="([^"]+)"', page)]
    of_structures = [address for address in links if address.startswith("/structures")]
    assert of_structures
    assert all(re.fullmatch(r"/structures\?kind=\w+", address) for address in of_structures)


@pytest.mark.parametrize("figure", ["available", "towers", "suspended", "dangerous", "older"])
def test_the_map_shows_a_chosen_figure_and_each_number_its_list(client_of, ctx_of, figure):
    page = client_of("so.khcn").get(f"/dashboard?tab=all&figure={figure}").text
    part = page[page.index('id="units"') : page.index('id="kinds"')]
    assert_lists_have(client_of, ctx_of, "so.khcn", figures_of(part))


def test_a_figure_that_the_map_does_not_have_is_refused_in_words(client_of):
    answer = client_of("so.khcn").get("/dashboard?tab=all&figure=rent")
    assert answer.status_code == 422
    assert "“rent” không có" in html.unescape(answer.text)


@pytest.mark.parametrize("username", ["so.khcn", "viettel", "kiemtra1"])
def test_both_sides_of_a_comparison_open_lists_of_as_many(client_of, ctx_of, username):
    client = client_of(username)
    units = re.findall(r'<option value="(\d+)"', client.get("/dashboard/compare").text)
    for query in (
        "first=01/06/2025&second=01/10/2025",
        f"unit={units[0]}&other={units[7]}",
        "first=01/06/2025&second=25/11/2026",
    ):
        page = client.get(f"/dashboard/compare?{query}")
        assert page.status_code == 200
        assert_lists_have(client_of, ctx_of, username, figures_of(page.text))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("first=01/06/2025&second=01/06/2025", "Hai ngày trùng nhau"),
        ("first=01/06/2025&second=hôm qua", "hôm qua"),
        ("first=01/06/2025&second=01/01/2199", "Không có số liệu của ngày 01/01/2199"),
        ("unit=1&other=999999999", "Không có xã, phường số 999999999"),
        ("unit=x&other=1", "cần một số nguyên"),
    ],
)
def test_a_comparison_that_cannot_be_made_is_refused_in_words(client_of, query, words):
    answer = client_of("so.khcn").get(f"/dashboard/compare?{query}")
    assert answer.status_code == 422
    assert words in html.unescape(answer.text)


def test_the_table_of_a_chart_is_a_file_with_every_figure(client_of):
    client = client_of("so.khcn")
    page = client.get("/dashboard?tab=all").text
    part = page[page.index('id="kinds"') :].partition("<section")[0]
    numbers = [number for _address, number in figures_of(part)]
    with client.get("/exports/dashboard.csv?chart=kinds") as answer:
        written = answer.get_data(as_text=True)
    rows = [row for row in csv.reader(io.StringIO(written), delimiter=";") if len(row) > 5 and row[1].isdecimal()]
    # The line of restricted structures has none by group.
    assert [number for row in rows for number in row[1:] if number] == numbers
    with client.get("/exports/dashboard.csv") as answer:
        whole = list(csv.reader(io.StringIO(answer.get_data(as_text=True)), delimiter=";"))
    of_kinds = [row[3] for row in whole if row and row[0] == "Công trình theo loại và khả năng dùng chung"]
    assert [number for number in of_kinds if number] == numbers
    assert client.get("/exports/dashboard.csv?chart=power-poles").status_code == 404
    assert client_of("nguoidan").get("/exports/dashboard.csv?chart=kinds").status_code == 403


def test_an_unchanged_dashboard_reads_no_structure_again(client_of, ctx_of, app):
    client = client_of("so.khcn")
    client.get("/dashboard?tab=all")
    engine = DATABASE.of(app).engine
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert client.get("/dashboard?tab=all").status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", note)
    # Cases are read each time, for their terms end with the hour; plans of inspection wait for their structures.
    cases = re.compile("colocation_request|FROM inspection_plan")
    lasting = [statement for statement in statements if not cases.search(statement)]
    read = [statement for statement in lasting if re.search(r"\b(FROM|JOIN)\s+(structure|capacity|cable)", statement)]
    assert statements
    assert read == []


def test_a_past_that_takes_long_is_computed_by_a_job_with_its_progress(app, client_of, ctx_of, database, monkeypatch):
    monkeypatch.setattr(board, "BUDGET_S", 0.0)
    client = client_of("so.khcn")
    page = client.get("/dashboard?tab=all&as_of=2025-05-17")
    assert page.status_code == 200
    assert "Tính số liệu còn thiếu" in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)
    asked = {"csrf_token": token, "as_of": "2025-05-17", "on": "17/05/2025", "figure": "all"}
    first, second = (client.post("/dashboard/runs", data=asked) for _click in range(2))
    assert first.location == second.location, "one request for two clicks"
    assert "Đang chờ tính" in client.get(first.location).text
    with ctx_of("so.khcn", read_only=True) as ctx:
        run = ctx.session.query(DashboardRun).one()
        number = run.id
    run_compute(database, WORKER_SERVICES.of(app)[REQUEST_CONTEXT], number)
    result = client.get(first.location).text
    assert "Số liệu như hệ thống ghi nhận lúc" in result
    assert set(charts_of(result)) >= {"units", "kinds", "history"}
    assert_lists_have(client_of, ctx_of, "so.khcn", figures_of(result))
    assert client_of("viettel").get(first.location).status_code == 404
    with ctx_of("so.khcn") as ctx:
        run = ctx.session.get_one(DashboardRun, number)
        assert run.done == run.total > 0
        assert all(isinstance(chart_from_json(chart).shape, ChartShape) for chart in run.charts)
        run.rights = "those of another role"
        record(ctx, "test.rights", "dashboard_run", number)
    assert client.get(first.location).status_code == 404


def test_what_the_present_computes_has_the_time_of_a_page(client_of, monkeypatch):
    monkeypatch.setattr(board, "BUDGET_S", 0.0)
    assert "Tính số liệu còn thiếu" not in client_of("so.khcn").get("/dashboard?tab=all").text


def test_a_trend_ends_with_the_day_and_begins_five_years_before(client_of):
    page = client_of("so.khcn").get("/dashboard?tab=all&as_of=2025-06-01").text
    part = page[page.index('id="history"') :]
    days = re.findall(r"<span data-label>([\d/]+)</span>", part)
    assert days == [*(f"31/12/{year}" for year in range(2020, 2025)), "01/06/2025"]
    assert date(2025, 6, 1).strftime("%d/%m/%Y") == days[-1]


def test_the_outlines_of_a_choropleth_of_the_province_are_light_and_say_which_are_approximate(client_of):
    client = client_of("so.khcn")
    address = html.unescape(re.search(r'data-outlines="([^"]+)"', client.get("/dashboard?tab=all").text).group(1))
    answer = client.get(address)
    assert len(answer.json["features"]) == 166
    assert len(answer.data) <= 100_000
    assert {feature["properties"]["extent_quality"] for feature in answer.json["features"]} <= {
        "official",
        "approximate",
    }
    past = client.get("/dashboard?tab=all&as_of=2025-06-01").text
    assert "on=2025-06-01" in re.search(r'data-outlines="([^"]+)"', past).group(1)
    assert "ranh giới gần đúng" in past


@pytest.mark.parametrize("username", ["so.taichinh", "so.congthuong"])
def test_an_agency_opens_the_lists_of_public_assets_prices_and_power_poles(client_of, ctx_of, username):
    with ctx_of("dienluc") as ctx:
        pole = make(ctx, owner="pc_thanhhoa", kind="power_pole_shared", condition="dangerous").code
        set_place(ctx, SetPlace(pole, "Xà 1", PlaceUnit.CABLE, 4))
    with ctx_of("viettel") as ctx:
        asset = make(ctx, is_public_asset="true").code
        set_place(ctx, SetPlace(asset, "Sàn 1", PlaceUnit.POSITION, 9))
        add_entry(ctx, AddEntry(asset, "Sàn 1", 1, holder="VNPT", started_on=date(2020, 1, 1)))
        publish(ctx, 250_000, code=asset)
    client = client_of(username)
    page = client.get("/dashboard?tab=all").text
    code = {"so.taichinh": "public-assets", "so.congthuong": "power-poles"}[username]
    part = page[page.index(f'id="{code}"') :]
    part = part[: part.index("</section>")]
    figures = figures_of(part)
    assert any(shown != "0" for _address, shown in figures)
    assert_lists_have(client_of, ctx_of, username, figures)
    # Figures and a map by unit: no name of a user of what they see.
    assert "VNPT" not in part


def test_a_figure_that_is_stopped_leaves_the_rest_of_the_page(client_of, monkeypatch):
    """A statement that takes too long ends the budget: what must be there is read after it."""
    part = next(chart_part for chart_part in board.PARTS if chart_part.code == "history")
    monkeypatch.setattr(board, "BUDGET_S", 0.3)
    slow = replace(part, build=lambda ctx, _view: ctx.session.execute(text("SELECT pg_sleep(5)")))
    monkeypatch.setattr(
        board, "PARTS", (slow, *(chart_part for chart_part in board.PARTS if chart_part.code != "history"))
    )
    page = client_of("so.khcn").get("/dashboard?tab=all&as_of=2025-05-18")
    assert page.status_code == 200
    assert "Tính số liệu còn thiếu" in page.text


def test_late_cases_and_dangers_have_one_colour_in_every_chart(client_of):
    page = client_of("so.khcn").get("/dashboard?tab=all").text
    heads = re.findall(r'<th scope="col" class="numeric"([^>]*)>(Quá hạn|Chưa bảo đảm an toàn|Đang mở)</th>', page)
    assert len(heads) > 2
    tones = {"Quá hạn": "overdue", "Chưa bảo đảm an toàn": "danger", "Đang mở": "open"}
    assert [label for attributes, label in heads if f'data-tone="{tones[label]}"' not in attributes] == []
