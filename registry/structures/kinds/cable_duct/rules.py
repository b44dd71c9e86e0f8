"""Rules of cable ducts on values alone."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from registry.kernel.i18n import _, format_number
from registry.structures.contract import Problem, RuleContext, Values
from registry.structures.suspects import suspects

#: Measured and stated length may differ by this share before somebody should look (planning default).
_LENGTH_TOLERANCE = Decimal("0.2")


@suspects(lambda v, _context: v["from_manhole_code"] == v["to_manhole_code"])
def two_ends(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A duct runs between two different manholes."""
    start, end = values.get("from_manhole_code"), values.get("to_manhole_code")
    if not start or start != end:
        return []
    sentence = _(
        "Bể đầu và bể cuối cùng là «%(code)s»; cống cáp phải nối hai bể khác nhau.",
        code=start,
    )
    return [Problem("to_manhole_code", sentence)]


@suspects(lambda v, _context: v["stated_length_m"].is_not(None) & v["drawn_length_m"].is_not(None))
def length_as_drawn(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """The length on paper should be near the length on the map (a warning)."""
    stated, drawn = values.get("stated_length_m"), values.get("drawn_length_m")
    if not stated or not drawn or abs(stated - drawn) <= stated * _LENGTH_TOLERANCE:
        return []
    sentence = _(
        "Chiều dài theo hồ sơ %(stated)s m khác chiều dài trên bản đồ %(drawn)s m quá 20 %%.",
        stated=format_number(stated),
        drawn=format_number(drawn),
    )
    return [Problem("stated_length_m", sentence, blocks=False)]


RULES = (two_ends, length_as_drawn)
