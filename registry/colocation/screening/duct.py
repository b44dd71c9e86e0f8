"""Duct: share of a bore's area that cables and sub-ducts take (docs/screening.md, 1)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

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
    fits,
    format_amount,
    format_figure,
    missing_step,
    room_step,
)
from registry.kernel.i18n import _

CODE: Final = "duct"
KEY: Final = "screening.duct"
KEYS: Final = (KEY,)
QUARTER_PI: Final = Decimal("0.785398163397448")


@dataclass(frozen=True)
class DuctFacts:
    """A bore and what is to be pulled into it; `cables` and `sub_ducts` are totals over all requested bores.

    `is_whole`: places are whole empty bores, so the request is spread over `room.quantity` of them.
    """

    room: PlaceRoom
    nominal_diameter_mm: Decimal | None = None
    inner_diameter_mm: Decimal | None = None
    cable_diameter_mm: Decimal | None = None
    cables: int | None = None
    sub_ducts: int = 0
    sub_duct_diameter_mm: Decimal | None = None
    present: tuple[Inventory, ...] = (Inventory(),)
    is_whole: bool = False


def screen(facts: DuctFacts, limits: ScreeningLimits) -> Screening:
    inner, steps = _inner(facts, limits)
    steps = [room_step(facts.room), *steps]
    pieces, width, missing = _new_pieces(facts)
    if inner is None:
        missing.insert(0, _("đường kính trong của ống"))
    existing = combined_amount(facts.present, _area)
    if existing.high is None:
        missing.append(_("đường kính của cáp đang có trong ống"))
    steps += missing_step(missing)
    if inner is not None:
        steps += _filled(facts, limits, inner, pieces, width, existing)
    return Screening(CODE, tuple(steps), _assumptions(facts), limits.citations)


def _inner(facts: DuctFacts, limits: ScreeningLimits) -> tuple[Decimal | None, list[ScreeningStep]]:
    if facts.inner_diameter_mm is not None:
        inner = facts.inner_diameter_mm
        text = _("Đường kính trong của ống theo hồ sơ: D = %(inner)s mm.", inner=format_figure(inner))
    elif facts.nominal_diameter_mm is not None:
        wall = limits.number(KEY, "wall_mm")
        inner = facts.nominal_diameter_mm - 2 * wall
        text = _(
            "Đường kính trong của ống: D = %(nominal)s − 2 × %(wall)s = %(inner)s mm.",
            nominal=format_figure(facts.nominal_diameter_mm),
            wall=format_figure(wall),
            inner=format_figure(inner),
        )
    else:
        return None, []
    return (inner, [ScreeningStep(text, figures={"inner_mm": inner})]) if inner > 0 else (None, [])


def _new_pieces(facts: DuctFacts) -> tuple[int | None, Decimal | None, list[str]]:
    """Pieces per bore, diameter of each, and the unknown inputs."""
    bores = facts.room.quantity if facts.is_whole else 1
    missing = []
    if facts.cable_diameter_mm is None:
        missing.append(_("đường kính ngoài của cáp đề nghị kéo"))
    if facts.sub_ducts:
        if facts.sub_duct_diameter_mm is None:
            missing.append(_("đường kính ngoài của ống con"))
        return _each(facts.sub_ducts, bores), facts.sub_duct_diameter_mm, missing
    if facts.cables is None:
        missing.append(_("số cáp đề nghị kéo"))
        return None, facts.cable_diameter_mm, missing
    return _each(facts.cables, bores), facts.cable_diameter_mm, missing


def _each(pieces: int, bores: int) -> int:
    """Pieces in the fullest bore."""
    return int((Decimal(pieces) / bores).to_integral_value(ROUND_CEILING))


def _filled(
    facts: DuctFacts,
    limits: ScreeningLimits,
    inner: Decimal,
    pieces: int | None,
    width: Decimal | None,
    existing: Amount,
) -> list[ScreeningStep]:
    limit = limits.number(KEY, "fill_pct")
    bore = QUARTER_PI * inner**2
    text = _(
        "Diện tích lòng ống: π/4 × %(inner)s² = %(area)s mm².", inner=format_figure(inner), area=format_figure(bore)
    )
    steps = [ScreeningStep(text, figures={"bore_mm2": bore}), *_too_wide(facts, inner, width)]
    # At least one piece, if the number is unknown.
    new = Amount(_round(1 if pieces is None else pieces, width), None)
    if pieces is not None and width is not None:
        new = exact(_round(pieces, width))
        text = _(
            "Đề nghị kéo vào mỗi ống: %(count)d × π/4 × %(width)s² = %(area)s mm².",
            count=pieces,
            width=format_figure(width),
            area=format_figure(new.low),
        )
        steps.append(ScreeningStep(text, figures={"new_mm2": new.low}))
    steps.append(
        ScreeningStep(
            _("Đang có trong ống: %(area)s mm².", area=format_amount(existing)), figures={"present_mm2": existing.low}
        )
    )
    share = (existing + new).percent_of(bore)
    text = _(
        "Tỷ lệ chiếm chỗ: (đang có + đề nghị kéo) / diện tích lòng ống = %(share)s%%; giới hạn %(limit)s%%.",
        share=format_amount(share, limit),
        limit=format_figure(limit),
    )
    drawn = share.share(_("Tỷ lệ chiếm chỗ của ống"), limit)
    return [*steps, ScreeningStep(text, share.verdict_against(limit), {"fill_pct": share.low}, drawn)]


def _too_wide(facts: DuctFacts, inner: Decimal, width: Decimal | None) -> list[ScreeningStep]:
    """A piece must fit into the bore, and a cable into its sub-duct."""
    steps = []
    if width is not None and width > inner:
        text = _(
            "Đường kính %(width)s mm lớn hơn lòng ống %(inner)s mm.",
            width=format_figure(width),
            inner=format_figure(inner),
        )
        steps.append(ScreeningStep(text, fits(condition=False)))
    cable = facts.cable_diameter_mm
    if facts.sub_ducts and cable is not None and width is not None and cable >= width:
        text = _(
            "Cáp %(cable)s mm không lọt ống con %(width)s mm.", cable=format_figure(cable), width=format_figure(width)
        )
        steps.append(ScreeningStep(text, fits(condition=False)))
    return steps


def _round(count: int, width: Decimal | None) -> Decimal:
    return Decimal(0) if width is None else count * QUARTER_PI * width**2


def _area(load: InstalledLoad) -> Amount:
    return exact(None if load.diameter_mm is None else _round(load.count, load.diameter_mm))


def _assumptions(facts: DuctFacts) -> tuple[str, ...]:
    assumptions = [
        _("Cáp và ống được coi là tròn, ống không bẹp, không tắc; lực kéo, số khúc cong không xét."),
        _("Ống con tính theo đường kính ngoài; cáp nằm trong ống con không tính thêm."),
    ]
    if facts.inner_diameter_mm is None:
        assumptions.append(_("Hồ sơ chưa ghi đường kính trong; lấy đường kính ống trừ hai lần bề dày thành ống."))
    if facts.is_whole:
        assumptions.append(_("Mỗi ống đề nghị dùng là ống trống trọn vẹn; cáp chia đều cho các ống."))
    return tuple(assumptions)
