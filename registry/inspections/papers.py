"""The content of the papers of inspections: the plan, and the minutes of one structure.

Both show what the reader may see. The minutes of a structure without a result are the form to be filled in on site.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from registry.accounts.letterhead import head_of, letterhead
from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.documents.official import BLANK, OfficialPaper, PaperTable, bare_name, within_text, written_day
from registry.files.queries import list_files
from registry.inspections.codes import ITEM, Answer, PlanState, Risk
from registry.inspections.models import InspectionPlan
from registry.inspections.queries import ItemView, checklist_of, list_corrections, list_items
from registry.kernel.i18n import format_date
from registry.structures.kinds import KINDS
from registry.territory.models import AdminUnit
from registry.territory.queries import get_province

Parts = list[tuple[str, str]]
_LINE: Final = BLANK * 8


def plan_paper(ctx: Ctx, plan: InspectionPlan) -> OfficialPaper:
    """The plan with its structures, and their results as soon as there are some."""
    items, agency = list_items(ctx, plan), ctx.session.get_one(Organisation, plan.organisation_id)
    unit = ctx.session.get(AdminUnit, plan.unit_id) if plan.unit_id is not None else None
    parent, lines = letterhead(ctx, agency)
    first, *rest = plan.purpose.splitlines()
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=plan.decision_number or f"{BLANK}/KH",
        place_and_day=_place_and_day(ctx, unit, plan.decided_on or ctx.today),
        title="KẾ HOẠCH",
        subject=first,
        parts=[
            *([("Nội dung", rest[0]), *(("", line) for line in rest[1:])] if rest else []),
            ("Địa bàn", f"{unit.name if unit else 'toàn tỉnh'}."),
            ("Thời gian", f"từ ngày {format_date(plan.starts_on)} đến hết ngày {format_date(plan.ends_on)}."),
            ("Công trình kiểm tra", f"{len(items)} công trình theo danh sách sau."),
        ],
        table=_items_table(items),
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


def item_paper(ctx: Ctx, plan: InspectionPlan, view: ItemView) -> OfficialPaper:
    """The minutes of the inspection of one structure."""
    item, structure = view.item, view.structure
    agency = ctx.session.get_one(Organisation, plan.organisation_id)
    owner = ctx.session.get_one(Organisation, structure.owner_organisation_id)
    unit = ctx.session.get(AdminUnit, structure.commune_id) if structure.commune_id is not None else None
    recorder = ctx.session.get(UserAccount, item.recorded_by_id) if item.recorded_by_id is not None else None
    name = recorder.full_name if recorder is not None else ""
    parent, lines = letterhead(ctx, agency)
    decided = f"số {plan.decision_number} ngày {format_date(plan.decided_on)}" if plan.decision_number else BLANK
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number=f"{BLANK}/BB-KT",
        place_and_day=_place_and_day(ctx, unit, item.inspected_on or ctx.today),
        title="BIÊN BẢN KIỂM TRA",
        subject=f"Công trình hạ tầng viễn thông thụ động {structure.code}",
        parts=[
            ("", f"Căn cứ Kế hoạch kiểm tra {decided} (hồ sơ {plan.number})."),
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


def _place_and_day(ctx: Ctx, unit: AdminUnit | None, on: date) -> str:
    place = unit or get_province(ctx.session)
    return f"{bare_name(place.name) if place else BLANK}, {written_day(on)}"


def _remark_on_plan(ctx: Ctx, plan: InspectionPlan) -> str:
    found = []
    if plan.state is PlanState.DRAFT:
        found.append("Bản dự thảo, chưa ban hành")
    if plan.state is PlanState.CANCELLED:
        found.append("Kế hoạch đã hủy")
    if plan.unit_id is None and ALL not in scopes_of(ctx.actor, P.INSPECTION_READ):
        found.append("Trích các công trình trong địa bàn của người lập bản in")
    return "; ".join(found)


def _items_table(items: Sequence[ItemView]) -> PaperTable | None:
    if not items:
        return None
    is_under_way = any(view.item.outcome for view in items)
    return PaperTable(
        ("TT", "Mã", "Công trình", "Chủ sở hữu", "Xã, phường", "Kết quả" if is_under_way else "Lý do chọn"),
        [
            (
                str(number),
                view.structure.code,
                f"{KINDS[view.structure.kind].label}, {view.structure.name}",
                view.owner,
                view.commune or "",
                _result(view) if is_under_way else _reasons(view),
            )
            for number, view in enumerate(items, 1)
        ],
        (6, 20, 28, 16, 15, 15),
    )


def _result(view: ItemView) -> str:
    if view.item.outcome is None:
        return "chưa kiểm tra"
    return f"{view.item.outcome.label}, {format_date(view.item.inspected_on)}"


def _reasons(view: ItemView) -> str:
    return "; ".join(str(Risk(risk).label) for risk in view.item.risks) or "chọn trực tiếp"


def _answers_table(ctx: Ctx, view: ItemView) -> PaperTable | None:
    """The answers of the result; before it the checklist with room for them."""
    if view.item.answers:
        rows = [(one["text"], one["basis"], str(Answer(one["answer"]).label), one["note"]) for one in view.item.answers]
    elif view.item.outcome:
        return None
    else:
        rows = [(check.text, check.basis, "", "") for check in checklist_of(ctx, view.structure, ctx.today)]
    return PaperTable(
        ("TT", "Nội dung", "Căn cứ", "Đạt, không đạt, không áp dụng", "Ghi chú"),
        [(str(number), text, basis, answer, note or "") for number, (text, basis, answer, note) in enumerate(rows, 1)],
        (6, 38, 22, 16, 18),
    )


def _closing(ctx: Ctx, view: ItemView) -> Parts:
    item = view.item
    corrections = [
        f"{one.label}: sổ ghi {one.correction.recorded or 'trống'}, thấy tại chỗ {one.found}"
        for one in list_corrections(ctx, view)
    ]
    photos = [link.attachment.sha256 for link in list_files(ctx, ITEM, item.id) if link.is_active]
    return [
        ("Kết luận", f"{item.outcome.label}." if item.outcome else _LINE),
        ("Nhận xét", item.note or _LINE),
        *([("Đề nghị sửa số liệu", "; ".join(corrections) + ".")] if corrections else []),
        *([("Ảnh, tài liệu kèm theo (SHA-256 của bản gốc)", "; ".join(photos) + ".")] if photos else []),
        ("Ý kiến của chủ sở hữu", _LINE),
    ]
