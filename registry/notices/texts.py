"""Texts of notices, by the kind of their subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final

from registry.authz.actors import Actor
from registry.kernel.clock import LOCAL_ZONE, last_day
from registry.kernel.feature import Contribution, KeyedExtensionPoint
from registry.kernel.i18n import _, format_date, format_datetime
from registry.notices.events import NOTICE_EVENTS, NoticeEvent, Standing, standing_of
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


@dataclass(frozen=True)
class Explanation:
    """What a reader is to do and by when, and why it gets the notice; "" where there is nothing to say."""

    to_do: str
    by_when: str
    why: str

    @property
    def task(self) -> str:
        """Task and last day in one sentence."""
        if self.to_do and self.by_when:
            return _("Việc cần làm: %(what)s; chậm nhất %(when)s.", what=self.to_do, when=self.by_when)
        if self.to_do:
            return _("Việc cần làm: %(what)s.", what=self.to_do)
        return _("Hạn cuối: %(when)s.", when=self.by_when) if self.by_when else ""


#: Characters of a day in ISO 8601; a moment has more.
_DAY_LENGTH: Final = 10
TextMaker = Callable[[Notice], NoticeText]
#: By the kind of the subject.
NOTICE_TEXTS = KeyedExtensionPoint[TextMaker]("notices.readers")


def notices(events: Mapping[str, NoticeEvent], read: TextMaker) -> tuple[Contribution, ...]:
    """The events of one kind of subject with the function that reads them, for `Feature.provides`."""
    subjects = {event.subject for event in events.values()}
    return NOTICE_EVENTS.of(*events.values()), NOTICE_TEXTS.named(dict.fromkeys(subjects, read))


def notice_text(notice: Notice) -> NoticeText:
    """The text of a notice; a generic one where no feature of this version knows its subject."""
    reader = NOTICE_TEXTS.get(notice.subject_kind)
    if reader is None:
        return NoticeText(_("Có một thông báo mà phiên bản này của hệ thống không đọc được."), "notices.index")
    return reader(notice)


def explain(notice: Notice, reader: Actor) -> Explanation:
    """Why a reader gets a notice, and what it is to do by when, in its language."""
    event = NOTICE_EVENTS.get(f"{notice.subject_kind}.{notice.event}")
    reached = standing_of(notice, reader)
    if event is None or reached is None:
        return Explanation("", "", "")
    standing, name = reached
    party = event.parties.get(name)
    label = str(party.label) if party is not None else ""
    if standing is Standing.ACT:
        why = _("Cần xử lý với tư cách: %(party)s.", party=label)
        is_bound = event.binds is None or event.binds(notice, name)
        return Explanation(event.task_of(notice, name), _by_when(notice) if is_bound else "", why)
    if standing is Standing.AFFECTED:
        return Explanation("", "", _("Nhận thông báo với tư cách: %(party)s.", party=label))
    return Explanation("", "", _("Theo dõi với tư cách: %(party)s.", party=label))


def _by_when(notice: Notice) -> str:
    """The last day, or the moment of a term of hours."""
    text = str(notice.params.get("by", ""))
    if not text:
        return ""
    if len(text) == _DAY_LENGTH:
        return _("hết ngày %(day)s", day=format_date(date.fromisoformat(text)))
    moment = datetime.fromisoformat(text)
    if moment.astimezone(LOCAL_ZONE).time() == time.min:
        return _("hết ngày %(day)s", day=format_date(last_day(moment)))
    return format_datetime(moment)
