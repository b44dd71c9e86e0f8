"""Counts of the structures that the reader knows only by their public cells, from counts that the database maintains.

Like the counts by bins (count_pyramid.py) they are stored by class (migrations/sql/r0006/counts.sql); structures
that scopes beyond the class show to the reader exactly are subtracted from their cells.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    CTE,
    BigInteger,
    Column,
    ColumnElement,
    Double,
    FromClause,
    Identity,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    false,
    func,
    literal,
    literal_column,
    or_,
    select,
    text,
    union_all,
)

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import Scope, scopes_of
from registry.kernel.db.base import Base
from registry.structures import positions
from registry.structures.fastpath import count_pyramid
from registry.structures.filtering.filter import StructureFilter, conditions
from registry.structures.models import WGS84, Structure
from registry.structures.visibility import IS_SHOWN_AS_CELLS

structure_cell = Table(
    "structure_cell",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("key", Uuid, nullable=False),
    Column("cells", Geometry("MULTIPOLYGON", WGS84, spatial_index=False), nullable=False),
    # The commune that the middle is in, while the communes are those that `placed_by` names.
    Column("unit_id", BigInteger),
    Column("placed_by", Text),
    UniqueConstraint("key", name="uq_structure_cell_key"),
)
Index("ix_structure_cell_cells", structure_cell.c.cells, postgresql_using="gist")
#: Clusters look for the nearest middle.
Index("ix_structure_cell_middle", text("ST_Centroid(cells)"), postgresql_using="gist", _table=structure_cell)
structure_cell_count = Table(
    "structure_cell_count",
    Base.metadata,
    Column("cell_id", Integer, primary_key=True, autoincrement=False),
    Column("class_id", Integer, primary_key=True, autoincrement=False),
    Column("count", Integer, nullable=False),
)
Index(
    "ix_structure_cell_count_empty", structure_cell_count.c.cell_id, postgresql_where=structure_cell_count.c.count == 0
)


def cell_counts(ctx: Ctx, counts: StructureFilter, window: ColumnElement[Any]) -> Select[Any]:
    """Count and cells of the structures known only by cells that intersect a window, under a filter of the counts.

    For positions.run; `count_pyramid.is_precounted` must hold for the filter.
    """
    by_classes, others = count_pyramid.split_scopes(ctx.actor)
    parts = [_precounted(ctx, counts, by_classes, window), _changed(ctx, counts, by_classes, window)]
    if others and count_pyramid.counts_cells(counts):
        parts.append(_shown_exactly(ctx, counts, by_classes, others, window))
    readable_rows = union_all(*parts).subquery("found")
    total = func.sum(readable_rows.c.count)
    return select(total.label("count"), readable_rows.c.cells).group_by(readable_rows.c.cells).having(total > 0)


def counted_cells(counts: StructureFilter, kinds: Collection[str] = ()) -> Select[Any]:
    """Cells with the `number` of structures that figures count there; with `kinds` each has a column of its own number.

    For positions.run; `can_count_cells` must hold for the reader, who sees every structure as cells.
    """
    classes, change = count_pyramid.structure_class, count_pyramid.structure_bin_change
    stored = (
        select(structure_cell.c.cells, structure_cell_count.c.count, classes.c.kind)
        .join(structure_cell_count, structure_cell_count.c.cell_id == structure_cell.c.id)
        .join(classes, classes.c.id == structure_cell_count.c.class_id)
        .where(*_is_shown(classes, counts))
    )
    pending = select(change.c.cells, change.c.count, change.c.kind).where(
        change.c.cells.is_not(None), *_is_shown(change, counts)
    )
    readable_rows = union_all(stored, pending).subquery("found")
    number = func.sum(readable_rows.c.count)
    numbers = [func.coalesce(number.filter(readable_rows.c.kind == kind), 0).label(kind) for kind in kinds]
    by_cells = select(readable_rows.c.cells, *(numbers or [number.label("number")]))
    return by_cells.group_by(readable_rows.c.cells).having(number > 0)


def nearest_cells(
    ctx: Ctx,
    structure_filter: StructureFilter,
    points: CTE,
    point: ColumnElement[Any],
    box: ColumnElement[Any],
    where: Callable[[ColumnElement[Any]], ColumnElement[bool]],
) -> Select[Any]:
    """The middle (`place`) next to each point, of the cells by which the reader knows structures, and its `distance`.

    `points` is the table of points and boxes; `where` narrows middles. For positions.run; `is_precounted` and
    `counts_cells` of the pyramid must hold for the filter. To be made a lateral.
    """
    by_classes, others = count_pyramid.split_scopes(ctx.actor)
    classes, change = count_pyramid.structure_class, count_pyramid.structure_bin_change.alias("pending")
    _exact, coarse = count_pyramid.class_visibility(classes, ctx.actor, structure_filter, by_classes)
    shown = func.array(select(classes.c.id).where(coarse).scalar_subquery())
    _exact, is_pending = count_pyramid.class_visibility(change, ctx.actor, structure_filter, by_classes)
    moved = None
    if others:
        moved = _moved(ctx, structure_filter, by_classes, others).cte("moved_cells").prefix_with("MATERIALIZED")

    def remaining(cells: ColumnElement[Any], stored: ColumnElement[int]) -> ColumnElement[bool]:
        """Whether some are known by these cells: stored ones, what is not added yet, less those seen exactly."""
        added = select(func.sum(change.c.count)).where(
            change.c.cells.op("&&")(cells), change.c.cells == cells, is_pending
        )
        number = func.coalesce(stored, 0) + func.coalesce(added.scalar_subquery(), 0)
        if moved is not None:
            exactly = select(func.count()).select_from(moved).where(moved.c.cells == cells)
            number = number - exactly.scalar_subquery()
        return number > 0

    def nearest(cells: ColumnElement[Any], *conditions: ColumnElement[bool]) -> Select[Any]:
        middle = func.ST_Centroid(cells)
        distance: ColumnElement[float] = middle.op("<->", return_type=Double())(point)
        query = select(middle.label("place"), distance.label("distance"))
        # One middle is nearest: which of the cells around it is taken makes no difference.
        return (
            query.where(middle.op("&&")(box), where(middle), *conditions)
            .order_by(distance)
            .limit(literal_column("1"))
            .correlate(points)
        )

    by_cell = structure_cell_count.c
    stored = select(func.sum(by_cell.count)).where(
        by_cell.cell_id == structure_cell.c.id, by_cell.class_id == any_(shown)
    )
    from_stored = nearest(structure_cell.c.cells, remaining(structure_cell.c.cells, stored.scalar_subquery()))
    new = count_pyramid.structure_bin_change
    _exact, is_new = count_pyramid.class_visibility(new, ctx.actor, structure_filter, by_classes)
    is_stored = select(structure_cell.c.id).where(structure_cell.c.key == func.cells_key(new.c.cells)).exists()
    from_changes = nearest(
        new.c.cells, new.c.cells.op("&&")(box), new.c.is_coarse, is_new, ~is_stored, remaining(new.c.cells, literal(0))
    )
    either = union_all(from_stored.correlate(points), from_changes.correlate(points)).subquery("either")
    return select(either).order_by(either.c.distance).limit(literal_column("1"))


def can_count_cells(ctx: Ctx, structure_filter: StructureFilter) -> bool:
    """Whether `counted_cells` knows all that a filter asks, for this reader."""
    knows = count_pyramid.counts_cells(structure_filter) or positions.counts_province(ctx)
    return knows and count_pyramid.is_precounted(structure_filter) and not scopes_of(ctx.actor, P.STRUCTURE_READ)


def _is_shown(rows: FromClause, structure_filter: StructureFilter) -> list[ColumnElement[bool]]:
    return [IS_SHOWN_AS_CELLS.clause(rows), *conditions(rows, structure_filter, owned=(), unit_ids=[])]


def _precounted(
    ctx: Ctx, structure_filter: StructureFilter, by_classes: list[Scope], window: ColumnElement[Any]
) -> Select[Any]:
    classes = count_pyramid.structure_class
    _exact, coarse = count_pyramid.class_visibility(classes, ctx.actor, structure_filter, by_classes)
    shown = select(classes.c.id).where(coarse).cte("classes").prefix_with("MATERIALIZED")
    # Window -> cells -> counts: each step is an index search.
    return (
        select(structure_cell.c.cells, structure_cell_count.c.count)
        .join(structure_cell_count, structure_cell_count.c.cell_id == structure_cell.c.id)
        .where(
            structure_cell.c.cells.op("&&")(window),
            structure_cell_count.c.class_id == any_(func.array(select(shown.c.id).scalar_subquery())),
        )
    )


def _changed(
    ctx: Ctx, structure_filter: StructureFilter, by_classes: list[Scope], window: ColumnElement[Any]
) -> Select[Any]:
    """Changes that are not added to the stored counts yet."""
    change = count_pyramid.structure_bin_change
    _exact, coarse = count_pyramid.class_visibility(change, ctx.actor, structure_filter, by_classes)
    return select(change.c.cells, change.c.count).where(change.c.cells.op("&&")(window), coarse)


def _shown_exactly(
    ctx: Ctx,
    structure_filter: StructureFilter,
    by_classes: list[Scope],
    others: list[Scope],
    window: ColumnElement[Any],
) -> Select[Any]:
    """One less in its cells for each structure that other scopes show exactly."""
    rows = _moved(ctx, structure_filter, by_classes, others)
    # Structures of an area are many and narrowed by the window; those of cases are few and found by id.
    if any(scope.kind != "party" for scope in others):
        rows = rows.where(positions.public_cells().op("&&")(window))
    moved = rows.cte("moved").prefix_with("MATERIALIZED")
    return select(moved.c.cells, literal(-1)).where(moved.c.cells.op("&&")(window))


def _moved(ctx: Ctx, is_counted_by_class: StructureFilter, by_classes: list[Scope], others: list[Scope]) -> Select[Any]:
    """The `cells` of each structure that scopes beyond the class show exactly, though its class is known by cells."""
    is_in_classes = or_(false(), *(scope.clause(Structure, ctx.actor) for scope in by_classes))
    shown = or_(*(scope.clause(Structure, ctx.actor) for scope in others))
    return select(positions.public_cells().label("cells")).where(
        shown,
        is_in_classes.is_not(True),
        positions.is_shown_as_cells(),
        *conditions(Structure.__table__, is_counted_by_class, owned=(), unit_ids=[]),
    )
