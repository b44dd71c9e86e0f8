"""Pages of campaigns: list, facts, who reported, consolidated reports with their files."""

from __future__ import annotations

import io
from functools import partial
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, send_file, url_for

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.campaigns.codes import CAMPAIGN, REPORT_TONES, CampaignKind, CampaignState
from registry.campaigns.consolidation import is_recomputed, is_untouched, list_consolidations, rates_of
from registry.campaigns.documents import Paper, ReportCell, make_paper, write_docx, write_xlsx
from registry.campaigns.forms import CampaignForm, TemplateForm, campaign_as_typed, yearly_preset
from registry.campaigns.list_view import CAMPAIGN_LIST
from registry.campaigns.measures import MEASURES, count_restricted, counted_args, list_url, statuses_of
from registry.campaigns.models import Consolidation, ReportCampaign
from registry.campaigns.own_template import fill_template
from registry.campaigns.queries import (
    campaign_warnings,
    get_campaign,
    get_consolidation,
    is_commune,
    list_lines,
    list_remarks,
    list_reporters,
    missing_lines,
)
from registry.campaigns.question_forms import (
    BLANK_ROWS,
    QuestionsForm,
    questions_as_typed,
    questions_form,
    sent_rows,
)
from registry.campaigns.question_sets import QUESTION_SETS
from registry.campaigns.reminders import remind_now, reminders_of
from registry.campaigns.reporters import reporter_rates
from registry.campaigns.rules import Item
from registry.campaigns.service import compose_questions, write_campaign
from registry.campaigns.settings import YEARLY_DAYS, form_key
from registry.campaigns.submission import items_of
from registry.campaigns.workflow import CAMPAIGNS
from registry.documents.official import DOCX
from registry.documents.pdf import make_pdf
from registry.kernel.dated_settings import setting
from registry.kernel.errors import NotFound
from registry.kernel.exports.workbook import XLSX
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _n, force_locale
from registry.kernel.lists.page import list_page
from registry.kernel.numbers import parse_id
from registry.structures.positions.moment import When
from registry.workflow.forms import save_case_form
from registry.workflow.views import case_view

#: The set of questions of the settings, among those of the program.
SETTINGS_SET: Final = "settings"
#: Rows of a table of the consolidated report on one page.
_ROWS: Final = 30
bp = GuardedBlueprint("campaigns", __name__, errors=html_errors, url_prefix="/campaigns")


@bp.get("", permission=P.CAMPAIGN_READ)
def index(ctx: Ctx) -> str:
    may_manage = holds(ctx.actor, P.CAMPAIGN_MANAGE)
    return render_template("campaigns/list.html", listing=list_page(ctx, CAMPAIGN_LIST), may_manage=may_manage)


@bp.get("/new", permission=P.CAMPAIGN_MANAGE)
def new(ctx: Ctx) -> str:
    preset = yearly_preset(ctx.today, setting(ctx.session, YEARLY_DAYS, ctx.today), _("Báo cáo năm"))
    preset["audience"] = [reporter.id for reporter in list_reporters(ctx) if not is_commune(reporter)]
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
        warnings=campaign_warnings(ctx, campaign) if may_manage else [],
        reminded=reminders_of(ctx, campaign.id) if may_manage else {},
        may_remind=may_manage and campaign.state is CampaignState.OPEN and campaign.opens_on <= ctx.today,
        tones=REPORT_TONES,
        may_edit=campaign.state is CampaignState.DRAFT and may_manage,
        composes=campaign.kind is CampaignKind.AD_HOC,
        items=items_of(campaign) if campaign.kind is CampaignKind.AD_HOC else [],
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


