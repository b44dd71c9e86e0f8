"""Questions about unpublished structures of other owners: answered with yes or no for public cells, counted by the day.

One daily quota of an organisation serves all such questions of the product; a question is reserved before it is
answered. Each answer, a no too, is logged with its number; an owner is notified when many answers of one organisation
concern it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import any_, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_answer
from registry.audit.chain import record
from registry.audit.queries import frequent_askers
from registry.audit.quotas import midnight, reserve
from registry.authz.actors import Ctx
from registry.kernel.dated_settings import setting
from registry.kernel.i18n import _l, _n
from registry.notices.events import Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

#: Setting: questions of an organisation a day.
A_DAY: Final = "position.questions_a_day"
#: Setting: number of questions of one organisation a day from which an owner concerned is notified.
NOTIFIED_FROM: Final = "position.questions_notified_from"
#: Subject of the notices; its id is that of the organisation that asks.
KIND: Final = "position_questions"
_MANY: Final = "many"
EVENTS: Final = declare_events(
    KIND,
    _l("Tra cứu vị trí chưa công bố"),
    {"owner": organisation_party(_l("Chủ sở hữu công trình"), lambda row: row.owner)},
    {_MANY: (_l("Một đơn vị tra cứu nhiều lượt trong ngày"), Recipients(affected=("owner",)))},
)


@dataclass(frozen=True)
class Question:
    """A question of the actor's organisation: its number today (None: the quota is used up), and what a day allows."""

    reserved: int | None
    most: int

    @property
    def number(self) -> int:
        """Its number among the questions of the day; of a refused one the quota."""
        return self.most if self.reserved is None else self.reserved

    @property
    def is_refused(self) -> bool:
        """Whether the quota of the day is used up."""
        return self.reserved is None

    def answer(self, ctx: Ctx, what: str, owners: Iterable[int], *, cells: int, **details: int) -> None:
        """Log the answer: yes for so many cells, which contain structures of `owners`."""
        log_answer(ctx, what, owners, number=self.number, cells=cells, **details)


def reserve_question(ctx: Ctx) -> Question:
    """Reserve the question that the actor asks; the caller logs its answer, or gives none where it is refused."""
    own = ctx.actor.organisation_id
    key = f"question:organisation:{own}" if own is not None else f"question:account:{ctx.actor.id}"
    most = int(setting(ctx.session, A_DAY, ctx.today))
    return Question(reserve(ctx, (key, most)), most)


def notify_owners(ctx: Ctx) -> int:
    """Notify owners that many questions of one organisation concern today, once a day; the number of notices."""
    least = int(setting(ctx.session, NOTIFIED_FROM, ctx.today))
    sent = 0
    for row in frequent_askers(ctx, midnight(ctx), least):
        notified = select(Notice.id).where(
            Notice.subject_kind == KIND,
            Notice.subject_id == row.asker,
            any_(Notice.organisation_ids) == row.owner,
            Notice.created_at >= midnight(ctx),
        )
        if ctx.session.scalar(notified.limit(1)) is not None:
            continue
        name = ctx.session.scalar(select(Organisation.short_name).where(Organisation.id == row.asker))
        notify(ctx, EVENTS[_MANY], row.asker, row, asker=name, asked=row.asked)
        record(ctx, "position.warn_owner", "organisation", row.owner, asker=row.asker, asked=row.asked)
        sent += 1
    return sent


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice to an owner; its title is the organisation that asked."""
    sentence = _n(
        "Trong ngày có một đơn vị đã tra cứu %(num)d lượt về nơi đơn vị có công trình chưa công bố; mỗi lượt "
        "chỉ được trả lời theo ô lưới và đều có trong “Lượt xem vị trí”.",
        int(notice.params.get("asked", 0)),
    )
    return NoticeText(sentence, "audit.looks", title=str(notice.params.get("asker", "")))
