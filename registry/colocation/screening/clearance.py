"""Poles: how high the lowest point of a cable hangs, and how far below power lines (docs/screening.md, 2.3 and 2.4)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from registry.colocation.screening.codes import SpanOver, Verdict
from registry.colocation.screening.result import Rules, Step, fits, shown, unknown
from registry.kernel.i18n import _

#: Settings: least heights in metres by what a span crosses; distances in metres below power lines by their voltage.
CLEARANCE: Final = "pole.clearance_m"
POWER: Final = "pole.power_distance_m"
_POLE: Final = "screening.pole"


@dataclass(frozen=True)
class Span:
    """How the new cables hang: `span_m` is the longer of the two beside the pole, `tension_n` that of the most sag."""

    attach_height_m: Decimal | None = None
    span_m: Decimal | None = None
    mass_kg_m: Decimal | None = None
    tension_n: Decimal | None = None
    crosses: SpanOver | None = None
    #: The lowest cable that hangs there already, measured above the ground.
    lowest_cable_m: Decimal | None = None
    has_power: bool = False
    voltage_kv: Decimal | None = None
    lowest_power_line_m: Decimal | None = None


def span_steps(span: Span, rules: Rules) -> list[Step]:
    """Whether the new cable hangs high enough above what it crosses, and whether those that hang there do."""
    if span.crosses is SpanOver.NOTHING:
        return [Step(_("Khoảng cột không vượt đường, đường sắt hay mái nhà nên không xét độ cao."), Verdict.FITS)]
    steps = unknown(_missing(span))
    sag, said = _sag(span, rules)
    steps += said
    if span.crosses is None:
        return steps
    limit = rules.number(CLEARANCE, span.crosses.value)
    if span.crosses is SpanOver.ROOF:
        text = _(
            "Cáp phải cao hơn mái nhà ít nhất %(limit)s m; đơn không có độ cao mái nên phải đo tại chỗ.",
            limit=shown(limit),
        )
        return [*steps, Step(text, Verdict.NEEDS_STUDY)]
    steps += _lowest(span, sag, limit)
    return [*steps, *_standing(span, limit)]


def _missing(span: Span) -> list[str]:
    wanted = {
        _("cáp vượt qua gì"): span.crosses,
        _("cao độ lắp đặt"): span.attach_height_m,
        _("khoảng cột"): span.span_m,
        _("khối lượng cáp trên mét"): span.mass_kg_m,
        _("lực căng cáp"): span.tension_n or None,
    }
    return [label for label, value in wanted.items() if value is None]


def _sag(span: Span, rules: Rules) -> tuple[Decimal | None, list[Step]]:
    """f = w · L² / (8 · T), the sag of a parabola."""
    if span.span_m is None or span.mass_kg_m is None or not span.tension_n:
        return None, []
    gravity = rules.number(_POLE, "gravity_mps2")
    sag = span.mass_kg_m * gravity * span.span_m**2 / (8 * span.tension_n)
    text = _(
        "Độ võng: f = w · L² / (8 · T) = %(mass)s × %(gravity)s × %(span)s² / (8 × %(tension)s) = %(sag)s m.",
        mass=shown(span.mass_kg_m, decimals=3),
        gravity=shown(gravity, decimals=5),
        span=shown(span.span_m, decimals=3),
        tension=shown(span.tension_n),
        sag=shown(sag, decimals=3),
    )
    return sag, [Step(text, figures={"sag_m": sag})]


def _lowest(span: Span, sag: Decimal | None, limit: Decimal) -> list[Step]:
    height = span.attach_height_m
    if height is None or span.crosses is None:
        return []
    if sag is None:
        # A cable only hangs lower than its ends: too low there is too low everywhere.
        if height >= limit:
            return []
        text = _(
            "Ngay tại cột cáp đã chỉ cao %(height)s m; cần ít nhất %(limit)s m (%(over)s).",
            height=shown(height, limit, 3),
            limit=shown(limit, decimals=3),
            over=span.crosses.label,
        )
        return [Step(text, Verdict.DOES_NOT_FIT, {"lowest_m": height})]
    lowest = height - sag
    text = _(
        "Điểm thấp nhất: %(height)s − %(sag)s = %(lowest)s m; cần ít nhất %(limit)s m (%(over)s).",
        height=shown(height, decimals=3),
        sag=shown(sag, decimals=3),
        lowest=shown(lowest, limit, 3),
        limit=shown(limit, decimals=3),
        over=span.crosses.label,
    )
    return [Step(text, fits(lowest >= limit), {"lowest_m": lowest})]


def _standing(span: Span, limit: Decimal) -> list[Step]:
    """A pole whose cables hang too low already is looked at before another one comes."""
    lowest = span.lowest_cable_m
    if lowest is None or lowest >= limit:
        return []
    text = _(
        "Cáp thấp nhất đang có chỉ cao %(lowest)s m, thấp hơn %(limit)s m.",
        lowest=shown(lowest, limit, 3),
        limit=shown(limit, decimals=3),
    )
    return [Step(text, Verdict.NEEDS_STUDY)]


def power_steps(span: Span, rules: Rules) -> list[Step]:
    """Whether the cable hangs far enough below the power lines of a shared pole."""
    if not span.has_power:
        return []
    wanted = {
        _("cấp điện áp"): span.voltage_kv,
        _("độ cao dây điện thấp nhất"): span.lowest_power_line_m,
        _("cao độ lắp đặt"): span.attach_height_m,
    }
    steps = unknown(label for label, value in wanted.items() if value is None)
    if span.voltage_kv is None:
        return steps
    limit = _distance(span.voltage_kv, rules)
    if limit is None:
        text = _("Cấp điện áp %(kv)s kV vượt các mức có khoảng cách quy định.", kv=shown(span.voltage_kv))
        return [*steps, Step(text, Verdict.NEEDS_STUDY)]
    if span.attach_height_m is None or span.lowest_power_line_m is None:
        return steps
    distance = span.lowest_power_line_m - span.attach_height_m
    text = _(
        "Khoảng cách dưới dây điện %(kv)s kV: %(line)s − %(height)s = %(distance)s m; cần ít nhất %(limit)s m.",
        kv=shown(span.voltage_kv),
        line=shown(span.lowest_power_line_m, decimals=3),
        height=shown(span.attach_height_m, decimals=3),
        distance=shown(distance, limit, 3),
        limit=shown(limit, decimals=3),
    )
    return [*steps, Step(text, fits(distance >= limit), {"power_distance_m": distance})]


def _distance(voltage_kv: Decimal, rules: Rules) -> Decimal | None:
    """The distance of the lowest step of voltage that is not below this one; None above all of them."""
    steps = sorted((Decimal(str(step["up_to_kv"])), Decimal(str(step["m"]))) for step in rules.values[POWER]["steps"])
    return next((metres for up_to, metres in steps if voltage_kv <= up_to), None)
