"""Nothing is installed above the top of its structure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from registry.kernel.i18n import _
from registry.kernel.units import M
from registry.structures.kinds import KINDS


def height_problem(structure: Any, height: Decimal | None) -> str | None:
    """Why nothing can be installed at a height on a structure; None if it can, or its top is not known."""
    top = KINDS[structure.kind].top_of(structure)
    if height is None or top is None or height <= top:
        return None
    return _(
        "Cao độ %(height)s cao hơn đỉnh công trình %(code)s; cần không quá %(top)s.",
        height=M.display(_plain(height)),
        code=structure.code,
        top=M.display(_plain(top)),
    )


def _plain(value: Decimal) -> Decimal:
    """Without the trailing zeros of a database column."""
    return Decimal(format(Decimal(value).normalize(), "f"))
