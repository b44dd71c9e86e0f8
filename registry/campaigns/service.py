"""Writes of campaigns outside of moves: the campaign itself, entries, exceptions, remarks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.accounts.queries import list_agencies
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.campaigns.codes import CampaignKind, CampaignState
from registry.campaigns.commands import (
    AddRemark,
    AnswerRemark,
    ComposeQuestions,
    GrantException,
    HandleRemark,
    SaveEntries,
    WriteCampaign,
)
from registry.campaigns.exceptions import grant_until, open_exception
from registry.campaigns.models import (
    DAYS,
    OperatorReport,
    ReportCampaign,
    ReportEntry,
    ReportException,
    ReportRemark,
)
from registry.campaigns.queries import campaign_of, get_remark, list_reporters
from registry.campaigns.report_workflow import REPORTS, closed_now
from registry.campaigns.rules import EDITABLE, Days, content_problem, day_problems, question_problems
from registry.campaigns.submission import closed_sentence, items_of
from registry.campaigns.workflow import CAMPAIGNS
from registry.kernel.errors import Conflict, Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, _l, format_date
from registry.notices.events import ROLE_PARTIES, Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.workflow.engine import check_version, lock_case, note_event, open_case, touch
from registry.workflow.notices import notify_event
from registry.workflow.undo import undo_of_case

EXCEPTION: Final = "exception"
EXCEPTION_REVOKED: Final = "exception_revoked"
#: The kind of the notices about remarks, and their events.
REMARK: Final = "report_remark"
REMARK_ASSIGNED, REMARK_HELD, REMARK_MOVED, REMARK_ANSWERED = "assigned", "held", "moved", "answered"


def write_campaign(ctx: Ctx, command: WriteCampaign) -> ReportCampaign:
    """A new campaign as a draft, or another content of a draft; Invalid names every wrong field."""
    require(ctx, P.CAMPAIGN_MANAGE)
    values = command.values
    errors = day_problems(Days(**{name: values[name] for name in DAYS}))
    reporter_ids = {organisation.id for organisation in list_reporters(ctx)}
    if not command.audience:
        errors["audience"] = _("Chưa chọn đơn vị nào phải báo cáo.")
    elif set(command.audience) - reporter_ids:
        errors["audience"] = _("Có đơn vị không còn hoạt động hoặc không thuộc diện báo cáo; hãy chọn lại.")
    if errors:
        raise Invalid(errors)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    facts = {**values, "title": command.title, "audience": sorted(set(command.audience))}
    if command.campaign_id is None:
        opened_campaign: ReportCampaign = open_case(
            ctx,
            CAMPAIGNS,
            ReportCampaign(organisation_id=ctx.actor.organisation_id, form=[], version=1, **facts),
            numbered=True,
        )
        return opened_campaign
    campaign: ReportCampaign = lock_case(ctx, CAMPAIGNS, command.campaign_id)
    check_version(campaign, command.version)
    if campaign.state is not CampaignState.DRAFT:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s”; chỉ sửa được khi còn là dự thảo.",
                number=campaign.number,
                state=campaign.state.label,
            )
        )
    for name, value in facts.items():
        setattr(campaign, name, value)
    touch(ctx, CAMPAIGNS, campaign, "edit")
    return campaign


def compose_questions(ctx: Ctx, command: ComposeQuestions) -> ReportCampaign:
    """The questions of a draft on request; none: those of the settings. Conflict if another composed meanwhile."""
    campaign: ReportCampaign = lock_case(ctx, CAMPAIGNS, command.campaign_id)
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    check_version(campaign, command.version)
    if campaign.state is not CampaignState.DRAFT or campaign.kind is not CampaignKind.AD_HOC:
        raise MoveRefused(
            _(
                "%(number)s (%(kind)s) đang ở trạng thái “%(state)s”; chỉ soạn câu hỏi cho dự thảo báo cáo đột xuất.",
                number=campaign.number,
                kind=campaign.kind.label,
                state=campaign.state.label,
            )
        )
    problems = question_problems(command.items)
    if problems:
        raise Invalid(problems)
    campaign.form = [item.as_row() for item in command.items.values()]
    touch(ctx, CAMPAIGNS, campaign, "questions")
    return campaign


def save_entries(ctx: Ctx, command: SaveEntries) -> OperatorReport:
    """Store what is typed for a report; MoveRefused with the reason where nothing can be entered now."""
    report = lock_case(ctx, REPORTS, command.report_id)
    require(ctx, P.REPORT_SUBMIT, report)
    check_version(report, command.version)
    reason = closed_now(ctx, report)
    if reason is not None:
        raise MoveRefused(closed_sentence(ctx, report, reason))
    campaign = campaign_of(ctx, report)
    stored = {
        entry.item: entry
        for entry in ctx.session.scalars(select(ReportEntry).where(ReportEntry.report_id == report.id))
    }
    problems: dict[str, str] = {}
    for item in items_of(campaign):
        value, why = command.entries.get(item.code, (None, None))
        content = command.contents.get(item.code)
        problem = content_problem(item, content) if content else None
        if problem is not None:
            problems[f"content_{item.code}"] = problem
        entry = stored.get(item.code)
        if entry is None:
            if value is None and why is None and content is None:
                continue
            ctx.session.add(ReportEntry(report_id=report.id, item=item.code, value=value, reason=why, content=content))
        else:
            entry.value, entry.reason, entry.content = value, why, content
    if problems:
        raise Invalid(problems)
    touch(ctx, REPORTS, report, "edit")
    saved: OperatorReport = report
    return saved


def grant_exception(ctx: Ctx, command: GrantException) -> ReportException:
    """Let one report be entered until a later day; it is noted in the report's history."""
    report = lock_case(ctx, REPORTS, command.report_id)
    require(ctx, P.REPORT_REVIEW, report)
    campaign = campaign_of(ctx, report)
    if campaign.state is not CampaignState.OPEN:
        raise MoveRefused(
            _("Đợt báo cáo %(number)s không còn thu báo cáo nên không cho nhập muộn.", number=campaign.number)
        )
    if report.state not in EDITABLE:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s”; chỉ cho nhập muộn khi doanh nghiệp đang lập báo cáo.",
                number=report.number,
                state=report.state.label,
            )
        )
    if command.until < ctx.today or command.until <= campaign.closes_on:
        sentence = _(
            "Ngày %(day)s không dùng được; cần từ hôm nay %(today)s trở đi và sau ngày cuối được nhập %(last)s.",
            day=format_date(command.until),
            today=format_date(ctx.today),
            last=format_date(campaign.closes_on),
        )
        raise Invalid({"until": sentence})
    exception = grant_until(ctx, report, command.until, command.reason)
    ctx.session.flush()
    touch(ctx, REPORTS, report, EXCEPTION, until=command.until.isoformat())
    note_event(ctx, REPORTS.code, report, EXCEPTION, reason=f"{format_date(command.until)}: {command.reason}")
    notify_event(ctx, REPORTS, report, EXCEPTION)
    return exception


