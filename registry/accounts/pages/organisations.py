"""Administration of organisations: list, create, edit, other spellings, succession."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from registry.accounts.forms import AliasForm, OrganisationForm, SuccessionForm, WithdrawSuccessionForm
from registry.accounts.models import Organisation
from registry.accounts.pages.blueprint import bp, go, require_token
from registry.accounts.queries import get_organisation, list_organisations, list_successions, list_users, version_of
from registry.accounts.service import (
    add_alias,
    add_succession,
    create_organisation,
    edit_organisation,
    withdraw_alias,
    withdraw_succession,
)
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Conflict, NotFound
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _

_REFUSED = 422
_WITHDRAW = "/admin/organisations/<int:organisation_id>/succession/<int:succession_id>/withdraw"


@bp.get("/admin/organisations", permission=P.ACCOUNT_MANAGE)
def organisations(ctx: Ctx) -> str:
    """All organisations, searched by `q`."""
    text = request.args.get("q", "")
    return render_template("accounts/organisations.html", organisations=list_organisations(ctx, text), q=text)


@bp.get("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_new(ctx: Ctx) -> str:
    """The empty form."""
    form = OrganisationForm()
    form.valid_from.data = ctx.today
    return _form(form)


@bp.post("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_create(ctx: Ctx) -> Any:
    """Create an organisation."""
    form = OrganisationForm()
    created = submit(ctx, form, lambda: create_organisation(ctx, form.to_command()))
    if created is None:
        return _form(form), _REFUSED
    return go("accounts.organisation", _("Đã thêm tổ chức."), organisation_id=created.id)


@bp.get("/admin/organisations/<int:organisation_id>", permission=P.ACCOUNT_MANAGE)
def organisation(ctx: Ctx, organisation_id: int) -> str:
    """One organisation with spellings, succession and accounts."""
    return _page(ctx, get_organisation(ctx, organisation_id), AliasForm(), SuccessionForm())


@bp.get("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_edit(ctx: Ctx, organisation_id: int) -> str:
    """The form filled with what stands now."""
    found = get_organisation(ctx, organisation_id)
    form = OrganisationForm()
    form.fill(found, version_of(ctx.session, found))
    return _form(form, found)


@bp.post("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_save(ctx: Ctx, organisation_id: int) -> Any:
    """Save; a form older than the row is shown again beside what stands now (409)."""
    found = get_organisation(ctx, organisation_id)
    form = OrganisationForm()
    form.code.data = found.code
    try:
        saved = submit(ctx, form, lambda: edit_organisation(ctx, organisation_id, form.to_command()))
    except Conflict as conflict:
        form.version.data = str(version_of(ctx.session, found))
        return _form(form, found, conflict), conflict.status
    if saved is None:
        return _form(form, found), _REFUSED
    return go("accounts.organisation", _("Đã lưu tổ chức."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases", permission=P.ACCOUNT_MANAGE)
def alias_add(ctx: Ctx, organisation_id: int) -> Any:
    """Add a spelling."""
    form = AliasForm()
    if submit(ctx, form, lambda: add_alias(ctx, organisation_id, form.spelling.data or "")) is None:
        return _page(ctx, get_organisation(ctx, organisation_id), form, SuccessionForm(formdata=None)), _REFUSED
    return go("accounts.organisation", _("Đã thêm cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases/<int:alias_id>/withdraw", permission=P.ACCOUNT_MANAGE)
def alias_withdraw(ctx: Ctx, organisation_id: int, alias_id: int) -> Any:
    """Withdraw a spelling."""
    require_token()
    withdraw_alias(ctx, organisation_id, alias_id)
    return go("accounts.organisation", _("Đã bỏ cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/succession", permission=P.ACCOUNT_MANAGE)
def succession_add(ctx: Ctx, organisation_id: int) -> Any:
    """Say who takes over."""
    form = SuccessionForm()
    found = get_organisation(ctx, organisation_id)
    form.offer(_others(ctx, found))
    if submit(ctx, form, lambda: add_succession(ctx, form.to_command(organisation_id))) is None:
        return _page(ctx, found, AliasForm(formdata=None), form), _REFUSED
    return go("accounts.organisation", _("Đã ghi bên kế thừa."), organisation_id=organisation_id)


@bp.get(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_leave(ctx: Ctx, organisation_id: int, succession_id: int) -> str:
    """Ask for the reason."""
    return _withdrawal_page(ctx, organisation_id, succession_id, WithdrawSuccessionForm(formdata=None))


@bp.post(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_withdraw(ctx: Ctx, organisation_id: int, succession_id: int) -> Any:
    """Withdraw a succession that was recorded by mistake."""
    form = WithdrawSuccessionForm()
    reason = form.reason.data or ""
    if submit(ctx, form, lambda: withdraw_succession(ctx, organisation_id, succession_id, reason)) is None:
        return _withdrawal_page(ctx, organisation_id, succession_id, form), _REFUSED
    return go("accounts.organisation", _("Đã rút việc kế thừa."), organisation_id=organisation_id)


def _withdrawal_page(ctx: Ctx, organisation_id: int, succession_id: int, form: WithdrawSuccessionForm) -> str:
    found = get_organisation(ctx, organisation_id)
    item = next(
        (each for each in list_successions(ctx, found.id) if each.forward and each.row.id == succession_id), None
    )
    if item is None:
        raise NotFound
    return render_template("accounts/withdraw_succession.html", organisation=found, item=item, form=form)


def _form(form: OrganisationForm, found: Organisation | None = None, conflict: Conflict | None = None) -> str:
    return render_template("accounts/organisation_form.html", form=form, organisation=found, conflict=conflict)


def _page(ctx: Ctx, found: Organisation, alias_form: AliasForm, succession_form: SuccessionForm) -> str:
    succession_form.offer(_others(ctx, found))
    return render_template(
        "accounts/organisation.html",
        organisation=found,
        users=list_users(ctx, organisation_id=found.id),
        successions=list_successions(ctx, found.id),
        alias_form=alias_form,
        form=succession_form,
    )


def _others(ctx: Ctx, found: Organisation) -> list[Organisation]:
    return [row for row in list_organisations(ctx) if row.id != found.id]
