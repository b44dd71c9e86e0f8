"""OGC API: each answer equals its page's for each of the cast; pages, systems, filters, times; what cannot be read."""

import json
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from registry.audit.models import AuditNote
from registry.kernel.geo.vn2000 import ZONE_105, PlanePoint, to_plane, to_wgs84
from registry.kernel.lists.view import LISTS
from registry.ogc.collections import ID, SourceWindow, readable_collections, rows_of
from registry.ogc.pages import CONFORMANCE
from registry.ogc.parameters import MAX_LIMIT
from registry.ogc.sources import every_collection
from registry.structures.kinds import KINDS
from tests.factories.incidents import report
from tests.factories.structures import make
from tests.support import ogc, shared
from tests.support.ogc import MEMBERS, items

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
register, ask, drawn = ogc.fixtures()
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"


def codes(page):
    return [feature["properties"]["code"] for feature in page["features"]]


def every_page(ask, name, **arguments):
    """All features of a question, page by page, with the number of pages."""
    features, pages = [], 0
    while True:
        page = items(ask, name, **arguments)
        features += page["features"]
        pages += 1
        following = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not following:
            return features, pages
        query = parse_qs(urlsplit(following[0]).query)
        arguments |= {key: values[0] for key, values in query.items()}


@pytest.mark.parametrize("name", MEMBERS)
def test_an_answer_equals_its_page(ask, client_of, app, name):
    features, _pages = every_page(ask, name, limit=1000)
    client = client_of(name) if name else app.test_client()
    listed = client.get("/api/structures?limit=1000")
    if listed.status_code == 200:
        of_list = {row["id"]: row for row in listed.json["features"]}
        assert {feature["id"] for feature in features} == set(of_list)
        for feature in features:
            row = of_list[feature["id"]]
            feature_values, own = feature["properties"], row["properties"]
            assert (feature_values["code"], feature_values["exact"], feature_values["kind"]) == (
                own["code"],
                own["exact"],
                own["kind"],
            )
            assert feature_values["name"] == own.get("name")
            assert _first(feature["geometry"]) == pytest.approx(_first(row["geometry"]), abs=1e-5)
    hidden = [feature["properties"] for feature in features if not feature["properties"]["exact"]]
    for properties in hidden:
        stated = {key for key, value in properties.items() if value not in (None, "")}
        assert stated <= {"code", "kind", "exact", "owner_category"}


def _first(geometry):
    position = geometry["coordinates"]
    while isinstance(position[0], list):
        position = position[0]
    return position


@pytest.mark.parametrize("name", MEMBERS)
def test_collections_are_those_that_the_reader_may_read(ask, ctx_of, name):
    listed = {each["id"] for each in ask(name, "/collections").json["collections"]}
    for code in every_collection():
        status = ask(name, f"/collections/{code}/items", limit=1).status_code
        assert status == (200 if code in listed else 401 if name is None else 403)
    assert {"structures", "units", "streets", *KINDS} <= listed


def test_each_list_with_places_is_a_collection():
    placed = {view.code for view in LISTS.values() if view.geometry_column}
    assert {"violations", "incidents", "route-items"} <= placed <= set(every_collection())


@pytest.mark.parametrize("code", sorted({"structures", "units", "streets", "violations", "incidents", *KINDS}))
def test_each_collection_answers_with_every_property_and_filter(ask, code):
    described = ask("so.khcn", f"/collections/{code}").json
    assert described["id"] == code
    queryables = ask("so.khcn", f"/collections/{code}/queryables").json["properties"]
    of_feature = ask("so.khcn", f"/collections/{code}/schema").json["properties"]["properties"]["properties"]
    assert of_feature == {name: each for name, each in queryables.items() if name != "geometry"}
    page = items(ask, "so.khcn", code, limit=2)
    assert page["numberReturned"] == len(page["features"]) <= page["numberMatched"]
    for feature in page["features"]:
        assert set(feature["properties"]) == set(queryables) - {"geometry"}
    names = sorted(set(queryables) - {"geometry"})
    items(ask, "so.khcn", code, sortby=",".join(names[:4]), filter=" OR ".join(f"{name} IS NULL" for name in names))
    assert ask("so.khcn", f"/collections/{code}/items", f="html").status_code == 200
    assert ask("so.khcn", f"/collections/{code}", f="html").status_code == 200


