"""What is told of rounds."""

from __future__ import annotations

from datetime import date

from registry.kernel.i18n import _, format_date
from registry.notices.models import Notice
from registry.notices.texts import NoticeText


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a round."""
    return NoticeText(_sentence(notice), "upkeep.round", {"round_id": notice.subject_id})


def _sentence(notice: Notice) -> str:
    facts = notice.params
    if notice.event == "confirmed":
        return _("Đã xác nhận %(count)d công trình trong đợt xác nhận số liệu.", count=facts["count"])
    if notice.event == "refused":
        return _("Chưa xác nhận được: có công trình đã thay đổi sau khi bạn mở trang; hãy mở lại đợt.")
    day = format_date(date.fromisoformat(facts["due_on"]))
    if notice.event == "opened":
        return _("Đợt xác nhận số liệu đã mở: %(total)d công trình, hạn cuối %(day)s.", total=facts["total"], day=day)
    if notice.event == "reminder":
        return _(
            "Đợt xác nhận số liệu còn %(total)d công trình chưa xác nhận, hạn cuối %(day)s.",
            total=facts["total"],
            day=day,
        )
    return _("Đợt xác nhận số liệu của %(owner)s đã quá hạn %(day)s.", owner=facts["owner"], day=day)
