"""Figures of requests by owner and by commune: time to answer, lateness, acceptance, grounds of refusal.

Figures cover the requests filed in a period, next to those of the period before. A reader who may not see an owner's
cases sees that owner's figures without any that fewer than three requests make up, and of the last year alone: two
periods that differ by a day would state the requests of that day.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import Any, ClassVar, Final

from sqlalchemy import CTE, ColumnElement, Row, Select, and_, func, not_, or_, select, tuple_

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds, visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.codes import ItemDecision, RefusalGround
from registry.colocation.figures.outcomes import Period, decided_by_owner, last_year, requests_with_days
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.indicators.declared import percent_of
from registry.kernel.db.row_access import sees_all_rows
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.territory.queries import communes_on

#: Counts of fewer requests would disclose single cases.
MIN_REQUESTS: Final = 3
_TENTH: Final = Decimal("0.1")
_MEDIAN, _P90 = 0.5, 0.9
#: Key of the totals; no owner or commune has it as its id.
_TOTAL: Final = -1
_ANSWERS: Final = ("answered", "accepted", "refused")
_ITEM_COUNTS: Final = ("items", *(f"{counted}_{name}" for counted in ("items", "with") for name in _ANSWERS))


@dataclass(frozen=True)
class Refusals:
    """Structures refused on one ground, and the requests that contain them; None if suppressed."""

    items: int | None
    requests: int | None


@dataclass(frozen=True)
class ColocationFigures:
    """Counts of requests and their items; times in working days. None: nothing to compute from, or suppressed."""

    requests: int | None = 0
    answered: int | None = 0
    median: Decimal | None = None
    p90: Decimal | None = None
    late: int | None = 0
    decided: int | None = 0
    items: int | None = 0
    items_answered: int | None = 0
    items_accepted: int | None = 0
    items_refused: int | None = 0
    #: Requests with an item that the owner answered for good, accepted, refused.
    with_answered: int | None = 0
    with_accepted: int | None = 0
    with_refused: int | None = 0
    grounds: Mapping[RefusalGround, Refusals] = field(default_factory=dict)

    @property
    def acceptance_pct(self) -> Decimal | None:
        """Items accepted by the owner, in percent of its final answers."""
        if not self.items_answered or self.items_accepted is None:
            return None
        return percent_of(self.items_accepted, self.items_answered)

    def refusals(self, ground: RefusalGround) -> Refusals:
        return self.grounds.get(ground, Refusals(0, 0))


@dataclass(frozen=True)
class FigureLine:
    """Figures of one owner or commune (`id` None: all together), for the period and the one before."""

    id: int | None
    name: str
    #: The reader may see the cases: nothing is suppressed, and figures link to their lists.
    is_open: bool
    now: ColocationFigures
    before: ColocationFigures
    least: ClassVar[int] = MIN_REQUESTS


@dataclass(frozen=True)
class Table:
    """All lines, and their total; without a total only lines of cases that the reader may see."""

    total: FigureLine | None
    lines: list[FigureLine]


def suppress_small_counts(figures: ColocationFigures, parts: Sequence[ColocationFigures] = ()) -> ColocationFigures:
    """Figures without counts below `MIN_REQUESTS`, zero included, and without decisions.

    `parts` are published next to these figures: a count is suppressed, too, if the rest after subtracting the parts is
    below `MIN_REQUESTS`.
    """

    def published(count: Callable[[ColocationFigures], int | None]) -> int | None:
        whole = count(figures) or 0
        rest = whole - sum(count(part) or 0 for part in parts)
        return whole if whole >= MIN_REQUESTS and not 0 < rest < MIN_REQUESTS else None

    answered, granted = (
        published(lambda group_figures: group_figures.answered),
        published(lambda group_figures: group_figures.with_answered),
    )
    requests, refused = (
        published(lambda group_figures: group_figures.requests),
        published(lambda group_figures: group_figures.with_refused),
    )

    def on(ground: RefusalGround) -> Refusals:
        count = published(lambda group_figures: group_figures.refusals(ground).requests)
        return Refusals(figures.refusals(ground).items if count else None, count)

    return ColocationFigures(
        requests=requests,
        answered=answered,
        median=figures.median if answered else None,
        p90=figures.p90 if answered else None,
        late=published(lambda group_figures: group_figures.late),
        decided=None,
        items=figures.items if requests else None,
        items_answered=figures.items_answered if granted else None,
        items_accepted=figures.items_accepted if granted else None,
        items_refused=figures.items_refused if refused else None,
        with_answered=granted,
        with_accepted=published(lambda group_figures: group_figures.with_accepted),
        with_refused=refused,
        grounds={ground: on(ground) for ground in RefusalGround},
    )


class GroupBy(Enum):
    """Grouping of requests."""

    OWNER = "owner"
    UNIT = "unit"


def sees_all(ctx: Ctx) -> bool:
    """Whether the actor sees the requests to every owner."""
    return holds(ctx.actor, P.COLOCATION_SETTLE)


def sees_cases_of(ctx: Ctx, owner_id: int | None) -> bool:
    """Whether the actor sees every request to an owner."""
    own = holds(ctx.actor, P.COLOCATION_DECIDE) and owner_id in ctx.actor.organisation_ids
    return sees_all(ctx) or own


@sees_all_rows(ColocationRequest.__tablename__)
def figures_by_owner(ctx: Ctx, period: Period) -> Table:
    """By owner, the actor's own first; small counts are suppressed where the actor may not see the cases.

    Those of another period than the last year are left out for who may not see all cases, and so is the total.
    """
    now, before = _read_figures(ctx, period, GroupBy.OWNER)
    names = _names(ctx, Organisation.short_name, Organisation.id, now | before)
    lines = [_line(key, name, now, before, is_open=sees_cases_of(ctx, key)) for key, name in names.items()]
    lines.sort(key=lambda line: (line.id not in ctx.actor.organisation_ids, line.name))
    if not sees_all(ctx) and period != last_year(ctx.today):
        return Table(None, [line for line in lines if line.is_open])
    total = _line(_TOTAL, "", now, before, is_open=sees_all(ctx), parts=lines)
    return Table(total, lines)


def figures_by_unit(ctx: Ctx, period: Period) -> list[FigureLine]:
    """By present communes of the structures, most requests first; empty unless the actor sees all requests.

    A request for structures in two communes counts in both. A structure recorded in a former commune that was split
    counts in each part. Structures outside the province have no line.
    """
    if not sees_all(ctx):
        return []
    now, before = _read_figures(ctx, period, GroupBy.UNIT)
    names = _names(ctx, AdminUnit.name, AdminUnit.id, now | before)
    lines = [_line(key, name, now, before, is_open=True) for key, name in names.items()]
    return sorted(lines, key=lambda line: (-(line.now.requests or 0), line.name))


def own_figures(ctx: Ctx, period: Period) -> tuple[int | None, ColocationFigures] | None:
    """Owner id and figures: of all requests (owner None) if the actor may know them, otherwise of its organisation."""
    of_all = sees_all(ctx) or holds(ctx.actor, P.DASHBOARD_PROVINCE)
    owner_id = None if of_all else ctx.actor.organisation_id
    if not of_all and not sees_cases_of(ctx, owner_id):
        return None
    where = [] if owner_id is None else [ColocationRequest.owner_organisation_id == owner_id]
    now, _before = _read_figures(ctx, period, GroupBy.OWNER, *where)
    return owner_id, now.get(_TOTAL, ColocationFigures())


FiguresByKey = dict[int | None, ColocationFigures]


def _read_figures(
    ctx: Ctx, period: Period, by: GroupBy, *where: ColumnElement[bool]
) -> tuple[FiguresByKey, FiguresByKey]:
    """Figures by key, of the period and of the one before."""
    requests = requests_with_days(ctx, period, *where)
    items = _items(ctx, requests, by)
    figures_by_key: dict[tuple[bool, int | None], ColocationFigures] = {}
    for row in ctx.session.execute(_count_requests(requests, items, by)):
        figures_by_key[_key(row)] = ColocationFigures(
            row.requests, row.answered, _days(row.median), _days(row.p90), row.late, row.decided
        )
    for row in ctx.session.execute(_count_items(items, by)):
        counts = {name: row._mapping[name] for name in _ITEM_COUNTS}
        figures_by_key[_key(row)] = replace(figures_by_key[_key(row)], **counts)
    grounds: dict[tuple[bool, int | None], dict[RefusalGround, Refusals]] = {}
    for row in ctx.session.execute(_count_grounds(items, by)):
        grounds.setdefault(_key(row), {})[row.ground] = Refusals(row.items, row.requests)
    for key, refused in grounds.items():
        figures_by_key[key] = replace(figures_by_key[key], grounds=refused)
    now = {key: figures for (is_before, key), figures in figures_by_key.items() if not is_before}
    before = {key: figures for (is_before, key), figures in figures_by_key.items() if is_before}
    return now, before


def _items(ctx: Ctx, requests: CTE, by: GroupBy) -> CTE:
    """Requested items with the owner's final answer; by commune one row for each commune."""
    query: Select[Any] = (
        select(
            requests.c.id,
            requests.c.is_before,
            requests.c.owner_id,
            ColocationItem.ground,
            decided_by_owner().label("answered"),
            decided_by_owner(ItemDecision.ACCEPTED).label("accepted"),
            decided_by_owner(ItemDecision.REJECTED).label("refused"),
        )
        .select_from(requests)
        .join(ColocationItem, ColocationItem.request_id == requests.c.id)
        .join(Structure, Structure.id == ColocationItem.structure_id)
    )
    if by is GroupBy.UNIT:
        pairs = communes_on(ctx.today)
        query = query.add_columns(pairs.c.unit_id).join(pairs, pairs.c.record_id == Structure.commune_id)
    return query.cte("item")


