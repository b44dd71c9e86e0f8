"""GeoJSON of what is near and what stands along a line: the answers of the pages, for programs."""

import json
from collections import Counter

import pytest
from sqlalchemy import select

from registry.audit.models import AuditNote
from registry.planned_routes import api as routes_api
from registry.planned_sites import api as sites_api
from registry.planned_sites.queries import find_near
from registry.planned_sites.rules import Need
from registry.structures.filtering.filter import Near
from registry.structures.nearby import along_line
from tests.factories.planned_routes import at, carrier, geojson
from tests.factories.sites import away, hosting
from tests.factories.structures import HAC_THANH, make

AT = f"{HAC_THANH[1]}; {HAC_THANH[0]}"
FLOOR = ("Sàn 32 m", "position", 3)
LINE = ";".join(f"{lat:.7f},{lon:.7f}" for lon, lat in (at(0, 0), at(1000, 0)))


@pytest.fixture
def near(client_of):
    """A function: who asks, and for what -> the answer."""

    def ask(username, **query):
        return client_of(username).get("/api/nearest", query_string={"at": AT} | query)

    return ask


@pytest.fixture
def along(client_of):
    """A function: who asks, and for what -> the answer."""

    def ask(username, **query):
        return client_of(username).get("/api/corridor", query_string={"points": LINE} | query)

    return ask


@pytest.fixture
def noted(ctx_of):
    """A function -> the details of the looks that were noted."""

    def read():
        with ctx_of("so.khcn", read_only=True) as ctx:
            notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "look").order_by(AuditNote.id))
            return [(look["what"], look["rows"]) for note in notes for look in note.details["looks"]]

    return read


def codes(answer):
    return [feature["properties"]["code"] for feature in answer.json["features"]]


def test_the_nearest_come_as_geojson_with_what_is_free_and_why(ctx_of, near, noted):
    with ctx_of("viettel") as ctx:
        tower = hosting(ctx, 120, FLOOR, name="Trạm Hàm Rồng 1")
        full = hosting(ctx, 40, ("Sàn 32 m", "position", 1))
        make(ctx, at=away(200), name="Trạm kín", sharing_status="not_assessed")
    answer = near("vnpt", quantity=2, radius_m=300)
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    assert answer.json["type"] == "FeatureCollection"
    assert answer.json["asked"] == {
        "at": [HAC_THANH[0], HAC_THANH[1]],
        "radius_m": 300,
        "kind": "antenna_tower",
        "quantity": 2,
        "unit": "position",
    }
    assert codes(answer) == [tower.code, full.code]
    first = answer.json["features"][0]
    assert first["id"] == tower.id
    assert first["geometry"]["type"] == "Point"
    assert first["geometry"]["coordinates"] == pytest.approx(list(away(120)), abs=1e-6)
    assert first["properties"] == {
        "code": tower.code,
        "name": "Trạm Hàm Rồng 1",
        "kind": "antenna_tower",
        "owner": "Viettel Thanh Hóa",
        "status": "active",
        "sharing_status": "available",
        "metres": 120,
        "fit": "fits",
        "reasons": ["Còn trống 3 vị trí; cần 2."],
        "total": 3,
        "free": 3,
        "reserved": 0,
    }
    assert noted() == [("nearest", 2)]


@pytest.mark.parametrize("username", ["viettel", "vnpt", "so.khcn", "kiemtra1"])
def test_the_nearest_are_those_of_the_page(ctx_of, near, username):
    with ctx_of("viettel") as ctx:
        for number in range(6):
            hosting(ctx, 30 * number, ("Sàn 32 m", "position", number % 4))
            make(ctx, at=away(17 * number), sharing_status="not_assessed")
    with ctx_of(username, read_only=True) as ctx:
        page = find_near(ctx, Near(*HAC_THANH, 500), Need("antenna_tower", 2))
    expected = [(item.structure.code, item.metres, item.verdict.fit.value) for item in page.found]
    told = [feature["properties"] for feature in near(username, quantity=2).json["features"]]
    assert [(site_row["code"], site_row["metres"], site_row["fit"]) for site_row in told] == expected
    # Put together once: another place, the same statement.
    assert near(username, quantity=2, at="19.9; 105.8").json["features"] == []


def test_one_reader_is_not_told_what_the_statement_of_another_shows(ctx_of, near):
    with ctx_of("viettel") as ctx:
        hidden = make(ctx, at=away(20), sharing_status="not_assessed")
    assert codes(near("viettel")) == [hidden.code]
    assert codes(near("vnpt")) == []
    assert codes(near("viettel")) == [hidden.code]


def test_no_more_than_twenty_are_told_and_that_there_are_more(ctx_of, near, monkeypatch):
    monkeypatch.setattr(sites_api, "MAX_RESULTS", 2)
    with ctx_of("viettel") as ctx:
        structure_codes = [hosting(ctx, 10 * number, FLOOR).code for number in range(3)]
    answer = near("vnpt")
    assert codes(answer) == structure_codes[:2]
    assert answer.json["is_cut"] is True


