"""What stands in the papers after the minutes: records, changes, transfers, enforcement, settled complaints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from registry.authz.actors import Ctx
from registry.documents.in_words import dong_in_words
from registry.documents.official import BLANK, COMMITTEE, as_sentence, within_text
from registry.kernel.clock import local_date
from registry.kernel.i18n import format_date
from registry.violations.codes import SECOND, DecisionForm, PaperKind, ViolationState
from registry.violations.location import unit_of_day
from registry.violations.models import Violation
from registry.violations.numbers import papers_of
from registry.violations.paper_contents import (
    LAW,
    Content,
    decision_content,
    grounds_of,
    minutes_content,
    remedies_decision_content,
    review_lines,
)
from registry.violations.paper_texts import dong, joined, last_said, last_text, offender_text, paragraphs
from registry.violations.rules import format_remedies, unpaid_fine, written_basis

_REMEDIED: Final = frozenset({ViolationState.REMEDIED, ViolationState.CLOSED})


def _head(agency: Sequence[str]) -> str:
    """Who signs for the agency of a paper."""
    return "CHỦ TỊCH" if agency and agency[0] == COMMITTEE else "GIÁM ĐỐC"


def _issued_by(agency: Sequence[str], deputy: str | None = None) -> Content:
    """Issuer and signature of a decision of the head of an agency, or of a deputy for it."""
    head = _head(agency)
    right = (f"KT. {head}, PHÓ {head}", deputy) if deputy else (head, "")
    return {"right": right, "issuer": f"{head} {' '.join(agency)}"}


def _drawn(ctx: Ctx, case: Violation, on: str) -> tuple[str, str]:
    unit = unit_of_day(ctx, case, ctx.today)
    return "Thời gian, địa điểm", f"ngày {on}, tại {', '.join(filter(None, (case.address, within_text(unit.name))))}."


def _last_of(ctx: Ctx, case: Violation, kind: PaperKind) -> str:
    rows = papers_of(ctx, case).get(kind, ())
    return format_date(rows[0].given_on) if rows else BLANK * 2


def _verification(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    parts = [
        _drawn(ctx, case, _last_of(ctx, case, PaperKind.VERIFICATION)),
        ("Căn cứ", f"Biên bản vi phạm hành chính số {case.minutes_number} ngày {format_date(case.minutes_on)}."),
        ("Người lập biên bản", f"{ctx.actor.display_name}."),
        ("Bên vi phạm sau xác minh", f"{offender_text(case)}."),
        ("Hành vi sau xác minh", f"{case.kind.act} ({written_basis(case.kind)})."),
        *paragraphs("Nội dung xác minh", last_text(ctx, case, "record_facts") or BLANK * 8),
        ("", "Biên bản này là một phần của hồ sơ; biên bản vi phạm hành chính đã lập giữ nguyên."),
    ]
    return {
        "parts": parts,
        "subject": "Tình tiết của vụ việc vi phạm hành chính",
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


def _change(
    ctx: Ctx, case: Violation, agency: Sequence[str], verb: str, move: str, further: Sequence[tuple[str, str]] = ()
) -> Content:
    """A decision about a decision, of its issuer or of the committee of the province."""
    decision = _changed_decision(ctx, case)
    complained = []
    if _settles_complaint(ctx, case, move) and case.complained_on is not None:
        complained = [f"Căn cứ đơn khiếu nại ngày {format_date(case.complained_on)};"]
    return _issued_by(agency) | {
        "parts": [
            ("Điều 1.", f"{verb} {decision} đối với {offender_text(case)}."),
            *paragraphs("Nội dung, lý do", last_text(ctx, case, move) or BLANK * 8),
            *further,
            ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký và là một phần không tách rời của hồ sơ."),
            *review_lines(ctx, "Bên có tên tại Điều 1"),
        ],
        "subject": f"Về việc {verb[0].lower()}{verb[1:]} quyết định",
        "grounds": [f"Căn cứ Điều 18 {LAW};", *complained, f"Căn cứ {decision};"],
        "order": "QUYẾT ĐỊNH:",
    }


def _settles_complaint(ctx: Ctx, case: Violation, move: str) -> bool:
    """A change of the decision is the result of a complaint that no paper of its own has settled."""
    settled = {row.given_on for row in papers_of(ctx, case).get(PaperKind.SETTLEMENT, ())}
    return move != "correct" and case.complained_on is not None and case.complaint_settled_on not in settled


def _amendment(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    fine = dong(case.fine_vnd or 0)
    words = f" (bằng chữ: {dong_in_words(case.fine_vnd)})" if case.fine_vnd else ""
    remedy = as_sentence(case.remedy or "không")
    changed = [("", f"Mức phạt sau sửa đổi: {fine}{words}. Nội dung phải khắc phục: {remedy}")]
    return _change(ctx, case, agency, "Sửa đổi, hủy bỏ một phần", "amend", changed)


def _correction(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    return _change(ctx, case, agency, "Đính chính", "correct")


def _annulment(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    return _change(ctx, case, agency, "Hủy bỏ toàn bộ", "annul")


def _prosecution(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    return _issued_by(agency) | {
        "parts": [
            ("Điều 1.", f"Chuyển hồ sơ vụ vi phạm của {offender_text(case)} để truy cứu trách nhiệm hình sự."),
            *paragraphs("Dấu hiệu tội phạm", last_text(ctx, case, "prosecute") or BLANK * 8),
            ("Điều 2.", "Kèm theo Quyết định này là toàn bộ hồ sơ, tang vật, phương tiện của vụ vi phạm."),
            ("Điều 3.", "Quyết định này có hiệu lực kể từ ngày ký."),
        ],
        "subject": "Về việc chuyển hồ sơ vụ vi phạm có dấu hiệu tội phạm",
        "grounds": grounds_of(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _notice(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    if case.decision_number is None:
        reason = last_text(ctx, case, "stop") or last_text(ctx, case, "dismiss") or ""
        result = f"Kết luận: không vi phạm. {reason}".strip()
    else:
        sanction = "cảnh cáo" if case.decision_form is DecisionForm.WARNING else f"phạt {dong(case.fine_vnd or 0)}"
        result = f"Đã ra Quyết định số {case.decision_number} ngày {format_date(case.decision_on)}, {sanction}."
    parts = [
        ("", f"Hồ sơ {case.number}: {case.kind.act}, phát hiện ngày {format_date(local_date(case.found_at))}."),
        ("", f"Bên liên quan: {offender_text(case)}."),
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
    on = case.remedied_on or ctx.today
    parts = [
        _drawn(ctx, case, format_date(on)),
        ("Người kiểm tra", f"{ctx.actor.display_name}."),
        ("Căn cứ", f"Quyết định số {case.decision_number} ngày {format_date(case.decision_on)}."),
        ("Bên bị kiểm tra", f"{offender_text(case)}."),
        ("Nội dung phải khắc phục", as_sentence("; ".join(filter(None, (case.remedy, format_remedies(case)))))),
        ("Thời hạn", f"{format_date(case.remedy_due_on)}."),
        ("Kết quả kiểm tra", last_text(ctx, case, "remedied") or last_text(ctx, case, "remedy_failed") or BLANK * 8),
        ("Kết luận", "Đã khắc phục." if case.state in _REMEDIED else BLANK * 4),
    ]
    return {
        "parts": parts,
        "subject": "Về việc khắc phục hậu quả vi phạm hành chính",
        "left": ("BÊN ĐƯỢC KIỂM TRA", ""),
        "right": ("NGƯỜI KIỂM TRA", ctx.actor.display_name),
    }


def _transfer(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    receiver = str(case.transferred_to.label) if case.transferred_to else BLANK * 4
    issued = [row for rows in papers_of(ctx, case).values() for row in rows if row.kind is not PaperKind.TRANSFER]
    return {
        "parts": [
            ("Kính gửi", f"{receiver}."),
            ("Vụ việc", f"{case.number}: {case.kind.act} ({written_basis(case.kind)})."),
            ("Bên vi phạm", f"{offender_text(case)}."),
            *paragraphs("Lý do chuyển", last_text(ctx, case, "transfer") or BLANK * 8),
            *(
                ("Kèm theo" if number == 0 else "", f"{row.kind.label} số {row.text} ngày {format_date(row.given_on)};")
                for number, row in enumerate(sorted(issued, key=lambda row: row.id))
            ),
            ("", "Toàn bộ ảnh, tài liệu của hồ sơ được chuyển cùng, có mục lục."),
        ],
        "subject": "Về việc chuyển hồ sơ vụ vi phạm hành chính đến người có thẩm quyền xử phạt",
        "left": ("NGƯỜI NHẬN", ""),
        "right": (_head(agency), ""),
    }


def _hearing(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    stated = last_said(ctx, case, "hold_hearing")
    return {
        "parts": [
            _drawn(ctx, case, _last_of(ctx, case, PaperKind.HEARING)),
            (
                "Căn cứ",
                f"Biên bản vi phạm hành chính số {case.minutes_number} ngày {format_date(case.minutes_on)}; yêu cầu"
                f" giải trình ngày {format_date(case.explained_on) if case.explained_on else BLANK * 2}.",
            ),
            ("Người tổ chức phiên giải trình", f"{ctx.actor.display_name}."),
            ("Bên giải trình", f"{joined(offender_text(case), stated.get('representative'))}."),
            *paragraphs("Căn cứ pháp lý, tình tiết, chứng cứ do cơ quan nêu", stated.get("facts") or BLANK * 8),
            *paragraphs("Ý kiến của bên giải trình", stated.get("text") or BLANK * 8),
            ("", "Biên bản đã đọc lại cho những người có tên trên nghe, công nhận là đúng và cùng ký tên."),
        ],
        "subject": "",
        "left": ("BÊN GIẢI TRÌNH", stated.get("representative") or ""),
        "right": ("NGƯỜI TỔ CHỨC PHIÊN GIẢI TRÌNH", ctx.actor.display_name),
    }


def _enforcement(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    decision, stated = _changed_decision(ctx, case), last_said(ctx, case, "enforce")
    due = unpaid_fine(case)
    owed = [f"nộp {dong(due)} tiền phạt (bằng chữ: {dong_in_words(due)}) và tiền chậm nộp"] if due else []
    if case.state is ViolationState.REMEDY_OVERDUE:
        owed.append(f"khắc phục hậu quả: {case.remedy}")
    deputy = case.enforced_by
    return _issued_by(agency, deputy) | {
        "parts": [
            ("Điều 1.", f"Cưỡng chế {offender_text(case)} thi hành {decision}."),
            ("", f"Nội dung phải thi hành: {as_sentence('; '.join(owed) or BLANK * 4)}"),
            *paragraphs("Biện pháp cưỡng chế", stated.get("text") or BLANK * 8),
            ("Điều 2.", "Bên bị cưỡng chế chịu mọi chi phí cho việc tổ chức cưỡng chế."),
            (
                "Điều 3.",
                f"Quyết định này có hiệu lực kể từ ngày ký và được giao cho {offender_text(case)} để chấp hành.",
            ),
            *review_lines(ctx, "Bên bị cưỡng chế"),
        ],
        "subject": "Về việc cưỡng chế thi hành quyết định xử phạt vi phạm hành chính",
        "grounds": [
            f"Căn cứ Điều 86, Điều 87 {LAW};",
            "Căn cứ Nghị định số 296/2025/NĐ-CP về cưỡng chế thi hành quyết định xử phạt vi phạm hành chính;",
            f"Căn cứ {decision};",
        ],
        "order": "QUYẾT ĐỊNH:",
    }


def _settlement(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    decision = _changed_decision(ctx, case)
    complainant = last_said(ctx, case, "appeal").get("complainant") or offender_text(case)
    level = "lần hai" if case.complaint_level == SECOND else "lần đầu"
    complained = format_date(case.complained_on) if case.complained_on else BLANK * 2
    accepted = format_date(case.complaint_accepted_on) if case.complaint_accepted_on else None
    further = (
        "khởi kiện hành chính" if case.complaint_level == SECOND else "khiếu nại lần hai hoặc khởi kiện hành chính"
    )
    return _issued_by(agency) | {
        "parts": [
            ("Điều 1.", f"Giữ nguyên {decision}."),
            ("Điều 2.", f"Nếu không đồng ý, người khiếu nại có quyền {further} theo quy định của pháp luật."),
            ("Điều 3.", f"Quyết định này có hiệu lực kể từ ngày ký và được gửi cho {complainant}."),
        ],
        "subject": f"Về việc giải quyết khiếu nại ({level})",
        "grounds": [
            "Căn cứ Luật Khiếu nại;",
            f"Căn cứ đơn khiếu nại ngày {complained}{f', thụ lý ngày {accepted}' if accepted else ''};",
            f"Xét nội dung khiếu nại: {complainant} khiếu nại {decision};",
            f"Xét kết quả xác minh, kết luận: {last_text(ctx, case, 'uphold') or BLANK * 8};",
        ],
        "order": "QUYẾT ĐỊNH:",
    }


CONTENT: Final = {
    PaperKind.MINUTES: minutes_content,
    PaperKind.NOTICE: _notice,
    PaperKind.DECISION: decision_content,
    PaperKind.REMEDY_CHECK: _remedy_check,
    PaperKind.VERIFICATION: _verification,
    PaperKind.REMEDIES_DECISION: remedies_decision_content,
    PaperKind.AMENDMENT: _amendment,
    PaperKind.CORRECTION: _correction,
    PaperKind.ANNULMENT: _annulment,
    PaperKind.PROSECUTION: _prosecution,
    PaperKind.TRANSFER: _transfer,
    PaperKind.HEARING: _hearing,
    PaperKind.ENFORCEMENT: _enforcement,
    PaperKind.SETTLEMENT: _settlement,
}
