"""The content of the papers of a case: minutes, notice, draft of the decision, check of the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm.attributes import set_committed_value

from registry.accounts.letterhead import letterhead
from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.documents.issued import freeze_paper, issued_paper, made_again, official_paper
from registry.documents.official import (
    BLANK,
    COMMITTEE,
    OfficialPaper,
    as_sentence,
    bare_name,
    undated,
    within_text,
    written_day,
)
from registry.kernel.clock import local_date
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _, format_date, format_datetime, format_number
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province
from registry.violations.codes import CODE, Authority, Offender, PaperKind, ViolationState
from registry.violations.known_facts import known_for_minutes
from registry.violations.models import Violation, ViolationKind, ViolationPaper
from registry.violations.numbers import papers_of
from registry.violations.rules import format_fine_range, format_remedies, written_basis
from registry.workflow.models import CaseEvent


def available_kinds(case: Violation) -> list[PaperKind]:
    """The papers that the case has come to."""
    kinds = [PaperKind.MINUTES] if case.minutes_number or case.state in _BEFORE else []
    if case.minutes_number:
        kinds.append(PaperKind.DECISION)
    if case.decision_number or case.state is ViolationState.NOT_VIOLATION:
        kinds.append(PaperKind.NOTICE)
    if case.remedy_due_on:
        kinds.append(PaperKind.REMEDY_CHECK)
    return kinds


_BEFORE: Final = frozenset({ViolationState.VERIFYING, ViolationState.COMPLEX, ViolationState.MINUTES_OVERDUE})


def make_paper(ctx: Ctx, case: Violation, kind: PaperKind, numbered: ViolationPaper | None) -> OfficialPaper:
    """A paper of a case whose kind is loaded; MoveRefused before its time. Without a number it is a draft."""
    if kind not in available_kinds(case):
        raise MoveRefused(_("%(number)s chưa đến bước lập «%(paper)s».", number=case.number, paper=str(kind.label)))
    number, on = _number_and_day(case, kind, numbered)
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    parent, lines = _letterhead(ctx, case, kind, numbered)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=number or f"{BLANK}/{kind.suffix}",
        place_and_day=f"{bare_name(unit.name)}, {written_day(on)}" if on else undated(bare_name(unit.name)),
        title=_TITLES[kind],
        recipients=_recipients(case, kind, unit),
        remark="" if number else _remark(case, kind),
        **_CONTENT[kind](ctx, case, lines),
    )


def freeze_papers(ctx: Ctx, case: Violation) -> None:
    """Store minutes and decision as soon as they have their number; a new number is a further edition."""
    for kind, number in ((PaperKind.MINUTES, case.minutes_number), (PaperKind.DECISION, case.decision_number)):
        issued = issued_paper(ctx, CODE, case.id, kind.value)
        if number is not None and (issued is None or issued.content["number"] != number):
            numbered = next((paper for paper in papers_of(ctx, case).get(kind, ()) if paper.text == number), None)
            set_committed_value(case, "kind", ctx.session.get_one(ViolationKind, case.kind_id))
            freeze_paper(ctx, CODE, case.id, kind.value, make_paper(ctx, case, kind, numbered))


def served_paper(ctx: Ctx, case: Violation, kind: PaperKind, numbered: ViolationPaper | None) -> OfficialPaper:
    """The paper as it was issued; before that a draft of now."""
    number = _number_and_day(case, kind, numbered)[0]
    issued = issued_paper(ctx, CODE, case.id, kind.value) if number is not None else None
    if issued is not None and issued.content["number"] == number:
        return official_paper(issued.content)
    paper = make_paper(ctx, case, kind, numbered)
    return paper if number is None else made_again(ctx, paper)


_TITLES: Final = {
    PaperKind.MINUTES: "BIÊN BẢN VI PHẠM HÀNH CHÍNH",
    PaperKind.NOTICE: "THÔNG BÁO",
    PaperKind.DECISION: "QUYẾT ĐỊNH",
    PaperKind.REMEDY_CHECK: "BIÊN BẢN KIỂM TRA",
}
#: Names of `OfficialPaper` that differ by kind, with their values.
Content = dict[str, Any]


def _minutes(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    text = _said(ctx, case, "minutes") or str(known_for_minutes(ctx, case)["text"])
    parts = [
        ("Căn cứ", f"{written_basis(case.kind)}."),
        ("Người lập biên bản", f"{_officer(ctx, case)}."),
        ("Bên vi phạm", f"{_offender(case)}."),
        (
            "Hành vi",
            f"{case.kind.act}; xảy ra ngày {format_date(case.occurred_on)},"
            f" phát hiện lúc {format_datetime(case.found_at)}.",
        ),
        *(("Nội dung" if number == 0 else "", line) for number, line in enumerate(text.splitlines())),
        ("Khung phạt", f"tổ chức {format_fine_range(case.kind)}; cá nhân {format_fine_range(case.kind, half=True)}."),
        ("Ý kiến của bên vi phạm", BLANK * 8),
        ("Quyền giải trình", "Bên vi phạm có quyền giải trình bằng văn bản hoặc trực tiếp trong thời hạn luật định."),
    ]
    return {
        "parts": parts,
        "subject": "Về việc vi phạm quy định về hạ tầng viễn thông thụ động",
        "left": ("BÊN VI PHẠM", ""),
        "right": ("NGƯỜI LẬP BIÊN BẢN", _officer(ctx, case)),
    }


def _decision(_ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    fine = _dong(case.fine_vnd) if case.fine_vnd is not None else BLANK * 3
    remedies = format_remedies(case) or (case.remedy or BLANK * 4)
    parts = [
        ("Điều 1.", f"Xử phạt vi phạm hành chính đối với {_offender(case)}."),
        ("", f"Hành vi: {case.kind.act}. Hình thức xử phạt chính: phạt tiền, mức phạt {fine}."),
        ("", f"Biện pháp khắc phục hậu quả: {as_sentence(remedies)}"),
        *([("", f"Nội dung phải khắc phục: {case.remedy}")] if case.remedy and case.remedies else []),
        ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký."),
        (
            "Điều 3.",
            "Quyết định được giao cho bên bị xử phạt để chấp hành; bên bị xử phạt có quyền khiếu nại hoặc khởi kiện"
            " theo quy định của pháp luật.",
        ),
    ]
    signer = "NGƯỜI CÓ THẨM QUYỀN"
    if case.authority is not None:
        signer = "GIÁM ĐỐC" if case.authority is Authority.LEAD_DIRECTOR else "CHỦ TỊCH"
    return {
        "parts": parts,
        "subject": "Về việc xử phạt vi phạm hành chính",
        "right": (signer, ""),
        "issuer": f"{signer} XỬ PHẠT" if case.authority is None else f"{signer} {' '.join(agency)}",
        "grounds": [
            "Căn cứ Luật Xử lý vi phạm hành chính;",
            f"Căn cứ {written_basis(case.kind)};",
            f"Căn cứ Biên bản vi phạm hành chính số {case.minutes_number} lập ngày {format_date(case.minutes_on)}.",
        ],
        "order": "QUYẾT ĐỊNH:",
    }


def _notice(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    if case.decision_number is None:
        result = f"Kết luận: không vi phạm. {_said(ctx, case, 'dismiss') or ''}".strip()
    else:
        result = (
            f"Đã ra Quyết định số {case.decision_number} ngày {format_date(case.decision_on)},"
            f" phạt {_dong(case.fine_vnd or 0)}; trạng thái hiện nay: {str(case.state.label).lower()}."
        )
    parts = [
        ("", f"Hồ sơ {case.number}: {case.kind.act}, phát hiện ngày {format_date(local_date(case.found_at))}."),
        ("", f"Bên liên quan: {_offender(case)}."),
        ("", result),
        *(
            [("", f"Nộp phạt: đã nộp ngày {format_date(case.paid_on)}, biên lai {case.receipt_number}.")]
            if case.paid_on
            else []
        ),
        *([("", f"Thời hạn khắc phục: {format_date(case.remedy_due_on)}.")] if case.remedy_due_on else []),
    ]
    return {
        "parts": parts,
        "subject": "Về kết quả xử lý vi phạm hành chính",
        "right": ("THỦ TRƯỞNG CƠ QUAN", ""),
    }


def _remedy_check(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    parts = [
        ("Căn cứ", f"Quyết định xử phạt số {case.decision_number} ngày {format_date(case.decision_on)}."),
        ("Bên bị kiểm tra", f"{_offender(case)}."),
        ("Nội dung phải khắc phục", as_sentence("; ".join(filter(None, (case.remedy, format_remedies(case)))))),
        ("Thời hạn", f"{format_date(case.remedy_due_on)}."),
        ("Kết quả kiểm tra", _said(ctx, case, "remedied") or _said(ctx, case, "remedy_failed") or BLANK * 8),
        ("Kết luận", "Đã khắc phục." if case.state in _REMEDIED else BLANK * 4),
    ]
    return {
        "parts": parts,
        "subject": "Về việc khắc phục hậu quả vi phạm hành chính",
        "left": ("BÊN ĐƯỢC KIỂM TRA", ""),
        "right": ("NGƯỜI KIỂM TRA", ""),
    }


_REMEDIED: Final = frozenset({ViolationState.REMEDIED, ViolationState.CLOSED})
_CONTENT: Final = {
    PaperKind.MINUTES: _minutes,
    PaperKind.NOTICE: _notice,
    PaperKind.DECISION: _decision,
    PaperKind.REMEDY_CHECK: _remedy_check,
}


def _number_and_day(
    case: Violation, kind: PaperKind, numbered: ViolationPaper | None
) -> tuple[str | None, date | None]:
    if kind is PaperKind.MINUTES:
        return case.minutes_number, case.minutes_on
    if kind is PaperKind.DECISION:
        return case.decision_number, case.decision_on
    return (numbered.text, numbered.given_on) if numbered is not None else (None, None)


def _letterhead(ctx: Ctx, case: Violation, kind: PaperKind, numbered: ViolationPaper | None) -> tuple[str, list[str]]:
    """The agency of the paper; a decision of the province's chair, which others record, is of its committee."""
    if kind is PaperKind.DECISION and case.authority is Authority.PROVINCE_CHAIR:
        province = get_province(ctx.session)
        return "", [COMMITTEE, (province.name if province else "tỉnh").upper()]
    return letterhead(ctx, ctx.session.get_one(Organisation, _agency_id(ctx, case, kind, numbered)))


