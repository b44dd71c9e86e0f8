"""Limits of concurrent expensive requests, per account and for the whole server.

Signed-in work, what visitors send and files for visitors have slots of their own: a crowd of visitors takes none of an
officer's. A slot is an advisory lock of the database that ends with the transaction, so that it holds across all web
processes and is released when one of them dies.
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
    """Expensive requests of one kind that all web processes together run at once; `half` begins their lock keys."""

    half: int
    most: int


SIGNED_IN: Final = Slots(0x7E61_0003, 4)
#: Reports with photos.
PUBLIC_SENDING: Final = Slots(0x7E61_0004, 2)
PUBLIC_FILES: Final = Slots(0x7E61_0005, 1)

_TRY: Final = text("SELECT pg_try_advisory_xact_lock(CAST(:half AS int), hashtext(:account))")
_WAIT: Final = text("SELECT pg_advisory_xact_lock(CAST(:half AS int), hashtext(:account))")
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


def acquire_slot(ctx: Ctx) -> None:
    """Acquire the slot of the account and one of its kind until the end of the transaction.

    A second request of an account waits like for any lock (a double click gets its response); a third raises
    TooManyRequests at once. Busy when all slots of the kind are taken.
    """
    _acquire_account_slot(ctx)
    slots = slots_for(ctx)
    if ctx.session.scalar(_ANY, {"half": slots.half, "most": slots.most}) is None:
        sentence = _("Máy chủ đang lập nhiều tệp và tuyến cùng lúc; hãy thử lại sau %(s)d giây.", s=RETRY_AFTER_S)
        raise Busy(sentence, RETRY_AFTER_S)


def _acquire_account_slot(ctx: Ctx) -> None:
    account = account_key(ctx)
    if ctx.session.scalar(_TRY, {"half": RUNNING, "account": account}):
        return
    refusal = TooManyRequests(
        _(
            "Bạn đang có một yêu cầu tốn nhiều công (lập tệp, tìm tuyến) chưa xong; mỗi tài khoản chỉ chạy một yêu cầu"
            " như vậy một lúc. Hãy đợi yêu cầu đó xong rồi thử lại."
        ),
        RETRY_AFTER_S,
    )
    if not ctx.session.scalar(_TRY, {"half": WAITING, "account": account}):
        raise refusal
    try:
        ctx.session.execute(_WAIT, {"half": RUNNING, "account": account})
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            raise refusal from error
        raise
