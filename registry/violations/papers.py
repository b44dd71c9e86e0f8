"""The content of the papers of a case: minutes, notice, draft of the decision, check of the remedy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from registry.documents.in_words import dong_in_words
from registry.documents.issued import IssuedPaper, IssuedPdf, freeze_paper, issued_paper, made_again, official_paper
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
from registry.kernel.errors import MoveRefused, NotFound
from registry.kernel.i18n import _, format_date, format_number
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province
from registry.violations.codes import CODE, Authority, DecisionForm, NoFineGround, Offender, PaperKind, ViolationState
from registry.violations.known_facts import known_for_minutes
from registry.violations.models import Violation, ViolationKind, ViolationPaper
from registry.violations.numbers import papers_of
from registry.violations.rules import (
    format_fine_range,
    format_found,
    format_remedies,
    may_explain_fine,
    written_basis,
)
from registry.violations.workflow.terms import PAY_TERM
from registry.workflow.clocks import find_term
from registry.workflow.models import CaseEvent


def available_kinds(case: Violation) -> list[PaperKind]:
    """The papers of which the case has a draft now, or the first one."""
    kinds = [PaperKind.MINUTES] if case.minutes_number or case.state in _BEFORE else []
    if case.minutes_number and case.decision_form is not DecisionForm.REMEDIES_ONLY:
        kinds.append(PaperKind.DECISION)
    if case.minutes_number and case.decision_form in (None, DecisionForm.REMEDIES_ONLY):
        kinds.append(PaperKind.REMEDIES_DECISION)
    if case.decision_number or case.state is ViolationState.NOT_VIOLATION:
        kinds.append(PaperKind.NOTICE)
    if case.remedy_due_on:
        kinds.append(PaperKind.REMEDY_CHECK)
    return kinds


_BEFORE: Final = frozenset({ViolationState.VERIFYING, ViolationState.COMPLEX, ViolationState.MINUTES_OVERDUE})


def make_paper(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> OfficialPaper:
    """A paper of a case whose kind is loaded; MoveRefused before its time. Without a number it is a draft."""
    if issued is None and kind not in available_kinds(case):
        raise MoveRefused(_("%(number)s chưa đến bước lập «%(paper)s».", number=case.number, paper=str(kind.label)))
    number, on = _number_and_day(case, kind, issued)
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    parent, lines = _letterhead(ctx, case, kind, issued)
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
    """Store the content of each paper that was issued in this transaction: what follows changes none of them."""
    rows = [row for rows in papers_of(ctx, case).values() for row in rows]
    for row in sorted(rows, key=lambda row: row.id):
        if row.edition is not None and issued_paper(ctx, CODE, case.id, row.kind.value, row.edition) is None:
            set_committed_value(case, "kind", ctx.session.get_one(ViolationKind, case.kind_id))
            freeze_paper(ctx, CODE, case.id, row.kind.value, make_paper(ctx, case, row.kind, row))


def served_paper(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> OfficialPaper:
    """The paper as it was issued; without one a draft of now."""
    stored = stored_paper(ctx, case, issued)
    if stored is not None:
        return official_paper(stored.content)
    paper = make_paper(ctx, case, kind, issued)
    return paper if _number_and_day(case, kind, issued)[0] is None else made_again(ctx, paper)


def find_paper(ctx: Ctx, case: Violation, kind: PaperKind, edition: int | None) -> ViolationPaper | None:
    """An issued paper of a case: the last one of its kind, or a certain edition; NotFound for an unknown edition.

    A decision that was annulled is no longer the last one: a draft of the next follows it.
    """
    rows = readable_papers(ctx, case).get(kind, ())
    if edition is not None:
        row = next((row for row in rows if row.edition == edition), None)
        if row is None:
            raise NotFound(_("Không có bản %(edition)d của «%(paper)s».", edition=edition, paper=str(kind.label)))
        return row
    current = {PaperKind.DECISION: case.decision_number, PaperKind.REMEDIES_DECISION: case.decision_number}
    if kind in current:
        return next((row for row in rows if row.text == current[kind]), None)
    return rows[0] if rows else None


def readable_papers(ctx: Ctx, case: Violation) -> Mapping[PaperKind, Sequence[ViolationPaper]]:
    """The issued papers of a case that the actor may read: an organisation those that were served to it."""
    papers = papers_of(ctx, case)
    if allowed(ctx, P.VIOLATION_EVIDENCE, case):
        return papers
    own = ctx.actor.organisation_ids
    return {kind: [row for row in rows if row.addressee_id in own] for kind, rows in papers.items()}


def stored_paper(ctx: Ctx, case: Violation, row: ViolationPaper | None) -> IssuedPaper | None:
    """The stored content of an issued paper; None for a draft, and for papers of before whose content was not kept."""
    if row is None or row.edition is None:
        return None
    return issued_paper(ctx, CODE, case.id, row.kind.value, row.edition)


def files_of_papers(ctx: Ctx, case: Violation) -> dict[tuple[str, int], str]:
    """SHA-256 of the PDF files that were served, by kind and edition."""
    query = (
        select(IssuedPaper.paper, IssuedPaper.edition, IssuedPdf.sha256)
        .join(IssuedPdf, IssuedPdf.id == IssuedPaper.id)
        .where(IssuedPaper.subject_kind == CODE, IssuedPaper.subject_id == case.id)
    )
    return {(row.paper, row.edition): row.sha256 for row in ctx.session.execute(query)}


def digests_of(ctx: Ctx, case: Violation) -> dict[tuple[str, int], str]:
    """SHA-256 of the stored papers of a case, by kind and edition."""
    query = select(IssuedPaper.paper, IssuedPaper.edition, IssuedPaper.digest).where(
        IssuedPaper.subject_kind == CODE, IssuedPaper.subject_id == case.id
    )
    return {(row.paper, row.edition): row.digest for row in ctx.session.execute(query)}


_TITLES: Final = {
    PaperKind.MINUTES: "BIÊN BẢN VI PHẠM HÀNH CHÍNH",
    PaperKind.NOTICE: "THÔNG BÁO",
    PaperKind.DECISION: "QUYẾT ĐỊNH",
    PaperKind.REMEDY_CHECK: "BIÊN BẢN KIỂM TRA",
    PaperKind.VERIFICATION: "BIÊN BẢN XÁC MINH TÌNH TIẾT CỦA VỤ VIỆC VI PHẠM HÀNH CHÍNH",
    PaperKind.REMEDIES_DECISION: "QUYẾT ĐỊNH",
    PaperKind.AMENDMENT: "QUYẾT ĐỊNH",
    PaperKind.CORRECTION: "QUYẾT ĐỊNH",
    PaperKind.ANNULMENT: "QUYẾT ĐỊNH",
    PaperKind.PROSECUTION: "QUYẾT ĐỊNH",
}
#: Names of `OfficialPaper` that differ by kind, with their values.
Content = dict[str, Any]


def _minutes(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    text = _stated(ctx, case, "minutes") or str(known_for_minutes(ctx, case)["text"])
    parts = [
        ("Căn cứ", f"{written_basis(case.kind)}."),
        ("Người lập biên bản", f"{_officer(ctx, case)}."),
        ("Bên vi phạm", f"{_offender(case)}."),
        (
            "Hành vi",
            f"{case.kind.act}; xảy ra ngày {format_date(case.occurred_on)}"
            f"{f' đến ngày {format_date(case.ended_on)}' if case.ended_on else ''},"
            f" phát hiện lúc {format_found(case)}.",
        ),
        *_lines("Nội dung", text),
        ("Khung phạt", f"tổ chức {format_fine_range(case.kind)}; cá nhân {format_fine_range(case.kind, half=True)}."),
        ("Ý kiến của bên vi phạm", BLANK * 8),
        *(
            [("Quyền giải trình", f"Bên vi phạm có quyền gửi văn bản giải trình trong {_explain_days(ctx)}.")]
            if _may_explain(case)
            else []
        ),
    ]
    return {
        "parts": parts,
        "subject": "Về việc vi phạm quy định về hạ tầng viễn thông thụ động",
        "left": ("BÊN VI PHẠM", ""),
        "right": ("NGƯỜI LẬP BIÊN BẢN", _officer(ctx, case)),
    }


def _may_explain(case: Violation) -> bool:
    return may_explain_fine(case.kind.fine_max_vnd, case.offender or Offender.ORGANISATION)


def _explain_days(ctx: Ctx) -> str:
    """The term to explain, as a paper writes it."""
    row = find_term(ctx.session, "violation.explain", ctx.today)
    return f"{row.length} {str(row.unit.label).lower()} kể từ ngày lập biên bản"


def _decision(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    fine = _dong(case.fine_vnd) if case.fine_vnd is not None else BLANK * 3
    words = f" (bằng chữ: {dong_in_words(case.fine_vnd)})" if case.fine_vnd else ""
    is_warning = case.decision_form is DecisionForm.WARNING
    sanction = "cảnh cáo" if is_warning else f"phạt tiền, mức phạt {fine}{words}"
    remedies = format_remedies(case) or (case.remedy or BLANK * 4)
    pay_days = find_term(ctx.session, PAY_TERM, ctx.today)
    parts = [
        ("Điều 1.", f"Xử phạt vi phạm hành chính đối với {_offender(case)}."),
        ("", f"Hành vi: {case.kind.act}, quy định tại {written_basis(case.kind)}."),
        *_circumstances(ctx, case),
        ("", f"Hình thức xử phạt chính: {sanction}."),
        ("", f"Biện pháp khắc phục hậu quả: {as_sentence(remedies)}"),
        *([("", f"Nội dung phải khắc phục: {case.remedy}")] if case.remedy and case.remedies else []),
        ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký."),
        ("Điều 3.", "Bên bị xử phạt chấp hành Quyết định này; nếu không thì bị cưỡng chế thi hành.")
        if is_warning
        else (
            "Điều 3.",
            f"Bên bị xử phạt nộp tiền phạt trong {pay_days.length} {str(pay_days.unit.label).lower()} kể từ ngày nhận"
            " quyết định; quá thời hạn đó thì bị cưỡng chế thi hành, mỗi ngày chậm nộp phải nộp thêm 0,05% trên tổng số"
            " tiền phạt chưa nộp.",
        ),
        ("", "Bên bị xử phạt có quyền khiếu nại hoặc khởi kiện hành chính đối với quyết định này theo quy định."),
    ]
    return _signed(case, agency) | {
        "parts": parts,
        "subject": "Về việc xử phạt vi phạm hành chính",
        "grounds": _grounds(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _circumstances(ctx: Ctx, case: Violation) -> list[tuple[str, str]]:
    """The circumstances of a decision that is made, in numbers and as written."""
    if case.mitigating is None or case.aggravating is None:
        return []
    move = "warn" if case.decision_form is DecisionForm.WARNING else "decide"
    text = _stated(ctx, case, move, "circumstances")
    line = f"Tình tiết giảm nhẹ: {case.mitigating}; tình tiết tăng nặng: {case.aggravating}."
    return [("", f"{line} {text}".strip() if text else line)]


def _remedies_decision(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    remedies = format_remedies(case) or BLANK * 4
    code = _stated(ctx, case, "order_remedies", "ground")
    ground = str(NoFineGround(code).label).lower() if code else BLANK * 4
    parts = [
        ("Điều 1.", f"Áp dụng biện pháp khắc phục hậu quả đối với {_offender(case)}."),
        ("", f"Hành vi: {case.kind.act}, quy định tại {written_basis(case.kind)}."),
        ("", f"Lý do không ra quyết định xử phạt: {ground}. {_stated(ctx, case, 'order_remedies') or ''}".strip()),
        ("", f"Biện pháp khắc phục hậu quả: {as_sentence(remedies)}"),
        ("", f"Nội dung phải khắc phục: {case.remedy or BLANK * 4}"),
        ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký."),
        ("Điều 3.", "Bên có tên tại Điều 1 thực hiện biện pháp trên; nếu không thì bị cưỡng chế thi hành."),
        ("", "Bên có tên tại Điều 1 có quyền khiếu nại hoặc khởi kiện hành chính đối với quyết định này."),
    ]
    return _signed(case, agency) | {
        "parts": parts,
        "subject": "Về việc áp dụng biện pháp khắc phục hậu quả",
        "grounds": _grounds(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _signed(case: Violation, agency: Sequence[str]) -> Content:
    """Who signs: the authority, or its deputy for it."""
    if case.authority is None:
        return {"right": ("NGƯỜI CÓ THẨM QUYỀN", ""), "issuer": "NGƯỜI CÓ THẨM QUYỀN XỬ PHẠT"}
    is_director = case.authority is Authority.LEAD_DIRECTOR
    signer = "GIÁM ĐỐC" if is_director else "CHỦ TỊCH"
    issuer = f"{signer} {' '.join(agency)}"
    if case.deputy_name is None:
        return {"right": (signer, ""), "issuer": issuer}
    return {"right": (f"KT. {signer}, PHÓ {signer}", case.deputy_name), "issuer": issuer}


def _grounds(ctx: Ctx, case: Violation) -> list[str]:
    verified = papers_of(ctx, case).get(PaperKind.VERIFICATION, ())
    return [
        "Căn cứ Luật Xử lý vi phạm hành chính;",
        f"Căn cứ {written_basis(case.kind)};",
        f"Căn cứ Biên bản vi phạm hành chính số {case.minutes_number} lập ngày {format_date(case.minutes_on)};",
        *(f"Căn cứ Biên bản xác minh số {row.text} ngày {format_date(row.given_on)};" for row in reversed(verified)),
        *([f"Căn cứ {case.delegation} về việc giao quyền xử phạt;"] if case.delegation else []),
    ]


def _verification(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    parts = [
        ("Căn cứ", f"Biên bản vi phạm hành chính số {case.minutes_number} ngày {format_date(case.minutes_on)}."),
        ("Người lập biên bản", f"{ctx.actor.display_name}."),
        ("Bên vi phạm sau xác minh", f"{_offender(case)}."),
        ("Hành vi sau xác minh", f"{case.kind.act} ({written_basis(case.kind)})."),
        *_lines("Nội dung xác minh", _stated(ctx, case, "record_facts") or BLANK * 8),
        ("", "Biên bản này là một phần của hồ sơ; biên bản vi phạm hành chính đã lập giữ nguyên."),
    ]
    return {
        "parts": parts,
        "subject": "",
        "left": ("BÊN VI PHẠM", ""),
        "right": ("NGƯỜI LẬP BIÊN BẢN", ctx.actor.display_name),
    }


def _changed_decision(ctx: Ctx, case: Violation) -> str:
    """The decision that a paper changes, as papers cite it: the last one that was issued."""
    kinds = (PaperKind.DECISION, PaperKind.REMEDIES_DECISION)
    rows = [row for kind in kinds for row in papers_of(ctx, case).get(kind, ())]
    if not rows:
        return BLANK * 4
    last = max(rows, key=lambda row: row.id)
    return f"Quyết định số {last.text} ngày {format_date(last.given_on)}"


def _change(ctx: Ctx, case: Violation, verb: str, move: str, further: Sequence[tuple[str, str]]) -> Content:
    """A decision about a decision."""
    decision = _changed_decision(ctx, case)
    return {
        "parts": [
            ("Điều 1.", f"{verb} {decision} đối với {_offender(case)}."),
            *_lines("Nội dung, lý do:", _stated(ctx, case, move) or BLANK * 8),
            *further,
            ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký và là một phần không tách rời của hồ sơ."),
            ("", "Bên có tên tại Điều 1 có quyền khiếu nại hoặc khởi kiện hành chính đối với quyết định này."),
        ],
        "subject": f"Về việc {verb[0].lower()}{verb[1:]} quyết định",
        "right": ("NGƯỜI CÓ THẨM QUYỀN", ""),
        "issuer": "NGƯỜI CÓ THẨM QUYỀN",
        "grounds": ["Căn cứ Luật Xử lý vi phạm hành chính;", f"Căn cứ {decision};"],
        "order": "QUYẾT ĐỊNH:",
    }


def _amendment(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    changed = [("", f"Mức phạt sau sửa đổi: {_dong(case.fine_vnd or 0)}. Nội dung phải khắc phục: {case.remedy}")]
    return _change(ctx, case, "Sửa đổi, hủy bỏ một phần", "amend", changed)


def _correction(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    return _change(ctx, case, "Đính chính", "correct", ())


def _annulment(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    return _change(ctx, case, "Hủy bỏ toàn bộ", "annul", ())


def _prosecution(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    return {
        "parts": [
            ("Điều 1.", f"Chuyển hồ sơ vụ vi phạm của {_offender(case)} để truy cứu trách nhiệm hình sự."),
            *_lines("Dấu hiệu tội phạm:", _stated(ctx, case, "prosecute") or BLANK * 8),
            ("Điều 2.", "Kèm theo Quyết định này là toàn bộ hồ sơ, tang vật, phương tiện của vụ vi phạm."),
            ("Điều 3.", "Quyết định này có hiệu lực kể từ ngày ký."),
        ],
        "subject": "Về việc chuyển hồ sơ vụ vi phạm có dấu hiệu tội phạm",
        "right": ("NGƯỜI CÓ THẨM QUYỀN", ""),
        "issuer": "NGƯỜI CÓ THẨM QUYỀN XỬ PHẠT",
        "grounds": _grounds(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _lines(head: str, text: str) -> list[tuple[str, str]]:
    """A text of several lines as paragraphs, the first one under a head."""
    return [(head if number == 0 else "", line) for number, line in enumerate(text.splitlines() or [""])]


def _notice(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    if case.decision_number is None:
        reason = _stated(ctx, case, "stop") or _stated(ctx, case, "dismiss") or ""
        result = f"Kết luận: không vi phạm. {reason}".strip()
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
        ("Kết quả kiểm tra", _stated(ctx, case, "remedied") or _stated(ctx, case, "remedy_failed") or BLANK * 8),
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
    PaperKind.VERIFICATION: _verification,
    PaperKind.REMEDIES_DECISION: _remedies_decision,
    PaperKind.AMENDMENT: _amendment,
    PaperKind.CORRECTION: _correction,
    PaperKind.ANNULMENT: _annulment,
    PaperKind.PROSECUTION: _prosecution,
}


def _number_and_day(case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> tuple[str | None, date | None]:
    if issued is not None:
        return issued.text, issued.given_on
    if kind is PaperKind.MINUTES:
        return case.minutes_number, case.minutes_on
    if kind is PaperKind.DECISION:
        return case.decision_number, case.decision_on
    return None, None


def _letterhead(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> tuple[str, list[str]]:
    """The agency of the paper; a decision of the province's chair, which others record, is of its committee."""
    if kind in _DECISIONS and case.authority is Authority.PROVINCE_CHAIR:
        province = get_province(ctx.session)
        return "", [COMMITTEE, (province.name if province else "tỉnh").upper()]
    return letterhead(ctx, ctx.session.get_one(Organisation, _agency_id(ctx, case, kind, issued)))


