"""Sessions of signed-in browsers; each request checks in the database whether its session is valid."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import bindparam, delete, func, or_, select, text, update
from sqlalchemy.orm import Session

from registry.accounts.actor import SignedInActor, actor_columns, actor_from_row
from registry.accounts.models import FactorState, Organisation, RevokeReason, UserAccount, UserSession
from registry.authz.actors import PUBLIC_ACTOR, Ctx, FactorProof
from registry.kernel.clock import local_date
from registry.kernel.db.compiled import BoundStatement, compile_statement
from registry.kernel.db.session import Database, prefetched_row
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _

TOKEN_BYTES: Final = 32
#: Called with the context and the id of an account that is disabled: each ends another way in.
ACCOUNT_ENDINGS = ExtensionPoint[Callable[[Ctx, int], None]]("accounts.endings")
#: `last_seen_at` is renewed at most this often, so that most reads write nothing.
SEEN_EVERY: Final = timedelta(minutes=1)
#: How long a session waits for the second factor after the password.
AWAITED_FOR: Final = timedelta(minutes=15)
#: How long ended sessions stay in the table, for inquiries.
RETENTION: Final = timedelta(days=30)
_DEVICE_MAX = 200
#: Mark in the description -> name; the first that occurs counts, since most browsers also claim to be the later ones.
_BROWSERS: Final = (
    ("coc_coc_browser/", "Cốc Cốc"),
    ("Edg/", "Microsoft Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
)
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True)
class SessionLimits:
    """Idle and absolute lifetime of a session."""

    idle: timedelta
    absolute: timedelta


_SIGNED_IN = compile_statement(
    select(
        UserSession.id.label("session_id"),
        UserSession.last_seen_at,
        UserSession.expires_at,
        UserSession.factor_state,
        UserSession.factor_at,
        *actor_columns(),
    )
    .join(UserAccount, UserAccount.id == UserSession.user_id)
    .join(Organisation, Organisation.id == UserAccount.organisation_id)
    .where(
        UserSession.token_hash == bindparam("token_hash"),
        UserSession.revoked_at.is_(None),
        UserSession.expires_at > bindparam("now"),
        UserSession.last_seen_at > bindparam("idle_since"),
        UserAccount.is_active,
    )
)


def hash_token(token: str) -> bytes:
    """The stored hash of a random token; 256 random bits need no salt."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def open_session(
    ctx: Ctx,
    user_id: int,
    limits: SessionLimits,
    *,
    device: str,
    address: str,
    factor: FactorState = FactorState.NOT_ASKED,
) -> str:
    """Open a session and return its token, which only the browser keeps."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    lasts = AWAITED_FOR if factor is FactorState.AWAITED else limits.absolute
    ctx.session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user_id,
            created_at=ctx.now,
            last_seen_at=ctx.now,
            expires_at=ctx.now + lasts,
            factor_state=factor,
            factor_at=ctx.now if factor is FactorState.PROVED else None,
            device=printable_device(device),
            address=address,
        )
    )
    ctx.session.flush()
    return token


def printable_device(description: str) -> str:
    """A User-Agent header as it is stored."""
    return "".join(character for character in description if character.isprintable())[:_DEVICE_MAX]


def prove_session(ctx: Ctx, session_id: int) -> None:
    """Note that an open session has proved the second factor now."""
    ctx.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.revoked_at.is_(None))
        .values(factor_state=FactorState.PROVED, factor_at=ctx.now)
    )


def signed_in_question(token: str, now: datetime, limits: SessionLimits) -> BoundStatement:
    """The statement that finds the user of a token's valid session; `find_signed_in` reads the result."""
    since = now - limits.idle
    return _SIGNED_IN, {"token_hash": hash_token(token), "now": now, "idle_since": since, "today": local_date(now)}


