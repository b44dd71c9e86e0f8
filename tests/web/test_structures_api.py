"""The list as GeoJSON, for programs: the rows of the page, each once, exact or as the cells that the reader sees."""

import json
from datetime import timedelta

import pytest
from shapely.geometry import shape
from sqlalchemy import func, select, text

from registry.audit.models import AuditNote
from registry.kernel.clock import local_date, utc_now
from registry.structures import positions
from registry.structures.fastpath import compiled_lists
from registry.structures.listing import api, query
from tests.factories.structures import make, organisation_id, place_inside

READERS = ("viettel", "vnpt", "so.khcn", "kiemtra2")
#: Owner and sharing status, in the order of their codes.
MADE = (
    *[("viettel", "not_assessed"), ("vnpt", "available"), ("vnpt", "not_assessed")] * 3,
    ("pc_thanhhoa", "restricted"),
)
STEP = 0.001


@pytest.fixture
def corner(ctx_of):
    """Poles in a row; the place of the first."""
    with ctx_of("kiemtra1", read_only=True) as ctx:
        units = ctx.actor.unit_ids
    with ctx_of("so.khcn") as ctx:
        lon, lat = place_inside(ctx.session, units)
        for number, (owner, sharing) in enumerate(MADE):
            make(ctx, owner=owner, kind="cable_pole", at=(lon + number * STEP, lat), sharing_status=sharing)
    return lon, lat


def box(corner, first, last):
    """The box of some of the poles."""
    lon, lat = corner
    return f"{lon + (first - 0.1) * STEP:.6f},{lat - 0.0001:.6f},{lon + (last + 0.1) * STEP:.6f},{lat + 0.0001:.6f}"


def whole(client, address, **query):
    """The features of all pages."""
    features, visited = [], set()
    answer = client.get(address, query_string=query)
    while True:
        assert answer.status_code == 200, answer.text
        assert answer.mimetype == "application/geo+json"
        features += answer.json["features"]
        following = {link["rel"]: link["href"] for link in answer.json["links"]}.get("next")
        if following is None:
            return features
        assert following not in visited
        visited.add(following)
        answer = client.get(following)


@pytest.mark.parametrize("username", READERS)
@pytest.mark.parametrize("span", [(0, 9), (2, 5), (40, 41), None], ids=str)
def test_the_pages_hold_what_the_reader_sees_with_the_shape_that_it_sees(ctx_of, client_of, corner, username, span):
    query = {"bbox": box(corner, *span)} if span else {}
    features = whole(client_of(username), "/api/structures", limit="3", **query)
    with ctx_of(username, read_only=True) as ctx:
        readable_rows = positions.readable(ctx)
        wanted = select(
            readable_rows.c.code, readable_rows.c.exact, func.ST_AsGeoJSON(readable_rows.c.geom, 6).label("geojson")
        )
        if span:
            sides = [float(side) for side in query["bbox"].split(",")]
            wanted = wanted.where(func.ST_Intersects(readable_rows.c.geom, func.ST_MakeEnvelope(*sides, 4326)))
        # Of a box neighbours come together, what is seen exactly before what is seen as cells.
        order = (
            (readable_rows.c.exact.desc(), readable_rows.c.place, readable_rows.c.id)
            if span
            else (readable_rows.c.code,)
        )
        expected = positions.run(ctx, wanted.order_by(*order)).all()
    assert [(feature["properties"]["code"], feature["properties"]["exact"]) for feature in features] == [
        (row.code, row.exact) for row in expected
    ]
    assert [feature["geometry"] for feature in features] == [json.loads(row.geojson) for row in expected]
    assert bool(features) == (span != (40, 41))


def test_of_what_is_seen_as_cells_only_kind_and_category_are_told(client_of, corner):
    features = whole(client_of("viettel"), "/api/structures", bbox=box(corner, 0, 9))
    cells = [feature for feature in features if not feature["properties"]["exact"]]
    assert {len(feature["properties"]) for feature in cells} == {4}
    assert {tuple(feature["properties"])[0:4] for feature in cells} == {("code", "exact", "kind", "owner_category")}
    assert {shape(feature["geometry"]).geom_type for feature in cells} == {"MultiPolygon"}
    exact = next(feature["properties"] for feature in features if feature["properties"]["exact"])
    assert exact["owner"].startswith("Viettel")
    assert (exact["kind"], exact["sharing_status"]) == ("cable_pole", "not_assessed")


def test_a_look_is_noted_as_that_of_the_list(ctx_of, client_of, corner):
    assert len(whole(client_of("viettel"), "/api/structures", kind="cable_pole", sharing_status="available")) == 3
    with ctx_of("so.khcn", read_only=True) as ctx:
        notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "look")).all()
    assert [(look["what"], look["rows"]) for note in notes for look in note.details["looks"]] == [("list", 3)]


