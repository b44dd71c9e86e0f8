"""How notices are put into words: each kind of subject registers its reader, as the layers above know them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.kernel.i18n import _
from registry.notices.models import Notice


@dataclass(frozen=True)
class Reading:
    """A notice as one reads it: a sentence in the language of this moment, and the address of its subject.

    The sentence is all that a mail says, so that it names the number of a record and what happened, nothing more;
    `title` is shown beside it to who has signed in.
    """

    sentence: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


Reader = Callable[[Notice], Reading]
_READERS: dict[str, Reader] = {}


def register_reader(subject_kind: str, reader: Reader) -> None:
    """Say how notices about a kind of subject read; twice changes nothing."""
    _READERS[subject_kind] = reader


def read(notice: Notice) -> Reading:
    """A notice in words. One that no feature of this version can read is told as such, and stops no other."""
    reader = _READERS.get(notice.subject_kind)
    if reader is None:
        return Reading(_("Có một thông báo mà phiên bản này của hệ thống không đọc được."), "notices.index")
    return reader(notice)