@dataclass(frozen=True)
class SignedIn:
    """The session of a request: its actor, when it was last used, and whether the second factor is still awaited."""

    actor: SignedInActor
    last_seen_at: datetime
    expires_at: datetime
    awaits_factor: bool


def find_signed_in(session: Session, now: datetime) -> SignedIn | None:
    """The session of the request, from the statement sent before the transaction; else None."""
    row = prefetched_row(session, _SIGNED_IN)
    if row is None or row.session_id is None:
        return None
    state = FactorState(row.factor_state)
    proof = None if state is FactorState.NOT_ASKED else FactorProof(row.factor_at)
    actor = actor_from_row(session, row, local_date(now), row.session_id, proof)
    return SignedIn(actor, row.last_seen_at, row.expires_at, state is FactorState.AWAITED)


def mark_seen(database: Database, session_id: int | None, now: datetime) -> None:
    """Renew `last_seen_at`, in a short transaction of its own."""
    with database.transaction(PUBLIC_ACTOR, now=now, origin="session") as ctx:
        ctx.session.execute(text("SET LOCAL synchronous_commit = off"))
        ctx.session.execute(
            update(UserSession)
            .where(UserSession.id == session_id, UserSession.revoked_at.is_(None))
            .values(last_seen_at=func.greatest(UserSession.last_seen_at, now))
        )


def end_session(ctx: Ctx, token: str, reason: RevokeReason) -> int | None:
    """End the session of a token; returns the id of its account, None if no session was open."""
    return ctx.session.scalar(
        update(UserSession)
        .where(UserSession.token_hash == hash_token(token), UserSession.revoked_at.is_(None))
        .values(revoked_at=ctx.now, revoked_reason=reason)
        .returning(UserSession.user_id)
    )


def end_sessions(ctx: Ctx, user_id: int, reason: RevokeReason, *, keep_id: int | None = None) -> int:
    """End all open sessions of an account except `keep_id`; returns the number ended."""
    query = update(UserSession).where(UserSession.user_id == user_id, UserSession.revoked_at.is_(None))
    if keep_id is not None:
        query = query.where(UserSession.id != keep_id)
    ended = ctx.session.execute(query.values(revoked_at=ctx.now, revoked_reason=reason).returning(UserSession.id))
    return len(ended.all())


def open_sessions(session: Session, user_id: int, now: datetime, limits: SessionLimits) -> list[UserSession]:
    """The valid sessions of an account, the last used first."""
    query = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.revoked_at.is_(None),
            UserSession.factor_state != FactorState.AWAITED,
            UserSession.expires_at > now,
            UserSession.last_seen_at > now - limits.idle,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return list(session.scalars(query))


def forget_old(session: Session, now: datetime) -> int:
    """Delete sessions that ended over 30 days ago; returns the number deleted."""
    before = now - RETENTION
    removed = session.execute(
        delete(UserSession)
        .where(or_(UserSession.expires_at < before, UserSession.revoked_at < before))
        .returning(UserSession.id)
    )
    return len(removed.all())


def end_own_session(ctx: Ctx, user_id: int, session_id: int) -> bool:
    """End one session of an account; False if it is not open or belongs to another account."""
    query = update(UserSession).where(
        UserSession.id == session_id, UserSession.user_id == user_id, UserSession.revoked_at.is_(None)
    )
    values = {"revoked_at": ctx.now, "revoked_reason": RevokeReason.SIGNED_OUT_ELSEWHERE}
    return ctx.session.scalar(query.values(**values).returning(UserSession.id)) is not None


def device_label(description: str) -> str:
    """Browser and system of a User-Agent header as a label, as far as known."""
    browser = _first(_BROWSERS, description)
    system = _first(_SYSTEMS, description)
    if browser and system:
        return _("%(browser)s trên %(system)s", browser=browser, system=system)
    return browser or system or _("Thiết bị không rõ")


def _first(marks: tuple[tuple[str, str], ...], description: str) -> str:
    return next((name for mark, name in marks if mark in description), "")
