"""What the writes of exports need."""

from __future__ import annotations

from dataclasses import dataclass

from registry.kernel.exports.dataset import FileFormat


@dataclass(frozen=True)
class RequestExport:
    """A file of a list under a filter (pairs of its address), in the language of who asks."""

    list_code: str
    file_format: FileFormat
    arguments: tuple[tuple[str, str], ...]
    language: str
    #: Lists of which one person may have one file in the making, all of them together.
    one_at_a_time: frozenset[str] = frozenset()
