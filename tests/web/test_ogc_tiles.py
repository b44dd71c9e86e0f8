"""OGC API Tiles: the tiles of the map by collection, their TileJSON and styles, for those who may read them."""

import json
import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import url_for

from config.settings import CHECKOUT
from registry.access_tokens.commands import IssueToken
from registry.access_tokens.rules import token_text
from registry.access_tokens.service import issue_token
from registry.ogc.sources import every_collection
from tests.support import ogc, shared
from tests.support.ogc import MEMBERS

database, app, ctx_of, client_of, taken_back = shared.fixtures("module")
register, ask, drawn = ogc.fixtures()


def test_tiles_are_those_of_the_map_with_tilejson_and_style(ask, client_of):
    metadata = ask("viettel", "/collections/structures/tiles/WebMercatorQuad", f="tilejson").json
    address = metadata["tiles"][0].format(z=7, y=57, x=101)
    client = client_of("viettel")
    tile, of_map = client.get(address), client.get("/structures/tiles/7/101/57.mvt")
    assert tile.status_code == of_map.status_code == 200
    assert tile.data == of_map.data
    style = json.loads(ask(None, "/styles/structures").data)
    assert_draws(style, metadata)
    assert ask(None, "/tileMatrixSets/WebMercatorQuad").json["tileMatrices"][0]["id"] == "0"
    assert ask(None, "/collections/units/tiles").status_code == 404


def colours_in(paint):
    """All texts of a paint that are colours."""
    if isinstance(paint, str):
        return {paint} if paint.startswith("#") else set()
    values = paint.values() if isinstance(paint, dict) else paint if isinstance(paint, list) else ()
    return set().union(*(colours_in(value) for value in values))


def assert_draws(style, metadata):
    """A style is one of MapLibre, draws each layer of the tiles and no other, in colours of the map."""
    symbols = (CHECKOUT / "registry" / "static" / "map" / "symbols.svg").read_text(encoding="utf-8")
    allowed = set(re.findall(r"#[0-9a-fA-F]{3,6}\b", symbols))
    (source,) = style["sources"]
    assert style["version"] == 8
    assert style["sources"][source]["type"] == "vector"
    assert metadata["style"].endswith(f"/ogc/styles/{source}")
    assert len({layer["id"] for layer in style["layers"]}) == len(style["layers"])
    for layer in style["layers"]:
        assert layer["type"] in {"fill", "line", "circle"}
        assert layer["source"] == source
        assert all(name.startswith(layer["type"]) for name in layer["paint"])
        assert colours_in(layer["paint"]) <= allowed
        assert colours_in(layer["paint"].get(f"{layer['type']}-color")) - {"#fff", "#ffffff"}
    of_tiles = {layer["id"] for layer in metadata["vector_layers"]}
    assert {layer["source-layer"] for layer in style["layers"]} == of_tiles


@pytest.mark.parametrize("name", MEMBERS)
def test_a_tile_of_a_collection_is_that_of_its_layer_of_the_map(ask, app, client_of, drawn, name):
    assert {layer.collection for layer in drawn} <= set(every_collection())
    assert {"violations", "route-items", "street-rules"} <= {layer.collection for layer in drawn}
    client = client_of(name) if name else app.test_client()
    for layer in drawn:
        with app.test_request_context():
            address = url_for(layer.tiles, zoom=8, x=203, y=113)
        of_map = client.get(address)
        tile = ask(name, f"/collections/{layer.collection}/tiles/WebMercatorQuad/8/113/203")
        sets = ask(name, f"/collections/{layer.collection}/tiles")
        expected = {302: 401}.get(of_map.status_code, of_map.status_code)
        assert (tile.status_code, sets.status_code) == (expected, expected), layer.code
        if expected == 200:
            assert tile.data == of_map.data
        elif expected == 401:
            assert "WWW-Authenticate" in tile.headers


def test_tiles_of_cases_hold_what_their_readers_may_see(ask, drawn):
    def size(name, collection):
        return len(ask(name, f"/collections/{collection}/tiles/WebMercatorQuad/8/113/203").data)

    for layer in drawn:
        assert size("so.khcn", layer.collection) > 60, layer.code
    # A rival reads no case of others, an operator no street that a commune has not sent.
    assert size("viettel", "violations") < size("so.khcn", "violations")
    assert size("vnpt", "route-items") < size("ubnd.xa", "route-items")


def test_tiles_of_a_collection_have_tilejson_and_are_linked_for_those_who_may_read_them(ask, drawn):
    for layer in drawn:
        metadata = ask("so.khcn", f"/collections/{layer.collection}/tiles/WebMercatorQuad", f="tilejson").json
        assert [each["id"] for each in metadata["vector_layers"]] == [layer.code]
        address = urlsplit(metadata["tiles"][0].format(z=8, y=113, x=203)).path.removeprefix("/ogc")
        assert ask("so.khcn", address).status_code == 200
    rels = {
        name: [link["rel"] for link in ask(name, "/collections/street-rules").json["links"]]
        for name in ("so.khcn", None)
    }
    assert [any("tilesets-vector" in rel for rel in rels[name]) for name in ("so.khcn", None)] == [True, False]


def test_each_layer_has_a_style_for_everyone(ask, drawn):
    for layer in drawn:
        metadata = ask("so.khcn", f"/collections/{layer.collection}/tiles/WebMercatorQuad", f="tilejson").json
        answer = ask("so.khcn", f"/styles/{layer.collection}")
        assert answer.mimetype == "application/vnd.mapbox.style+json"
        style = json.loads(answer.data)
        assert_draws(style, metadata)
        looks = {look for each in style["layers"] for look in layer.looks if look in json.dumps(each["filter"])}
        assert looks == set(layer.looks)
        assert ask(None, f"/styles/{layer.collection}").json == style
    assert ask(None, "/styles/units").status_code == 404


def test_a_tile_of_a_collection_takes_no_filter_of_structures(ask, drawn):
    answer = ask("so.khcn", "/collections/violations/tiles/WebMercatorQuad/8/113/203", kind="antenna_tower")
    assert (answer.status_code, list(answer.json["errors"])) == (400, ["kind"])


@pytest.mark.parametrize(("scope", "readable"), [("violations", {"violations"}), ("structures", set())])
def test_a_token_reads_the_tiles_of_its_scopes(app, ctx_of, drawn, scope, readable):
    text = token_text(f"{scope:x<40}")
    with ctx_of("so.khcn") as ctx:
        issue_token(ctx, IssueToken(text, scope, (scope,), ctx.today + timedelta(days=30)))
    client = app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {text}"}
    answers = {
        layer.collection: client.get(
            f"/ogc/collections/{layer.collection}/tiles/WebMercatorQuad/8/113/203", headers=headers
        ).status_code
        for layer in drawn
    }
    assert answers == {code: 200 if code in readable else 403 for code in answers}
