"""Questions about unpublished structures of other owners: answered with yes or no for public cells, counted by the day.

One daily quota of an organisation serves all such questions of the product. Each answer, a no too, is logged with its
number; an owner is notified when many answers of one organisation concern it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from sqlalchemy import any_, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_answer
from registry.audit.chain import record
from registry.audit.queries import count_questions, frequent_askers
from registry.authz.actors import Ctx
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _n
from registry.notices.models import Notice
from registry.notices.service import Audience, notify
from registry.notices.texts import NoticeText

#: Setting: questions of an organisation a day.
A_DAY: Final = "position.questions_a_day"
#: Setting: number of questions of one organisation a day from which an owner concerned is notified.
NOTIFIED_FROM: Final = "position.questions_notified_from"
#: Subject of the notices; its id is that of the organisation that asks.
KIND: Final = "position_questions"
_MANY: Final = "many"


@dataclass(frozen=True)
class Question:
    """The next question of the actor's organisation: how many it asked today, and how many a day allows."""

    asked: int
    most: int

    @property
    def number(self) -> int:
        """Its number among the questions of the day."""
        return self.asked + 1

    @property
    def is_refused(self) -> bool:
        """Whether the quota of the day is used up."""
        return self.asked >= self.most

    def answer(self, ctx: Ctx, what: str, owners: Iterable[int], *, cells: int, **details: int) -> None:
        """Log the answer: yes for so many cells, which contain structures of `owners`."""
        log_answer(ctx, what, owners, number=self.number, cells=cells, **details)


def next_question(ctx: Ctx) -> Question:
    """The question that the actor is about to ask; the caller logs its answer, or gives none where it is refused."""
    return Question(count_questions(ctx, _midnight(ctx)), int(setting(ctx.session, A_DAY, ctx.today)))


def notify_owners(ctx: Ctx) -> int:
    """Notify owners that many questions of one organisation concern today, once a day; the number of notices."""
    least = int(setting(ctx.session, NOTIFIED_FROM, ctx.today))
    sent = 0
    for row in frequent_askers(ctx, _midnight(ctx), least):
        notified = select(Notice.id).where(
            Notice.subject_kind == KIND,
            Notice.subject_id == row.asker,
            any_(Notice.organisation_ids) == row.owner,
            Notice.created_at >= _midnight(ctx),
        )
        if ctx.session.scalar(notified.limit(1)) is not None:
            continue
        name = ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == row.asker))
        audience = Audience(organisation_ids=frozenset({row.owner}))
        notify(ctx, KIND, row.asker, _MANY, audience, asker=name, asked=row.asked)
        record(ctx, "position.warn_owner", "organisation", row.owner, asker=row.asker, asked=row.asked)
        sent += 1
    return sent


def _midnight(ctx: Ctx) -> datetime:
    return datetime.combine(ctx.today, time.min, tzinfo=LOCAL_ZONE)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice to an owner; its title is the organisation that asked."""
    sentence = _n(
        "Trong ngày có một đơn vị đã hỏi %(num)d lần về nơi đơn vị bạn có công trình chưa công bố; mỗi lần chỉ được"
        " trả lời theo ô lưới và đều có trong «Lượt xem vị trí».",
        int(notice.params.get("asked", 0)),
    )
    return NoticeText(sentence, "audit.looks", title=str(notice.params.get("asker", "")))
