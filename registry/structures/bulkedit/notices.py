"""What is told of batches that the worker made."""

from __future__ import annotations

from registry.kernel.i18n import _
from registry.notices.models import Notice
from registry.notices.texts import NoticeText


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a batch."""
    batch, count = notice.subject_id, int(notice.params.get("count", 0))
    if notice.event == "applied":
        sentence = _("Lô sửa hàng loạt số %(batch)d đã xong: %(count)d công trình được sửa.", batch=batch, count=count)
    elif notice.event == "undone":
        sentence = _("Lô sửa hàng loạt số %(batch)d đã được hoàn tác: %(count)d công trình.", batch=batch, count=count)
    else:
        sentence = _("Lô sửa hàng loạt số %(batch)d không thực hiện được; mở lô để xem lý do.", batch=batch)
    return NoticeText(sentence, "structures.bulk_batch", {"batch_id": notice.subject_id})
