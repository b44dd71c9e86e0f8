"""Trench and tunnel: width and mass on a tray level against its rating (docs/screening.md, 4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.colocation.screening.models import Verdict
from registry.colocation.screening.result import (
    Amount,
    InstalledLoad,
    Inventory,
    PlaceRoom,
    Screening,
    ScreeningLimits,
    ScreeningStep,
    combined_amount,
    exact,
    format_amount,
    format_figure,
    missing_step,
    room_step,
)
from registry.kernel.i18n import _

CODE: Final = "tray"
KEY: Final = "screening.tray"
KEYS: Final = (KEY,)


@dataclass(frozen=True)
class TrayFacts:
    """A level and what is to be laid on it; `tray_width_mm` and `tray_rated_kg_m` are ratings of one level.

    `is_whole`: places are whole empty levels, so the request is spread over `room.quantity` of them.
    """

    room: PlaceRoom
    tray_width_mm: Decimal | None = None
    tray_rated_kg_m: Decimal | None = None
    cables: int | None = None
    cable_diameter_mm: Decimal | None = None
    #: Declared width; otherwise the cables side by side.
    width_mm: Decimal | None = None
    mass_kg_m: Decimal | None = None
    present: tuple[Inventory, ...] = (Inventory(),)
    is_whole: bool = False

    @property
    def levels(self) -> int:
        """Number of levels over which the request is spread."""
        return self.room.quantity if self.is_whole else 1


def screen(facts: TrayFacts, limits: ScreeningLimits) -> Screening:
    """Checks width and mass; a rating that was not declared is skipped, but one is required."""
    steps = [room_step(facts.room)]
    if facts.tray_width_mm is None and facts.tray_rated_kg_m is None:
        steps += missing_step([_("chiều rộng hoặc tải trọng cho phép của một tầng")])
    assumptions = [_("Cáp nằm một lớp, sát nhau; lối đi, thông gió và tỏa nhiệt không xét.")]
    if facts.tray_width_mm is not None:
        steps += _width_steps(facts, limits, facts.tray_width_mm)
    else:
        assumptions.append(_("Chủ sở hữu chưa khai chiều rộng một tầng nên không xét chiều rộng."))
    if facts.tray_rated_kg_m is not None:
        steps += _mass_steps(facts, limits, facts.tray_rated_kg_m)
    else:
        assumptions.append(_("Chủ sở hữu chưa khai tải trọng một tầng nên không xét khối lượng."))
    if facts.is_whole:
        assumptions.append(_("Mỗi tầng đề nghị dùng là tầng trống trọn vẹn; cáp chia đều cho các tầng."))
    return Screening(CODE, tuple(steps), tuple(assumptions), limits.citations)


def _width_steps(facts: TrayFacts, limits: ScreeningLimits, offered: Decimal) -> list[ScreeningStep]:
    new = facts.width_mm
    if new is None and facts.cables is not None and facts.cable_diameter_mm is not None:
        new = facts.cables * facts.cable_diameter_mm
    existing = combined_amount(facts.present, lambda load: exact(_width_of(load)))
    steps = missing_step(
        [_("chiều rộng đề nghị dùng (hoặc số cáp và đường kính cáp)")] * (new is None)
        + [_("chiều rộng cáp đang có chiếm")] * (existing.high is None)
    )
    each = exact(None if new is None else new / facts.levels)
    text = _(
        "Chiều rộng mỗi tầng: đang có %(there)s mm + đề nghị dùng %(new)s mm, trên %(offered)s mm.",
        there=format_amount(existing),
        new=format_amount(each),
        offered=format_figure(offered),
    )
    steps.append(ScreeningStep(text, figures={"present_mm": existing.low, "new_mm": each.low}))
    return [*steps, _share_step(existing + each, offered, limits, "width_pct", _("Tỷ lệ chiều rộng"))]


def _mass_steps(facts: TrayFacts, limits: ScreeningLimits, offered: Decimal) -> list[ScreeningStep]:
    new = None
    if facts.mass_kg_m is not None and facts.cables is not None:
        new = facts.cables * facts.mass_kg_m
    existing = combined_amount(facts.present, lambda load: exact(load.mass_kg_m))
    steps = missing_step(
        [_("số cáp và khối lượng cáp trên mét")] * (new is None)
        + [_("khối lượng cáp đang có trên tầng")] * (existing.high is None)
    )
    each = exact(None if new is None else new / facts.levels)
    text = _(
        "Khối lượng mỗi tầng: đang có %(there)s kg/m + đề nghị dùng %(new)s kg/m, trên %(offered)s kg/m.",
        there=format_amount(existing, decimals=3),
        new=format_amount(each, decimals=3),
        offered=format_figure(offered, decimals=3),
    )
    steps.append(ScreeningStep(text, figures={"present_kg_m": existing.low, "new_kg_m": each.low}))
    return [*steps, _share_step(existing + each, offered, limits, "load_pct", _("Tỷ lệ tải trọng"))]


def _width_of(load: InstalledLoad) -> Decimal | None:
    if load.width_mm is not None or load.diameter_mm is None:
        return load.width_mm
    return load.count * load.diameter_mm


def _share_step(used: Amount, offered: Decimal, limits: ScreeningLimits, name: str, label: str) -> ScreeningStep:
    limit = limits.number(KEY, name)
    if offered <= 0:
        return ScreeningStep(_("%(label)s: số đã khai bằng 0 nên không tính được.", label=label), Verdict.NEEDS_STUDY)
    share = used.percent_of(offered)
    text = _(
        "%(label)s: %(share)s%%; giới hạn %(limit)s%%.",
        label=label,
        share=format_amount(share, limit),
        limit=format_figure(limit),
    )
    return ScreeningStep(text, share.verdict_against(limit), {name: share.low}, share.share(label, limit))
