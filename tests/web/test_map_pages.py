"""The map of the list: its switches live in the address, and are nobody's filter."""

import html
import json
import re
from itertools import pairwise

import pytest

from tests.factories.structures import make

WINDOW = "105.7,19.7,105.8,19.9"


def shown(page, name):
    """What the page tells the script in data-<name>-now."""
    return html.unescape(re.search(rf'data-{name}-now="([^"]*)"', page).group(1))


@pytest.fixture
def tower(ctx_of):
    with ctx_of("viettel") as ctx:
        return make(ctx, sharing_status="available").code


def test_the_tiles_follow_the_filter_but_not_the_switches_of_the_map(client_of, tower):
    client = client_of("so.khcn")
    switches = "layer=streets&units=commune&units_on=01/01/2025&follow=1"
    page = client.get(f"/structures?kind=antenna_tower&colour=room&bbox={WINDOW}&{switches}").text
    assert tower in page
    assert shown(page, "tiles") == "/structures/tiles/{z}/{x}/{y}.mvt?kind=antenna_tower&colour=room"
    # A window that somebody chose and that does not follow the map is a filter like any other.
    fixed = client.get(f"/structures?bbox={WINDOW}").text
    assert shown(fixed, "tiles").endswith("bbox=105.7%2C19.7%2C105.8%2C19.9")


def test_a_window_elsewhere_lists_nothing_and_says_so(client_of, tower):
    page = client_of("so.khcn").get("/structures?bbox=104.5,20.3,104.6,20.4&follow=1").text
    assert tower not in page
    assert "Không có công trình nào khớp" in page
    assert 'name="follow"' in page


def test_taking_the_window_away_stops_following_the_map(client_of, tower):
    page = client_of("so.khcn").get(f"/structures?kind=antenna_tower&colour=room&bbox={WINDOW}&follow=1").text
    chips = [html.unescape(link) for link in re.findall(r'class="chip" href="([^"]+)"', page)]
    assert chips[-1] == "/structures?kind=antenna_tower&colour=room"


def test_switches_of_the_map_stay_in_the_links_of_the_list_and_out_of_exports(client_of, tower):
    page = client_of("so.khcn").get("/structures?colour=room&layer=streets&units=commune").text
    sort = re.search(r'class="sort" href="([^"]+)"', page).group(1)
    assert {"colour=room", "layer=streets", "units=commune"} <= set(html.unescape(sort).split("?")[1].split("&"))
    exports = re.findall(r'href="(/exports/[^"]+)"', page)
    assert exports
    assert [address for address in exports if re.search("colour|layer|units", address)] == []


def test_layers_are_those_of_the_reader(client_of):
    def offered(username):
        page = client_of(username).get("/structures?layer=violations&layer=streets&layer=nonsense").text
        return [layer["code"] for layer in json.loads(shown(page, "overlays"))]

    assert offered("so.khcn") == ["streets", "violations"]
    assert offered("so.taichinh") == ["streets"]
    assert offered(None) == []


def test_a_layer_tells_where_its_tiles_and_records_lie(client_of):
    page = client_of("so.khcn").get("/structures?layer=violations").text
    (layer,) = json.loads(shown(page, "overlays"))
    assert layer["tiles"] == "/violations/tiles/{z}/{x}/{y}.mvt"
    assert layer["recordUrl"] == "/violations/{id}"
    assert layer["looks"]["open"] == "Vi phạm đang xử lý"


@pytest.mark.parametrize(
    ("query", "address", "sentence"),
    [
        ("units=commune&units_on=01/01/2025", "/territory/lines.geojson?level=commune&on=2025-01-01", "gần đúng"),
        ("units=district", "/territory/lines.geojson?level=district&on=2025-06-30", "ngày 30/06/2025"),
        ("units=district&units_on=01/07/2025", "", "Cấp huyện kết thúc hoạt động sau ngày 30/06/2025"),
        ("units=commune&units_on=31/02/2025", "", "Ranh giới tại ngày: Ngày “31/02/2025” không có trong lịch"),
        ("units=commune&units_on=%3Cb%3E", "", "“&lt;b&gt;” không phải ngày"),
        ("units=province", "", "Chỉ ranh giới tỉnh"),
        ("", "", "Chỉ ranh giới tỉnh"),
    ],
)
def test_boundaries_are_those_of_a_level_on_a_day_or_a_sentence_says_why_not(client_of, query, address, sentence):
    answer = client_of(None).get(f"/structures?{query}")
    assert answer.status_code == 200
    assert shown(answer.text, "units") == address
    assert sentence in answer.text


def test_borders_are_lines_drawn_once_with_one_point_a_name(public):
    features = public.get("/territory/lines.geojson?level=commune").json["features"]
    names = [each for each in features if each["geometry"]["type"] == "Point"]
    lines = [each for each in features if each["geometry"]["type"] != "Point"]
    assert len(names) == 166
    assert "Phường Hạc Thành" in {each["properties"]["name"] for each in names}
    assert [(each["geometry"]["type"], each["properties"]["extent_quality"]) for each in lines] == [
        ("MultiLineString", "approximate")
    ]
    segments = [
        tuple(sorted((tuple(start), tuple(end))))
        for part in lines[0]["geometry"]["coordinates"]
        for start, end in pairwise(part)
        if start != end
    ]
    assert len(segments) == len(set(segments))
    assert public.get("/territory/lines.geojson?level=district").json["features"] == []
    assert public.get("/territory/lines.geojson?on=x").status_code == 422


@pytest.mark.parametrize("address", ["/route-lists/tiles/{}.mvt", "/violations/tiles/{}.mvt", "/basemap/layers/{}.mvt"])
def test_an_address_outside_the_world_is_refused(client_of, address):
    client = client_of("so.khcn")
    assert client.get(address.format("8/203/113")).status_code == 200
    for outside in ("3/8/0", "19/0/0", "2/0/4"):
        assert client.get(address.format(outside)).status_code == 422


def test_tiles_of_cases_are_kept_by_one_reader_only(client_of):
    answer = client_of("so.khcn").get("/violations/tiles/8/203/113.mvt")
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Cookie" in answer.headers["Vary"]
