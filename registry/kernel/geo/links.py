"""Places in what map programs copy: `geo:` addresses (RFC 5870) and links of Google Maps, OpenStreetMap and Apple."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs, unquote, unquote_plus, urlsplit

_LONGEST: Final = 2_000
_NUMBER: Final = r"[+-]?\d{1,3}(?:\.\d{1,15})?"
_PAIR: Final = re.compile(rf"\s*(?:loc:)?({_NUMBER})\s*,\s*({_NUMBER})(?![\d.])")
#: The place itself before the middle of the window, which may be elsewhere.
_IN_PATH: Final = (
    re.compile(rf"!3d({_NUMBER})!4d({_NUMBER})(?![\d.])"),
    re.compile(rf"/(?:search|place|dir)/(?:[^@]*/)?({_NUMBER})\s*,\s*({_NUMBER})(?![\d.])"),
    re.compile(rf"/@({_NUMBER}),({_NUMBER})(?![\d.])"),
)
_OF_WINDOW: Final = re.compile(rf"map=\d{{1,2}}(?:\.\d+)?/({_NUMBER})/({_NUMBER})(?![\d.])")
#: Arguments that hold "latitude,longitude".
_ARGUMENTS: Final = ("q", "query", "ll", "daddr", "destination", "center", "sll")


def place_in_link(text: str) -> str | None:
    """Latitude and longitude of a link, as one text in degrees; None where it is no link or says no place."""
    link = text.strip()
    if len(link) > _LONGEST or re.search(r"\s", link):
        return None
    if link[:4].lower() == "geo:":
        return _pair(_PAIR.match(link[4:]))
    if not re.match(r"https?://", link, re.IGNORECASE):
        return None
    try:
        parts = urlsplit(link)
        arguments = parse_qs(parts.query)
    except ValueError:
        return None
    marked = [f"{lat[0]},{lon[0]}" for lat, lon in [(arguments.get("mlat"), arguments.get("mlon"))] if lat and lon]
    path = unquote_plus(parts.path)
    found = [
        *(_PAIR.match(value) for value in marked),
        *(pattern.search(path) for pattern in _IN_PATH[:1]),
        *(_PAIR.match(value) for name in _ARGUMENTS for value in arguments.get(name, ())),
        *(pattern.search(path) for pattern in _IN_PATH[1:]),
        _OF_WINDOW.search(unquote(parts.fragment)),
    ]
    return next((pair for match in found if (pair := _pair(match)) is not None), None)


def _pair(match: re.Match[str] | None) -> str | None:
    return f"{match[1]}, {match[2]}" if match else None
