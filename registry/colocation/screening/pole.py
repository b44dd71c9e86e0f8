"""Pole: capacity, wind moment on cables, clearance below, distance to power lines (docs/screening.md, 2)."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from registry.colocation.screening.models import SpanOver, Verdict
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

#: Setting keys: clearance in metres by what a span crosses; distance in metres below power lines by voltage.
CLEARANCE: Final = "pole.clearance_m"
POWER: Final = "pole.power_distance_m"
KEY: Final = "screening.pole"
CODE: Final = "pole"
KEYS: Final = (KEY, CLEARANCE, POWER)
MM: Final = Decimal("0.001")


@dataclass(frozen=True)
class Span:
    """How the new cables hang: `span_m` is the longer adjacent span, `tension_n` the tension at maximum sag."""

    attach_height_m: Decimal | None = None
    span_m: Decimal | None = None
    mass_kg_m: Decimal | None = None
    tension_n: Decimal | None = None
    crosses: SpanOver | None = None
    #: Height above ground of the lowest existing cable.
    lowest_cable_m: Decimal | None = None
    has_power: bool = False
    voltage_kv: Decimal | None = None
    lowest_power_line_m: Decimal | None = None


def span_steps(span: Span, limits: ScreeningLimits) -> list[ScreeningStep]:
    """Clearance of the new cables, and of the existing ones, above what they cross."""
    if span.crosses is SpanOver.NOTHING:
        return [
            ScreeningStep(_("Khoảng cột không vượt đường, đường sắt hay mái nhà nên không xét độ cao."), Verdict.FITS)
        ]
    steps = missing_step(_missing_span_facts(span))
    sag, sag_steps = _sag(span, limits)
    steps += sag_steps
    if span.crosses is None:
        return steps
    limit = limits.number(CLEARANCE, span.crosses.value)
    if span.crosses is SpanOver.ROOF:
        text = _(
            "Cáp phải cao hơn mái nhà ít nhất %(limit)s m; đơn không có độ cao mái nên phải đo tại chỗ.",
            limit=format_figure(limit),
        )
        return [*steps, ScreeningStep(text, Verdict.NEEDS_STUDY)]
    steps += _lowest(span, sag, limit)
    return [*steps, *_existing_cables(span, limit)]


def _missing_span_facts(span: Span) -> list[str]:
    inputs = {
        _("đối tượng mà cáp vượt qua"): span.crosses,
        _("cao độ lắp đặt"): span.attach_height_m,
        _("khoảng cột"): span.span_m,
        _("khối lượng cáp trên mét"): span.mass_kg_m,
        _("lực căng cáp"): span.tension_n or None,
    }
    return [label for label, value in inputs.items() if value is None]


def _sag(span: Span, limits: ScreeningLimits) -> tuple[Decimal | None, list[ScreeningStep]]:
    """Sag of a parabola: f = w · L² / (8 · T)."""
    if span.span_m is None or span.mass_kg_m is None or not span.tension_n:
        return None, []
    gravity = limits.number(KEY, "gravity_mps2")
    sag = span.mass_kg_m * gravity * span.span_m**2 / (8 * span.tension_n)
    text = _(
        "Độ võng: f = w · L² / (8 · T) = %(mass)s × %(gravity)s × %(span)s² / (8 × %(tension)s) = %(sag)s m.",
        mass=format_figure(span.mass_kg_m, decimals=3),
        gravity=format_figure(gravity, decimals=5),
        span=format_figure(span.span_m, decimals=3),
        tension=format_figure(span.tension_n),
        sag=format_figure(sag, decimals=3),
    )
    return sag, [ScreeningStep(text, figures={"sag_m": sag})]


def _lowest(span: Span, sag: Decimal | None, limit: Decimal) -> list[ScreeningStep]:
    height = span.attach_height_m
    if height is None or span.crosses is None:
        return []
    if sag is None:
        # A span is nowhere higher than its ends: too low at the pole is too low.
        if height >= limit:
            return []
        text = _(
            "Ngay tại cột, cáp chỉ cao %(height)s m; cần ít nhất %(limit)s m (%(over)s).",
            height=format_figure(height, limit, 3),
            limit=format_figure(limit, decimals=3),
            over=span.crosses.label,
        )
        return [ScreeningStep(text, Verdict.DOES_NOT_FIT, {"lowest_m": height}, _clearance_line(span.crosses, limit))]
    lowest = height - sag
    text = _(
        "Điểm thấp nhất: %(height)s − %(sag)s = %(lowest)s m; cần ít nhất %(limit)s m (%(over)s).",
        height=format_figure(height, decimals=3),
        sag=format_figure(sag, decimals=3),
        lowest=format_figure(lowest, limit, 3),
        limit=format_figure(limit, decimals=3),
        over=span.crosses.label,
    )
    return [ScreeningStep(text, fits(lowest >= limit), {"lowest_m": lowest}, _clearance_line(span.crosses, limit))]


def _clearance_line(crosses: SpanOver, limit: Decimal) -> tuple[HeightLimit]:
    return (HeightLimit(_("Cáp phải cao ít nhất (%(over)s)", over=crosses.label), limit),)


def _existing_cables(span: Span, limit: Decimal) -> list[ScreeningStep]:
    """Existing cables that are already too low need a study."""
    lowest = span.lowest_cable_m
    if lowest is None or lowest >= limit:
        return []
    text = _(
        "Cáp thấp nhất hiện có chỉ cao %(lowest)s m, thấp hơn %(limit)s m.",
        lowest=format_figure(lowest, limit, 3),
        limit=format_figure(limit, decimals=3),
    )
    return [ScreeningStep(text, Verdict.NEEDS_STUDY)]


def power_steps(span: Span, limits: ScreeningLimits) -> list[ScreeningStep]:
    """Distance below the power lines of a shared pole."""
    if not span.has_power:
        return []
    inputs = {
        _("cấp điện áp"): span.voltage_kv,
        _("độ cao dây điện thấp nhất"): span.lowest_power_line_m,
        _("cao độ lắp đặt"): span.attach_height_m,
    }
    steps = missing_step(label for label, value in inputs.items() if value is None)
    if span.voltage_kv is None:
        return steps
    limit = _distance(span.voltage_kv, limits)
    if limit is None:
        text = _("Cấp điện áp %(kv)s kV vượt các mức có khoảng cách quy định.", kv=format_figure(span.voltage_kv))
        return [*steps, ScreeningStep(text, Verdict.NEEDS_STUDY)]
    if span.attach_height_m is None or span.lowest_power_line_m is None:
        return steps
    distance = span.lowest_power_line_m - span.attach_height_m
    text = _(
        "Khoảng cách dưới dây điện %(kv)s kV: %(line)s − %(height)s = %(distance)s m; cần ít nhất %(limit)s m.",
        kv=format_figure(span.voltage_kv),
        line=format_figure(span.lowest_power_line_m, decimals=3),
        height=format_figure(span.attach_height_m, decimals=3),
        distance=format_figure(distance, limit, 3),
        limit=format_figure(limit, decimals=3),
    )
    drawn: tuple[HeightLimit, ...] = ()
    if span.lowest_power_line_m > limit:
        drawn = (HeightLimit(_("Cáp cao nhất được phép dưới dây điện"), span.lowest_power_line_m - limit),)
    return [*steps, ScreeningStep(text, fits(distance >= limit), {"power_distance_m": distance}, drawn)]


def _distance(voltage_kv: Decimal, limits: ScreeningLimits) -> Decimal | None:
    """Distance for the lowest voltage step that is not below this voltage; None above all steps."""
    steps = sorted((Decimal(str(step["up_to_kv"])), Decimal(str(step["m"]))) for step in limits.values[POWER]["steps"])
    return next((metres for up_to, metres in steps if voltage_kv <= up_to), None)


@dataclass(frozen=True)
class PoleFacts:
    """A pole and the cables to hang on it; `is_straight` None: its role is unknown."""

    room: PlaceRoom
    span: Span = field(default_factory=Span)
    cables: int | None = None
    cable_diameter_mm: Decimal | None = None
    length_m: Decimal | None = None
    setting_depth_m: Decimal | None = None
    rated_top_load_n: Decimal | None = None
    is_straight: bool | None = None
    present: tuple[Inventory, ...] = (Inventory(),)

    @property
    def top_m(self) -> Decimal | None:
        """Height of the pole above ground."""
        if self.length_m is None or self.setting_depth_m is None:
            return None
        return self.length_m - self.setting_depth_m


def screen(facts: PoleFacts, limits: ScreeningLimits) -> Screening:
    steps = [room_step(facts.room), *_height_steps(facts), *_moment_steps(facts, limits)]
    steps += [*span_steps(facts.span, limits), *power_steps(facts.span, limits)]
    unused = {CLEARANCE} if facts.span.crosses is SpanOver.NOTHING else set()
    if not facts.span.has_power:
        unused.add(POWER)
    return Screening(CODE, tuple(steps), _assumptions(facts, limits), limits.without(unused))


def _height_steps(facts: PoleFacts) -> list[ScreeningStep]:
    height, top = facts.span.attach_height_m, facts.top_m
    if height is None or top is None:
        return []
    text = _(
        "Cao độ lắp đặt %(height)s m; cột cao %(top)s m trên mặt đất.",
        height=format_figure(height, top, 3),
        top=format_figure(top, decimals=3),
    )
    return [ScreeningStep(text, fits(height <= top), {"top_m": top})]


def _moment_steps(facts: PoleFacts, limits: ScreeningLimits) -> list[ScreeningStep]:
    missing = _missing(facts)
    existing = _present(facts, limits)
    if facts.span.span_m is not None and existing is not None and existing.high is None:
        missing.append(_("đường kính của cáp đang có trên cột"))
    steps = missing_step(missing)
    if facts.is_straight is False:
        text = _("Cột góc hoặc cột cuối còn chịu lực căng của cáp, phép tính này không xét.")
        steps.append(ScreeningStep(text, Verdict.NEEDS_STUDY))
    new, new_steps = _new(facts, limits)
    rated, rating = _rated(facts, limits)
    steps += new_steps
    if existing is None:
        return [*steps, *rating]
    text = _("Mô men gió của cáp đang có: %(moment)s kN·m.", moment=format_amount(_kilo(existing), decimals=3))
    steps.append(ScreeningStep(text, figures={"present_nm": existing.low}))
    if rated is None:
        return [*steps, *rating]
    return [*steps, *rating, _share(existing + new, rated, limits)]


def _missing(facts: PoleFacts) -> list[str]:
    inputs = {
        _("số cáp đề nghị treo"): facts.cables,
        _("đường kính cáp đề nghị treo"): facts.cable_diameter_mm,
        _("cao độ lắp đặt"): facts.span.attach_height_m,
        _("khoảng cột"): facts.span.span_m,
        _("chiều dài cột"): facts.length_m,
        _("chiều sâu chôn cột"): facts.setting_depth_m,
        _("lực đầu cột thiết kế"): facts.rated_top_load_n,
        _("vai trò của cột trong tuyến"): facts.is_straight,
    }
    return [label for label, value in inputs.items() if value is None]


def _present(facts: PoleFacts, limits: ScreeningLimits) -> Amount | None:
    """Wind moment on the existing cables; None without a span.

    A cable of unknown height is between the ground and the top of the pole.
    """
    span = facts.span.span_m
    if span is None:
        return None

    def moment(load: InstalledLoad) -> Amount:
        if load.diameter_mm is None:
            return exact(None)
        force = load.count * _force(load.diameter_mm, span, limits)
        if load.height_m is not None:
            return exact(force * load.height_m)
        return Amount(ZERO, None if facts.top_m is None else force * facts.top_m)

    return combined_amount(facts.present, moment)


def _force(diameter_mm: Decimal, span_m: Decimal, limits: ScreeningLimits) -> Decimal:
    """F = q · c · d · L, in newtons."""
    return limits.number(KEY, "wind_pa") * limits.number(KEY, "drag") * diameter_mm * MM * span_m


def _new(facts: PoleFacts, limits: ScreeningLimits) -> tuple[Amount, list[ScreeningStep]]:
    span, diameter, height = facts.span.span_m, facts.cable_diameter_mm, facts.span.attach_height_m
    if span is None or diameter is None:
        return exact(None), []
    force = _force(diameter, span, limits)
    text = _(
        "Lực gió trên một cáp: F = q · c · d · L = %(wind)s × %(drag)s × %(diameter)s × %(span)s = %(force)s N.",
        wind=format_figure(limits.number(KEY, "wind_pa")),
        drag=format_figure(limits.number(KEY, "drag")),
        diameter=format_figure(diameter * MM, decimals=6),
        span=format_figure(span, decimals=3),
        force=format_figure(force),
    )
    steps = [ScreeningStep(text, figures={"force_n": force})]
    if height is None:
        return exact(None), steps
    if facts.cables is None:
        return Amount(force * height, None), steps
    moment = facts.cables * force * height
    text = _(
        "Mô men gió của cáp đề nghị treo tại mặt đất: %(count)d × F × %(height)s m = %(moment)s kN·m.",
        count=facts.cables,
        height=format_figure(height, decimals=3),
        moment=format_figure(moment / 1000, decimals=3),
    )
    return exact(moment), [*steps, ScreeningStep(text, figures={"new_nm": moment})]


def _rated(facts: PoleFacts, limits: ScreeningLimits) -> tuple[Decimal | None, list[ScreeningStep]]:
    load, top, offset = facts.rated_top_load_n, facts.top_m, limits.number(KEY, "top_offset_m")
    if load is None or top is None:
        return None, []
    moment = load * (top - offset)
    if moment <= 0:
        return None, missing_step([_("mô men thiết kế của cột (lực đầu cột và chiều cao phải lớn hơn 0)")])
    text = _(
        "Mô men thiết kế: lực đầu cột %(load)s N × (%(top)s − %(offset)s) m = %(moment)s kN·m.",
        load=format_figure(load),
        top=format_figure(top, decimals=3),
        offset=format_figure(offset, decimals=3),
        moment=format_figure(moment / 1000, decimals=3),
    )
    return moment, [ScreeningStep(text, figures={"rated_nm": moment})]


def _share(moment: Amount, rated: Decimal, limits: ScreeningLimits) -> ScreeningStep:
    fits_at, most = limits.number(KEY, "fits_pct"), limits.number(KEY, "most_pct")
    share = moment.percent_of(rated)
    limit = most if share.low > fits_at else fits_at
    text = _(
        "Mô men cáp (đang có + đề nghị treo) / mô men thiết kế = %(share)s%%; đạt đến %(fits)s%%, quá "
        "%(most)s%% là không chịu được.",
        share=format_amount(share, limit),
        fits=format_figure(fits_at),
        most=format_figure(most),
    )
    drawn = share.share(_("Mô men cáp / mô men thiết kế"), fits_at, most)
    return ScreeningStep(text, share.verdict_against(fits_at, most), {"moment_pct": share.low}, drawn)


def _kilo(amount: Amount) -> Amount:
    return Amount(amount.low / 1000, None if amount.high is None else amount.high / 1000)


def _assumptions(facts: PoleFacts, limits: ScreeningLimits) -> tuple[str, ...]:
    sag_steps = [
        _("Gió thổi vuông góc với tuyến; mỗi cáp chịu gió trên chiều dài một khoảng cột (nửa khoảng mỗi bên)."),
        _(
            "Gió lên thân cột, tủ, hộp và dây điện không tính riêng mà nằm trong phần từ %(fits)s%% đến %(most)s%%.",
            fits=format_figure(limits.number(KEY, "fits_pct")),
            most=format_figure(limits.number(KEY, "most_pct")),
        ),
        _("Cột và móng còn nguyên khả năng chịu lực như thiết kế."),
    ]
    if facts.span.tension_n is not None and facts.span.crosses is not SpanOver.NOTHING:
        sag_steps.append(
            _("Hai điểm treo ngang nhau, mặt đất phẳng; độ võng nhỏ so với khoảng cột nên tính theo parabol.")
        )
        sag_steps.append(_("Lực căng đã khai là lực căng khi cáp võng nhất trong năm."))
    if not facts.span.has_power:
        sag_steps.append(_("Trên cột không có đường dây điện."))
    return tuple(sag_steps)
