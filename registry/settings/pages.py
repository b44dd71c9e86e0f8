"""Pages of the dated settings: all signed-in users read, the lead department writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.dated_rows.pages import RowPages
from registry.dated_rows.proposals import Decision, cancel, decide, get_proposal, is_waiting, list_proposals
from registry.dated_rows.tables import SOURCE
from registry.kernel.dated_rows import UNCONFIRMED
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.decision import DecideProposalForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l
from registry.kernel.two_persons import ProposalState
from registry.settings.commands import WithdrawSetting
from registry.settings.forms import setting_form
from registry.settings.models import SettingProposal
from registry.settings.queries import (
    SettingHistory,
    SettingRow,
    declared_key,
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


def _saved(
    ctx: Ctx,
    form: BaseForm,
    call: Callable[[], Any],
    title: str,
    history: SettingHistory,
    done: str,
) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return _form_page(ctx, form, title, history), form.refusal_status
    if isinstance(saved, SettingProposal):
        done = _proposed()
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


def _row_page(ctx: Ctx, form: BaseForm, title: str, row: DatedSetting) -> str:
    history, setting_row = get_setting_row(ctx, row.id)
    return _form_page(ctx, form, title, history, setting_row)


def _withdraw(ctx: Ctx, row_id: int, reason: str) -> Any:
    """The withdrawn row, or the sentence on its proposal."""
    saved = withdraw_setting(ctx, WithdrawSetting(row_id, reason))
    return _proposed() if isinstance(saved, SettingProposal) else saved


def _proposed() -> str:
    return _("Đã ghi đề xuất; thay đổi được ghi khi một cán bộ khác của Sở xác nhận.")


ROW_PAGES: Final = RowPages(
    TABLE,
    "/settings/rows/<int:row_id>",
    "",
    (SOURCE,),
    page_of=lambda _ctx, row: url_for("settings.detail", setting=declared_key(row.key)),
    frame=_row_page,
    withdrawal=_l("Rút giá trị"),
    withdraw=_withdraw,
)
