"""Workbooks and GeoJSON of the Open Fibre Data Standard 0.3: which table is which, and shorter column names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

NODES: Final = "ofds.nodes"
SPANS: Final = "ofds.spans"
_PREFIX: Final = re.compile(r"(nodes|spans)/0/")
_ROLES: Final = {"nodes": NODES, "spans": SPANS}
#: Columns that only nodes or only spans have, as GeoJSON and flattened workbooks write them.
_OF_NODES: Final = frozenset({"accesspoint", "power", "internationalconnections"})
_OF_SPANS: Final = frozenset({"start", "end", "transmissionmedium", "fibretype", "fibrecount", "darkfibre", "directed"})
_BOTH: Final = frozenset({"phase", "physicalinfrastructureprovider", "networkproviders", "network", "status"})
_FEWEST: Final = 2


def role_of(name: str, header: Sequence[str]) -> str:
    """ "ofds.nodes", "ofds.spans" or nothing, by the prefix of the columns, else by the columns themselves."""
    prefixes = {match[1] for word in header if (match := _PREFIX.match(word))}
    if len(prefixes) == 1:
        return _ROLES[prefixes.pop()]
    roots = {re.split(r"[/.]", word, maxsplit=1)[0].lower() for word in header}
    if len(roots & _BOTH) < _FEWEST:
        return ""
    if len(roots & _OF_SPANS) >= _FEWEST:
        return SPANS
    return NODES if roots & _OF_NODES or name.lower() == "nodes" else ""


def short_words(header: Sequence[str]) -> list[str]:
    """ "nodes/0/name" is name, and what belongs to the network as a whole says so."""
    if not any(_PREFIX.match(word) for word in header):
        return list(header)
    return [
        _PREFIX.sub("", word) if _PREFIX.match(word) else f"network/{word}" if word.strip() else "" for word in header
    ]
