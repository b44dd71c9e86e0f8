"""Pages of the reports of operators: list, figures, frozen submissions, exceptions, remarks."""

from __future__ import annotations

import io
from collections.abc import Callable
from textwrap import shorten
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, send_file, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from registry.accounts.queries import list_agencies
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.campaigns.codes import CampaignState, Closed
from registry.campaigns.exceptions import open_exception
from registry.campaigns.forms import (
    REASON_NEEDED,
    AnswerForm,
    ExceptionForm,
    HandleForm,
    RemarkForm,
    RevokeForm,
    entries_as_typed,
    entry_form,
    remark_as_typed,
)
from registry.campaigns.list_view import REPORT_LIST
from registry.campaigns.measures import MEASURES, count_restricted, list_url, statuses_of
from registry.campaigns.models import OperatorReport, ReportCampaign
from registry.campaigns.queries import (
    campaign_of,
    get_remark,
    get_report,
    get_submission,
    list_assigned_remarks,
    list_exceptions,
    list_remarks,
    organisation_name,
)
from registry.campaigns.report_papers import report_paper
from registry.campaigns.report_workflow import REPORTS, closed_now
from registry.campaigns.rules import EDITABLE, Item, ItemFigures, entry_problems, reason_cause
from registry.campaigns.service import (
    add_remark,
    answer_remark,
    grant_exception,
    handle_remark,
    revoke_exception,
    save_entries,
    withdraw_remark,
)
from registry.campaigns.submission import (
    closed_sentence,
    figures_of,
    is_untouched,
    items_of,
    list_submissions,
    recompute,
)
from registry.documents.issued import IssuedPaper, served_pdf
from registry.documents.official import DOCX, OfficialPaper, write_docx, write_pdf
from registry.files.pages import files_part
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale, format_date, format_number
from registry.kernel.lists.page import list_page
from registry.structures.positions.moment import When
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view
from registry.workflow.worklist import WorklistTask

bp = GuardedBlueprint("operator_reports", __name__, errors=html_errors, url_prefix="/operator-reports")
#: Letters of a remark on the desk.
_CLIPPED: Final = 120
_LIST: Final = Markup('%s <a href="%s">%s</a>')


@bp.get("", permission=P.REPORT_READ)
def index(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, REPORT_LIST))


