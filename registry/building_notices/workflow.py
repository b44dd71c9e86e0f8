"""The workflow of a notice before building: sent, acknowledged or to be completed, then built and registered."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.building_notices.codes import CODE, TONES, BuildingNoticeState, ChecklistAnswer, NoticeReceiver
from registry.building_notices.models import BuildingNotice
from registry.joint_builds.service import note_structure
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.text import register_code, shown
from registry.notices.events import Audience, Party, organisation_party
from registry.structures.codes import Status
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.workflow.definition import Assignee, Data, Deadline, FilesNeed, Move, Workflow, text_need

S = BuildingNoticeState
_OPEN: Final = (S.SENT, S.SUPPLEMENT, S.OVERDUE, S.ACKNOWLEDGED)
_OFFICES: Final = {
    NoticeReceiver.LEAD: Role.LEAD_DEPARTMENT,
    NoticeReceiver.CONSTRUCTION: Role.CONSTRUCTION_DEPARTMENT,
    NoticeReceiver.ZONE_BOARD: Role.ZONE_BOARD,
}

#: What is looked at of a work that needs no permit (NĐ 217/2026/NĐ-CP, Đ67.2).
_CHECKLIST: Final = (
    Field("exemption_check", _l("Điều kiện miễn giấy phép"), choices=ChecklistAnswer, required=True),
    Field("conformity_check", _l("Phù hợp quy hoạch được dùng"), choices=ChecklistAnswer, required=True),
    Field("parameters_check", _l("Thông số thiết kế chủ yếu"), choices=ChecklistAnswer, required=True),
)


def _receiver(_ctx: Ctx, case: BuildingNotice) -> Audience:
    if case.receiver is NoticeReceiver.COMMUNE:
        return Audience(roles=frozenset({Role.COMMUNE_PC}), unit_ids=frozenset({case.unit_id}))
    return Audience(roles=frozenset({_OFFICES[case.receiver]}))


def _commune(_ctx: Ctx, case: BuildingNotice) -> Audience:
    return Audience(roles=frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def acknowledge(ctx: Ctx, case: BuildingNotice, data: Data) -> None:
    """What the receiver found of each point of the checklist is noted."""
    case.acknowledged_at = ctx.now
    case.exemption_check, case.conformity_check = data["exemption_check"], data["conformity_check"]
    case.parameters_check = data["parameters_check"]


def built_structure(ctx: Ctx, data: Data) -> Structure | None:
    """The own structure of a typed code."""
    code = register_code(str(data["structure"]))
    query = select(Structure).where(Structure.code == code, visible(ctx, Structure, P.STRUCTURE_EDIT))
    return ctx.session.scalars(query).one_or_none()


def may_register(ctx: Ctx, case: BuildingNotice, data: Data) -> None:
    """The structure is the organisation's own, of the kind of the notice, stands, and has no other notice."""
    structure, code = built_structure(ctx, data), shown(str(data["structure"]))
    if structure is None or structure.owner_organisation_id != case.organisation_id:
        problem = _(
            "Không có công trình “%(code)s” của đơn vị trong cơ sở dữ liệu; hãy đăng ký công trình trước.", code=code
        )
    elif structure.kind != case.kind:
        problem = _(
            "%(code)s là %(kind)s, thông báo ghi %(noted)s; hãy chọn công trình khác.",
            code=structure.code,
            kind=KINDS[structure.kind].label,
            noted=KINDS[case.kind].label,
        )
    elif structure.status in (Status.PLANNED, Status.REMOVED):
        problem = _(
            "%(code)s đang ở trạng thái “%(status)s”; cần công trình đang xây dựng hoặc đã xây dựng.",
            code=structure.code,
            status=structure.status.label,
        )
    elif (number := other_notice(ctx, case, structure.id)) is not None:
        problem = _("%(code)s đã gắn với thông báo %(number)s.", code=structure.code, number=number)
    else:
        return
    raise Invalid({"structure": problem})


def other_notice(ctx: Ctx, case: BuildingNotice, structure_id: int) -> str | None:
    """The number of another notice of the same law for a structure."""
    query = select(BuildingNotice.number).where(
        BuildingNotice.structure_id == structure_id,
        BuildingNotice.regime == case.regime,
        BuildingNotice.state != S.WITHDRAWN,
    )
    if case.id is not None:
        query = query.where(BuildingNotice.id != case.id)
    return ctx.session.scalars(query.limit(1)).first()


