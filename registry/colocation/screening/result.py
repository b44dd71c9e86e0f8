"""Inputs and results of the calculators: amounts with bounds, steps with figures, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.colocation.screening.models import Verdict
from registry.drawings.facts import HeightLimit, ShareLimit
from registry.kernel.i18n import _, _n, format_number

ZERO: Final = Decimal(0)
PERCENT: Final = Decimal(100)
_MOST_DECIMALS: Final = 9
DrawnLimit = HeightLimit | ShareLimit
_ORDER: Final = (Verdict.DOES_NOT_FIT, Verdict.NEEDS_STUDY, Verdict.FITS)


@dataclass(frozen=True)
class Amount:
    """A quantity of at least `low` and at most `high`; `high` None: unbounded."""

    low: Decimal
    high: Decimal | None

    def __add__(self, other: Amount) -> Amount:
        """The sum of two quantities."""
        high = None if self.high is None or other.high is None else self.high + other.high
        return Amount(self.low + other.low, high)

    def percent_of(self, whole: Decimal) -> Amount:
        """In percent of a positive whole."""
        return Amount(self.low * PERCENT / whole, None if self.high is None else self.high * PERCENT / whole)

    def share(self, label: str, *limits: Decimal) -> tuple[ShareLimit]:
        """This share in percent with its limits, as a drawing shows it."""
        return (ShareLimit(label, self.low, self.high, limits),)

    def verdict_against(self, fits_at: Decimal, most: Decimal | None = None) -> Verdict:
        """FITS if surely not above `fits_at`, DOES_NOT_FIT if surely above `most` (None: the same limit)."""
        if self.low > (fits_at if most is None else most):
            return Verdict.DOES_NOT_FIT
        return Verdict.FITS if self.high is not None and self.high <= fits_at else Verdict.NEEDS_STUDY


def exact(value: Decimal | None) -> Amount:
    """A known quantity, or an unknown one (None)."""
    return Amount(ZERO if value is None else value, value)


@dataclass(frozen=True)
class InstalledLoad:
    """Something already installed; None for values that were not declared.

    Diameter and height are per piece, area, width and mass are totals for all `count` pieces.
    """

    count: int = 1
    diameter_mm: Decimal | None = None
    height_m: Decimal | None = None
    area_m2: Decimal | None = None
    width_mm: Decimal | None = None
    mass_kg_m: Decimal | None = None


@dataclass(frozen=True)
class Inventory:
    """The loads that one source (the ledger, the recorded cables) lists.

    `complete`: nothing is missing. `certain`: all of it is in the requested place; otherwise it may be elsewhere.
    """

    loads: tuple[InstalledLoad, ...] = ()
    complete: bool = True
    certain: bool = True

    def amount(self, of: Callable[[InstalledLoad], Amount]) -> Amount:
        """Sum of what each load takes."""
        total = Amount(ZERO, ZERO if self.complete else None)
        for load in self.loads:
            total += of(load)
        return total if self.certain else Amount(ZERO, total.high)


def combined_amount(sources: Sequence[Inventory], of: Callable[[InstalledLoad], Amount]) -> Amount:
    """What is installed, from sources that list the same things: the largest amount.

    The upper bound is unknown without a complete source, or if a complete source lists less than another one.
    """
    amounts = [source.amount(of) for source in sources]
    known_highs = [amount.high for amount in amounts if amount.high is not None]
    low, high = max((amount.low for amount in amounts), default=ZERO), max(known_highs, default=None)
    return Amount(low, None if high is None or high < low else high)


@dataclass(frozen=True)
class PlaceRoom:
    """Capacity of the requested place; `label` None: not chosen, `total` None: unknown."""

    label: str | None
    unit: str
    total: int | None
    free: int | None
    quantity: int
    #: Cables on the structure of which the place is not known: each may be in a free unit of this one.
    unplaced: int = 0


@dataclass(frozen=True)
class ScreeningStep:
    """One line of a calculation; `verdict` if it decides something, `figures` before rounding."""

    text: str
    verdict: Verdict | None = None
    figures: Mapping[str, Decimal] = field(default_factory=dict)
    #: What a drawing shows of it: lines at heights, shares with their limits.
    drawn: tuple[DrawnLimit, ...] = ()


@dataclass(frozen=True)
class Citation:
    """A dated setting as used."""

    key: str
    valid_from: date
    value: Mapping[str, Any]
    source: str
    needs_verification: bool


@dataclass(frozen=True)
class ScreeningLimits:
    """Settings in force for an owner, by key, with their sources."""

    values: Mapping[str, Mapping[str, Any]]
    citations: tuple[Citation, ...] = ()

    def number(self, key: str, name: str) -> Decimal:
        return Decimal(str(self.values[key][name]))

    def without(self, keys: Collection[str]) -> tuple[Citation, ...]:
        """Sources of all other settings, an owner's own rows (`key@owner`) included."""
        return tuple(citation for citation in self.citations if citation.key.partition("@")[0] not in keys)


