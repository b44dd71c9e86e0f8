"""What people without an account write: a report, "me too", and the proof that something is not repaired.

Each is written as the system, without the address it came from: the chain of changes holds nothing of a reporter. What
they are answered is their tracking code, which the database does not hold. A report of somebody who is signed in names
the account, for its own list alone, until the contact is erased.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select, update

from registry.accounts.queries import lead_organisation_id
from registry.accounts.rules import read_email, read_phone
from registry.audit.chain import record_as
from registry.authz.actors import SYSTEM_ACTOR, Ctx
from registry.incidents.case_facts import title_of
from registry.incidents.codes import ENDED, KIND_FACTS, IncidentState, ReportKind
from registry.incidents.commands import Contact, FollowUp, SendReport, Whereabouts
from registry.incidents.drafts import is_expired, lock_draft
from registry.incidents.joining import dangerous_case, lock_kind, near_identical, severity_of
from registry.incidents.models import Incident, IncidentPhoto, IncidentReport
from registry.incidents.rules import digest_of, is_draft, tracking_code
from registry.incidents.workflow import INCIDENT
from registry.kernel.dated_settings import setting
from registry.kernel.db.row_access import sees_all_rows
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.geo.coordinates import ParsedPosition
from registry.kernel.i18n import _, _l
from registry.structures.models import PROVINCE_GRID, Structure
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import point, unit_at
from registry.workflow.engine import fire_by_clock, lock_case, open_case, touch

#: What stands in the chain of changes instead of a network address.
ORIGIN: Final = "report"
ME_TOO: Final = "me_too"
OUTSIDE_PROVINCE: Final = _l("Vị trí nằm ngoài địa bàn tỉnh; hãy kiểm tra lại vị trí trên bản đồ.")
_REOPENED_BY: Final = "reopen"
_REOPENABLE: Final = (
    IncidentState.CLOSED,
    IncidentState.REJECTED,
    IncidentState.FIXED,
    IncidentState.SAFE,
    IncidentState.FIX_OVERDUE,
)


@sees_all_rows(Incident.__tablename__)
def send_report(ctx: Ctx, secret: str, command: SendReport, *, joins: bool = True) -> str:
    """Take a report; returns its tracking code. The same draft sent again changes nothing.

    It joins the case of a near-identical one that is not triaged yet (unless `joins` is False), else it opens one: the
    reporter is answered the same. Invalid names every wrong field (`at`, `unit`, `phone`, `email`, `consent`).
    """
    code = tracking_code(secret, command.draft)
    lock_draft(ctx, command.draft)
    if _was_sent(ctx, code):
        return code
    errors: dict[str, list[str]] = {}
    contact = _checked_contact(command.contact, errors)
    unit_id = _unit_of(ctx, command.where, errors)
    if errors or unit_id is None:
        raise Invalid(errors)
    lock_kind(ctx, command.kind)
    system = as_system(ctx)
    dangerous = dangerous_case(ctx, command, unit_id) if command.is_unproved else None
    if dangerous is not None:
        bare = replace(command, text=None, marks=None)
        _add_report(ctx, dangerous, code, ReportKind.COUNTED, bare, Contact(), is_dangerous=command.is_dangerous)
        return code
    same = near_identical(ctx, command, unit_id) if joins else None
    if same is None:
        _open(ctx, system, command, unit_id, code, contact)
    else:
        incident: Incident = lock_case(system, INCIDENT, same)
        _add_report(ctx, same, code, ReportKind.SAME, command, contact, is_dangerous=command.is_dangerous)
        touch(system, INCIDENT, incident, ME_TOO, new_version=False)
    return code


def _open(ctx: Ctx, system: Ctx, command: SendReport, unit_id: int, code: str, contact: Contact) -> None:
    facts, where = KIND_FACTS[command.kind], command.where
    incident = Incident(
        kind=command.kind,
        severity=severity_of(command),
        handler_organisation_id=lead_organisation_id(system),
        agency=facts.agency,
        title=title_of(command.kind),
        reported_at=ctx.now,
        # Only one that was given: that of a structure would tell where a hidden one stands.
        place=point(where.place.lon, where.place.lat) if where.place else None,
        accuracy_m=where.accuracy_m,
        address=where.address,
        unit_id=unit_id,
        structure_id=where.structure_id,
        is_published=False,
        is_repeated=False,
        reopened=0,
        version=1,
    )
    open_case(system, INCIDENT, incident, numbered=True)
    incident.is_repeated = _is_repeated(ctx, incident)
    _add_report(ctx, incident.id, code, ReportKind.FIRST, command, contact, is_dangerous=command.is_dangerous)


@sees_all_rows(Incident.__tablename__)
def add_me_too(ctx: Ctx, secret: str, incident_id: int, command: FollowUp) -> str:
    """Follow a published incident; returns a tracking code of one's own. MoveRefused once it has ended."""
    code = tracking_code(secret, command.draft)
    lock_draft(ctx, command.draft)
    if _was_sent(ctx, code):
        return code
    errors: dict[str, list[str]] = {}
    contact = _checked_contact(command.contact, errors)
    if errors:
        raise Invalid(errors)
    system = as_system(ctx)
    incident: Incident = lock_case(system, INCIDENT, incident_id)
    if incident.state in ENDED:
        raise MoveRefused(_("Hồ sơ này đã đóng; nếu sự cố vẫn còn, hãy gửi ảnh ở mục “Báo chưa khắc phục”."))
    _add_report(ctx, incident.id, code, ReportKind.ME_TOO, command, contact)
    touch(system, INCIDENT, incident, ME_TOO, new_version=False)
    return code


