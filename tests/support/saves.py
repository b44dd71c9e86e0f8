"""A save that can be taken back: who makes it, how, and what a reader sees change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from registry.dated_rows.service import confirm_row

CODE = "kpi_hh_fibre"
UNCOUNTED = ("version", "updated_at")
TASK = {"plan": "Kế hoạch thử", "item": "9", "responsible": "Sở", "duty": "Lập danh mục", "planned_on": None}


@dataclass(frozen=True)
class Save:
    """A save of one of the cast: `write(ctx, number)` makes it with other values for each number."""

    username: str
    write: Callable[[Any, int], Any]
    #: What a reader would see change.
    look: Callable[[Any], Any]
    #: What somebody does with the record afterwards; None: another save.
    again: Callable[[Any, int], Any] | None = None


def whole(model, *conditions):
    """The rows of a model, without what every save raises."""

    def look(ctx):
        names = [column.name for column in model.__table__.columns if column.name not in UNCOUNTED]
        columns = [model.__table__.c[name] for name in names if not model.__table__.c[name].info.get("protected")]
        rows = ctx.session.execute(select(*columns).where(*conditions).order_by(model.__table__.c.id)).all()
        return [tuple(str(value) for value in row) for row in rows]

    return look


def standing(model):
    """The rows of a table of law that apply, by their ids."""
    return lambda ctx: list(
        ctx.session.scalars(select(model.id).where(model.withdrawn_at.is_(None)).order_by(model.id))
    )


def confirming(model, table, source):
    """Confirm the newest row of a table of law."""

    def write(ctx, _number):
        row_id = ctx.session.scalars(select(model.id).order_by(model.id.desc()).limit(1)).one()
        confirm_row(ctx, table, row_id, {source: "Nghị quyết thử"})

    return write


def version_of(ctx, model, row_id):
    return ctx.session.scalars(select(model.version).where(model.id == row_id)).one()
