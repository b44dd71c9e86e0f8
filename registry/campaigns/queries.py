"""Reads of campaigns and reports; each row only for who may read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation, OrganisationKind, UserAccount
from registry.accounts.queries import may_own
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, visible
from registry.campaigns.codes import CampaignKind, CampaignState, ReportState
from registry.campaigns.consolidation import list_consolidations
from registry.campaigns.models import (
    Consolidation,
    OperatorReport,
    ReportCampaign,
    ReportException,
    ReportRemark,
    ReportSubmission,
)
from registry.kernel.clock import local_date
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _, format_date


@dataclass(frozen=True)
class ReportLine:
    """One expected report on the page of its campaign."""

    report: OperatorReport
    organisation: str
    #: Day of its first submission, and of its exception.
    sent_on: date | None
    until: date | None

    @property
    def is_late(self) -> bool:
        return self.sent_on is not None and self.sent_on > self.report.due_on


@dataclass(frozen=True)
class ExceptionView:
    """An exception with the names of who granted and revoked it."""

    exception: ReportException
    granted_by: str
    revoked_by: str | None


@dataclass(frozen=True)
class RemarkView:
    """A remark with the names that its pages show."""

    remark: ReportRemark
    report: OperatorReport
    organisation: str
    agency: str | None


def get_campaign(ctx: Ctx, campaign_id: int) -> ReportCampaign:
    """NotFound if the actor may not see it."""
    message = _("Không có đợt báo cáo này, hoặc không có quyền xem.")
    campaign: ReportCampaign = get_visible(
        ctx, ReportCampaign, P.CAMPAIGN_READ, ReportCampaign.id == campaign_id, message=message
    )
    return campaign


def get_report(ctx: Ctx, report_id: int) -> OperatorReport:
    """NotFound if the actor may not see it."""
    message = _("Không có báo cáo này, hoặc không có quyền xem.")
    report: OperatorReport = get_visible(
        ctx, OperatorReport, P.REPORT_READ, OperatorReport.id == report_id, message=message
    )
    return report


def campaign_of(ctx: Ctx, report: OperatorReport) -> ReportCampaign:
    """The campaign of a report that the actor may see."""
    campaign: ReportCampaign = ctx.session.get_one(ReportCampaign, report.campaign_id)
    return campaign


def list_reporters(ctx: Ctx) -> Sequence[Organisation]:
    """The organisations that can be asked to report: first those that may own structures today, then the communes.

    Those of defence are not asked.
    """
    is_commune = Organisation.kind == OrganisationKind.COMMUNE_COMMITTEE
    query = select(Organisation).where(
        or_(may_own(ctx.today), is_commune), Organisation.kind != OrganisationKind.DEFENCE
    )
    organisations = ctx.session.scalars(query.order_by(is_commune, Organisation.short_name, Organisation.id)).all()
    return [organisation for organisation in organisations if organisation.exists_on(ctx.today)]


def is_commune(organisation: Organisation) -> bool:
    """Whether a reporter is a commune: it is asked only when it is chosen."""
    return organisation.kind is OrganisationKind.COMMUNE_COMMITTEE


def list_lines(ctx: Ctx, campaign: ReportCampaign) -> list[ReportLine]:
    """The expected reports of a campaign that the actor may see, by name of the organisation."""
    if not holds(ctx.actor, P.REPORT_READ):
        return []
    first = aliased(ReportSubmission, name="first")
    query = (
        select(OperatorReport, Organisation.short_name, first.sent_at, ReportException.until)
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .outerjoin(first, (first.report_id == OperatorReport.id) & (first.place == 1))
        .outerjoin(
            ReportException,
            (ReportException.report_id == OperatorReport.id) & ReportException.revoked_at.is_(None),
        )
        .where(OperatorReport.campaign_id == campaign.id, visible(ctx, OperatorReport, P.REPORT_READ))
        .order_by(Organisation.short_name, OperatorReport.id)
    )
    return [
        ReportLine(row.OperatorReport, row.short_name, local_date(row.sent_at) if row.sent_at else None, row.until)
        for row in ctx.session.execute(query)
    ]


def campaign_warnings(ctx: Ctx, campaign: ReportCampaign) -> list[str]:
    """What the department should know before it begins a campaign: one that asks the same for the same days, past days.

    Nothing is refused: a correction of a period, or a campaign begun late, is allowed.
    """
    warnings = []
    if campaign.kind is not CampaignKind.AD_HOC:
        overlapping = ctx.session.scalars(
            select(ReportCampaign)
            .where(
                ReportCampaign.id != campaign.id,
                ReportCampaign.kind == campaign.kind,
                ReportCampaign.state != CampaignState.CANCELLED,
                ReportCampaign.period_from <= campaign.period_to,
                ReportCampaign.period_to >= campaign.period_from,
            )
            .order_by(ReportCampaign.id)
        )
        warnings += [
            _(
                "Trùng kỳ với %(number)s (từ %(first)s đến %(last)s, %(state)s) và có đơn vị phải báo cáo hai lần.",
                number=other.number,
                first=format_date(other.period_from),
                last=format_date(other.period_to),
                state=str(other.state.label).lower(),
            )
            for other in overlapping
            if set(other.audience) & set(campaign.audience)
        ]
    asks_communes = exists().where(
        Organisation.id.in_(campaign.audience), Organisation.kind == OrganisationKind.COMMUNE_COMMITTEE
    )
    if campaign.kind is not CampaignKind.AD_HOC and ctx.session.scalar(select(asks_communes)):
        warnings.append(
            _(
                "Biểu mẫu của loại báo cáo này hỏi số liệu của doanh nghiệp; với UBND xã, phường hãy lập đợt theo yêu"
                " cầu với câu hỏi riêng."
            )
        )
    if campaign.state is CampaignState.DRAFT and campaign.due_on < ctx.today:
        sentence = _("Hạn nộp %(day)s đã qua: mọi báo cáo của đợt sẽ bị ghi là muộn.", day=format_date(campaign.due_on))
        warnings.append(sentence)
    return warnings


def missing_lines(lines: Sequence[ReportLine]) -> list[ReportLine]:
    """The reports that were not sent."""
    return [line for line in lines if line.report.state in (ReportState.ENTRY, ReportState.RETURNED)]


def organisation_name(ctx: Ctx, organisation_id: int) -> str:
    return ctx.session.scalars(select(Organisation.name).where(Organisation.id == organisation_id)).one()


def list_exceptions(ctx: Ctx, report_id: int) -> list[ExceptionView]:
    """All exceptions of a report, revoked ones included, the last first."""
    granted, revoked = aliased(UserAccount, name="granted"), aliased(UserAccount, name="revoked")
    query = (
        select(ReportException, granted.full_name, revoked.full_name.label("revoked_by"))
        .join(granted, granted.id == ReportException.granted_by_id)
        .outerjoin(revoked, revoked.id == ReportException.revoked_by_id)
        .where(ReportException.report_id == report_id)
        .order_by(ReportException.id.desc())
    )
    return [ExceptionView(row.ReportException, row.full_name, row.revoked_by) for row in ctx.session.execute(query)]


def get_submission(ctx: Ctx, report: OperatorReport, number: int) -> ReportSubmission:
    """NotFound for a submission that the report does not have."""
    query = select(ReportSubmission).where(ReportSubmission.report_id == report.id, ReportSubmission.place == number)
    submission = ctx.session.scalars(query).one_or_none()
    if submission is None:
        raise NotFound(_("%(number)s không có lần gửi thứ %(place)d.", number=report.number, place=number))
    return submission


def get_consolidation(ctx: Ctx, campaign: ReportCampaign, number: int) -> Consolidation:
    """NotFound for a version that the campaign does not have."""
    consolidation = next(
        (candidate for candidate in list_consolidations(ctx, campaign.id) if candidate.place == number), None
    )
    if consolidation is None:
        raise NotFound(_("%(number)s không có bản tổng hợp thứ %(place)d.", number=campaign.number, place=number))
    return consolidation


def list_remarks(ctx: Ctx, *, campaign_id: int | None = None, report_id: int | None = None) -> list[RemarkView]:
    """The standing remarks of a campaign or a report that the actor may see."""
    where: list[ColumnElement[bool]] = [visible(ctx, OperatorReport, P.REPORT_READ)]
    if campaign_id is not None:
        where.append(OperatorReport.campaign_id == campaign_id)
    if report_id is not None:
        where.append(OperatorReport.id == report_id)
    return _remarks(ctx, *where)


def _remarks(ctx: Ctx, *where: ColumnElement[bool]) -> list[RemarkView]:
    agency = aliased(Organisation, name="agency")
    query = (
        select(ReportRemark, OperatorReport, Organisation.short_name, agency.short_name.label("agency"))
        .join(OperatorReport, OperatorReport.id == ReportRemark.report_id)
        .join(Organisation, Organisation.id == OperatorReport.organisation_id)
        .outerjoin(agency, agency.id == ReportRemark.agency_id)
        .where(ReportRemark.withdrawn_at.is_(None), *where)
        .order_by(ReportRemark.kind, Organisation.short_name, ReportRemark.id)
    )
    return [
        RemarkView(row.ReportRemark, row.OperatorReport, row.short_name, row.agency)
        for row in ctx.session.execute(query)
    ]


def get_remark(ctx: Ctx, remark_id: int) -> RemarkView:
    """NotFound if the actor may see neither its report nor the remark itself, or it was withdrawn."""
    is_readable = or_(visible(ctx, OperatorReport, P.REPORT_READ), visible(ctx, ReportRemark, P.REMARK_HANDLE))
    views = _remarks(ctx, is_readable, ReportRemark.id == remark_id)
    if not views:
        raise NotFound(_("Không có ý kiến này, hoặc không có quyền xem."))
    return views[0]


def list_assigned_remarks(ctx: Ctx) -> list[RemarkView]:
    """The remarks without an answer that were assigned to the actor's organisation, the most urgent first."""
    if not holds(ctx.actor, P.REMARK_HANDLE):
        return []
    mine = ReportRemark.agency_id.in_(sorted(ctx.actor.organisation_ids))
    views = _remarks(ctx, visible(ctx, ReportRemark, P.REMARK_HANDLE), mine, ReportRemark.outcome.is_(None))
    return sorted(views, key=lambda view: (view.remark.due_on or ctx.today, view.remark.id))
