"""Whether what was found may stand there after all: asked before anybody is told of it."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.occupations.regular import agreed_case


def check_regular(ctx: Ctx, place_id: int | None, occupant_id: int | None, *, field: str = "occupant") -> None:
    """Invalid where the ledger says by which case the occupant uses this very place."""
    number = None if place_id is None or occupant_id is None else agreed_case(ctx, place_id, occupant_id)
    if number is not None:
        raise Invalid(
            {
                field: _(
                    "Sổ dung lượng ghi đơn vị này dùng vị trí đã chọn theo hồ sơ %(number)s, nên không phải sử dụng"
                    " không hợp đồng; hãy chọn vị trí hoặc đơn vị khác.",
                    number=number,
                )
            }
        )
