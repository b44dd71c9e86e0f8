"""Electronic minutes: the PDF to be signed, and the signed file that comes back (NĐ 174/2026 Đ6).

They stand for paper where the offender accepted it, the file is signed by the officer who made the minutes, and
nothing was changed since. The case keeps the SHA-256 of both files.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.documents.signatures import Signature, SignatureRefused, read_signatures
from registry.files.models import Attachment
from registry.files.service import AddFile, add_file
from registry.files.storage import FileStore
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.i18n import _, format_datetime
from registry.kernel.text import fold, shown
from registry.violations.codes import CODE, ON_PAPER, PREPARED, SIGNED
from registry.violations.models import Violation
from registry.violations.workflow import VIOLATION
from registry.violations.workflow.common import UNDECIDED
from registry.workflow.engine import check_version, lock_case, note_event, touch
from registry.workflow.models import CaseEvent

#: States in which minutes are made and no decision yet.
_OPEN: Final = frozenset(UNDECIDED)


def may_sign(case: Violation) -> bool:
    """Whether the electronic minutes of a case still wait for their signed file."""
    return takes_signatures(case) and case.signed_pdf is None


def takes_signatures(case: Violation) -> bool:
    """Whether a signed file can be sent: the first one, or the same with more signatures."""
    return case.is_electronic and case.state in _OPEN


def prepare_minutes(ctx: Ctx, store: FileStore, violation_id: int, pdf: bytes, version: int | None) -> Attachment:
    """Keep the PDF of the minutes that is to be signed; an earlier one is replaced. Needs VIOLATION_HANDLE.

    Conflict if the case has changed since `version` was read, such as by another's PDF.
    """
    case = _waiting(ctx, violation_id)
    check_version(case, version)
    name = f"bien-ban-{case.number}.pdf"
    file = add_file(
        ctx,
        store,
        AddFile(subject_kind=CODE, subject_id=case.id, file_name=name, content=pdf, caption=_("Biên bản để ký số")),
    )
    case.minutes_pdf = file.sha256
    touch(ctx, VIOLATION, case, PREPARED, sha256=file.sha256)
    note_event(ctx, CODE, case, PREPARED, sha256=file.sha256)
    return file


def accept_signed(
    ctx: Ctx, store: FileStore, violation_id: int, file_name: str, content: bytes, roots: Path | None
) -> Attachment:
    """Keep the signed minutes; Invalid (field `file`) if they are no PDF, changed, or signed by another.

    The signed file begins with the prepared one, byte by byte: digital signing adds to a file, it does not rewrite it.
    For the same reason a file that follows another signed one begins with that: no signature is lost where two sign at
    once. Invalid says so to the second.
    """
    case = _locked(ctx, violation_id)
    if not takes_signatures(case):
        raise MoveRefused(_refusal(case))
    if case.minutes_pdf is None:
        raise MoveRefused(_("Chưa có bản PDF để ký; hãy tạo bản PDF trước."))
    try:
        signatures = read_signatures(content, roots, ctx.now)
    except SignatureRefused as refused:
        raise Invalid({"file": refused.message}) from refused
    prepared = store.original_path(case.minutes_pdf).read_bytes()
    signer = _officer(ctx, case)
    mine = next((each for each in signatures if _is_of(each, signer)), None)
    problem = (
        _changed_problem(content, prepared, signatures)
        or _lost_problem(ctx, store, case, content)
        or _signer_problem(signatures, mine, signer)
    )
    if problem or mine is None:
        raise Invalid({"file": problem or ""})
    file = add_file(
        ctx,
        store,
        AddFile(
            subject_kind=CODE, subject_id=case.id, file_name=file_name, content=content, caption=_("Biên bản đã ký số")
        ),
    )
    case.signed_pdf, case.signed_by, case.signed_at = file.sha256, mine.name, mine.signed_at
    signers = [each.name for each in signatures]
    touch(ctx, VIOLATION, case, SIGNED, sha256=file.sha256, signers=signers, serial=mine.serial, issuer=mine.issuer)
    note_event(ctx, CODE, case, SIGNED, signers=", ".join(shown(name) for name in signers), sha256=file.sha256)
    return file


def take_paper(ctx: Ctx, violation_id: int, reason: str, version: int | None) -> Violation:
    """The minutes go on on paper, such as where the offender no longer accepts the electronic form.

    Conflict if the case has changed since `version` was read.
    """
    case = _waiting(ctx, violation_id)
    check_version(case, version)
    case.is_electronic, case.minutes_pdf = False, None
    touch(ctx, VIOLATION, case, ON_PAPER, reason=reason)
    note_event(ctx, CODE, case, ON_PAPER, reason=reason)
    return case


def _locked(ctx: Ctx, violation_id: int) -> Violation:
    case: Violation = lock_case(ctx, VIOLATION, violation_id)
    require(ctx, P.VIOLATION_HANDLE, case)
    return case


def _waiting(ctx: Ctx, violation_id: int) -> Violation:
    """The case, locked; MoveRefused unless it waits for a signed file."""
    case = _locked(ctx, violation_id)
    if not may_sign(case):
        raise MoveRefused(_refusal(case))
    return case


def _refusal(case: Violation) -> str:
    """Why a case takes no signed file, or no other PDF to be signed."""
    if not case.is_electronic:
        return _("%(number)s dùng biên bản giấy nên không nhận bản ký số.", number=case.number)
    if case.state not in _OPEN:
        return _(
            "%(number)s đang ở trạng thái “%(state)s” nên không nhận bản ký số nữa.",
            number=case.number,
            state=case.state.label,
        )
    return _(
        "%(number)s đã có bản ký số của %(name)s; hãy ký tiếp lên bản đó nếu cần thêm chữ ký.",
        number=case.number,
        name=case.signed_by,
    )


def _officer(ctx: Ctx, case: Violation) -> str:
    """The name of who made the minutes."""
    query = (
        select(UserAccount.full_name)
        .join(CaseEvent, CaseEvent.actor_id == UserAccount.id)
        .where(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == "minutes")
        .order_by(CaseEvent.id.desc())
        .limit(1)
    )
    return ctx.session.scalars(query).one()


def _is_of(signature: Signature, name: str) -> bool:
    """Certificates write names with or without marks, and with a title before."""
    return f" {fold(signature.name)} ".endswith(f" {fold(name)} ")


def _changed_problem(content: bytes, prepared: bytes, signatures: Sequence[Signature]) -> str | None:
    if not content.startswith(prepared):
        return _("Tệp không phải bản PDF mà hệ thống đã tạo để ký, hoặc đã bị ghi lại; hãy ký số đúng bản đã tải về.")
    for each in signatures:
        if not each.is_intact or not each.is_unchanged:
            return _(
                "Nội dung đã bị sửa sau khi %(name)s ký; hãy ký số lại bản đã tải về.",
                name=each.name,
            )
    return None


def _lost_problem(ctx: Ctx, store: FileStore, case: Violation, content: bytes) -> str | None:
    """A file that lacks the signatures of the one kept, or is the same one."""
    if case.signed_pdf is None:
        return None
    kept = store.original_path(case.signed_pdf).read_bytes()
    if content.startswith(kept) and len(content) > len(kept):
        return None
    sent = ctx.session.scalars(
        select(CaseEvent)
        .where(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == SIGNED)
        .order_by(CaseEvent.id.desc())
        .limit(1)
    ).one_or_none()
    return _(
        "Hồ sơ đã có bản ký số của %(name)s, %(actor)s gửi lúc %(when)s; để thêm chữ ký, hãy tải bản đó về, ký tiếp lên"
        " chính bản đó rồi gửi lại.",
        name=case.signed_by,
        actor=sent.actor_label if sent else _("cán bộ khác"),
        when=format_datetime(sent.occurred_at) if sent else _("không rõ thời điểm"),
    )


def _signer_problem(signatures: Sequence[Signature], mine: Signature | None, signer: str) -> str | None:
    if mine is None:
        names = ", ".join(shown(each.name) for each in signatures)
        return _("Tệp do %(names)s ký; cần chữ ký số của %(signer)s, người lập biên bản.", names=names, signer=signer)
    for each in signatures:
        if not each.is_trusted:
            when = format_datetime(each.signed_at) if each.signed_at else _("không rõ thời điểm")
            return _(
                "Chứng thư số của %(name)s (do %(issuer)s cấp, ký %(when)s) không dẫn tới chứng thư gốc được tin cậy,"
                " hoặc đã hết hạn; hãy ký bằng chứng thư số được công nhận.",
                name=each.name,
                issuer=each.issuer,
                when=when,
            )
    return None
