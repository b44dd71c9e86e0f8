"""Questions about places of hidden structures, route by route, and a rival who remembers every answer."""

import re
from functools import cached_property

from tests.support.hidden_answers import ASKED
from tests.support.hidden_world import KIND
from tests.support.outsider import Outsider, tile_at, words_of
from tests.support.uploads import token_in

#: Words that change with each answer and tell nothing of structures.
CHANGING = re.compile(r'name="version"[^>]*>|đã hỏi \d+ lần|\d\d/\d\d/\d{4} \d\d:\d\d(:\d\d)?|\b\d+ (giây|phút) trước')


class Rival(Outsider):
    """Remembers answers without what changes by itself."""

    def get(self, address):
        """The answer in words."""
        told = super().get(address)
        status, _etag, page = self.transcript[address]
        self.transcript[address] = (status, "", CHANGING.sub("", page))
        return told

    def post(self, address, data):
        """Send a form and remember the answer."""
        with self.client.post(address, data=data | {"csrf_token": self.token}) as answer:
            said = CHANGING.sub("", words_of(answer))
        self.transcript[f"POST {address}"] = (answer.status_code, "", said)

    @cached_property
    def token(self):
        """A token of the session, from a page that has a form."""
        return token_in(self.client.get("/account"))


def boxes(place):
    """A box that ends just east of a place, and one that ends just short of it in the north."""
    lon, lat = place
    yield {"west": lon - 0.03, "south": lat - 0.03, "east": lon + 1e-6, "north": lat + 0.03}
    yield {"west": lon - 0.03, "south": lat - 0.03, "east": lon + 0.03, "north": lat - 1e-6}


def addresses(app, endpoint, given, place, *, in_turn):
    """Every address of an endpoint for a place: its arguments and queries filled in, the boxes by turns if need be."""
    adapter = app.url_map.bind("localhost")
    lon, lat = place
    for rule in app.url_map.iter_rules(endpoint):
        if "GET" not in rule.methods:
            continue
        # Clusters of few and of many squares, structures one by one, those alone in a tile.
        zooms = (15,) if endpoint != "structures.tile_of" else (12, 14) if in_turn else (8, 12, 14, 17)
        for zoom in zooms:
            x, y = tile_at(lon, lat, zoom)
            arguments = given | {"zoom": zoom, "x": x, "y": y, "list_code": "structures", "file_format": "csv"}
            base = adapter.build(endpoint, {name: arguments.get(name, 1) for name in rule.arguments})
            for turn, query in enumerate(ASKED[endpoint]):
                both = tuple(boxes(place))
                for box in both if "{west}" in query and not in_turn else (both[turn % 2],):
                    filled = query.format(lat=f"{lat:.7f}", lon=f"{lon:.7f}", **given, **box)
                    yield f"{base}?{filled}" if filled else base


def given_of(each):
    """The arguments of routes that are about one structure."""
    named = {"code": each.code, "id": each.id, "structure_id": each.id, "subject_id": each.id}
    named |= {"indicator": "kpi_bts_shared_position"}
    return named | {"subject_kind": "structure", "kind": KIND, "token": "x", "label": "x"}
