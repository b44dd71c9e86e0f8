"""Counts of structures and cases; each carries the arguments of the list that shows exactly those rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import holds, scopes_of
from registry.campaigns.models import ReportCampaign
from registry.campaigns.workflow import CAMPAIGNS
from registry.kernel.i18n import _n
from registry.structures import positions
from registry.structures.codes import IN_SERVICE, SharingStatus
from registry.structures.fastpath import coarse_cell_counts, group_counts, past_counts
from registry.structures.filtering.extra import own_filter_args
from registry.structures.filtering.filter import StructureFilter, where_of
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import COUNTED_TO, count_structures
from registry.structures.models import Structure
from registry.structures.positions import counted
from registry.structures.positions.moment import When
from registry.structures.positions.versions import units_at
from registry.structures.rule_rows import ALL_RULES
from registry.territory.queries import commune_parts
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.lists import count_cases, count_each, overdue_clause, waiting_clause

#: Smaller counts per commune would disclose single structures to readers who see them as public cells only.
MIN_DISCLOSED: Final = 3
EVERYTHING: Final = StructureFilter()
_CASES_MEMO: Final = "dashboard.cases"
#: Arguments of a list without restricted structures.
WITHOUT_RESTRICTED: Final = {"restricted": "no"}
#: What the public list has of each structure that it shows as cells.
_PUBLIC_CHOICES: Final = ("kind", "owner_category")


@dataclass(frozen=True)
class KindCounts:
    """Structures of one kind: total, by sharing status, and those visible as public cells only.

    In figures of the province `by_sharing` includes the structures visible as cells.
    """

    code: str
    total: int
    by_sharing: Mapping[SharingStatus, int]
    coarse: int


@dataclass(frozen=True)
class UnitCount:
    """One commune with the structures recorded in it or in its predecessors; at a past time a commune of then.

    `count` is None where a figure of the province hides it.
    """

    id: int
    name: str
    count: int | None


@dataclass(frozen=True)
class CaseTile:
    """Cases that a reader of figures of the province may open: a figure with its list."""

    label: str
    count: int
    endpoint: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class CaseCounts:
    """Cases of one workflow that the reader sees: open, late, and waiting for the reader."""

    workflow: Workflow
    open_states: tuple[str, ...]
    open: int
    late: int
    waiting: int


def count_by_kind(ctx: Ctx, when: When | None = None) -> list[KindCounts]:
    """Structures by kind and sharing status, now or at a time, in the order of the kinds."""
    counts = count_groups(ctx, StructureFilter(when=when), "kind", "exact", "sharing_status")
    kinds = []
    for code in KINDS:
        mine = {key[1:]: number for key, number in counts.items() if key[0] == code}
        by_sharing = {SharingStatus(status): number for (exact, status), number in mine.items() if exact}
        total = sum(mine.values())
        coarse = sum(number for (exact, _status), number in mine.items() if not exact)
        kinds.append(KindCounts(code, total, by_sharing, total if positions.counts_province(ctx) else coarse))
    return kinds


def count_groups(ctx: Ctx, structure_filter: StructureFilter, *names: str) -> dict[tuple[Any, ...], int]:
    """Structures of a filter by some of their columns: as many as its list shows, cells included.

    From the counts by group where these know all that is asked, else from the structures or their history.
    """
    if structure_filter.when is not None:
        return past_counts.count_at(ctx, structure_filter, *names)
    if group_counts.is_grouped(structure_filter, names) and group_counts.is_ready(ctx):
        return group_counts.count_groups(ctx, structure_filter, *names)
    return count_singly(ctx, structure_filter, *names)


def count_singly(ctx: Ctx, structure_filter: StructureFilter, *names: str) -> dict[tuple[Any, ...], int]:
    """The same, counted one by one."""
    counted_rows = counted(ctx, structure_filter.when)
    groups = [counted_rows.c[name] for name in names]
    query = (
        select(*groups, func.count().label("number"))
        .where(*where_of(ctx, counted_rows, structure_filter))
        .group_by(*groups)
    )
    return {tuple(row[:-1]): row.number for row in positions.run(ctx, query)}


def count_on_days(ctx: Ctx, whens: Sequence[When | None]) -> list[int]:
    """The structures of each time: those of past days as known now from the counts by day, others one by one."""
    days = [when.as_of for when in whens if when is not None and when.as_of is not None and when.recorded_at is None]
    ready = bool(days) and group_counts.is_ready(ctx)
    known_counts = dict(zip(days, group_counts.count_on(ctx, days), strict=True)) if ready else {}
    numbers = []
    for when in whens:
        of_day = known_counts.get(when.as_of) if when is not None and when.recorded_at is None and when.as_of else None
        counts = count_groups(ctx, StructureFilter(when=when), "kind") if of_day is None else {}
        numbers.append(sum(counts.values()) if of_day is None else of_day)
    return numbers


def count_by_unit(
    ctx: Ctx, when: When | None = None, structure_filter: StructureFilter = EVERYTHING
) -> list[UnitCount]:
    """Structures of a filter by commune, largest count first; one of a commune since split counts for each part.

    At a past time (`when`) by the communes of that day. Figures of the province are counted by public cells.
    """
    structure_filter = replace(structure_filter, when=when)
    if positions.counts_province(ctx):
        return _count_by_unit_of_cells(ctx, when, structure_filter)
    if when is not None:
        return _count_by_unit_at(ctx, when, structure_filter)
    counts_ = count_groups(ctx, structure_filter, "commune_id")
    recorded: dict[int, int] = {commune: number for (commune,), number in counts_.items() if commune is not None}
    names: dict[int, str] = {}
    counts: Counter[int] = Counter()
    for part in commune_parts(ctx.session, ctx.today, recorded):
        names[part.unit_id] = part.name
        counts[part.unit_id] += recorded[part.record_id]
    return _disclosed(ctx, structure_filter, [(unit_id, names[unit_id], count) for unit_id, count in counts.items()])


def _count_by_unit_of_cells(ctx: Ctx, when: When | None, structure_filter: StructureFilter) -> list[UnitCount]:
    if when is None and coarse_cell_counts.can_count_cells(ctx, structure_filter):
        groups = coarse_cell_counts.counted_cells(structure_filter)
    else:
        counted_rows, cells = counted(ctx, when), positions.public_cells()
        # Cells of today at any time (see docs/hidden.md); deleted structures have none.
        groups = select(cells.label("cells"), func.count().label("number")).join(
            counted_rows, counted_rows.c.id == Structure.id
        )
        groups = groups.where(*where_of(ctx, counted_rows, structure_filter)).group_by(cells)
    day = when.at(ctx.now).day if when is not None else ctx.today
    rows = positions.run(ctx, positions.by_unit_of_cells(groups.subquery("groups"), day))
    return _disclosed(ctx, structure_filter, [(row.id, row.name, int(row.number)) for row in rows])


def _count_by_unit_at(ctx: Ctx, when: When, structure_filter: StructureFilter) -> list[UnitCount]:
    counts = past_counts.count_at(ctx, structure_filter, past_counts.COMMUNE_THEN)
    units = units_at(when.at(ctx.now), "then")
    query = select(units.c.id, units.c.name).where(units.c.id.in_([commune for (commune,) in counts if commune]))
    named = [(row.id, row.name, counts[row.id,]) for row in ctx.session.execute(query)]
    return _disclosed(ctx, structure_filter, named)


def _disclosed(ctx: Ctx, structure_filter: StructureFilter, counts: Sequence[tuple[int, str, int]]) -> list[UnitCount]:
    """The largest first; in figures of the province without small counts, whose order discloses none.

    Nothing is hidden that follows from the public cells (`follows_from_cells`).
    """
    hidden: frozenset[int] = frozenset()
    if positions.counts_province(ctx) and not follows_from_cells(structure_filter):
        hidden = withheld_units(counts)
    units = [UnitCount(unit_id, name, None if unit_id in hidden else count) for unit_id, name, count in counts]
    return sorted(units, key=lambda unit: (-(unit.count or 0), unit.name))


def follows_from_cells(structure_filter: StructureFilter) -> bool:
    """Whether anyone can count the structures of a filter by commune from the public list: kind and cells are in it."""
    others = {name: codes for name, codes in structure_filter.choices.items() if name not in _PUBLIC_CHOICES}
    return replace(structure_filter, choices=others, when=None) == EVERYTHING


def withheld_units(counts: Sequence[tuple[int, str, int]]) -> frozenset[int]:
    """The units with fewer than MIN_DISCLOSED, and all with the next larger count.

    The total is shown: the rest of one unit, or of units that all have as many as can be hidden, would be known.
    """
    numbers = sorted(count for _id, _name, count in counts)
    if not numbers or numbers[0] >= MIN_DISCLOSED:
        return frozenset()
    next_larger = next((number for number in numbers if number >= MIN_DISCLOSED), numbers[-1])
    return frozenset(unit_id for unit_id, _name, count in counts if count <= next_larger)


def count_open_cases(ctx: Ctx) -> list[CaseCounts]:
    """One entry for each workflow that the reader may read; a page that only reads counts once."""
    if not ctx.read_only:
        return _count_open_cases(ctx)
    if _CASES_MEMO not in ctx.memo:
        ctx.memo[_CASES_MEMO] = _count_open_cases(ctx)
    cases: list[CaseCounts] = ctx.memo[_CASES_MEMO]
    return cases


def _count_open_cases(ctx: Ctx) -> list[CaseCounts]:
    open_cases = []
    for workflow in WORKFLOWS.values():
        if not holds(ctx.actor, workflow.read):
            continue
        states = tuple(state.value for state in workflow.open_states)
        conditions = (
            workflow.model.state.in_(states),
            overdue_clause(ctx, workflow),
            waiting_clause(ctx, workflow),
        )
        open_cases.append(CaseCounts(workflow, states, *count_each(ctx, workflow, *conditions)))
    return open_cases


_IN_SERVICE: Final = {"status": tuple(status.value for status in IN_SERVICE)}
_OWNERS = {Role.OPERATOR, Role.INFRA_OWNER, Role.DEFENCE_USER}


@dataclass(frozen=True)
class DashboardFigure:
    """A count and the filter of the list that shows its rows; None for a figure of the province, which has no list."""

    key: str
    count: int
    query: dict[str, Any] | None
    #: Whether only structures of the reader's organisation are counted.
    is_own: bool = False
    #: Structures of which nothing is recorded that the count asks for: it is known no better.
    unknown: int = 0

    @property
    def is_more(self) -> bool:
        """Whether counting stopped at the limit."""
        return self.count > COUNTED_TO


def sector_args(ctx: Ctx) -> dict[str, tuple[str, ...]]:
    """The rows of an office that reads structures by one rule alone, as arguments of their list; else nothing."""
    scopes = scopes_of(ctx.actor, P.STRUCTURE_READ)
    if len(scopes) != 1 or scopes[0].kind != "rule" or scopes[0].only:
        return {}
    return {name: tuple(values) for name, values in ALL_RULES[scopes[0].detail].arguments().items()}


def list_figures(ctx: Ctx, *, exactly: bool = False) -> list[DashboardFigure]:
    """Counts for the start page: an owner's own structures, else all visible ones, or those of the province.

    An office of one sector has the structures of it as its first figure. `exactly`: from the counts by group, without
    the limit of counting.
    """
    figure = partial(_figure, ctx, exactly=exactly)
    mine = own_filter_args(ctx) if ctx.actor.roles & _OWNERS else {}
    sector = sector_args(ctx)
    filters: tuple[tuple[str, dict[str, tuple[str, ...]]], ...] = (
        ("sector" if sector else "all", sector),
        # As the declared figures of the same names: those in service.
        ("available", _IN_SERVICE | {"sharing_status": ("available", "shared_available")}),
        ("not_assessed", _IN_SERVICE | {"sharing_status": ("not_assessed",)}),
        ("suspended", {"status": ("suspended",)}),
        ("dangerous", {"condition": ("dangerous",)}),
    )
    if positions.counts_province(ctx):
        # All structures are visible as cells, so the first figure has a list; the others have none.
        (everything, _none), *others = filters
        return [figure(everything, {}, {}), *_province_figures(ctx, others)]
    if not holds(ctx.actor, P.STRUCTURE_READ):
        # Of cells nothing else is known: a zero would be taken for none.
        filters = filters[:1]
    is_own = bool(mine)
    if is_own and Role.DEFENCE_USER in ctx.actor.roles:
        # Its own structures are restricted as a rule: without them the other figures would be none.
        return [figure(key, choices, mine, is_own=True) for key, choices in filters]
    choices: dict[str, tuple[str, ...]] = {"sharing_status": (SharingStatus.RESTRICTED.value,)}
    restricted = figure("restricted", choices, mine, is_own=is_own)
    # A line of their own for those who see them; other readers never learn of it.
    more = mine | WITHOUT_RESTRICTED if restricted.count else mine
    figures = [figure(key, choices, more, is_own=is_own) for key, choices in filters]
    return [*figures, restricted] if restricted.count else figures


def list_case_tiles(ctx: Ctx) -> list[CaseTile]:
    """For offices that watch, of the province or of one sector: kinds of cases that are open, consolidated reports."""
    if not positions.counts_province(ctx) and not sector_args(ctx):
        return []
    tiles = []
    for workflow in WORKFLOWS.values():
        if workflow is CAMPAIGNS or not holds(ctx.actor, workflow.read):
            continue
        count = count_cases(ctx, workflow, workflow.model.state.in_(workflow.open_states))
        if not count:
            continue
        label = _n("hồ sơ đang mở: %(label)s", count, label=workflow.label)
        states = {"state": [state.value for state in workflow.open_states]}
        tiles.append(CaseTile(label, count, workflow.index, states))
    if holds(ctx.actor, P.CAMPAIGN_READ):
        count = count_cases(ctx, CAMPAIGNS, ReportCampaign.is_consolidated_rule())
        tiles.append(CaseTile(_n("báo cáo tổng hợp", count), count, CAMPAIGNS.index, {}))
    return tiles


def _province_figures(ctx: Ctx, filters: Sequence[tuple[str, dict[str, tuple[str, ...]]]]) -> list[DashboardFigure]:
    counted_rows = positions.counted(ctx)
    counts = [
        func.count().filter(*(counted_rows.c[name].in_(codes) for name, codes in choices.items())).label(key)
        for key, choices in filters
    ]
    counts.append(func.count().filter(counted_rows.c.condition.is_(None)).label("unknown"))
    row = positions.run(ctx, select(*counts).select_from(counted_rows)).one()
    return [
        DashboardFigure(key, int(getattr(row, key)), None, unknown=int(row.unknown) if key == "dangerous" else 0)
        for key, _choices in filters
    ]


def _figure(
    ctx: Ctx,
    key: str,
    choices: dict[str, tuple[str, ...]],
    more: dict[str, str],
    *,
    is_own: bool = False,
    exactly: bool = False,
) -> DashboardFigure:
    query: dict[str, Any] = {**choices, **more}
    pairs = [(name, value) for name, values in choices.items() for value in values]
    structure_filter = read_filter(MultiDict([*pairs, *more.items()]))
    if exactly:
        count = sum(count_groups(ctx, structure_filter, "kind").values())
    else:
        count = count_structures(ctx, structure_filter)
    return DashboardFigure(key, count, query, is_own)
