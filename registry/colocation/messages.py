"""Notices that are no moves of a case: works on a structure, to those who are on it now."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.kernel.i18n import _, format_date
from registry.notices.models import Notice
from registry.notices.texts import NoticeText

#: Subject kind of these notices; their subject is the structure.
MAKE_READY: Final = "make_ready"


def read_make_ready(notice: Notice) -> NoticeText:
    """An occupant learns that the structure is being upgraded, until when."""
    day = format_date(date.fromisoformat(notice.params["until"]))
    sentence = _(
        "%(code)s sẽ được nâng cấp, dự kiến xong ngày %(day)s; hãy chuẩn bị thiết bị của đơn vị bạn.",
        code=notice.params["code"],
        day=day,
    )
    return NoticeText(sentence, "structures.by_id", {"structure_id": notice.subject_id})
