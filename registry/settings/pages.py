"""Pages of the dated settings: all signed-in users read, the lead department writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.proposals import Decision, cancel, decide, get_proposal, is_waiting, list_proposals
from registry.dated_rows.service import confirm_row
from registry.kernel.dated_rows import UNCONFIRMED
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.decision import DecideProposalForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
from registry.kernel.two_persons import ProposalState
from registry.settings.commands import WithdrawSetting
from registry.settings.forms import ConfirmSettingForm, WithdrawSettingForm, setting_form
from registry.settings.models import SettingProposal
from registry.settings.queries import (
    SettingHistory,
    SettingRow,
    get_setting,
    get_setting_row,
    list_owners,
    list_settings,
    proposal_views,
)
from registry.settings.rules import typed_texts
from registry.settings.service import PROPOSALS, TABLE, add_setting, first_possible_day, withdraw_setting

bp = GuardedBlueprint("settings", __name__, errors=html_errors)


@bp.get("/settings", permission=P.CASE_ACT)
def index(ctx: Ctx) -> str:
    """All settings by subject, with the values of today; changes that wait for a second person."""
    subjects: dict[str, list[SettingHistory]] = {}
    for setting in list_settings(ctx):
        subjects.setdefault(str(setting.declaration.subject), []).append(setting)
    return render_template(
        "settings/index.html",
        subjects=subjects.items(),
        proposals=proposal_views(ctx, list_proposals(ctx, PROPOSALS, is_waiting(PROPOSALS))),
        may_edit=holds(ctx.actor, P.SETTING_EDIT),
    )


@bp.get("/settings/unconfirmed", permission=P.CASE_ACT)
def unconfirmed(ctx: Ctx) -> str:
    """What is still to be confirmed before the register is used in earnest: settings, terms, days, violations."""
    groups = [(source.heading, source.find(ctx)) for source in UNCONFIRMED]
    return render_template("settings/unconfirmed.html", groups=groups, total=sum(len(rows) for _h, rows in groups))


@bp.get("/settings/<setting>", permission=P.CASE_ACT)
def detail(ctx: Ctx, setting: str) -> str:
    history = get_setting(ctx, setting)
    return render_template(
        "settings/detail.html",
        history=history,
        today=ctx.today,
        may_edit=holds(ctx.actor, P.SETTING_EDIT),
        names=dict(list_owners(ctx)),
        proposals=proposal_views(ctx, list_proposals(ctx, PROPOSALS, SettingProposal.key == setting)),
        first_day=min(
            (setting_row.row.valid_from for setting_row in history.rows if not setting_row.row.withdrawn_at),
            default=None,
        ),
    )


@bp.get("/settings/<setting>/new", permission=P.SETTING_EDIT)
def new(ctx: Ctx, setting: str) -> str:
    """The form of a new row, filled with what is in force."""
    history = get_setting(ctx, setting)
    texts = typed_texts(history.declaration, history.in_force.row.value) if history.in_force else {}
    form = setting_form(
        history.declaration, list_owners(ctx), formdata=None, data=texts | {"needs_verification": "true"}
    )
    return _form_page(ctx, form, _("Thêm giá trị mới"), history)


@bp.post("/settings/<setting>/new", permission=P.SETTING_EDIT)
def add(ctx: Ctx, setting: str) -> Page:
    history = get_setting(ctx, setting)
    form = setting_form(history.declaration, list_owners(ctx))
    return _saved(
        ctx,
        form,
        lambda: add_setting(ctx, form.to_command(history.declaration)),
        _("Thêm giá trị mới"),
        history,
        None,
        _("Đã ghi giá trị mới."),
    )


@bp.get("/settings/proposals/<int:proposal_id>", permission=P.SETTING_EDIT)
def proposal(ctx: Ctx, proposal_id: int) -> str:
    """A proposed change: what it is, and what the reader may do with it."""
    return _proposal_page(ctx, proposal_id, DecideProposalForm(formdata=None))


@bp.post("/settings/proposals/<int:proposal_id>", permission=P.SETTING_EDIT, endpoint="decide")
def proposal_decide(ctx: Ctx, proposal_id: int) -> Page:
    """The decision of the second person."""
    form = DecideProposalForm()

    def run() -> SettingProposal:
        is_confirmed = form.decision.data == "confirm"
        decision = Decision(proposal_id, is_confirmed, form.reason.value or "")
        return decide(ctx, PROPOSALS, decision)[0]

    done = submit(ctx, form, run)
    if done is None:
        return _proposal_page(ctx, proposal_id, form), form.refusal_status
    is_confirmed = done.state is ProposalState.CONFIRMED
    flash_done(ctx, _("Đã xác nhận thay đổi.") if is_confirmed else _("Đã ghi là không xác nhận."))
    return redirect(url_for("settings.detail", setting=done.key), code=303)


@bp.post("/settings/proposals/<int:proposal_id>/cancel", permission=P.SETTING_EDIT, endpoint="cancel")
def proposal_cancel(ctx: Ctx, proposal_id: int) -> Page:
    """The proposer takes the proposal back."""
    done = act(ctx, lambda: cancel(ctx, PROPOSALS, proposal_id))
    flash_done(ctx, _("Đã rút đề xuất."))
    return redirect(url_for("settings.detail", setting=done.key), code=303)


@bp.get("/settings/rows/<int:row_id>/withdraw", permission=P.SETTING_EDIT)
def leave(ctx: Ctx, row_id: int) -> str:
    history, row = get_setting_row(ctx, row_id)
    return _form_page(ctx, WithdrawSettingForm(formdata=None), _("Rút giá trị"), history, row)


@bp.post("/settings/rows/<int:row_id>/withdraw", permission=P.SETTING_EDIT)
def withdraw(ctx: Ctx, row_id: int) -> Page:
    history, row = get_setting_row(ctx, row_id)
    form = WithdrawSettingForm()
    done = _("Đã rút giá trị có hiệu lực từ %(day)s.", day=format_date(row.row.valid_from))
    return _saved(
        ctx,
        form,
        lambda: withdraw_setting(ctx, WithdrawSetting(row_id, form.reason.value)),
        _("Rút giá trị"),
        history,
        row,
        done,
    )


@bp.get("/settings/rows/<int:row_id>/confirm", permission=P.SETTING_EDIT)
def check(ctx: Ctx, row_id: int) -> str:
    history, row = get_setting_row(ctx, row_id)
    form = ConfirmSettingForm(formdata=None, data={"source": row.row.source})
    return _form_page(ctx, form, _("Xác nhận căn cứ"), history, row)


@bp.post("/settings/rows/<int:row_id>/confirm", permission=P.SETTING_EDIT)
def confirm(ctx: Ctx, row_id: int) -> Page:
    history, row = get_setting_row(ctx, row_id)
    form = ConfirmSettingForm()
    return _saved(
        ctx,
        form,
        lambda: confirm_row(ctx, TABLE, row_id, {"source": form.source.value}),
        _("Xác nhận căn cứ"),
        history,
        row,
        _("Đã xác nhận căn cứ."),
    )


def _saved(
    ctx: Ctx,
    form: BaseForm,
    call: Callable[[], Any],
    title: str,
    history: SettingHistory,
    row: SettingRow | None,
    done: str,
) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return _form_page(ctx, form, title, history, row), form.refusal_status
    if isinstance(saved, SettingProposal):
        done = _("Đã ghi đề xuất; thay đổi được ghi khi một cán bộ khác của Sở xác nhận.")
    flash_done(ctx, done)
    return redirect(url_for("settings.detail", setting=history.declaration.key), code=303)


def _form_page(ctx: Ctx, form: BaseForm, title: str, history: SettingHistory, row: SettingRow | None = None) -> str:
    return render_template(
        "settings/form.html",
        form=form,
        title=title,
        history=history,
        row=row,
        first_day=first_possible_day(ctx) if history.declaration.protects else None,
    )


def _proposal_page(ctx: Ctx, proposal_id: int, form: DecideProposalForm) -> str:
    get_proposal(ctx, PROPOSALS, proposal_id)
    (view,) = proposal_views(ctx, list_proposals(ctx, PROPOSALS, SettingProposal.id == proposal_id))
    return render_template(
        "settings/proposal.html",
        form=form,
        view=view,
        is_own=view.proposal.proposed_by_id == ctx.actor.id,
        names=dict(list_owners(ctx)),
    )