@pytest.mark.parametrize("code", sorted(every_collection()))
def test_each_property_is_compared_and_sorted_by_whatever_its_column(ask, code):
    queryables = ask("so.khcn", f"/collections/{code}/queryables")
    statuses = {}
    for name, schema in json.loads(queryables.data)["properties"].items():
        value = {"integer": "1", "number": "1", "boolean": "true"}.get(schema.get("type"), "x")
        if name != "geometry" and "format" not in schema:
            answer = ask("so.khcn", f"/collections/{code}/items", sortby=name, **{name: value})
            statuses[name] = answer.status_code
    assert {name: status for name, status in statuses.items() if status != 200} == {}


@pytest.mark.parametrize("sortby", ["", "name", "-name", "-height_m,code", "own_code,-kind"])
def test_pages_by_keyset_hold_each_feature_once_in_order(ask, sortby):
    question = {"collection": "antenna_tower"} | ({"sortby": sortby} if sortby else {})
    whole = items(ask, "so.khcn", limit=1000, **question)
    pieces, pages = every_page(ask, "so.khcn", limit=2, **question)
    assert pages > 1
    assert [feature["id"] for feature in pieces] == [feature["id"] for feature in whole["features"]]
    assert whole["numberMatched"] == len(pieces)


#: Around the province.
AROUND = "100,5,110,25"


@pytest.mark.parametrize("name", ["so.khcn", "viettel", None])
@pytest.mark.parametrize("sortby", ["code", "-name,kind"])
@pytest.mark.parametrize("bbox", [AROUND, ""])
def test_a_large_page_and_small_ones_of_a_box_are_the_same_features(ask, name, sortby, bbox):
    question = {"sortby": sortby} | ({"bbox": bbox} if bbox else {})
    large = items(ask, name, limit=2_000, **question)
    pieces, pages = every_page(ask, name, limit=2, **question)
    assert pages > 1
    assert pieces == large["features"]
    assert items(ask, name, limit=2, **question)["numberMatched"] == large["numberMatched"] == len(pieces)