def revoke_exception(ctx: Ctx, report_id: int, reason: str) -> ReportException:
    """End the exception of a report; Conflict if there is none."""
    report = lock_case(ctx, REPORTS, report_id)
    require(ctx, P.REPORT_REVIEW, report)
    exception = open_exception(ctx, report.id)
    if exception is None:
        raise Conflict(_("%(number)s không có ngày nhập muộn nào đang có hiệu lực.", number=report.number))
    exception.revoked_at, exception.revoked_by_id, exception.revoked_reason = ctx.now, ctx.actor.id, reason
    ctx.session.flush()
    touch(ctx, REPORTS, report, EXCEPTION_REVOKED)
    note_event(ctx, REPORTS.code, report, EXCEPTION_REVOKED, reason=reason)
    notify_event(ctx, REPORTS, report, EXCEPTION_REVOKED)
    return exception


def add_remark(ctx: Ctx, command: AddRemark) -> ReportRemark:
    """Attach an obstacle or a proposal to a report that is being filled in."""
    report = lock_case(ctx, REPORTS, command.report_id)
    require(ctx, P.REPORT_SUBMIT, report)
    reason = closed_now(ctx, report)
    if reason is not None:
        raise MoveRefused(closed_sentence(ctx, report, reason))
    remark = ReportRemark(
        report_id=report.id,
        kind=command.kind,
        text=command.text,
        written_at=ctx.now,
        written_by_id=ctx.actor.id,
    )
    ctx.session.add(remark)
    touch(ctx, REPORTS, report, "remark")
    return remark


