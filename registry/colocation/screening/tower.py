"""Tower: exposed area at height against the rated area, free places, vertical separation (docs/screening.md, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.colocation.screening.models import Verdict
from registry.colocation.screening.result import (
    ZERO,
    Amount,
    InstalledLoad,
    Inventory,
    PlaceRoom,
    Screening,
    ScreeningLimits,
    ScreeningStep,
    combined_amount,
    exact,
    fits,
    format_amount,
    format_figure,
    missing_step,
    room_step,
)
from registry.drawings.facts import HeightLimit
from registry.kernel.i18n import _

CODE: Final = "tower"
KEY: Final = "screening.tower"
KEYS: Final = (KEY,)


@dataclass(frozen=True)
class TowerFacts:
    """A tower and the antennas to install; `exposed_area_m2` is their total."""

    room: PlaceRoom
    height_m: Decimal | None = None
    attach_height_m: Decimal | None = None
    exposed_area_m2: Decimal | None = None
    rated_area_m2: Decimal | None = None
    rated_area_height_m: Decimal | None = None
    #: Remaining load capacity as declared by the owner, in percent.
    load_margin_pct: Decimal | None = None
    #: Guyed masts do not bend like cantilevers; None: the form is unknown.
    is_guyed: bool | None = None
    present: tuple[Inventory, ...] = (Inventory(),)


def screen(facts: TowerFacts, limits: ScreeningLimits) -> Screening:
    existing = combined_amount(facts.present, lambda load: _moment(load, facts.height_m))
    steps = [room_step(facts.room), *missing_step(_missing(facts, existing)), *_height_steps(facts)]
    steps += [ScreeningStep(text, Verdict.NEEDS_STUDY) for text in _reasons(facts)]
    steps += [*_area_steps(facts, limits, existing), *_separation_steps(facts, limits)]
    return Screening(CODE, tuple(steps), _assumptions(), limits.citations)


def _missing(facts: TowerFacts, existing: Amount) -> list[str]:
    inputs = {
        _("diện tích chắn gió của thiết bị đề nghị lắp"): facts.exposed_area_m2,
        _("cao độ lắp đặt"): facts.attach_height_m,
        _("chiều cao cột"): facts.height_m,
        _("diện tích chắn gió thiết kế"): facts.rated_area_m2 or None,
        _("cao độ của diện tích chắn gió thiết kế"): facts.rated_area_height_m or None,
        _("kết cấu cột"): facts.is_guyed,
        _("diện tích chắn gió của thiết bị đang có"): existing.high,
    }
    return [label for label, value in inputs.items() if value is None]


def _reasons(facts: TowerFacts) -> list[str]:
    """Cases that the comparison of moments at the foot does not cover."""
    texts = []
    if facts.load_margin_pct is not None and facts.load_margin_pct <= 0:
        texts.append(_("Chủ sở hữu ghi cột không còn dự phòng chịu tải."))
    if facts.is_guyed:
        texts.append(_("Cột dây co không chịu uốn như cột tự đứng nên phải tính theo mô hình riêng."))
    height, rated_at = facts.attach_height_m, facts.rated_area_height_m
    if height is not None and rated_at is not None and height > rated_at:
        text = _(
            "Lắp ở %(height)s m, cao hơn cao độ thiết kế %(rated)s m nên phần thân phía trên phải tính riêng.",
            height=format_figure(height, rated_at, 3),
            rated=format_figure(rated_at, decimals=3),
        )
        texts.append(text)
    return texts


def _height_steps(facts: TowerFacts) -> list[ScreeningStep]:
    if facts.height_m is None or facts.attach_height_m is None:
        return []
    text = _(
        "Cao độ lắp đặt %(height)s m; cột cao %(top)s m.",
        height=format_figure(facts.attach_height_m, facts.height_m, 3),
        top=format_figure(facts.height_m, decimals=3),
    )
    return [ScreeningStep(text, fits(facts.attach_height_m <= facts.height_m))]


def _moment(load: InstalledLoad, top_m: Decimal | None) -> Amount:
    """Area × height in m³; a load of unknown height is between the foot and the top."""
    if load.area_m2 is None:
        return exact(None)
    if load.height_m is not None:
        return exact(load.area_m2 * load.height_m)
    return Amount(ZERO, None if top_m is None else load.area_m2 * top_m)


def _area_steps(facts: TowerFacts, limits: ScreeningLimits, existing: Amount) -> list[ScreeningStep]:
    area, height = facts.exposed_area_m2, facts.attach_height_m
    text = _("Đang có: tổng (diện tích × cao độ) = %(there)s m³.", there=format_amount(existing, decimals=3))
    steps = [ScreeningStep(text, figures={"present_m3": existing.low})]
    new = exact(None if area is None or height is None else area * height)
    if area is not None and height is not None:
        text = _(
            "Đề nghị lắp: %(area)s m² × %(height)s m = %(moment)s m³.",
            area=format_figure(area, decimals=3),
            height=format_figure(height, decimals=3),
            moment=format_figure(new.low, decimals=3),
        )
        steps.append(ScreeningStep(text, figures={"new_m3": new.low}))
    if not facts.rated_area_m2 or not facts.rated_area_height_m:
        return steps
    rated = facts.rated_area_m2 * facts.rated_area_height_m
    text = _(
        "Thiết kế: %(area)s m² × %(height)s m = %(moment)s m³.",
        area=format_figure(facts.rated_area_m2, decimals=3),
        height=format_figure(facts.rated_area_height_m, decimals=3),
        moment=format_figure(rated, decimals=3),
    )
    at_rated = HeightLimit(_("Cao độ của diện tích chắn gió thiết kế"), facts.rated_area_height_m)
    steps.append(ScreeningStep(text, figures={"rated_m3": rated}, drawn=(at_rated,)))
    limit = limits.number(KEY, "area_pct")
    share = (existing + new).percent_of(rated)
    text = _(
        "Tải gió: (đang có + đề nghị lắp) / thiết kế = %(share)s%%; giới hạn %(limit)s%%.",
        share=format_amount(share, limit),
        limit=format_figure(limit),
    )
    drawn = share.share(_("Tải gió / thiết kế"), limit)
    return [*steps, ScreeningStep(text, share.verdict_against(limit), {"area_pct": share.low}, drawn)]


def _separation_steps(facts: TowerFacts, limits: ScreeningLimits) -> list[ScreeningStep]:
    """Less than the required distance needs a study of azimuth and beam; it is no refusal."""
    height, least = facts.attach_height_m, limits.number(KEY, "separation_m")
    if height is None:
        return []
    loads = [load for source in facts.present for load in source.loads]
    heights = [abs(load.height_m - height) for load in loads if load.height_m is not None]
    steps = []
    if len(heights) < len(loads) or not any(source.complete for source in facts.present):
        steps = missing_step([_("cao độ của ăng ten đang có")])
    if not heights:
        return steps
    nearest = min(heights)
    text = _(
        "Khoảng cách đứng tới ăng ten gần nhất đang có: %(nearest)s m; cần ít nhất %(least)s m, gần hơn phải tính "
        "hướng và búp sóng.",
        nearest=format_figure(nearest, least, 3),
        least=format_figure(least, decimals=3),
    )
    verdict = Verdict.FITS if nearest >= least else Verdict.NEEDS_STUDY
    drawn = (
        HeightLimit(_("Ăng ten đang có phải cao từ"), height + least),
        *([HeightLimit(_("Ăng ten đang có phải thấp đến"), height - least)] if height > least else []),
    )
    return [*steps, ScreeningStep(text, verdict, {"separation_m": nearest}, drawn)]


def _assumptions() -> tuple[str, ...]:
    return (
        _("Diện tích chắn gió đã khai gồm cả hệ số cản và gá đỡ; gió như nhau ở mọi cao độ."),
        _("So mô men tại chân cột: diện tích × cao độ; thân cột, dây co và móng theo thiết kế ban đầu."),
        _("Cáp dẫn (feeder) nằm trong phần thân cột của thiết kế; can nhiễu tần số không xét."),
    )
