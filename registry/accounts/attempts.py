"""Rate limits of password attempts: counted in PostgreSQL, in a transaction of its own (PROMISES P10).

Three counters limit a browser that is not known to the account: one of the account name, whatever the address; one of
the address; one of the password, so that one password cannot be tried on many names. A browser in which the account
signed in before has a counter of its own instead, so that strangers lock no owner out.

What strangers send is counted apart (incidents/limits.py), by another rule: here only failures count, within the last
fifteen minutes, and each try waits for the lock of its counters; there everything counts, by the minute and the hour of
the clock, with one statement that a flood does not slow.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
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
from registry.kernel.http.networks import network_of
from registry.kernel.i18n import _

MAX_ATTEMPTS: Final = 10
#: An office behind one address has many people who mistype.
MAX_OF_ADDRESS: Final = 50
#: The same wrong password, from wherever and for whatever name.
MAX_OF_PASSWORD: Final = 20
#: Wrong numbers or codes of receipts from one address.
MAX_LOOKUPS: Final = 20
WINDOW: Final = timedelta(minutes=15)
#: Bits of the keyed hash of a password that are stored: too few to find the password, enough to tell two apart.
_PASSWORD_BITS: Final = 20


@dataclass(frozen=True)
class Attempt:
    """One attempt to sign in: the typed name and password, and the browser that it comes from.

    `device` is the id in the browser's signed device cookie if the account signed in there before, else "".
    """

    username: str
    password: str = ""
    device: str = ""
    address: str = ""


@dataclass(frozen=True)
class Taken:
    """A counted attempt: the counters that it is in, and when."""

    keys: tuple[str, ...]
    at: datetime


class AttemptCounter:
    """The counters of all ways to give a password; `secret` keys the hash of passwords."""

    def __init__(self, database: Database, secret: str) -> None:
        self._database = database
        self._secret = secret

    def take(self, attempt: Attempt) -> Taken:
        """Count one attempt before the password is checked; `give_back` undoes it when the password was right.

        Raises TooManyRequests if one of its counters is full, whether or not the account exists.
        """
        limits = self._limits(attempt)
        with self._database.transaction(PUBLIC_ACTOR, origin="sign-in") as ctx:
            return _take(ctx.session, limits, ctx.now)

    def take_lookup(self, address: str) -> None:
        """Count one wrong number or code of a receipt; TooManyRequests if the address was wrong too often.

        The code alone cannot be guessed; a counter of the number would let strangers keep its holder out.
        """
        key = _digest(f"lookup:{network_of(address)}")
        with self._database.transaction(PUBLIC_ACTOR, origin="lookup") as ctx:
            _take(ctx.session, [(key, MAX_LOOKUPS)], ctx.now)

    def _limits(self, attempt: Attempt) -> list[tuple[str, int]]:
        """The counters of an attempt with their sizes, in one order for all transactions."""
        name = attempt_key(attempt.username)
        if attempt.device:
            return [(_digest(f"device:{attempt.device}:{name}"), MAX_ATTEMPTS)]
        found = [(name, MAX_ATTEMPTS)]
        if attempt.address:
            found.append((_digest(f"address:{network_of(attempt.address)}"), MAX_OF_ADDRESS))
        if attempt.password:
            found.append((_digest(f"password:{self._bucket(attempt.password)}"), MAX_OF_PASSWORD))
        return sorted(found)

    def _bucket(self, password: str) -> int:
        typed = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
        keyed = hmac.digest(self._secret.encode(), b"password-attempts:" + typed, "sha256")
        return int.from_bytes(keyed[:4]) >> (32 - _PASSWORD_BITS)


def attempt_key(username: str) -> str:
    """SHA-256 (hex) of the normalised account name."""
    return hashlib.sha256(fold_username(username).encode("utf-8", "replace")).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _take(session: Session, limits: Sequence[tuple[str, int]], now: datetime) -> Taken:
    rows = [{"key": key, "tries": [], "last_try_at": now} for key, _most in limits]
    session.execute(insert(SignInCounter).values(rows).on_conflict_do_nothing())
    keys = [key for key, _most in limits]
    locked = select(SignInCounter).where(SignInCounter.key.in_(keys)).order_by(SignInCounter.key).with_for_update()
    counters = {counter.key: counter for counter in session.scalars(locked)}
    recent = {key: sorted(moment for moment in counters[key].tries if moment > now - WINDOW) for key in keys}
    waits = [recent[key][-most] + WINDOW - now for key, most in limits if len(recent[key]) >= most]
    if waits:
        minutes = -(-int(max(waits).total_seconds()) // 60) or 1
        message = _(
            "Đã thử quá nhiều lần trong %(window)d phút; hãy đợi %(minutes)d phút rồi thử lại.",
            window=int(WINDOW.total_seconds()) // 60,
            minutes=minutes,
        )
        raise TooManyRequests(message, retry_after=minutes * 60)
    for key in keys:
        counters[key].tries = [*recent[key], now]
        counters[key].last_try_at = now
    return Taken(tuple(keys), now)


def give_back(session: Session, taken: Taken) -> None:
    """Undo a counted attempt that succeeded: only failures count."""
    locked = select(SignInCounter).where(SignInCounter.key.in_(taken.keys)).order_by(SignInCounter.key)
    for counter in session.scalars(locked.with_for_update()):
        tries = list(counter.tries)
        if taken.at in tries:
            tries.remove(taken.at)
        counter.tries = tries


def forget_old(session: Session, now: datetime) -> int:
    """Delete counters without an attempt in the window; returns the number deleted."""
    removed = session.execute(
        delete(SignInCounter).where(SignInCounter.last_try_at < now - WINDOW).returning(SignInCounter.key)
    )
    return len(removed.all())
