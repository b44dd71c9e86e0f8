"""How notices on files read."""

from __future__ import annotations

from registry.kernel.i18n import _
from registry.notices.models import Notice
from registry.notices.texts import NoticeText


def read_notice(notice: Notice) -> NoticeText:
    """A file is ready, or could not be made."""
    if notice.event == "done":
        sentence = _("Tệp bạn yêu cầu đã lập xong; tải về trong %(days)d ngày.", days=int(notice.params.get("days", 0)))
    else:
        sentence = _("Tệp bạn yêu cầu không lập được; lý do có ở trang «Tệp đã xuất».")
    return NoticeText(sentence, "exports.index", title=str(notice.params.get("file", "")))
