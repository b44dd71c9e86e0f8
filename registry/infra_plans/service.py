"""Writes of plans and conclusions other than moves."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, BinaryIO, Final

import shapely
from sqlalchemy import delete, func, insert, select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.infra_plans.codes import Aspect, ConclusionState, InfraPlanState, PlanItemKind
from registry.infra_plans.commands import Conclude, WritePlan
from registry.infra_plans.models import InfraPlan, InfraPlanItem, PlanConclusion
from registry.infra_plans.queries import verdicts_of
from registry.infra_plans.rules import COLUMNS, MOST_ITEMS, NEEDED, ReadItem, doubled, read_item
from registry.infra_plans.settings import REACH
from registry.infra_plans.workflow import CONCLUSION, PLAN, overlap_problem
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, _n
from registry.kernel.text import register_code, shown
from registry.kernel.uploaded_tables import read_features
from registry.structures.kinds import KINDS
from registry.structures.models import PROVINCE_GRID, WGS84, Structure
from registry.structures.writing.locate import acceptance_bounds
from registry.workflow.engine import check_version, lock_case, open_case, touch

#: Sentences on wrong features that are shown; all are counted.
_SHOWN: Final = 30
#: Rows of one statement.
_CHUNK: Final = 500
#: The office that concludes on each aspect.
COMPETENT: Final = {
    Aspect.PLAN: Role.LEAD_DEPARTMENT,
    Aspect.ARCHITECTURE: Role.CONSTRUCTION_DEPARTMENT,
}


def write_plan(ctx: Ctx, command: WritePlan, stream: BinaryIO | None) -> InfraPlan:
    """Save a draft, new or changed, and replace its items by those of a file; Invalid names every wrong feature."""
    require(ctx, P.INFRA_PLAN_WRITE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    if command.plan_id is None:
        plan = InfraPlan(organisation_id=ctx.actor.organisation_id, version=1, title=command.values["name"])
    else:
        plan = lock_case(ctx, PLAN, command.plan_id)
        require(ctx, P.INFRA_PLAN_WRITE, plan)
        check_version(plan, command.version)
        require_draft(plan)
    for name, value in command.values.items():
        setattr(plan, name, value)
    plan.title = plan.name
    items = None if stream is None else _read_items(ctx, stream)
    if command.plan_id is None:
        if items is None:
            raise Invalid({"file": _("Chưa chọn tệp; cần tệp GeoJSON, GeoPackage hoặc Shapefile (.zip).")})
        open_case(ctx, PLAN, plan)
    else:
        touch(ctx, PLAN, plan, "edit")
    overlap = overlap_problem(ctx, plan)
    if overlap is not None:
        raise Invalid({"valid_from": overlap})
    if items is not None:
        ctx.session.execute(delete(InfraPlanItem).where(InfraPlanItem.plan_id == plan.id))
        rows = [_row(plan, item) for item in items]
        for first in range(0, len(rows), _CHUNK):
            ctx.session.execute(insert(InfraPlanItem).values(rows[first : first + _CHUNK]))
    return plan


def require_draft(plan: InfraPlan) -> None:
    """MoveRefused for a version that was issued or cancelled."""
    if plan.state is not InfraPlanState.DRAFT:
        raise MoveRefused(
            _(
                "%(title)s đang ở trạng thái “%(state)s” nên không sửa được; hãy lập dự thảo mới.",
                title=plan.number or plan.title,
                state=plan.state.label,
            )
        )


def _read_items(ctx: Ctx, stream: BinaryIO) -> Sequence[ReadItem]:
    reach = setting(ctx.session, REACH, ctx.today)
    usual = {kind: Decimal(str(reach[kind.value])) for kind in (PlanItemKind.STREET, PlanItemKind.SITE)}
    box = acceptance_bounds(ctx.session, ctx.today)
    inside = shapely.box(box.west, box.south, box.east, box.north)
    items: list[tuple[int, ReadItem]] = []
    wrong: list[str] = []
    for number, cells, shape in read_features(stream, COLUMNS, NEEDED, MOST_ITEMS):
        item, reasons = read_item(cells, shape, usual, inside)
        wrong += [_("Đối tượng %(row)d: %(reason)s", row=number, reason=reason) for reason in reasons]
        if item is not None:
            items.append((number, item))
    wrong += doubled(items)
    if wrong:
        more = len(wrong) - _SHOWN
        rest = [_n("Còn %(num)d lỗi khác; hãy sửa các lỗi trên trước.", more)] if more > 0 else []
        raise Invalid({"file": [*wrong[:_SHOWN], *rest]})
    return [item for _number, item in items]


def _row(plan: InfraPlan, item: ReadItem) -> dict[str, Any]:
    shape = func.ST_GeomFromText(shapely.to_wkt(item.shape, rounding_precision=7), WGS84)
    in_metres = func.ST_Transform(shape, PROVINCE_GRID)
    area = in_metres if item.reach_m is None else func.ST_Buffer(in_metres, item.reach_m)
    return {
        "plan_id": plan.id,
        "kind": item.kind,
        "code": item.code,
        "name": item.name,
        "allows": list(item.allows),
        "reach_m": item.reach_m,
        "shape": shape,
        "area_m": area,
    }


def conclude(ctx: Ctx, command: Conclude) -> PlanConclusion:
    """Write the conclusion of the actor's office on a structure; the computed verdict of today goes with it.

    Invalid for an office without competence, a structure that is no mast, missing papers, a conclusion that stands.
    """
    require(ctx, P.PLAN_CONCLUDE)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    structure = _structure(ctx, command.structure_code)
    aspect: Aspect = command.values["aspect"]
    _require_competence(ctx, aspect)
    problems = _problems(structure, aspect, command)
    if problems:
        raise Invalid(problems)
    standing = ctx.session.scalar(
        select(PlanConclusion.number).where(
            PlanConclusion.structure_id == structure.id,
            PlanConclusion.aspect == aspect,
            PlanConclusion.state == ConclusionState.STANDING,
        )
    )
    if standing is not None:
        sentence = _(
            "%(code)s đã có kết luận %(number)s về nội dung này; hãy rút kết luận đó trước.",
            code=structure.code,
            number=standing,
        )
        raise Invalid({"aspect": sentence})
    computed = verdicts_of(ctx, [structure.id])[structure.id]
    is_plan = aspect is Aspect.PLAN
    conclusion = PlanConclusion(
        organisation_id=ctx.actor.organisation_id,
        structure_id=structure.id,
        structure_owner_id=structure.owner_organisation_id,
        unit_id=structure.commune_id,
        aspect=aspect,
        plan_id=computed.plan.id if is_plan and computed.plan is not None else None,
        computed=computed.verdict if is_plan else None,
        verdict=command.values["verdict"] if is_plan else None,
        architecture=None if is_plan else command.values["architecture"],
        reason=command.values["reason"],
        basis=computed.basis,
        title=structure.code,
        version=1,
    )
    opened: PlanConclusion = open_case(ctx, CONCLUSION, conclusion, numbered=True)
    return opened


def _structure(ctx: Ctx, typed: str) -> Structure:
    query = select(Structure).where(Structure.code == register_code(typed), visible(ctx, Structure, P.STRUCTURE_READ))
    structure = ctx.session.scalars(query).one_or_none()
    if structure is None:
        raise Invalid({"": _("Không có công trình “%(code)s”, hoặc không có quyền xem.", code=shown(typed))})
    return structure


def _require_competence(ctx: Ctx, aspect: Aspect) -> None:
    office = COMPETENT[aspect]
    if office not in ctx.actor.roles:
        sentence = _(
            "Kết luận về “%(aspect)s” thuộc thẩm quyền của %(office)s; cơ quan của tài khoản không kết luận nội dung"
            " này.",
            aspect=aspect.label,
            office=office.label,
        )
        raise Invalid({"aspect": sentence})


def _problems(structure: Structure, aspect: Aspect, command: Conclude) -> dict[str, str]:
    if aspect is Aspect.PLAN:
        missing = command.values.get("verdict") is None
        return {"verdict": _("Chưa chọn kết luận về quy hoạch.")} if missing else {}
    problems = {}
    if not KINDS[structure.kind].is_mast:
        problems["aspect"] = _(
            "%(code)s là %(kind)s; chỉ kết luận về kiến trúc, cảnh quan của cột ăng ten.",
            code=structure.code,
            kind=str(KINDS[structure.kind].label).lower(),
        )
    if command.values.get("architecture") is None:
        problems["architecture"] = _("Chưa chọn kết luận về kiến trúc, cảnh quan.")
    if not command.has_photo:
        problems["photos"] = _("Chưa chọn ảnh; cần ít nhất một ảnh chụp cột ăng ten.")
    if not command.has_drawing:
        problems["drawings"] = _("Chưa chọn tệp bản vẽ của cột ăng ten.")
    return problems
