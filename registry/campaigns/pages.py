"""Pages of campaigns: list, facts, who reported, consolidated reports with their files."""

from __future__ import annotations

import io
from functools import partial
from typing import Any

from flask import Response as FlaskResponse
from flask import redirect, render_template, send_file, url_for

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.campaigns.codes import CAMPAIGN, REPORT_TONES, CampaignState
from registry.campaigns.consolidation import is_recomputed, is_untouched, list_consolidations, rates_of
from registry.campaigns.documents import Paper, ReportCell, make_paper, write_docx, write_xlsx
from registry.campaigns.forms import CampaignForm, TemplateForm, campaign_as_typed, yearly_preset
from registry.campaigns.list_view import CAMPAIGN_LIST
from registry.campaigns.measures import MEASURES, count_restricted, counted_args, list_url, statuses_of
from registry.campaigns.models import Consolidation, ReportCampaign
from registry.campaigns.own_template import fill_template
from registry.campaigns.queries import (
    get_campaign,
    get_consolidation,
    list_lines,
    list_remarks,
    list_reporters,
    missing_lines,
)
from registry.campaigns.service import write_campaign
from registry.campaigns.settings import YEARLY_DAYS
from registry.campaigns.workflow import CAMPAIGNS
from registry.documents.official import DOCX
from registry.documents.pdf import make_pdf
from registry.kernel.dated_settings import setting
from registry.kernel.exports.workbook import XLSX
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale
from registry.kernel.lists.page import list_page
from registry.structures.positions.moment import When
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

bp = GuardedBlueprint("campaigns", __name__, errors=html_errors, url_prefix="/campaigns")


@bp.get("", permission=P.CAMPAIGN_READ)
def index(ctx: Ctx) -> str:
    may_manage = holds(ctx.actor, P.CAMPAIGN_MANAGE)
    return render_template("campaigns/list.html", listing=list_page(ctx, CAMPAIGN_LIST), may_manage=may_manage)


@bp.get("/new", permission=P.CAMPAIGN_MANAGE)
def new(ctx: Ctx) -> str:
    preset = yearly_preset(ctx.today, setting(ctx.session, YEARLY_DAYS, ctx.today), _("Báo cáo năm"))
    preset["audience"] = [reporter.id for reporter in list_reporters(ctx)]
    return _form_page(ctx, CampaignForm(formdata=None, data=preset), None)


@bp.post("/new", permission=P.CAMPAIGN_MANAGE)
def create(ctx: Ctx) -> Page:
    form = CampaignForm()
    form.offer(list_reporters(ctx))
    campaign = submit(ctx, form, lambda: write_campaign(ctx, form.to_command()))
    if campaign is None:
        return _form_page(ctx, form, None), form.refusal_status
    flash_done(ctx, _("Đã lập dự thảo đợt báo cáo %(number)s.", number=campaign.number))
    return redirect(url_for("campaigns.detail", case_id=campaign.id), code=303)


