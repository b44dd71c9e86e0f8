"""The pages of a past time: what they say, what they lead to, and what they do not offer."""

import html
import json
import re
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.capacity.commands import SetPlace
from registry.capacity.service import set_place
from registry.exports.ofds import FULL
from registry.exports.writing import write_list
from registry.kernel.days import ANY_DAY
from registry.kernel.exports.dataset import ExportFormat
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from tests.factories.cables import cable, poles
from tests.factories.structures import make
from tests.support.clock import NOW
from tests.support.exports import as_rows, download, token_in

THEN = datetime(2026, 1, 5, 8, tzinfo=UTC)
LATER = datetime(2026, 3, 5, 8, tzinfo=UTC)
DAY = {"as_of": "2026-02-01"}
BOTH = DAY | {"recorded_at": "2026-02-15T10:00:00+07:00"}


@pytest.fixture
def tower(ctx_of):
    """A tower of Viettel, renamed since; its code."""
    with ctx_of("viettel", now=THEN) as ctx:
        code = make(ctx, name="Tên năm ngoái", sharing_status="available").code
    with ctx_of("viettel", now=LATER) as ctx:
        edit_structure(ctx, EditStructure(code, 1, {"name": "Tên năm nay"}))
    return code


def links(page):
    """The addresses that a page leads to."""
    return [
        html.unescape(address)
        for address in re.findall(r'(?:href|data-tiles-now|data-record-url|data-card-url)="([^"]*)"', page)
    ]


def test_the_list_of_a_day_says_so_and_keeps_the_time_in_what_it_leads_to(client_of, tower):
    page = client_of("viettel").get("/structures", query_string=BOTH | {"kind": "antenna_tower"}).text
    assert "Tên năm ngoái" in page
    assert "Tên năm nay" not in page
    assert "có hiệu lực tại ngày 01/02/2026" in page
    assert "ghi nhận đến 15/02/2026 10:00:00" in page
    addresses = links(page)
    for part in (
        f"/structures/{tower}?",
        ".mvt?",
        "/structures/by-id/{id}?",
        "/structures/{id}/card?",
        "/exports/structures.csv?",
    ):
        address = next(address for address in addresses if part in address)
        assert BOTH.items() <= dict(parse_qsl(address.partition("?")[2])).items()
    assert "/structures?kind=antenna_tower" in addresses
    chips = re.findall(r'class="chip-label">([^<]+)', page)
    assert {"Xem tại ngày:", "Ghi nhận đến:", "Loại công trình:"} == set(chips)


def test_nothing_can_be_edited_in_the_past(client_of, tower):
    client = client_of("viettel")
    now, past = (client.get("/structures", query_string=query).text for query in ({}, DAY))
    for offer in ("/structures/new", "/structures/bulk-edit?", 'name="code"'):
        assert offer in now
        assert offer not in past
    now, past = (client.get(f"/structures/{tower}", query_string=query).text for query in ({}, DAY))
    for offer in (
        f"/structures/{tower}/edit",
        f"/structures/{tower}/confirm",
        "Ngừng khai thác</summary>",
        "places/new",
    ):
        assert offer in now
        assert offer not in past
    assert client.get("/structures/bulk-edit?all=1&as_of=2026-02-01").status_code == 422


def test_the_page_of_a_day_has_the_values_of_that_day_and_a_way_back(client_of, tower):
    page = client_of("viettel").get(f"/structures/{tower}?as_of=01/02/2026").text
    assert "<h1>Tên năm ngoái" in re.sub(r"\s+", " ", page).replace("<h1> ", "<h1>")
    assert "Trở về hiện tại" in page
    assert f"/structures/{tower}" in links(page)
    assert 'value="01/02/2026"' in page


def test_the_public_sees_the_cell_of_that_day_only(client_of, tower):
    page = client_of(None).get(f"/structures/{tower}", query_string=DAY).text
    assert "có hiệu lực tại ngày 01/02/2026" in page
    for secret in ("Tên năm ngoái", "Tên năm nay", "Viettel", "19.807"):
        assert secret not in page
    assert client_of(None).get(f"/structures/{tower}?as_of=2026-01-04").status_code == 404


