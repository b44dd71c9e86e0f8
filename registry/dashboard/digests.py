"""Digests by mail, weekly and monthly, for those who asked for them: what waits for the reader, and links.

A digest says nothing of others: it counts the cases that wait for its reader and names pages; figures are on the pages.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, Final

from procrastinate import JobContext
from sqlalchemy import delete, select

from registry.accounts.models import UserAccount
from registry.accounts.user_jobs import acting_as
from registry.audit.chain import record
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dashboard.models import DigestSubscription, Frequency
from registry.kernel.clock import LOCAL_ZONE, utc_now
from registry.kernel.db.session import Database
from registry.kernel.errors import DomainError
from registry.kernel.i18n import _, _l, format_date, format_number
from registry.kernel.jobs import queue, resources_of
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.models import Notice
from registry.notices.queries import count_between, count_unread
from registry.notices.service import notify
from registry.notices.texts import NoticeLink, NoticeText
from registry.workflow.definition import WORKFLOWS
from registry.workflow.lists import count_cases, overdue_clause, waiting_clause

log = logging.getLogger(__name__)

KIND: Final = "digest"
_SUBSCRIBER: Final = Recipients(affected=("subscriber",))
EVENTS: Final = declare_events(
    KIND,
    _l("Bản tin qua thư điện tử"),
    {"subscriber": person_party(_l("Người đăng ký bản tin"), lambda user_id: user_id)},
    {each.value: (each.label, _SUBSCRIBER) for each in Frequency},
)
_ORIGIN: Final = "clock"
_WEEK: Final = timedelta(days=7)
_DAY: Final = timedelta(days=1)
#: Pages of a digest: endpoint, name and permission of the reader.
PAGES: Final[tuple[tuple[str, Any, P], ...]] = (
    ("home.index", _l("Việc của tôi"), P.ACCOUNT_SELF),
    ("home.dashboard", _l("Tổng quan"), P.DASHBOARD_READ),
    ("notices.index", _l("Thông báo"), P.NOTICE_READ),
    ("indicators.index", _l("Chỉ tiêu"), P.INDICATOR_READ),
    ("colocation_figures.index", _l("Số liệu dùng chung hạ tầng"), P.COLOCATION_READ),
    ("upkeep.index", _l("Tình trạng xác nhận dữ liệu"), P.UPKEEP_READ),
    ("violation_figures.index", _l("Số liệu vi phạm"), P.VIOLATION_READ),
    ("incidents.board", _l("Theo dõi sự cố"), P.INCIDENT_READ),
)


def subscriptions_of(ctx: Ctx) -> set[Frequency]:
    """The digests that the actor gets."""
    query = select(DigestSubscription.frequency).where(DigestSubscription.user_id == ctx.actor.id)
    return set(ctx.session.scalars(query))


def subscribe(ctx: Ctx, wanted: Collection[Frequency]) -> None:
    """The actor gets these digests from now on, and no others."""
    # Two tabs at once: the later one stands.
    ctx.session.execute(select(UserAccount.id).where(UserAccount.id == ctx.actor.id).with_for_update())
    before = subscriptions_of(ctx)
    if before == set(wanted):
        return
    unwanted = DigestSubscription.user_id == ctx.actor.id, DigestSubscription.frequency.not_in(list(wanted))
    ctx.session.execute(delete(DigestSubscription).where(*unwanted))
    for frequency in sorted(set(wanted) - before):
        ctx.session.add(DigestSubscription(user_id=ctx.actor.id, frequency=frequency, subscribed_at=ctx.now))
    record(ctx, "digest.subscribe", "user_account", ctx.actor.id, frequencies=sorted(wanted))


def period_of(frequency: Frequency, today: date) -> tuple[date, date]:
    """The last whole week or month before a day: its first and last day."""
    if frequency is Frequency.WEEKLY:
        monday = today - timedelta(days=today.weekday())
        return monday - _WEEK, monday - _DAY
    last = today.replace(day=1) - _DAY
    return last.replace(day=1), last


@queue.periodic(cron="20 23 * * *")
@queue.task(name="dashboard.digests", queueing_lock="dashboard.digests", pass_context=True)
def send(job: JobContext, timestamp: int) -> None:
    """At 06:20 in Vietnam: the digests that are due, also those that a standstill left out."""
    del timestamp
    send_digests(resources_of(job).database, utc_now())


def send_digests(database: Database, now: datetime) -> int:
    """Write the digests that are due, each in a transaction of its own; returns their number. Safe to run twice."""
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN, read_only=True) as ctx:
        query = select(DigestSubscription).order_by(DigestSubscription.user_id, DigestSubscription.frequency)
        due = [
            (subscription.user_id, subscription.frequency)
            for subscription in ctx.session.scalars(query)
            if _is_due(subscription, ctx.today)
        ]
    return sum(_send(database, now, user_id, frequency) for user_id, frequency in due)


def _is_due(subscription: DigestSubscription, today: date) -> bool:
    """No digest of the period before this one was sent; who subscribed within this one waits for its end."""
    _first, last = period_of(subscription.frequency, today)
    last_sent = subscription.sent_on or subscription.subscribed_at.astimezone(LOCAL_ZONE).date()
    return last_sent <= last


def _send(database: Database, now: datetime, user_id: int, frequency: Frequency) -> bool:
    try:
        with database.transaction(partial(acting_as, user_id, now=now), now=now, origin=_ORIGIN, read_only=True) as ctx:
            content = digest_of(ctx, frequency)
    except DomainError as refused:
        log.info("no digest for account %s: %s", user_id, type(refused).__name__)
        return False
    with database.transaction(SYSTEM_ACTOR, now=now, origin=_ORIGIN) as ctx:
        key = (user_id, frequency)
        subscription = ctx.session.get(DigestSubscription, key, with_for_update=True)
        if subscription is None or not _is_due(subscription, ctx.today):
            return False
        subscription.sent_on = ctx.today
        notify(ctx, EVENTS[frequency.value], user_id, user_id, **content)
        record(ctx, "digest.send", "user_account", user_id, frequency=frequency.value)
    return True


def digest_of(ctx: Ctx, frequency: Frequency) -> dict[str, Any]:
    """What the digest of the actor says: its own cases, its unread notices, the pages that it may open."""
    first, last = period_of(frequency, ctx.today)
    waiting = late = 0
    for workflow in WORKFLOWS.values():
        if holds(ctx.actor, workflow.read):
            mine = waiting_clause(ctx, workflow)
            waiting += count_cases(ctx, workflow, mine)
            late += count_cases(ctx, workflow, mine, overdue_clause(ctx, workflow))
    return {
        "first": first.isoformat(),
        "last": last.isoformat(),
        "waiting": waiting,
        "late": late,
        "received": count_between(ctx, first, last),
        "unread": count_unread(ctx),
        "pages": [endpoint for endpoint, _label, permission in PAGES if holds(ctx.actor, permission)],
    }


def read_digest(notice: Notice) -> NoticeText:
    """The text of a digest."""
    params = notice.params
    is_weekly = notice.event == Frequency.WEEKLY
    named = _("Bản tin tuần %(first)s – %(last)s") if is_weekly else _("Bản tin tháng %(first)s – %(last)s")
    counted = _(
        "%(received)s thông báo trong kỳ; nay %(waiting)s hồ sơ chờ tôi xử lý, trong đó %(late)s quá hạn;"
        " %(unread)s thông báo chưa đọc."
    )
    text = f"{named}: {counted}" % {
        **{name: format_number(int(params.get(name, 0))) for name in ("received", "waiting", "late", "unread")},
        **{name: format_date(date.fromisoformat(str(params[name]))) for name in ("first", "last")},
    }
    wanted = params.get("pages", [])
    links = [NoticeLink(str(label), endpoint) for endpoint, label, _permission in PAGES if endpoint in wanted]
    return NoticeText(text, "home.index", links=links[1:])