@bp.get("/<int:case_id>", permission=P.REPORT_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One report: the form of its figures while they can be entered, what was sent, exceptions and remarks."""
    return _page(ctx, get_report(ctx, case_id))


@bp.post("/<int:case_id>", permission=P.REPORT_SUBMIT)
def save(ctx: Ctx, case_id: int) -> Page:
    """Save the figures; 422 and 409 (somebody else saved meanwhile) keep what was typed."""
    report = _own(ctx, case_id)
    items = items_of(campaign_of(ctx, report))
    form = entry_form(items)()
    return save_case_form(
        ctx,
        report,
        form,
        lambda: save_entries(ctx, form.to_command(report.id, items)),
        lambda: _page(ctx, report, entries=form),
        "operator_reports.detail",
    )


@bp.get("/<int:case_id>/submissions/<int:place>", permission=P.REPORT_READ)
def submission(ctx: Ctx, case_id: int, place: int) -> str:
    """What was sent, as it was frozen."""
    return _submission_page(ctx, case_id, place, again=False)


@bp.get("/<int:case_id>/submissions/<int:place>/check", permission=P.REPORT_READ, costly=True)
def check(ctx: Ctx, case_id: int, place: int) -> str:
    """The same with the register's figures computed once more, for the same day and moment."""
    return _submission_page(ctx, case_id, place, again=True)


@bp.get("/<int:case_id>/submissions/<int:number>.docx", permission=P.REPORT_READ, costly=True)
def docx(ctx: Ctx, case_id: int, number: int) -> FlaskResponse:
    """A submission as a paper to sign, to be edited."""
    report, _issued, paper = _paper(ctx, case_id, number)
    return _sent(report, number, write_docx(paper), "docx", DOCX)


@bp.get("/<int:case_id>/submissions/<int:number>.pdf", permission=P.REPORT_READ, costly=True)
def pdf(ctx: Ctx, case_id: int, number: int) -> FlaskResponse:
    """A submission as a paper to sign; once issued its bytes are the same for everyone."""
    report, issued, paper = _paper(ctx, case_id, number)
    with force_locale(DEFAULT_LANGUAGE):
        content = write_pdf(paper) if issued is None else served_pdf(ctx, issued, lambda: write_pdf(paper))
    return _sent(report, number, content, "pdf", "application/pdf")


def _paper(ctx: Ctx, case_id: int, number: int) -> tuple[OperatorReport, IssuedPaper | None, OfficialPaper]:
    report = get_report(ctx, case_id)
    with force_locale(DEFAULT_LANGUAGE):
        return report, *report_paper(ctx, campaign_of(ctx, report), report, get_submission(ctx, report, number))


def _sent(report: OperatorReport, number: int, body: bytes, extension: str, media: str) -> FlaskResponse:
    name = f"{report.number}-lan-{number}.{extension}"
    answer: FlaskResponse = send_file(io.BytesIO(body), mimetype=media, as_attachment=True, download_name=name)
    return answer


@bp.post("/<int:case_id>/exceptions", permission=P.REPORT_REVIEW)
def grant(ctx: Ctx, case_id: int) -> Page:
    """Let the report be entered until a later day."""
    report, form = get_report(ctx, case_id), ExceptionForm()
    return _changed(
        ctx,
        report,
        form,
        lambda: grant_exception(ctx, form.to_command(report.id)),
        _("Đã cho nhập muộn."),
        granted=form,
    )


@bp.post("/<int:case_id>/exceptions/revoke", permission=P.REPORT_REVIEW)
def revoke(ctx: Ctx, case_id: int) -> Page:
    """End the exception of the report."""
    report, form = get_report(ctx, case_id), RevokeForm()
    return _changed(
        ctx,
        report,
        form,
        lambda: revoke_exception(ctx, report.id, form["reason"].value),
        _("Đã thu hồi việc cho nhập muộn."),
        revoked=form,
    )


@bp.post("/<int:case_id>/remarks", permission=P.REPORT_SUBMIT)
def remark(ctx: Ctx, case_id: int) -> Page:
    """Attach an obstacle or a proposal."""
    report, form = _own(ctx, case_id), RemarkForm()
    return _changed(
        ctx, report, form, lambda: add_remark(ctx, form.to_command(report.id)), _("Đã thêm ý kiến."), remarked=form
    )


@bp.post("/remarks/<int:remark_id>/withdraw", permission=P.REPORT_SUBMIT)
def withdraw(ctx: Ctx, remark_id: int) -> Response:
    """Take a remark back."""
    report = withdraw_remark(ctx, remark_id)
    flash_done(ctx, _("Đã rút ý kiến."))
    return redirect(url_for("operator_reports.detail", case_id=report.id), code=303)


@bp.get("/remarks/<int:remark_id>", permission=P.REMARK_HANDLE)
def handling(ctx: Ctx, remark_id: int) -> str:
    """A remark: the department assigns it, the assigned agency answers."""
    view = get_remark(ctx, remark_id)
    require(ctx, P.REMARK_HANDLE, view.remark)
    form = HandleForm if holds(ctx.actor, P.REPORT_REVIEW) else AnswerForm
    return _remark_page(ctx, remark_id, form(formdata=None, data=remark_as_typed(view.remark)))


@bp.post("/remarks/<int:remark_id>", permission=P.REMARK_HANDLE)
def handle(ctx: Ctx, remark_id: int) -> Page:
    """Give a remark to an agency, or answer it; 422 and 409 keep what was typed."""
    view = get_remark(ctx, remark_id)
    require(ctx, P.REMARK_HANDLE, view.remark)
    assigns = holds(ctx.actor, P.REPORT_REVIEW)
    form: Any = HandleForm() if assigns else AnswerForm()
    if assigns:
        form.offer(list_agencies(ctx))
    store: Callable[[Ctx, Any], Any] = handle_remark if assigns else answer_remark
    done = submit(ctx, form, lambda: store(ctx, form.to_command(remark_id)), current=view.remark)
    if done is None:
        return _remark_page(ctx, remark_id, form), form.refusal_status
    flash_done(ctx, _("Đã lưu."))
    if not assigns:
        return redirect(url_for("operator_reports.handling", remark_id=remark_id), code=303)
    return redirect(url_for("campaigns.detail", case_id=view.report.campaign_id), code=303)


def _own(ctx: Ctx, case_id: int) -> OperatorReport:
    report = get_report(ctx, case_id)
    require(ctx, P.REPORT_SUBMIT, report)
    return report


def _changed(
    ctx: Ctx, report: OperatorReport, form: BaseForm, call: Callable[[], Any], done: str, **shown: BaseForm
) -> Page:
    if submit(ctx, form, call) is None:
        return _page(ctx, report, **shown), form.refusal_status
    flash_done(ctx, done)
    return redirect(url_for("operator_reports.detail", case_id=report.id), code=303)


def _page(ctx: Ctx, report: OperatorReport, *, entries: Any = None, **shown: BaseForm) -> str:
    campaign = campaign_of(ctx, report)
    view = case_view(ctx, REPORTS, report)
    is_own, reviews = allowed(ctx, P.REPORT_SUBMIT, report), allowed(ctx, P.REPORT_REVIEW, report)
    closed = closed_now(ctx, report)
    items = items_of(campaign)
    editing = report.state in EDITABLE and campaign.state is CampaignState.OPEN and closed is not Closed.NOT_BEGUN
    figures = figures_of(ctx, campaign, report) if editing else {}
    if is_own and editing and closed is None and entries is None:
        entries = entry_form(items)(formdata=None, data=entries_as_typed(items, figures, report.version))
    if entries is not None and not (is_own and closed is None):
        entries = None
    open_entry = editing and is_own and closed is None
    extends = reviews and report.state in EDITABLE and campaign.state is CampaignState.OPEN
    exceptions = list_exceptions(ctx, report.id)
    # One of the two: an exception is revoked before another one is granted.
    stands = open_exception(ctx, report.id) is not None
    granted = ExceptionForm(formdata=None) if extends and not stands and not shown else None
    revoked = RevokeForm(formdata=None) if reviews and stands and not shown else None
    remarked = RemarkForm(formdata=None) if open_entry and not shown else None
    forms = {"granted": granted, "revoked": revoked, "remarked": remarked} | shown
    return render_template(
        "campaigns/report.html",
        labels=labels_of(ReportCampaign),
        case=report,
        campaign=campaign,
        organisation=organisation_name(ctx, report.organisation_id),
        view=view,
        steps=view.steps,
        items=items,
        figures=figures,
        restricted=count_restricted(ctx, When(campaign.cutoff_on, ctx.now), report.organisation_id) if editing else 0,
        hints=_hints(report, campaign, items, figures, ctx),
        reason_needed=REASON_NEEDED,
        needed={item.code: reason_cause(item, figures[item.code]) for item in items} if figures else {},
        problems=entry_problems(items, figures) if figures else {},
        closed=closed_sentence(ctx, report, closed) if closed is not None and is_own else None,
        entries=entries,
        submissions=list_submissions(ctx, report.id),
        exceptions=exceptions,
        remarks=list_remarks(ctx, report_id=report.id),
        reviews=reviews,
        **files_part(ctx, REPORTS.code, report.id),
        form=BaseForm(formdata=None),
        errors=entries or next((form for form in shown.values()), None),
        sees_campaign=holds(ctx.actor, P.CAMPAIGN_READ),
        **forms,
    )


def _hints(
    report: OperatorReport,
    campaign: ReportCampaign,
    items: list[Item],
    figures: dict[str, ItemFigures],
    ctx: Ctx,
) -> dict[str, Any]:
    """Below each figure: what the register gives, with its list, and what the last report said."""
    hints: dict[str, Any] = {}
    when = When(campaign.cutoff_on, ctx.now)
    for item in items:
        its = figures.get(item.code)
        if its is None:
            continue
        parts: list[Any] = []
        if its.register is not None:
            sentence = _("Cơ sở dữ liệu: %(value)s.", value=format_number(its.register))
            url = list_url(MEASURES[item.measure], report.organisation_id, when)
            parts.append(_LIST % (sentence, url, _("Xem danh sách")) if url else sentence)
        if its.former is not None:
            parts.append(_("Kỳ trước: %(value)s.", value=format_number(its.former)))
        hints[item.code] = Markup(" ").join(parts)
    return hints


def _submission_page(ctx: Ctx, case_id: int, number: int, *, again: bool) -> str:
    report = get_report(ctx, case_id)
    report_submission = get_submission(ctx, report, number)
    when = When(report_submission.valid_on, report_submission.known_at)
    urls = {
        row["code"]: list_url(MEASURES[row["measure"]], report_submission.organisation_id, when, statuses_of(row))
        for row in report_submission.figures
        if row["measure"] in MEASURES
    }
    return render_template(
        "campaigns/submission.html",
        case=report,
        made=report_submission,
        when=when,
        urls=urls,
        is_untouched=is_untouched(report_submission),
        recomputed={figure.code: figure for figure in recompute(ctx, report_submission)} if again else None,
        all_submissions=list_submissions(ctx, report.id),
    )


def _remark_page(ctx: Ctx, remark_id: int, form: Any) -> str:
    assigns = holds(ctx.actor, P.REPORT_REVIEW)
    if assigns:
        form.offer(list_agencies(ctx))
    return render_template("campaigns/remark.html", view=get_remark(ctx, remark_id), form=form, assigns=assigns)


def assigned_desk_lines(ctx: Ctx) -> list[WorklistTask]:
    """The remarks that the actor's organisation is to answer."""
    return [
        WorklistTask(
            _(
                "Vướng mắc của %(operator)s: %(text)s",
                operator=view.organisation,
                text=shorten(view.remark.text, _CLIPPED, placeholder="…"),
            ),
            url_for("operator_reports.handling", remark_id=view.remark.id),
            _("Trả lời trước khi hết ngày %(day)s", day=format_date(view.remark.due_on)),
        )
        for view in list_assigned_remarks(ctx)
    ]