def as_json(value):
    """A value as JSON holds it, by Python."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, (datetime, date)) else value


@pytest.mark.parametrize("code", sorted(every_collection()))
@pytest.mark.parametrize("name", ["so.khcn", "viettel"])
def test_the_text_of_the_database_holds_the_values_of_the_rows(ask, app, ctx_of, drawn, name, code):
    with ctx_of(name, read_only=True) as ctx, app.test_request_context():
        collection = every_collection()[code]
        if collection not in readable_collections(ctx, every_collection()):
            return
        names = [prop.name for prop in collection.source.properties(ctx)]
        table = rows_of(ctx, collection, SourceWindow())
        rows = list(collection.source.run(ctx, select(table).order_by(table.c[ID]).limit(50)))
    features = items(ask, name, code, limit=50)["features"]
    expected = [(row.ogc_id, {each: as_json(row._mapping[each]) for each in names}) for row in rows]
    assert [(feature["id"], feature["properties"]) for feature in features] == expected


@pytest.mark.parametrize("code", sorted(every_collection()))
def test_a_number_that_may_have_decimals_has_one(ask, drawn, code):
    """Programs take the type of a field from the first features, and would cut off the decimals of all others."""
    schema = ask("so.khcn", f"/collections/{code}/queryables").json["properties"]
    numbers = {name for name, each in schema.items() if each.get("type") == "number"}
    answer = ask("so.khcn", f"/collections/{code}/items", limit=200)
    for feature in json.loads(answer.data, parse_int=str)["features"]:
        values = {name: feature["properties"][name] for name in numbers}
        assert {name for name, value in values.items() if isinstance(value, str)} == set(), values


def test_an_answer_is_that_of_the_reader_and_of_the_register_as_it_is(ask, ctx_of):
    question = {"bbox": AROUND, "limit": 999}
    answers = {name: items(ask, name, **question) for name in ("viettel", "vnpt", None, "viettel")}
    assert len({json.dumps(answer["features"]) for answer in answers.values()}) == len(answers)
    assert items(ask, "viettel", **question)["features"] == answers["viettel"]["features"]
    with ctx_of("viettel") as ctx:
        added = make(ctx, name="Trạm thêm").code
    assert added not in codes(answers["viettel"])
    later = items(ask, "viettel", **question)
    assert added in codes(later)
    assert later["numberMatched"] == answers["viettel"]["numberMatched"] + 1


def test_an_incident_is_a_feature_for_those_who_read_it(ask, ctx_of):
    report(ctx_of)
    page = items(ask, "so.khcn", "incidents")
    assert page["numberMatched"] >= 1
    assert {"number", "state", "kind", "severity"} <= set(page["features"][0]["properties"])


@pytest.mark.parametrize("code", ["4326", "3857", "5897"])
def test_positions_and_boxes_are_in_the_system_that_is_asked_for(ask, code):
    (feature, *_more) = items(ask, "so.khcn", "antenna_tower", limit=1)["features"]
    lon, lat = feature["geometry"]["coordinates"]
    answer = ask("so.khcn", f"/collections/antenna_tower/items/{feature['id']}", crs=EPSG + code)
    assert answer.headers["Content-Crs"] == f"<{EPSG}{code}>"
    x, y = json.loads(answer.data)["geometry"]["coordinates"]
    if code == "4326":
        assert (x, y) == pytest.approx((lat, lon), abs=1e-7)
        reach = 1e-4
    elif code == "5897":
        plane = to_plane(lon, lat, ZONE_105)
        assert (x, y) == pytest.approx((plane.y_easting, plane.x_northing), abs=0.02)
        assert to_wgs84(PlanePoint(x_northing=y, y_easting=x)) == pytest.approx((lon, lat), abs=1e-6)
        reach = 10
    else:
        reach = 10
    box = f"{x - reach},{y - reach},{x + reach},{y + reach}"
    inside = items(ask, "so.khcn", "antenna_tower", bbox=box, bbox_crs=EPSG + code, limit=1000)
    assert feature["id"] in {each["id"] for each in inside["features"]}
    apart = f"{x + reach},{y + reach},{x + 2 * reach},{y + 2 * reach}"
    outside = items(ask, "so.khcn", "antenna_tower", bbox=apart, bbox_crs=EPSG + code, limit=1000)
    assert feature["id"] not in {each["id"] for each in outside["features"]}


FILTERS = [
    ("height_m > 20.5", lambda p: p["height_m"] is not None and p["height_m"] > 20.5),
    ("NOT (height_m > 20.5)", lambda p: p["height_m"] is not None and not p["height_m"] > 20.5),
    ("name LIKE 'Trạm _' AND height_m BETWEEN 20 AND 21", lambda p: p["height_m"] in (20, 21)),
    ("casei(name) = casei('TRẠM CHUNG')", lambda p: p["name"] == "Trạm chung"),
    ("accenti(name) = accenti('tram chung')", lambda p: p["name"] == "Trạm chung"),
    ("sharing_status IN ('available', 'nothing')", lambda p: p["sharing_status"] == "available"),
    ("sharing_status = 'nothing'", lambda p: False),
    ("own_code IS NULL OR exact", lambda p: p["own_code"] is None or p["exact"]),
    ("built_on < DATE('2000-01-01')", lambda p: p["built_on"] is not None and p["built_on"] < "2000-01-01"),
    ("s_intersects(geometry, BBOX(100, 5, 110, 25))", lambda p: True),
    ("s_disjoint(geometry, BBOX(100, 5, 110, 25))", lambda p: False),
    ("s_intersects(geometry, POLYGON((100 5, 110 5, 110 25, 100 25, 100 5)))", lambda p: True),
    ("name = 'a'' OR 1=1 --'", lambda p: False),
]


@pytest.mark.parametrize(("text", "holds"), FILTERS)
@pytest.mark.parametrize("name", ["so.khcn", "viettel"])
def test_a_filter_takes_the_rows_that_it_states_and_no_others(ask, name, text, holds):
    whole = items(ask, name, "antenna_tower", limit=1000)["features"]
    expected = [feature["id"] for feature in whole if holds(feature["properties"])]
    narrowed = items(ask, name, "antenna_tower", limit=1000, filter=text)
    assert [feature["id"] for feature in narrowed["features"]] == expected
    assert narrowed["numberMatched"] == len(expected)


def test_a_page_says_what_is_hidden_and_not_that_it_is_unrecorded(ask):
    hidden = next(each for each in items(ask, "vnpt", limit=1000)["features"] if not each["properties"]["exact"])
    address = f"/collections/structures/items/{hidden['id']}"
    as_cell, exactly = ask("vnpt", address, f="html").text, ask("so.khcn", address, f="html").text
    assert "chỉ hiển thị với đơn vị có thẩm quyền" in as_cell
    assert "Chưa có thông tin" not in as_cell
    assert "Chưa có thông tin" in exactly
    assert "chỉ hiển thị với đơn vị có thẩm quyền" not in exactly


def test_a_filter_is_the_same_as_json_and_as_parameter(ask, register):
    tree = {"op": "=", "args": [{"property": "code"}, register[0]]}
    by_json = items(ask, "so.khcn", filter=json.dumps(tree), filter_lang="cql2-json")
    by_name = items(ask, "so.khcn", code=register[0])
    assert codes(by_json) == codes(by_name) == [register[0]]


def test_no_filter_widens_what_is_seen(ask, register):
    """All of the table matches, and still a rival has only what it sees."""
    for text in ("1=1", "code IS NOT NULL OR code IS NULL", "NOT (code = 'x')"):
        answer = ask("vnpt", "/collections/structures/items", filter=text, limit=1000)
        if answer.status_code == 200:
            assert set(codes(json.loads(answer.data))) <= set(codes(items(ask, "vnpt", limit=1000)))


def test_a_past_day_shows_what_was_valid_then(ask):
    before = items(ask, "so.khcn", datetime="2026-11-24")
    assert before["numberMatched"] == 0
    assert items(ask, "so.khcn", datetime="2026-11-25")["numberMatched"] > 0
    assert items(ask, "so.khcn", datetime="2026-01-01/..")["numberMatched"] > 0


def test_units_are_those_in_force_on_the_day(ask):
    level = {"level": "district", "limit": 1000}
    assert items(ask, None, "units", **level)["numberMatched"] == 0
    assert items(ask, None, "units", datetime="2025-01-01", **level)["numberMatched"] > 0


def test_properties_are_those_that_are_asked_for(ask):
    page = items(ask, "so.khcn", "antenna_tower", properties="code,height_m", limit=1)
    assert list(page["features"][0]["properties"]) == ["code", "height_m"]


BAD = [
    ("bbox", {"bbox": "1,2,3"}),
    ("bbox", {"bbox": "a,b,c,d"}),
    ("bbox", {"bbox": "nan,1,2,3"}),
    ("bbox", {"bbox": "106,20,105,19"}),
    ("bbox", {"bbox": "105,19,500,20"}),
    ("bbox", {"bbox": "1e9,1e9,2e9,2e9", "bbox_crs": EPSG + "5897"}),
    ("bbox-crs", {"bbox": "105,19,106,20", "bbox_crs": "EPSG:9999"}),
    ("crs", {"crs": "nothing"}),
    ("limit", {"limit": "0"}),
    ("limit", {"limit": "-1"}),
    ("limit", {"limit": "many"}),
    ("limit", {"limit": "9" * 30}),
    ("datetime", {"datetime": "yesterday"}),
    ("datetime", {"datetime": "2190-01-01"}),
    ("datetime", {"datetime": "0001-01-01"}),
    ("datetime", {"datetime": "2026-13-01"}),
    ("datetime", {"datetime": "../.."}),
    ("datetime", {"datetime": "2026-02-01/2026-01-01"}),
    ("filter", {"filter": "code = "}),
    ("filter", {"filter": "nothing = 1"}),
    ("filter", {"filter": "height_m = 'tall'"}),
    ("filter", {"filter": "code = 1"}),
    ("filter", {"filter": "(" * 20 + "height_m = 1" + ")" * 20}),
    ("filter", {"filter": "height_m = " + "-" * 50 + "1"}),
    ("filter", {"filter": " AND ".join(["height_m = 1"] * 2_000)}),
    ("filter", {"filter": "name LIKE 'a\\'"}),
    ("filter", {"filter": "built_on = DATE('2026-02-31')"}),
    ("filter", {"filter": "s_intersects(geometry, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))"}),
    ("filter", {"filter": "[" * 5_000, "filter_lang": "cql2-json"}),
    ("filter", {"filter": "{", "filter_lang": "cql2-json"}),
    ("filter", {"filter": '{"op": "drop", "args": []}', "filter_lang": "cql2-json"}),
    ("filter", {"filter": '{"op": "=", "args": [{"property": ["a"]}, 1]}', "filter_lang": "cql2-json"}),
    ("filter-lang", {"filter": "height_m = 1", "filter_lang": "sql"}),
    ("sortby", {"sortby": "nothing"}),
    ("sortby", {"sortby": "name,name"}),
    ("properties", {"properties": "nothing"}),
    ("cursor", {"cursor": "forged"}),
    ("height_m", {"height_m": "tall"}),
    ("kind", {"kind": "a\0"}),
    ("built_on", {"built_on": "2026-02-31"}),
    ("height_m", {"height_m": "9" * 20}),
    ("nothing", {"nothing": "1"}),
    ("f", {"f": "xml"}),
]


@pytest.mark.parametrize(("parameter", "arguments"), BAD)
def test_what_cannot_be_read_is_refused_with_the_name_of_the_parameter(ask, parameter, arguments):
    answer = ask("so.khcn", "/collections/antenna_tower/items", **arguments)
    assert answer.status_code == 400, answer.text[:300]
    assert answer.mimetype == "application/problem+json"
    assert list(answer.json["errors"]) == [parameter]


def test_a_limit_beyond_the_largest_page_is_the_largest_page(ask):
    assert items(ask, "so.khcn", limit=MAX_LIMIT * 10)["numberReturned"] > 0


def test_the_landing_page_leads_to_description_conformance_and_data(ask, app):
    landing = ask(None, "/").json
    rels = {link["rel"]: link["href"] for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(rels)
    client = app.test_client()
    for rel in ("service-desc", "conformance", "data"):
        assert client.get(rels[rel]).status_code == 200
    assert ask(None, "/conformance").json["conformsTo"] == list(CONFORMANCE)
    assert ask(None, "/", f="html").status_code == 200


def test_the_description_names_each_collection_of_the_reader(ask, ctx_of):
    document = json.loads(ask("so.khcn", "/api").data)
    with ctx_of("so.khcn", read_only=True) as ctx:
        readable = {each.code for each in readable_collections(ctx, every_collection())}
    assert {path.split("/")[2] for path in document["paths"] if path.endswith("/items")} == readable
    parameters = document["components"]["parameters"]
    assert parameters["limit"]["schema"]["maximum"] == MAX_LIMIT


def test_items_of_the_plan_are_those_of_the_day_and_drafts_for_those_who_read_them(ask, drawn):
    def states(name, **arguments):
        page = items(ask, name, "plan-items", limit=1000, **arguments)
        return {feature["properties"]["state"] for feature in page["features"]}

    assert states("so.khcn") == {"issued", "draft"}
    assert states("viettel") == {"issued"}
    assert states("so.khcn", datetime="2020-01-01") == set()
    assert {feature["geometry"]["type"] for feature in items(ask, "viettel", "plan-items")["features"]} != {None}
    assert ask(None, "/collections/plan-items/items").status_code == 401
    assert ask("nguoidan", "/collections/plan-items/items").status_code == 403


def test_the_access_to_others_structures_is_noted(ask, ctx_of):
    items(ask, "so.khcn", "antenna_tower")

    def noted():
        with ctx_of("so.khcn", read_only=True) as ctx:
            notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "look")).all()
        return [entry for note in notes for entry in note.details["looks"] if entry["what"] == "ogc"]

    before = noted()
    assert before
    # An answer that is ready shows as much.
    items(ask, "so.khcn", "antenna_tower")
    assert len(noted()) == len(before) + 1
    assert noted()[-1]["seen"] == before[-1]["seen"]
