"""The workflow of incidents: reported, triaged, assigned, made safe, repaired, confirmed; the public may reopen it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.incidents.codes import (
    AGENCY_ROLES,
    CODE,
    HAZARD_TERM,
    UNTRIAGED,
    Agency,
    Basis,
    Cause,
    IncidentKind,
    IncidentState,
    Severity,
)
from registry.incidents.models import Incident
from registry.incidents.moves import (
    MERGED,
    accept_handover,
    acknowledge,
    ask_handover,
    assign,
    close,
    decline_handover,
    deny,
    fix,
    has_open_handover,
    in_charge_clause,
    is_asked,
    keeps_overdue,
    make_safe,
    may_assign,
    may_fix,
    may_merge,
    may_open_violation,
    may_refer,
    merge,
    open_violation,
    organisation_names,
    organisation_options,
    refer_to_police,
    reject,
    reopen,
    take_receipt,
    tenants_of,
    to_receipt,
    triage,
    violation_names,
    violation_options,
    was_referred,
)
from registry.incidents.rules import restore_term, triage_term
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.notices.service import Audience
from registry.workflow.definition import (
    Assignee,
    Branch,
    Deadline,
    FilesNeed,
    ItemsNeed,
    Move,
    Party,
    Workflow,
    day_need,
    same_state,
    text_need,
)

S = IncidentState
_NUMBER = 100
_WITH_OWNER = (S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE)
_OPEN_TRIAGED = (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.OVERDUE, S.SAFE, S.FIX_OVERDUE, S.FIXED)
_OPEN = (*UNTRIAGED, *_OPEN_TRIAGED)


def _in_charge(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    units = frozenset({case.unit_id}) if case.agency is Agency.COMMUNE else frozenset()
    return Audience(roles=AGENCY_ROLES[case.agency], unit_ids=units)


def _asked(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    agency = case.agency_asked
    if agency is None:
        return Audience()
    units = frozenset({case.unit_id}) if agency is Agency.COMMUNE else frozenset()
    return Audience(roles=AGENCY_ROLES[agency], unit_ids=units)


def _commune(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    return Audience(roles=frozenset({Role.COMMUNE_PC, Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def _lead(ctx: Ctx, case: Incident) -> Audience:
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _responsible(ctx: Ctx, case: Incident) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.organisation_id} if case.organisation_id else set()))


def _tenants(ctx: Ctx, case: Incident) -> Audience:
    return Audience(organisation_ids=tenants_of(ctx, case))


PARTIES: Final = {
    "agency": Party(_l("Cơ quan thụ lý"), _in_charge),
    "asked": Party(_l("Cơ quan được đề nghị tiếp nhận"), _asked),
    "commune": Party(_l("UBND xã, phường"), _commune),
    "lead": Party(_l("Sở Khoa học và Công nghệ"), _lead),
    "responsible": Party(_l("Đơn vị chịu trách nhiệm"), _responsible),
    "tenants": Party(_l("Đơn vị có thiết bị trên công trình"), _tenants),
}


def triaged_start(case: Incident) -> datetime:
    """The triage: from there on an authority knows of the danger, whoever is responsible."""
    if case.triaged_at is None:
        message = f"incident {case.id} was not triaged, yet its term is asked for"
        raise RuntimeError(message)
    return case.triaged_at


_STAYS_OVERDUE: Final = {
    state: Branch((state, S.OVERDUE), keeps_overdue(state)) for state in (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED)
}
_AS_IT_IS: Final = Branch(_OPEN, same_state)
_PHOTOS: Final = FilesNeed("photos", _l("Ảnh hiện trường"))

MOVES: Final = (
    Move(
        "triage",
        _l("Phân loại và tiếp nhận"),
        _l("Đã phân loại, tiếp nhận"),
        UNTRIAGED,
        S.VERIFIED,
        P.INCIDENT_TRIAGE,
        needs=(
            Field("kind", _l("Loại sự cố"), choices=IncidentKind, required=True),
            Field("severity", _l("Mức độ"), choices=Severity, required=True),
            text_need(
                "summary",
                _l("Tóm tắt sự cố"),
                hint=_l("Đơn vị chịu trách nhiệm đọc mục này; không ghi tên, số điện thoại của người phản ánh."),
            ),
            Field(
                "publish",
                _l("Công khai loại sự cố, trạng thái và ảnh đã kiểm duyệt"),
                required=True,
                python_type=bool,
            ),
        ),
        effect=triage,
        notifies=("agency", "commune", "tenants"),
        tone="primary",
    ),
    Move(
        "reject",
        _l("Không tiếp nhận"),
        _l("Không thuộc phạm vi xử lý"),
        UNTRIAGED,
        S.REJECTED,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Lý do"), hint=_l("Người phản ánh đọc mục này trên trang tra cứu.")),),
        effect=reject,
    ),
    Move(
        "merge",
        _l("Gộp vào phản ánh trùng"),
        _l("Gộp vào phản ánh khác"),
        (*UNTRIAGED, S.VERIFIED, *_WITH_OWNER),
        S.DUPLICATE,
        P.INCIDENT_TRIAGE,
        needs=(
            Field("main", _l("Số hồ sơ chính"), max_length=_NUMBER, required=True, hint=_l("Ví dụ: SC-2026-000012.")),
        ),
        guard=may_merge,
        effect=merge,
    ),
    Move(
        "assign",
        _l("Giao đơn vị chịu trách nhiệm"),
        _l("Đã giao đơn vị chịu trách nhiệm"),
        (S.VERIFIED, *_WITH_OWNER),
        _STAYS_OVERDUE[S.ASSIGNED],
        P.INCIDENT_TRIAGE,
        needs=(
            ItemsNeed(
                "organisation",
                _l("Đơn vị chịu trách nhiệm (chọn một)"),
                organisation_options,
                names=organisation_names,
                is_preset=False,
            ),
            Field("basis", _l("Căn cứ"), choices=Basis, required=True),
            text_need("proof", _l("Nội dung căn cứ"), hint=_l("Ví dụ: mã thẻ cáp, mã công trình, kết quả kiểm tra.")),
        ),
        guard=may_assign,
        effect=assign,
        notifies=("responsible", "commune"),
        tone="primary",
    ),
    Move(
        "acknowledge",
        _l("Xác nhận đã nhận việc"),
        _l("Đơn vị đã nhận việc"),
        (S.ASSIGNED, S.OVERDUE),
        _STAYS_OVERDUE[S.ACKNOWLEDGED],
        P.INCIDENT_WORK,
        needs=(text_need("text", _l("Phương án xử lý"), required=False),),
        effect=acknowledge,
        notifies=("agency",),
        tone="primary",
    ),
    Move(
        "deny",
        _l("Không phải của đơn vị"),
        _l("Đơn vị không nhận trách nhiệm"),
        _WITH_OWNER,
        _STAYS_OVERDUE[S.VERIFIED],
        P.INCIDENT_WORK,
        needs=(text_need("text", _l("Lý do, căn cứ")),),
        effect=deny,
        notifies=("agency",),
    ),
    Move(
        "make_safe",
        _l("Báo đã bảo đảm an toàn"),
        _l("Đã bảo đảm an toàn"),
        _WITH_OWNER,
        S.SAFE,
        P.INCIDENT_WORK,
        needs=(
            text_need("text", _l("Biện pháp đã thực hiện"), hint=_l("Ví dụ: đã rào chắn, nâng cáp, chuyển dịch vụ.")),
            _PHOTOS,
        ),
        effect=make_safe,
        notifies=("agency", "tenants"),
        tone="primary",
    ),
    Move(
        "secure",
        _l("Ghi nhận đã rào chắn, bảo đảm an toàn"),
        _l("Cơ quan chức năng đã bảo đảm an toàn"),
        (S.VERIFIED, *_WITH_OWNER),
        S.SAFE,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Biện pháp đã thực hiện")), _PHOTOS),
        effect=make_safe,
        notifies=("responsible", "tenants"),
    ),
    Move(
        "fix",
        _l("Báo đã khắc phục xong"),
        _l("Đã khắc phục xong"),
        (S.SAFE, S.FIX_OVERDUE),
        S.FIXED,
        P.INCIDENT_WORK,
        needs=(
            Field("cause", _l("Nguyên nhân"), choices=Cause, required=True),
            Field(
                "scope",
                _l("Phạm vi ảnh hưởng"),
                max_length=500,
                hint=_l("Số thuê bao, trạm, tuyến bị gián đoạn và thời gian; ghi «Không» nếu không gián đoạn."),
                required=True,
            ),
            text_need("text", _l("Nội dung khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True),
        ),
        guard=may_fix,
        effect=fix,
        notifies=("agency", "tenants"),
        tone="primary",
    ),
    Move(
        "confirm",
        _l("Xác nhận, đóng hồ sơ"),
        _l("Đã xác nhận, đóng hồ sơ"),
        (S.FIXED, S.SAFE, S.FIX_OVERDUE),
        S.CLOSED,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Kết quả kiểm tra")), _PHOTOS),
        effect=close,
        notifies=("responsible",),
        tone="primary",
    ),
    Move(
        "send_back",
        _l("Yêu cầu khắc phục lại"),
        _l("Yêu cầu khắc phục lại"),
        (S.FIXED,),
        S.SAFE,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Nội dung chưa đạt")),),
        notifies=("responsible",),
    ),
    Move(
        "hand_over",
        _l("Đề nghị cơ quan khác tiếp nhận"),
        _l("Đề nghị cơ quan khác tiếp nhận"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(
            Field("agency", _l("Cơ quan tiếp nhận"), choices=Agency, required=True),
            text_need("text", _l("Lý do chuyển")),
        ),
        obstacle=has_open_handover,
        effect=ask_handover,
        notifies=("asked",),
    ),
    Move(
        "accept_handover",
        _l("Tiếp nhận hồ sơ"),
        _l("Đã tiếp nhận hồ sơ chuyển đến"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        obstacle=is_asked,
        effect=accept_handover,
        notifies=("lead", "commune"),
        tone="primary",
    ),
    Move(
        "decline_handover",
        _l("Không tiếp nhận hồ sơ"),
        _l("Không tiếp nhận hồ sơ chuyển đến"),
        _OPEN,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Lý do")),),
        obstacle=is_asked,
        effect=decline_handover,
        notifies=("agency",),
    ),
    Move(
        "refer_police",
        _l("Chuyển cơ quan công an"),
        _l("Đã chuyển cơ quan công an"),
        _OPEN_TRIAGED,
        _AS_IT_IS,
        P.INCIDENT_TRIAGE,
        needs=(
            Field("police_letter", _l("Số văn bản chuyển"), max_length=_NUMBER, required=True),
            day_need("police_referred_on", _l("Ngày chuyển")),
            text_need("text", _l("Dấu hiệu vi phạm")),
        ),
        obstacle=was_referred,
        guard=may_refer,
        effect=refer_to_police,
        notifies=("lead",),
    ),
    Move(
        "police_receipt",
        _l("Ghi biên nhận của công an"),
        _l("Cơ quan công an đã tiếp nhận"),
        (*_OPEN_TRIAGED, S.CLOSED),
        Branch((*_OPEN_TRIAGED, S.CLOSED), same_state),
        P.INCIDENT_TRIAGE,
        needs=(
            Field("police_receipt", _l("Số biên nhận"), max_length=_NUMBER, required=True),
            day_need("police_received_on", _l("Ngày tiếp nhận")),
            FilesNeed("files", _l("Bản chụp biên nhận")),
        ),
        obstacle=to_receipt,
        guard=may_refer,
        effect=take_receipt,
    ),
    Move(
        "open_violation",
        _l("Lập hồ sơ vi phạm"),
        _l("Đã chuyển lập hồ sơ vi phạm"),
        (*_OPEN_TRIAGED, S.CLOSED),
        Branch((*_OPEN_TRIAGED, S.CLOSED), same_state),
        P.INCIDENT_TRIAGE,
        needs=(
            ItemsNeed("act", _l("Hành vi (chọn một)"), violation_options, names=violation_names, is_preset=False),
            text_need("text", _l("Căn cứ")),
        ),
        guard=may_open_violation,
        effect=open_violation,
    ),
    Move(
        "miss_triage",
        _l("Quá hạn phân loại"),
        _l("Quá hạn phân loại"),
        (S.REPORTED,),
        S.TRIAGE_OVERDUE,
        P.CLOCK,
        notifies=("agency", "lead"),
    ),
    Move(
        "miss_safe",
        _l("Quá hạn bảo đảm an toàn"),
        _l("Quá hạn bảo đảm an toàn"),
        (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED),
        S.OVERDUE,
        P.CLOCK,
        notifies=("responsible", "agency", "commune", "lead"),
    ),
    Move(
        "miss_fix",
        _l("Quá hạn khắc phục"),
        _l("Quá hạn khắc phục"),
        (S.SAFE,),
        S.FIX_OVERDUE,
        P.CLOCK,
        notifies=("responsible", "agency", "lead"),
    ),
    Move(
        "stand_fixed",
        _l("Coi như đã xác nhận"),
        _l("Không có ý kiến trong thời hạn; coi như đã xác nhận"),
        (S.FIXED,),
        S.CLOSED,
        P.CLOCK,
        effect=close,
        notifies=("responsible", "agency"),
    ),
    # No term leads here: the service makes it for a reporter who proves that the place is not repaired.
    Move(
        "reopen",
        _l("Mở lại theo phản ánh"),
        _l("Người phản ánh gửi ảnh cho thấy chưa khắc phục"),
        (S.CLOSED, S.REJECTED, S.FIXED, S.SAFE, S.FIX_OVERDUE),
        S.REPORTED,
        P.CLOCK,
        effect=reopen,
        notifies=("agency", "responsible", "commune"),
    ),
)

_LATE: Final = _l("Hồ sơ mang dấu quá hạn; các cơ quan và đơn vị chịu trách nhiệm được thông báo.")
_RESTORE: Final = Deadline("restore", "incident.restore", "miss_safe", _LATE, triaged_start, term_of=restore_term)
INCIDENT: Final = Workflow(
    code=CODE,
    label=_l("Sự cố"),
    prefix="SC",
    model=Incident,
    states=IncidentState,
    start=S.REPORTED,
    moves=MOVES,
    read=P.INCIDENT_READ,
    files_permission=P.INCIDENT_FOLLOW,
    page="incidents.detail",
    index="incidents.index",
    parties=PARTIES,
    assignees={
        **dict.fromkeys(
            (*UNTRIAGED, S.VERIFIED, S.FIXED),
            Assignee("agency", P.INCIDENT_TRIAGE, where=in_charge_clause),
        ),
        **dict.fromkeys((*_WITH_OWNER, S.SAFE, S.FIX_OVERDUE), Assignee("responsible", P.INCIDENT_WORK)),
    },
    deadlines={
        S.REPORTED: Deadline("triage", "incident.triage", "miss_triage", _LATE, term_of=triage_term),
        **dict.fromkeys((S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED), _RESTORE),
        S.SAFE: Deadline("fix", "incident.fix", "miss_fix", _LATE),
        S.FIXED: Deadline("confirm", "incident.confirm", "stand_fixed", _l("Coi như đã xác nhận; hồ sơ được đóng.")),
    },
    main_path=(S.REPORTED, S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.SAFE, S.FIXED, S.CLOSED),
    terms={
        "incident.triage_hazard": _l("chờ phân loại, trường hợp khẩn cấp"),
        HAZARD_TERM: _l("bảo đảm an toàn, nguy hiểm ngay (cáp võng, mất nắp bể, chạm điện, cháy)"),
        "incident.restore_mast": _l("dịch vụ thay thế khi gãy, đổ cột ăng ten"),
        "incident.restore_cable": _l("khôi phục cáp, truyền dẫn"),
        "incident.restore_station": _l("khôi phục thiết bị trạm BTS"),
        "incident.restore_pole": _l("khôi phục cột treo cáp"),
    },
    event_labels={
        MERGED: _l("Nhận hồ sơ trùng"),
        "me_too": _l("Có thêm người phản ánh"),
        "clear_photo": _l("Kiểm duyệt ảnh phản ánh"),
        "refuse_photo": _l("Không sử dụng ảnh phản ánh"),
    },
    tones={
        S.REPORTED: "warn",
        S.TRIAGE_OVERDUE: "bad",
        S.VERIFIED: "warn",
        S.ASSIGNED: "info",
        S.ACKNOWLEDGED: "info",
        S.OVERDUE: "bad",
        S.SAFE: "good",
        S.FIX_OVERDUE: "bad",
        S.FIXED: "good",
        S.CLOSED: "dark",
        S.REJECTED: "neutral",
        S.DUPLICATE: "neutral",
    },
)
#: Moves that the responsible organisation and tenants see with their texts; the rest is between the authorities.
SERVED: Final = frozenset(
    {
        "assign",
        "acknowledge",
        "make_safe",
        "secure",
        "fix",
        "confirm",
        "send_back",
        "stand_fixed",
        "miss_safe",
        "miss_fix",
    }
)
