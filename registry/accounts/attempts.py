"""Rate limits of password attempts: counted in PostgreSQL, in a transaction of its own (PROMISES P10).

Three counters limit a browser that is not known to the account: one of the account name, whatever the address; one of
the address; one of the password, so that one password cannot be tried on many names. A browser in which the account
signed in before has a counter of its own instead, so that strangers lock no owner out.

Beyond these an attempt to sign in is still taken after work by the browser, MAX_WORKED times a day for each account
name, so that an owner in a new browser is not locked out either. Other ways to give a password or a code keep the hard
limit, and so does a password that is tried on many names.

What strangers send is counted apart (incidents/limits.py), by another rule: here only failures count, within the last
fifteen minutes, and each try waits for the lock of its counters; there everything counts, by the minute and the hour of
the clock, with one statement that a flood does not slow.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry.accounts.models import SignInCounter
from registry.accounts.rules import fold_username
from registry.authz.actors import PUBLIC_ACTOR
from registry.kernel.db.session import Database
from registry.kernel.errors import TooManyRequests
from registry.kernel.http.networks import network_of
from registry.kernel.http.proof_of_work import ONE_SECOND, ProofOfWork
from registry.kernel.i18n import _n

MAX_ATTEMPTS: Final = 10
#: An office behind one address has many people who mistype.
MAX_OF_ADDRESS: Final = 50
#: The same wrong password, from wherever and for whatever name.
MAX_OF_PASSWORD: Final = 20
#: Attempts for one account name after work by the browser, beyond the others.
MAX_WORKED: Final = 50
WORKED_WINDOW: Final = timedelta(days=1)
#: A phone needs two to five seconds.
WORK: Final = 5 * ONE_SECOND
#: Wrong codes of one kind from one address.
MAX_WRONG_CODES: Final = 20
WINDOW: Final = timedelta(minutes=15)
#: Bits of the keyed hash of a password that are stored: too few to find the password, enough to tell two apart.
_PASSWORD_BITS: Final = 20


class SecretCode(StrEnum):
    """Codes that open something without an account; each kind is counted apart."""

    RECEIPT = "receipt"
    LABEL = "label"
    LINK = "link"


@dataclass(frozen=True)
class Attempt:
    """One attempt to sign in: the typed name and password, and the browser that it comes from.

    `device` is the id in the browser's signed device cookie if the account signed in there before, else "". `proof` is
    that of work by the browser, only where this entrance takes it.
    """

    username: str
    password: str = ""
    device: str = ""
    address: str = ""
    proof: str = ""


class TooManyAttempts(TooManyRequests):
    """A full counter; `takes_work` says whether work by the browser lets an attempt pass."""

    def __init__(self, message: str, retry_after: int, *, takes_work: bool) -> None:
        super().__init__(message, retry_after)
        self.takes_work = takes_work


@dataclass(frozen=True)
class _Limit:
    """At most `most` failures within `window` for one counter; `yields` to work by the browser."""

    key: str
    most: int
    window: timedelta = WINDOW
    yields: bool = True


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
        self._work = ProofOfWork(secret, "sign-in")

    def take(self, attempt: Attempt) -> Taken:
        """Count one attempt before the password is checked; `give_back` undoes it when the password was right.

        Raises TooManyAttempts if one of its counters is full, whether or not the account exists. With a proof of work,
        which is spent, it is counted for the day instead.
        """
        limits = self._limits(attempt)
        name = attempt_key(attempt.username)
        worked = _Limit(_digest(f"worked:{name}"), MAX_WORKED, WORKED_WINDOW, yields=False)
        with self._database.transaction(PUBLIC_ACTOR, origin="sign-in") as ctx:
            counters = _locked(ctx.session, [*limits, worked], ctx.now)
            full = [limit for limit in limits if counters.is_full(limit)]
            if not full:
                return counters.count(limits)
            takes_work = all(limit.yields for limit in full) and not counters.is_full(worked)
            if takes_work and self._work.spend(ctx.session, name, attempt.proof, ctx.now, WORK):
                return counters.count([worked])
            raise counters.refusal(full, takes_work=takes_work)

    def take_code(self, username: str) -> Taken:
        """Count one code of a second factor before it is checked, whatever the browser; no work lets more pass."""
        name = attempt_key(username)
        limits = [
            _Limit(_digest(f"factor:{name}"), MAX_ATTEMPTS, yields=False),
            _Limit(_digest(f"factor-day:{name}"), MAX_WORKED, WORKED_WINDOW, yields=False),
        ]
        with self._database.transaction(PUBLIC_ACTOR, origin="sign-in") as ctx:
            counters = _locked(ctx.session, limits, ctx.now)
            full = [limit for limit in limits if counters.is_full(limit)]
            if full:
                raise counters.refusal(full, takes_work=False)
            return counters.count(limits)

    def challenge(self, username: str, now: datetime) -> dict[str, Any]:
        """The work for one more attempt with this name; the same whether or not the account exists."""
        return self._work.challenge(attempt_key(username), now, WORK)

    def take_wrong_code(self, code: SecretCode, address: str) -> None:
        """Count one wrong code of this kind; TooManyRequests if the address was wrong too often.

        A right code is answered all the same: it cannot be guessed. It has no counter of its own, which would let
        strangers keep its holder out.
        """
        key = _digest(f"lookup:{code}:{network_of(address)}")
        with self._database.transaction(PUBLIC_ACTOR, origin="lookup") as ctx:
            limit = _Limit(key, MAX_WRONG_CODES, yields=False)
            counters = _locked(ctx.session, [limit], ctx.now)
            if counters.is_full(limit):
                raise counters.refusal([limit], takes_work=False)
            counters.count([limit])

    def _limits(self, attempt: Attempt) -> list[_Limit]:
        name = attempt_key(attempt.username)
        if attempt.device:
            return [_Limit(_digest(f"device:{attempt.device}:{name}"), MAX_ATTEMPTS)]
        limits = [_Limit(name, MAX_ATTEMPTS)]
        if attempt.address:
            limits.append(_Limit(_digest(f"address:{network_of(attempt.address)}"), MAX_OF_ADDRESS))
        if attempt.password:
            bucket = _digest(f"password:{self._bucket(attempt.password)}")
            limits.append(_Limit(bucket, MAX_OF_PASSWORD, yields=False))
        return limits

    def _bucket(self, password: str) -> int:
        typed = unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
        keyed = hmac.digest(self._secret.encode(), b"password-attempts:" + typed, "sha256")
        return int.from_bytes(keyed[:4]) >> (32 - _PASSWORD_BITS)


def attempt_key(username: str) -> str:
    """SHA-256 (hex) of the normalised account name."""
    return hashlib.sha256(fold_username(username).encode("utf-8", "replace")).hexdigest()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True)
class _Counters:
    """The locked counters of some limits, with their failures within the window."""

    rows: Mapping[str, SignInCounter]
    recent: Mapping[str, list[datetime]]
    now: datetime

    def is_full(self, limit: _Limit) -> bool:
        return len(self.recent[limit.key]) >= limit.most

    def count(self, limits: Sequence[_Limit]) -> Taken:
        for limit in limits:
            self.rows[limit.key].tries = [*self.recent[limit.key], self.now]
            self.rows[limit.key].last_try_at = self.now
        return Taken(tuple(limit.key for limit in limits), self.now)

    def refusal(self, full: Sequence[_Limit], *, takes_work: bool) -> TooManyAttempts:
        """When the last of the full counters has room again."""
        wait = max(self.recent[limit.key][-limit.most] + limit.window - self.now for limit in full)
        minutes = -(-int(wait.total_seconds()) // 60) or 1
        message = _n(
            "Đã thử quá nhiều lần trong %(window)d phút; hãy đợi %(num)d phút rồi thử lại.",
            minutes,
            window=int(WINDOW.total_seconds()) // 60,
        )
        return TooManyAttempts(message, minutes * 60, takes_work=takes_work)


def _locked(session: Session, limits: Sequence[_Limit], now: datetime) -> _Counters:
    """The counters, locked in one order for all transactions."""
    keys = sorted(limit.key for limit in limits)
    rows = [{"key": key, "tries": [], "last_try_at": now} for key in keys]
    session.execute(insert(SignInCounter).values(rows).on_conflict_do_nothing())
    locked = select(SignInCounter).where(SignInCounter.key.in_(keys)).order_by(SignInCounter.key).with_for_update()
    counters = {counter.key: counter for counter in session.scalars(locked)}
    recent = {
        limit.key: sorted(moment for moment in counters[limit.key].tries if moment > now - limit.window)
        for limit in limits
    }
    return _Counters(counters, recent, now)


def give_back(session: Session, taken: Taken) -> None:
    """Undo a counted attempt that succeeded: only failures count."""
    locked = select(SignInCounter).where(SignInCounter.key.in_(taken.keys)).order_by(SignInCounter.key)
    for counter in session.scalars(locked.with_for_update()):
        tries = list(counter.tries)
        if taken.at in tries:
            tries.remove(taken.at)
        counter.tries = tries


def forget_old(session: Session, now: datetime) -> int:
    """Delete counters without an attempt in the longest window; returns the number deleted."""
    removed = session.execute(
        delete(SignInCounter).where(SignInCounter.last_try_at < now - WORKED_WINDOW).returning(SignInCounter.key)
    )
    return len(removed.all())