def test_a_program_is_told_every_argument_that_cannot_be_used(near):
    answer = near("vnpt", at="abc", kind="tower", radius_m="9", quantity="x", height_m="0", system="utm")
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    errors = answer.json["errors"]
    assert sorted(errors) == ["height_m", "kind", "quantity", "radius_m", "system"]
    assert "“tower” không có trong danh mục; cần một trong: antenna_tower" in errors["kind"][0]
    assert "9 nằm ngoài khoảng cho phép; cần từ 10 đến 5.000\N{NO-BREAK SPACE}m." in errors["radius_m"][0]
    assert "“utm”" in errors["system"][0]


@pytest.mark.parametrize(
    ("position", "words"),
    [("", "Chưa nhập"), ("abc", "không rõ thuộc hệ nào"), ("10.5; 106.7", "nằm ngoài tỉnh"), ("1\0", "điều khiển")],
)
def test_a_place_that_cannot_be_used_is_refused_in_words(near, position, words):
    answer = near("vnpt", at=position)
    assert answer.status_code == 422
    assert words in answer.json["errors"]["at"][0]


@pytest.fixture
def street(ctx_of):
    """Along a kilometre: a duct of VNPT, its pole, one of Viettel 30 m aside, and one that is not published."""
    with ctx_of("vnpt") as ctx:
        duct = carrier(ctx, "cable_duct", (200, 4), (600, 4)).code
        pole = carrier(ctx, "cable_pole", (700, -10)).code
        hidden = carrier(ctx, "cable_pole", (100, 2), sharing="not_assessed").code
    with ctx_of("viettel") as ctx:
        aside = carrier(ctx, "cable_pole", (50, 30), owner="viettel").code
    return {"duct": duct, "pole": pole, "hidden": hidden, "aside": aside}


def test_what_stands_along_a_line_comes_from_its_start_on(street, along, noted):
    answer = along("viettel", corridor=15)
    assert answer.status_code == 200
    assert answer.mimetype == "application/geo+json"
    assert codes(answer) == [street["duct"], street["pole"]]
    assert answer.json["asked"] == {"length_m": pytest.approx(1000, abs=0.5), "corridor": 15}
    assert answer.json["is_cut"] is False
    duct, pole = answer.json["features"]
    assert duct["geometry"]["type"] == "LineString"
    assert (duct["properties"]["metres"], duct["properties"]["at_m"]) == (4.0, pytest.approx(200, abs=0.2))
    assert (pole["properties"]["metres"], pole["properties"]["at_m"]) == (10.0, pytest.approx(700, abs=0.2))
    assert duct["properties"]["owner"] == "VNPT Thanh Hóa"
    assert duct["properties"]["sharing_status"] == "available"
    assert noted() == [("corridor", 2)]


def test_the_owner_is_told_of_its_unpublished_ones_and_nobody_notes_that(street, along, noted):
    assert codes(along("vnpt", corridor=15)) == [street["hidden"], street["duct"], street["pole"]]
    assert noted() == []


@pytest.mark.parametrize("username", ["viettel", "vnpt", "so.khcn", "kiemtra1"])
def test_what_stands_along_is_what_the_page_counts(ctx_of, street, along, username):
    with ctx_of(username, read_only=True) as ctx:
        counted = along_line.count_along_line(ctx, geojson((0, 0), (1000, 0)), 50)
    expected = Counter({(group.owner, group.kind): group.count for group in counted.near})
    told = [feature["properties"] for feature in along(username, corridor=50).json["features"]]
    assert Counter((carrier_row["owner"], carrier_row["kind"]) for carrier_row in told) == expected
    assert street["aside"] in {carrier_row["code"] for carrier_row in told} or username == "kiemtra1"


def test_where_nothing_stands_the_length_is_told(along):
    answer = along("viettel", points="19.9,105.9;19.91,105.9")
    assert answer.json["features"] == []
    assert answer.json["asked"]["length_m"] == pytest.approx(1107, abs=2)


def test_no_more_than_the_most_are_told(street, along, monkeypatch):
    monkeypatch.setattr(routes_api, "MAX_RESULTS", 1)
    answer = along("viettel", corridor=15)
    assert codes(answer) == [street["duct"]]
    assert answer.json["is_cut"] is True


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"points": ""}, "points", "Chưa nhập"),
        ({"points": "19.8,105.7"}, "points", "cần từ 2 đến"),
        ({"points": "abc;def"}, "points", "cần từ 2 đến"),
        ({"points": "19.8,105.7;10.1,106.7"}, "points", "Dòng 2"),
        ({"points": "19.8,105.7;19.8,105.7"}, "points", "trùng nhau"),
        ({"points": "19.4,104.5;20.6,106.0"}, "points", "tối đa"),
        ({"corridor": "0"}, "corridor", "cần từ 1 đến 100\N{NO-BREAK SPACE}m"),
        ({"corridor": "101"}, "corridor", "cần từ 1 đến 100\N{NO-BREAK SPACE}m"),
        ({"corridor": "x"}, "corridor", "“x” không phải là số"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_in_words(along, noted, query, field, words):
    answer = along("viettel", **query)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert words in " ".join(answer.json["errors"][field])
    assert noted() == []


@pytest.mark.parametrize("address", ["/api/nearest", "/api/corridor"])
def test_without_a_session_a_program_is_told_to_sign_in(public, client_of, address):
    answer = public.get(address)
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert "đăng nhập" in json.loads(answer.data)["detail"]
    assert client_of("nguoidan").get(address).status_code == 403
