"""Rows of the past with their names, and one record with all its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Subquery, Text, and_, case, func, literal, null, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, format_date
from registry.structures import positions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.past.filters import in_force, units_at
from registry.structures.past.positions import middle_of, readable
from registry.structures.past.versions import known, rows_at
from registry.structures.past.when import When
from registry.territory.models import UnitLevel

#: Columns of a version that no page shows; the end of a version is not known before it comes.
_HIDDEN = frozenset({"geom", "geom_m", "given_position", "geom_coarse", "search_text", "row_digest", "recorded_to"})


def placed_at(ctx: Ctx, rows: Subquery, when: When) -> Subquery:
    """Past rows with `owner_name` and `commune_then`, the id of their commune in the tree of that day."""
    point = when.at(ctx.now)
    owner, recorded = known(Organisation, point, "owner"), units_at(point, "recorded")
    holds = and_(recorded.c.id == rows.c.commune_id, in_force(recorded, point.day))
    lay_in = func.unit_at(middle_of(rows), literal(UnitLevel.COMMUNE.value, Text), point.day)
    commune_id: ColumnElement[Any] = case(
        (rows.c.commune_id.is_(None), null()), (recorded.c.id.is_not(None), recorded.c.id), else_=lay_in
    )
    return (
        select(rows, owner.c.short_name.label("owner_name"), commune_id.label("commune_then"))
        .outerjoin(owner, owner.c.id == rows.c.owner_organisation_id)
        .outerjoin(recorded, holds)
        .subquery("placed")
    )


def named(ctx: Ctx, placed: Subquery, when: When) -> Select[Any]:
    """Rows of `placed_at` with `commune_name`."""
    then = units_at(when.at(ctx.now), "then")
    return select(placed, then.c.name.label("commune_name")).outerjoin(then, then.c.id == placed.c.commune_then)


@dataclass(frozen=True)
class Record:
    """One structure as it was: the row of lists, and for who sees it exactly the values of all its fields."""

    row: Row[Any]
    values: Mapping[str, Any]

    @property
    def exact(self) -> bool:
        """Whether the reader sees more than a cell."""
        return bool(self.row.exact)


def get_record(ctx: Ctx, code: str, when: When) -> Record:
    """What the actor may see of a structure at a time; NotFound where there was none, or none that it may know of."""
    seen = readable(ctx, when)
    found = select(seen).where(seen.c.code == code).subquery("found")
    row = positions.run(ctx, named(ctx, placed_at(ctx, found, when), when)).one_or_none()
    if row is None:
        point = when.at(ctx.now)
        sentence = _(
            "Tại ngày %(day)s hệ thống không ghi nhận công trình nào mang mã «%(code)s» mà bạn được biết đến.",
            day=format_date(point.day),
            code=code,
        )
        raise NotFound(sentence)
    if not row.exact:
        return Record(row, {})
    log_access(ctx, "detail", [row.owner_organisation_id], code=code, **when.address)
    return Record(row, _values(ctx, row, when))


def _values(ctx: Ctx, row: Row[Any], when: When) -> dict[str, Any]:
    version = history_of(Structure)
    columns = [column for column in version.columns if column.name not in _HIDDEN]
    base = ctx.session.execute(select(*columns).where(version.c.history_id == row.history_id)).mappings().one()
    own = rows_at(KINDS[row.kind].model, when.at(ctx.now), "own")
    more = ctx.session.execute(select(own).where(own.c.id == row.id)).mappings().one_or_none()
    return dict(base) | dict(more or {})