@pytest.mark.parametrize("query", ["as_of=01/01/2199", "as_of=31/02/2026", "recorded_at=2199-01-01", "recorded_at=xx"])
def test_a_time_that_is_none_is_refused_everywhere_in_words(client_of, tower, query):
    client = client_of("so.khcn")
    for address in (
        "/structures",
        f"/structures/{tower}",
        "/structures/tiles/9/406/226.mvt",
        "/exports/structures.csv",
    ):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 422, address
        assert "cần" in answer.text or "không có trong lịch" in answer.text


def test_every_page_without_an_object_answers_on_the_first_day_that_may_be_asked_for(app, client_of):
    client, day = client_of("so.khcn"), ANY_DAY.first(NOW.date()).isoformat()
    rules = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    answers = {rule.rule: client.get(rule.rule, query_string={"as_of": day}) for rule in rules}
    assert sum(answer.status_code == HTTPStatus.OK for answer in answers.values()) > len(rules) / 2
    broken = [where for where, answer in answers.items() if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR]
    assert not broken, broken


def test_a_row_number_leads_to_the_page_of_the_same_time(client_of, ctx_of, tower):
    with ctx_of("viettel", read_only=True) as ctx:
        row_id = get_structure(ctx, tower).id
    answer = client_of("viettel").get(f"/structures/by-id/{row_id}", query_string=DAY)
    assert answer.headers["Location"] == f"/structures/{tower}?as_of=2026-02-01"
    assert client_of("viettel").get(f"/structures/by-id/{row_id}?as_of=2026-01-04").status_code == 404


def test_pages_of_a_past_list_belong_to_their_time(client_of, ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        codes = [make(ctx).code for _number in range(60)]
    with ctx_of("viettel", now=LATER) as ctx:
        make(ctx)
    client = client_of("viettel")
    page = client.get("/structures", query_string=BOTH).text
    onward = next(address for address in links(page) if "cursor=" in address)
    assert "as_of=2026-02-01" in onward
    second = client.get(onward).text
    shown = re.findall(r"/structures/(THA-CAT-\d+)\?as_of", page + second)
    assert shown == sorted(codes)
    cursor = re.search(r"cursor=([^&]+)", onward).group(1)
    assert client.get(f"/structures?cursor={cursor}").status_code == 422
    assert client.get(f"/structures?as_of=2026-02-02&cursor={cursor}").status_code == 422


def test_a_file_of_a_day_says_so_inside_and_in_its_name(client_of, tower):
    client = client_of("viettel")
    answer = download(client, "structures", "csv", **BOTH)
    assert "tai-20260201-ghi-nhan-20260215-100000" in answer.headers["Content-Disposition"]
    rows, about = as_rows("csv", answer.data)
    assert [row["name"] for row in rows] == ["Tên năm ngoái"]
    assert "có hiệu lực tại ngày 01/02/2026" in about
    assert "15/02/2026 10:00:00" in about
    kind = download(client, "structures", "csv", kind="antenna_tower", **DAY)
    assert "antenna-tower-tai-20260201" in kind.headers["Content-Disposition"]


def test_places_and_members_of_cables_are_those_of_the_day(client_of, ctx_of):
    with ctx_of("viettel", now=THEN) as ctx:
        first, second, third = poles(ctx)
        set_place(ctx, SetPlace(first.code, "Tầng 1", "cable", 4))
        cable_route = cable(ctx, first, second)
        codes, code = [pole.code for pole in (first, second, third)], cable_route.code
    with ctx_of("viettel", now=LATER) as ctx:
        set_place(ctx, SetPlace(codes[0], "Tầng 1", "cable", 9))
        set_members(ctx, SetMembers(code, get_structure(ctx, code).version, (codes[2],)))
    client = client_of("viettel")
    for query, total, members in ((DAY, "4", codes[:2]), ({}, "9", codes[2:])):
        rows, _said = as_rows(
            "csv", download(client, "structures", "csv", kind="cable_pole", **query).data, "cable_pole"
        )
        assert sorted(row["places_total"] for row in rows) == ["", "", total]
        rows, _said = as_rows(
            "csv", download(client, "structures", "csv", kind="cable_route", **query).data, "cable_route"
        )
        assert [row["members"] for row in rows] == ["; ".join(members)]
        page = client.get(f"/structures/{code}", query_string=query).text
        listed = page.partition('id="cable-members"')[2].partition("</section>")[0]
        assert re.findall(r"/structures/(THA-[A-Z]+-\d+)(?:\?as_of=2026-02-01)?\"", listed) == members
        page = client.get(f"/structures/{codes[0]}", query_string=query).text
        assert f"<dd>{total} cáp</dd>" in page.partition('id="capacity"')[2]


def test_a_correction_says_since_when_it_holds(client_of, tower):
    client = client_of("viettel")
    page = client.get(f"/structures/{tower}/edit")
    fields = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page.text))
    typed = form_of(page.text) | {"csrf_token": token_in(page), "name": "Tên đính chính", "version": fields["version"]}
    refused = client.post(f"/structures/{tower}/edit", data=typed | {"effective_on": "01/01/2020"})
    assert refused.status_code == 422
    assert "sớm hơn ngày công trình bắt đầu có trong hệ thống (05/01/2026)" in refused.text
    assert 'value="01/01/2020"' in refused.text
    refused = client.post(f"/structures/{tower}/edit", data=typed | {"effective_on": "01/01/2199"})
    assert "“Có hiệu lực từ ngày” là 01/01/2199; cần từ" in refused.text
    saved = client.post(f"/structures/{tower}/edit", data=typed | {"effective_on": "20/01/2026"})
    assert saved.status_code == 303
    for day, name in (
        ("2026-01-19", "Tên năm ngoái"),
        ("2026-01-20", "Tên đính chính"),
        ("2026-04-01", "Tên đính chính"),
    ):
        assert name in client.get(f"/structures/{tower}?as_of={day}").text
    assert "Tên năm nay" in client.get(f"/structures/{tower}?as_of=2026-04-01&recorded_at=2026-04-01").text


