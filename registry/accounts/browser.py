"""Sign-in of browsers: Flask-Login on the session table; the cookie holds only a random token."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, Response, after_this_request, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from itsdangerous import BadData, URLSafeTimedSerializer
from psycopg import Error as PsycopgError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.accounts.actor import SignedInActor, actor_of
from registry.accounts.attempts import Attempt, AttemptCounter, SecretCode, attempt_key
from registry.accounts.models import FactorState, RevokeReason
from registry.accounts.sessions import (
    SEEN_EVERY,
    SessionLimits,
    end_session,
    find_signed_in,
    mark_seen,
    open_session,
    signed_in_question,
)
from registry.authz.actors import PUBLIC_ACTOR, Actor, Ctx
from registry.authz.blueprint import DATABASE, NOTES
from registry.authz.lanes import Lane
from registry.kernel.clock import utc_now
from registry.kernel.db.compiled import BoundStatement
from registry.kernel.db.session import is_away
from registry.kernel.errors import NotFound
from registry.kernel.services import Service

LIMITS = Service[SessionLimits]("registry.accounts.limits")
HOME: Final = "/"
#: The key of Flask-Login for the result of `get_id`, here the session token.
_TOKEN: Final = "_user_id"  # noqa: S105 - the name of a key
_LOGIN_CACHE: Final = "_login_user"
_AWAITING: Final = "awaiting_actor"
_SIGN_IN: Final = frozenset({"accounts.login", "accounts.login_submit"})
#: Browsers are remembered for a year, each with its last accounts, by the first digits of the hashes of their names.
_DEVICE_SECONDS: Final = 365 * 24 * 3600
_MOST_NAMES: Final = 8
_NAME_DIGITS: Final = 16


@dataclass(frozen=True)
class BrowserUser(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """The user object of Flask-Login: the cookie's token and the actor behind it."""

    token: str = field(repr=False)
    actor: SignedInActor
    #: The password was right, the second factor is still to be proved.
    awaits_factor: bool = False
    expires_at: datetime | None = None

    def get_id(self) -> str:
        return self.token


class _SignedCookies(SecureCookieSessionInterface):
    """Flask's signed cookies; the serializer is created once per application instead of twice per request."""

    def __init__(self, app: Flask) -> None:
        self._signer = super().get_signing_serializer(app)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        del app
        return self._signer


def init_sign_in(app: Flask, *, idle: timedelta, absolute: timedelta, https: bool) -> None:
    """Configure cookies and Flask-Login; with `https` the cookie is Secure and carries the `__Host-` prefix."""
    LIMITS.put(app, SessionLimits(idle=idle, absolute=absolute))
    app.config.update(
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_DOMAIN=None,
        WTF_CSRF_SSL_STRICT=True,
        # A CSRF token is valid as long as its session.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = _SignedCookies(app)
    manager = LoginManager()
    # Protection by address would sign mobile users out when they change networks.
    manager.session_protection = None
    manager.user_loader(_load_user)
    manager.init_app(app)


def actor_questions(now: datetime) -> list[BoundStatement]:
    """The statements that `load_actor` needs, to be sent before this request's transaction."""
    token = session.get(_TOKEN)
    return [signed_in_question(token, now, limits())] if token else []


def load_actor(db_session: Session) -> Actor:
    """The actor of this request, from the results of `actor_questions`; the public actor without a valid session."""
    g.db_session = db_session
    # The cache may be older than this request's transaction (an error page, a test that keeps its context).
    g.pop(_LOGIN_CACHE, None)
    g.pop(_AWAITING, None)
    if not current_user.is_authenticated:
        return PUBLIC_ACTOR
    actor: SignedInActor = current_user.actor
    if current_user.awaits_factor:
        # To every page but those of the second factor this browser is a visitor.
        setattr(g, _AWAITING, actor)
        return PUBLIC_ACTOR
    return actor


def awaiting_actor() -> SignedInActor | None:
    """The account of this request whose password was right and whose second factor is awaited."""
    actor: SignedInActor | None = g.get(_AWAITING)
    return actor


def read_actor() -> Actor:
    """The actor of a page that no route renders (unknown address, refused form), read in a transaction of its own.

    The public actor without a valid session, and while the database is away.
    """
    if not session.get(_TOKEN):
        return PUBLIC_ACTOR
    database = DATABASE.current()
    now = utc_now()
    try:
        with database.transaction(
            load_actor, now=now, read_only=True, interactive=True, prefetch=actor_questions(now)
        ) as ctx:
            return ctx.actor
    except (DBAPIError, PsycopgError) as error:
        if not is_away(error):
            raise
        return PUBLIC_ACTOR


def lane_of_account() -> Lane | None:
    """The lane of a request whose signed cookies name a session, or of one that signs in; None for any other.

    A browser in which an account signed in before signs in among the members. The database is not asked: whether the
    session still lasts shows later.
    """
    if session.get(_TOKEN):
        return Lane.MEMBERS
    if request.endpoint not in _SIGN_IN:
        return None
    return Lane.MEMBERS if _device()[0] else Lane.SIGN_IN


def limits() -> SessionLimits:
    return LIMITS.current()


def session_seconds() -> tuple[int, int] | None:
    """After how many seconds the session of this request ends: without use, and in any case; None without one."""
    user = g.get(_LOGIN_CACHE)
    if not isinstance(user, BrowserUser) or user.expires_at is None or user.awaits_factor:
        return None
    # Use is noted once a minute, so that the session may end as much earlier than this page knows.
    idle = limits().idle - SEEN_EVERY
    return int(idle.total_seconds()), max(0, int((user.expires_at - utc_now()).total_seconds()))


def attempt_counter() -> AttemptCounter:
    """The counter of password attempts, on connections separate from the request's."""
    database = DATABASE.current()
    return AttemptCounter(database, str(current_app.config["SECRET_KEY"]))


def attempt_of(username: str, password: str, proof: str = "") -> Attempt:
    """An attempt from the browser of this request, with its proof of work where one was asked for."""
    return Attempt(username, password, device_for(username), request.remote_addr or "", proof)


def device_for(username: str) -> str:
    """The id in the device cookie of this browser if the account signed in here before, else ""."""
    device, names = _device()
    return device if attempt_key(username)[:_NAME_DIGITS] in names else ""


def remember_device(response: Response, username: str) -> Response:
    """Sign into the device cookie that this account signed in here; the last accounts are remembered."""
    device, names = _device()
    name = attempt_key(username)[:_NAME_DIGITS]
    remembered = [name, *(other for other in names if other != name)][:_MOST_NAMES]
    is_https = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(
        _device_cookie(),
        _device_signer().dumps([device or secrets.token_urlsafe(), remembered]),
        max_age=_DEVICE_SECONDS,
        secure=is_https,
        httponly=True,
        samesite="Lax",
    )
    return response


def _device() -> tuple[str, list[str]]:
    """Id and accounts of the device cookie; empty where there is none, or one that was not signed here."""
    try:
        device, names = _device_signer().loads(request.cookies.get(_device_cookie(), ""), max_age=_DEVICE_SECONDS)
    except (BadData, TypeError, ValueError):
        return "", []
    return str(device), [str(name) for name in names]


def _device_cookie() -> str:
    return "__Host-device" if current_app.config["SESSION_COOKIE_SECURE"] else "device"


def _device_signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="device-cookie")