def letterhead_of(ctx: Ctx, case: Violation) -> tuple[str, list[str]]:
    """The head of a paper of the office that handles the case: the body above, and the agency in lines."""
    return letterhead(ctx, ctx.session.get_one(Organisation, case.handler_organisation_id))


def _remark(case: Violation, kind: PaperKind) -> str:
    """That it is a draft, and that the law it cites was not compared with its text."""
    if case.kind.needs_verification and kind in _CITING:
        return "Bản dự thảo, chưa có số; căn cứ pháp lý cần kiểm chứng"
    return "Bản dự thảo, chưa có số"


_DECISIONS: Final = frozenset({PaperKind.DECISION, PaperKind.REMEDIES_DECISION})
_CITING: Final = frozenset({PaperKind.MINUTES, *_DECISIONS})


def _agency_id(ctx: Ctx, case: Violation, kind: PaperKind, issued: ViolationPaper | None) -> int:
    """The agency that numbered the paper, or that of who recorded the decision; of a draft, that of who may decide."""
    if issued is not None:
        return issued.organisation_id
    if kind not in _DECISIONS:
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


def _stated(ctx: Ctx, case: Violation, move: str, name: str = "text") -> str | None:
    """What the last move of a name stated."""
    query = select(CaseEvent.said[name].astext).where(
        CaseEvent.workflow == CODE, CaseEvent.case_id == case.id, CaseEvent.move == move
    )
    return ctx.session.scalars(query.order_by(CaseEvent.id.desc()).limit(1)).one_or_none()


def _recipients(case: Violation, kind: PaperKind, unit: AdminUnit) -> list[str]:
    named = case.offender_name if case.offender_name and kind is not PaperKind.NOTICE else None
    lines = [named, f"UBND {within_text(unit.name)}", f"Lưu: VT, hồ sơ {case.number}"]
    return [line for line in lines if line]