def _remark(case: Violation, kind: PaperKind) -> str:
    """That it is a draft, and that the law it cites was not compared with its text."""
    if case.kind.needs_verification and kind in _CITING:
        return "Bản dự thảo, chưa có số; căn cứ pháp lý cần kiểm chứng"
    return "Bản dự thảo, chưa có số"


_CITING: Final = frozenset({PaperKind.MINUTES, PaperKind.DECISION})


def _agency_id(ctx: Ctx, case: Violation, kind: PaperKind, numbered: ViolationPaper | None) -> int:
    """The agency that numbered the paper, or that of who recorded the decision; of a draft, that of who may decide."""
    if numbered is not None:
        return numbered.organisation_id
    if kind is not PaperKind.DECISION:
        return case.handler_organisation_id
    if case.decided_by_id is not None:
        return ctx.session.get_one(UserAccount, case.decided_by_id).organisation_id
    own = ctx.actor.organisation_id
    return own if own is not None and allowed(ctx, P.VIOLATION_DECIDE, case) else case.handler_organisation_id


def _dong(amount: Decimal | int) -> str:
    """An amount as papers write it."""
    return f"{format_number(amount)} đồng"


def _offender(case: Violation) -> str:
    if case.offender_name is None or case.offender is None:
        return BLANK * 4
    return f"{'tổ chức' if case.offender is Offender.ORGANISATION else 'cá nhân'} {case.offender_name}"


def _officer(ctx: Ctx, case: Violation) -> str:
    """Who made the minutes, or the reader who is about to."""
    query = (
        select(UserAccount.full_name)
        .join(CaseEvent, CaseEvent.actor_id == UserAccount.id)
        .where(CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == "minutes")
    )
    officer = ctx.session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).one_or_none()
    return officer or ctx.actor.display_name


def _said(ctx: Ctx, case: Violation, move: str) -> str | None:
    query = select(CaseEvent.said["text"].astext).where(
        CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == move
    )
    return ctx.session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).one_or_none()


def _recipients(case: Violation, kind: PaperKind, unit: AdminUnit) -> list[str]:
    named = case.offender_name if case.offender_name and kind is not PaperKind.NOTICE else None
    lines = [named, f"UBND {within_text(unit.name)}", f"Lưu: VT, hồ sơ {case.number}"]
    return [line for line in lines if line]
