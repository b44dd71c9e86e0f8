"""Sign-in of programs by token: Bearer, or the password of Basic (the name is free), on routes for programs only."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from flask import Response, current_app, request
from sqlalchemy.orm import Session

from registry.access_tokens.queries import USE, find_holder, holder_question, mark_statement
from registry.access_tokens.rules import is_signed, token_text
from registry.accounts.actor import SignedInActor
from registry.audit.access_log import note_statement
from registry.authz.actors import Ctx
from registry.authz.blueprint import TAKES_TOKENS
from registry.authz.idempotency import token_of_form
from registry.authz.lanes import Lane
from registry.kernel.clock import utc_now
from registry.kernel.db.compiled import BoundStatement
from registry.kernel.errors import DomainError, SignInRequired
from registry.kernel.http.errors import json_errors
from registry.kernel.i18n import _l

_REALM: Final = "so-dang-ky"
_MOST_PATH: Final = 500


class TokenRefused(SignInRequired):
    """A token that is unknown, has expired or was revoked, or whose account has ended."""

    default_message = _l("Mã truy cập không đúng, đã hết hạn hoặc đã thu hồi.")


def given_token() -> str | None:
    """The token of this request; None without one, and on routes that take none; "" where none can be read."""
    if "Authorization" not in request.headers or request.blueprint not in TAKES_TOKENS:
        return None
    authorization = request.authorization
    if authorization is None:
        return ""
    return (authorization.password if authorization.type == "basic" else authorization.token) or ""


def token_questions(now: datetime) -> list[BoundStatement]:
    """The statements that `token_holder` needs, to be sent before the transaction of this request."""
    text = given_token()
    return [holder_question(text, now)] if text else []


def token_holder(session: Session) -> SignedInActor | None:
    """Who signs in by token; None for a request without one. TokenRefused for a token that is not valid."""
    if given_token() is None:
        return None
    holder = find_holder(session, utc_now())
    if holder is None:
        raise TokenRefused
    return holder


def lane_of_token() -> Lane | None:
    """The lane of a request with a token that was issued here; the database is not asked whether it is still valid."""
    text = given_token()
    return Lane.MEMBERS if text and is_signed(str(current_app.config["SECRET_KEY"]), text) else None


def note_use(ctx: Ctx) -> None:
    """Note the use of a token once the request is answered."""
    if not isinstance(ctx.actor, SignedInActor) or ctx.actor.token_id is None:
        return
    origin = request.remote_addr or ""
    token_id = ctx.actor.token_id
    note = note_statement(
        ctx.actor,
        USE,
        request_id=ctx.request_id,
        origin=origin,
        token=token_id,
        endpoint=request.endpoint,
        path=request.full_path.rstrip("?")[:_MOST_PATH],
    )
    ctx.notes += [note, mark_statement(token_id, ctx.now, origin)]


def new_text(user_id: int | None) -> str:
    """The text of a new token for the form of this request; the same form sent twice gives the same text."""
    secret = str(current_app.config["SECRET_KEY"])
    return token_text(secret, token_of_form(secret, "access-token", user_id))


def interface_errors(error: DomainError) -> Response:
    """A refusal for programs: a problem document, and the ways to sign in where sign-in is missing."""
    response = json_errors(error)
    if isinstance(error, SignInRequired):
        response.headers.add("WWW-Authenticate", f'Basic realm="{_REALM}", charset="UTF-8"')
        response.headers.add("WWW-Authenticate", f'Bearer realm="{_REALM}"')
    return response
