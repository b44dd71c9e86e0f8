"""Texts of notices, by the kind of their subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _
from registry.notices.models import Notice


@dataclass(frozen=True)
class NoticeLink:
    """A page by its name in the reader's language."""

    label: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class NoticeText:
    """A notice as text: a sentence in the reader's language, and the page of its subject.

    A mail contains only the sentence: the number of a record and what happened. `title` is shown to signed-in readers.
    `links` are further pages that a mail lists by name.
    """

    sentence: str
    endpoint: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    links: Sequence[NoticeLink] = ()


TextMaker = Callable[[Notice], NoticeText]
#: By the kind of the subject.
NOTICE_TEXTS = KeyedExtensionPoint[TextMaker]("notices.readers")


def notice_text(notice: Notice) -> NoticeText:
    """The text of a notice; a generic one where no feature of this version knows its subject."""
    reader = NOTICE_TEXTS.get(notice.subject_kind)
    if reader is None:
        return NoticeText(_("Có một thông báo mà phiên bản này của hệ thống không đọc được."), "notices.index")
    return reader(notice)
