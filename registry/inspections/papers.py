"""The content of the papers of inspections: the plan, its results, and the minutes of one structure.

They show what the reader may see. A plan is frozen when it is issued, its results when it ends, the minutes of a
structure when its result is recorded; before that the minutes are the form to be filled in on site.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from registry.accounts.letterhead import draft_number, head_of, letterhead
from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.documents.issued import freeze_paper, issued_paper, made_again, official_paper
from registry.documents.official import (
    BLANK,
    OfficialPaper,
    PaperTable,
    as_sentence,
    bare_name,
    undated,
    within_text,
    written_day,
)
from registry.files.queries import list_files
from registry.inspections.codes import CODE, ITEM, Answer, PlanState, Risk
from registry.inspections.models import InspectionPlan
from registry.inspections.queries import (
    CorrectionView,
    ItemView,
    checklist_of,
    count_outcomes,
    list_corrections,
    list_items,
)
from registry.kernel.i18n import format_date
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province

Parts = list[tuple[str, str]]
_LINE: Final = BLANK * 8
PLAN_PAPER, RESULTS_PAPER, MINUTES_PAPER = "plan", "results", "minutes"
_WIDTHS: Final = (5, 19, 26, 15, 13, 22)
#: Heading of the paragraph that counts the structures.
_COUNTED: Final = "Công trình kiểm tra"
#: Column of a table with the code of the structure.
_CODE_COLUMN: Final = 1


def freeze_plan_papers(ctx: Ctx, plan: InspectionPlan) -> None:
    """Store the plan once it is issued, and its results once it has ended."""
    if plan.state is PlanState.ISSUED and issued_paper(ctx, CODE, plan.id, PLAN_PAPER) is None:
        freeze_paper(ctx, CODE, plan.id, PLAN_PAPER, plan_paper(ctx, plan))
    if plan.state is PlanState.DONE and issued_paper(ctx, CODE, plan.id, RESULTS_PAPER) is None:
        freeze_paper(ctx, CODE, plan.id, RESULTS_PAPER, results_paper(ctx, plan))


def freeze_minutes(ctx: Ctx, plan: InspectionPlan, view: ItemView) -> None:
    """Store the minutes of a result; a later result of the same structure is a further edition."""
    freeze_paper(ctx, ITEM, view.item.id, MINUTES_PAPER, item_paper(ctx, plan, view))


def served_plan(ctx: Ctx, plan: InspectionPlan, paper: str) -> OfficialPaper:
    """The plan or its results: as issued, else as a draft of now; only with the structures that the reader may see."""
    issued = issued_paper(ctx, CODE, plan.id, paper)
    if issued is None:
        draft_paper = plan_paper(ctx, plan) if paper == PLAN_PAPER else results_paper(ctx, plan)
        is_final = plan.decision_number is not None if paper == PLAN_PAPER else plan.state is PlanState.DONE
        return _stamped(ctx, plan, made_again(ctx, draft_paper) if is_final else draft_paper)
    visible_codes = {view.structure.code for view in list_items(ctx, plan)}
    return _stamped(ctx, plan, _extract(official_paper(issued.content), visible_codes))


def served_minutes(ctx: Ctx, plan: InspectionPlan, view: ItemView) -> OfficialPaper:
    """The minutes as they were recorded, with what was added since; the form of the site before."""
    issued = issued_paper(ctx, ITEM, view.item.id, MINUTES_PAPER)
    if issued is None:
        draft_paper = item_paper(ctx, plan, view)
        return made_again(ctx, draft_paper) if view.item.outcome else draft_paper
    paper = official_paper(issued.content)
    stored = " ".join(text for _head, text in paper.closing)
    photos = [
        f"{link.attachment.sha256} (ngày {format_date(link.attachment.uploaded_at)})"
        for link in list_files(ctx, ITEM, view.item.id)
        if link.is_active and link.attachment.sha256 not in stored
    ]
    corrections = [
        f"{_correction(correction)} (ngày {format_date(correction.correction.asked_at)})"
        for correction in list_corrections(ctx, view)
        if correction.correction.asked_at > issued.issued_at
    ]
    later = [
        *([("Đề nghị sửa số liệu sau khi lập biên bản", "; ".join(corrections) + ".")] if corrections else []),
        *([("Ảnh, tài liệu bổ sung sau khi lập biên bản (SHA-256)", "; ".join(photos) + ".")] if photos else []),
    ]
    return replace(paper, closing=[*paper.closing, *later])


def _extract(paper: OfficialPaper, visible_codes: set[str]) -> OfficialPaper:
    """A paper with those rows alone that the reader may see, counted again."""
    rows = paper.table.rows if paper.table is not None else ()
    kept = [row for row in rows if row[_CODE_COLUMN] in visible_codes]
    if paper.table is None or len(kept) == len(rows):
        return paper
    numbered = [(str(number), *row[1:]) for number, row in enumerate(kept, 1)]
    counted = f"{len(kept)} công trình theo danh sách sau."
    return replace(
        paper,
        table=replace(paper.table, rows=numbered) if numbered else None,
        parts=[(head, counted if head == _COUNTED else text) for head, text in paper.parts if head != _OUTCOMES],
        remark="; ".join(filter(None, (paper.remark, _EXTRACT))),
    )


def _stamped(ctx: Ctx, plan: InspectionPlan, paper: OfficialPaper) -> OfficialPaper:
    """What happened to a plan after its paper."""
    del ctx
    cancelled = "Kế hoạch đã hủy" if plan.state is PlanState.CANCELLED else ""
    return replace(paper, remark="; ".join(filter(None, (paper.remark, cancelled))))


_OUTCOMES: Final = "Kết quả"
_EXTRACT: Final = "Trích các công trình trong địa bàn của người lập bản in"


def plan_paper(ctx: Ctx, plan: InspectionPlan) -> OfficialPaper:
    """The plan with its structures, and why each was chosen."""
    items, agency = list_items(ctx, plan), ctx.session.get_one(Organisation, plan.organisation_id)
    unit = ctx.session.get(AdminUnit, plan.unit_id) if plan.unit_id is not None else None
    parent, lines = letterhead(ctx, agency)
    first, *rest = plan.purpose.splitlines()
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=plan.decision_number or draft_number("KH", agency),
        place_and_day=_place_and_day(ctx, unit, plan.decided_on),
        title="KẾ HOẠCH",
        subject=first,
        parts=[
            *([("Nội dung", rest[0]), *(("", line) for line in rest[1:])] if rest else []),
            ("Địa bàn", f"{within_text(unit.name) if unit else 'toàn tỉnh'}."),
            ("Thời gian", f"từ ngày {format_date(plan.starts_on)} đến hết ngày {format_date(plan.ends_on)}."),
            (_COUNTED, f"{len(items)} công trình theo danh sách sau."),
        ],
        table=_items_table(sorted(items, key=_by_risk), "Lý do chọn", _reasons),
        closing=[
            (
                "Tổ chức thực hiện",
                "cán bộ kiểm tra lập biên bản và ghi kết quả từng công trình; nội dung không đạt được xử lý theo quy"
                " định, số liệu sai được đề nghị chủ sở hữu sửa.",
            )
        ],
        recipients=[
            f"UBND {within_text(unit.name)}" if unit else "UBND các xã, phường",
            f"Lưu: VT, hồ sơ {plan.number}",
        ],
        right=(head_of(agency), ""),
        remark=_remark_on_plan(ctx, plan),
    )


def results_paper(ctx: Ctx, plan: InspectionPlan) -> OfficialPaper:
    """The results of a plan up to now."""
    items, agency = list_items(ctx, plan), ctx.session.get_one(Organisation, plan.organisation_id)
    unit = ctx.session.get(AdminUnit, plan.unit_id) if plan.unit_id is not None else None
    parent, lines = letterhead(ctx, agency)
    is_done = plan.state is PlanState.DONE
    outcomes = [
        f"{count} công trình {str(outcome.label).lower() if outcome else 'chưa kiểm tra'}"
        for outcome, count in count_outcomes(items).items()
    ]
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=draft_number("BC", agency),
        place_and_day=_place_and_day(ctx, unit, ctx.today if is_done else None),
        title="KẾT QUẢ KIỂM TRA",
        subject=plan.purpose.splitlines()[0],
        parts=[
            ("", f"Căn cứ Kế hoạch kiểm tra {_decided(plan)} (hồ sơ {plan.number})."),
            (_COUNTED, f"{len(items)} công trình theo danh sách sau."),
            (_OUTCOMES, as_sentence("; ".join(outcomes))),
        ],
        table=_items_table(sorted(items, key=lambda view: view.structure.code), "Kết quả", _result),
        recipients=[
            f"UBND {within_text(unit.name)}" if unit else "UBND các xã, phường",
            "Chủ sở hữu các công trình được kiểm tra",
            f"Lưu: VT, hồ sơ {plan.number}",
        ],
        right=(head_of(agency), ""),
        remark="; ".join(
            filter(
                None,
                (
                    "" if is_done else f"Bản dự thảo, số liệu đến ngày {format_date(ctx.today)}",
                    _remark_on_plan(ctx, plan),
                ),
            )
        ),
    )


def item_paper(ctx: Ctx, plan: InspectionPlan, view: ItemView) -> OfficialPaper:
    """The minutes of the inspection of one structure."""
    item, structure = view.item, view.structure
    agency = ctx.session.get_one(Organisation, plan.organisation_id)
    owner = ctx.session.get_one(Organisation, structure.owner_organisation_id)
    unit = ctx.session.get(AdminUnit, structure.commune_id) if structure.commune_id is not None else None
    recorder = ctx.session.get(UserAccount, item.recorded_by_id) if item.recorded_by_id is not None else None
    name = recorder.full_name if recorder is not None else ""
    parent, lines = letterhead(ctx, agency)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=f"{BLANK}/BB-KT",
        place_and_day=_place_and_day(ctx, unit, item.inspected_on),
        title="BIÊN BẢN KIỂM TRA",
        subject=f"Công trình hạ tầng viễn thông thụ động {structure.code}",
        parts=[
            ("", f"Căn cứ Kế hoạch kiểm tra {_decided(plan)} (hồ sơ {plan.number})."),
            ("Ngày kiểm tra", format_date(item.inspected_on) if item.inspected_on else _LINE),
            ("Người kiểm tra", name or _LINE),
            ("Đại diện chủ sở hữu", _LINE),
            ("Công trình", f"{KINDS[structure.kind].label} {structure.code}, {structure.name}."),
            ("Chủ sở hữu", f"{owner.name}."),
            ("Xã, phường trong hồ sơ", f"{view.commune or BLANK}."),
            ("Nội dung kiểm tra", "theo danh mục sau."),
        ],
        table=_answers_table(ctx, view),
        closing=_closing(ctx, view),
        recipients=[owner.name, *([f"UBND {within_text(unit.name)}"] if unit else []), f"Lưu: VT, hồ sơ {plan.number}"],
        left=("ĐẠI DIỆN CHỦ SỞ HỮU", ""),
        right=("NGƯỜI KIỂM TRA", name),
        remark="" if item.outcome else "Mẫu ghi tại hiện trường, chưa có kết quả",
    )


def _place_and_day(ctx: Ctx, unit: AdminUnit | None, on: date | None) -> str:
    """A paper without its day is a draft or a form: a hand writes it."""
    area = unit or get_province(ctx.session)
    name = bare_name(area.name) if area else BLANK
    return f"{name}, {written_day(on)}" if on else undated(name)


def _decided(plan: InspectionPlan) -> str:
    return f"số {plan.decision_number} ngày {format_date(plan.decided_on)}" if plan.decision_number else BLANK


def _remark_on_plan(ctx: Ctx, plan: InspectionPlan) -> str:
    remarks = []
    if plan.state is PlanState.DRAFT:
        remarks.append("Bản dự thảo, chưa ban hành")
    if plan.unit_id is None and ALL not in scopes_of(ctx.actor, P.INSPECTION_READ):
        remarks.append(_EXTRACT)
    return "; ".join(remarks)


def _by_risk(view: ItemView) -> tuple[int, str]:
    return -view.item.score, view.structure.code


def _items_table(items: Sequence[ItemView], head: str, value: Callable[[ItemView], str]) -> PaperTable | None:
    if not items:
        return None
    return PaperTable(
        ("TT", "Mã", "Công trình", "Chủ sở hữu", "Xã, phường", head),
        [
            (
                str(number),
                view.structure.code,
                f"{KINDS[view.structure.kind].label}, {view.structure.name}",
                view.owner,
                view.commune or "",
                value(view),
            )
            for number, view in enumerate(items, 1)
        ],
        _WIDTHS,
    )


def _result(view: ItemView) -> str:
    if view.item.outcome is None:
        return "chưa kiểm tra"
    return f"{view.item.outcome.label}, {format_date(view.item.inspected_on)}"


def _reasons(view: ItemView) -> str:
    reasons = "; ".join(str(Risk(risk).label).lower() for risk in view.item.risks) or "chọn trực tiếp"
    return f"{reasons[:1].upper()}{reasons[1:]}"


def _answers_table(ctx: Ctx, view: ItemView) -> PaperTable | None:
    """The answers of the result; before it the checklist with room for them."""
    if view.item.answers:
        rows = [
            (answer["text"], answer["basis"], str(Answer(answer["answer"]).label), answer["note"])
            for answer in view.item.answers
        ]
    elif view.item.outcome:
        return None
    else:
        rows = [(check.text, check.basis, "", "") for check in checklist_of(ctx, view.structure, ctx.today)]
    return PaperTable(
        ("TT", "Nội dung", "Căn cứ", "Đạt, không đạt, không áp dụng", "Ghi chú"),
        [(str(number), text, basis, answer, note or "") for number, (text, basis, answer, note) in enumerate(rows, 1)],
        (6, 38, 22, 16, 18),
    )


def _correction(view: CorrectionView) -> str:
    return f"{view.label}: sổ ghi {view.correction.recorded or 'trống'}, thấy tại chỗ {view.found}"


def _closing(ctx: Ctx, view: ItemView) -> Parts:
    item = view.item
    corrections = [_correction(correction) for correction in list_corrections(ctx, view)]
    photos = [link.attachment.sha256 for link in list_files(ctx, ITEM, item.id) if link.is_active]
    return [
        ("Kết luận", f"{item.outcome.label}." if item.outcome else _LINE),
        ("Nhận xét", item.note or _LINE),
        *([("Đề nghị sửa số liệu", "; ".join(corrections) + ".")] if corrections else []),
        *([("Ảnh, tài liệu kèm theo (SHA-256 của bản gốc)", "; ".join(photos) + ".")] if photos else []),
        ("Ý kiến của chủ sở hữu", _LINE),
    ]
