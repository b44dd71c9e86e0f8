"""Rules of antenna towers on values alone; the limits are dated settings with their source."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from registry.kernel.i18n import _, format_number
from registry.structures.contract import Problem, RuleContext, Values
from registry.structures.kinds.antenna_tower.codes import MastClass, Mount
from registry.structures.suspects import suspects

#: Setting: limits of a non-bulky mast (m, % of the building, m).
NON_BULKY: Final = "tower.non_bulky"
ROOF_CLASSES = (MastClass.A1A, MastClass.A2A)
_PERCENT = Decimal(100)


@suspects(lambda v, _context: v["mount"].is_not(None))
def mount_fits_class(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A2b stands on the ground, A1a and A2a on a building (DOMAIN section 6)."""
    mast_class, mount = values.get("mast_class"), values.get("mount")
    if mast_class == MastClass.A2B and mount == Mount.ROOF:
        return [
            Problem(
                "mount",
                _("Vị trí dựng cột «trên công trình» không hợp với loại cột A2b (trên mặt đất)."),
            )
        ]
    if mast_class in ROOF_CLASSES and mount == Mount.GROUND:
        sentence = _(
            "Vị trí dựng cột «trên mặt đất» không hợp với loại cột %(cls)s (trên công trình).",
            cls=mast_class,
        )
        return [Problem("mount", sentence)]
    return []


@suspects(lambda v, _context: v["mast_class"] == MastClass.A1A)
def non_bulky_limits(values: Values, context: RuleContext) -> Sequence[Problem]:
    """A1a: height and half-width of a non-bulky mast (TTLT 15/2016; a warning, the limits are to be verified)."""
    if values.get("mast_class") != MastClass.A1A:
        return []
    limits = context.limits[NON_BULKY].value
    found = []
    height, building = values.get("height_m"), values.get("building_height_m")
    if height is not None and height > Decimal(str(limits["max_height_m"])):
        sentence = _(
            "Chiều cao %(height)s m vượt %(limit)s m của cột không cồng kềnh A1a; hãy kiểm tra lại loại cột.",
            height=format_number(height),
            limit=format_number(limits["max_height_m"]),
        )
        found.append(context.warning("height_m", sentence, NON_BULKY))
    elif height is not None and building and height > building * Decimal(str(limits["max_share_pct"])) / _PERCENT:
        sentence = _(
            "Chiều cao %(height)s m vượt %(share)s %% chiều cao công trình (%(building)s m) của cột A1a.",
            height=format_number(height),
            share=format_number(limits["max_share_pct"]),
            building=format_number(building),
        )
        found.append(context.warning("height_m", sentence, NON_BULKY))
    half_width = values.get("half_width_m")
    if half_width is not None and half_width > Decimal(str(limits["max_half_width_m"])):
        sentence = _(
            "Nửa bề rộng %(width)s m vượt %(limit)s m của cột A1a.",
            width=format_number(half_width),
            limit=format_number(limits["max_half_width_m"]),
        )
        found.append(context.warning("half_width_m", sentence, NON_BULKY))
    return found


RULES = (mount_fits_class, non_bulky_limits)