def _count_requests(requests: CTE, items: CTE, by: GroupBy) -> Select[Any]:
    source, key = requests, requests.c.owner_id
    if by is GroupBy.UNIT:
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
    return _grouped_by(query, source, key)


def _count_items(items: CTE, by: GroupBy) -> Select[Any]:
    query = select(func.count().label("items"))
    for name in _ANSWERS:
        query = query.add_columns(
            func.count().filter(items.c[name]).label(f"items_{name}"),
            func.count(items.c.id.distinct()).filter(items.c[name]).label(f"with_{name}"),
        )
    return _grouped_by(query, items, items.c[f"{by.value}_id"])


def _count_grounds(items: CTE, by: GroupBy) -> Select[Any]:
    query = select(
        items.c.ground, func.count().label("items"), func.count(items.c.id.distinct()).label("requests")
    ).where(items.c.refused)
    return _grouped_by(query, items, items.c[f"{by.value}_id"], items.c.ground)


def _grouped_by(query: Select[Any], source: CTE, key: ColumnElement[Any], *more: ColumnElement[Any]) -> Select[Any]:
    """Grouped by key and in total, for the period and the one before."""
    columns = query.add_columns(source.c.is_before, key.label("key"), func.grouping(key).label("is_total"))
    each, together = tuple_(source.c.is_before, key, *more), tuple_(source.c.is_before, *more)
    return columns.select_from(source).group_by(func.grouping_sets(each, together))


