"""How long the agencies take for each procedure that has a term of law, by year: the same figures for every reader.

A procedure is a clock of a workflow that runs in states in which agencies alone must act. Days are counted as its term
counts them (`workflow.calendar`): working days, calendar days or hours, without the day of the beginning and without
the days on which the clock was paused. Restricted cases are in no figure.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Date, Row, Select, case, cast, extract, func, select

from registry.audit.queries import register_version
from registry.authz.actors import Ctx, Role
from registry.authz.matrix import GRANTS
from registry.kernel.cache import VersionedCache
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.numbers import whole_percent
from registry.workflow.calendar import ONE_DAY, TermUnit, WorkingCalendar
from registry.workflow.clocks import days_of, working_calendar
from registry.workflow.definition import WORKFLOWS, Assignee, Workflow
from registry.workflow.models import CaseClock, ClockState, LegalTerm

#: Figures of fewer cases could speak of a single one.
FEWEST: Final = 3
AGENCIES: Final = frozenset(Role) - {
    *(Role.OPERATOR, Role.INFRA_OWNER, Role.DEFENCE_USER),
    *(Role.CITIZEN, Role.PUBLIC),
}
_ZONE: Final = str(LOCAL_ZONE)
_SECONDS_AN_HOUR: Final = 3600


@dataclass(frozen=True)
class Procedure:
    """What agencies do within a term of law: a clock of a workflow in some of its states."""

    workflow: Workflow
    clock: str
    states: tuple[Any, ...]
    parties: tuple[str, ...]

    @property
    def label(self) -> str:
        states = ", ".join(str(state.label) for state in self.states)
        return f"{self.workflow.case_label}: {states}"

    @property
    def agency(self) -> str:
        return ", ".join(str(self.workflow.parties[party].label) for party in self.parties)


@dataclass(frozen=True)
class TermLength:
    """A term as a row of law gave it."""

    length: int
    unit: TermUnit
    citation: str
    needs_verification: bool


@dataclass(frozen=True)
class ProcedureYear:
    """The cases of a procedure in a year, in whole numbers; None where fewer than `FEWEST` ended.

    `median` and `longest` are in the unit of the last term, of the cases whose term had that unit; `median_before` is
    that of the year before.
    """

    #: The terms that applied, the last one first.
    terms: tuple[TermLength, ...] = ()
    done: int | None = None
    in_time_percent: int | None = None
    median: int | None = None
    longest: int | None = None
    median_before: int | None = None


@dataclass(frozen=True)
class _Ended:
    """So many clocks of a procedure that ended in a year, with what each of them took in the unit of its term."""

    year: int
    term_id: int
    took: int
    is_late: bool
    number: int


_CACHE: Final[VersionedCache[tuple[ProcedureYear, ...]]] = VersionedCache(256 * 1024)


def procedures() -> tuple[Procedure, ...]:
    """The procedures of all workflows, in the order of their states."""
    return tuple(procedure for workflow in WORKFLOWS.values() for procedure in _procedures_of(workflow))


def _procedures_of(workflow: Workflow) -> Iterator[Procedure]:
    states: dict[str, list[Any]] = defaultdict(list)
    for state, deadline in workflow.deadlines.items():
        if deadline.stated is None:
            states[deadline.clock].append(state)
    for clock, among in states.items():
        bound = [each for state in among for each in workflow.assignees_in(state) if each.in_term]
        if bound and all(_is_agency(each) for each in bound):
            yield Procedure(workflow, clock, tuple(among), tuple(dict.fromkeys(each.party for each in bound)))


def _is_agency(assignee: Assignee) -> bool:
    roles = assignee.roles or frozenset(GRANTS[assignee.permission])
    return roles <= AGENCIES


def list_years(ctx: Ctx) -> list[int]:
    """The years in which procedures ended, the last one first, with the present one."""
    ended = func.date_part("year", func.timezone(_ZONE, CaseClock.ended_at))
    years = ctx.session.scalars(select(ended).where(CaseClock.ended_at.is_not(None)).distinct())
    return sorted({ctx.today.year, *(int(year) for year in years)}, reverse=True)


def read_procedures(ctx: Ctx, year: int) -> list[tuple[Procedure, ProcedureYear]]:
    """Every procedure with its figures of a year, cached until the register or the day changes."""
    figures = _CACHE.get((year, ctx.today), register_version(ctx), lambda: _read(ctx, year))
    return list(zip(procedures(), figures, strict=True))


def _read(ctx: Ctx, year: int) -> tuple[ProcedureYear, ...]:
    calendar = working_calendar(ctx)
    ended = {flow: _ended(ctx, flow, year, calendar) for flow in {each.workflow for each in procedures()}}
    of_each = [ended[each.workflow].get(each.clock, []) for each in procedures()]
    ids = sorted({each.term_id for clocks in of_each for each in clocks})
    terms = {term.id: term for term in ctx.session.scalars(select(LegalTerm).where(LegalTerm.id.in_(ids)))}
    return tuple(_summary(clocks, year, terms) for clocks in of_each)


def _ended(ctx: Ctx, workflow: Workflow, year: int, calendar: WorkingCalendar) -> Mapping[str, Sequence[_Ended]]:
    """By clock: those that ended in a year or in the year before it."""
    by_clock: dict[str, Counter[tuple[int, int, int, bool]]] = defaultdict(Counter)
    for row in ctx.session.execute(_ended_query(workflow, year)):
        by_clock[row.name][row.ended_on.year, row.term_id, _took(row, calendar), row.is_late] += row.number
    return {clock: [_Ended(*key, number) for key, number in counted.items()] for clock, counted in by_clock.items()}


def _ended_query(workflow: Workflow, year: int) -> Select[Any]:
    started_on, ended_on = (
        cast(func.timezone(_ZONE, moment), Date) for moment in (CaseClock.started_at, CaseClock.ended_at)
    )
    hours = func.floor(extract("epoch", CaseClock.ended_at - CaseClock.started_at) / _SECONDS_AN_HOUR)
    columns = (
        CaseClock.name,
        CaseClock.term_id,
        LegalTerm.unit,
        started_on.label("started_on"),
        ended_on.label("ended_on"),
        case((LegalTerm.unit == TermUnit.HOUR, hours), else_=0).label("hours"),
        (CaseClock.state == ClockState.LAPSED).label("is_late"),
        CaseClock.pauses,
    )
    case_of_clock = workflow.model
    query = (
        select(*columns, func.count().label("number"))
        .join(LegalTerm, LegalTerm.id == CaseClock.term_id)
        .join(case_of_clock, case_of_clock.id == CaseClock.case_id)
        .where(CaseClock.workflow == workflow.code, ended_on.between(date(year - 1, 1, 1), date(year, 12, 31)))
        .group_by(*columns)
    )
    is_open = getattr(case_of_clock, "is_open_rule", None)
    return query.where(is_open()) if is_open is not None else query


def _took(row: Row[Any], calendar: WorkingCalendar) -> int:
    """Hours, working days or days, as the term counts them; a term in months is measured in days."""
    if row.unit is TermUnit.HOUR:
        return int(row.hours)
    first, last = row.started_on + ONE_DAY, row.ended_on
    paused = {day for pause in row.pauses for day in days_of(pause) if first <= day <= last}
    if row.unit is TermUnit.WORKING_DAY:
        return calendar.count(row.started_on, last) - sum(map(calendar.is_working, paused))
    days: int = (last - row.started_on).days - len(paused)
    return days


def _summary(ended: Sequence[_Ended], year: int, terms: Mapping[int, LegalTerm]) -> ProcedureYear:
    in_year = [each for each in ended if each.year == year]
    ids = sorted({each.term_id for each in in_year}, key=lambda key: (terms[key].valid_from, key), reverse=True)
    rows = [terms[key] for key in ids]
    lengths = tuple(TermLength(row.length, row.unit, row.citation, row.needs_verification) for row in rows)
    done = sum(each.number for each in in_year)
    if done < FEWEST:
        return ProcedureYear()
    unit = terms[ids[0]].unit
    took, before = (
        _counted(each for each in ended if each.year == asked and terms[each.term_id].unit is unit)
        for asked in (year, year - 1)
    )
    return ProcedureYear(
        lengths,
        done,
        whole_percent(sum(each.number for each in in_year if not each.is_late), done),
        _median(took) if took.total() >= FEWEST else None,
        max(took) if took.total() >= FEWEST else None,
        _median(before) if before.total() >= FEWEST else None,
    )


def _counted(ended: Iterable[_Ended]) -> Counter[int]:
    counted: Counter[int] = Counter()
    for each in ended:
        counted[each.took] += each.number
    return counted


def _median(counted: Counter[int]) -> int:
    """The lower median of counted values."""
    rank, reached = (counted.total() + 1) // 2, 0
    for value in sorted(counted):
        reached += counted[value]
        if reached >= rank:
            return value
    message = "no values"
    raise ValueError(message)
