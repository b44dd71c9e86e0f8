"""Rules of places and entries on values alone; the database keeps the sums."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from registry.capacity.models import CapacityPlace, PlaceUnit
from registry.kernel.fields import fields_of
from registry.kernel.i18n import _, format_date
from registry.kernel.units import M
from registry.structures.codes import Status
from registry.structures.kinds.kind import Hosting, Kind

#: More places than any real structure has: a number beyond it is a slip of the hand.
MOST_PLACES = 10_000
MOST_LABEL = 100
#: The field of a kind that has bores.
BORE_DIAMETER: Final = "bore_diameter_mm"
_UNIT_OF: Final[Mapping[Hosting, PlaceUnit]] = {
    Hosting.ANTENNAS: PlaceUnit.POSITION,
    Hosting.HUNG_CABLES: PlaceUnit.CABLE,
    Hosting.PULLED_CABLES: PlaceUnit.BORE,
    Hosting.LAID_CABLES: PlaceUnit.LEVEL,
    Hosting.ROOM: PlaceUnit.POSITION,
}
#: What takes no new place and no new occupant.
OUT_OF_SERVICE: Final = (Status.SUSPENDED, Status.DECOMMISSIONED, Status.REMOVED)
#: Measure of a place -> the units of places that have it.
MEASURED: Final[Mapping[str, tuple[PlaceUnit, ...]]] = {
    "height_m": (PlaceUnit.POSITION, PlaceUnit.LEVEL, PlaceUnit.CABLE),
    "diameter_mm": (PlaceUnit.BORE, PlaceUnit.CABLE),
    "level": (PlaceUnit.LEVEL,),
}


def usual_unit(kind: Kind) -> PlaceUnit:
    """What the usual place of a kind is counted in."""
    if kind.hosting is None:
        raise LookupError(f"nothing is installed on a {kind.code}")
    if kind.hosting is Hosting.PULLED_CABLES and BORE_DIAMETER not in kind.fields():
        return PlaceUnit.CABLE
    return _UNIT_OF[kind.hosting]


def usual_measures(kind: Kind) -> tuple[str, ...]:
    """The measures that the usual place of a kind may have; none where nothing is installed on it."""
    if kind.hosting is None:
        return ()
    unit = usual_unit(kind)
    return tuple(name for name, units in MEASURED.items() if unit in units)


def place_problems(label: str, total: int | None, taken: int) -> dict[str, str]:
    """What is wrong with a place; `taken` is the sum of used, reserved and blocked ones."""
    found: dict[str, str] = {}
    if not label:
        found["label"] = _("Tên vị trí còn trống; ví dụ đúng: Ống số 3, Sàn 32 m.")
    elif len(label) > MOST_LABEL:
        found["label"] = _("Tên vị trí dài %(length)d ký tự, tối đa %(most)d.", length=len(label), most=MOST_LABEL)
    if total is not None and not 0 <= total <= MOST_PLACES:
        found["total"] = _("Tổng số vị trí là %(total)d; cần từ 0 đến %(most)d.", total=total, most=MOST_PLACES)
    elif total is not None and total < taken:
        found["total"] = _(
            "Tổng số vị trí là %(total)d, ít hơn %(taken)d vị trí đang dùng, giữ chỗ hoặc không dùng được.",
            total=total,
            taken=taken,
        )
    return found


def measure_problems(
    unit: PlaceUnit, measures: Mapping[str, Any], structure_height_m: Decimal | None
) -> dict[str, str]:
    """What is wrong with the measures of a place on a structure that is so high (None: unknown)."""
    found: dict[str, str] = {}
    for name, units in MEASURED.items():
        if measures.get(name) is not None and unit not in units:
            found[name] = _(
                "«%(measure)s» không dùng cho vị trí tính bằng «%(unit)s»; cần để trống, hoặc đơn vị tính là: "
                "%(units)s.",
                measure=fields_of(CapacityPlace)[name].label,
                unit=unit.label,
                units=", ".join(str(each.label) for each in units),
            )
    height = measures.get("height_m")
    is_over = height is not None and structure_height_m is not None and height > structure_height_m
    if "height_m" not in found and is_over:
        found["height_m"] = _(
            "Cao độ của vị trí là %(height)s, cao hơn công trình (%(top)s); cần không quá chiều cao công trình.",
            height=M.display(_plain(height)),
            top=M.display(_plain(structure_height_m)),
        )
    return found


def _plain(value: Any) -> Decimal:
    """Without the noughts that a column of the database keeps."""
    return Decimal(format(Decimal(value).normalize(), "f"))


def out_of_service(code: str, status: Status) -> str | None:
    """Why a structure takes nothing new; None where it does."""
    if status not in OUT_OF_SERVICE:
        return None
    return _(
        "Công trình %(code)s đang ở trạng thái «%(status)s» nên không nhận thêm vị trí hoặc đơn vị sử dụng.",
        code=code,
        status=status.label,
    )


def entry_problems(quantity: int, started_on: date | None, ended_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with an entry before the database looks at the sums."""
    found: dict[str, str] = {}
    if not 1 <= quantity <= MOST_PLACES:
        found["quantity"] = _(
            "Số vị trí sử dụng là %(quantity)d; cần từ 1 đến %(most)d.", quantity=quantity, most=MOST_PLACES
        )
    if started_on is not None and started_on > today:
        found["started_on"] = _(
            "Ngày bắt đầu %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(started_on)
        )
    if ended_on is not None:
        found |= end_problems(ended_on, started_on, today)
    return found


def end_problems(ended_on: date, started_on: date | None, today: date) -> dict[str, str]:
    """What is wrong with the last day of an entry."""
    if ended_on > today:
        return {
            "ended_on": _("Ngày kết thúc %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(ended_on))
        }
    if started_on is not None and ended_on < started_on:
        return {
            "ended_on": _(
                "Ngày kết thúc %(end)s sớm hơn ngày bắt đầu %(start)s.",
                end=format_date(ended_on),
                start=format_date(started_on),
            )
        }
    return {}
