"""Closed lists of site houses."""

from __future__ import annotations

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class FireSafety(Choice):
    """State of fire safety."""

    APPROVED = "approved", _l("Đã nghiệm thu phòng cháy")
    SELF_CHECKED = "self_checked", _l("Chủ sở hữu tự kiểm tra")
    NOT_CHECKED = "not_checked", _l("Chưa kiểm tra")
