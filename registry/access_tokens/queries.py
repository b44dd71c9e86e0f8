"""The actor of a token, and the tokens that a person may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    LargeBinary,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, contains_eager

from registry.access_tokens.codes import TokenScope, permissions_of
from registry.access_tokens.models import AccessToken
from registry.access_tokens.rules import hash_text
from registry.accounts.actor import SignedInActor, actor_columns, actor_from_row, in_force
from registry.accounts.models import Organisation, OrganisationSuccession, RoleAssignment, UserAccount
from registry.audit.models import AuditNote
from registry.authz.actors import Ctx, RightsLimit
from registry.kernel.clock import local_date
from registry.kernel.db.base import table_of
from registry.kernel.db.compiled import BoundStatement, compile_statement
from registry.kernel.db.session import prefetched_row
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids

#: The action of notes: one for each request that a token signed.
USE: Final = "token.use"
_SEEN_EVERY: Final = timedelta(minutes=1)
_LISTED_USES: Final = 20
_USES_SINCE: Final = timedelta(days=30)
_table = table_of(AccessToken).c


def _is_valid(now: Any, today: Any) -> ColumnElement[bool]:
    """SQL: neither revoked nor expired, and its owner has a role in the organisation of then, which has not ended."""
    role = select(RoleAssignment.id).where(RoleAssignment.user_id == UserAccount.id, *in_force(today))
    succession = select(OrganisationSuccession.id).where(
        OrganisationSuccession.predecessor_id == Organisation.id, OrganisationSuccession.holds_on(today)
    )
    return and_(
        AccessToken.revoked_at.is_(None),
        AccessToken.expires_at > now,
        AccessToken.organisation_id == UserAccount.organisation_id,
        UserAccount.is_active,
        or_(Organisation.valid_to.is_(None), Organisation.valid_to >= today),
        role.correlate(UserAccount).exists(),
        ~succession.correlate(Organisation).exists(),
    )


def _with_owner(query: Any) -> Any:
    return query.join(UserAccount, UserAccount.id == AccessToken.user_id).join(
        Organisation, Organisation.id == UserAccount.organisation_id
    )


_HOLDER = compile_statement(
    _with_owner(
        select(
            AccessToken.id.label("token_id"), AccessToken.scopes, AccessToken.unit_ids, *actor_columns()
        ).select_from(AccessToken)
    ).where(
        AccessToken.token_hash == bindparam("access_token_hash", type_=LargeBinary),
        _is_valid(bindparam("access_token_now", type_=DateTime(timezone=True)), bindparam("today", type_=Date)),
    )
)
_MARK = compile_statement(
    update(table_of(AccessToken))
    .where(
        _table.id == bindparam("token_id"),
        or_(_table.last_used_at.is_(None), _table.last_used_at < bindparam("before")),
        func.set_config("synchronous_commit", "off", True) == "off",
    )
    .values(last_used_at=bindparam("at"), last_used_from=bindparam("address"))
)


def holder_question(text: str, now: datetime) -> BoundStatement:
    """The statement that finds the holder of a valid token; `find_holder` reads the result."""
    return _HOLDER, {"access_token_hash": hash_text(text), "access_token_now": now, "today": local_date(now)}


def find_holder(session: Session, now: datetime) -> SignedInActor | None:
    """Who signed in with a token, with what the token leaves of its rights; None without a valid token."""
    row = prefetched_row(session, _HOLDER)
    if row is None or row.token_id is None:
        return None
    actor = actor_from_row(session, row, local_date(now))
    units = area_unit_ids(session, row.unit_ids) if row.unit_ids else None
    return replace(actor, limit=RightsLimit(permissions_of(row.scopes), units), token_id=row.token_id)


def mark_statement(token_id: int, now: datetime, address: str) -> BoundStatement:
    """The statement that renews the last use, once a minute at most."""
    return _MARK, {"token_id": token_id, "at": now, "before": now - _SEEN_EVERY, "address": address}


@dataclass(frozen=True)
class TokenView:
    """A token as its page lists it."""

    token: AccessToken
    owner: str
    scopes: tuple[Any, ...]
    units: tuple[str, ...]
    is_valid: bool


def list_tokens(ctx: Ctx) -> list[TokenView]:
    """The tokens of the actor and those of its organisation, valid ones first, then the latest."""
    query = (
        _with_owner(select(AccessToken, _is_valid(ctx.now, ctx.today).label("is_valid")))
        .where(_is_visible(ctx))
        .options(contains_eager(AccessToken.user))
        .order_by(AccessToken.created_at.desc(), AccessToken.id.desc())
    )
    rows = ctx.session.execute(query).all()
    tokens = [row.AccessToken for row in rows]
    unit_ids = {unit_id for token in tokens for unit_id in token.unit_ids}
    units = select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(unit_ids))
    names = {row.id: row.name for row in ctx.session.execute(units)} if unit_ids else {}
    views = [
        TokenView(
            token,
            token.user.full_name,
            tuple(TokenScope(scope).label for scope in token.scopes),
            tuple(names[unit_id] for unit_id in token.unit_ids),
            is_valid,
        )
        for token, is_valid in rows
    ]
    return sorted(views, key=lambda view: not view.is_valid)


def get_token(ctx: Ctx, token_id: int, *, lock: bool = False) -> AccessToken:
    """A token of the actor or of its organisation; NotFound otherwise."""
    query = select(AccessToken).where(AccessToken.id == token_id, _is_visible(ctx))
    token: AccessToken | None = ctx.session.scalars(query.with_for_update() if lock else query).one_or_none()
    if token is None:
        raise NotFound(_("Không có mã truy cập số %(number)d của tài khoản này.", number=token_id))
    return token


def uses_of(ctx: Ctx, token: AccessToken) -> Sequence[AuditNote]:
    """The latest uses of a token within thirty days."""
    query = (
        select(AuditNote)
        .where(
            AuditNote.action == USE,
            AuditNote.occurred_at > ctx.now - _USES_SINCE,
            AuditNote.details["token"].as_integer() == token.id,
        )
        .order_by(AuditNote.occurred_at.desc(), AuditNote.id.desc())
        .limit(_LISTED_USES)
    )
    return ctx.session.scalars(query).all()


def _is_visible(ctx: Ctx) -> ColumnElement[bool]:
    shared = and_(AccessToken.is_of_organisation, AccessToken.organisation_id == ctx.actor.organisation_id)
    return or_(AccessToken.user_id == ctx.actor.id, shared)
