"""Rules of cables on values alone, and what follows from the values given."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any, Final

from registry.kernel.i18n import _, format_date, format_number
from registry.structures.codes import SharingStatus, Status
from registry.structures.contract import Problem, RuleContext, Values
from registry.structures.kinds.cable_route.codes import CableKind, Laying
from registry.structures.suspects import suspects

_IN_USE: Final = (Status.ACTIVE, Status.SUSPENDED)
_NOT_YET: Final = (Status.PLANNED, Status.BUILDING)


def settled(values: Values) -> dict[str, Any]:
    """The status that days and the dead flag imply: taken down is removed, dead is out of use; no cable is shared.

    A flag that was not stated stays so.
    """
    found = dict(values)
    if found.get("sharing_status") == SharingStatus.NOT_ASSESSED:
        found["sharing_status"] = SharingStatus.NOT_APPLICABLE
    status = found.get("status")
    if found.get("removed_on") and status not in _NOT_YET:
        found["status"] = Status.REMOVED
    elif found.get("dead_flag") and status in _IN_USE:
        found["status"] = Status.DECOMMISSIONED
    return found


@suspects(lambda v, _context: v["fibre_count"].is_not(None) | v["lit_fibre_count"].is_not(None))
def fibres(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """Only a fibre cable has fibres, and no more of them are lit than there are."""
    kind, count, lit = values.get("cable_kind"), values.get("fibre_count"), values.get("lit_fibre_count")
    if kind is not None and kind != CableKind.FIBRE and count is not None:
        sentence = _(
            "Số sợi quang %(count)d không hợp với «%(kind)s»; chỉ cáp quang có sợi quang.",
            count=count,
            kind=CableKind(kind).label,
        )
        return [Problem("fibre_count", sentence)]
    if lit is not None and count is None:
        sentence = _("Số sợi đang dùng %(lit)d cần có số sợi quang của cáp.", lit=lit)
        return [Problem("lit_fibre_count", sentence)]
    if lit is not None and count is not None and lit > count:
        sentence = _(
            "Số sợi đang dùng %(lit)d lớn hơn số sợi quang %(count)d; hãy kiểm tra lại hai số.", lit=lit, count=count
        )
        return [Problem("lit_fibre_count", sentence)]
    return []


@suspects(lambda v, _context: (v["laying"] == Laying.MIXED) | v["underground_m"].is_not(None))
def underground_part(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """The length underground is said of a cable that is partly underground, and only of such a one."""
    laying, metres = values.get("laying"), values.get("underground_m")
    if laying == Laying.MIXED and metres is None:
        sentence = _("Cáp «Vừa treo vừa ngầm» cần chiều dài đi ngầm, tính bằng mét.")
        return [Problem("underground_m", sentence)]
    if laying != Laying.MIXED and metres is not None:
        sentence = _(
            "Chiều dài đi ngầm %(metres)s m chỉ ghi khi cách đi cáp là «Vừa treo vừa ngầm».",
            metres=format_number(metres),
        )
        return [Problem("underground_m", sentence)]
    return []


@suspects(lambda v, _context: v["installed_on"].is_not(None) | v["dead_on"].is_not(None) | v["removed_on"].is_not(None))
def days_in_order(values: Values, context: RuleContext) -> Sequence[Problem]:
    """Installed, found dead, removed, in this order and none of them in the future."""
    found = []
    days: list[tuple[str, date]] = [
        (name, day) for name in ("installed_on", "dead_on", "removed_on") if (day := values.get(name)) is not None
    ]
    for name, day in days:
        if day > context.today:
            sentence = _("Ngày %(day)s nằm trong tương lai; cần một ngày đã qua.", day=format_date(day))
            found.append(Problem(name, sentence))
    for (_name, earlier), (name, later) in pairwise(days):
        if later < earlier:
            sentence = _(
                "Ngày %(later)s trước ngày %(earlier)s; thứ tự phải là lắp đặt, xác định cáp chết, tháo dỡ.",
                later=format_date(later),
                earlier=format_date(earlier),
            )
            found.append(Problem(name, sentence))
    return found


@suspects(lambda v, _context: v["dead_flag"].is_(True) | v["dead_on"].is_not(None) | v["dead_evidence"].is_not(None))
def dead_with_evidence(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """Who calls a cable dead says since when and on what evidence; of a live one neither is said."""
    told = {"dead_on": _("ngày xác định"), "dead_evidence": _("căn cứ (biên bản, khảo sát)")}
    if values.get("dead_flag"):
        return [
            Problem(name, _("Cáp chết cần có %(what)s.", what=what))
            for name, what in told.items()
            if not values.get(name)
        ]
    return [
        Problem(name, _("Chỉ ghi %(what)s khi «Cáp chết» là «Có».", what=what))
        for name, what in told.items()
        if values.get(name)
    ]


@suspects(lambda v, _context: v["status"].in_([Status.REMOVED, *_NOT_YET]))
def status_fits(values: Values, _context: RuleContext) -> Sequence[Problem]:
    """A removed cable says since when; one that is not there yet was neither installed, dead nor removed."""
    status = values.get("status")
    if status == Status.REMOVED and not values.get("removed_on"):
        return [Problem("removed_on", _("Cáp «Đã tháo dỡ» cần có ngày tháo dỡ."))]
    if status not in _NOT_YET:
        return []
    told = [name for name in ("installed_on", "removed_on", "dead_flag") if values.get(name)]
    sentence = _(
        "Cáp ở trạng thái «%(status)s» chưa thể lắp đặt, tháo dỡ hay chết; hãy sửa trạng thái hoặc để trống mục này.",
        status=Status(status).label,
    )
    return [Problem(name, sentence) for name in told]


RULES = (fibres, underground_part, days_in_order, dead_with_evidence, status_fits)
