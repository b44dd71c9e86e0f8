"""The workflow of incidents: reported, triaged, assigned, made safe, repaired, confirmed; the public may reopen it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ColumnElement, or_, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.incidents.codes import AGENCY_ROLES, CODE, HAZARD_TERM, UNTRIAGED, IncidentState
from registry.incidents.models import Incident, IncidentReport
from registry.incidents.own_reports import announce
from registry.incidents.parties import PARTIES, storm_of
from registry.incidents.rules import restore_term, triage_term, triaged_start
from registry.incidents.workflow import assigning, referring, terms, triaging, working
from registry.incidents.workflow.common import WITH_OWNER
from registry.incidents.workflow.triaging import MERGED
from registry.kernel.i18n import _l
from registry.notices.events import Recipients
from registry.workflow.definition import Assignee, Deadline, Workflow

S = IncidentState
#: The event of a report that waits for triage as long again after its term.
TRIAGE_CLIMBS: Final = "triage_climbs"
_LATE: Final = _l("Hồ sơ được đánh dấu quá hạn.")
_RESTORE: Final = Deadline("restore", "incident.restore", "miss_safe", _LATE, triaged_start, term_of=restore_term)
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
        "restore",
        "stand_fixed",
        "miss_safe",
        "miss_fix",
    }
)


def in_charge_clause(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    """SQL: the actor's authority is in charge, or is asked to take over."""
    mine = [agency for agency, roles in AGENCY_ROLES.items() if roles & ctx.actor.roles]
    return or_(model.agency.in_(mine), model.agency_asked.in_(mine))


def report_clauses(ctx: Ctx, typed: str) -> Sequence[ColumnElement[bool]]:
    """SQL: the incident that the report with this number belongs to, for who may read its reports."""
    numbered = IncidentReport.is_numbered_rule(typed)
    if numbered is None:
        return ()
    of_report = Incident.id.in_(select(IncidentReport.incident_id).where(numbered))
    return (of_report & visible(ctx, Incident, P.INCIDENT_TRIAGE),)


INCIDENT: Final = Workflow(
    code=CODE,
    label=_l("Sự cố"),
    one=_l("Hồ sơ sự cố"),
    prefix="SC",
    model=Incident,
    states=IncidentState,
    start=S.REPORTED,
    moves=(*triaging.MOVES, *assigning.MOVES, *working.MOVES, *referring.MOVES, *terms.MOVES),
    read=P.INCIDENT_READ,
    judged=("responsible",),
    opening=("agency", "commune"),
    crowd=storm_of,
    files_permission=P.INCIDENT_FOLLOW,
    page="incidents.detail",
    index="incidents.index",
    parties=PARTIES,
    assignees={
        **dict.fromkeys(
            (*UNTRIAGED, S.VERIFIED, S.FIXED),
            Assignee("agency", P.INCIDENT_TRIAGE, mine=in_charge_clause),
        ),
        **dict.fromkeys((*WITH_OWNER, S.SAFE, S.FIX_OVERDUE), Assignee("responsible", P.INCIDENT_WORK)),
    },
    deadlines={
        S.REPORTED: Deadline("triage", "incident.triage", "miss_triage", _LATE, term_of=triage_term),
        **dict.fromkeys((S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED), _RESTORE),
        S.SAFE: Deadline("fix", "incident.fix", "miss_fix", _LATE),
        S.FIXED: Deadline(
            "confirm", "incident.confirm", "stand_fixed", _l("Được coi là đã xác nhận; hồ sơ được đóng.")
        ),
    },
    system_moves=frozenset({"reopen", "restore"}),
    part_numbered=report_clauses,
    announce=announce,
    main_path=(S.REPORTED, S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED, S.SAFE, S.FIXED, S.CLOSED),
    terms={
        "incident.triage_hazard": _l("chờ phân loại, trường hợp khẩn cấp"),
        HAZARD_TERM: _l("bảo đảm an toàn, nguy hiểm ngay (cáp võng, mất nắp bể, chạm điện, cháy)"),
        "incident.restore_mast": _l("dịch vụ thay thế khi gãy, đổ cột ăng ten"),
        "incident.restore_cable": _l("khôi phục cáp, truyền dẫn"),
        "incident.restore_station": _l("khôi phục thiết bị trạm BTS"),
        "incident.restore_pole": _l("khôi phục cột treo cáp"),
    },
    events={TRIAGE_CLIMBS: Recipients(affected=("province",), watch=("agency", "lead"))},
    event_labels={
        TRIAGE_CLIMBS: _l("Quá hạn phân loại kéo dài, đã báo UBND tỉnh"),
        MERGED: _l("Nhận hồ sơ trùng"),
        "me_too": _l("Có thêm người phản ánh"),
        "rate": _l("Người phản ánh đánh giá kết quả giải quyết"),
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
