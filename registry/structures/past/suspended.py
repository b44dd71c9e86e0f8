"""Which structures were out of use for a time: what figures of what is in operation leave out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from registry.authz.actors import Ctx
from registry.kernel.db.history import history_of
from registry.structures.codes import Status
from registry.structures.models import Structure
from registry.structures.past.versions import lasts, said
from registry.structures.past.when import Point, start_of


def in_use_on(ctx: Ctx, on: date, kind: str, ended: Any) -> ColumnElement[bool]:
    """Structures of a kind that still served on a day: not `ended` by it, no plan, no building site, not suspended.

    Suspensions of a past day are those that the register knows today; a day before its records has none.
    """
    status = Structure.status
    standing = (Status.ACTIVE, Status.SUSPENDED)
    served = or_(ended > on, and_(ended.is_(None), status.in_(standing)))
    built = status.not_in((Status.PLANNED, Status.BUILDING))
    if on >= ctx.today:
        return and_(built, served, status != Status.SUSPENDED)
    version, point = history_of(Structure).alias(), Point(on, start_of(on + timedelta(days=1)), ctx.now)
    suspended = select(version.c.id).where(
        version.c.status == Status.SUSPENDED,
        version.c.kind == kind,
        *said(version, Structure, point),
        lasts(version, point),
    )
    return and_(built, served, Structure.id.not_in(suspended))
