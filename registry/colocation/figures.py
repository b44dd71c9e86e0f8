"""Figures of requests by owner and by commune: how soon, how late, how often granted, on what grounds refused.

A figure is of the requests sent in a period, and stands beside that of the period before. Who may not see an owner's
cases learns how that owner answers, so that all are treated alike, but nothing that fewer than three requests make up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from typing import Any, Final

from sqlalchemy import CTE, ColumnElement, Row, Select, func, select, tuple_

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.colocation.answer_days import requests_with_days
from registry.colocation.codes import ItemDecision, RefusalGround
from registry.colocation.figure_lines import Figures, Line, Refusals, Table, coarsened
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.outcomes import by_owner
from registry.colocation.periods import Period
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.territory.queries import communes_on

_MEDIAN, _P90 = 0.5, 0.9


class By(Enum):
    """What requests are put together by."""

    OWNER = "owner"
    UNIT = "unit"


def sees_all(ctx: Ctx) -> bool:
    """Whether the actor sees the requests to every owner."""
    return holds(ctx.actor, P.COLOCATION_SETTLE)


def sees_cases_of(ctx: Ctx, owner_id: int | None) -> bool:
    """Whether the actor sees every request sent to an owner."""
    own = holds(ctx.actor, P.COLOCATION_DECIDE) and owner_id in ctx.actor.organisation_ids
    return sees_all(ctx) or own


def figures_by_owner(ctx: Ctx, period: Period) -> Table:
    """By owner, one's own first; what the reader may not see the cases of is coarsened."""
    now, before = _grouped(ctx, period, By.OWNER)
    names = _names(ctx, Organisation.short_name, Organisation.id, now | before)
    lines = [_line(key, name, now, before, is_open=sees_cases_of(ctx, key)) for key, name in names.items()]
    lines.sort(key=lambda line: (line.id not in ctx.actor.organisation_ids, line.name))
    total = _line(_TOTAL, "", now, before, is_open=sees_all(ctx), parts=lines)
    return Table(total, lines)


def figures_by_unit(ctx: Ctx, period: Period) -> list[Line]:
    """By the communes of today in which the structures stand, for who sees all requests; the most asked for first.

    A request for structures in two communes counts in both, one for a structure recorded in a former commune that was
    split in each part; what lies outside the province has no line.
    """
    if not sees_all(ctx):
        return []
    now, before = _grouped(ctx, period, By.UNIT)
    names = _names(ctx, AdminUnit.name, AdminUnit.id, now | before)
    lines = [_line(key, name, now, before, is_open=True) for key, name in names.items()]
    return sorted(lines, key=lambda line: (-(line.now.requests or 0), line.name))


def own_figures(ctx: Ctx, period: Period) -> tuple[int | None, Figures] | None:
    """The figures of all requests for who sees all or has those of the province (owner None), else of one's own."""
    of_all = sees_all(ctx) or holds(ctx.actor, P.DASHBOARD_PROVINCE)
    owner_id = None if of_all else ctx.actor.organisation_id
    if not of_all and not sees_cases_of(ctx, owner_id):
        return None
    where = [] if owner_id is None else [ColocationRequest.owner_organisation_id == owner_id]
    now, _before = _grouped(ctx, period, By.OWNER, *where)
    return owner_id, now.get(_TOTAL, Figures())


#: Key of all together; no row has it as its id.
_TOTAL: Final = -1
Found = dict[int | None, Figures]


def _grouped(ctx: Ctx, period: Period, by: By, *where: ColumnElement[bool]) -> tuple[Found, Found]:
    """Key -> figures, of the period and of the one before."""
    requests = requests_with_days(ctx, period, *where)
    items = _items(ctx, requests, by)
    found: dict[tuple[bool, int | None], Figures] = {}
    for row in ctx.session.execute(_count_requests(requests, items, by)):
        found[_key(row)] = Figures(
            row.requests, row.answered, _plain(row.median), _plain(row.p90), row.late, row.decided
        )
    for row in ctx.session.execute(_count_items(items, by)):
        known = row._mapping
        counts = {name: known[name] for name in _ITEM_COUNTS}
        found[_key(row)] = replace(found[_key(row)], **counts)
    grounds: dict[tuple[bool, int | None], dict[RefusalGround, Refusals]] = {}
    for row in ctx.session.execute(_count_grounds(items, by)):
        grounds.setdefault(_key(row), {})[row.ground] = Refusals(row.items, row.requests)
    for key, refused in grounds.items():
        found[key] = replace(found[key], grounds=refused)
    now = {key: figures for (is_before, key), figures in found.items() if not is_before}
    before = {key: figures for (is_before, key), figures in found.items() if is_before}
    return now, before


