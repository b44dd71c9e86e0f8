"""The charts of a reader's dashboard, computed within the time of a page; what needs longer is left to a job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic
from typing import Any, Final, Literal, TypeVar, get_args

from psycopg.errors import QueryCanceled
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import SessionTransaction

from registry.authz.actors import Ctx
from registry.dashboard.chart import Chart, ChartShape
from registry.kernel.feature import ExtensionPoint
from registry.structures.positions.moment import When

ResultT = TypeVar("ResultT")
#: Seconds that a page may compute figures of the past, or those of the present; a job computes what is left.
BUDGET_S, PRESENT_S = 2.0, 8.0
_USUAL: Final = text("SELECT current_setting('statement_timeout')")
_TIMEOUT: Final = text("SELECT set_config('statement_timeout', :value, true)")


@dataclass(frozen=True)
class Side:
    """One of two that are compared: a day (`when` None is the present), or a commune of the present."""

    label: str
    on: date
    when: When | None = None
    unit_id: int | None = None


@dataclass(frozen=True)
class View:
    """What a dashboard shows: the present or a past time, the day of ratios, the figure of the map; or a comparison."""

    on: date
    when: When | None = None
    figure: str = "all"
    sides: tuple[Side, ...] = ()

    @property
    def time(self) -> dict[str, Any]:
        """The past time as arguments of the lists behind the figures."""
        return dict(self.when.address) if self.when is not None else {}

    @property
    def known_at(self) -> datetime | None:
        """The moment as of which the register is known; None: now."""
        return self.when.recorded_at if self.when is not None else None


@dataclass(frozen=True)
class Part:
    """A chart by its code; `build` returns None where the reader has no such figures."""

    code: str
    title: Any
    build: Callable[[Ctx, View], Chart | None]
    shows: Callable[[Ctx], bool] = lambda _ctx: True
    #: Whether it exists for a past time, too.
    past: bool = False
    #: Whether its figures change with the hour, as terms of cases end: then it is read each time.
    hourly: bool = False
    #: The tab of the dashboard that shows it.
    tab: Tab = "register"


#: The tabs of the dashboard in their order; the last one has everything, for paper and for a wall.
Tab = Literal["summary", "register", "sharing", "cases", "all"]
TABS: Final[tuple[Tab, ...]] = get_args(Tab)
PARTS = ExtensionPoint[Part]("dashboard.parts")
#: Charts that compare two days or two communes.
COMPARISONS = ExtensionPoint[Part]("dashboard.comparisons")


class Budget:
    """Runs computations within seconds altogether, in a savepoint; what does not end in time is stopped.

    A statement that is stopped ends the budget: nothing is computed after it.
    """

    def __init__(self, ctx: Ctx, view: View) -> None:
        is_past = view.when is not None or any(side.when is not None for side in view.sides)
        self._ctx = ctx
        self._ends = monotonic() + (BUDGET_S if is_past else PRESENT_S)
        self._usual = ctx.session.scalar(_USUAL)
        self._savepoint = ExitStack()
        self._nested: SessionTransaction | None = self._savepoint.enter_context(ctx.session.begin_nested())

    def run(self, make: Callable[[], ResultT]) -> ResultT | None:
        """The result; None where there was no time for it."""
        left = self._ends - monotonic()
        if self._nested is None or left <= 0:
            return None
        try:
            self._ctx.session.execute(_TIMEOUT, {"value": f"{max(1, int(left * 1000))}ms"})
            return make()
        except (DBAPIError, QueryCanceled) as error:
            if not isinstance(getattr(error, "orig", error), QueryCanceled):
                raise
            # Roles and settings of the stopped statement go with the savepoint.
            self._nested.rollback()
            self._nested = None
            # Else the session refuses every later statement.
            self._savepoint.close()
            return None

    def close(self) -> None:
        """Back to the usual time of statements."""
        if self._nested is not None:
            self._ctx.session.execute(_TIMEOUT, {"value": self._usual})
            self._savepoint.close()


def charts_within(ctx: Ctx, view: View, budget: Budget, parts: Sequence[Part]) -> tuple[Chart, ...]:
    """The charts of some parts; those that there was no time for are `late` and empty."""
    charts = []
    for part in parts:
        answer = budget.run(lambda part=part: (part.build(ctx, view),))  # type: ignore[misc]
        chart = (
            Chart(part.code, str(part.title), ChartShape.BARS, "", (), (), late=True) if answer is None else answer[0]
        )
        if chart is not None:
            charts.append(chart)
    return tuple(charts)


def build_charts(ctx: Ctx, view: View, progress: Callable[[int, int], None]) -> tuple[Chart, ...]:
    """All charts, whatever time they take; `progress` gets how many of how many are done."""
    parts = list(parts_of(ctx, view))
    charts = []
    progress(0, len(parts))
    for number, part in enumerate(parts, start=1):
        chart = part.build(ctx, view)
        if chart is not None:
            charts.append(chart)
        progress(number, len(parts))
    return tuple(charts)


def parts_of(ctx: Ctx, view: View, codes: Sequence[str] = (), tab: Tab = "all") -> Iterator[Part]:
    """The charts that the reader has of a view, in order; of one tab, or of all."""
    for part in COMPARISONS if view.sides else PARTS:
        is_wanted = (not codes or part.code in codes) and tab in ("all", part.tab)
        if is_wanted and (view.when is None or part.past) and part.shows(ctx):
            yield part
