"""Whether a structure has what a planned site needs; no session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

from registry.capacity.models import PlaceUnit
from registry.capacity.room import Room, certainly_free
from registry.capacity.rules import BORE_DIAMETER, usual_unit
from registry.kernel.db.base import Choice
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n
from registry.kernel.units import MM, M
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting

#: Structures that others may use as they are; those to be upgraded or assessed need a question to the owner.
OPEN: Final = (SharingStatus.AVAILABLE, SharingStatus.SHARED_AVAILABLE)
_ASK_OWNER: Final = (SharingStatus.UPGRADABLE, SharingStatus.NOT_ASSESSED)
HEIGHT, DIAMETER = "height_m", BORE_DIAMETER
#: Kind of hosting -> the field that limits it, on kinds that have the field.
_LIMITED_BY: Final[Mapping[Hosting, str]] = {Hosting.ANTENNAS: HEIGHT, Hosting.PULLED_CABLES: DIAMETER}


class Fit(Choice):
    """Whether a structure fits the need; an unknown value never fits."""

    FITS = "fits", _l("Đáp ứng")
    UNSURE = "unsure", _l("Cần xác minh thêm")
    NOT = "not", _l("Không đáp ứng")


@dataclass(frozen=True)
class Need:
    """A number of slots on a kind of structure, with a minimum height for antennas or bore for cables."""

    kind: str
    quantity: int = 1
    least_height_m: Decimal | None = None
    least_diameter_mm: Decimal | None = None

    @cached_property
    def unit(self) -> PlaceUnit:
        """The unit that slots of the kind are counted in."""
        return self._counted[0]

    @cached_property
    def measured(self) -> Field | None:
        """The field of the kind that must reach the minimum; None where the need has none."""
        measure = self._counted[1]
        return KINDS[self.kind].fields()[measure] if measure is not None and self.least is not None else None

    @cached_property
    def least(self) -> Decimal | None:
        """The minimum of that field."""
        return {HEIGHT: self.least_height_m, DIAMETER: self.least_diameter_mm}.get(self._counted[1] or "")

    @cached_property
    def at_height_m(self) -> Decimal | None:
        """The minimum height of the slots themselves."""
        return self.least if self._counted[1] == HEIGHT else None

    @cached_property
    def least_bore_mm(self) -> Decimal | None:
        """The minimum diameter of the slots themselves; a slot without one has that of its structure."""
        return self.least if self._counted[1] == DIAMETER else None

    @cached_property
    def _counted(self) -> tuple[PlaceUnit, str | None]:
        kind = KINDS[self.kind]
        unit = usual_unit(kind)
        measure = _LIMITED_BY.get(kind.hosting) if kind.hosting is not None else None
        return unit, measure if measure in kind.fields() else None


@dataclass(frozen=True)
class SiteVerdict:
    """Whether a structure fits and why, with the sums of the counted slots; None is unknown."""

    fit: Fit
    reasons: tuple[str, ...]
    total: int | None
    free: int | None
    reserved: int


def unused_conditions(need: Need) -> list[str]:
    """A sentence for each condition that does not apply to the kind."""
    label = KINDS[need.kind].label
    conditions = []
    if need.least_height_m is not None and need.at_height_m is None:
        conditions.append(_("Cao độ chỉ xét với cột ăng ten nên không áp dụng cho “%(kind)s”.", kind=label))
    if need.least_diameter_mm is not None and (need.measured is None or need.measured.name != DIAMETER):
        conditions.append(_("Đường kính ống chỉ xét với cống cáp nên không áp dụng cho “%(kind)s”.", kind=label))
    return conditions


def judge(row: Any, rooms: Sequence[Room], measure: Decimal | None, need: Need, own_ids: frozenset[int]) -> SiteVerdict:
    """Whether a structure that the reader sees exactly fits; `measure` is its value of `need.measured`."""
    counted = [room for room in rooms if room.unit is need.unit]
    if need.least_bore_mm is not None and any(room.diameter_mm is not None for room in counted):
        findings = [*_of_status(row, own_ids), _of_bores(counted, measure, need, need.least_bore_mm)]
    else:
        findings = [*_of_status(row, own_ids), *_of_measure(measure, need), _of_rooms(counted, need)]
    fits = {fit for fit, _sentence in findings}
    fit = next(each for each in (Fit.NOT, Fit.UNSURE, Fit.FITS) if each in fits)
    # The reasons of the verdict come first, then open questions, then what fits.
    reasons = tuple(sentence for each in (fit, Fit.UNSURE, Fit.FITS) for wrong, sentence in findings if wrong is each)
    is_known = bool(counted) and all(room.total is not None for room in counted)
    return SiteVerdict(
        fit=fit,
        reasons=tuple(dict.fromkeys(reasons)),
        total=sum(room.total or 0 for room in counted) if is_known else None,
        free=certainly_free(counted) if is_known else None,
        reserved=sum(room.reserved for room in counted),
    )


def _of_status(row: Any, own_ids: frozenset[int]) -> list[tuple[Fit, str]]:
    reasons: list[tuple[Fit, str]] = []
    if row.status is not Status.ACTIVE:
        reasons.append((Fit.NOT, _("Công trình đang ở trạng thái “%(status)s”.", status=row.status.label)))
    if row.owner_organisation_id in own_ids:
        sentence = _("Công trình của chính đơn vị, không cần đề nghị.")
        reasons.append((Fit.FITS if row.sharing_status in OPEN else Fit.UNSURE, sentence))
    elif row.sharing_status not in OPEN:
        fit = Fit.UNSURE if row.sharing_status in _ASK_OWNER else Fit.NOT
        reasons.append((fit, _("Chủ sở hữu ghi “%(sharing)s”.", sharing=row.sharing_status.label)))
    return reasons


def _of_measure(value: Decimal | None, need: Need) -> list[tuple[Fit, str]]:
    field, least = need.measured, need.least
    if field is None or field.unit is None or least is None:
        return []
    if value is None:
        return [(Fit.UNSURE, _("“%(label)s” chưa được khai.", label=field.label))]
    if value < least:
        sentence = _(
            "“%(label)s” là %(value)s, nhỏ hơn %(least)s cần có.",
            label=field.label,
            value=field.unit.display(_plain(value)),
            least=field.unit.display(_plain(least)),
        )
        return [(Fit.NOT, sentence)]
    return []


def _of_rooms(rooms: Sequence[Room], need: Need) -> tuple[Fit, str]:
    unit, height = need.unit.label, need.at_height_m
    if not rooms:
        return Fit.UNSURE, _("Chủ sở hữu chưa khai số %(unit)s.", unit=unit)
    high = [room for room in rooms if height is None or room.height_m is None or room.height_m >= height]
    sure = certainly_free([room for room in high if height is None or room.height_m is not None])
    if sure >= need.quantity:
        return Fit.FITS, _enough(sure, need)
    if any(room.free is None for room in high):
        return Fit.UNSURE, _("Chưa rõ tổng số %(unit)s.", unit=unit)
    possible = certainly_free(high)
    if possible >= need.quantity:
        return Fit.UNSURE, _("Chưa rõ cao độ của %(free)d %(unit)s còn trống.", free=possible - sure, unit=unit)
    return Fit.NOT, _lack(possible, need)


def _of_bores(rooms: Sequence[Room], default: Decimal | None, need: Need, least: Decimal) -> tuple[Fit, str]:
    """Slots by their own diameter, or by that of the structure (`default`) where they have none."""
    unit = need.unit.label
    measured = [(room, room.diameter_mm if room.diameter_mm is not None else default) for room in rooms]
    wide = [(room, diameter) for room, diameter in measured if diameter is None or diameter >= least]
    sure = certainly_free([room for room, diameter in wide if diameter is not None])
    params = {"unit": unit, "wanted": need.quantity, "least": MM.display(_plain(least))}
    if sure >= need.quantity:
        sentence = _("Còn trống %(free)d %(unit)s đường kính từ %(least)s; cần %(wanted)d.", free=sure, **params)
        return Fit.FITS, sentence
    if any(room.free is None for room, _diameter in wide):
        return Fit.UNSURE, _("Chưa rõ tổng số %(unit)s.", unit=unit)
    possible = certainly_free([room for room, _diameter in wide])
    if possible >= need.quantity:
        return Fit.UNSURE, _n("Chưa rõ đường kính của %(num)d %(unit)s còn trống.", possible - sure, unit=unit)
    sentence = _("Chỉ còn trống %(free)d %(unit)s đường kính từ %(least)s; cần %(wanted)d.", free=possible, **params)
    return Fit.NOT, sentence


def _enough(free: int, need: Need) -> str:
    if need.at_height_m is None:
        return _(
            "Còn trống %(free)d %(unit)s; cần %(wanted)d.",
            free=free,
            unit=need.unit.label,
            wanted=need.quantity,
        )
    return _(
        "Còn trống %(free)d %(unit)s ở cao độ từ %(height)s; cần %(wanted)d.",
        free=free,
        unit=need.unit.label,
        height=M.display(_plain(need.at_height_m)),
        wanted=need.quantity,
    )


def _lack(free: int, need: Need) -> str:
    params = {"free": free, "unit": need.unit.label, "wanted": need.quantity}
    if need.at_height_m is None:
        if not free:
            return _("Không còn %(unit)s trống; cần %(wanted)d.", **params)
        return _("Chỉ còn trống %(free)d %(unit)s; cần %(wanted)d.", **params)
    params["height"] = M.display(_plain(need.at_height_m))
    if not free:
        return _("Không còn %(unit)s trống ở cao độ từ %(height)s; cần %(wanted)d.", **params)
    return _("Chỉ còn trống %(free)d %(unit)s ở cao độ từ %(height)s; cần %(wanted)d.", **params)


def _plain(value: Decimal) -> Decimal:
    """Without the trailing zeros of a database column."""
    return Decimal(format(value.normalize(), "f"))