def sign_in_browser(ctx: Ctx, user_id: int, factor: FactorState) -> SignedInActor:
    """Open a new session for an account in this browser; the previous one is revoked."""
    _end_current(ctx, RevokeReason.REPLACED)
    session.clear()
    token = open_session(
        ctx,
        user_id,
        limits(),
        device=request.user_agent.string,
        address=request.remote_addr or "",
        factor=factor,
    )
    actor = actor_of(ctx.session, user_id, ctx.now)
    login_user(BrowserUser(token, actor))
    for key in ("_id", "_fresh"):
        session.pop(key, None)
    return actor


def remembered_token() -> str:
    """The token by which this browser is remembered for the second factor; "" for none."""
    return request.cookies.get(_remembered_cookie(), "")


def remember_factor(response: Response, token: str, lasts: timedelta) -> Response:
    """Give the browser the token by which it is remembered for the second factor."""
    response.set_cookie(
        _remembered_cookie(),
        token,
        max_age=int(lasts.total_seconds()),
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )
    return response


def _remembered_cookie() -> str:
    return "__Host-factor" if current_app.config["SESSION_COOKIE_SECURE"] else "factor"


def sign_out_browser(ctx: Ctx, reason: RevokeReason = RevokeReason.SIGNED_OUT) -> None:
    """Revoke the session and clear the cookie."""
    _end_current(ctx, reason)
    logout_user()
    session.clear()


def note_later(actor: Actor, action: str, **details: Any) -> None:
    """Record an audit note after the request's transaction has ended, committed or not."""
    notes = NOTES.current()

    @after_this_request
    def write(response: Response) -> Response:
        notes(actor, action, request_id=g.get("request_id", ""), origin=request.remote_addr or "", **details)
        return response


def safe_next(target: str | None) -> str:
    """The relative path on this site to open after sign-in; the home page for anything else."""
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\"):
        return HOME
    if "\\" in target or not target.isprintable():
        return HOME
    parts = urlsplit(target)
    return HOME if parts.scheme or parts.netloc else target


def _load_user(token: str) -> BrowserUser | None:
    db_session: Session | None = g.get("db_session")
    if db_session is None:
        return None
    now = utc_now()
    signed_in = find_signed_in(db_session, now)
    if signed_in is None:
        return None
    if now - signed_in.last_seen_at >= SEEN_EVERY:
        _mark_seen_later(signed_in.actor.session_id)
    return BrowserUser(token, signed_in.actor, signed_in.awaits_factor, signed_in.expires_at)


def _mark_seen_later(session_id: int | None) -> None:
    database = DATABASE.current()

    @after_this_request
    def mark(response: Response) -> Response:
        mark_seen(database, session_id, utc_now())
        return response


def _end_current(ctx: Ctx, reason: RevokeReason) -> None:
    token = session.get(_TOKEN)
    if token is not None:
        end_session(ctx, token, reason)


@contextmanager
def counting_wrong(code: SecretCode) -> Iterator[None]:
    """Count NotFound of the block as a wrong code from the address of the request; TooManyRequests beyond its limit."""
    address = request.remote_addr or ""
    try:
        yield
    except NotFound as error:
        # A read cannot write.
        error.afterwards = lambda: attempt_counter().take_wrong_code(code, address)
        raise
