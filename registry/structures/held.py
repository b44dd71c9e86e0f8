"""The filter for all that one organisation holds: its own structures and those of organisations that it succeeded."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement

from registry.accounts.actor import with_predecessors
from registry.authz.actors import Ctx
from registry.kernel.i18n import _l
from registry.structures.further import Further
from registry.structures.past.when import Point


def _is_held(ctx: Ctx, seen: Any, value: str) -> ColumnElement[bool]:
    """A structure known by its cell has no owner here, so the filter says nothing about it."""
    held: ColumnElement[bool] = seen.c.owner_organisation_id.in_(
        sorted(with_predecessors(ctx.session, int(value), ctx.today))
    )
    return held


def _was_held(ctx: Ctx, seen: Any, value: str, _point: Point) -> ColumnElement[bool]:
    """Rights are those of today, also over the past."""
    return _is_held(ctx, seen, value)


HELD: Final = Further(
    "held",
    _l("Chủ sở hữu"),
    _is_held,
    words=_l("một đơn vị, kể cả công trình nhận lại của đơn vị trước"),
    clause_at=_was_held,
)


def own_arguments(ctx: Ctx) -> dict[str, str]:
    """What narrows a list to all that the actor's organisation holds; an owner that succeeded none filters by owner."""
    own = ctx.actor.organisation_id
    if own is None:
        return {}
    return {HELD.name if len(ctx.actor.organisation_ids) > 1 else "owner": str(own)}
