"""The workspace: every tool in one shell, the card of a structure, the box around what a filter finds, the legend."""

import html
import json
import re

import pytest

from tests.factories.sites import hosting
from tests.factories.structures import make
from tests.support.offenders import for_each

SITE = (105.70, 19.85)
AT = f"{SITE[1]}; {SITE[0]}"
TOOLS = {
    "/structures": "Danh sách",
    "/planned-sites": "Quanh một vị trí",
    "/planned-routes": "Dọc một tuyến",
    "/planned-routes/paths": "Phương án đào ít nhất",
    "/planned-sites/new-mast": "Cột mới",
}


@pytest.fixture
def placed(ctx_of):
    """(code, id) of a published tower at SITE and of one that is not published."""
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 0, ("Sàn 32 m", "position", 6), of=SITE, height_m="42", name="Trạm có chỗ")
        hidden = make(ctx, at=(SITE[0] + 0.02, SITE[1] + 0.02), name="Trạm kín")
        return (tower.code, tower.id), (hidden.code, hidden.id)


def tools_of(page):
    nav = re.search(r'<nav class="ws-tools".*?</nav>', page, re.DOTALL)
    return re.findall(r'<a href="([^"?]+)', nav.group()) if nav else []


def area(bounds):
    west, south, east, north = bounds
    return (east - west) * (north - south)


@for_each("address", TOOLS, mend="extend layout/workspace.html and hand it `workspace(...)`")
def test_each_tool_is_a_page_of_the_shell_that_names_all_tools_and_itself(client_of, address):
    page = client_of("vnpt").get(address).text
    assert "data-workspace" in page
    assert 'id="panel"' in page
    assert 'data-tiles-now="/structures/tiles/{z}/{x}/{y}.mvt' in page
    assert tools_of(page) == list(TOOLS)
    here = re.search(r'<a href="([^"?]+)[^"]*" aria-current="page"><svg', page).group(1)
    assert here == address


def test_a_tool_that_the_reader_may_not_use_is_not_named(client_of):
    assert tools_of(client_of(None).get("/structures").text) == ["/structures", "/planned-sites"]


def test_what_is_shown_stays_in_links_and_is_no_filter(client_of, placed):
    page = client_of("vnpt").get("/structures?kind=antenna_tower&view=list&chosen=7").text
    assert 'data-view="list"' in page
    sort = html.unescape(re.search(r'class="sort" href="([^"]+)"', page).group(1))
    assert "view=list" in sort
    assert "chosen=7" in sort
    for what in (r'href="(/exports/[^"]+)"', r'href="(/saved-searches/new\?[^"]+)"', r'data-tiles-now="([^"]+)"'):
        for address in re.findall(what, page):
            assert not re.search("view=|chosen=", address), address
    assert 'data-view="both"' in client_of("vnpt").get("/structures?view=nonsense").text


def test_the_card_tells_a_reader_what_the_record_would_and_where_the_map_may_go(client_of, placed):
    (code, number), (hidden_code, hidden) = placed
    response = client_of("vnpt").get(f"/structures/{number}/card")
    assert code in response.text
    assert "Trạm có chỗ" in response.text
    west, south, east, north = json.loads(response.headers["Map-Bounds"])
    assert (west, south) == (east, north) == pytest.approx(SITE, abs=1e-5)
    coarse = client_of("vnpt").get(f"/structures/{hidden}/card")
    assert coarse.status_code == 200
    assert "Trạm kín" not in coarse.text
    assert "Viettel" not in coarse.text
    assert hidden_code in coarse.text
    assert area(json.loads(coarse.headers["Map-Bounds"])) > 0.00005, "a cell, not a place"
    gone = client_of("vnpt").get("/structures/999999/card")
    assert gone.status_code == 404
    assert "Map-Bounds" not in gone.headers


def test_the_map_is_told_the_box_of_what_a_filter_finds_as_far_as_it_is_seen(client_of, placed):
    (code, _number), _hidden = placed

    def box(username, query):
        return client_of(username).get(f"/structures/extent?{query}").json

    assert box("vnpt", f"q={code}") == {"bounds": [SITE[0], SITE[1], SITE[0], SITE[1]], "is_cut": False}
    public = box(None, f"near={AT}&within=50")["bounds"]
    assert area(public) > 0.00005
    assert box("vnpt", "q=khong+co+gi") == {"bounds": None, "is_cut": False}
    assert box(None, "q=Trạm+kín")["bounds"] is None, "a name that the reader may not know finds nothing"
    refused = client_of("vnpt").get("/structures/extent?bbox=1,2,3")
    assert refused.status_code == 422
    assert "“1,2,3”" in refused.text


def test_the_switches_are_answered_with_their_legend_alone(client_of):
    page = client_of("so.khcn").get("/structures/map-view?colour=room&layer=violations&units=commune").text
    assert "<html" not in page
    assert 'data-drawn="colour:room_free"' in page
    assert 'data-drawn="violations:open"' in page
    assert 'data-units-now="/territory/lines.geojson?level=commune' in page
    assert "violations" not in client_of(None).get("/structures/map-view?layer=violations").text
    assert "“hôm” không phải ngày" in client_of(None).get("/structures/map-view?units=commune&units_on=hôm").text


def test_switches_of_the_map_ask_no_question_of_a_tool(client_of):
    for address in ("/planned-sites/new-mast", "/planned-sites"):
        page = client_of("vnpt").get(f"{address}?colour=room&view=map&chosen=1")
        assert page.status_code == 200
        assert "error-summary" not in page.text


def test_an_answer_is_drawn_on_the_shared_map(client_of, placed):
    page = client_of("vnpt").get(f"/planned-sites?at={AT}&kind=antenna_tower").text
    frame = json.loads(html.unescape(re.search(r'data-frame-now="([^"]+)"', page).group(1)))
    assert frame[0] < SITE[0] < frame[2]
    assert "Phạm vi tìm" in page
    assert f"at={AT.replace('; ', '%3B+')}" in page, "the other tools take the place over"
