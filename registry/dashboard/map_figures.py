"""Figures that the map of communes can show, and why their rows do not add up to the total."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.dashboard.figures import UnitCount
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n, format_number
from registry.structures import positions
from registry.structures.codes import SharingStatus as S
from registry.structures.kinds import KINDS


@dataclass(frozen=True)
class MapFigure:
    """A figure that the map of communes can show, by the filter of its list."""

    label: Any
    args: Mapping[str, Any] = field(default_factory=dict)


MAP_FIGURES: Final[Mapping[str, MapFigure]] = {
    "all": MapFigure(_l("Tất cả công trình")),
    "available": MapFigure(
        _l("Còn khả năng dùng chung"), {"sharing_status": [S.AVAILABLE.value, S.SHARED_AVAILABLE.value]}
    ),
    "towers": MapFigure(_l("Cột ăng ten"), {"kind": [code for code, kind in KINDS.items() if kind.is_mast]}),
    "not_assessed": MapFigure(_l("Chưa đánh giá khả năng dùng chung"), {"sharing_status": [S.NOT_ASSESSED.value]}),
    "suspended": MapFigure(_l("Đang tạm ngừng"), {"status": ["suspended"]}),
    "dangerous": MapFigure(_l("Ở tình trạng nguy hiểm"), {"condition": ["dangerous"]}),
    "older": MapFigure(_l("Quá hạn xác nhận"), {"confirmed": ["older"]}),
}


def check_figure(name: str) -> str:
    """The name of a figure of the map; Invalid for any other."""
    if name and name not in MAP_FIGURES:
        sentence = _(
            "Số liệu bản đồ “%(name)s” không có; cần một trong: %(names)s.",
            name=name[:60],
            names=", ".join(MAP_FIGURES),
        )
        raise Invalid({"figure": sentence})
    return name or "all"


def why_total_differs(ctx: Ctx, counts: Sequence[UnitCount], total: int) -> list[str]:
    """What the total has that the rows do not have, or have twice; nothing where the rows add up to it."""
    difference = total - sum(unit.count or 0 for unit in counts)
    number = format_number(abs(difference))
    if any(unit.count is None for unit in counts):
        sentence = _n(
            "Dòng tổng có thêm %(count)s công trình của các xã, phường không công bố số riêng.",
            difference,
            count=number,
        )
    elif difference < 0:
        sentence = _n(
            "Các dòng cộng lại nhiều hơn dòng tổng %(count)s, vì công trình ghi theo xã cũ đã tách có ở mỗi xã mới.",
            -difference,
            count=number,
        )
    elif positions.counts_province(ctx):
        sentence = _n(
            "Dòng tổng có thêm %(count)s công trình có ô lưới nằm ngoài các xã, phường.", difference, count=number
        )
    else:
        sentence = _n(
            "Dòng tổng có thêm %(count)s công trình không có ở dòng nào: chỉ hiển thị theo ô lưới hoặc chưa xác định "
            "địa bàn.",
            difference,
            count=number,
        )
    return [sentence] if difference else []
