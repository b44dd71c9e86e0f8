"""Rules of places and entries on values alone; the database maintains the sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.kernel.days import later_problem
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, format_date
from registry.kernel.text import fold
from registry.kernel.units import MM, M
from registry.structures.codes import Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting, Kind
from registry.structures.kinds.ordered_days import before_start
from registry.structures.models import Structure

#: More places than any real structure has: a larger number is a typing error.
MOST_PLACES = 10_000
MOST_LABEL = 100
#: The field of structures with bores.
BORE_DIAMETER: Final = "bore_diameter_mm"
BORE_COUNT: Final = "bore_count"
#: What is installed -> the units in which its places are counted.
UNITS_OF_HOSTING: Final[Mapping[Hosting, tuple[PlaceUnit, ...]]] = {
    Hosting.ANTENNAS: (PlaceUnit.POSITION,),
    Hosting.ROOM: (PlaceUnit.POSITION,),
    Hosting.HUNG_CABLES: (PlaceUnit.CABLE, PlaceUnit.POSITION),
    Hosting.PULLED_CABLES: (PlaceUnit.BORE, PlaceUnit.CABLE, PlaceUnit.POSITION),
    Hosting.LAID_CABLES: (PlaceUnit.LEVEL, PlaceUnit.CABLE, PlaceUnit.POSITION),
}
#: Places of a structure with bores that take bores: a place without a unit of its own is a bore. Cables share one.
BORE_UNITS: Final = (PlaceUnit.BORE, PlaceUnit.POSITION)
#: Takes no new place and no new occupant.
OUT_OF_SERVICE: Final = (Status.SUSPENDED, Status.DECOMMISSIONED, Status.REMOVED)
#: Measure -> the units of places that have it.
MEASURED: Final[Mapping[str, tuple[PlaceUnit, ...]]] = {
    "height_m": (PlaceUnit.POSITION, PlaceUnit.LEVEL, PlaceUnit.CABLE),
    "diameter_mm": (PlaceUnit.BORE, PlaceUnit.CABLE),
    "level": (PlaceUnit.LEVEL,),
}


def usual_unit(kind: Kind) -> PlaceUnit:
    """The unit of the usual place of a kind."""
    if kind.hosting is None:
        raise LookupError(f"nothing is installed on a {kind.code}")
    return PlaceUnit(kind.place.counted_in)


def fitting_units(kind: Kind) -> tuple[PlaceUnit, ...]:
    """The units in which places of a kind may be counted, the usual one first."""
    if kind.hosting is None:
        return tuple(PlaceUnit)
    return tuple(sorted(UNITS_OF_HOSTING[kind.hosting], key=lambda unit: unit is not usual_unit(kind)))


def usual_measures(kind: Kind) -> tuple[str, ...]:
    """The measures of the usual place of a kind; none where nothing is installed on it."""
    if kind.hosting is None:
        return ()
    unit = usual_unit(kind)
    return tuple(name for name, units in MEASURED.items() if unit in units)


def place_problems(label: str, total: int | None, taken: int) -> dict[str, str]:
    """The problems of a place; `taken` is the sum of used, reserved and blocked units."""
    problems: dict[str, str] = {}
    if not label:
        problems["label"] = _("Chưa nhập tên vị trí; ví dụ đúng: Ống số 3, Sàn 32 m.")
    elif len(label) > MOST_LABEL:
        problems["label"] = _("Tên vị trí dài %(length)d ký tự, tối đa %(most)d.", length=len(label), most=MOST_LABEL)
    if total is not None and not 0 <= total <= MOST_PLACES:
        problems["total"] = _("Tổng số vị trí là %(total)d; cần từ 0 đến %(most)d.", total=total, most=MOST_PLACES)
    elif total is not None and total < taken:
        problems["total"] = _(
            "Tổng số vị trí là %(total)d, ít hơn %(taken)d vị trí đang dùng, giữ chỗ hoặc không dùng được.",
            total=total,
            taken=taken,
        )
    return problems


def measure_problems(
    unit: PlaceUnit, measures: Mapping[str, Any], structure_height_m: Decimal | None
) -> dict[str, str]:
    """The problems of the measures of a place on a structure of this height (None: unknown)."""
    problems: dict[str, str] = {}
    for name, units in MEASURED.items():
        if measures.get(name) is not None and unit not in units:
            problems[name] = _(
                "“%(measure)s” không dùng cho vị trí tính bằng “%(unit)s”; cần để trống, hoặc đơn vị tính là: "
                "%(units)s.",
                measure=fields_of(CapacityPlace)[name].label,
                unit=unit.label,
                units=", ".join(str(each.label) for each in units),
            )
    height = measures.get("height_m")
    is_over = height is not None and structure_height_m is not None and height > structure_height_m
    if "height_m" not in problems and is_over:
        problems["height_m"] = _(
            "Cao độ của vị trí là %(height)s, cao hơn công trình (%(top)s); cần không quá chiều cao công trình.",
            height=M.display(_plain(height)),
            top=M.display(_plain(structure_height_m)),
        )
    return problems


def kind_problems(
    kind: Kind, structure: Any, unit: PlaceUnit, total: int | None, diameter_mm: Decimal | None, other_bores: int
) -> dict[str, str]:
    """The problems of a place on a structure of this kind: its unit, and its bores against those of the structure.

    `other_bores`: the bores that the other places of the structure state.
    """
    fitting = fitting_units(kind)
    if unit not in fitting:
        sentence = _(
            "Đơn vị tính “%(unit)s” không dùng cho “%(kind)s”; cần một trong: %(units)s.",
            unit=unit.label,
            kind=kind.label,
            units=", ".join(str(each.label) for each in fitting),
        )
        return {"unit": sentence}
    problems: dict[str, str] = {}
    widest, bores = getattr(structure, BORE_DIAMETER, None), getattr(structure, BORE_COUNT, None)
    if diameter_mm is not None and widest is not None and diameter_mm > widest:
        problems["diameter_mm"] = _(
            "Đường kính trong là %(diameter)s, lớn hơn đường kính ống của công trình (%(widest)s); cần không quá số"
            " đó.",
            diameter=MM.display(_plain(diameter_mm)),
            widest=MM.display(_plain(widest)),
        )
    if unit in BORE_UNITS and bores is not None and (total or 0) + other_bores > bores:
        problems["total"] = _(
            "Tổng số ống của các vị trí là %(total)d, nhiều hơn số ống của công trình là %(bores)d; cần không quá số"
            " đó.",
            total=(total or 0) + other_bores,
            bores=bores,
        )
    return problems


def same_label(label: str, other: str) -> bool:
    """Whether two names of places are one in another spelling: case, spaces and marks do not count."""
    return fold(label) == fold(other)


def _plain(value: Any) -> Decimal:
    """Without the trailing zeros of a database column."""
    return Decimal(format(Decimal(value).normalize(), "f"))


def out_of_service(code: str, status: Status) -> str | None:
    """Why a structure takes no new place or occupant; None where it does."""
    if status not in OUT_OF_SERVICE:
        return None
    return _(
        "Công trình %(code)s đang ở trạng thái “%(status)s” nên không nhận thêm vị trí hoặc đơn vị sử dụng.",
        code=code,
        status=status.label,
    )


def entry_problems(quantity: int, started_on: date | None, ended_on: date | None, today: date) -> dict[str, str]:
    """The problems of an entry, except that it does not fit, which the database checks."""
    problems: dict[str, str] = {}
    if not 1 <= quantity <= MOST_PLACES:
        problems["quantity"] = _(
            "Số vị trí sử dụng là %(quantity)d; cần từ 1 đến %(most)d.", quantity=quantity, most=MOST_PLACES
        )
    if started_on is not None and started_on > today:
        problems["started_on"] = _(
            "Ngày bắt đầu %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(started_on)
        )
    if ended_on is not None:
        problems |= end_problems(ended_on, started_on, today)
    return problems


def start_problems(started_on: date | None, structure: Structure) -> dict[str, str]:
    """A use of before its structure."""
    problem = before_start(_("Từ ngày"), started_on, structure, KINDS[structure.kind])
    return {"started_on": problem} if problem else {}


def end_problems(ended_on: date, started_on: date | None, today: date) -> dict[str, str]:
    """The problems of the last day of an entry."""
    if ended_on > today:
        return {
            "ended_on": _("Ngày kết thúc %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(ended_on))
        }
    problem = later_problem((_("Từ ngày"), started_on), (_("Đến ngày"), ended_on))
    return {} if problem is None else {"ended_on": problem}
