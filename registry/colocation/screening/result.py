"""What every calculator is given and answers: amounts between two bounds, steps with their figures, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.colocation.screening.models import Verdict
from registry.kernel.i18n import _, format_number

ZERO: Final = Decimal(0)
PERCENT: Final = Decimal(100)
_MOST_DECIMALS: Final = 9
_ORDER: Final = (Verdict.DOES_NOT_FIT, Verdict.NEEDS_STUDY, Verdict.FITS)


@dataclass(frozen=True)
class Amount:
    """A quantity that is at least `low` and at most `high`; `high` None: nobody knows how much it may be."""

    low: Decimal
    high: Decimal | None

    def __add__(self, other: Amount) -> Amount:
        """The sum of two quantities."""
        high = None if self.high is None or other.high is None else self.high + other.high
        return Amount(self.low + other.low, high)

    def share_of(self, whole: Decimal) -> Amount:
        """The quantity in percent of a whole above nought."""
        return Amount(self.low * PERCENT / whole, None if self.high is None else self.high * PERCENT / whole)

    def held_to(self, fits_at: Decimal, most: Decimal | None = None) -> Verdict:
        """FITS where surely not above `fits_at`, DOES_NOT_FIT where surely above `most` (None: the same)."""
        if self.low > (fits_at if most is None else most):
            return Verdict.DOES_NOT_FIT
        return Verdict.FITS if self.high is not None and self.high <= fits_at else Verdict.NEEDS_STUDY


def exactly(value: Decimal | None) -> Amount:
    """A quantity that is known, or of which nothing is."""
    return Amount(ZERO if value is None else value, value)


@dataclass(frozen=True)
class Load:
    """Something that hangs, stands or lies there already; what of it nobody declared is None.

    Diameters and heights are those of each of its `count` pieces, area, width and mass those of all together.
    """

    count: int = 1
    diameter_mm: Decimal | None = None
    height_m: Decimal | None = None
    area_m2: Decimal | None = None
    width_mm: Decimal | None = None
    mass_kg_m: Decimal | None = None


@dataclass(frozen=True)
class Present:
    """What one source (the ledger, the list of cables) says is there.

    `complete`: nothing is missing from it. `certain`: all of it shares the very place that is asked for; else it may.
    """

    loads: tuple[Load, ...] = ()
    complete: bool = True
    certain: bool = True

    def amount(self, of: Callable[[Load], Amount]) -> Amount:
        """The sum of what each load takes."""
        total = Amount(ZERO, ZERO if self.complete else None)
        for load in self.loads:
            total += of(load)
        return total if self.certain else Amount(ZERO, total.high)


def amount_of(sources: Sequence[Present], of: Callable[[Load], Amount]) -> Amount:
    """What is there, by sources that speak of the same things: the largest of what they say.

    Without a source nothing is known, nor where one that is complete says less than another.
    """
    found = [source.amount(of) for source in sources]
    known = [amount.high for amount in found if amount.high is not None]
    low, high = max((amount.low for amount in found), default=ZERO), max(known, default=None)
    return Amount(low, None if high is None or high < low else high)


@dataclass(frozen=True)
class Room:
    """The place that is asked for in numbers; `label` None: none was chosen, `total` None: unknown."""

    label: str | None
    unit: str
    total: int | None
    free: int | None
    quantity: int


@dataclass(frozen=True)
class Step:
    """One line of a calculation; `verdict` where it decides something, `figures` as they are before rounding."""

    text: str
    verdict: Verdict | None = None
    figures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Paper:
    """A dated setting as it was used."""

    key: str
    valid_from: date
    value: Mapping[str, Any]
    source: str
    needs_verification: bool


@dataclass(frozen=True)
class Rules:
    """The settings in force for an owner: by key the figures, and the papers that they come from."""

    values: Mapping[str, Mapping[str, Any]]
    papers: tuple[Paper, ...] = ()

    def number(self, key: str, name: str) -> Decimal:
        """One figure of a setting."""
        return Decimal(str(self.values[key][name]))

    def without(self, keys: Collection[str]) -> tuple[Paper, ...]:
        """The papers of all other settings, an owner's own rows (`key@owner`) among them."""
        return tuple(paper for paper in self.papers if paper.key.partition("@")[0] not in keys)


@dataclass(frozen=True)
class Screening:
    """The answer of a calculator."""

    calculator: str
    steps: tuple[Step, ...]
    assumptions: tuple[str, ...] = ()
    papers: tuple[Paper, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst that a step says; a calculation that decides nothing needs a study."""
        said = {step.verdict for step in self.steps}
        return next((verdict for verdict in _ORDER if verdict in said), Verdict.NEEDS_STUDY)

    @property
    def figures(self) -> dict[str, Decimal]:
        """The figures of all steps by name."""
        return {name: value for step in self.steps for name, value in step.figures.items()}


def fits(condition: bool) -> Verdict:
    """The verdict of a condition that is known to hold or not."""
    return Verdict.FITS if condition else Verdict.DOES_NOT_FIT


def unknown(labels: Iterable[str]) -> list[Step]:
    """One step that names what is not known, none where everything is."""
    named = list(dict.fromkeys(labels))
    if not named:
        return []
    return [Step(_("Chưa rõ: %(labels)s.", labels="; ".join(named)), Verdict.NEEDS_STUDY)]


def room_step(room: Room) -> Step:
    """Whether so many places are free."""
    if room.label is None:
        return Step(_("Chưa chọn vị trí lắp đặt nên chưa rõ còn chỗ hay không."), Verdict.NEEDS_STUDY)
    if room.free is None:
        sentence = _("«%(place)s»: chưa rõ tổng số %(unit)s.", place=room.label, unit=room.unit)
        return Step(sentence, Verdict.NEEDS_STUDY)
    sentence = _(
        "«%(place)s»: còn trống %(free)d / %(total)d %(unit)s; cần %(wanted)d.",
        place=room.label,
        free=room.free,
        total=room.total,
        unit=room.unit,
        wanted=room.quantity,
    )
    return Step(sentence, fits(room.free >= room.quantity))


def shown(value: Decimal, limit: Decimal | None = None, decimals: int = 2) -> str:
    """A figure rounded, but never onto a limit that it is not; noughts at its end are left out."""
    places = decimals
    while limit is not None and value != limit and round(value, places) == limit and places < _MOST_DECIMALS:
        places += 1
    return format_number(Decimal(format(round(value, places).normalize(), "f")))


def between(amount: Amount, limit: Decimal | None = None, decimals: int = 2) -> str:
    """An amount in words: the figure, its two bounds, or the least that it is."""
    low = shown(amount.low, limit, decimals)
    if amount.high is None:
        return _("ít nhất %(low)s", low=low)
    if amount.high == amount.low:
        return low
    return _("từ %(low)s đến %(high)s", low=low, high=shown(amount.high, limit, decimals))
