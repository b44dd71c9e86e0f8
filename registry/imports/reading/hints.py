"""Units of columns, by their headings and by what their cells end with; proposed to a person, never applied here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from registry.kernel.units import unit_of

_BRACKETS: Final = re.compile(r"[(\[]\s*([^()\[\]]{1,15}?)\s*[)\]]\s*\*?\s*$")
_AFTER: Final = re.compile(r"(?:,|_|:|\bbằng|\btính bằng)\s*([^\W\d_]{1,6}|m2|m²|%)\s*$")
#: A number and what follows it: 45m, 45 m, 220', 12,5 kVA.
QUANTITY: Final = re.compile(r"\s*([+-]?\d[\d.,\s\u00a0]*?)\s*([^\W\d_]{1,12}[²2]?|m/s|''|['\"′″%°])\.?\s*")
#: Cells speak for a unit where so many of them carry the same.
_SHARE: Final = 0.6
_FEWEST: Final = 1


def units_of(header: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, str]:
    """Heading -> code of a unit, for the columns that name one themselves or whose cells do."""
    found = {}
    for at, word in enumerate(header):
        code = unit_of_cells([row[at] for row in samples]) or unit_of_heading(word)
        if code:
            found[word] = code
    return found


def unit_of_heading(word: str) -> str | None:
    """The code of the unit that a heading names: "Chiều cao (ft)", "height_ft", "Chiều dài, km"."""
    for pattern in (_BRACKETS, _AFTER):
        match = pattern.search(word)
        unit = unit_of(match[1]) if match else None
        if unit is not None:
            return unit.code
    return None


def unit_of_cells(cells: Sequence[str]) -> str | None:
    """The code of the unit that most filled cells carry behind their numbers."""
    filled = [cell for cell in cells if cell.strip()]
    codes: Counter[str] = Counter()
    for cell in filled:
        match = QUANTITY.fullmatch(cell)
        unit = unit_of(match[2]) if match else None
        if unit is not None:
            codes[unit.code] += 1
    code, count = codes.most_common(1)[0] if codes else ("", 0)
    return code if count >= max(_FEWEST, _SHARE * len(filled)) else None
