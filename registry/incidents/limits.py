"""Limits of what people without an account may send: quotas, a proof of work when many write, the cap of the store.

Counts stand in the database, so that they hold across all web processes; each is a transaction of its own, because a
refused request is rolled back. Networks are counted by a keyed digest, never by their address.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from registry.authz.actors import PUBLIC_ACTOR, Ctx
from registry.incidents.models import IncidentCounter
from registry.incidents.rules import digest_of
from registry.kernel.clock import utc_now
from registry.kernel.dated_settings import setting
from registry.kernel.db.compiled import compile_statement
from registry.kernel.db.session import Database
from registry.kernel.errors import TooManyRequests
from registry.kernel.http.networks import network_of
from registry.kernel.http.proof_of_work import ProofOfWork
from registry.kernel.i18n import _

QUOTA: Final = "incident.quota"
#: Of the work by the browser.
PURPOSE: Final = "incident-report"
#: Setting: the near reports that a reporter is shown, and how often.
NEAR: Final = "incident.near"
MINUTE, QUARTER, HOUR, DAY = timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=1), timedelta(days=1)
_ALL: Final = "all"
_MOST_TICKET: Final = 2000
#: Who does not run scripts shows instead that the form was open for a while, of the age that filling it in takes.
LEAST_AGE: Final = timedelta(seconds=10)
_TICKET_TERM: Final = timedelta(hours=2)
_TICKET_SALT: Final = "incident-form"
#: Messages without work that are taken from one network an hour, while many write; and their share of all of a minute,
#: so that those who do the work are not kept out.
_TICKETS_OF_NETWORK: Final = 8
_SHARE_OF_TICKETS: Final = 4

_ONE_MORE: Final = insert(IncidentCounter).values(key=bindparam("key"), window_start=bindparam("window_start"), count=1)
_COUNTED_LATER: Final = compile_statement(
    _ONE_MORE.on_conflict_do_update(index_elements=["key", "window_start"], set_={"count": IncidentCounter.count + 1})
)


@dataclass(frozen=True)
class Sender:
    """Where a request comes from: `network` is a keyed digest."""

    network: str


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

    def take(self, sender: Sender, what: str) -> None:
        """Count one message or photo before it is read; TooManyRequests beyond the quotas of the minute and network."""
        now = utc_now()
        with self._database.transaction(PUBLIC_ACTOR, now=now, origin="report") as ctx:
            quota = setting(ctx.session, QUOTA, ctx.today)
            own = _count(ctx, f"{what}:{sender.network}", HOUR)
            # One network beyond its own quota does not use up that of all others.
            whole = _count(ctx, _ALL, MINUTE) if own <= quota["of_network_an_hour"] else 0
        if own > quota["of_network_an_hour"]:
            message = _(
                "Đã gửi quá nhiều phản ánh từ cùng một mạng trong một giờ; hãy gửi lại sau. Nếu nguy hiểm, hãy gọi số"
                " khẩn cấp."
            )
            raise TooManyRequests(message, retry_after=3600)
        if whole > quota["most_a_minute"]:
            raise TooManyRequests(_too_many(), retry_after=60)

    def take_ticket(self, sender: Sender) -> None:
        """Count one message without work while many write; TooManyRequests beyond what is taken of such."""
        now = utc_now()
        with self._database.transaction(PUBLIC_ACTOR, now=now, origin="report") as ctx:
            most = setting(ctx.session, QUOTA, ctx.today)["most_a_minute"] // _SHARE_OF_TICKETS
            own = _count(ctx, f"ticket:{sender.network}", HOUR)
            whole = _count(ctx, "tickets", MINUTE) if own <= _TICKETS_OF_NETWORK else 0
        if own > _TICKETS_OF_NETWORK or whole > max(most, 1):
            raise TooManyRequests(_too_many(), retry_after=60)

    def may_ask(self, ctx: Ctx, sender: Sender) -> bool:
        """Whether near reports may be shown once more today: to the network, and to all together.

        Each question is counted once the request is over; one network beyond its quota does not use up that of all.
        """
        quota = setting(ctx.session, NEAR, ctx.today)
        own, whole = digest_of(f"near:{sender.network}"), digest_of("near")
        since = _window(ctx.now, DAY)
        query = select(IncidentCounter.key, IncidentCounter.count).where(
            IncidentCounter.key.in_((own, whole)), IncidentCounter.window_start == since
        )
        asked = dict(ctx.session.execute(query).all())
        is_own_left = asked.get(own, 0) < int(quota["of_network_a_day"])
        for key in (own, whole) if is_own_left else (own,):
            ctx.notes.append((_COUNTED_LATER, {"key": key, "window_start": since}))
        return is_own_left and asked.get(whole, 0) < int(quota["a_day"])

    def check_guesses(self, ctx: Ctx, sender: Sender) -> None:
        """TooManyRequests for a network that gave too many wrong tracking codes in a quarter of an hour."""
        query = select(IncidentCounter.count).where(
            IncidentCounter.key == digest_of(f"code:{sender.network}"),
            IncidentCounter.window_start == _window(ctx.now, QUARTER),
        )
        most = setting(ctx.session, QUOTA, ctx.today)["wrong_codes"]
        if int(ctx.session.scalar(query) or 0) >= most:
            raise TooManyRequests(
                _("Đã nhập sai mã tra cứu quá nhiều lần; hãy thử lại sau 15 phút."), retry_after=15 * 60
            )

    def note_wrong_guess(self, ctx: Ctx, sender: Sender) -> None:
        """Count a wrong tracking code once the request is over, whatever it comes to."""
        values = {"key": digest_of(f"code:{sender.network}"), "window_start": _window(ctx.now, QUARTER)}
        ctx.notes.append((_COUNTED_LATER, values))

    def is_busy(self, ctx: Ctx) -> bool:
        """Whether so many write at this minute, or did at the last, that each has to show a little work."""
        since = _window(ctx.now, MINUTE) - MINUTE
        query = select(func.max(IncidentCounter.count)).where(
            IncidentCounter.key == digest_of(_ALL), IncidentCounter.window_start >= since
        )
        most: int = setting(ctx.session, QUOTA, ctx.today)["busy_a_minute"]
        return int(ctx.session.scalar(query) or 0) > most

    def challenge(self, draft: str, now: datetime) -> dict[str, Any]:
        """The work that proves that a draft was not written in bulk (ALTCHA, SHA-256)."""
        return self._proof.challenge(draft, now)

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

    def is_proved(self, draft: str, proof: str, now: datetime) -> bool:
        """Whether the work of this draft was done."""
        return self._proof.is_solved(draft, proof, now)

    def _tickets(self) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=_TICKET_SALT)


def _too_many() -> str:
    return _("Hệ thống đang nhận quá nhiều phản ánh; hãy gửi lại sau một phút. Nếu nguy hiểm, hãy gọi số khẩn cấp.")


def forget_counts(ctx: Ctx) -> None:
    """Delete counts that no limit reads any more."""
    ctx.session.execute(delete(IncidentCounter).where(IncidentCounter.window_start < ctx.now - DAY - HOUR))


def _window(now: datetime, length: timedelta) -> datetime:
    seconds = int(length.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)


def _count(ctx: Ctx, key: str, window: timedelta) -> int:
    row = insert(IncidentCounter).values(key=digest_of(key), window_start=_window(ctx.now, window), count=1)
    counted = row.on_conflict_do_update(
        index_elements=["key", "window_start"], set_={"count": IncidentCounter.count + 1}
    ).returning(IncidentCounter.count)
    return int(ctx.session.scalar(counted) or 0)
