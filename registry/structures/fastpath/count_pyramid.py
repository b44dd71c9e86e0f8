"""Counts of the structures that the reader may see in each square of a tile, from counts that the database maintains.

The counts (migrations/sql/r0006/counts.sql) are stored by class: kind, owner, sharing status and status. Scopes that
depend on nothing else decide over whole classes; structures that other scopes show to the reader (a few of open cases,
or those of one commune) are added separately. Squares form a pyramid of levels, each square four of the level below.
Each count has the sum of the places, as whole ten-millionths of a degree, for the mean of a square.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    CompoundSelect,
    Double,
    FromClause,
    Identity,
    Index,
    Integer,
    Select,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    union_all,
)

from registry.authz.actors import Actor, Ctx
from registry.authz.permissions import P
from registry.authz.scopes import Scope, scopes_of
from registry.kernel.db.base import Base
from registry.structures import positions
from registry.structures.filtering.filter import StructureFilter, conditions
from registry.structures.models import WGS84, Structure
from registry.structures.rule_rows import RuleRows, rules_over
from registry.structures.visibility import IS_SHOWN_AS_CELLS

#: Squares along one side of a tile.
BINS: Final = 8
#: The deepest zoom that is counted in bins.
DEEPEST_ZOOM: Final = 13
#: Levels between a tile and its bins.
DEEPER: Final = 3
#: Places are summed in parts of a degree.
MICRO: Final = 10_000_000
_COARSEST, FINEST = 8, 16
#: The attributes of a class.
_CLASS: Final = ("kind", "owner_organisation_id", "sharing_status", "status")
#: The closed lists of a filter that are attributes of a class.
_PRECOUNTED: Final = frozenset({"kind", "sharing_status", "status"})
#: Rules that depend on the attributes of a class alone.
_RULES: Final = rules_over(_CLASS)
structure_class = Table(
    "structure_class",
    Base.metadata,
    Column("id", Integer, Identity(), primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner_organisation_id", BigInteger, nullable=False),
    Column("sharing_status", Text, nullable=False),
    Column("status", Text, nullable=False),
    UniqueConstraint("kind", "owner_organisation_id", "sharing_status", "status", name="uq_structure_class_members"),
)
structure_bin = Table(
    "structure_bin",
    Base.metadata,
    Column("level", SmallInteger, primary_key=True),
    Column("x", Integer, primary_key=True),
    Column("y", Integer, primary_key=True),
    Column("is_coarse", Boolean, primary_key=True),
    Column("class_id", Integer, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("lon_sum", BigInteger, nullable=False),
    Column("lat_sum", BigInteger, nullable=False),
)
Index("ix_structure_bin_empty", structure_bin.c.level, postgresql_where=structure_bin.c.count == 0)
structure_bin_change = Table(
    "structure_bin_change",
    Base.metadata,
    Column("x", Integer, nullable=False),
    Column("y", Integer, nullable=False),
    Column("is_coarse", Boolean, nullable=False),
    Column("kind", Text, nullable=False),
    Column("owner_organisation_id", BigInteger, nullable=False),
    Column("sharing_status", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("cells", Geometry("MULTIPOLYGON", WGS84, spatial_index=False)),
    Column("lon_sum", BigInteger, nullable=False),
    Column("lat_sum", BigInteger, nullable=False),
)
Index("ix_structure_bin_change_square", structure_bin_change.c.x, structure_bin_change.c.y)
Index("ix_structure_bin_change_cells", structure_bin_change.c.cells, postgresql_using="gist")


def is_precounted(structure_filter: StructureFilter) -> bool:
    """Whether the counts can answer a filter: it uses only attributes that make a class."""
    return set(structure_filter.choices) <= _PRECOUNTED and structure_filter == StructureFilter(
        choices=structure_filter.choices,
        without_restricted=structure_filter.without_restricted,
        owner_id=structure_filter.owner_id,
    )


def filter_key(structure_filter: StructureFilter) -> Hashable:
    """A hashable key of a filter of which `is_precounted` holds."""
    return (
        tuple(sorted(structure_filter.choices.items())),
        structure_filter.without_restricted,
        structure_filter.owner_id,
    )


def tile_bins(ctx: Ctx, structure_filter: StructureFilter, zoom: int) -> Select[Any]:
    """`x`, `y`, `count` and mean place (`lon`, `lat`) of the bins of a tile that are not empty.

    `exact` of them are seen exactly, the others as cells.
    For positions.run, with the parameters of `tile_values`: one statement serves all tiles of a zoom.
    """
    counts = _counted(ctx.actor, structure_filter, zoom).subquery("counted")
    count = func.sum(counts.c.count)
    return (
        select(
            counts.c.x,
            counts.c.y,
            count.label("count"),
            func.sum(counts.c.exact).label("exact"),
            mean_of(counts.c.lon_sum, count).label("lon"),
            mean_of(counts.c.lat_sum, count).label("lat"),
        )
        .group_by(counts.c.x, counts.c.y)
        .having(count > 0)
    )


def mean_of(sums: ColumnElement[int], count: ColumnElement[int]) -> ColumnElement[Any]:
    """SQL, an aggregate: the mean in degrees of `count` places from their sums."""
    return cast(func.sum(sums), Double) / cast(count, Double) / float(MICRO)


def total(ctx: Ctx, structure_filter: StructureFilter) -> Select[Any]:
    """The number of structures that the reader may see under a filter; for positions.run."""
    counts = _counted(ctx.actor, structure_filter, None).subquery("counted")
    return select(func.coalesce(func.sum(counts.c.count), 0))


def tile_values(zoom: int, x: int, y: int) -> dict[str, Any]:
    """The parameters of `tile_bins` for one tile."""
    level = zoom + DEEPER
    west, north = x * BINS, y * BINS
    columns, rows = (_range(first, max(level, _COARSEST) - level) for first in (west, north))
    fine_columns, fine_rows = (_range(first, FINEST - level) for first in (west, north))
    return {
        "x": x,
        "y": y,
        "west": west,
        "north": north,
        "columns": list(columns),
        "top": rows.start,
        "bottom": rows.stop - 1,
        "fine_left": fine_columns.start,
        "fine_right": fine_columns.stop - 1,
        "fine_top": fine_rows.start,
        "fine_bottom": fine_rows.stop - 1,
    }


def split_scopes(actor: Actor) -> tuple[list[Scope], list[Scope]]:
    """The scopes of the reader: those that decide by class, and the others."""
    parts: list[Scope] = []
    for scope in scopes_of(actor, P.STRUCTURE_READ):
        whole = scope.kind == "any" and not scope.open_only and not scope.only
        parts += scope.parts if whole else (scope,)
    by_classes = [part for part in parts if _is_by_class(part)]
    return by_classes, [part for part in parts if part not in by_classes]


def _is_by_class(scope: Scope) -> bool:
    by_owner = scope.kind == "side" and scope.detail in Structure.SIDES
    return not scope.only and (scope.kind == "all" or by_owner or (scope.kind == "rule" and scope.detail in _RULES))


def _counted(actor: Actor, structure_filter: StructureFilter, zoom: int | None) -> CompoundSelect[Any]:
    """Counts with their bins: of a tile of a zoom, or (None) of the coarsest bins everywhere."""
    by_classes, others = split_scopes(actor)
    parts = _by_classes(actor, structure_filter, by_classes, zoom)
    return union_all(*parts, *(_by_other_scopes(actor, structure_filter, by_classes, others, zoom) if others else ()))


def _by_classes(
    actor: Actor, structure_filter: StructureFilter, by_classes: list[Scope], zoom: int | None
) -> list[Select[Any]]:
    """From the stored counts and the changes that are not added to them yet."""
    level = _level(zoom)
    stored_level = max(level, _COARSEST)
    above, below = stored_level - level, FINEST - level
    stored, change = structure_bin.c, structure_bin_change.c
    exact, coarse = class_visibility(structure_class, actor, structure_filter, by_classes)
    # Materialised once a class: a tile of a town sums thousands of counts of a few dozen classes.
    shown = select(structure_class.c.id, exact.label("exact"), coarse.label("coarse")).where(or_(exact, coarse))
    classes = shown.cte("classes").prefix_with("MATERIALIZED")
    from_stored = (
        select(
            (stored.x.op(">>")(above)).label("x"),
            (stored.y.op(">>")(above)).label("y"),
            stored.count,
            case((stored.is_coarse, 0), else_=stored.count).label("exact"),
            stored.lon_sum,
            stored.lat_sum,
        )
        .join(classes, classes.c.id == stored.class_id)
        .where(stored.level == stored_level, case((stored.is_coarse, classes.c.coarse), else_=classes.c.exact))
    )
    if zoom is not None:
        from_stored = from_stored.where(
            # One index search for each column of bins.
            stored.x == any_(bindparam("columns", type_=ARRAY(Integer))),
            stored.y.between(_number("top"), _number("bottom")),
        )
    exact, coarse = class_visibility(structure_bin_change, actor, structure_filter, by_classes)
    from_changes = select(
        (change.x.op(">>")(below)).label("x"),
        (change.y.op(">>")(below)).label("y"),
        change.count,
        case((change.is_coarse, 0), else_=change.count).label("exact"),
        change.lon_sum,
        change.lat_sum,
    ).where(*_in_tile(change.x, change.y, zoom), case((change.is_coarse, coarse), else_=exact))
    return [from_stored, from_changes]


def class_visibility(
    rows: FromClause, actor: Actor, structure_filter: StructureFilter, by_classes: list[Scope]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Of rows with the attributes of a class: whether the reader sees it exactly, and whether as cells."""
    exactly = or_(false(), *(scope.clause(RuleRows(rows), actor) for scope in by_classes))
    narrowed = conditions(rows, structure_filter, owned=(), unit_ids=[])
    if not counts_cells(structure_filter):
        return and_(exactly, *narrowed), false()
    return and_(exactly, *narrowed), and_(not_(exactly), IS_SHOWN_AS_CELLS.clause(rows), *narrowed)


