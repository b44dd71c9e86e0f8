"""What is told to whoever asked when the worker is done with an import; mails say no more than these sentences."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import exists, select

from registry.authz.actors import Ctx
from registry.imports.models import BatchState, ImportBatch
from registry.kernel.i18n import _, _l
from registry.notices.models import Notice
from registry.notices.service import Audience, notify
from registry.notices.texts import NoticeText

KIND: Final = "import_batch"
#: What is told of a batch that was to be taken back and still is applied.
_NOT_UNDONE: Final = "not_undone"
_SENTENCES: Final[dict[str, Any]] = {
    BatchState.APPLIED.value: _l("Lô nhập số %(number)d đã nhập xong."),
    BatchState.UNDONE.value: _l("Lô nhập số %(number)d đã được hoàn tác."),
    BatchState.FAILED.value: _l("Lô nhập số %(number)d không thực hiện được; mở lô để xem lý do."),
    BatchState.CHECKED.value: _l("Lô nhập số %(number)d chưa nhập: dữ liệu đã đổi sau khi xem trước; hãy xem lại."),
    BatchState.CANCELLED.value: _l("Lô nhập số %(number)d đã dừng theo yêu cầu."),
    _NOT_UNDONE: _l("Lô nhập số %(number)d chưa được hoàn tác; mở lô để xem lý do."),
}
#: What is told each time that it happens.
_EACH_TIME: Final = (BatchState.FAILED.value, BatchState.CHECKED.value, _NOT_UNDONE)


def tell_end(ctx: Ctx, batch_id: int, user_id: int | None, what: str = "apply") -> None:
    """Leave a notice of what has become of a batch, once; by the machine, since its cause gets none of its own.

    `what` was to be done: only an import that was to be applied and is not tells that it waits for a look.
    """
    batch = ctx.session.get(ImportBatch, batch_id)
    if batch is None or user_id is None or batch.state.value not in _SENTENCES:
        return
    if batch.state is BatchState.CHECKED and what != "apply":
        return
    event = _NOT_UNDONE if what == "undo" and batch.state is BatchState.APPLIED else batch.state.value
    told = exists().where(Notice.subject_kind == KIND, Notice.subject_id == batch.id, Notice.event == event)
    if event not in _EACH_TIME and ctx.session.scalar(select(told)):
        return
    notify(ctx, KIND, batch.id, event, Audience(user_ids=frozenset({user_id})))


def read_notice(notice: Notice) -> NoticeText:
    """A notice about an import in words."""
    sentence = _SENTENCES.get(notice.event)
    words = str(sentence) % {"number": notice.subject_id} if sentence else _("Lô nhập đã thay đổi.")
    return NoticeText(words, "imports.detail", {"batch_id": notice.subject_id})