def form_of(page):
    """What a browser would send of the page's form: texts, areas and chosen options."""
    part = page.partition('name="csrf_token"')[2]
    fields = {
        name: html.unescape(text) for name, text in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\s?([^<]*)', part)
    }
    for tag in re.findall(r"<input[^>]*>", part):
        name, value = (re.search(rf' {word}="([^"]*)"', tag) for word in ("name", "value"))
        if name and 'type="checkbox"' not in tag:
            fields[name.group(1)] = html.unescape(value.group(1)) if value else ""
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', part, re.DOTALL):
        match = re.search(r'<option selected value="([^"]*)"', options)
        fields[name] = match.group(1) if match else ""
    return fields


def test_what_ended_on_a_past_day_served_until_then(client_of, ctx_of, tower):
    with ctx_of("viettel", now=LATER) as ctx:
        decommission(ctx, ChangeStatus(tower, 2, "hỏng", datetime(2026, 2, 10, tzinfo=UTC).date()))
    client = client_of("viettel")
    for query, status in (("as_of=2026-02-10", "active"), ("as_of=2026-02-11", "decommissioned")):
        other = {"active": "decommissioned", "decommissioned": "active"}[status]
        assert tower in client.get(f"/structures?{query}&status={status}").text
        assert tower not in client.get(f"/structures?{query}&status={other}").text
    assert tower in client.get("/structures?as_of=2026-02-11&recorded_at=2026-03-01&status=active").text


def test_networks_of_a_day_are_offered_and_taken_out(client_of, ctx_of, tower, tmp_path):
    client = client_of("viettel")
    page = client.get("/structures", query_string=DAY).text
    for address in ("/exports/ofds.ofds?as_of=2026-02-01", "/exports/ofds-public.ofds_geojson?as_of=2026-02-01"):
        assert address in links(page)
    with ctx_of("viettel", read_only=True) as ctx:
        path, _about = write_list(ctx, FULL, FULL.open(ctx, MultiDict(DAY)), ExportFormat.OFDS, tmp_path)
    (network,) = json.loads(path.read_text(encoding="utf-8"))["networks"]
    assert [node["name"] for node in network["nodes"]] == ["Tên năm ngoái"]