def withdraw_remark(ctx: Ctx, remark_id: int) -> OperatorReport:
    """Take a remark back while the report is being filled in."""
    view = get_remark(ctx, remark_id)
    report = lock_case(ctx, REPORTS, view.report.id)
    require(ctx, P.REPORT_SUBMIT, report)
    reason = closed_now(ctx, report)
    if reason is not None:
        raise MoveRefused(closed_sentence(ctx, report, reason))
    view.remark.withdrawn_at = ctx.now
    touch(ctx, REPORTS, report, "withdraw_remark")
    withdrawn: OperatorReport = report
    return withdrawn


def handle_remark(ctx: Ctx, command: HandleRemark) -> ReportRemark:
    """Give a remark to an agency, or note what came of it; Conflict if somebody else did meanwhile."""
    report, remark = _locked_remark(ctx, command.remark_id, command.version)
    require(ctx, P.REPORT_REVIEW, report)
    if command.agency_id not in {agency.id for agency in list_agencies(ctx)}:
        raise Invalid({"agency": _("Cơ quan đã chọn không còn trong danh sách; hãy chọn lại.")})
    moved, former = (command.agency_id, command.due_on) != (remark.agency_id, remark.due_on), remark.agency_id
    if moved and command.due_on < ctx.today:
        raise Invalid(
            {
                "due_on": _(
                    "Ngày %(day)s đã qua; cần ngày từ hôm nay (%(today)s) trở đi.",
                    day=format_date(command.due_on),
                    today=format_date(ctx.today),
                )
            }
        )
    remark.agency_id, remark.due_on = command.agency_id, command.due_on
    answered = _answer(ctx, remark, command.outcome)
    touch(ctx, REPORTS, report, "handle_remark", new_version=False, remark_id=remark.id)
    if moved:
        _notify(ctx, report, remark, REMARK_ASSIGNED)
        _notify(ctx, report, remark, REMARK_HELD)
    if former is not None and former != command.agency_id:
        _notify(ctx, report, remark, REMARK_MOVED, former)
    if answered:
        _notify(ctx, report, remark, REMARK_ANSWERED)
    return remark


def answer_remark(ctx: Ctx, command: AnswerRemark) -> ReportRemark:
    """The answer of the assigned agency; operator and lead department are notified."""
    report, remark = _locked_remark(ctx, command.remark_id, command.version)
    require(ctx, P.REMARK_HANDLE, remark)
    answered = _answer(ctx, remark, command.outcome)
    touch(ctx, REPORTS, report, "answer_remark", new_version=False, remark_id=remark.id)
    if answered:
        _notify(ctx, report, remark, REMARK_ANSWERED)
    return remark


def _locked_remark(ctx: Ctx, remark_id: int, version: int) -> tuple[OperatorReport, ReportRemark]:
    view = get_remark(ctx, remark_id)
    # An assigned agency may not read the report: what it may do is checked on the remark.
    report = ctx.session.get_one(OperatorReport, view.report.id, with_for_update=True, populate_existing=True)
    ctx.session.refresh(view.remark, with_for_update=True)
    if view.remark.version != version:
        raise Conflict(_("Ý kiến này đã được người khác xử lý sau khi mở trang; hãy đọc lại."))
    return report, view.remark


def _answer(ctx: Ctx, remark: ReportRemark, outcome: str | None) -> bool:
    """Store what came of a remark; whether there is a new answer."""
    if outcome == remark.outcome:
        return False
    remark.outcome = outcome
    remark.answered_at = None if outcome is None else ctx.now
    return outcome is not None


