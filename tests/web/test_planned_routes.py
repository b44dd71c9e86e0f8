"""The pages of planned routes: a line by address, form and file; two places; refusals that keep what was typed."""

import html
import io
import json
import re
from decimal import Decimal

import pytest
from sqlalchemy import select

from registry.capacity.commands import SetPlace
from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.capacity.service import set_place
from registry.colocation.commands import EditItem, EditRequest
from registry.colocation.service import edit_item, edit_request
from tests.factories.colocation import CONTENT, LABEL, draft, items_of, move
from tests.factories.planned_routes import at, carrier, geojson, street, typed
from tests.permissions.cases import token_in

KILOMETRE = ((0, 0), (1000, 0))


@pytest.fixture
def duct(ctx_of):
    """A published duct with room along the middle of the kilometre; its code."""
    with ctx_of("vnpt") as ctx:
        return carrier(ctx, "cable_duct", (200, 4), (600, 4)).code


@pytest.fixture
def client(client_of):
    return client_of("viettel")


def geojson_of(kind, coordinates):
    """A file with one geometry."""
    geometry = {"type": kind, "coordinates": coordinates}
    return json.dumps({"type": "Feature", "properties": {"a": 1}, "geometry": geometry}).encode()


def said(page):
    """The words of a page, tags and marks of space left out."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def sent(client, **fields):
    """The answer to the form of a line."""
    token = token_in(client.get("/planned-routes"))
    form = {"points": "", "system": "auto", "corridor": "15", "need": "1", "option": "any", "csrf_token": token}
    return client.post("/planned-routes", data=form | fields)


def test_a_typed_line_leads_to_its_address_and_the_answer(client, duct):
    answer = sent(client, points=typed(*KILOMETRE))
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    words = said(page)
    for text in ("1.000 m", "400 m", "600 m", "200 – 600 m", "Luồn trong cống cáp", duct, "Phải xây mới", "VNPT"):
        assert text in words, text
    shapes = json.loads(html.unescape(re.search(r'data-shapes-now="([^"]+)"', page.text).group(1)))
    assert [feature["properties"]["tone"] for feature in shapes["features"]] == ["new", "reuse", "new"]


def test_the_same_address_gives_the_other_options(client, duct):
    address = sent(client, points=typed(*KILOMETRE)).headers["Location"]
    page = client.get(address.replace("option=any", "option=overhead"))
    assert "Các đoạn của tuyến: Chỉ treo cột" in said(page)
    assert duct not in said(page).split("Các đoạn của tuyến:")[1].split("Công trình trong hành lang")[0]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps({"type": "Feature", "properties": {}, "geometry": json.loads(geojson(*KILOMETRE))}),
        "<kml xmlns='http://www.opengis.net/kml/2.2'><Placemark><name>T</name><LineString><coordinates>"
        + " ".join(",".join(map(str, at(*position))) for position in KILOMETRE)
        + "</coordinates></LineString></Placemark></kml>",
        "STT;Vĩ độ;Kinh độ\n" + "\n".join(f"{n};{at(*p)[1]};{at(*p)[0]}" for n, p in enumerate(KILOMETRE, 1)),
        "STT;X (VN-2000);Y (VN-2000)\n1;2191076,73;581102,24\n2;2191076,73;582102,24\n",
    ],
    ids=["geojson", "kml", "csv", "csv in metres"],
)
def test_a_file_with_one_line_is_read(client, content):
    answer = sent(client, file=(io.BytesIO(content.encode()), "tuyen.dat"))
    assert answer.status_code == 303, said(answer)
    assert re.search(r"Chiều dài tuyến", said(client.get(answer.headers["Location"])))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.4", "PDF"),
        (b"", "Tệp rỗng"),
        (geojson_of("Point", [105.77, 19.8]), "1 điểm"),
        (geojson_of("Polygon", [[[105.7, 19.8], [105.8, 19.8], [105.8, 19.9], [105.7, 19.8]]]), "LineString"),
        (geojson_of("MultiLineString", [[[105.7, 19.8], [105.8, 19.8]], [[105.7, 19.9], [105.8, 19.9]]]), "2 đường"),
        (b"a;b\n1;2\n", "hệ tọa độ"),
        (b"\xff\xfe\x00\x01" * 50, "Tệp"),
    ],
)
def test_a_file_without_a_line_is_refused_in_words(client, content, words):
    answer = sent(client, file=(io.BytesIO(content), "tuyen.dat"))
    assert answer.status_code == 422
    assert words in said(answer)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"points": "19,8; 105,7"}, "cần từ 2"),
        ({"points": "19,80; 105,77\n16,05; 108,2"}, "Dòng 2"),
        ({"points": typed((0, 0), (0, 0))}, "trùng nhau"),
        ({"points": typed(*(((0, 0), (5000, 0)) * 6))}, "tối đa 50 km"),
        ({"points": typed(*KILOMETRE), "corridor": "999"}, "từ 1 đến 100"),
        ({"points": typed(*KILOMETRE), "need": "x"}, "Số chỗ cần"),
        ({"points": typed(*KILOMETRE), "option": "x"}, "Cách đi cáp"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_as_typed(client, fields, words):
    answer = sent(client, **fields)
    if answer.status_code == 303:
        answer = client.get(answer.headers["Location"])
    assert answer.status_code == 422
    assert words in said(answer)
    assert fields["points"][:8] in html.unescape(answer.text)


def test_a_long_line_is_answered_without_an_address(client, duct):
    points = typed(*((east, 3 * (east % 20)) for east in range(0, 2000, 10)))
    answer = sent(client, points=points)
    assert answer.status_code == 200
    assert "Các đoạn của tuyến" in said(answer)


@pytest.mark.parametrize("points", ["\x00", "x" * 3000, "19.8,105.7;" * 200, "{}", "'; DROP TABLE structure", "∞;∞"])
def test_hostile_addresses_are_refused_in_words(client, points):
    for path in ("/planned-routes", "/planned-routes/paths"):
        answer = client.get(path, query_string={"points": points, "corridor": "1e9", "need": "-1", "option": points})
        assert answer.status_code in (400, 422)


def test_the_look_at_others_structures_is_noted(client, client_of, duct):
    client.get(sent(client, points=typed(*KILOMETRE)).headers["Location"])
    assert "Tìm theo tuyến" in said(client_of("vnpt").get("/looks"))


def test_what_is_used_can_be_asked_for_at_once(client, duct):
    page = client.get(sent(client, points=typed(*KILOMETRE)).headers["Location"])
    assert "Đề nghị dùng chung 1 công trình này" in said(page)
    form = {"code": duct, "then": "form", "csrf_token": token_in(page)}
    assert client.post("/colocation/basket/items", data=form).headers["Location"] == "/colocation/basket"


def test_who_waits_is_a_number_and_how_the_owner_answers_stands_with_its_name(client, client_of, ctx_of, duct):
    with ctx_of("vnpt") as ctx:
        set_place(ctx, SetPlace(duct, LABEL, PlaceUnit.CABLE, 9))
    with ctx_of("dienluc") as ctx:
        request = draft(ctx, duct)
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT))
        (item,) = items_of(ctx, request)
        slot_id = ctx.session.scalar(select(CapacityPlace.id).where(CapacityPlace.label == LABEL))
        values = {"quantity": 1, "equipment": "Cáp 48 sợi", "cable_diameter_mm": Decimal(12)}
        edit_item(ctx, EditItem(request.id, item.id, request.version, slot_id, values))
        move(ctx, request, "submit")
    line = client.get(sent(client, points=typed(*KILOMETRE)).headers["Location"])
    paths = client.get("/planned-routes/paths", query_string={"points": typed(*KILOMETRE)})
    for page in (line, paths):
        assert "1 đề nghị đang chờ" in said(page)
        assert "Điện lực" not in said(page)
        # One request is too few for figures of others.
        assert "trung vị" not in said(page)
    own = client_of("vnpt").get("/planned-routes", query_string={"points": typed(*KILOMETRE)})
    assert "đề nghị đang chờ" not in said(own)


def test_two_places_are_answered_with_paths_and_costs(client, ctx_of, duct):
    with ctx_of("quantri") as ctx:
        street(ctx, "Quốc lộ 47", (0, 0), (200, 0))
    page = client.get("/planned-routes/paths", query_string={"points": typed(*KILOMETRE)})
    assert page.status_code == 200
    words = said(page)
    for text in ("Đào mới ít nhất", "Ngắn nhất", "Quốc lộ 47", duct, "đồng", "Dùng lại theo chủ sở hữu: VNPT"):
        assert text in words, text


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (typed((0, 0), (10, 0), (20, 0)), "Cần đúng hai điểm"),
        (typed((0, 0), (30000, 0)), "tối đa 20 km"),
        (typed((0, 0), (0.4, 0)), "chưa đến 1 m"),
        ("", "Chưa nhập"),
    ],
)
def test_two_places_that_are_none_are_refused(client, points, words):
    page = client.get("/planned-routes/paths", query_string={"points": points})
    assert page.status_code == 422
    assert words in said(page)
