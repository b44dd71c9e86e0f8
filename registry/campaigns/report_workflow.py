"""The workflow of one operator's report: entry, submission, approval by an officer, acceptance by the head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.campaigns.codes import REPORT, REPORT_TONES, CampaignState, Closed, ItemKind, ReportState
from registry.campaigns.exceptions import grant_until, last_day_of_entry
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.report_papers import freeze_report
from registry.campaigns.rules import EDITABLE, entry_problems, why_closed
from registry.campaigns.submission import closed_sentence, figures_of, former_submission, freeze, items_of
from registry.files.queries import list_files
from registry.kernel.days import APPOINTED
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, force_locale, format_date
from registry.kernel.i18n.stored import stored_text
from registry.notices.events import Audience, Party, Recipients
from registry.structures.positions.moment import day_start
from registry.workflow.definition import Assignee, Data, FilesNeed, Move, Workflow, text_need
from registry.workflow.notice_events import REMINDER

S = ReportState
_CORRECTION: Final = text_need(
    "reason",
    _l("Lý do đính chính"),
    needed_when=_l("khi báo cáo đã gửi trước đây"),
    hint=_l("Bản gửi trước vẫn được giữ."),
)
_SIGNER: Final = Field(
    "signed_by",
    _l("Người ký báo cáo (họ tên, chức vụ)"),
    max_length=200,
    hint=_l("Ghi trên bản DOCX, PDF của báo cáo; để trống thì ghi người gửi."),
)
_UNTIL: Final = Field(
    "until",
    _l("Được nhập đến hết ngày"),
    python_type=date,
    span=APPOINTED,
    hint=_l("Để trống thì theo ngày cuối được nhập của đợt báo cáo."),
)


def _campaign_of(ctx: Ctx, case: OperatorReport) -> ReportCampaign:
    campaign: ReportCampaign = ctx.session.get_one(ReportCampaign, case.campaign_id)
    return campaign


def _needs_of_correction(ctx: Ctx, case: OperatorReport) -> Sequence[Field]:
    """A report that was sent before needs the reason of its correction."""
    return () if former_submission(ctx, case.id) is None else (replace(_CORRECTION, required=True),)


def closed_now(ctx: Ctx, case: OperatorReport, state: ReportState | None = None) -> Closed | None:
    """Why nothing can be entered now, as if the report were in `state`."""
    campaign = _campaign_of(ctx, case)
    days = (campaign.opens_on, campaign.closes_on, last_day_of_entry(ctx, case.id))
    return why_closed(campaign.state, state or case.state, days, ctx.today)


def _closed(ctx: Ctx, case: OperatorReport) -> str | None:
    """The days of entry, or an exception for this report, permit it."""
    reason = closed_now(ctx, case)
    return None if reason is None else closed_sentence(ctx, case, reason)


def _cannot_take_back(ctx: Ctx, case: OperatorReport) -> str | None:
    """The days of entry still permit to send it again."""
    reason = closed_now(ctx, case, S.ENTRY)
    return None if reason is None else closed_sentence(ctx, case, reason)


def _campaign_locked(ctx: Ctx, case: OperatorReport) -> str | None:
    """The campaign is open: nothing changes under a consolidated report."""
    campaign = _campaign_of(ctx, case)
    if campaign.state is CampaignState.OPEN:
        return None
    return closed_sentence(ctx, case, Closed.LOCKED)


def _cannot_accept(ctx: Ctx, case: OperatorReport) -> str | None:
    """The campaign is open, and the one who accepts is not the one who approved."""
    locked = _campaign_locked(ctx, case)
    if locked is not None or case.approved_by_id != ctx.actor.id:
        return locked
    return _("%(number)s do chính người này duyệt; người chấp nhận phải là người khác.", number=case.number)


def _still_time(ctx: Ctx, case: OperatorReport) -> str | None:
    """The campaign is open, and the last day of entry of this report is over."""
    locked = _campaign_locked(ctx, case)
    campaign = _campaign_of(ctx, case)
    last = max(campaign.closes_on, last_day_of_entry(ctx, case.id) or campaign.closes_on)
    if locked is not None or ctx.today > last:
        return locked
    return _(
        "%(number)s còn được nhập đến hết ngày %(day)s; sau ngày đó mới ghi là không có báo cáo.",
        number=case.number,
        day=format_date(last),
    )


def may_submit(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """Every item has a figure, and every difference a reason."""
    campaign = _campaign_of(ctx, case)
    items = items_of(campaign)
    problems = entry_problems(items, figures_of(ctx, campaign, case))
    if problems:
        raise Invalid({"": list(problems.values())})
    files = [stored_text(item.label) for item in items if item.kind is ItemKind.FILE and item.required]
    if files and not data.get("papers") and not list_files(ctx, REPORT, case.id):
        raise Invalid({"papers": _("Chưa có tệp cho “%(items)s”; cần đính kèm khi gửi.", items="; ".join(files))})


def submit(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """The figures are frozen with the moment of the register and a digest."""
    submission = freeze(ctx, _campaign_of(ctx, case), case, data.get("reason"), data.get("signed_by"))
    with force_locale(DEFAULT_LANGUAGE):
        freeze_report(ctx, _campaign_of(ctx, case), case, submission)
    case.submitted_at = ctx.now


def _may_extend(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """A day for entry is not past."""
    del case
    until = data.get("until")
    if until is not None and until < ctx.today:
        sentence = _(
            "Ngày %(day)s đã qua; cần từ hôm nay %(today)s trở đi.",
            day=format_date(until),
            today=format_date(ctx.today),
        )
        raise Invalid({"until": sentence})


def _give_back(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """The report is the operator's again; a given day is an exception for it."""
    if data.get("until") is not None:
        grant_until(ctx, case, data["until"], data["reason"])
    case.approved_by_id = case.missing_reason = case.submitted_at = None