@pytest.mark.parametrize("counted_to", [3, 20])
def test_the_number_is_told_as_far_as_it_was_counted(monkeypatch, client_of, corner, counted_to):
    monkeypatch.setattr(query, "COUNTED_TO", counted_to)
    monkeypatch.setattr(compiled_lists, "_COMPILED", {})
    answer = client_of("so.khcn").get("/api/structures", query_string={"bbox": box(corner, 0, 9)}).json
    told = (answer["matched"], answer["is_more_than_counted"])
    assert told == ((3, True) if counted_to == 3 else (len(MADE), False))


def test_what_was_valid_on_a_day_is_told_as_of_then(client_of, corner):
    yesterday = (local_date(utc_now()) - timedelta(days=1)).isoformat()
    client = client_of("so.khcn")
    assert whole(client, "/api/structures", as_of=yesterday) == []
    today = whole(client, "/api/structures", limit="4", as_of=local_date(utc_now()).isoformat())
    now = whole(client, "/api/structures", limit="4")
    assert len(now) == len(MADE)
    assert [(feature["geometry"], feature["properties"]["name"]) for feature in today] == [
        (feature["geometry"], feature["properties"]["name"]) for feature in now
    ]


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ({"limit": "0"}, "limit", "1"),
        ({"limit": "1001"}, "limit", "1.000"),
        ({"limit": "x"}, "limit", "x"),
        ({"bbox": "1,2,3"}, "bbox", "1,2,3"),
        ({"kind": "castle"}, "kind", "castle"),
        ({"cursor": "forged"}, "cursor", "không còn đúng"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(client_of, query, field, words):
    answer = client_of("viettel").get("/api/structures", query_string=query)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
    assert words in str(answer.json["errors"][field])


def test_a_cursor_of_the_present_is_none_of_the_past(client_of, corner):
    client = client_of("so.khcn")
    following = client.get("/api/structures?limit=2").json["links"][0]["href"]
    assert client.get(following).status_code == 200
    assert client.get(f"{following}&as_of={local_date(utc_now()).isoformat()}").status_code == 422


def test_without_a_session_a_program_is_told_to_sign_in(public, client_of):
    answer = public.get("/api/structures")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert client_of("nguoidan").get("/api/structures").status_code == 403


@pytest.fixture
def read(monkeypatch):
    """Whose pages were really read."""
    calls, really = [], api.list_structures

    def reading(ctx, *rest, **more):
        calls.append(ctx.actor.id)
        return really(ctx, *rest, **more)

    monkeypatch.setattr(api, "list_structures", reading)
    return calls


def shown(client, corner):
    """The codes of what a reader sees exactly of all poles."""
    answer = client.get("/api/structures", query_string={"bbox": box(corner, 0, 9)})
    assert answer.status_code == 200, answer.text
    return {feature["properties"]["code"] for feature in answer.json["features"] if feature["properties"]["exact"]}


def test_a_page_is_read_once_until_something_changes_and_each_time_it_is_a_look(ctx_of, client_of, corner, read):
    client = client_of("viettel")
    first = shown(client, corner)
    assert shown(client, corner) == first
    assert len(read) == 1
    with ctx_of("so.khcn", read_only=True) as ctx:
        looks = ctx.session.scalars(select(AuditNote.details).where(AuditNote.action == "look")).all()
    assert [look["looks"][0]["what"] for look in looks] == ["list", "list"]
    assert looks[0] == looks[1]
    with ctx_of("viettel") as ctx:
        added = make(ctx, owner="viettel", kind="cable_pole", at=corner).code
    assert shown(client, corner) == first | {added}
    assert len(read) == 2


def test_another_organisation_is_never_given_a_kept_page(client_of, corner, read):
    codes_by_user = {username: shown(client_of(username), corner) for username in READERS}
    assert len(read) == len(READERS)
    assert codes_by_user["viettel"] != codes_by_user["vnpt"]
    assert codes_by_user["viettel"] < codes_by_user["so.khcn"]


def test_rights_that_end_take_the_kept_page_with_them(ctx_of, client_of, corner):
    client = client_of("viettel")
    before = shown(client, corner)
    with ctx_of("so.khcn") as ctx:
        # As a service would, but without an event: only the reader's own facts change.
        ctx.session.execute(
            text("UPDATE user_account SET organisation_id = :owner WHERE username = 'viettel'"),
            {"owner": organisation_id(ctx.session, "vnpt")},
        )
        ctx.session.execute(text("SELECT set_config('registry.touched', '', true)"))
    after = shown(client, corner)
    assert after != before
    assert after == shown(client_of("vnpt"), corner)