@sees_all_rows(Incident.__tablename__)
def reopen_report(ctx: Ctx, secret: str, incident_id: int, command: FollowUp) -> str:
    """Reopen an incident that was said to be repaired; needs a photo under the draft. Returns a tracking code.

    MoveRefused if it is still being dealt with, or ended too long ago.
    """
    code = tracking_code(secret, command.draft)
    row = lock_draft(ctx, command.draft)
    if _was_sent(ctx, code):
        return code
    system = as_system(ctx)
    incident: Incident = lock_case(system, INCIDENT, incident_id)
    problem = reopening_problem(ctx, incident)
    if problem is not None:
        raise MoveRefused(problem)
    photos = select(func.count()).select_from(IncidentPhoto).where(_is_of_draft(command.draft))
    # Who sent one that found no room did what was asked.
    if not ctx.session.scalar(photos) and not row.left_out:
        raise Invalid({"photos": _("Chưa có ảnh chụp hiện trạng; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})
    _add_report(ctx, incident.id, code, ReportKind.REOPEN, command, Contact())
    fire_by_clock(system, INCIDENT, incident, _REOPENED_BY)
    return code


def reopening_problem(ctx: Ctx, incident: Incident) -> str | None:
    """Why an incident cannot be reopened now; None if it can."""
    if incident.state not in _REOPENABLE:
        return _("Hồ sơ đang được xử lý nên chưa cần mở lại; hãy theo dõi trạng thái trên trang này.")
    days = setting(ctx.session, "incident.reopen_days", ctx.today)
    if ctx.now - incident.state_since > timedelta(days=days) and incident.state in ENDED:
        return _("Hồ sơ đã đóng quá %(days)d ngày; hãy gửi phản ánh mới.", days=days)
    return None


def forget_contacts(ctx: Ctx) -> int:
    """Erase contact and account of reporters whose incident ended long enough ago, or that are too old; how many."""
    days = setting(ctx.session, "incident.contact_days", ctx.today)
    ended = select(Incident.id).where(
        Incident.state.in_(ENDED), Incident.state_since <= ctx.now - timedelta(days=days["after_end"])
    )
    oldest = ctx.now - timedelta(days=days["most"])
    gone = (
        update(IncidentReport)
        .where(
            func.num_nonnulls(
                IncidentReport.name, IncidentReport.phone, IncidentReport.email, IncidentReport.account_id
            )
            > 0,
            or_(IncidentReport.incident_id.in_(ended), IncidentReport.received_at <= oldest),
        )
        .values(name=None, phone=None, email=None, account_id=None, erased_at=ctx.now)
        .returning(IncidentReport.id)
    )
    return len(ctx.session.execute(gone).all())


def as_system(ctx: Ctx) -> Ctx:
    """The same transaction as the system, without the address of the request."""
    # What is recorded later, just before the commit, reads the context of the request.
    ctx.origin = ORIGIN
    record_as(ctx, SYSTEM_ACTOR)
    return replace(ctx, actor=SYSTEM_ACTOR, origin=ORIGIN)


def sent_code(ctx: Ctx, secret: str, draft: str) -> str | None:
    """The tracking code of a draft whose report was taken; None while it was not."""
    code = tracking_code(secret, draft)
    return code if _was_sent(ctx, code) else None


def _was_sent(ctx: Ctx, code: str) -> bool:
    query = select(IncidentReport.id).where(IncidentReport.code_digest == digest_of(code))
    return ctx.session.scalar(query) is not None


def draft_notice(ctx: Ctx, secret: str, draft: str) -> str:
    """Why the draft of an address does not go on as it was; "" where it does."""
    if not draft:
        return ""
    if not is_draft(draft):
        return _("Mã bản nháp trong địa chỉ không đúng nên đã mở bản nháp mới; nếu đã gửi ảnh, hãy gửi lại.")
    if sent_code(ctx, secret, draft) is not None:
        return _(
            "Phản ánh của bản nháp này đã được gửi; hãy tra cứu bằng mã đã nhận, hoặc mở “Báo sự cố mới” để gửi phản"
            " ánh khác."
        )
    if is_expired(ctx, draft):
        return _(
            "Bản nháp này đã quá thời gian lưu nên ảnh đã bị xóa; hãy gửi lại ảnh, hoặc gửi phản ánh không kèm ảnh."
        )
    return ""


def _is_of_draft(draft: str) -> ColumnElement[bool]:
    return (IncidentPhoto.draft_digest == digest_of(draft)) & IncidentPhoto.report_id.is_(None)


def _add_report(
    ctx: Ctx,
    incident_id: int,
    code: str,
    kind: ReportKind,
    command: SendReport | FollowUp,
    contact: Contact,
    *,
    is_dangerous: bool = False,
) -> None:
    left_out = lock_draft(ctx, command.draft).left_out
    if kind is ReportKind.COUNTED:
        photos = select(func.count()).select_from(IncidentPhoto).where(_is_of_draft(command.draft))
        left_out += int(ctx.session.scalar(photos) or 0)
    report = IncidentReport(
        incident_id=incident_id,
        kind=kind,
        code_digest=digest_of(code),
        received_at=ctx.now,
        text=command.text or None,
        marks=getattr(command, "marks", None) or None,
        is_dangerous=is_dangerous,
        photos_left_out=left_out,
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        account_id=ctx.actor.id,
        consented_at=ctx.now if contact.is_given else None,
    )
    ctx.session.add(report)
    ctx.session.flush()
    mine = update(IncidentPhoto).where(_is_of_draft(command.draft))
    if kind is not ReportKind.COUNTED:
        ctx.session.execute(mine.values(report_id=report.id))


def _checked_contact(contact: Contact, errors: dict[str, list[str]]) -> Contact:
    """The contact in its stored form."""
    checked: dict[str, Any] = {"name": contact.name}
    for name, read in (("phone", read_phone), ("email", read_email)):
        try:
            checked[name] = read(getattr(contact, name))
        except Invalid as refused:
            errors.update(refused.fields)
    if contact.is_given and not contact.consents:
        errors["consent"] = [
            _("Chưa đồng ý lưu thông tin liên hệ; hãy đánh dấu đồng ý, hoặc để trống tên, điện thoại và thư điện tử.")
        ]
    return Contact(**checked)


def commune_of(ctx: Ctx, position: ParsedPosition) -> int | None:
    """The commune of today that a place is in; None outside the province."""
    hit = unit_at(ctx.session, position.lon, position.lat, UnitLevel.COMMUNE, ctx.today)
    return None if hit is None else hit.id


def _unit_of(ctx: Ctx, where: Whereabouts, errors: dict[str, list[str]]) -> int | None:
    """The commune of today: of the position, of the structure, or the one that was chosen."""
    if where.place is not None:
        commune_id = commune_of(ctx, where.place)
        if commune_id is None:
            errors["at"] = [str(OUTSIDE_PROVINCE)]
        return commune_id
    unit_id = where.unit_id
    if where.structure_id is not None and unit_id is None:
        unit_id = ctx.session.scalar(select(Structure.commune_id).where(Structure.id == where.structure_id))
    unit = None if unit_id is None else ctx.session.get(AdminUnit, unit_id)
    if unit is None or unit.level is not UnitLevel.COMMUNE or not unit.is_in_force(ctx.today):
        errors["at"] = [_("Chưa có vị trí; hãy lấy vị trí của điện thoại, chọn trên bản đồ, hoặc chọn xã, phường.")]
        return None
    if where.structure_id is None and not where.address:
        errors["address"] = [_("Chưa có địa chỉ; hãy mô tả vị trí, ví dụ: trước số nhà 12 đường Lê Lợi.")]
        return None
    return unit.id


def _is_repeated(ctx: Ctx, incident: Incident) -> bool:
    """Whether another incident of this kind was at the structure or near the place within the days of the setting."""
    reach = setting(ctx.session, "incident.repeated", ctx.today)
    here = select(Incident.place_m).where(Incident.id == incident.id).scalar_subquery()
    same: list[ColumnElement[bool]] = [
        func.ST_DWithin(Incident.place_m, func.ST_SetSRID(here, PROVINCE_GRID), reach["metres"])
    ]
    if incident.structure_id is not None:
        same.append(Incident.structure_id == incident.structure_id)
    query = (
        select(Incident.id)
        .where(
            Incident.id != incident.id,
            Incident.kind == incident.kind,
            Incident.state != IncidentState.REJECTED,
            Incident.reported_at >= ctx.now - timedelta(days=reach["days"]),
            or_(*same),
        )
        .limit(1)
    )
    return ctx.session.scalar(query) is not None


@sees_all_rows(Incident.__tablename__)
def reopening_problem_of(ctx: Ctx, incident_id: int) -> str | None:
    """The same for the incident of a page that its reader may see."""
    return reopening_problem(ctx, ctx.session.get_one(Incident, incident_id))