def approve(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """Who approved is noted."""
    del data
    case.approved_by_id = ctx.actor.id


def _take_back_approval(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """The approval is cleared."""
    del ctx, data
    case.approved_by_id = None


def _declare_missing(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """Why there is no report is noted; the consolidated report says so."""
    del ctx
    case.missing_reason, case.submitted_at = data["reason"], None


def _take_back(ctx: Ctx, case: OperatorReport, data: Data) -> None:
    """The frozen submission stays; the next one is its correction."""
    del ctx, data
    case.submitted_at = None


def _operator(ctx: Ctx, case: OperatorReport) -> Audience:
    del ctx
    return Audience(organisation_ids=frozenset({case.organisation_id}))


def department_of_reports(ctx: Ctx, case: OperatorReport | ReportCampaign) -> Audience:
    """Who runs campaigns and approves reports."""
    del ctx, case
    return Audience(roles=frozenset({Role.LEAD_DEPARTMENT}))


def _due_at(case: OperatorReport) -> datetime | None:
    return day_start(case.due_on + timedelta(days=1)) if case.state in EDITABLE else None


def _open_ones(ctx: Ctx, model: Any) -> Any:
    """Reports of campaigns that take reports."""
    del ctx
    return model.campaign_id.in_(select(ReportCampaign.id).where(ReportCampaign.state == CampaignState.OPEN))


#: The event of a report whose campaign was cancelled.
CAMPAIGN_CANCELLED: Final = "campaign_cancelled"
REPORTS: Final = Workflow(
    code=REPORT,
    label=_l("Báo cáo của đơn vị"),
    one=_l("Hồ sơ báo cáo"),
    prefix="BC",
    model=OperatorReport,
    states=ReportState,
    start=S.ENTRY,
    moves=(
        Move(
            "submit",
            _l("Gửi báo cáo"),
            _l("Đã gửi báo cáo"),
            (S.ENTRY, S.RETURNED),
            S.SUBMITTED,
            P.REPORT_SUBMIT,
            needs=(
                _CORRECTION,
                _SIGNER,
                FilesNeed("papers", _l("Tài liệu kèm theo"), needed_when=_l("khi có câu hỏi phải trả lời bằng tệp")),
            ),
            obstacle=_closed,
            case_needs=_needs_of_correction,
            guard=may_submit,
            effect=submit,
            notifies=("department",),
            tone="primary",
        ),
        Move(
            "take_back",
            _l("Rút lại để sửa"),
            _l("Doanh nghiệp đã rút lại báo cáo"),
            (S.SUBMITTED,),
            S.ENTRY,
            P.REPORT_SUBMIT,
            needs=(text_need("reason", _l("Lý do rút lại")),),
            obstacle=_cannot_take_back,
            effect=_take_back,
            notifies=("department",),
        ),
        Move(
            "approve",
            _l("Duyệt"),
            _l("Chuyên viên đã duyệt báo cáo"),
            (S.SUBMITTED,),
            S.APPROVED,
            P.REPORT_REVIEW,
            obstacle=_campaign_locked,
            effect=approve,
            tone="primary",
        ),
        Move(
            "return",
            _l("Trả lại"),
            _l("Đã trả lại báo cáo"),
            (S.SUBMITTED, S.APPROVED),
            S.RETURNED,
            P.REPORT_REVIEW,
            needs=(text_need("reason", _l("Nội dung cần sửa")), _UNTIL),
            obstacle=_campaign_locked,
            guard=_may_extend,
            effect=_give_back,
            notifies=("operator",),
        ),
        Move(
            "take_back_approval",
            _l("Bỏ duyệt"),
            _l("Đã bỏ duyệt báo cáo"),
            (S.APPROVED,),
            S.SUBMITTED,
            P.REPORT_REVIEW,
            needs=(text_need("reason", _l("Lý do bỏ duyệt")),),
            obstacle=_campaign_locked,
            effect=_take_back_approval,
        ),
        Move(
            "accept",
            _l("Chấp nhận"),
            _l("Lãnh đạo đã chấp nhận báo cáo"),
            (S.APPROVED,),
            S.ACCEPTED,
            P.REPORT_ACCEPT,
            obstacle=_cannot_accept,
            notifies=("operator",),
            tone="primary",
        ),
        Move(
            "take_back_acceptance",
            _l("Bỏ chấp nhận"),
            _l("Đã bỏ chấp nhận báo cáo"),
            (S.ACCEPTED,),
            S.APPROVED,
            P.REPORT_ACCEPT,
            needs=(text_need("reason", _l("Lý do bỏ chấp nhận")),),
            obstacle=_campaign_locked,
            notifies=("operator",),
        ),
        Move(
            "declare_missing",
            _l("Ghi không có báo cáo"),
            _l("Đã ghi là không có báo cáo"),
            (S.ENTRY, S.RETURNED),
            S.MISSING,
            P.REPORT_REVIEW,
            needs=(text_need("reason", _l("Lý do không có báo cáo")),),
            obstacle=_still_time,
            effect=_declare_missing,
            notifies=("operator",),
            tone="danger",
        ),
        Move(
            "resume",
            _l("Cho nhập lại"),
            _l("Đã cho nhập lại báo cáo"),
            (S.MISSING,),
            S.ENTRY,
            P.REPORT_REVIEW,
            needs=(text_need("reason", _l("Lý do cho nhập lại")), _UNTIL),
            obstacle=_campaign_locked,
            guard=_may_extend,
            effect=_give_back,
            notifies=("operator",),
        ),
    ),
    read=P.REPORT_READ,
    judged=("owner",),
    page="operator_reports.detail",
    index="operator_reports.index",
    parties={
        "operator": Party(_l("Đơn vị báo cáo"), _operator),
        "department": Party(_l("Sở Khoa học và Công nghệ"), department_of_reports, watches=True),
    },
    assignees={
        S.ENTRY: Assignee("operator", P.REPORT_SUBMIT, act=_l("Lập và gửi báo cáo"), where=_open_ones),
        S.RETURNED: Assignee("operator", P.REPORT_SUBMIT, act=_l("Sửa và gửi lại báo cáo"), where=_open_ones),
        S.SUBMITTED: Assignee("department", P.REPORT_REVIEW, act=_l("Duyệt báo cáo"), where=_open_ones),
        S.APPROVED: Assignee("department", P.REPORT_ACCEPT, act=_l("Chấp nhận báo cáo"), where=_open_ones),
    },
    main_path=(S.ENTRY, S.SUBMITTED, S.APPROVED, S.ACCEPTED),
    stated_due_at=_due_at,
    has_messages=True,
    events={
        "assigned": Recipients(act=("operator",)),
        REMINDER: Recipients(act=("operator",)),
        "exception": Recipients(act=("operator",)),
        "exception_revoked": Recipients(affected=("operator",)),
        CAMPAIGN_CANCELLED: Recipients(affected=("operator",)),
    },
    event_labels={
        "assigned": _l("Có báo cáo phải lập"),
        "exception": _l("Cho nhập muộn"),
        "exception_revoked": _l("Thu hồi việc cho nhập muộn"),
        CAMPAIGN_CANCELLED: _l("Đợt báo cáo đã bị hủy; không phải gửi báo cáo này"),
    },
    tones=REPORT_TONES,
)
