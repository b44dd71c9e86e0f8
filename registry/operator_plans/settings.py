"""The dated setting of yearly plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.dated_settings import SettingDeclaration, number_field, numbers
from registry.kernel.i18n import _, _l
from registry.kernel.units import M

#: The last day to file the plan of the next year, and how near two operators plan at one place.
FILING: Final = "operator_plan.filing"


def _is_day(_ctx: Ctx, value: Any) -> Mapping[str, str]:
    try:
        date(2001, int(value["month"]), int(value["day"]))
    except ValueError:
        return {"day": _("Tháng %(month)d không có ngày %(day)d.", month=value["month"], day=value["day"])}
    return {}


DECLARATIONS: Final = (
    SettingDeclaration(
        FILING,
        _l("Kế hoạch xây dựng hằng năm của doanh nghiệp"),
        _l("Kế hoạch xây dựng hằng năm"),
        numbers(
            number_field("day", _l("Ngày của hạn nộp"), None, "1", "31"),
            number_field("month", _l("Tháng của hạn nộp"), None, "1", "12"),
            number_field("joint_m", _l("Hai doanh nghiệp cùng vị trí khi cách nhau không quá"), M, "1", "5000"),
        ),
        check=_is_day,
        hint=_l("Hạn nộp nằm trong năm trước năm kế hoạch; ngày ghi ở đây là ngày cuối cùng đúng hạn."),
    ),
)