@dataclass(frozen=True)
class RemarkSides:
    """The organisations that a remark concerns."""

    operator_id: int
    agency_id: int | None
    former_agency_id: int | None = None


REMARK_EVENTS: Final = declare_events(
    REMARK,
    _l("Vướng mắc, kiến nghị trong báo cáo"),
    {
        **ROLE_PARTIES,
        "operator": organisation_party(_l("Đơn vị báo cáo"), lambda sides: sides.operator_id),
        "agency": organisation_party(_l("Cơ quan được giao giải quyết"), lambda sides: sides.agency_id),
        "former": organisation_party(_l("Cơ quan được giao trước đó"), lambda sides: sides.former_agency_id),
    },
    {
        REMARK_ASSIGNED: (_l("Được giao giải quyết"), Recipients(act=("agency",)), _l("Giải quyết và trả lời")),
        REMARK_HELD: (_l("Đã giao cơ quan giải quyết"), Recipients(affected=("operator",))),
        REMARK_MOVED: (_l("Đã giao cơ quan khác"), Recipients(affected=("former",))),
        REMARK_ANSWERED: (
            _l("Đã có trả lời"),
            Recipients(affected=("operator",), watch=(Role.LEAD_DEPARTMENT.value,)),
        ),
    },
)


def _notify(ctx: Ctx, report: OperatorReport, remark: ReportRemark, event: str, former_id: int | None = None) -> None:
    """A notice about a remark."""
    agency = ctx.session.get_one(Organisation, remark.agency_id) if remark.agency_id is not None else None
    facts: dict[str, Any] = {"due_on": remark.due_on.isoformat() if remark.due_on else ""}
    if event == REMARK_ASSIGNED:
        facts["by"] = facts["due_on"]
    notify(
        ctx,
        REMARK_EVENTS[event],
        remark.id,
        RemarkSides(report.organisation_id, remark.agency_id, former_id),
        number=report.number or "",
        report_id=report.id,
        agency=agency.short_name if agency is not None else "",
        **facts,
    )


def read_remark_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a remark."""
    number, agency = notice.params["number"], notice.params["agency"]
    remark = {"remark_id": notice.subject_id}
    if notice.event == REMARK_ASSIGNED:
        day = format_date(date.fromisoformat(notice.params["due_on"]))
        sentence = _(
            "Báo cáo %(number)s có một vướng mắc được giao, trả lời trước khi hết ngày %(day)s.", number=number, day=day
        )
        return NoticeText(sentence, "operator_reports.handling", remark)
    if notice.event == REMARK_MOVED:
        sentence = _("Một vướng mắc trong báo cáo %(number)s đã được giao cho cơ quan khác giải quyết.", number=number)
        return NoticeText(sentence, "notices.index")
    if notice.event == REMARK_HELD:
        sentence = _(
            "Vướng mắc trong báo cáo %(number)s đã giao cho %(agency)s giải quyết.", number=number, agency=agency
        )
    else:
        sentence = _("%(agency)s đã trả lời vướng mắc trong báo cáo %(number)s.", number=number, agency=agency)
    return NoticeText(sentence, "operator_reports.detail", {"case_id": notice.params["report_id"]})


def _require_draft(_ctx: Ctx, campaign: ReportCampaign) -> None:
    if campaign.state is not CampaignState.DRAFT:
        raise MoveRefused(
            _(
                "%(number)s đang ở trạng thái “%(state)s”; chỉ sửa được khi còn là dự thảo.",
                number=campaign.number,
                state=campaign.state.label,
            )
        )


def _require_open(ctx: Ctx, report: OperatorReport) -> None:
    reason = closed_now(ctx, report)
    if reason is not None:
        raise MoveRefused(closed_sentence(ctx, report, reason))


UNDO_CAMPAIGN: Final = undo_of_case(CAMPAIGNS, P.CAMPAIGN_MANAGE, _require_draft)
UNDO_REPORT: Final = undo_of_case(REPORTS, P.REPORT_SUBMIT, _require_open, parts=(ReportEntry,))
