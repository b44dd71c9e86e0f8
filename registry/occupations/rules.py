"""Rules on values: days, acts of a referral."""

from __future__ import annotations

from datetime import date

from registry.kernel.i18n import _, format_date
from registry.occupations.codes import Act


def found_day_problem(found_on: date, today: date) -> str | None:
    """Error if the day is in the future."""
    if found_on <= today:
        return None
    return _("Ngày %(day)s chưa đến; ngày phát hiện phải là hôm nay hoặc trước đó.", day=format_date(found_on))


def contract_day_problem(contract_on: date, earliest: date, today: date) -> str | None:
    """Error if the day is in the future or before `earliest`."""
    if earliest <= contract_on <= today:
        return None
    return _(
        "Ngày ký hợp đồng %(day)s không hợp lý; cần từ %(first)s đến hôm nay %(today)s.",
        day=format_date(contract_on),
        first=format_date(earliest),
        today=format_date(today),
    )


def removal_day_problem(remove_by: date, today: date, last: date) -> str | None:
    """Error if the day is in the past or after `last`."""
    if today <= remove_by <= last:
        return None
    return _(
        "Ngày tháo dỡ %(day)s không nhận được; cần từ hôm nay %(today)s đến %(last)s.",
        day=format_date(remove_by),
        today=format_date(today),
        last=format_date(last),
    )


def removed_day_problem(removed_on: date, found_on: date, today: date) -> str | None:
    """Error if the day is in the future or before the discovery."""
    if found_on <= removed_on <= today:
        return None
    return _(
        "Ngày tháo dỡ %(day)s không hợp lý; cần từ ngày phát hiện %(found)s đến hôm nay %(today)s.",
        day=format_date(removed_on),
        found=format_date(found_on),
        today=format_date(today),
    )


def act_of(*, is_dead: bool, is_known: bool) -> Act:
    """The act to report: disused equipment is to be removed, whether its owner is known or not."""
    if is_dead:
        return Act.DEAD_CABLE_LEFT
    return Act.SHARE_WITHOUT_CONTRACT if is_known else Act.OWNER_UNKNOWN


def act_problem(act: Act | None, *, is_known: bool) -> str | None:
    """Error if the act contradicts what is known of the occupant."""
    if act is Act.SHARE_WITHOUT_CONTRACT and not is_known:
        return _("Hồ sơ chưa rõ bên sử dụng nên chưa báo được hành vi “%(act)s”; hãy chọn hành vi khác.", act=act.label)
    if act is Act.OWNER_UNKNOWN and is_known:
        return _("Hồ sơ đã rõ bên sử dụng nên không báo “%(act)s”; hãy chọn hành vi khác.", act=act.label)
    return None


def finding_text(equipment: str, quantity: int, marks: str | None, evidence: str, text: str | None) -> str:
    return "; ".join(part for part in (f"{equipment} × {quantity}", marks, evidence, text) if part)
