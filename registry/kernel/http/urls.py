"""URLs: cached addresses of pages and static files (building one takes 20 microseconds), converters of numbers."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import current_app, request, url_for
from werkzeug.routing import IntegerConverter, Map


class RowNumber(IntegerConverter):
    """Converter for ids in URLs: numbers above the largest bigint do not match (404)."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:
        super().__init__(map, fixed_digits, min, 2**63 - 1 if max is None else max)


class Year(IntegerConverter):
    """Converter for years in URLs: columns of years hold four digits, others do not match (404)."""

    def __init__(self, map: Map, fixed_digits: int = 0, min: int | None = None, max: int | None = None) -> None:
        super().__init__(map, fixed_digits, min, 9999 if max is None else max)


#: Folder of static files whose path holds their version.
VENDORED = "vendor/"

_CACHE: dict[tuple[str, ...], str] = {}
_MODULES: dict[tuple[str, ...], tuple[str, ...]] = {}
#: A script that another one imports before it runs; `import()` within a function is not at the start of a line.
_IMPORTED = re.compile(r'^(?:import|export)\b(?:[^";]*\bfrom)? *"(\.[^"]+)";$', re.MULTILINE)


def fixed_url(endpoint: str) -> str:
    """The URL of an endpoint without arguments, below the mount point of the application."""
    key = (request.script_root, endpoint)
    if key not in _CACHE:
        _CACHE[key] = url_for(endpoint)
    return _CACHE[key]


def static_url(filename: str) -> str:
    """The URL of a static file; it changes with the content, so that browsers may cache it forever."""
    folder = str(current_app.static_folder)
    key = (request.script_root, folder, filename)
    if key not in _CACHE:
        release = "" if filename.startswith(VENDORED) else f"{release_of(folder)}/"
        _CACHE[key] = url_for("static", filename=release + filename)
    return _CACHE[key]


def module_urls(filename: str) -> tuple[str, ...]:
    """The URLs that a browser needs before a script runs: its own, what it imports, and what those import.

    A page names them all (`modulepreload`), so that a browser asks for them at once; it would find them one import
    after the other. Vendored libraries, which are the largest, come first.
    """
    folder = str(current_app.static_folder)
    key = (request.script_root, folder, filename)
    if key not in _MODULES:
        _MODULES[key] = tuple(static_url(name) for name in _modules_of(Path(folder), filename))
    return _MODULES[key]


def _modules_of(folder: Path, filename: str) -> list[str]:
    modules: dict[str, None] = {}
    waiting = [filename]
    while waiting:
        name = waiting.pop(0)
        if name in modules:
            continue
        modules[name] = None
        if not name.startswith(VENDORED):
            text = (folder / name).read_text(encoding="utf-8")
            waiting += [_resolved(name, imported) for imported in _IMPORTED.findall(text)]
    return sorted(modules, key=lambda name: not name.startswith(VENDORED))


def _resolved(name: str, imported: str) -> str:
    """The static file that a script of ours imports by a relative path.

    A browser resolves the path below the name of the release, where scripts stand and vendored files do not.
    """
    return posixpath.normpath(posixpath.join("release", posixpath.dirname(name), imported)).removeprefix("release/")


@cache
def release_of(folder: str) -> str:
    """A digest of all static files of the program, and of the style sheets of its features.

    Of all, because scripts import each other by relative paths.
    """
    digest, root = sha256(), Path(folder)
    own = [path for path in root.rglob("*") if not path.relative_to(root).as_posix().startswith(VENDORED)]
    for path in sorted([*own, *root.parent.glob("*/*.css")]):
        if path.is_file():
            digest.update(f"{path.relative_to(root.parent).as_posix()}\0".encode() + sha256(path.read_bytes()).digest())
    return f"r{digest.hexdigest()[:16]}"
