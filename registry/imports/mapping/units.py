"""Units of columns: suggested by headers and cells, converted exactly after confirmation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from registry.imports.mapping.fields import import_fields
from registry.imports.reading.heading import QUANTITY, unit_of_cells, unit_of_heading
from registry.imports.reading.limits import decimal_text
from registry.kernel.fields import Field
from registry.kernel.i18n import _, format_number
from registry.kernel.numbers import NumberRefused, parse_decimal
from registry.kernel.units import UNITS, Unit, convert, unit_of

_SHOWN_DECIMALS: Final = 6


def unit_choices(field: Field) -> list[Unit]:
    """Units of the dimension of a field, its own first; none for counts."""
    own = field.unit
    if own is None:
        return []
    others = [unit for unit in UNITS.values() if unit.dimension == own.dimension and unit != own]
    return [own, *others] if own.dimension != "count" else []


def unit_problems(kind: str, units: Mapping[str, str]) -> dict[str, str]:
    """Problems of accepted units, by field."""
    problems = {}
    for name, code in units.items():
        target = import_fields(kind).get(name)
        choices = unit_choices(target.declared) if target and target.declared else []
        if code not in {unit.code for unit in choices}:
            unit_codes = ", ".join(unit.code for unit in choices) or "—"
            problems[name] = _(
                "Đơn vị “%(code)s” không dùng được cho trường này; cần một trong: %(all)s.", code=code, all=unit_codes
            )
    return problems


def offered_units(
    kind: str, mapping: Mapping[str, str], header: Sequence[str], samples: Sequence[Sequence[str]]
) -> dict[str, str]:
    """Field -> unit code suggested by header or cells, where it is not that of the field or cells carry it."""
    units = {}
    for name, word in mapping.items():
        target = import_fields(kind).get(name)
        declared = target.declared if target else None
        if declared is None or declared.unit is None or word not in header:
            continue
        at = list(header).index(word)
        carried = unit_of_cells([cells[at] for cells in samples])
        named = unit_of_heading(word)
        code = carried or (named if named != declared.unit.code else None)
        if code and UNITS[code] in unit_choices(declared):
            units[name] = code
    return units


def in_own_unit(text: str, accepted: Unit, own: Unit) -> str:
    """Convert a cell to the unit of the field: from the unit that it carries, else from the accepted one.

    Other texts are returned unchanged, for the field parser to refuse.
    """
    match = QUANTITY.fullmatch(text)
    if match:
        carried = unit_of(match[2])
        if carried is None or carried.dimension != own.dimension:
            return text
        accepted = carried
    try:
        number = parse_decimal(match[1] if match else text)
    except NumberRefused:
        return text
    return decimal_text(convert(number, accepted, own))


def unit_note(label: str, samples: Sequence[str], accepted: Unit, own: Unit) -> str:
    """Sentence that shows the conversion of the first suitable cell: "220' = 67,056 m"."""
    for text in samples:
        own_text = in_own_unit(text, accepted, own)
        if own_text != text or accepted == own:
            try:
                number = format_number(parse_decimal(own_text), _decimals(own_text))
            except NumberRefused:
                continue
            sign = "" if QUANTITY.fullmatch(text) else f" {accepted.symbol}"
            return _(
                "Cột “%(label)s”: %(given)s%(sign)s = %(number)s %(unit)s.",
                label=label,
                given=text.strip(),
                sign=sign,
                number=number,
                unit=own.symbol,
            )
    return _("Cột “%(label)s” tính bằng %(unit)s.", label=label, unit=accepted.label)


def _decimals(text: str) -> int:
    return min(len(text.partition(",")[2]), _SHOWN_DECIMALS)


def unit_advice(field: Field, text: str) -> str:
    """Advice for a cell that carries a suitable unit; "" otherwise."""
    match = QUANTITY.fullmatch(text)
    unit = unit_of(match[2]) if match else None
    if unit is None or unit not in unit_choices(field):
        return ""
    return _(
        "Ô ghi kèm đơn vị “%(sign)s”; nếu cả cột như vậy, hãy chọn đơn vị của cột ở bước chọn cột.",
        sign=match[2] if match else "",
    )
