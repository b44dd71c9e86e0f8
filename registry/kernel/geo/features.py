"""What is wrong with the geometry of an uploaded feature."""

from __future__ import annotations

from typing import Any

from registry.kernel.i18n import _


def shape_problem(shape: Any, inside: Any) -> str | None:
    """Why a shape (shapely, WGS 84) is refused: none, broken, outside of the box `inside`; None where it is sound."""
    if shape is None or shape.is_empty:
        return _("thiếu hình học; cần điểm, đường hoặc vùng.")
    if not shape.is_valid:
        return _("hình học tự cắt; cần sửa lại vùng trong phần mềm bản đồ.")
    if not inside.covers(shape):
        return _("nằm ngoài tỉnh; cần kiểm tra hệ tọa độ của tệp.")
    return None
