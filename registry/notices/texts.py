"""How notices read, by the kind of their subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _
from registry.notices.models import Notice


@dataclass(frozen=True)
class NoticeText:
    """A notice as one reads it: a sentence in the language of this moment, and the address of its subject.

    The sentence is all that a mail says, so that it names the number of a record and what happened, nothing more;
    `title` is shown beside it to who has signed in.
    """

    sentence: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""


TextMaker = Callable[[Notice], NoticeText]
#: By the kind of the subject.
NOTICE_TEXTS = KeyedExtensionPoint[TextMaker]("notices.readers")


def notice_text(notice: Notice) -> NoticeText:
    """A notice in words. One that no feature of this version can read is told as such, and stops no other."""
    reader = NOTICE_TEXTS.get(notice.subject_kind)
    if reader is None:
        return NoticeText(_("Có một thông báo mà phiên bản này của hệ thống không đọc được."), "notices.index")
    return reader(notice)
