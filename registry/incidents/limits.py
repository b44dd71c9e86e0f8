"""Limits of what people without an account may send: work by their browser that grows with the crowd, and tickets.

Valid messages alone count: of all in a minute, of a network in an hour, and of one kind in one cell in an hour. Beyond
the figures of the setting nothing is refused; the browser of the next sender works longer instead, so that many people
behind one address are heard and a program pays for each message. Danger needs no work. Counts stand in the database, so
that they hold across all web processes. Networks are counted by a keyed digest, never by their address.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import and_, bindparam, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.quotas import reserve
from registry.authz.actors import PUBLIC_ACTOR, Ctx
from registry.incidents.models import IncidentCounter
from registry.incidents.rules import digest_of
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import setting
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.session import Database
from registry.kernel.errors import TooManyRequests
from registry.kernel.http.networks import network_of
from registry.kernel.http.proof_of_work import ONE_SECOND, ProofOfWork
from registry.kernel.i18n import _

QUOTA: Final = "incident.quota"
#: Of the work by the browser.
PURPOSE: Final = "incident-report"
#: Setting: the near reports that a reporter is shown, and how often.
NEAR: Final = "incident.near"
MINUTE, QUARTER, HOUR = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1)
_ALL: Final = "all"
_MOST_TICKET: Final = 2000
#: Work doubles with the crowd, up to so many seconds of a phone.
_MOST_SECONDS: Final = 32
#: Who does not run scripts shows instead that the form was open for a while, of the age that filling it in takes.
LEAST_AGE: Final = timedelta(seconds=10)
_TICKET_TERM: Final = timedelta(hours=2)
_TICKET_SALT: Final = "incident-form"
#: Messages without work that are taken an hour while many write: from one network in one cell, and in all cells.
_TICKETS_OF_CELL: Final = 8
_TICKETS_OF_NETWORK: Final = 80

_ONE_MORE: Final = insert(IncidentCounter).values(key=bindparam("key"), window_start=bindparam("window_start"), count=1)
_COUNTED_LATER: Final = compile_statement(
    _ONE_MORE.on_conflict_do_update(index_elements=["key", "window_start"], set_={"count": IncidentCounter.count + 1})
)


@dataclass(frozen=True)
class Sender:
    """Where a request comes from: `network` is a keyed digest."""

    network: str


@dataclass(frozen=True)
class Topic:
    """What a message is about, for the count of messages that are alike: a cell and kinds of incidents."""

    cell: str
    kinds: Collection[str]

    @property
    def keys(self) -> list[str]:
        return [digest_of(f"topic:{kind}:{self.cell}") for kind in self.kinds]


def sender_of(secret: str, address: str) -> Sender:
    """The sender at an address; of IPv6 the network of one customer."""
    network = f"incident-network:{network_of(address)}"
    return Sender(hmac.digest(secret.encode(), network.encode(), "sha256").hex())


class ReportLimits:
    """The limits of one application; `secret` keys what is derived from drafts and networks."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret
        self._proof = ProofOfWork(secret, PURPOSE)

    def sender(self, address: str) -> Sender:
        return sender_of(self._secret, address)

    def work(self, ctx: Ctx, sender: Sender, topic: Topic | None = None) -> int:
        """The work that the next message of a sender needs; 0 while few write.

        One second of a phone from a figure of the setting, twice as much with each doubling.
        """
        quota = setting(ctx.session, QUOTA, ctx.today)
        hour, minute = _window(ctx.now, HOUR), _window(ctx.now, MINUTE)
        own = digest_of(f"send:{sender.network}")
        figures = {digest_of(_ALL): quota["busy_a_minute"], own: quota["of_network_an_hour"]}
        figures |= dict.fromkeys(topic.keys if topic is not None else (), quota["of_cell_an_hour"])
        counts = select(IncidentCounter.key, func.max(IncidentCounter.count)).where(
            IncidentCounter.key.in_(figures),
            or_(
                and_(IncidentCounter.key != digest_of(_ALL), IncidentCounter.window_start == hour),
                and_(IncidentCounter.key == digest_of(_ALL), IncidentCounter.window_start >= minute - MINUTE),
            ),
        )
        rows = ctx.session.execute(counts.group_by(IncidentCounter.key)).all()
        crowd = max((count / figures[key] for key, count in rows), default=0.0)
        if crowd < 1:
            return 0
        return ONE_SECOND * min(1 << (int(crowd).bit_length() - 1), _MOST_SECONDS)

    def count(self, ctx: Ctx, sender: Sender, topic: Topic) -> None:
        """Count one message that was taken, once its transaction is over."""
        hour = _window(ctx.now, HOUR)
        counters = [(digest_of(_ALL), _window(ctx.now, MINUTE)), (digest_of(f"send:{sender.network}"), hour)]
        for key, window_start in [*counters, *((key, hour) for key in topic.keys)]:
            ctx.notes.append((_COUNTED_LATER, {"key": key, "window_start": window_start}))

    def take_ticket(self, sender: Sender, topic: Topic) -> None:
        """Count one message without work while many write; TooManyRequests beyond what is taken of such."""
        with self._database.transaction(PUBLIC_ACTOR, now=utc_now(), origin="report") as ctx:
            of_cell = _count(ctx, f"ticket:{sender.network}:{topic.cell}", HOUR)
            of_network = _count(ctx, f"ticket:{sender.network}", HOUR) if of_cell <= _TICKETS_OF_CELL else 0
        if of_cell > _TICKETS_OF_CELL or of_network > _TICKETS_OF_NETWORK:
            sentence = _(
                "Đang có nhiều phản ánh từ mạng này; hãy bật JavaScript rồi gửi lại, hoặc gửi lại sau một giờ. Nếu nguy"
                " hiểm, hãy chọn “Có” ở câu hỏi về nguy hiểm hoặc gọi số khẩn cấp."
            )
            raise TooManyRequests(sentence, retry_after=int(HOUR.total_seconds()))

    def may_ask(self, ctx: Ctx, sender: Sender) -> bool:
        """Reserve one more question for near reports today: of the network, and of all together.

        One network beyond its quota does not use up that of all.
        """
        quota = setting(ctx.session, NEAR, ctx.today)
        own = digest_of(f"near:{sender.network}"), int(quota["of_network_a_day"])
        return reserve(ctx, own, (digest_of("near"), int(quota["a_day"]))) is not None

    def take_wrong_guess(self, sender: Sender) -> None:
        """Count a wrong tracking code; TooManyRequests for a network with too many in a quarter of an hour."""
        with self._database.transaction(PUBLIC_ACTOR, now=utc_now(), origin="report") as ctx:
            most = setting(ctx.session, QUOTA, ctx.today)["wrong_codes"]
            wrong = _count(ctx, f"code:{sender.network}", QUARTER)
        if wrong > most:
            raise TooManyRequests(
                _("Đã nhập sai mã tra cứu quá nhiều lần; hãy thử lại sau 15 phút."), retry_after=15 * 60
            )

    def challenge(self, draft: str, now: datetime, work: int = ONE_SECOND) -> dict[str, Any]:
        """The work that proves that a draft was not written in bulk (ALTCHA, SHA-256)."""
        return self._proof.challenge(draft, now, work)

    def ticket(self, draft: str, now: datetime) -> str:
        """What the form of a draft shows of its age; it is signed, and of use for this draft only."""
        return self._tickets().dumps([digest_of(draft), int(now.timestamp())])

    def age_of(self, ticket: str, draft: str, now: datetime) -> timedelta | None:
        """How long the form of a draft has been open; None for a ticket of another one, a forged or an old one."""
        try:
            of, issued = self._tickets().loads(ticket[:_MOST_TICKET])
        except (BadData, TypeError, ValueError):
            return None
        age = now - datetime.fromtimestamp(issued, tz=now.tzinfo)
        return age if of == digest_of(draft) and timedelta(0) <= age <= _TICKET_TERM else None

    def is_proved(self, draft: str, proof: str, now: datetime, work: int = ONE_SECOND) -> bool:
        """Whether this work was done for a draft. Half of it is enough: the crowd may have grown since it began."""
        return self._proof.is_solved(draft, proof, now, max(work // 2, ONE_SECOND))

    def _tickets(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=_TICKET_SALT)


def forget_counts(ctx: Ctx) -> None:
    """Delete counts that no limit reads any more."""
    ctx.session.execute(delete(IncidentCounter).where(IncidentCounter.window_start < ctx.now - 2 * HOUR))


def _window(now: datetime, length: timedelta) -> datetime:
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)


def _count(ctx: Ctx, key: str, window: timedelta) -> int:
    row = insert(IncidentCounter).values(key=digest_of(key), window_start=_window(ctx.now, window), count=1)
    counted = row.on_conflict_do_update(
        index_elements=["key", "window_start"], set_={"count": IncidentCounter.count + 1}
    ).returning(IncidentCounter.count)
    return int(ctx.session.scalar(counted) or 0)
