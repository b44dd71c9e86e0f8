"""URLs: cached addresses of pages and static files, and the converter of row ids."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import current_app, request, url_for
from werkzeug.routing import IntegerConverter, Map


class RowNumber(IntegerConverter):
    """Numbers in addresses are ids of rows: larger ones than the database knows are no address (404)."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:
        """The converter of Werkzeug with the largest bigint as its upper end."""
        super().__init__(map, fixed_digits, min, 2**63 - 1 if max is None else max)


#: Folder of static files whose path holds their version.
VENDORED = "vendor/"

_KNOWN: dict[tuple[str, ...], str] = {}


def fixed_url(endpoint: str) -> str:
    """The address of an endpoint without values, below wherever the application is mounted."""
    key = (request.script_root, endpoint)
    if key not in _KNOWN:
        _KNOWN[key] = url_for(endpoint)
    return _KNOWN[key]


def static_url(filename: str) -> str:
    """The address of a static file, which changes when the file does: browsers ask for it only once."""
    folder = str(current_app.static_folder)
    key = (request.script_root, folder, filename)
    if key not in _KNOWN:
        release = "" if filename.startswith(VENDORED) else f"{release_of(folder)}/"
        _KNOWN[key] = url_for("static", filename=release + filename)
    return _KNOWN[key]


@cache
def release_of(folder: str) -> str:
    """The release of the program's own static files: a digest of all, for scripts name each other by relative paths."""
    digest = sha256()
    for path in sorted(Path(folder).rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not name.startswith(VENDORED):
            digest.update(f"{name}\0".encode() + sha256(path.read_bytes()).digest())
    return f"r{digest.hexdigest()[:16]}"
