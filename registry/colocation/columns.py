"""What requests tell beside structures that are compared: how many wait there, and how fast their owner answers."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import func, select

from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.figures import figures_by_owner, sees_all
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.periods import last_year
from registry.colocation.queue import waits
from registry.kernel.cache import VersionedCache
from registry.kernel.i18n import _, _l, format_number
from registry.structures.nearby.nearest import ComparisonCell, ComparisonColumn, ComparisonNeed

_MEDIANS: Final[VersionedCache[dict[int | None, float | None]]] = VersionedCache(100)


def _waiting(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    """How many requests wait for each structure: a number is nobody's secret, who they are is."""
    query = (
        select(ColocationItem.structure_id, func.count(func.distinct(ColocationItem.request_id)).label("waiting"))
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(ColocationItem.structure_id.in_([row.id for row in rows]), waits())
        .group_by(ColocationItem.structure_id)
    )
    return {
        row.structure_id: ComparisonCell(_("%(count)s đề nghị đang chờ", count=format_number(row.waiting)))
        for row in ctx.session.execute(query)
    }


def _answering(ctx: Ctx, _wish: ComparisonNeed, rows: Sequence[Any]) -> dict[int, ComparisonCell]:
    """The median working days of each owner's answers in the last 365 days, as far as the figures tell the reader."""
    if not holds(ctx.actor, P.COLOCATION_READ):
        return {}
    median = _medians(ctx)
    return {
        row.id: ComparisonCell(_("%(days)s ngày làm việc", days=format_number(Decimal(str(round(days, 1))))))
        for row in rows
        if (days := median.get(row.owner_organisation_id)) is not None
    }


def _medians(ctx: Ctx) -> dict[int | None, float | None]:
    """The median of each owner, kept for readers who are told the same."""
    told = (ctx.today, sees_all(ctx), holds(ctx.actor, P.COLOCATION_DECIDE), ctx.actor.organisation_ids)

    def make() -> dict[int | None, float | None]:
        return {line.id: line.now.median for line in figures_by_owner(ctx, last_year(ctx.today)).lines}

    return _MEDIANS.get(told, register_version(ctx), make)


WAITING: Final = ComparisonColumn("colocation_waiting", _l("Hàng chờ"), _waiting)
ANSWERING: Final = ComparisonColumn("colocation_answering", _l("Trả lời (trung vị 12 tháng)"), _answering)
