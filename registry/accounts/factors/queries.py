"""Reads of the second factor of accounts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from registry.accounts.actor import in_force
from registry.accounts.factors.models import (
    DayPass,
    FactorKind,
    FactorReset,
    RecoveryCode,
    RememberedBrowser,
    SecondFactor,
)
from registry.accounts.models import RoleAssignment, UserAccount
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible


def list_factors(session: Session, user_id: int) -> list[SecondFactor]:
    """The factors of an account that count, the oldest first."""
    query = select(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.removed_at.is_(None))
    return list(session.scalars(query.order_by(SecondFactor.id)))


def passkey_ids(session: Session, user_id: int) -> list[bytes]:
    """The ids of the passkeys of an account that count."""
    factors = list_factors(session, user_id)
    return [each.credential_id for each in factors if each.credential_id is not None]


def unused_codes(session: Session, user_id: int) -> int:
    """How many recovery codes of an account are left."""
    query = select(func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None), RecoveryCode.replaced_at.is_(None)
    )
    return session.scalar(query) or 0


def remembered_query(ctx: Ctx, user_id: int) -> Select[Any]:
    """The browsers in which an account need not prove its second factor at sign-in."""
    return select(RememberedBrowser).where(
        RememberedBrowser.user_id == user_id,
        RememberedBrowser.ended_at.is_(None),
        RememberedBrowser.expires_at > ctx.now,
    )


def list_remembered(ctx: Ctx, user_id: int) -> list[RememberedBrowser]:
    return list(ctx.session.scalars(remembered_query(ctx, user_id).order_by(RememberedBrowser.id.desc())))


def open_reset(ctx: Ctx, user_id: int, *, lock: bool = False) -> FactorReset | None:
    """The reset of an account that waits for a second administrator."""
    query = select(FactorReset).where(FactorReset.user_id == user_id, FactorReset.ended_at.is_(None))
    if lock:
        query = query.with_for_update(of=FactorReset)
    return ctx.session.scalars(query.options(joinedload(FactorReset.asked_by))).one_or_none()


def list_open_resets(ctx: Ctx) -> list[FactorReset]:
    """All resets that wait for a second administrator, the oldest first."""
    query = select(FactorReset).where(FactorReset.ended_at.is_(None)).order_by(FactorReset.id)
    return list(ctx.session.scalars(query.options(joinedload(FactorReset.user))))


@dataclass(frozen=True)
class Colleague:
    """An inspector of the own office, and until when a pass of today lets them in."""

    user: UserAccount
    day_pass: DayPass | None
    has_factor: bool


def lendable(ctx: Ctx) -> Select[Any]:
    """The active inspectors of the own office, but not the actor."""
    inspects = select(RoleAssignment.user_id).where(RoleAssignment.role == Role.AREA_INSPECTOR, *in_force(ctx.today))
    return select(UserAccount).where(
        visible(ctx, UserAccount, P.FACTOR_LEND),
        UserAccount.is_active,
        UserAccount.id != ctx.actor.id,
        UserAccount.id.in_(inspects),
    )


def list_colleagues(ctx: Ctx) -> list[Colleague]:
    users = list(ctx.session.scalars(lendable(ctx).order_by(UserAccount.full_name, UserAccount.id)))
    ids = [user.id for user in users]
    passes = select(DayPass).where(DayPass.user_id.in_(ids), DayPass.ended_at.is_(None), DayPass.expires_at > ctx.now)
    by_user = {each.user_id: each for each in ctx.session.scalars(passes)}
    guarded = set(
        ctx.session.scalars(
            select(SecondFactor.user_id).where(SecondFactor.user_id.in_(ids), SecondFactor.removed_at.is_(None))
        )
    )
    return [Colleague(user, by_user.get(user.id), user.id in guarded) for user in users]


def totp_of(session: Session, user_id: int) -> SecondFactor | None:
    """The app of an account, locked until the transaction ends."""
    query = select(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.kind == FactorKind.TOTP, SecondFactor.removed_at.is_(None)
    )
    return session.scalars(query.with_for_update()).one_or_none()