def _by_other_scopes(
    actor: Actor, structure_filter: StructureFilter, by_classes: list[Scope], others: list[Scope], zoom: int | None
) -> list[Select[Any]]:
    """Structures that the other scopes show exactly: one more at the place, one less in the cell."""
    is_in_classes = or_(false(), *(scope.clause(Structure, actor) for scope in by_classes))
    shown = or_(*(scope.clause(Structure, actor) for scope in others))
    exact_point, cell = positions.middles()
    rows = select(*(getattr(Structure, name) for name in _CLASS), exact_point.label("place"), cell.label("cell"))
    moved = rows.where(shown, is_in_classes.is_not(True)).subquery("moved")
    narrowed = conditions(moved, structure_filter, owned=(), unit_ids=[])
    counts = [_at(moved.c.place, 1, zoom).where(*narrowed)]
    if counts_cells(structure_filter):
        as_cells = _at(moved.c.cell, -1, zoom)
        counts.append(as_cells.where(moved.c.cell.is_not(None), IS_SHOWN_AS_CELLS.clause(moved), *narrowed))
    return counts


def _level(zoom: int | None) -> int:
    return _COARSEST if zoom is None else zoom + DEEPER


def _at(point_column: ColumnElement[Any], step: int, zoom: int | None) -> Select[Any]:
    below = FINEST - _level(zoom)
    x, y = func.square_x(point_column), func.square_y(point_column)
    bins = select(
        x.op(">>")(below).label("x"),
        y.op(">>")(below).label("y"),
        literal(step).label("count"),
        # What comes is seen exactly, what goes was seen as cells.
        literal(max(step, 0)).label("exact"),
        (literal(step) * func.micro(func.ST_X(point_column))).label("lon_sum"),
        (literal(step) * func.micro(func.ST_Y(point_column))).label("lat_sum"),
    )
    return bins.where(*_in_tile(x, y, zoom))


def _in_tile(x: ColumnElement[Any], y: ColumnElement[Any], zoom: int | None) -> list[ColumnElement[bool]]:
    if zoom is None:
        return []
    return [
        x.between(_number("fine_left"), _number("fine_right")),
        y.between(_number("fine_top"), _number("fine_bottom")),
    ]


def _number(name: str) -> ColumnElement[int]:
    return bindparam(name, type_=Integer)


def counts_cells(structure_filter: StructureFilter) -> bool:
    """Whether a filter that `is_precounted` finds structures seen as cells, of which only the kind is known."""
    return set(structure_filter.choices) <= {"kind"} and structure_filter.owner_id is None


def _range(first: int, deeper: int) -> range:
    return range(first << deeper, (first + BINS) << deeper)