@dataclass(frozen=True)
class Screening:
    """Result of a calculator."""

    calculator: str
    steps: tuple[ScreeningStep, ...]
    assumptions: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the steps; NEEDS_STUDY if no step decides anything."""
        verdicts = {step.verdict for step in self.steps}
        return next((verdict for verdict in _ORDER if verdict in verdicts), Verdict.NEEDS_STUDY)

    @property
    def drawn(self) -> tuple[DrawnLimit, ...]:
        """What the drawing of the structure shows of all steps, each once."""
        return tuple(dict.fromkeys(limit for step in self.steps for limit in step.drawn))

    @property
    def figures(self) -> dict[str, Decimal]:
        return {name: value for step in self.steps for name, value in step.figures.items()}


def fits(condition: bool) -> Verdict:
    return Verdict.FITS if condition else Verdict.DOES_NOT_FIT


def missing_step(labels: Iterable[str]) -> list[ScreeningStep]:
    """One step that lists the unknown inputs; none if all are known."""
    named = list(dict.fromkeys(labels))
    if not named:
        return []
    return [ScreeningStep(_("Chưa rõ: %(labels)s.", labels="; ".join(named)), Verdict.NEEDS_STUDY)]


def room_step(room: PlaceRoom) -> ScreeningStep:
    """Whether enough units are free."""
    if room.label is None:
        return ScreeningStep(_("Chưa chọn vị trí lắp đặt nên chưa rõ còn chỗ hay không."), Verdict.NEEDS_STUDY)
    if room.free is None:
        sentence = _("“%(place)s”: chưa rõ tổng số %(unit)s.", place=room.label, unit=room.unit)
        return ScreeningStep(sentence, Verdict.NEEDS_STUDY)
    sentence = _(
        "“%(place)s”: còn trống %(free)d / %(total)d %(unit)s; cần %(wanted)d.",
        place=room.label,
        free=room.free,
        total=room.total,
        unit=room.unit,
        wanted=room.quantity,
    )
    if room.free - room.unplaced < room.quantity <= room.free:
        sentence += " " + _n(
            "%(num)d cáp đi qua công trình chưa rõ ở vị trí nào, có thể chiếm chỗ trống này.", room.unplaced
        )
        return ScreeningStep(sentence, Verdict.NEEDS_STUDY)
    return ScreeningStep(sentence, fits(room.free >= room.quantity))


def format_figure(value: Decimal, limit: Decimal | None = None, decimals: int = 2) -> str:
    """A rounded figure that never rounds onto a limit that it does not equal; trailing zeros are dropped."""
    places = decimals
    while limit is not None and value != limit and round(value, places) == limit and places < _MOST_DECIMALS:
        places += 1
    return format_number(Decimal(format(round(value, places).normalize(), "f")))


def format_amount(amount: Amount, limit: Decimal | None = None, decimals: int = 2) -> str:
    """An amount as text: the value, both bounds, or the lower bound."""
    low = format_figure(amount.low, limit, decimals)
    if amount.high is None:
        return _("ít nhất %(low)s", low=low)
    if amount.high == amount.low:
        return low
    return _("từ %(low)s đến %(high)s", low=low, high=format_figure(amount.high, limit, decimals))
