"""Pages of the administration of organisations, accounts and roles.

No page sets or shows the password of another user.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from flask import current_app, render_template, url_for

from registry.accounts.coverage import last_held_by
from registry.accounts.factors.forms import ResetForm
from registry.accounts.factors.queries import list_factors, open_reset
from registry.accounts.forms import (
    AliasForm,
    LeaveForm,
    OrganisationForm,
    RoleForm,
    SuccessionForm,
    UserForm,
    WithdrawSuccessionForm,
)
from registry.accounts.held_work import list_held
from registry.accounts.list_view import ORGANISATIONS, USERS
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.pages import bp, external_address, mail_key, require_token
from registry.accounts.queries import (
    awaiting_roles,
    get_organisation,
    get_user,
    list_area_units,
    list_mails,
    list_organisations,
    list_successions,
    list_users,
    unfit_roles,
    units_of,
    version_of,
)
from registry.accounts.reviews.queries import last_reviews
from registry.accounts.rules import KINDS_OF_ROLE
from registry.accounts.service import (
    add_alias,
    add_succession,
    assign_role,
    colleagues,
    confirm_role,
    create_organisation,
    create_user,
    disable_user,
    edit_organisation,
    edit_user,
    enable_user,
    end_role,
    mail_password_link,
    open_link,
    withdraw_alias,
    withdraw_succession,
)
from registry.accounts.service.passwords import LINK_LIFETIME
from registry.accounts.succession_notes import activity_of
from registry.authz.actors import Ctx
from registry.authz.idempotency import token_of_form
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.errors import NotFound
from registry.kernel.fields import facts_of, fields_of, labels_of
from registry.kernel.forms.answers import go
from registry.kernel.forms.base import BaseForm, current_values
from registry.kernel.forms.builder import typed_values
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.notices.choices import bounce_of
from registry.workflow.worklist import WorklistTask

#: The fields of an organisation on its page, besides its names.
_SHOWN: Final = ("kind", "owner_category", "paper_sign", "tax_code", "hotline", "email")
_WITHDRAW = "/admin/organisations/<int:organisation_id>/succession/<int:succession_id>/withdraw"


@bp.get("/admin/organisations", permission=P.ACCOUNT_MANAGE)
def organisations(ctx: Ctx) -> str:
    return render_template("accounts/organisations.html", listing=list_page(ctx, ORGANISATIONS))


@bp.get("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_new(ctx: Ctx) -> str:
    return _organisation_form(OrganisationForm(formdata=None, data={"valid_from": format_date(ctx.today)}))


@bp.post("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_create(ctx: Ctx) -> Any:
    form = OrganisationForm()
    created = submit(ctx, form, lambda: create_organisation(ctx, form.to_command()))
    if created is None:
        return _organisation_form(form), form.refusal_status
    return go(ctx, "accounts.organisation", _("Đã thêm tổ chức."), organisation_id=created.id)


@bp.get("/admin/organisations/<int:organisation_id>", permission=P.ACCOUNT_MANAGE)
def organisation(ctx: Ctx, organisation_id: int) -> str:
    return _organisation_page(ctx, get_organisation(ctx, organisation_id), AliasForm(), SuccessionForm())


@bp.get("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_edit(ctx: Ctx, organisation_id: int) -> str:
    organisation = get_organisation(ctx, organisation_id)
    typed = typed_values(fields_of(Organisation), organisation)
    version = str(version_of(ctx.session, organisation))
    return _organisation_form(OrganisationForm(formdata=None, data=typed | {"version": version}), organisation)


@bp.post("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_save(ctx: Ctx, organisation_id: int) -> Any:
    """Save; if the row has changed since the form was opened, show the form again with the current values (409)."""
    organisation = get_organisation(ctx, organisation_id)
    form = OrganisationForm()
    form["code"].data = organisation.code

    def version() -> int:
        return version_of(ctx.session, organisation)

    saved = submit(ctx, form, lambda: edit_organisation(ctx, organisation_id, form.to_command()), current=version)
    if saved is None:
        return _organisation_form(form, organisation), form.refusal_status
    return go(ctx, "accounts.organisation", _("Đã lưu tổ chức."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases", permission=P.ACCOUNT_MANAGE)
def alias_add(ctx: Ctx, organisation_id: int) -> Any:
    form = AliasForm()
    if submit(ctx, form, lambda: add_alias(ctx, organisation_id, form.spelling.data or "")) is None:
        return _organisation_page(
            ctx, get_organisation(ctx, organisation_id), form, SuccessionForm(formdata=None)
        ), form.refusal_status
    return go(ctx, "accounts.organisation", _("Đã thêm cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases/<int:alias_id>/withdraw", permission=P.ACCOUNT_MANAGE)
def alias_withdraw(ctx: Ctx, organisation_id: int, alias_id: int) -> Any:
    require_token()
    withdraw_alias(ctx, organisation_id, alias_id)
    return go(ctx, "accounts.organisation", _("Đã bỏ cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/succession", permission=P.ACCOUNT_MANAGE)
def succession_add(ctx: Ctx, organisation_id: int) -> Any:
    form = SuccessionForm()
    organisation = get_organisation(ctx, organisation_id)
    form.offer(_others(ctx, organisation))
    if submit(ctx, form, lambda: add_succession(ctx, form.to_command(organisation_id))) is None:
        return _organisation_page(ctx, organisation, AliasForm(formdata=None), form), form.refusal_status
    return go(ctx, "accounts.organisation", _("Đã ghi bên kế thừa."), organisation_id=organisation_id)


@bp.get(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_leave(ctx: Ctx, organisation_id: int, succession_id: int) -> str:
    return _withdrawal_page(ctx, organisation_id, succession_id, WithdrawSuccessionForm(formdata=None))


@bp.post(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_withdraw(ctx: Ctx, organisation_id: int, succession_id: int) -> Any:
    form = WithdrawSuccessionForm()
    reason = form.reason.data or ""
    if submit(ctx, form, lambda: withdraw_succession(ctx, organisation_id, succession_id, reason)) is None:
        return _withdrawal_page(ctx, organisation_id, succession_id, form), form.refusal_status
    return go(ctx, "accounts.organisation", _("Đã rút việc kế thừa."), organisation_id=organisation_id)


def _withdrawal_page(ctx: Ctx, organisation_id: int, succession_id: int, form: WithdrawSuccessionForm) -> str:
    organisation = get_organisation(ctx, organisation_id)
    item = next(
        (each for each in list_successions(ctx, organisation.id) if each.forward and each.row.id == succession_id), None
    )
    if item is None:
        raise NotFound
    return render_template("accounts/withdraw_succession.html", organisation=organisation, item=item, form=form)


def _organisation_form(form: BaseForm, organisation: Organisation | None = None) -> str:
    return render_template(
        "accounts/organisation_form.html",
        form=form,
        organisation=organisation,
        current=current_values(form, organisation) if form.conflict else [],
    )


def _organisation_page(
    ctx: Ctx, organisation: Organisation, alias_form: AliasForm, succession_form: SuccessionForm
) -> str:
    succession_form.offer(_others(ctx, organisation))
    return render_template(
        "accounts/organisation.html",
        organisation=organisation,
        facts_of_organisation=facts_of(organisation, *_SHOWN, *(["owns_only"] if organisation.owns_only else [])),
        activity=activity_of(ctx, organisation),
        users=list_users(ctx, organisation.id),
        successions=list_successions(ctx, organisation.id),
        alias_form=alias_form,
        form=succession_form,
    )


def _others(ctx: Ctx, organisation: Organisation) -> list[Organisation]:
    return [row for row in list_organisations(ctx) if row.id != organisation.id]


@bp.get("/admin/users", permission=P.ACCOUNT_MANAGE)
def users(ctx: Ctx) -> str:
    return render_template(
        "accounts/users.html",
        listing=list_page(ctx, USERS),
        awaiting=awaiting_roles(ctx),
        unfit=unfit_roles(ctx),
        today=ctx.today,
    )


def roles_to_confirm(ctx: Ctx) -> Iterator[WorklistTask]:
    """The roles of offices that the actor may confirm, for "Việc của tôi"."""
    if not holds(ctx.actor, P.ACCOUNT_MANAGE):
        return
    for assignment in awaiting_roles(ctx):
        if ctx.actor.id not in (assignment.assigned_by_id, assignment.user_id):
            text = _(
                "Xác nhận vai trò “%(role)s” của %(name)s",
                role=assignment.label_on(ctx.today),
                name=assignment.user.full_name,
            )
            address = url_for("accounts.user", user_id=assignment.user_id, _anchor="roles")
            yield WorklistTask(text, address, _("Chờ quản trị viên thứ hai"))


@bp.get("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_new(ctx: Ctx) -> str:
    return _user_form(ctx, UserForm())


@bp.post("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_create(ctx: Ctx) -> Any:
    form = UserForm()
    form.offer(list_organisations(ctx), units=list_area_units(ctx.session, ctx.today))
    created = submit(ctx, form, lambda: create_user(ctx, form.to_command()))
    if created is None:
        return _user_form(ctx, form), form.refusal_status
    return go(
        ctx,
        "accounts.user",
        _("Đã tạo tài khoản và giao vai trò theo mẫu; hãy gửi liên kết đặt mật khẩu.")
        if form.template.data
        else _("Đã tạo tài khoản; hãy giao vai trò rồi gửi liên kết đặt mật khẩu."),
        user_id=created.id,
    )


@bp.get("/admin/users/<int:user_id>", permission=P.ACCOUNT_MANAGE)
def user(ctx: Ctx, user_id: int) -> str:
    return _user_page(ctx, get_user(ctx, user_id), RoleForm())


@bp.get("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_edit(ctx: Ctx, user_id: int) -> str:
    account = get_user(ctx, user_id)
    selected = {"organisation_id": account.organisation_id, "language": account.language}
    version = str(version_of(ctx.session, account))
    data = typed_values(fields_of(UserAccount), account) | selected | {"version": version}
    return _user_form(ctx, UserForm(formdata=None, data=data), account)


@bp.post("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_save(ctx: Ctx, user_id: int) -> Any:
    """Save; if the row has changed since the form was opened, show the form again with the current values (409)."""
    account = get_user(ctx, user_id)
    form = UserForm()
    form["username"].data = account.username
    form.offer(list_organisations(ctx), colleagues(ctx, account))

    def version() -> int:
        return version_of(ctx.session, account)

    saved = submit(ctx, form, lambda: edit_user(ctx, user_id, form.to_command()), current=version)
    if saved is None:
        return _user_form(ctx, form, account), form.refusal_status
    return go(ctx, "accounts.user", _("Đã lưu tài khoản."), user_id=user_id)


@bp.get("/admin/users/<int:user_id>/disable", permission=P.ACCOUNT_MANAGE)
def user_leave(ctx: Ctx, user_id: int) -> str:
    return _leave_page(ctx, get_user(ctx, user_id), LeaveForm(formdata=None))


@bp.post("/admin/users/<int:user_id>/disable", permission=P.ACCOUNT_MANAGE)
def user_disable(ctx: Ctx, user_id: int) -> Any:
    account, form = get_user(ctx, user_id), LeaveForm()
    form.offer(colleagues(ctx, account))
    if submit(ctx, form, lambda: disable_user(ctx, user_id, form.colleague_id.data)) is None:
        return _leave_page(ctx, account, form), form.refusal_status
    return go(ctx, "accounts.user", _("Đã khóa tài khoản; mọi phiên đăng nhập đã kết thúc."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/enable", permission=P.ACCOUNT_MANAGE)
def user_enable(ctx: Ctx, user_id: int) -> Any:
    require_token()
    enable_user(ctx, user_id)
    return go(ctx, "accounts.user", _("Đã mở lại tài khoản."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/link", permission=P.ACCOUNT_MANAGE)
def user_link(ctx: Ctx, user_id: int) -> str:
    """A new link to set the password, shown only once."""
    require_token()
    account = get_user(ctx, user_id)
    token = open_link(ctx, user_id, token=token_of_form(current_app.config["SECRET_KEY"], "link", user_id))
    address = external_address("accounts.set_password", token=token)
    minutes = int(LINK_LIFETIME.total_seconds()) // 60
    return render_template("accounts/link.html", user=account, address=address, minutes=minutes)


@bp.post("/admin/users/<int:user_id>/mail-link", permission=P.ACCOUNT_MANAGE)
def user_mail_link(ctx: Ctx, user_id: int) -> Any:
    """Send a link to set the password to the address of the account."""
    require_token()
    account = mail_password_link(ctx, user_id, mail_key())
    return go(
        ctx, "accounts.user", _("Đã gửi liên kết đặt mật khẩu đến %(email)s.", email=account.email), user_id=user_id
    )


@bp.post("/admin/users/<int:user_id>/roles", permission=P.ACCOUNT_MANAGE)
def role_assign(ctx: Ctx, user_id: int) -> Any:
    account = get_user(ctx, user_id)
    form = RoleForm()
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today)
    assigned = submit(ctx, form, lambda: assign_role(ctx, form.to_command(user_id)))
    if assigned is None:
        return _user_page(ctx, account, form), form.refusal_status
    if assigned.awaiting_since is not None:
        return go(ctx, "accounts.user", _("Đã ghi vai trò; cần quản trị viên thứ hai xác nhận."), user_id=user_id)
    return go(ctx, "accounts.user", _("Đã giao vai trò."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/roles/<int:assignment_id>/confirm", permission=P.ACCOUNT_MANAGE)
def role_confirm(ctx: Ctx, user_id: int, assignment_id: int) -> Any:
    require_token()
    confirm_role(ctx, user_id, assignment_id)
    return go(ctx, "accounts.user", _("Đã xác nhận vai trò; vai trò có hiệu lực."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/roles/<int:assignment_id>/end", permission=P.ACCOUNT_MANAGE)
def role_end(ctx: Ctx, user_id: int, assignment_id: int) -> Any:
    require_token()
    end_role(ctx, user_id, assignment_id)
    return go(ctx, "accounts.user", _("Đã kết thúc vai trò."), user_id=user_id)


def _user_form(ctx: Ctx, form: Any, account: UserAccount | None = None) -> str:
    if account is None:
        form.offer(list_organisations(ctx), units=list_area_units(ctx.session, ctx.today))
    else:
        form.offer(list_organisations(ctx), colleagues(ctx, account))
    return render_template(
        "accounts/user_form.html",
        form=form,
        user=account,
        current=current_values(form, account) if form.conflict else [],
    )


def _leave_page(ctx: Ctx, account: UserAccount, form: LeaveForm) -> str:
    others = colleagues(ctx, account)
    form.offer(others)
    return render_template(
        "accounts/leave.html",
        user=account,
        form=form,
        held=list_held(ctx, account.id),
        has_colleagues=bool(others),
        last_held=last_held_by(ctx, account) if account.is_active else [],
    )


def show_user(ctx: Ctx, user_id: int, reset: ResetForm) -> str:
    """The page of an account with a form for a reset of its factors that was refused."""
    return _user_page(ctx, get_user(ctx, user_id), RoleForm(formdata=None), reset)


def _user_page(ctx: Ctx, account: UserAccount, form: RoleForm, reset: ResetForm | None = None) -> str:
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today, account.organisation.kind)
    units = units_of(ctx.session, account.roles)
    return render_template(
        "accounts/user.html",
        user=account,
        labels=labels_of(UserAccount),
        form=form,
        units=units,
        today=ctx.today,
        kinds_of_role=KINDS_OF_ROLE,
        mails=list_mails(ctx, account.id),
        bounce=bounce_of(ctx, account.id, account.email),
        factors=list_factors(ctx.session, account.id),
        open_reset=open_reset(ctx, account.id),
        reset_form=reset or ResetForm(formdata=None),
        this_user=ctx.actor.id,
        reviews=last_reviews(ctx, [role.id for role in account.roles]),
    )
