"""Administration of accounts: list, create, edit, disable, roles, one-time links. No page sets or shows a password."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from registry.accounts.forms import RoleForm, UserForm
from registry.accounts.models import UserAccount
from registry.accounts.pages.blueprint import bp, go, require_token
from registry.accounts.queries import get_user, list_area_units, list_organisations, list_users, units_of, version_of
from registry.accounts.service import (
    assign_role,
    create_user,
    disable_user,
    edit_user,
    enable_user,
    end_role,
    open_link,
)
from registry.accounts.service.links import LINK_LIFETIME
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Conflict
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _

_REFUSED = 422


@bp.get("/admin/users", permission=P.ACCOUNT_MANAGE)
def users(ctx: Ctx) -> str:
    """All accounts, searched by `q`."""
    text = request.args.get("q", "")
    return render_template("accounts/users.html", users=list_users(ctx, text), q=text, today=ctx.today)


@bp.get("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_new(ctx: Ctx) -> str:
    """The empty form."""
    return _form(ctx, UserForm())


@bp.post("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_create(ctx: Ctx) -> Any:
    """Create an account; its roles and its first link come next."""
    form = UserForm()
    form.offer(list_organisations(ctx))
    created = submit(ctx, form, lambda: create_user(ctx, form.to_command()))
    if created is None:
        return _form(ctx, form), _REFUSED
    return go(
        "accounts.user", _("Đã tạo tài khoản; hãy giao vai trò rồi gửi liên kết đặt mật khẩu."), user_id=created.id
    )


@bp.get("/admin/users/<int:user_id>", permission=P.ACCOUNT_MANAGE)
def user(ctx: Ctx, user_id: int) -> str:
    """One account with its roles."""
    return _page(ctx, get_user(ctx, user_id), RoleForm())


@bp.get("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_edit(ctx: Ctx, user_id: int) -> str:
    """The form filled with what stands now."""
    found = get_user(ctx, user_id)
    form = UserForm()
    form.fill(found, version_of(ctx.session, found))
    return _form(ctx, form, found)


@bp.post("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_save(ctx: Ctx, user_id: int) -> Any:
    """Save; a form older than the row is shown again beside what stands now (409)."""
    found = get_user(ctx, user_id)
    form = UserForm()
    form.username.data = found.username
    form.offer(list_organisations(ctx))
    try:
        saved = submit(ctx, form, lambda: edit_user(ctx, user_id, form.to_command()))
    except Conflict as conflict:
        form.version.data = str(version_of(ctx.session, found))
        return _form(ctx, form, found, conflict), conflict.status
    if saved is None:
        return _form(ctx, form, found), _REFUSED
    return go("accounts.user", _("Đã lưu tài khoản."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/disable", permission=P.ACCOUNT_MANAGE)
def user_disable(ctx: Ctx, user_id: int) -> Any:
    """Close the account at once."""
    require_token()
    disable_user(ctx, user_id)
    return go("accounts.user", _("Đã khóa tài khoản; mọi phiên đăng nhập đã kết thúc."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/enable", permission=P.ACCOUNT_MANAGE)
def user_enable(ctx: Ctx, user_id: int) -> Any:
    """Open the account again."""
    require_token()
    enable_user(ctx, user_id)
    return go("accounts.user", _("Đã mở lại tài khoản."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/link", permission=P.ACCOUNT_MANAGE)
def user_link(ctx: Ctx, user_id: int) -> str:
    """A new link to set the password, shown this once."""
    require_token()
    found = get_user(ctx, user_id)
    token = open_link(ctx, user_id)
    address = url_for("accounts.set_password", token=token, _external=True)
    minutes = int(LINK_LIFETIME.total_seconds()) // 60
    return render_template("accounts/link.html", user=found, address=address, minutes=minutes)


@bp.post("/admin/users/<int:user_id>/roles", permission=P.ACCOUNT_MANAGE)
def role_assign(ctx: Ctx, user_id: int) -> Any:
    """Give a role."""
    found = get_user(ctx, user_id)
    form = RoleForm()
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today)
    if submit(ctx, form, lambda: assign_role(ctx, form.to_command(user_id))) is None:
        return _page(ctx, found, form), _REFUSED
    return go("accounts.user", _("Đã giao vai trò."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/roles/<int:assignment_id>/end", permission=P.ACCOUNT_MANAGE)
def role_end(ctx: Ctx, user_id: int, assignment_id: int) -> Any:
    """End a role now."""
    require_token()
    end_role(ctx, user_id, assignment_id)
    return go("accounts.user", _("Đã kết thúc vai trò."), user_id=user_id)


def _form(ctx: Ctx, form: UserForm, found: UserAccount | None = None, conflict: Conflict | None = None) -> str:
    form.offer(list_organisations(ctx))
    return render_template("accounts/user_form.html", form=form, user=found, conflict=conflict)


def _page(ctx: Ctx, found: UserAccount, form: RoleForm) -> str:
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today)
    units = units_of(ctx.session, found.roles)
    return render_template("accounts/user.html", user=found, form=form, units=units, today=ctx.today)
