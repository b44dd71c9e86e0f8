"""Rules on values of projects that contradict each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from registry.kernel.i18n import _, format_date
from registry.kernel.units import VND


def value_problems(values: Mapping[str, Any], today: date) -> dict[str, str]:
    """Field -> sentence."""
    problems: dict[str, str] = {}
    state, capital = values.get("state_vnd"), values["capital_vnd"]
    if state is not None and state > capital:
        problems["state_vnd"] = _(
            "“Vốn nhà nước tham gia” là %(state)s, nhiều hơn tổng vốn đầu tư %(capital)s.",
            state=VND.display(state),
            capital=VND.display(capital),
        )
    first, last = values.get("starts_year"), values.get("ends_year")
    if first is not None and last is not None and last < first:
        problems["ends_year"] = _("“Đến năm” là %(last)d, trước “Từ năm” %(first)d.", last=last, first=first)
    if values["source_on"] > today:
        problems["source_on"] = _(
            "Ngày %(day)s chưa đến; muộn nhất là hôm nay %(today)s.",
            day=format_date(values["source_on"]),
            today=format_date(today),
        )
    return problems
