"""Pages of a box, which are in the order of places, hold what a filter of the same box finds, for whoever asks."""

import random
from urllib.parse import parse_qs, urlsplit

import pytest

from registry.structures.commands import EditStructure
from registry.structures.models import Structure
from registry.structures.writing import edit_structure
from tests.support import ogc, shared
from tests.support.many import BOX, fill
from tests.support.ogc import items

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
register, ask, _drawn = ogc.fixtures()
#: All of the province, what is settled, and boxes that hold nothing to some hundreds.
WHOLE = (104, 19, 107, 21)


@pytest.fixture(scope="module", autouse=True)
def many(ctx_of):
    with ctx_of("so.khcn") as ctx:
        fill(ctx, 1_300)


def boxes():
    chance = random.Random(58)  # noqa: S311 - repeatable, not secret
    for side in (0.02, 0.1, 0.1, 0.3):
        west, south = chance.uniform(BOX[0], BOX[2]), chance.uniform(BOX[1], BOX[3])
        yield (west, south, west + side, south + side * chance.uniform(0.2, 2))


def text_of(box):
    return ",".join(f"{side:.5f}" for side in box)


def pages_of(ask, name, limit, collection, box):
    arguments, pages = {"bbox": text_of(box), "limit": limit}, []
    while True:
        pages.append(items(ask, name, collection, **arguments))
        following = [link["href"] for link in pages[-1]["links"] if link["rel"] == "next"]
        if not following:
            return pages
        arguments = {key: values[0] for key, values in parse_qs(urlsplit(following[0]).query).items()}


@pytest.mark.parametrize("name", ["viettel", "so.khcn", "ubnd.xa", "nguoidan", None])
@pytest.mark.parametrize("box", [WHOLE, *boxes()], ids=text_of)
@pytest.mark.parametrize(("collection", "limit"), [("structures", 83), ("cable_pole", 61)])
def test_the_pages_of_a_box_hold_each_feature_of_it_once(ask, name, collection, limit, box):
    pages = pages_of(ask, name, limit, collection, box)
    features = [feature for page in pages for feature in page["features"]]
    whole = items(ask, name, collection, limit=10_000, filter=f"S_INTERSECTS(geometry, BBOX({text_of(box)}))")
    assert sorted(features, key=lambda feature: feature["id"]) == whole["features"]
    assert {page["numberMatched"] for page in pages} == {whole["numberMatched"]}
    large = items(ask, name, collection, limit=10_000, bbox=text_of(box))
    assert large["features"] == features


def test_a_large_page_of_a_box_is_followed_where_it_ends(ask):
    pages = pages_of(ask, "viettel", 1_100, "structures", WHOLE)
    ids = [feature["id"] for page in pages for feature in page["features"]]
    assert pages[0]["numberReturned"] == 1_100
    assert len(ids) == len(set(ids)) == pages[0]["numberMatched"] > 1_100


def test_a_page_is_followed_from_a_feature_that_the_reader_sees_exactly_no_more(ask, ctx_of):
    def ask_poles(**arguments):
        return items(ask, "vnpt", "cable_pole", **arguments)

    every = ask_poles(limit=10_000, bbox=text_of(WHOLE))["features"]
    owners = [feature["properties"]["owner"] for feature in every if feature["properties"]["exact"]]
    limit = 1 + next(number for number, owner in enumerate(owners) if owner == "Viettel Thanh Hóa")
    first = ask_poles(limit=limit, bbox=text_of(WHOLE))
    last = first["features"][-1]
    with ctx_of("viettel") as ctx:
        pole = ctx.session.get_one(Structure, last["id"])
        edit_structure(ctx, EditStructure(pole.code, pole.version, {"sharing_status": "not_assessed"}))
    (following,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    arguments = {key: values[0] for key, values in parse_qs(urlsplit(following).query).items()}
    rest = ask_poles(**(arguments | {"limit": 10_000}))["features"]
    # Pages begin anew: nothing is lost.
    assert {feature["id"] for feature in rest} == {feature["id"] for feature in every}
    assert [each["properties"]["exact"] for each in rest if each["id"] == last["id"]] == [False]


def test_a_page_is_followed_with_the_box_that_it_began_with(ask):
    (following,) = [
        link["href"] for link in items(ask, None, limit=2, bbox=text_of(WHOLE))["links"] if link["rel"] == "next"
    ]
    cursor = parse_qs(urlsplit(following).query)["cursor"][0]
    for arguments in ({}, {"bbox": text_of(WHOLE), "sortby": "code"}, {"bbox": text_of(WHOLE), "filter": "code='x'"}):
        answer = ask(None, "/collections/structures/items", limit=2, cursor=cursor, **arguments)
        assert answer.status_code == 400
        assert "Trang cần mở không còn đúng" in answer.json["detail"]
