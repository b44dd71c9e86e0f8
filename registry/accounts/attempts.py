"""Rate limit of password attempts per account name: counted in PostgreSQL, in a transaction of its own."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry.accounts.models import SignInCounter
from registry.accounts.rules import fold_username
from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.db.session import Database
from registry.kernel.errors import TooManyRequests
from registry.kernel.i18n import _

MAX_ATTEMPTS: Final = 10
WINDOW: Final = timedelta(minutes=15)


class AttemptCounter:
    """One counter for all ways to sign in; it ignores addresses, so forging one changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, username: str) -> datetime:
        """Count one attempt before the password is checked; pass the returned moment to `give_back` to undo it.

        Raises TooManyRequests after 10 attempts within any 15 minutes, whether or not the account exists.
        """
        with self._database.transaction(PUBLIC_ACTOR, origin="sign-in") as ctx:
            return _take(ctx.session, attempt_key(username), ctx.now)


def attempt_key(username: str) -> str:
    """SHA-256 (hex) of the normalised account name."""
    return hashlib.sha256(fold_username(username).encode("utf-8", "replace")).hexdigest()


def _take(session: Session, key: str, now: datetime) -> datetime:
    session.execute(insert(SignInCounter).values(key=key, tries=[], last_try_at=now).on_conflict_do_nothing())
    counter = session.scalars(select(SignInCounter).where(SignInCounter.key == key).with_for_update()).one()
    recent = sorted(moment for moment in counter.tries if moment > now - WINDOW)
    if len(recent) >= MAX_ATTEMPTS:
        wait = recent[-MAX_ATTEMPTS] + WINDOW - now
        minutes = -(-int(wait.total_seconds()) // 60) or 1
        message = _(
            "Đã thử %(most)d lần trong %(window)d phút; hãy đợi %(minutes)d phút rồi thử lại.",
            most=MAX_ATTEMPTS,
            window=int(WINDOW.total_seconds()) // 60,
            minutes=minutes,
        )
        raise TooManyRequests(message, retry_after=minutes * 60)
    counter.tries = [*recent, now]
    counter.last_try_at = now
    return now


def give_back(session: Session, username: str, taken: datetime) -> None:
    """Undo a counted attempt that succeeded: only failures count."""
    counter = session.scalars(
        select(SignInCounter).where(SignInCounter.key == attempt_key(username)).with_for_update()
    ).one_or_none()
    if counter is not None:
        counter.tries = [moment for moment in counter.tries if moment != taken]


def forget_old(session: Session, now: datetime) -> int:
    """Delete counters without an attempt in the window; returns the number deleted."""
    removed = session.execute(
        delete(SignInCounter).where(SignInCounter.last_try_at < now - WINDOW).returning(SignInCounter.key)
    )
    return len(removed.all())