def _key(row: Row[Any]) -> tuple[bool, int | None]:
    return row.is_before, _TOTAL if row.is_total else row.key


def _days(value: float | None) -> Decimal | None:
    """Days to one digit, half up: page, list and file show the same."""
    return None if value is None else Decimal(str(value)).quantize(_TENTH, ROUND_HALF_UP)


def _names(ctx: Ctx, name: Any, key: Any, figures: Mapping[int | None, ColocationFigures]) -> dict[int, str]:
    rows = ctx.session.execute(select(key, name).where(key.in_([each for each in figures if each is not None])))
    return {row[0]: row[1] for row in rows}


def _line(
    key: int | None,
    name: str,
    now: FiguresByKey,
    before: FiguresByKey,
    *,
    is_open: bool,
    parts: Sequence[FigureLine] = (),
) -> FigureLine:
    mine, former = now.get(key, ColocationFigures()), before.get(key, ColocationFigures())
    if not is_open:
        mine = suppress_small_counts(mine, [part.now for part in parts])
        former = suppress_small_counts(former, [part.before for part in parts])
    return FigureLine(None if key == _TOTAL else key, name, is_open, mine, former)


@dataclass(frozen=True)
class OwnUse:
    """Uses of one owner's published structures: its own (or without a holder's name), and those of others."""

    id: int
    name: str
    structures: int
    own: int
    others: int
    #: Structures that the owner, or others, use.
    structures_own: int
    structures_others: int

    @property
    def others_pct(self) -> Decimal | None:
        """Uses by others in percent of all uses; None if there are none."""
        return percent_of(self.others, self.own + self.others)

    @property
    def structures_others_pct(self) -> Decimal | None:
        """Published structures that others use, in percent."""
        return percent_of(self.structures_others, self.structures)


def own_use(ctx: Ctx) -> list[OwnUse]:
    """Present use by owner: all owners if the actor sees all requests, otherwise its own organisation."""
    is_own = or_(
        CapacityEntry.holder_id == Structure.owner_organisation_id,
        and_(CapacityEntry.holder_id.is_(None), CapacityEntry.holder_name.is_(None)),
    )
    used = CapacityEntry.id.is_not(None)
    own, others = and_(used, is_own), and_(used, not_(func.coalesce(is_own, False)))
    query: Any = (
        select(
            Organisation.id,
            Organisation.short_name,
            func.count(Structure.id.distinct()),
            func.count().filter(own),
            func.count().filter(others),
            func.count(Structure.id.distinct()).filter(own),
            func.count(Structure.id.distinct()).filter(others),
        )
        .select_from(Structure)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(CapacityPlace, CapacityPlace.structure_id == Structure.id)
        .outerjoin(
            CapacityEntry,
            and_(CapacityEntry.place_id == CapacityPlace.id, CapacityEntry.state == EntryState.USED),
        )
        .where(Structure.is_published_rule(), visible(ctx, Structure, P.CAPACITY_HOLDERS))
        .group_by(Organisation.id, Organisation.short_name)
        .order_by(Organisation.short_name)
    )
    if not sees_all(ctx):
        query = query.where(Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids)))
    return [OwnUse(*row) for row in ctx.session.execute(query)]