@bp.get("/<int:case_id>", permission=P.CAMPAIGN_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """One campaign: its days, who reported and who did not, remarks, versions of the consolidated report."""
    campaign = get_campaign(ctx, case_id)
    view, lines = case_view(ctx, CAMPAIGNS, campaign), list_lines(ctx, campaign)
    expected = {organisation.id: organisation.short_name for organisation in list_reporters(ctx)}
    may_manage = allowed(ctx, P.CAMPAIGN_MANAGE, campaign)
    return render_template(
        "campaigns/detail.html",
        labels=labels_of(ReportCampaign),
        case=campaign,
        view=view,
        steps=view.steps,
        lines=lines,
        missing=missing_lines(lines),
        rates=rates_of(ctx, campaign),
        expected=[expected[organisation_id] for organisation_id in campaign.audience if organisation_id in expected],
        remarks=list_remarks(ctx, campaign_id=campaign.id) if may_manage else [],
        versions=list_consolidations(ctx, campaign.id),
        tones=REPORT_TONES,
        may_edit=campaign.state is CampaignState.DRAFT and may_manage,
    )


@bp.get("/<int:case_id>/edit", permission=P.CAMPAIGN_MANAGE)
def edit(ctx: Ctx, case_id: int) -> str:
    campaign = get_campaign(ctx, case_id)
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    return _form_page(ctx, CampaignForm(formdata=None, data=campaign_as_typed(campaign)), campaign)


@bp.post("/<int:case_id>/edit", permission=P.CAMPAIGN_MANAGE, endpoint="edit_post")
def edit_post(ctx: Ctx, case_id: int) -> Page:
    """Save a draft; 422 and 409 (somebody else changed it) keep what was typed."""
    campaign, form = get_campaign(ctx, case_id), CampaignForm()
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    form.offer(list_reporters(ctx))
    return save_case_form(
        ctx,
        campaign,
        form,
        lambda: write_campaign(ctx, form.to_command(campaign.id)),
        lambda: _form_page(ctx, form, campaign),
        "campaigns.detail",
    )


@bp.get("/<int:case_id>/versions/<int:place>", permission=P.CAMPAIGN_READ)
def version(ctx: Ctx, case_id: int, place: int) -> str:
    """One version of the consolidated report, as it was frozen."""
    return _version_page(ctx, case_id, place)


@bp.get("/<int:case_id>/versions/<int:place>/check", permission=P.CAMPAIGN_MANAGE, costly=True)
def check(ctx: Ctx, case_id: int, place: int) -> str:
    """The same with the result of computing the register's figures once more."""
    return _version_page(ctx, case_id, place, recompute=True)


@bp.get("/<int:case_id>/versions/<int:place>.docx", permission=P.CAMPAIGN_READ, costly=True)
def docx(ctx: Ctx, case_id: int, place: int) -> FlaskResponse:
    """The consolidated report as a file to edit."""
    campaign, consolidation, paper = _paper(ctx, case_id, place)
    return _sent(campaign, consolidation, write_docx(paper), "docx", DOCX)


@bp.post("/<int:case_id>/versions/<int:place>/own", permission=P.CAMPAIGN_MANAGE, costly=True)
def own(ctx: Ctx, case_id: int, place: int) -> FlaskResponse | tuple[str, int]:
    """The consolidated report in the department's own template, which is stored nowhere; 422 says what is wrong."""
    campaign, consolidation, paper = _paper(ctx, case_id, place)
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    form = TemplateForm()
    body = submit(ctx, form, lambda: fill_template(form.content(), paper))
    if body is None:
        return _version_page(ctx, case_id, place, form=form), form.refusal_status
    record(ctx, f"{CAMPAIGN}.own_template", CAMPAIGN, campaign.id, number=campaign.number, place=place)
    return _sent(campaign, consolidation, body, "docx", DOCX)


@bp.get("/<int:case_id>/versions/<int:place>.pdf", permission=P.CAMPAIGN_READ, costly=True)
def pdf(ctx: Ctx, case_id: int, place: int) -> FlaskResponse:
    """The consolidated report as PDF."""
    campaign, consolidation, paper = _paper(ctx, case_id, place)
    with force_locale(DEFAULT_LANGUAGE):
        page = render_template("campaigns/paper.html", paper=paper)
    return _sent(campaign, consolidation, make_pdf(page), "pdf", "application/pdf")


@bp.get("/<int:case_id>/versions/<int:place>.xlsx", permission=P.CAMPAIGN_READ, costly=True)
def xlsx(ctx: Ctx, case_id: int, place: int) -> FlaskResponse:
    """The tables of the consolidated report as a workbook, a sheet each."""
    campaign, consolidation, paper = _paper(ctx, case_id, place)
    return _sent(campaign, consolidation, write_xlsx(paper, consolidation.known_at), "xlsx", XLSX)


def _paper(ctx: Ctx, case_id: int, number: int) -> tuple[ReportCampaign, Consolidation, Paper]:
    campaign = get_campaign(ctx, case_id)
    consolidation = get_consolidation(ctx, campaign, number)
    with force_locale(DEFAULT_LANGUAGE):
        return campaign, consolidation, make_paper(ctx, campaign, consolidation)


def _sent(
    campaign: ReportCampaign, consolidation: Consolidation, body: bytes, extension: str, media: str
) -> FlaskResponse:
    name = f"{campaign.number}-tong-hop-{consolidation.place}.{extension}"
    answer: FlaskResponse = send_file(io.BytesIO(body), mimetype=media, as_attachment=True, download_name=name)
    return answer


def _version_page(
    ctx: Ctx, case_id: int, number: int, *, recompute: bool = False, form: TemplateForm | None = None
) -> str:
    campaign = get_campaign(ctx, case_id)
    consolidation = get_consolidation(ctx, campaign, number)
    when = When(consolidation.valid_on, consolidation.known_at)
    return render_template(
        "campaigns/version.html",
        case=campaign,
        made=consolidation,
        paper=make_paper(ctx, campaign, consolidation),
        when=when,
        is_untouched=is_untouched(consolidation),
        again=is_recomputed(ctx, consolidation) if recompute else None,
        may_check=allowed(ctx, P.CAMPAIGN_MANAGE, campaign),
        restricted=count_restricted(ctx, when) if allowed(ctx, P.CAMPAIGN_MANAGE, campaign) else 0,
        url_of=partial(_cell_url, when, statuses_of(consolidation.content["register"]))
        if holds(ctx.actor, P.CAMPAIGN_MANAGE)
        else _no_url,
        form=form or TemplateForm(formdata=None),
        newest=list_consolidations(ctx, campaign.id)[0].place,
    )


def _cell_url(when: When, statuses: tuple[str, ...], cell: ReportCell) -> str | None:
    """The list of exactly the structures that a figure counted; None for a figure without one."""
    if cell.query is None:
        return None
    query = dict(cell.query)
    measure = query.pop("measure", None)
    if measure is not None:
        return list_url(MEASURES[measure], query["owner"], when, statuses) if measure in MEASURES else None
    arguments: dict[str, Any] = {**counted_args(statuses), **query, **when.address}
    return url_for("structures.list", **arguments)


def _no_url(_cell: ReportCell) -> None:
    """Readers of the province see no structures."""


def _form_page(ctx: Ctx, form: Any, campaign: ReportCampaign | None) -> str:
    form.offer(list_reporters(ctx))
    return render_template("campaigns/form.html", form=form, case=campaign)
