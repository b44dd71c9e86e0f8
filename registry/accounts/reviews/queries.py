"""Reads of access reviews: who has which role, since when, last used and last reviewed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Date, Select, cast, func, or_, select
from sqlalchemy.orm import contains_eager

from registry.accounts.actor import in_force
from registry.accounts.models import RoleAssignment, UserAccount, UserSession
from registry.accounts.reviews.models import AccessReview
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import setting

#: The dated settings: days between two reviews, and exact positions of others within an hour that raise an alarm.
REVIEW_DAYS: Final = "accounts.review_days"
UNUSUAL_READING: Final = "accounts.unusual_reading"

#: A role of an account without a sign-in for so long counts as unused.
UNUSED_FOR: Final = timedelta(days=30)
_LAST_REVIEW: Final = (
    select(func.max(AccessReview.reviewed_at)).where(AccessReview.assignment_id == RoleAssignment.id).scalar_subquery()
)
_LAST_USE: Final = (
    select(func.max(UserSession.last_seen_at)).where(UserSession.user_id == UserAccount.id).scalar_subquery()
)
_REVIEWED_ON: Final = func.coalesce(cast(func.timezone(str(LOCAL_ZONE), _LAST_REVIEW), Date), RoleAssignment.valid_from)


def review_day(ctx: Ctx) -> date:
    """Roles last reviewed on this day or before are due."""
    return ctx.today - timedelta(days=setting(ctx.session, REVIEW_DAYS, ctx.today))


def review_query(ctx: Ctx, filter_values: Mapping[str, Any]) -> Select[Any]:
    """The roles in force of all active accounts, with last use and last review; those due first."""
    query: Select[Any] = (
        select(RoleAssignment)
        .add_columns(
            _LAST_USE.label("last_use"),
            _LAST_REVIEW.label("last_review"),
            (review_day(ctx) >= _REVIEWED_ON).label("is_due"),
            RoleAssignment.id.label("assignment_id"),
        )
        .join(RoleAssignment.user)
        .join(UserAccount.organisation)
        .where(
            visible(ctx, UserAccount, P.ACCOUNT_MANAGE),
            UserAccount.is_active,
            RoleAssignment.role != Role.CITIZEN,
            *in_force(ctx.today),
        )
        .options(contains_eager(RoleAssignment.user).contains_eager(UserAccount.organisation))
    )
    if filter_values.get("due"):
        query = query.where(review_day(ctx) >= _REVIEWED_ON)
    if filter_values.get("temporary"):
        query = query.where(RoleAssignment.valid_to.is_not(None))
    if filter_values.get("unused"):
        query = query.where(or_(_LAST_USE.is_(None), ctx.now - UNUSED_FOR > _LAST_USE))
    return query


def count_due(ctx: Ctx) -> int:
    """How many roles of others wait for a review."""
    rows = review_query(ctx, {"due": True}).where(RoleAssignment.user_id != ctx.actor.id)
    return ctx.session.scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0


def last_reviews(ctx: Ctx, assignment_ids: list[int]) -> dict[int, datetime]:
    """When roles were last kept by a review."""
    query = select(AccessReview.assignment_id, func.max(AccessReview.reviewed_at)).where(
        AccessReview.assignment_id.in_(assignment_ids)
    )
    return {row[0]: row[1] for row in ctx.session.execute(query.group_by(AccessReview.assignment_id))}
