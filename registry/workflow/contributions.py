"""What every workflow provides to the rest of the program: files, notices, labels of the change log."""

from __future__ import annotations

from datetime import date
from functools import partial

from sqlalchemy import select

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, get_visible
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.kernel.errors import Forbidden, NotFound
from registry.kernel.feature import Contribution
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import NOTICE_EVENTS
from registry.notices.models import Notice
from registry.notices.texts import NOTICE_TEXTS, NoticeText
from registry.workflow.audit_subjects import case_subject
from registry.workflow.calendar_service import with_reason
from registry.workflow.definition import WORKFLOWS, Workflow
from registry.workflow.notice_events import LABELS, MESSAGE, RECALCULATED, REMINDER, events_of

#: Labels of changes that are no moves, by the name given to `touch`.
_CHANGES = {
    **LABELS,
    "as_built": _l("Ghi công trình hoàn thành"),
    "edit": _l("Sửa nội dung hồ sơ"),
    "edit_item": _l("Sửa một công trình trong hồ sơ"),
    "remove_item": _l("Bỏ một công trình khỏi hồ sơ"),
    "free_places": _l("Trả lại chỗ đã hết hạn giữ"),
    "report_item": _l("Báo cáo lắp đặt một công trình"),
    "add_items": _l("Thêm công trình vào hồ sơ"),
    "result": _l("Ghi kết quả kiểm tra một công trình"),
    "correct_record": _l("Đề nghị sửa số liệu của một công trình"),
    "remark": _l("Thêm ý kiến của doanh nghiệp"),
    "withdraw_remark": _l("Rút ý kiến của doanh nghiệp"),
    "handle_remark": _l("Xử lý ý kiến của doanh nghiệp"),
    "questions": _l("Soạn câu hỏi"),
    "link_work": _l("Liên kết thông báo thi công"),
    "unlink_work": _l("Bỏ liên kết thông báo thi công"),
    "answer_remark": _l("Trả lời ý kiến của doanh nghiệp"),
}


def workflow_contributions(workflow: Workflow) -> tuple[Contribution, ...]:
    """All contributions of a workflow, for the feature that owns it."""
    moves = {f"{workflow.code}.{move.name}": move.done for move in workflow.moves}
    changes = {f"{workflow.code}.{name}": words for name, words in (_CHANGES | dict(workflow.event_labels)).items()}
    files_of = partial(_owner_of_files, workflow), workflow.page, "case_id", partial(_keeps_files, workflow)
    return (
        WORKFLOWS.of(workflow),
        FILE_SUBJECTS.of(FileSubject(workflow.code, *files_of)),
        NOTICE_TEXTS.named({workflow.code: partial(_read, workflow)}),
        NOTICE_EVENTS.of(*events_of(workflow).values()),
        OBJECT_LABELS.named({workflow.code: workflow.case_label}),
        ACTION_LABELS.named(changes | moves),
        *case_subject(workflow),
    )


def _owner_of_files(workflow: Workflow, ctx: Ctx, case_id: int, permission: P) -> int:
    """The organisation that owns a case's files; moves add them, `files_permission` limits their readers."""
    case = get_visible(ctx, workflow.model, workflow.read, workflow.model.id == case_id)
    # A party may send files with its moves that it does not read afterwards, and an office with the case that it opens.
    opens = case.created_by_id is not None and case.created_by_id == ctx.actor.id and case.created_at == ctx.now
    adds = permission is P.FILE_ADD and (
        opens or any(allowed(ctx, name, case) for name in {move.permission for move in workflow.moves})
    )
    reads = workflow.files_permission is None or allowed(ctx, workflow.files_permission, case)
    if not adds and not reads:
        raise NotFound
    if permission is P.FILE_ADD and not adds:
        raise Forbidden
    owner: int = getattr(case, workflow.model.SIDES["owner"])
    return owner


def _keeps_files(workflow: Workflow, ctx: Ctx, case_id: int) -> bool:
    """Once a case has its number, files can no longer be removed from it."""
    number = ctx.session.scalar(select(workflow.model.number).where(workflow.model.id == case_id))
    return number is not None


def _read(workflow: Workflow, notice: Notice) -> NoticeText:
    """The text of a notice of a case."""
    name = notice.params.get("number") or str(workflow.case_label)
    move = workflow.move(notice.event)
    if notice.event == REMINDER:
        day = format_date(date.fromisoformat(notice.params["last_on"]))
        sentence = _("%(name)s: có hồ sơ chờ xử lý, hạn cuối là ngày %(day)s.", name=name, day=day)
    elif notice.event == RECALCULATED:
        was, now = (format_date(date.fromisoformat(notice.params[day])) for day in ("was", "is"))
        sentence = _("%(name)s: hạn cuối đổi từ ngày %(was)s thành ngày %(now)s.", name=name, was=was, now=now)
        sentence = with_reason(sentence, notice.params)
    elif notice.event == MESSAGE:
        sentence = _("%(name)s: có trao đổi mới.", name=name)
    else:
        words = workflow.event_labels | _CHANGES
        sentence = f"{name}: {move.done if move else words.get(notice.event, notice.event)}"
        if notice.params.get("parts"):
            sentence = f"{sentence}: {notice.params['parts']}"
    return NoticeText(sentence, workflow.page, {"case_id": notice.subject_id}, notice.params.get("title", ""))
