"""Rules of poles on values alone (QCVN 33:2019/BTTTT; limits are dated settings)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from registry.kernel.i18n import _
from registry.structures.contract import Problem, RuleContext, Values


def depth_below_length(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """The part in the ground is shorter than the pole."""
    length, depth = values.get("length_m"), values.get("setting_depth_m")
    if length is None or depth is None or depth < length:
        return []
    sentence = _(
        "Chiều sâu chôn %(depth)s m phải nhỏ hơn chiều dài cột %(length)s m.",
        depth=depth,
        length=length,
    )
    return [Problem("setting_depth_m", sentence)]


def cable_below_top(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A cable cannot hang higher than the part of the pole above ground."""
    length, cable = values.get("length_m"), values.get("lowest_cable_m")
    above_ground = None if length is None else length - (values.get("setting_depth_m") or 0)
    if above_ground is None or cable is None or cable <= above_ground:
        return []
    sentence = _(
        "Độ cao cáp %(cable)s m vượt phần cột trên mặt đất %(above)s m; hãy kiểm tra lại hai số.",
        cable=cable,
        above=above_ground,
    )
    return [Problem("lowest_cable_m", sentence)]


def clearance(values: Values, context: RuleContext) -> Sequence[Problem]:
    """Clearance over the road, a warning: the figure is to be verified in QCVN 33."""
    cable, limit = (
        values.get("lowest_cable_m"),
        Decimal(str(context.limits["pole.clearance_m"]["road"])),
    )
    if cable is None or cable >= limit:
        return []
    sentence = _(
        "Cáp cao %(cable)s m, thấp hơn %(limit)s m quy định trên đường phố.",
        cable=cable,
        limit=limit,
    )
    return [Problem("lowest_cable_m", sentence, blocks=False)]


RULES = (depth_below_length, cable_below_top, clearance)