@bp.post("/<int:case_id>/remind", permission=P.CAMPAIGN_MANAGE)
def remind(ctx: Ctx, case_id: int) -> Page:
    """Remind all who have not sent their report, now."""
    campaign = get_campaign(ctx, case_id)
    reminded, already = act(ctx, lambda: remind_now(ctx, campaign))
    sentences = [_n("Đã nhắc %(num)d đơn vị chưa gửi báo cáo.", reminded)] if reminded or not already else []
    if already:
        sentences.append(_n("%(num)d đơn vị đã được nhắc trong hôm nay.", already))
    # Who was reminded today already gets no second notice: nothing is written then.
    flash_done(ctx, " ".join(sentences), unchanged=" ".join(sentences))
    return redirect(url_for("campaigns.detail", case_id=campaign.id), code=303)


@bp.get("/reporters", permission=P.CAMPAIGN_MANAGE)
def reporters(ctx: Ctx) -> str:
    """Completeness and punctuality of each reporter over the years."""
    return render_template("campaigns/reporters.html", table=reporter_rates(ctx, _("Tất cả đơn vị")))


@bp.get("/<int:case_id>/questions", permission=P.CAMPAIGN_MANAGE)
def questions(ctx: Ctx, case_id: int) -> str:
    """The questions of a draft on request; `set` begins with a set of the program, or with those of the settings."""
    campaign = get_campaign(ctx, case_id)
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    items = _items_to_compose(ctx, campaign, request.args.get("set", ""))
    form = questions_form(len(items) + BLANK_ROWS, formdata=None, data=questions_as_typed(items, campaign.version))
    return _questions_page(campaign, form)


@bp.post("/<int:case_id>/questions", permission=P.CAMPAIGN_MANAGE, endpoint="questions_post")
def questions_post(ctx: Ctx, case_id: int) -> Page:
    """Save the questions; 422 keeps what was typed, 409 (somebody else composed) shows what is stored now, too."""
    campaign, form = get_campaign(ctx, case_id), questions_form(sent_rows(request.form))
    require(ctx, P.CAMPAIGN_MANAGE, campaign)
    return save_case_form(
        ctx,
        campaign,
        form,
        lambda: compose_questions(ctx, form.to_command(campaign.id)),
        lambda: _questions_page(campaign, form),
        "campaigns.detail",
    )


def _items_to_compose(ctx: Ctx, campaign: ReportCampaign, name: str) -> list[Item]:
    if name == SETTINGS_SET:
        rows = setting(ctx.session, form_key(campaign.kind), ctx.today)["rows"]
        return [Item.of(row) for row in rows]
    if name in QUESTION_SETS:
        return list(QUESTION_SETS[name].items)
    if name:
        sentence = _("Không có bộ câu hỏi “%(name)s”; hãy chọn một bộ trong danh sách.", name=name[:60])
        raise NotFound(sentence)
    return items_of(campaign)


def _questions_page(campaign: ReportCampaign, form: QuestionsForm) -> str:
    sets = {SETTINGS_SET: _("Mẫu đang áp dụng trong cài đặt")}
    sets |= {name: question_set.label for name, question_set in QUESTION_SETS.items()}
    return render_template(
        "campaigns/questions.html",
        case=campaign,
        form=form,
        sets=sets,
        # Of two that compose at once the second one sees both.
        stored=items_of(campaign) if form.conflict is not None else [],
        numbers={item.code: number for number, item in enumerate(items_of(campaign), 1)},
    )


@bp.get("/<int:case_id>/versions/<int:place>", permission=P.CAMPAIGN_READ)
def version(ctx: Ctx, case_id: int, place: int) -> str:
    """One version of the consolidated report, as it was frozen: its tables one by one, their rows by pages."""
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
    paper = make_paper(ctx, campaign, consolidation)
    table = next((each for each in paper.tables if each.code == request.args.get("table")), paper.tables[0])
    begin = max(parse_id(request.args.get("from", "")) or 1, 1)
    return render_template(
        "campaigns/version.html",
        case=campaign,
        made=consolidation,
        paper=paper,
        table=table,
        rows=table.rows[begin - 1 : begin - 1 + _ROWS],
        begin=begin,
        size=_ROWS,
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
