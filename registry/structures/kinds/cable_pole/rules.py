"""Rules of poles on values alone (QCVN 33:2019/BTTTT; limits are dated settings)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from registry.kernel.i18n import _, format_number
from registry.structures.contract import Problem, RuleContext, Values
from registry.structures.suspects import suspects

#: Setting: least height of a cable in metres, over a road and over a lane.
CLEARANCE: Final = "pole.clearance_m"


@suspects(lambda v, _context: v["setting_depth_m"] >= v["length_m"])
def depth_below_length(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """The part in the ground is shorter than the pole."""
    length, depth = values.get("length_m"), values.get("setting_depth_m")
    if length is None or depth is None or depth < length:
        return []
    sentence = _(
        "Chiều sâu chôn %(depth)s m phải nhỏ hơn chiều dài cột %(length)s m.",
        depth=format_number(depth),
        length=format_number(length),
    )
    return [Problem("setting_depth_m", sentence)]


@suspects(
    lambda v, _context: (
        (v["lowest_cable_m"] > v["length_m"]) | (v["lowest_cable_m"] + v["setting_depth_m"] > v["length_m"])
    )
)
def cable_below_top(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A cable cannot hang higher than the part of the pole above ground."""
    length, cable = values.get("length_m"), values.get("lowest_cable_m")
    above_ground = None if length is None else length - (values.get("setting_depth_m") or 0)
    if above_ground is None or cable is None or cable <= above_ground:
        return []
    sentence = _(
        "Độ cao cáp %(cable)s m vượt phần cột trên mặt đất %(above)s m; hãy kiểm tra lại hai số.",
        cable=format_number(cable),
        above=format_number(above_ground),
    )
    return [Problem("lowest_cable_m", sentence)]


def _road_limit(context: RuleContext) -> Decimal:
    return Decimal(str(context.limits[CLEARANCE].value["road"]))


@suspects(lambda v, context: v["lowest_cable_m"] < _road_limit(context))
def clearance(values: Values, context: RuleContext) -> Sequence[Problem]:
    """Clearance over the road, a warning: the figure is to be verified in QCVN 33."""
    cable = values.get("lowest_cable_m")
    limit = _road_limit(context)
    if cable is None or cable >= limit:
        return []
    sentence = _(
        "Cáp cao %(cable)s m, thấp hơn %(limit)s m quy định trên đường phố.",
        cable=format_number(cable),
        limit=format_number(limit),
    )
    return [context.warning("lowest_cable_m", sentence, CLEARANCE)]


RULES = (depth_below_length, cable_below_top, clearance)
