"""A base map in one PMTiles file; browsers get its tiles from us and never the file."""

from __future__ import annotations

import gzip
import logging
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pmtiles.reader import Reader
from pmtiles.tile import Compression, MagicNumberNotFound, SpecVersionUnsupported, TileType

from registry.kernel.http.map_data import MVT
from registry.kernel.services import Service
from registry.kernel.text import TextRefused, normalise

#: Below DATA_DIR.
FILE: Final = "basemap.pmtiles"
_MEDIA: Final = {TileType.MVT: MVT, TileType.PNG: "image/png", TileType.JPEG: "image/jpeg", TileType.WEBP: "image/webp"}
_READABLE: Final = (Compression.NONE, Compression.GZIP)
#: What reading a damaged file raises.
_BROKEN: Final = (
    MagicNumberNotFound,
    SpecVersionUnsupported,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    EOFError,
    OSError,
    zlib.error,
    struct.error,
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ArchiveInfo:
    """The header and metadata of a file, as far as maps need them."""

    media_type: str
    min_zoom: int
    max_zoom: int
    attribution: str
    #: Changes whenever the file changes.
    version: int


class Archive:
    """The PMTiles file of an installation; it may appear, change and disappear while the program runs."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def info(self) -> ArchiveInfo | None:
        """None where there is no file, or none that can be read (logged)."""
        if not self._path.is_file():
            return None
        try:
            with self._reader() as reader:
                header, metadata = reader.header(), reader.metadata()
                if header["tile_type"] not in _MEDIA or header["tile_compression"] not in _READABLE:
                    _log.warning("%s holds tiles that are neither vector tiles nor images", self._path)
                    return None
                return ArchiveInfo(
                    _MEDIA[header["tile_type"]],
                    header["min_zoom"],
                    header["max_zoom"],
                    _plain(metadata.get("attribution")),
                    self._path.stat().st_mtime_ns,
                )
        except _BROKEN as error:
            _log.warning("%s cannot be read: %r", self._path, error)
            return None

    def tile(self, zoom: int, x: int, y: int) -> bytes:
        """The uncompressed bytes of a tile; empty where the file has none."""
        try:
            with self._reader() as reader:
                compressed = reader.get(zoom, x, y) or b""
                if compressed and reader.header()["tile_compression"] is Compression.GZIP:
                    return gzip.decompress(compressed)
                return bytes(compressed)
        except _BROKEN as error:
            _log.warning("%s cannot be read: %r", self._path, error)
            return b""

    @contextmanager
    def _reader(self) -> Iterator[Reader]:
        with self._path.open("rb") as file:

            def read(offset: int, length: int) -> bytes:
                return os.pread(file.fileno(), length, offset)

            yield Reader(read)


ARCHIVE = Service[Archive]("registry.basemap_archive")


def _plain(text: object) -> str:
    """An attribution as plain text: these files often carry links, and maps show text only."""
    try:
        return normalise("".join(part.split(">", 1)[-1] for part in text.split("<"))) if isinstance(text, str) else ""
    except TextRefused:
        return ""
