"""What stands in each paper of a case, by the lists of contents of the Law (Đ58.3, Đ68) and its forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from typing import Any, Final

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.documents.in_words import dong_in_words
from registry.documents.official import BLANK, as_sentence, within_text
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.dated_settings import rows_in_force
from registry.kernel.i18n import format_date
from registry.territory.models import AdminUnit
from registry.violations.acts import further_acts
from registry.violations.codes import (
    FINE_ACCOUNT,
    Authority,
    DecisionForm,
    NoFineGround,
    Offender,
    PaperKind,
)
from registry.violations.known_facts import known_for_minutes
from registry.violations.location import unit_of_day
from registry.violations.models import Violation, ViolationKind
from registry.violations.numbers import papers_of
from registry.violations.paper_texts import (
    dong,
    joined,
    last_said,
    last_text,
    offender_text,
    officer_name,
    paragraphs,
)
from registry.violations.queries import find_competence
from registry.violations.rules import (
    format_fine_range,
    format_remedies,
    may_explain_fine,
    written_article,
    written_basis,
)
from registry.violations.term_texts import length_of
from registry.violations.workflow.terms import EXPLAIN_ORAL_TERM, EXPLAIN_TERM, PAY_TERM

#: Names of `OfficialPaper` that differ by kind, with their values.
Content = dict[str, Any]
Parts = list[tuple[str, str]]
LAW: Final = "Luật Xử lý vi phạm hành chính"
TITLES: Final = {
    PaperKind.MINUTES: "BIÊN BẢN VI PHẠM HÀNH CHÍNH",
    PaperKind.NOTICE: "THÔNG BÁO",
    PaperKind.DECISION: "QUYẾT ĐỊNH",
    PaperKind.REMEDY_CHECK: "BIÊN BẢN KIỂM TRA",
    PaperKind.VERIFICATION: "BIÊN BẢN XÁC MINH",
    PaperKind.REMEDIES_DECISION: "QUYẾT ĐỊNH",
    PaperKind.AMENDMENT: "QUYẾT ĐỊNH",
    PaperKind.CORRECTION: "QUYẾT ĐỊNH",
    PaperKind.ANNULMENT: "QUYẾT ĐỊNH",
    PaperKind.PROSECUTION: "QUYẾT ĐỊNH",
    PaperKind.TRANSFER: "PHIẾU CHUYỂN HỒ SƠ",
    PaperKind.HEARING: "BIÊN BẢN PHIÊN GIẢI TRÌNH TRỰC TIẾP",
    PaperKind.ENFORCEMENT: "QUYẾT ĐỊNH",
    PaperKind.SETTLEMENT: "QUYẾT ĐỊNH",
}


# --- minutes -------------------------------------------------------------------------------------------------------
def minutes_content(ctx: Ctx, case: Violation, _agency: Sequence[str]) -> Content:
    text = last_text(ctx, case, "minutes") or str(known_for_minutes(ctx, case)["text"])
    stated = last_said(ctx, case, "minutes")
    may_explain = _may_explain(ctx, case)
    waiver = " Bên vi phạm không yêu cầu giải trình." if stated.get("waiver") else ""
    parts = [
        ("Thời gian, địa điểm lập biên bản", _drawn(ctx, case, stated)),
        ("Căn cứ", f"{'; '.join(written_basis(kind) for kind in kinds_of_paper(ctx, case))}."),
        ("Người lập biên bản", f"{joined(officer_name(ctx, case), stated.get('officer_post'))}."),
        ("Người chứng kiến", f"{stated.get('witness') or 'không có'}."),
        ("Người phiên dịch", f"{stated.get('interpreter') or 'không có'}."),
        *_offender_parts(ctx, case, stated),
        *_act_parts(ctx, case),
        *paragraphs("Nội dung", text),
        *_ranges(ctx, case),
        ("Bên bị thiệt hại", f"{stated.get('injured') or 'không có'}."),
        *paragraphs("Ý kiến của bên vi phạm", stated.get("opinion") or BLANK * 8),
        ("", "Người lập biên bản đã yêu cầu bên vi phạm chấm dứt ngay hành vi vi phạm."),
        ("Biện pháp ngăn chặn, bảo đảm xử lý", f"{stated.get('measures') or 'không áp dụng'}."),
        (
            "Quyền giải trình",
            f"bên vi phạm có quyền giải trình bằng văn bản trong {length_of(ctx, EXPLAIN_TERM)}, hoặc yêu cầu giải"
            f" trình trực tiếp trong {length_of(ctx, EXPLAIN_ORAL_TERM)} kể từ ngày lập biên bản, gửi người có thẩm"
            f" quyền xử phạt.{waiver}"
            if may_explain
            else "mức phạt cao nhất của hành vi dưới mức được giải trình (Điều 61).",
        ),
        *([("Hẹn giải quyết", f"{stated['summons']}.")] if stated.get("summons") else []),
        *([("", _ELECTRONIC)] if case.is_electronic else []),
        (
            "",
            f"Biên bản gồm {BLANK} trang, được lập thành {int(stated.get('copies') or 2):02d} bản có nội dung và giá"
            " trị như nhau, đã đọc lại cho những người có tên trên nghe, công nhận là đúng và cùng ký tên vào từng"
            " trang; giao cho bên vi phạm 01 bản.",
        ),
        *([("Lý do không ký biên bản", f"{stated['refusal']}.")] if stated.get("refusal") else []),
    ]
    return {
        "parts": parts,
        "subject": "Về việc vi phạm quy định về hạ tầng viễn thông thụ động",
        "left": ("BÊN VI PHẠM", stated.get("representative") or ""),
        "right": ("NGƯỜI LẬP BIÊN BẢN", officer_name(ctx, case)),
    }


_ELECTRONIC: Final = (
    "Bên vi phạm chấp nhận xử lý bằng phương thức điện tử; biên bản được các bên ký số và không thay đổi sau khi ký."
)


def _drawn(ctx: Ctx, case: Violation, stated: dict[str, str]) -> str:
    unit = unit_of_day(ctx, case, case.minutes_on or ctx.today)
    drawn_at = stated.get("drawn_place") or ", ".join(filter(None, (case.address, within_text(unit.name))))
    hours = stated.get("drawn_hours") or BLANK * 2
    day = format_date(case.minutes_on) if case.minutes_on else BLANK * 2
    return f"từ {hours} ngày {day}, tại {drawn_at}."


def _offender_parts(ctx: Ctx, case: Violation, stated: dict[str, str]) -> Parts:
    """Who the violator is, as the form asks: address, code, who represents it."""
    organisation = ctx.session.get(Organisation, case.organisation_id) if case.organisation_id else None
    is_whole = case.offender is not Offender.INDIVIDUAL
    code = stated.get("offender_code") or (organisation.tax_code if organisation is not None and is_whole else None)
    return [
        ("Bên vi phạm", f"{offender_text(case)}."),
        ("Địa chỉ", f"{stated.get('offender_address') or BLANK * 4}."),
        ("Mã số thuế" if is_whole else "Số định danh cá nhân", f"{code or BLANK * 3}."),
        *(
            [("Người đại diện", f"{stated.get('representative') or BLANK * 3}.")]
            if is_whole
            else [("Ngày sinh, quốc tịch, nghề nghiệp", f"{stated.get('person') or BLANK * 3}.")]
        ),
    ]


def _act_parts(ctx: Ctx, case: Violation) -> Parts:
    """Each act with its days and provision."""
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    address = ", ".join(filter(None, (case.address, within_text(unit.name))))
    ended = f" đến ngày {format_date(case.ended_on)}" if case.ended_on else ""
    goes_on = ", đang tiếp diễn khi phát hiện" if case.is_continuing else ""
    first = (
        f"{case.kind.act}; xảy ra ngày {format_date(case.occurred_on)}{ended}{goes_on}, tại {address};"
        f" phát hiện {_found(case)}; quy định tại {written_basis(case.kind)}."
    )
    acts = further_acts(ctx, case)
    return [
        ("Hành vi thứ nhất" if acts else "Hành vi", first),
        *(
            (
                f"Hành vi thứ {_ORDINALS[number]}" if number < len(_ORDINALS) else f"Hành vi thứ {number + 2}",
                f"{act.kind.act}; xảy ra ngày {format_date(act.occurred_on)}; quy định tại {written_basis(act.kind)}."
                f" {act.description}",
            )
            for number, act in enumerate(acts)
        ),
    ]


def _found(case: Violation) -> str:
    """The discovery as papers write it; a day that was entered later has no hour."""
    local = case.found_at.astimezone(LOCAL_ZONE)
    hour = "" if local.time() == time.min else f"lúc {local.hour:02d} giờ {local.minute:02d} "
    return f"{hour}ngày {format_date(local.date())}"


_ORDINALS: Final = ("hai", "ba", "tư", "năm")


def _ranges(ctx: Ctx, case: Violation) -> Parts:
    """The range of each act that has one."""
    kinds = [kind for kind in kinds_of_paper(ctx, case) if kind.fine_max_vnd is not None]
    several = len(kinds_of_paper(ctx, case)) > 1
    return [
        (
            f"Khung phạt ({kind.act})" if several else "Khung phạt",
            f"tổ chức {format_fine_range(kind)}; cá nhân {format_fine_range(kind, half=True)}.",
        )
        for kind in kinds
    ]


def _may_explain(ctx: Ctx, case: Violation) -> bool:
    offender = case.offender or Offender.ORGANISATION
    return any(may_explain_fine(kind.fine_max_vnd, offender) for kind in kinds_of_paper(ctx, case))


# --- decisions -----------------------------------------------------------------------------------------------------
def decision_content(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    is_warning = case.decision_form is DecisionForm.WARNING
    move = "warn" if is_warning else "decide"
    stated, minutes = last_said(ctx, case, move), last_said(ctx, case, "minutes")
    fine = dong(case.fine_vnd) if case.fine_vnd is not None else BLANK * 3
    words = f" (bằng chữ: {dong_in_words(case.fine_vnd)})" if case.fine_vnd else ""
    sanction = "cảnh cáo" if is_warning else f"phạt tiền, mức phạt {fine}{words}"
    parts = [
        ("Điều 1.", f"Xử phạt vi phạm hành chính đối với {offender_text(case)}."),
        *_offender_parts(ctx, case, minutes)[1:],
        *_fined_acts(ctx, case),
        *_circumstances(case, stated),
        ("", f"Hình thức xử phạt chính: {sanction}."),
        ("", "Hình thức xử phạt bổ sung: không. Tang vật, phương tiện bị tạm giữ, tịch thu: không."),
        *_remedy_parts(case, stated),
        ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký."),
        *_execution(ctx, case, is_warning=is_warning),
        *review_lines(ctx, "Bên bị xử phạt"),
    ]
    return _signed(case, agency, stated) | {
        "parts": parts,
        "subject": "Về việc xử phạt vi phạm hành chính",
        "grounds": grounds_of(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _fined_acts(ctx: Ctx, case: Violation) -> Parts:
    """Each act with its provision, and of several each with its fine."""
    acts = further_acts(ctx, case)
    if not acts:
        return [("", f"Hành vi: {case.kind.act}, quy định tại {written_basis(case.kind)}.")]
    parts_sum = sum((act.fine_vnd or Decimal(0) for act in acts), Decimal(0))
    first = None if case.fine_vnd is None else case.fine_vnd - parts_sum
    rows = [(case.kind, first), *((act.kind, act.fine_vnd) for act in acts)]
    return [
        (
            "",
            f"Hành vi {number}: {kind.act}, quy định tại {written_basis(kind)};"
            f" mức phạt {dong(fine) if fine is not None else BLANK * 3}.",
        )
        for number, (kind, fine) in enumerate(rows, 1)
    ]


def _circumstances(case: Violation, stated: dict[str, str]) -> Parts:
    """The circumstances of a decision that is made, in numbers and as written."""
    if case.mitigating is None or case.aggravating is None:
        return [("", f"Tình tiết giảm nhẹ: {BLANK * 2}; tình tiết tăng nặng: {BLANK * 2}.")]
    text = stated.get("circumstances")
    line = (
        f"Tình tiết giảm nhẹ: {case.mitigating or 'không có'}; tình tiết tăng nặng: {case.aggravating or 'không có'}."
    )
    return [("", f"{line} {as_sentence(text)}" if text else line)]


def _remedy_parts(case: Violation, stated: dict[str, str]) -> Parts:
    """The remedies by law, what is to be done, and until when."""
    remedies = format_remedies(case) or (case.remedy or BLANK * 4)
    term = stated.get("remedy_term")
    return [
        ("", f"Biện pháp khắc phục hậu quả: {as_sentence(remedies)}"),
        *([("", f"Nội dung phải khắc phục: {as_sentence(case.remedy)}")] if case.remedy and case.remedies else []),
        *([("", f"Thời hạn khắc phục: {term}; chi phí do bên vi phạm chi trả.")] if term else []),
    ]


def _execution(ctx: Ctx, case: Violation, *, is_warning: bool) -> Parts:
    """Delivery, where and until when it is paid, and what follows otherwise."""
    delivery = f"Quyết định này được giao cho {offender_text(case)} để chấp hành."
    if is_warning:
        return [("Điều 3.", f"{delivery} Nếu không chấp hành thì bị cưỡng chế thi hành.")]
    return [
        (
            "Điều 3.",
            f"{delivery} Bên bị xử phạt nộp tiền phạt trong {length_of(ctx, PAY_TERM)} kể từ ngày nhận Quyết định"
            f" {_account(ctx)}; quá thời hạn đó thì bị cưỡng chế thi hành, mỗi ngày chậm nộp phải nộp thêm 0,05% trên"
            " tổng số tiền phạt chưa nộp.",
        )
    ]


def _account(ctx: Ctx) -> str:
    """Where the fine is paid, as far as it is set."""
    row = rows_in_force(ctx.session, [FINE_ACCOUNT], ctx.today).get(FINE_ACCOUNT)
    value = row.value if row is not None else {}
    account, bank = value.get("account") or BLANK * 3, value.get("bank") or "Kho bạc Nhà nước"
    return f"vào tài khoản số {account} tại {bank}, hoặc qua Cổng Dịch vụ công quốc gia"


def review_lines(ctx: Ctx, who: str) -> Parts:
    """Complaint and suit, with their terms."""
    return [
        (
            "",
            f"{who} có quyền khiếu nại trong {length_of(ctx, 'violation.complain')} kể từ ngày nhận, hoặc khởi kiện"
            " hành chính trong 01 năm, theo quy định của pháp luật.",
        )
    ]


def remedies_decision_content(ctx: Ctx, case: Violation, agency: Sequence[str]) -> Content:
    stated, minutes = last_said(ctx, case, "order_remedies"), last_said(ctx, case, "minutes")
    code = stated.get("ground")
    ground = str(NoFineGround(code).label).lower() if code else BLANK * 4
    parts = [
        ("Điều 1.", f"Áp dụng biện pháp khắc phục hậu quả đối với {offender_text(case)}."),
        *_offender_parts(ctx, case, minutes)[1:],
        *(("", f"Hành vi: {kind.act}, quy định tại {written_basis(kind)}.") for kind in kinds_of_paper(ctx, case)),
        ("", as_sentence(f"Lý do không ra quyết định xử phạt: {ground}. {stated.get('text') or ''}")),
        *_remedy_parts(case, stated),
        ("Điều 2.", "Quyết định này có hiệu lực kể từ ngày ký."),
        (
            "Điều 3.",
            f"Quyết định này được giao cho {offender_text(case)} để thực hiện; nếu không thì bị cưỡng chế thi hành, chi"
            " phí do bên đó chi trả.",
        ),
        *review_lines(ctx, "Bên có tên tại Điều 1"),
    ]
    return _signed(case, agency, stated) | {
        "parts": parts,
        "subject": "Về việc áp dụng biện pháp khắc phục hậu quả",
        "grounds": grounds_of(ctx, case),
        "order": "QUYẾT ĐỊNH:",
    }


def _signed(case: Violation, agency: Sequence[str], stated: dict[str, str]) -> Content:
    """Who signs: the authority, or its deputy for it."""
    if case.authority is None:
        return {"right": ("NGƯỜI CÓ THẨM QUYỀN", ""), "issuer": "NGƯỜI CÓ THẨM QUYỀN XỬ PHẠT"}
    is_director = case.authority is Authority.LEAD_DIRECTOR
    signer = "GIÁM ĐỐC" if is_director else "CHỦ TỊCH"
    issuer = f"{signer} {' '.join(agency)}"
    if case.deputy_name is None:
        return {"right": (signer, stated.get("signer_name") or ""), "issuer": issuer}
    return {"right": (f"KT. {signer}, PHÓ {signer}", case.deputy_name), "issuer": issuer}


def grounds_of(ctx: Ctx, case: Violation) -> list[str]:
    papers = papers_of(ctx, case)
    return [
        f"Căn cứ {LAW};",
        *dict.fromkeys(f"Căn cứ {written_basis(kind)};" for kind in kinds_of_paper(ctx, case)),
        *_competence(ctx, case),
        f"Căn cứ Biên bản vi phạm hành chính số {case.minutes_number} lập ngày {format_date(case.minutes_on)};",
        *(
            f"Căn cứ Biên bản xác minh số {row.text} ngày {format_date(row.given_on)};"
            for row in reversed(papers.get(PaperKind.VERIFICATION, ()))
        ),
        *(
            f"Căn cứ Biên bản phiên giải trình trực tiếp số {row.text} ngày {format_date(row.given_on)};"
            for row in reversed(papers.get(PaperKind.HEARING, ()))
        ),
        *([f"Căn cứ yêu cầu giải trình ngày {format_date(case.explained_on)};"] if case.explained_on else []),
        *([f"Căn cứ {case.delegation} về việc giao quyền xử phạt;"] if case.delegation else []),
    ]


def _competence(ctx: Ctx, case: Violation) -> list[str]:
    """The provision that gives the authority its competence on the day of the decision."""
    if case.authority is None or case.decision_on is None:
        return []
    row = find_competence(ctx.session, case.authority, case.kind.sector, case.decision_on)
    if row is None:
        return []
    provision = f"{written_article(row.article)} {row.decree}" if row.article else row.decree
    return [f"Căn cứ {provision} về thẩm quyền xử phạt;"]


# --- what papers share ---------------------------------------------------------------------------------------------
def kinds_of_paper(ctx: Ctx, case: Violation) -> list[ViolationKind]:
    """The acts of a case whose kind is loaded, the first one first."""
    return [case.kind, *(act.kind for act in further_acts(ctx, case))]