def register_built(ctx: Ctx, case: BuildingNotice, data: Data) -> None:
    """The structure is noted, also in the announcement of joint building that the notice follows."""
    structure = built_structure(ctx, data)
    if structure is None:
        message = f"building notice {case.id}: no structure"
        raise RuntimeError(message)
    case.structure_id = structure.id
    if case.joint_build_id is not None:
        note_structure(ctx, case.joint_build_id, structure)


BUILDING_NOTICE: Final = Workflow(
    code=CODE,
    label=_l("Thông báo trước khi xây dựng"),
    one=_l("Thông báo xây dựng"),
    prefix="TB",
    model=BuildingNotice,
    states=BuildingNoticeState,
    start=S.SENT,
    moves=(
        Move(
            "acknowledge",
            _l("Tiếp nhận thông báo"),
            _l("Đã tiếp nhận thông báo"),
            (S.SENT, S.OVERDUE),
            S.ACKNOWLEDGED,
            P.BUILDING_NOTICE_RECEIVE,
            needs=(
                *_CHECKLIST,
                text_need("text", _l("Ý kiến, yêu cầu"), required=False),
            ),
            effect=acknowledge,
            notifies=("owner", "commune"),
            tone="primary",
        ),
        Move(
            "ask_more",
            _l("Yêu cầu bổ sung"),
            _l("Yêu cầu bổ sung thông báo"),
            (S.SENT, S.OVERDUE),
            S.SUPPLEMENT,
            P.BUILDING_NOTICE_RECEIVE,
            needs=(text_need("text", _l("Nội dung cần bổ sung")),),
        ),
        Move(
            "supplement",
            _l("Gửi bổ sung"),
            _l("Đã gửi bổ sung"),
            (S.SUPPLEMENT,),
            S.SENT,
            P.BUILDING_NOTICE_SEND,
            needs=(text_need("text", _l("Nội dung bổ sung")), FilesNeed("files", _l("Tài liệu bổ sung"))),
            tone="primary",
        ),
        Move(
            "register_built",
            _l("Ghi công trình đã xây dựng"),
            _l("Đã ghi công trình xây dựng theo thông báo"),
            (S.ACKNOWLEDGED,),
            S.BUILT,
            P.BUILDING_NOTICE_SEND,
            needs=(
                Field(
                    "structure",
                    _l("Mã công trình trong cơ sở dữ liệu"),
                    max_length=40,
                    required=True,
                    hint=_l("Công trình đã đăng ký của đơn vị."),
                ),
            ),
            guard=may_register,
            effect=register_built,
            notifies=("receiver", "commune"),
            tone="primary",
        ),
        Move(
            "withdraw",
            _l("Rút thông báo"),
            _l("Đã rút thông báo"),
            _OPEN,
            S.WITHDRAWN,
            P.BUILDING_NOTICE_SEND,
            needs=(text_need("text", _l("Lý do rút")),),
            notifies=("receiver", "commune"),
            tone="danger",
        ),
        Move(
            "miss",
            _l("Quá hạn tiếp nhận"),
            _l("Quá hạn tiếp nhận thông báo"),
            (S.SENT,),
            S.OVERDUE,
            P.CLOCK,
            notifies=("owner", "receiver", "lead"),
        ),
    ),
    closing=frozenset({"withdraw", "register_built"}),
    read=P.BUILDING_NOTICE_READ,
    judged=("owner",),
    page="building_notices.detail",
    index="building_notices.index",
    parties={
        "owner": organisation_party(_l("Đơn vị xây dựng"), lambda case: case.organisation_id),
        "receiver": Party(_l("Cơ quan tiếp nhận"), _receiver),
        "commune": Party(_l("UBND, cán bộ kiểm tra xã, phường"), _commune, watches=True),
        "lead": Party(
            _l("Sở Khoa học và Công nghệ"),
            lambda _ctx, _case: Audience(roles=frozenset({Role.LEAD_DEPARTMENT})),
            watches=True,
        ),
    },
    assignees={
        S.SENT: Assignee("receiver", P.BUILDING_NOTICE_RECEIVE),
        S.OVERDUE: Assignee("receiver", P.BUILDING_NOTICE_RECEIVE),
        S.SUPPLEMENT: Assignee("owner", P.BUILDING_NOTICE_SEND),
    },
    deadlines={
        S.SENT: Deadline(
            "acknowledge",
            "building_notice.acknowledge",
            "miss",
            _l("Thông báo được đánh dấu quá hạn tiếp nhận; đơn vị đã gửi vẫn được coi là đã thông báo."),
        ),
    },
    main_path=(S.SENT, S.ACKNOWLEDGED, S.BUILT),
    has_messages=True,
    opening=("receiver", "commune"),
    tones=TONES,
)
