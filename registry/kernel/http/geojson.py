"""GeoJSON answers (RFC 7946) for programs; the shapes are put in as the database wrote them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from flask import Response

TYPE: Final = "application/geo+json"
#: Words of closed lists and dates as what they say.
_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str)


class Feature(NamedTuple):
    """One thing on the map: `geometry` is GeoJSON as text."""

    id: int
    geometry: str
    properties: Mapping[str, Any]


def collection(features: Iterable[Feature], members: Mapping[str, Any]) -> Response:
    """A FeatureCollection with further members of its own beside the features, as an answer."""
    return geojson_answer(collection_data(features, members))


def geojson_answer(data: bytes) -> Response:
    """The answer that carries a FeatureCollection."""
    return Response(data, mimetype=TYPE)


def collection_data(features: Iterable[Feature], members: Mapping[str, Any]) -> bytes:
    """The same collection, to be kept."""
    told = ",".join(
        f'{{"type":"Feature","id":{int(one.id)},"geometry":{one.geometry},"properties":{_text(one.properties)}}}'
        for one in features
    )
    rest = _text({"type": "FeatureCollection", **members})[:-1]
    return f'{rest},"features":[{told}]}}'.encode()


def _text(value: Mapping[str, Any]) -> str:
    return _WRITER.encode(value)
