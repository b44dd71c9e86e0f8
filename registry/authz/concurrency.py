"""Limits of concurrent expensive requests, per account and for the whole server.

Signed-in work, what visitors send and files for visitors have slots of their own: a crowd of visitors takes none of an
officer's, and visitors behind one address have slots by what they send. A slot is an advisory lock of the database that
ends with the transaction, so that it holds across all web processes and is released when one of them dies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from psycopg.errors import LockNotAvailable
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from registry.authz.actors import Ctx
from registry.kernel.errors import Busy, TooManyRequests
from registry.kernel.i18n import _

#: Seconds after which a retry makes sense; most requests take less.
RETRY_AFTER_S: Final = 5
#: First half of the lock keys: the running request of an account, its waiting request.
RUNNING, WAITING = 0x7E61_0001, 0x7E61_0002


@dataclass(frozen=True)
class Slots:
    """Expensive requests of one kind that all web processes together run at once; `half` begins their lock keys.

    So many more as `waiting` wait for a slot like for any lock, with keys that begin with `waiting_half`.
    """

    half: int
    most: int
    waiting_half: int = 0
    waiting: int = 0


SIGNED_IN: Final = Slots(0x7E61_0003, 4)
#: Reports with photos.
PUBLIC_SENDING: Final = Slots(0x7E61_0004, 2, waiting_half=0x7E61_0006, waiting=2)
PUBLIC_FILES: Final = Slots(0x7E61_0005, 1)

_TRY: Final = text("SELECT pg_try_advisory_xact_lock(CAST(:half AS int), hashtext(:own))")
_WAIT: Final = text("SELECT pg_advisory_xact_lock(CAST(:half AS int), hashtext(:own))")
_WAIT_FOR_SLOT: Final = text(
    "SELECT pg_advisory_xact_lock(CAST(:half AS int), 1 + (hashtext(:key) & 2147483647) % CAST(:most AS int))"
)
_ANY: Final = text(
    "SELECT number FROM generate_series(1, CAST(:most AS int)) AS number"
    " WHERE pg_try_advisory_xact_lock(CAST(:half AS int), number) LIMIT 1"
)


def account_key(ctx: Ctx) -> str:
    """The account, or the network address of a visitor without one."""
    return f"user {ctx.actor.id}" if ctx.actor.id is not None else f"address {ctx.origin}"


def slots_for(ctx: Ctx) -> Slots:
    """The slots that a request takes one of."""
    if ctx.actor.id is not None:
        return SIGNED_IN
    return PUBLIC_FILES if ctx.read_only else PUBLIC_SENDING


def acquire_slot(ctx: Ctx, key: str = "") -> None:
    """Acquire the slot of the account and one of its kind until the end of the transaction.

    `key`: what a visitor's request belongs to, where many visitors share one address; else it is the address. A second
    request of an account or key waits like for any lock (a double click gets its response); a third raises
    TooManyRequests at once. Busy when all slots of the kind are taken.
    """
    own = account_key(ctx) if ctx.actor.id is not None or not key else key
    _acquire_own_slot(ctx, own)
    slots = slots_for(ctx)
    if not _acquire_any(ctx, slots.half, slots.most) and not _waited(ctx, slots, own):
        sentence = _("Máy chủ đang lập nhiều tệp và tuyến cùng lúc; hãy thử lại sau %(s)d giây.", s=RETRY_AFTER_S)
        raise Busy(sentence, RETRY_AFTER_S)


def _acquire_any(ctx: Ctx, half: int, most: int) -> bool:
    return ctx.session.scalar(_ANY, {"half": half, "most": most}) is not None


def _waited(ctx: Ctx, slots: Slots, own: str) -> bool:
    """Whether a slot became free in time for one of the few requests that may wait."""
    if not _acquire_any(ctx, slots.waiting_half, slots.waiting):
        return False
    try:
        ctx.session.execute(_WAIT_FOR_SLOT, {"half": slots.half, "key": own, "most": slots.most})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            return False
        raise
    return True


def _acquire_own_slot(ctx: Ctx, own: str) -> None:
    if ctx.session.scalar(_TRY, {"half": RUNNING, "own": own}):
        return
    refusal = TooManyRequests(
        _(
            "Đang có một yêu cầu tốn nhiều công (lập tệp, tìm tuyến) chưa xong; mỗi tài khoản chỉ chạy một yêu cầu"
            " như vậy một lúc. Hãy đợi yêu cầu đó xong rồi thử lại."
        ),
        RETRY_AFTER_S,
    )
    if not ctx.session.scalar(_TRY, {"half": WAITING, "own": own}):
        raise refusal
    try:
        ctx.session.execute(_WAIT, {"half": RUNNING, "own": own})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise refusal from error
        raise
