"""Unpublished nodes that a published line of their owner shows, because the line is exact (ADR 0021).

A node that others know as a cell (in service or suspended, neither published nor restricted) is shown by a line of the
same owner within a metre, unless the owner agreed on the line (`shows_nodes`). Plans and restricted structures are
known to no one else, so a line says nothing of them. Nodes of other owners are neither compared nor named: the answer
would disclose to the owner of the line where they are.
"""

from __future__ import annotations

from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import ColumnElement, Row, Select, and_, column, false, func, not_, or_, select, table, text, union
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Shape
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.positions.reader_role import run
from registry.structures.visibility import IS_OFFERED, IS_PUBLISHED, IS_SHOWN_AS_CELLS

#: Nearer than this a line shows a node, in metres.
WITHIN_M: Final = 1.0
_LINES: Final = tuple(code for code, kind in KINDS.items() if kind.shows_nodes)
_NODES: Final = tuple(code for code, kind in KINDS.items() if kind.shape is Shape.POINT)


def hidden_nodes_along(ctx: Ctx, owner_id: int, shape: ColumnElement[Any]) -> list[str]:
    """Codes of the owner's hidden nodes that a line with this shape (EPSG:5897) would show."""
    return _codes(ctx, owner_id, shape, _is_hidden_node(Structure))


def showing_lines_at(ctx: Ctx, owner_id: int, shape: ColumnElement[Any]) -> list[str]:
    """Codes of the owner's published lines that would show a hidden node of this shape (EPSG:5897)."""
    return _codes(ctx, owner_id, shape, _is_showing_line(Structure))


def shape_of(structure_id: int) -> ColumnElement[Any]:
    """The shape of a structure, for the two functions above."""
    return select(Structure.geom_m).where(Structure.id == structure_id).scalar_subquery()


def shape_of_geojson(geojson: str) -> ColumnElement[Any]:
    """A given shape (WGS 84) on the grid of the province."""
    shape: ColumnElement[Any] = func.ST_Transform(
        func.ST_SetSRID(func.ST_GeomFromGeoJSON(geojson), WGS84), PROVINCE_GRID
    )
    return shape


def shown_pairs(ctx: Ctx, ids: Select[Any], *scratch: str) -> list[Row[Any]]:
    """Lines that show hidden nodes without consent, where one of the two is among `ids`: `line_id`, both codes.

    `scratch` are the temporary tables of the connection that `ids` reads.
    """
    for name in scratch:
        ctx.session.execute(text(f"GRANT SELECT ON {name} TO {POSITION_READER_ROLE}"))
    queries = []
    for is_line in (True, False):
        line, node = aliased(Structure, name="line"), aliased(Structure, name="node")
        changed = line if is_line else node
        queries.append(
            select(line.id.label("line_id"), line.code.label("line_code"), node.code.label("node_code"))
            .join(
                node,
                and_(
                    node.owner_organisation_id == line.owner_organisation_id,
                    func.ST_DWithin(node.geom_m, line.geom_m, WITHIN_M),
                ),
            )
            .where(_is_showing_line(line), _is_hidden_node(node), changed.id.in_(ids))
        )
    return list(run(ctx, union(*queries).order_by("line_code", "node_code")))


def shows_hidden_nodes() -> ColumnElement[bool]:
    """SQL: published lines that show hidden nodes of their owner without consent. To be read within `run`.

    The answer is for the owner of the line and for who sees every structure: the caller narrows it to these.
    """
    node = aliased(Structure, name="node")
    along = select(node.id).where(
        node.owner_organisation_id == Structure.owner_organisation_id,
        func.ST_DWithin(node.geom_m, Structure.geom_m, WITHIN_M),
        _is_hidden_node(node),
    )
    return and_(_is_showing_line(Structure), along.correlate(Structure).exists())


def staged_pairs(ctx: Ctx, kind: str, owner_id: int, name: str) -> list[Row[Any]]:
    """Rows of a file that would show, or be shown as, hidden nodes: `number` of the row, `code` of the other structure.

    `name` is the scratch table (number, structure_id, status, sharing_status, shows_nodes) of the rows of one kind as
    they will be; `check_place` has their new positions. A row that stays where it is has that of its structure.
    """
    if kind not in (*_LINES, *_NODES):
        return []
    row = table(name, *map(column, ("number", "structure_id", "status", "sharing_status", "shows_nodes")))
    staged = table("check_place", column("number"), column("spot_m", Geometry))
    itself, other = aliased(Structure, name="itself"), aliased(Structure, name="other")
    shape = func.coalesce(staged.c.spot_m, itself.geom_m)
    is_line = kind in _LINES
    query = (
        select(row.c.number, other.code)
        .select_from(row)
        .outerjoin(staged, staged.c.number == row.c.number)
        .outerjoin(itself, itself.id == row.c.structure_id)
        .join(other, and_(other.owner_organisation_id == owner_id, func.ST_DWithin(other.geom_m, shape, WITHIN_M)))
        .where(_is_staged_line(row.c) if is_line else _is_hidden(row.c))
        .where(_is_hidden_node(other) if is_line else _is_showing_line(other))
        .order_by(row.c.number, other.code)
    )
    for scratch in (name, staged.name):
        ctx.session.execute(text(f"GRANT SELECT ON {scratch} TO {POSITION_READER_ROLE}"))
    return list(run(ctx, query))


def _is_staged_line(row: Any) -> ColumnElement[bool]:
    """`_is_showing_line` over the texts of a row."""
    return and_(
        IS_OFFERED.clause(row),
        func.coalesce(row.shows_nodes, false()).is_(False),
    )


def _codes(ctx: Ctx, owner_id: int, shape: ColumnElement[Any], what: ColumnElement[bool]) -> list[str]:
    near = func.ST_DWithin(Structure.geom_m, shape, WITHIN_M)
    query = select(Structure.code).where(Structure.owner_organisation_id == owner_id, what, near)
    return list(run(ctx, query.order_by(Structure.code)).scalars())


def _is_showing_line(model: Any) -> ColumnElement[bool]:
    return and_(
        model.kind.in_(_LINES),
        IS_OFFERED.clause(model),
        or_(model.shows_nodes.is_(None), model.shows_nodes.is_(False)),
    )


def _is_hidden_node(model: Any) -> ColumnElement[bool]:
    return and_(model.kind.in_(_NODES), _is_hidden(model))


def _is_hidden(rows: Any) -> ColumnElement[bool]:
    """Others see it as cells only."""
    return and_(IS_SHOWN_AS_CELLS.clause(rows), not_(IS_PUBLISHED.clause(rows)))