_ITEM_COUNTS: Final = (
    "items",
    "items_answered",
    "items_accepted",
    "items_refused",
    "with_answered",
    "with_accepted",
    "with_refused",
)


def _items(ctx: Ctx, requests: CTE, by: By) -> CTE:
    """The structures asked for, with what their owner, not the department, answered for good; by unit one for each."""
    query: Select[Any] = (
        select(
            requests.c.id,
            requests.c.is_before,
            requests.c.owner_id,
            ColocationItem.ground,
            by_owner().label("answered"),
            by_owner(ItemDecision.ACCEPTED).label("accepted"),
            by_owner(ItemDecision.REJECTED).label("refused"),
        )
        .select_from(requests)
        .join(ColocationItem, ColocationItem.request_id == requests.c.id)
        .join(Structure, Structure.id == ColocationItem.structure_id)
    )
    if by is By.UNIT:
        pairs = communes_on(ctx.today)
        query = query.add_columns(pairs.c.unit_id).join(pairs, pairs.c.record_id == Structure.commune_id)
    return query.cte("item")


def _count_requests(requests: CTE, items: CTE, by: By) -> Select[Any]:
    source, key = requests, requests.c.owner_id
    if by is By.UNIT:
        pairs = select(items.c.id, items.c.unit_id).distinct().cte("pair")
        joined = select(requests, pairs.c.unit_id).join(pairs, pairs.c.id == requests.c.id).cte("in_unit")
        source, key = joined, joined.c.unit_id
    query = select(
        func.count().label("requests"),
        func.count().filter(source.c.answered).label("answered"),
        func.percentile_cont(_MEDIAN).within_group(source.c.days).label("median"),
        func.percentile_cont(_P90).within_group(source.c.days).label("p90"),
        func.count().filter(source.c.late).label("late"),
        func.count().filter(source.c.decided).label("decided"),
    )
    return _by(query, source, key)


def _count_items(items: CTE, by: By) -> Select[Any]:
    query = select(func.count().label("items"))
    for name in ("answered", "accepted", "refused"):
        query = query.add_columns(
            func.count().filter(items.c[name]).label(f"items_{name}"),
            func.count(items.c.id.distinct()).filter(items.c[name]).label(f"with_{name}"),
        )
    return _by(query, items, items.c[f"{by.value}_id"])


def _count_grounds(items: CTE, by: By) -> Select[Any]:
    query = select(
        items.c.ground, func.count().label("items"), func.count(items.c.id.distinct()).label("requests")
    ).where(items.c.refused)
    return _by(query, items, items.c[f"{by.value}_id"], items.c.ground)


def _by(query: Select[Any], source: CTE, key: ColumnElement[Any], *more: ColumnElement[Any]) -> Select[Any]:
    """Each key and all together, of the period and of the one before."""
    columns = query.add_columns(source.c.is_before, key.label("key"), func.grouping(key).label("is_total"))
    each, together = tuple_(source.c.is_before, key, *more), tuple_(source.c.is_before, *more)
    return columns.select_from(source).group_by(func.grouping_sets(each, together))


def _key(row: Row[Any]) -> tuple[bool, int | None]:
    return row.is_before, _TOTAL if row.is_total else row.key


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _names(ctx: Ctx, name: Any, key: Any, found: Mapping[int | None, Figures]) -> dict[int, str]:
    rows = ctx.session.execute(select(key, name).where(key.in_([each for each in found if each is not None])))
    return {row[0]: row[1] for row in rows}


def _line(key: int | None, name: str, now: Found, before: Found, *, is_open: bool, parts: Sequence[Line] = ()) -> Line:
    mine, former = now.get(key, Figures()), before.get(key, Figures())
    if not is_open:
        mine = coarsened(mine, [part.now for part in parts])
        former = coarsened(former, [part.before for part in parts])
    return Line(None if key == _TOTAL else key, name, is_open, mine, former)
