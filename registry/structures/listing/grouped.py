"""Pages by kind, owner or commune: the structures of one value after those of another, by code within a value.

The values come in the order of their names. Of a structure that the reader sees as a cell neither owner nor commune
counts, so those rows come last by code, as do structures without the value: the order gives away no more than the rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    Subquery,
    Text,
    bindparam,
    cast,
    func,
    select,
    true,
    union_all,
)
from sqlalchemy.types import TypeEngine

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor
from registry.kernel.text import fold
from registry.structures import positions
from registry.structures.fastpath import compiled_lists
from registry.structures.filtering.filter import StructureFilter, box_values, where_of
from registry.structures.filtering.list_rows import GROUP_PLACE, Order, named_rows
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit, UnitLevel

Key = str | int | None
#: Values that the first statement of a page asks for; each further one asks for twice as many.
_FIRST: Final = 8


@dataclass(frozen=True)
class Grouping:
    """A column whose values are put in order; (column, code) has an index."""

    column: str
    type: TypeEngine[Any]
    #: All its values in the order of their names.
    keys: Callable[[Ctx], list[Any]]


def _kinds(_ctx: Ctx) -> list[str]:
    return sorted(KINDS, key=lambda code: fold(str(KINDS[code].label)))


def _owners(ctx: Ctx) -> list[int]:
    return list(ctx.session.scalars(select(Organisation.id).order_by(Organisation.short_name, Organisation.id)))


def _communes(ctx: Ctx) -> list[int]:
    communes = select(AdminUnit.id).where(AdminUnit.level == UnitLevel.COMMUNE)
    return list(ctx.session.scalars(communes.order_by(AdminUnit.name, AdminUnit.id)))


#: By the name of the list's column. Owner and commune of a past day have no index: those lists have other orders.
GROUPINGS: Final = {
    "kind": Grouping("kind", Text(), _kinds),
    "owner": Grouping("owner_organisation_id", BigInteger(), _owners),
    "commune": Grouping("commune_id", BigInteger(), _communes),
}


def next_rows(
    ctx: Ctx, structure_filter: StructureFilter, order: Order, cursor: Cursor | None, filter_key: Any
) -> list[Any]:
    """The next rows of a page in the direction of `order`; `filter_key` is a cache key of the filter, or None."""
    grouping = GROUPINGS[order.sort]
    is_backwards = cursor is not None and cursor.backwards
    groups = grouping.keys(ctx)
    if order.descending != is_backwards:
        groups.reverse()
    # Rows without a value come last in both orders of the list.
    keys: list[Key] = [*groups, None]
    if is_backwards:
        keys.reverse()

    def read(part: str, build: Callable[[], Select[Any]], values: dict[str, Any]) -> list[Any]:
        what = None if filter_key is None else ("grouped", part, filter_key, order)
        return compiled_lists.run(ctx, what, build, values | box_values(structure_filter))

    def of_group(key: Key, edge: str | None) -> list[Any]:
        parts = "none" if key is None else "one", "from" if edge is not None else ""
        values = ({} if key is None else {"group": key}) | ({} if edge is None else {"edge": edge})
        statement = lambda: _of_group(ctx, structure_filter, order, key, edge)  # noqa: E731 - closes over the group
        return read(":".join(parts), statement, values)

    rows: list[Any] = []
    if cursor is not None:
        key, edge = _edge_of(cursor, keys)
        keys = keys[keys.index(key) + 1 :]
        rows = of_group(key, edge)
    at_once = _FIRST
    while keys and len(rows) < order.most:
        if keys[0] is None:
            rows += of_group(keys.pop(0), None)
            continue
        upto = keys.index(None) if None in keys else len(keys)
        chunk, keys = keys[: min(at_once, upto)], keys[min(at_once, upto) :]
        rows += read("many", lambda: _of_groups(ctx, structure_filter, order), {"groups": chunk})
        at_once *= 2
    return rows[: order.most]


def edge_value(row: Any, sort: str) -> list[Any]:
    """What a cursor holds of a row besides its id."""
    return [getattr(row, GROUPINGS[sort].column), row.code]


def _edge_of(cursor: Cursor, keys: list[Key]) -> tuple[Key, str]:
    """The value and the code at a cursor; Invalid where no structure has the value any more."""
    key, code = cursor.value
    if key not in keys:
        raise Invalid({"cursor": _("Trang cần mở không còn đúng; hãy mở lại danh sách từ đầu.")})
    return key, code


def _of_group(ctx: Ctx, structure_filter: StructureFilter, order: Order, key: Key, edge: str | None) -> Select[Any]:
    """The next rows of one value."""
    grouping = GROUPINGS[order.sort]

    def part(branch: Subquery) -> Select[Any]:
        column = branch.c[grouping.column]
        same = column.is_(None) if key is None else column == bindparam("group", type_=grouping.type)
        beyond = [] if edge is None else [_beyond(branch, order)]
        where = where_of(ctx, branch, structure_filter)
        return _ordered(select(branch).where(same, *beyond, *where), branch.c.code, order)

    page = _page(positions.parts(ctx), part)
    limited = select(page).order_by(_directed(page.c.code, order)).limit(order.limit).subquery("page")
    return named_rows(ctx, limited, structure_filter, order).order_by(None).order_by(_directed(limited.c.code, order))


def _of_groups(ctx: Ctx, structure_filter: StructureFilter, order: Order) -> Select[Any]:
    """The first rows of several values, one value after another."""
    grouping = GROUPINGS[order.sort]
    listed = cast(bindparam("groups", type_=ARRAY(grouping.type)), ARRAY(grouping.type))
    groups = func.unnest(listed).table_valued("key", with_ordinality=GROUP_PLACE, name="groups").render_derived()

    def part(branch: Subquery) -> Select[Any]:
        same = branch.c[grouping.column] == groups.c.key
        rows = _ordered(
            select(branch).where(same, *where_of(ctx, branch, structure_filter)), branch.c.code, order
        ).lateral(f"of_{branch.name}")
        return select(rows, groups.c[GROUP_PLACE]).select_from(groups.join(rows, true()))

    page = _page(positions.parts(ctx), part)
    keys = (page.c[GROUP_PLACE], _directed(page.c.code, order))
    limited = select(page).order_by(*keys).limit(order.limit).subquery("page")
    ordered = named_rows(ctx, limited, structure_filter, order).order_by(None)
    return ordered.order_by(limited.c[GROUP_PLACE], _directed(limited.c.code, order))


def _page(branches: list[Subquery], part: Callable[[Subquery], Select[Any]]) -> Subquery:
    return union_all(*(select(part(branch).subquery()) for branch in branches)).subquery("either")


def _ordered(query: Select[Any], code: ColumnElement[Any], order: Order) -> Select[Any]:
    return query.order_by(_directed(code, order)).limit(order.limit)


def _directed(code: ColumnElement[Any], order: Order) -> ColumnElement[Any]:
    return code.desc() if order.descending else code.asc()


def _beyond(branch: Subquery, order: Order) -> ColumnElement[bool]:
    edge = bindparam("edge", type_=Text())
    return branch.c.code < edge if order.descending else branch.c.code > edge
