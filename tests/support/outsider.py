"""An outsider who asks everything that the public pages answer, and remembers all answers."""

import gzip
import logging
import re
from contextlib import contextmanager
from math import asinh, pi, radians, tan
from urllib.parse import urlencode

from registry.structures.codes import Condition, SharingStatus, Status

#: What differs from answer to answer without telling anything: tokens, signed cursors, ids of requests.
_CHANGING = re.compile(
    r'name="(?:csrf_token|request_key)"[^>]*>|X-CSRFToken": "[^"]*"|cursor=[\w.%-]+|\b[0-9a-f]{32}\b'
    r"|(?:ghi nhận đến|Lập lúc) \d\d/\d\d/\d{4} \d\d:\d\d(?::\d\d)?"
)
#: Halvings of a degree until 1e-7.
HALVINGS = 24
#: What hidden structures are in the one world or in the other.
EITHER = {
    "status": (Status.ACTIVE, Status.SUSPENDED),
    "sharing_status": (SharingStatus.NOT_ASSESSED, SharingStatus.NOT_SHAREABLE),
    "condition": (Condition.GOOD, Condition.DANGEROUS),
}


#: Twenty centimetres, in degrees.
_HAND = 2e-6


def box_around(lon, lat):
    """West, south, east, north of ten kilometres around a place."""
    return [lon - 0.05, lat - 0.05, lon + 0.05, lat + 0.05]


def tile_at(lon, lat, zoom):
    """Column and row of the tile of a place, by the Web Mercator formulas."""
    side = 2**zoom
    return int((lon + 180) / 360 * side), int((1 - asinh(tan(radians(lat))) / pi) / 2 * side)


def words_of(answer):
    """What an answer says without tokens, and where it leads."""
    body = answer.data
    if answer.headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    return _CHANGING.sub("", body.decode("utf-8", "replace")) + answer.headers.get("Location", "")


@contextmanager
def failures(app):
    """The unexpected errors of the requests within the block, by type and first words."""
    errors, handler = [], logging.Handler()
    handler.emit = lambda record: errors.append(f"{record.exc_info[0].__name__}: {record.exc_info[1]}"[:300])
    handler.addFilter(lambda record: bool(record.exc_info))
    app.logger.addHandler(handler)
    try:
        yield errors
    finally:
        app.logger.removeHandler(handler)


