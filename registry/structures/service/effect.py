"""Since when a write holds: from now on, or from a day in the past (docs/time.md)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.kernel.clock import local_date
from registry.kernel.db.history import history_of
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, format_date
from registry.structures.models import Structure
from registry.structures.past.when import start_of


def holds_from(ctx: Ctx, day: date | None, structure: Structure | None = None) -> datetime | None:
    """The first moment of a day on which a write begins to hold; None: now.

    Invalid for a day to come, and for one before the register knows anything of the structure.
    """
    if day is None:
        return None
    if day > ctx.today:
        sentence = _("Ngày có hiệu lực %(day)s chưa đến; cần hôm nay hoặc một ngày đã qua.", day=format_date(day))
        raise Invalid({"effective_on": sentence})
    moment = start_of(day)
    if structure is None:
        return moment
    first = first_moment(ctx, structure)
    if moment >= first:
        return moment
    if day < local_date(first):
        sentence = _(
            "Ngày có hiệu lực %(day)s sớm hơn ngày công trình bắt đầu có trong hệ thống (%(first)s).",
            day=format_date(day),
            first=format_date(first),
        )
        raise Invalid({"effective_on": sentence})
    return first


def first_moment(ctx: Ctx, structure: Structure) -> datetime:
    """Since when the register says anything of a structure."""
    version = history_of(Structure)
    found: datetime = ctx.session.execute(
        select(func.min(version.c.effective_from)).where(version.c.id == structure.id)
    ).scalar_one()
    return found
