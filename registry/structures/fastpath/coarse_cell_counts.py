"""Counts of the structures that the reader knows only by their public cells, from counts that the database maintains.

Like the counts by squares (count_pyramid.py) they are stored by class (migrations/sql/baseline/counts.sql); structures
that scopes beyond the class show to the reader exactly are subtracted from their cells.
"""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    Column,
    ColumnElement,
    Identity,
    Index,
    Integer,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    any_,
    false,
    func,
    literal,
    or_,
    select,
    union_all,
)

from registry.authz.actors import Ctx
from registry.authz.scopes import Scope
from registry.kernel.db.base import Base
from registry.structures import positions
from registry.structures.fastpath import count_pyramid
from registry.structures.filtering.filter import StructureFilter, conditions
from registry.structures.models import WGS84, Structure

structure_cell = Table(
    "structure_cell",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("cells", Geometry("MULTIPOLYGON", WGS84, spatial_index=False), nullable=False),
    UniqueConstraint("key", name="uq_structure_cell_key"),
)
Index("ix_structure_cell_cells", structure_cell.c.cells, postgresql_using="gist")
structure_cell_tally = Table(
    "structure_cell_tally",
    Base.metadata,
    Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)
Index(
    "ix_structure_cell_tally_empty", structure_cell_tally.c.cell_id, postgresql_where=structure_cell_tally.c.count == 0
)


def cell_counts(ctx: Ctx, chosen: StructureFilter, window: ColumnElement[Any]) -> Select[Any]:
    """Count and cells of the structures known only by cells that intersect a window, under a filter of the counts.

    For positions.run; `count_pyramid.is_precounted` must hold for the filter.
    """
    by_classes, others = count_pyramid.split_scopes(ctx.actor)
    parts = [_precounted(ctx, chosen, by_classes, window), _changed(ctx, chosen, by_classes, window)]
    if others and count_pyramid.counts_cells(chosen):
        parts.append(_shown_exactly(ctx, chosen, by_classes, others, window))
    found = union_all(*parts).subquery("found")
    total = func.sum(found.c.count)
    return select(total.label("count"), found.c.cells).group_by(found.c.cells).having(total > 0)


def _precounted(ctx: Ctx, chosen: StructureFilter, by_classes: list[Scope], window: ColumnElement[Any]) -> Select[Any]:
    classes = count_pyramid.structure_class
    _exact, coarse = count_pyramid.class_visibility(classes, ctx.actor, chosen, by_classes)
    shown = select(classes.c.id).where(coarse).cte("classes").prefix_with("MATERIALIZED")
    # Window -> cells -> counts: each step is an index search.
    return (
        select(structure_cell.c.cells, structure_cell_tally.c.count)
        .join(structure_cell_tally, structure_cell_tally.c.cell_id == structure_cell.c.id)
        .where(
            structure_cell.c.cells.op("&&")(window),
            structure_cell_tally.c.class_id == any_(func.array(select(shown.c.id).scalar_subquery())),
        )
    )


def _changed(ctx: Ctx, chosen: StructureFilter, by_classes: list[Scope], window: ColumnElement[Any]) -> Select[Any]:
    """Changes that are not added to the stored counts yet."""
    change = count_pyramid.structure_tally_change
    _exact, coarse = count_pyramid.class_visibility(change, ctx.actor, chosen, by_classes)
    return select(change.c.cells, change.c.count).where(change.c.cells.op("&&")(window), coarse)


def _shown_exactly(
    ctx: Ctx, chosen: StructureFilter, by_classes: list[Scope], others: list[Scope], window: ColumnElement[Any]
) -> Select[Any]:
    """One less in its cells for each structure that other scopes show exactly."""
    known = or_(false(), *(scope.clause(Structure, ctx.actor) for scope in by_classes))
    shown = or_(*(scope.clause(Structure, ctx.actor) for scope in others))
    cells = positions.public_cells().label("cells")
    rows = select(Structure.kind, cells).where(
        shown, known.is_not(True), Structure.status.in_(positions.SHOWN_AS_CELLS)
    )
    # Structures of an area are many and narrowed by the window; those of cases are few and found by id.
    if any(scope.kind != "party" for scope in others):
        rows = rows.where(cells.op("&&")(window))
    moved = rows.cte("moved").prefix_with("MATERIALIZED")
    narrowed = conditions(moved, chosen, owned=(), unit_ids=[])
    return select(moved.c.cells, literal(-1)).where(moved.c.cells.op("&&")(window), *narrowed)
