"""Rules that hold for every kind, on values alone."""

from __future__ import annotations

from collections.abc import Sequence

from registry.kernel.i18n import _, format_date
from registry.structures.codes import PermitRegime, SharingStatus
from registry.structures.contract import Problem, RuleContext, Values


def reason_if_not_shareable(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A structure that cannot be shared says why, and only such a one does (Luật Viễn thông 24/2023 Đ13.4.b)."""
    closed = values.get("sharing_status") == SharingStatus.NOT_SHAREABLE
    if closed and not values.get("not_shareable_reason"):
        sentence = _("Công trình «Không đủ điều kiện» dùng chung phải nêu lý do.")
        return [Problem("not_shareable_reason", sentence)]
    if not closed and values.get("not_shareable_reason"):
        sentence = _("Chỉ nêu lý do khi khả năng dùng chung là «Không đủ điều kiện».")
        return [Problem("not_shareable_reason", sentence)]
    return []


def dates_in_order(values: Values, context: RuleContext) -> Sequence[Problem]:
    """Built before it serves; surveys, inspections and building are not in the future."""
    found = []
    built, serving = values.get("built_on"), values.get("in_service_on")
    if built and serving and serving < built:
        sentence = _(
            "Ngày đưa vào sử dụng %(serving)s phải từ ngày xây dựng %(built)s trở đi.",
            serving=format_date(serving),
            built=format_date(built),
        )
        found.append(Problem("in_service_on", sentence))
    for name in ("surveyed_on", "last_inspected_on", "built_on"):
        day = values.get(name)
        if day and day > context.today:
            sentence = _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(day))
            found.append(Problem(name, sentence))
    return found


def permit_complete(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A permit has a number and a day."""
    if values.get("permit_regime") != PermitRegime.PERMIT:
        return []
    missing = [name for name in ("permit_number", "permit_on") if not values.get(name)]
    sentence = _("Chế độ «Giấy phép xây dựng» cần cả số và ngày giấy phép.")
    return [Problem(name, sentence) for name in missing]


COMMON_RULES = (reason_if_not_shareable, dates_in_order, permit_complete)
