"""Rules on values: periods and measures of announced work that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.kernel.days import later_problem
from registry.kernel.i18n import _, format_date
from registry.kernel.units import M


def period_problem(starts_on: date, ends_on: date, today: date) -> str | None:
    """The sentence for a planned period that ends before it begins, or is over."""
    order = later_problem((_("Dự kiến bắt đầu"), starts_on), (_("Dự kiến hoàn thành"), ends_on))
    if order is not None:
        return order
    if ends_on >= today:
        return None
    return _(
        "“Dự kiến hoàn thành” là %(day)s, đã qua; cần ngày không trước hôm nay (%(today)s).",
        day=format_date(ends_on),
        today=format_date(today),
    )


def value_problems(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """Field -> sentence for values that contradict each other."""
    problems = measure_problems(values)
    period = period_problem(values["starts_on"], values["ends_on"], today)
    if period is not None:
        problems["ends_on"] = period
    if bool(values.get("from_place")) != bool(values.get("to_place")):
        missing = "to_place" if values.get("from_place") else "from_place"
        problems[missing] = _("Chưa nhập đủ; cần cả điểm đầu và điểm cuối, hoặc để trống cả hai khi là toàn tuyến.")
    return problems


def measure_problems(values: Mapping[str, Any]) -> dict[str, str]:
    """Field -> sentence for measures of a trench that is not dug."""
    problems: dict[str, str] = {}
    for name, label in (("width_m", _("Bề rộng đào")), ("depth_m", _("Chiều sâu đào"))):
        if values.get(name) is not None and not values["is_dug"]:
            problems[name] = _(
                "“%(field)s” là %(value)s nhưng công việc không đào đường; hãy chọn có đào hoặc để trống.",
                field=label,
                value=M.display(values[name]),
            )
    return problems
