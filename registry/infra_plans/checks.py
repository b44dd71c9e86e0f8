"""The check of data quality: structures that the plan of today does not have."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, select

from registry.infra_plans.models import InfraPlan
from registry.infra_plans.queries import not_in_plan
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.models import Structure


def changed_by_plans(since: datetime) -> Select[Any]:
    """All structures, once a version of the plan has changed."""
    version = history_of(InfraPlan)
    return select(Structure.id).where(select(version.c.id).where(version.c.recorded_from >= since).exists())


NOT_IN_PLAN: Final = Check(
    "not_in_plan",
    _l("Không có trong quy hoạch"),
    _l(
        "Quy hoạch hạ tầng viễn thông thụ động đang áp dụng không có mục nào cho phép loại công trình ở vị trí này;"
        " không xét khi chưa có quy hoạch áp dụng. Kiểm tra vị trí, hoặc đề nghị cơ quan có thẩm quyền kết luận."
    ),
    not_in_plan,
    is_recorded=True,
    mend=("structures.detail", "conformity"),
)