class Outsider:
    """Asks by HTTP as one of the cast, always `at` the same time; `transcript` holds every address with its answer.

    A sparing one asks each kind of question fewer times: boxes that end just here or there instead of bisections,
    fewer values of a filter, centres, words and tiles.
    """

    def __init__(self, client, code, kind, at=None, halvings=HALVINGS, *, is_sparing=False):
        self.client = client
        self.halvings = halvings
        self.is_sparing = is_sparing
        self.code = code
        self.kind = kind
        self.at = at or {}
        self.transcript = {}

    @property
    def precision(self):
        """How near bisection comes to an edge, in degrees."""
        return max(0.11 / 2**self.halvings, 1e-6)

    def get(self, address):
        """The answer in words: status, what a page says without tokens, where it leads."""
        if self.at:
            address += ("&" if "?" in address else "?") + urlencode(self.at)
        with failures(self.client.application) as errors, self.client.get(address) as answer:
            told = words_of(answer)
        assert answer.status_code < 500, f"{address}: {answer.status_code}, {errors}"
        self.transcript[address] = (answer.status_code, answer.headers.get("ETag", ""), told)
        return told

    def listed(self, **query):
        """Whether the list under a filter names the structure."""
        return f">{self.code}<" in re.sub(r"\s*([<>])\s*", r"\1", self.get("/structures?" + urlencode(query)))

    def edge(self, lon, lat, side):
        """One side of the smallest box that still shows the structure, by bisection (0 west, 1 south, 2 east, 3 north).

        The box reaches 0.05 degrees (5 km) the other ways; the side searched moves between there and the far end.
        """
        box = box_around(lon, lat)
        shows, hides = box[side], box[(side + 2) % 4]
        for _step in range(self.halvings):
            middle = (shows + hides) / 2
            if self.is_in([*box[:side], middle, *box[side + 1 :]]):
                shows = middle
            else:
                hides = middle
        return shows

    def is_in(self, box, *, on_page=True):
        """Whether a box shows the structure; programs are told what the page says, or nothing."""
        asked = ",".join(f"{value:.8f}" for value in box)
        told = self.get("/api/structures?" + urlencode({"bbox": asked}))
        is_there, is_answered = f'"{self.code}"' in told, '"features"' in told
        if is_answered and not on_page:
            return is_there
        listed = self.listed(bbox=asked)
        assert is_there == (listed and is_answered), asked
        return listed

    def wrong_boxes(self, lon, lat, extent, places):
        """The boxes around a place that show the structure though they end before its extent, or hide it.

        Each side moves to just before and just behind the nearest side of the extent, and each of `places`.
        """
        wrong, box = [], box_around(lon, lat)
        for side in range(4):
            nearest = extent[(side + 2) % 4]
            for middle in (nearest, *(position[side % 2] for position in places)):
                for edge in (middle - _HAND, middle + _HAND):
                    tried = [*box[:side], edge, *box[side + 1 :]]
                    if self.is_in(tried, on_page=middle == nearest) != ((edge < nearest) == (side < 2)):
                        wrong.append(tried)
        return wrong

    def ask_near(self, lon, lat):
        """How far the structure is from four places around, to the metre, and whether it has room."""
        centres = ((-0.03, 0), (0, -0.03), (0.03, 0), (0.01, 0.02))
        for west, south in centres[3:] if self.is_sparing else centres:
            least, most = 50, 5000
            while least < (most - 100 if self.is_sparing else most):
                middle = (least + most) // 2
                if self.listed(near=f"{lat + south:.7f},{lon + west:.7f}", within=middle):
                    most = middle
                else:
                    least = middle + 1
        self.listed(room=1)

    def ask_filters(self, units, owners):
        """Every filter that could tell an attribute."""
        for unit in units:
            self.listed(unit=unit)
        for owner in owners:
            self.listed(owner=owner)
        for name, choices in (("status", Status), ("sharing_status", SharingStatus), ("condition", Condition)):
            for member in EITHER[name] if self.is_sparing else choices:
                self.listed(**{name: member.value})
        for flag in ("is_urban", "is_public_asset"):
            for value in ("true", "false"):
                self.listed(**{flag: value})
        least, most = 1.0, 350.0
        for _step in range(5 if self.is_sparing else 12):
            middle = round((least + most) / 2, 3)
            if self.listed(kind=self.kind, height_m_min=middle):
                least = middle
            else:
                most = middle

    def ask_words(self, words):
        """Search by words and by growing prefixes of them."""
        for word in words:
            for length in (5, len(word)) if self.is_sparing else (2, 5, 8, len(word)):
                if not self.is_sparing or length == len(word):
                    self.listed(q=word[:length])
                self.get("/search?" + urlencode({"q": word[:length]}))
            # With two letters changed places, as a hand that hurries types them.
            self.get("/search?" + urlencode({"q": word[:-2] + word[:-3:-1]}))

    def ask_orders(self):
        """Every order, forwards and backwards, page by page."""
        for sort in ("code", "name", "updated_at"):
            for order in ("asc", "desc"):
                for kind in (self.kind,) if self.is_sparing else ("", self.kind):
                    self.get("/structures?" + urlencode({"sort": sort, "order": order, "kind": kind}))

    def ask_tiles(self, lon, lat):
        """The tiles around a place, of the world, the province, the town, the street."""
        zooms = (0, 11, 14, 16) if self.is_sparing else (0, 6, 9, 11, 13, 14, 15, 16, 18)
        for zoom in zooms:
            x, y = tile_at(lon, lat, zoom)
            for dx, dy in ((0, 0),) if self.is_sparing else ((0, 0), (1, 0), (0, 1), (-1, -1)):
                if 0 <= x + dx < 2**zoom and 0 <= y + dy < 2**zoom:
                    self.get(f"/structures/tiles/{zoom}/{x + dx}/{y + dy}.mvt")
                    self.get(f"/structures/tiles/{zoom}/{x + dx}/{y + dy}.mvt?kind={self.kind}&status=active")
                    # Not from the stored counts: clusters of any filter stand at the mean of what is seen.
                    box = f"{lon - 1},{lat - 1},{lon + 1},{lat + 1}"
                    self.get(f"/structures/tiles/{zoom}/{x + dx}/{y + dy}.mvt?kind={self.kind}&bbox={box}")
