"""The workflow of a campaign, which the lead department runs."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, not_, select

from registry.accounts.models import Organisation
from registry.accounts.queries import organisations_without_accounts
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.campaigns.codes import CAMPAIGN, CAMPAIGN_TONES, CampaignKind, CampaignState, ReportState
from registry.campaigns.consolidation import consolidate
from registry.campaigns.documents import freeze_heading
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.queries import campaign_warnings
from registry.campaigns.report_workflow import CAMPAIGN_CANCELLED, REPORTS, department_of_reports
from registry.campaigns.settings import form_key
from registry.kernel.dated_settings import setting_row
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, _n, force_locale
from registry.notices.events import ROLE_PARTIES, Party
from registry.workflow.definition import Assignee, Data, Move, Workflow, text_need
from registry.workflow.engine import open_case
from registry.workflow.notices import notify_event

#: The event of the notice that an organisation gets.
ASSIGNED = "assigned"


def read_form(ctx: Ctx, campaign: ReportCampaign) -> None:
    """The form of the settings in force today becomes that of the campaign; composed questions stay."""
    if campaign.kind is CampaignKind.AD_HOC and campaign.form:
        return
    row = setting_row(ctx.session, form_key(campaign.kind), ctx.today)
    campaign.form, campaign.form_setting_id = row.value["rows"], row.id


def open_reports(ctx: Ctx, campaign: ReportCampaign) -> None:
    """One report for each expected organisation, and a notice to it."""
    query = select(Organisation).where(Organisation.id.in_(campaign.audience)).order_by(Organisation.id)
    for organisation in ctx.session.scalars(query).all():
        report = OperatorReport(
            campaign_id=campaign.id,
            organisation_id=organisation.id,
            due_on=campaign.due_on,
            title=f"{organisation.short_name} – {campaign.title}",
            version=1,
        )
        open_case(ctx, REPORTS, report, numbered=True)
        notify_event(ctx, REPORTS, report, ASSIGNED)


S = CampaignState
#: Reports that a consolidated report can be made of.
FINISHED: Final = (ReportState.ACCEPTED, ReportState.MISSING)
_NAMED: Final = 5
#: Who reads the consolidated report.
_READERS: Final = (Role.PROVINCIAL_PC.value, Role.MINISTRY.value)


def _without_audience(ctx: Ctx, case: ReportCampaign) -> str | None:
    """Somebody is expected to report."""
    del ctx
    if case.audience:
        return None
    return _("Đợt báo cáo %(number)s chưa có đơn vị phải báo cáo; hãy chọn đơn vị.", number=case.number)


def _has_open_reports(ctx: Ctx, model: Any) -> ColumnElement[bool]:
    del ctx
    return exists().where(OperatorReport.campaign_id == model.id, OperatorReport.state.not_in(FINISHED))


def _with_open_reports(ctx: Ctx, case: ReportCampaign) -> str | None:
    """Every report is accepted, or declared missing with a reason."""
    waiting = ctx.session.scalars(
        select(OperatorReport.title)
        .where(OperatorReport.campaign_id == case.id, OperatorReport.state.not_in(FINISHED))
        .order_by(OperatorReport.title)
        .limit(_NAMED)
    ).all()
    if not waiting:
        return None
    count = ctx.session.execute(
        select(func.count())
        .select_from(OperatorReport)
        .where(OperatorReport.campaign_id == case.id, OperatorReport.state.not_in(FINISHED))
    ).scalar_one()
    return _n(
        "Còn %(num)d báo cáo chưa được chấp nhận (%(titles)s); hãy chấp nhận, hoặc ghi rõ là không có báo cáo.",
        count,
        titles="; ".join(waiting),
    )


def _before_beginning(ctx: Ctx, case: ReportCampaign) -> list[tuple[str, str]]:
    """Overlapping campaigns and past days; the organisations that no notice reaches, since none of their users can sign
    in: they need a letter.
    """
    warnings = [(_("Lưu ý"), warning) for warning in campaign_warnings(ctx, case)]
    names = organisations_without_accounts(ctx, case.audience)
    if not names:
        return warnings
    return [*warnings, (_("Đơn vị chưa có tài khoản nên không nhận được thông báo, cần gửi văn bản"), "; ".join(names))]


def begin(ctx: Ctx, case: ReportCampaign, data: Data) -> None:
    """The form in force becomes that of the campaign; each expected organisation gets its report to fill in."""
    del data
    read_form(ctx, case)
    open_reports(ctx, case)


def lock(ctx: Ctx, case: ReportCampaign, data: Data) -> None:
    """A numbered version of the consolidated report is frozen, with what it was made of."""
    del data
    consolidation = consolidate(ctx, case)
    with force_locale(DEFAULT_LANGUAGE):
        freeze_heading(ctx, case, consolidation)


def cancel(ctx: Ctx, case: ReportCampaign, data: Data) -> None:
    """Each organisation that has a report in the campaign is notified of its end, under its own report."""
    del data
    reports = select(OperatorReport).where(OperatorReport.campaign_id == case.id).order_by(OperatorReport.id)
    for report in ctx.session.scalars(reports):
        notify_event(ctx, REPORTS, report, CAMPAIGN_CANCELLED)


CAMPAIGNS: Final = Workflow(
    code=CAMPAIGN,
    label=_l("Đợt báo cáo"),
    one=_l("Hồ sơ đợt báo cáo"),
    prefix="DB",
    model=ReportCampaign,
    states=CampaignState,
    start=S.DRAFT,
    moves=(
        Move(
            "begin",
            _l("Mở đợt báo cáo"),
            _l("Đã mở đợt báo cáo"),
            (S.DRAFT,),
            S.OPEN,
            P.CAMPAIGN_MANAGE,
            obstacle=_without_audience,
            current_values=_before_beginning,
            effect=begin,
            tone="primary",
        ),
        Move(
            "lock",
            _l("Khóa và lập báo cáo tổng hợp"),
            _l("Đã khóa, lập báo cáo tổng hợp"),
            (S.OPEN,),
            S.LOCKED,
            P.CAMPAIGN_MANAGE,
            obstacle=_with_open_reports,
            effect=lock,
            tone="primary",
            notifies=_READERS,
        ),
        Move(
            "reopen",
            _l("Mở lại"),
            _l("Đã mở lại đợt báo cáo"),
            (S.LOCKED,),
            S.OPEN,
            P.CAMPAIGN_MANAGE,
            needs=(text_need("reason", _l("Lý do mở lại")),),
        ),
        Move(
            "cancel",
            _l("Hủy đợt báo cáo"),
            _l("Đã hủy đợt báo cáo"),
            (S.DRAFT, S.OPEN),
            S.CANCELLED,
            P.CAMPAIGN_MANAGE,
            needs=(text_need("reason", _l("Lý do hủy")),),
            effect=cancel,
            tone="danger",
        ),
    ),
    read=P.CAMPAIGN_READ,
    judged=(),
    page="campaigns.detail",
    index="campaigns.index",
    parties={
        "department": Party(_l("Sở Khoa học và Công nghệ"), department_of_reports, watches=True),
        **{role: ROLE_PARTIES[role] for role in _READERS},
    },
    assignees={
        S.DRAFT: Assignee("department", P.CAMPAIGN_MANAGE),
        S.OPEN: Assignee("department", P.CAMPAIGN_MANAGE, where=lambda ctx, model: not_(_has_open_reports(ctx, model))),
    },
    other_assignees={
        S.OPEN: Assignee(
            "department",
            P.CAMPAIGN_MANAGE,
            act=_l("Đôn đốc các báo cáo chưa xong"),
            where=_has_open_reports,
        ),
    },
    main_path=(S.DRAFT, S.OPEN, S.LOCKED),
    event_labels={"own_template": _l("Lập bản tổng hợp theo mẫu của Sở")},
    tones=CAMPAIGN_TONES,
)
