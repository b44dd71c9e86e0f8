"""Pages of sign-in, the user's own account, and administration of organisations and accounts.

No page sets or shows the password of another user.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.actor import SignedInActor
from registry.accounts.attempts import attempt_key
from registry.accounts.browser import (
    attempt_counter,
    attempt_of,
    device_for,
    limits,
    note_later,
    remember_device,
    safe_next,
    sign_in_browser,
    sign_out_browser,
)
from registry.accounts.forms import (
    ActionForm,
    AliasForm,
    ChangePasswordForm,
    OrganisationForm,
    RoleForm,
    SetPasswordForm,
    SignInForm,
    SuccessionForm,
    UserForm,
    WithdrawSuccessionForm,
)
from registry.accounts.list_view import ORGANISATIONS, USERS
from registry.accounts.models import Organisation, RevokeReason, UserAccount
from registry.accounts.queries import (
    get_organisation,
    get_own_account,
    get_user,
    list_area_units,
    list_organisations,
    list_successions,
    list_users,
    units_of,
    version_of,
)
from registry.accounts.service import (
    add_alias,
    add_succession,
    assign_role,
    change_password,
    create_organisation,
    create_user,
    disable_user,
    edit_organisation,
    edit_user,
    enable_user,
    end_role,
    open_link,
    set_password_by_link,
    sign_in,
    withdraw_alias,
    withdraw_succession,
)
from registry.accounts.service.passwords import LINK_LIFETIME, get_link
from registry.accounts.sessions import device_label, end_own_session, end_sessions, open_sessions
from registry.authz.actors import PUBLIC_ACTOR, Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.idempotency import token_of_form
from registry.authz.permissions import P
from registry.kernel.errors import Conflict, Invalid, NotFound, TooManyRequests
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.http.resubmission import load_submission, resubmission_page
from registry.kernel.i18n import _, remember_language
from registry.kernel.lists.page import list_page

bp = GuardedBlueprint("accounts", __name__, errors=html_errors)
_DONE = 200
_REFUSED = 422
#: Characters of an attempt key in audit notes: enough to distinguish names without revealing them.
_KEY_SHOWN = 16
_WITHDRAW = "/admin/organisations/<int:organisation_id>/succession/<int:succession_id>/withdraw"


def go(endpoint: str, message: str = "", **values: Any) -> Response:
    """Redirect (303) after a write, with a success message."""
    if message:
        flash(message, "success")
    return redirect(url_for(endpoint, **values), 303)


def require_token() -> None:
    """Invalid if an action button was sent without a valid CSRF token."""
    form = ActionForm()
    if not form.validate_on_submit():
        raise Invalid({"": _("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại.")})


@bp.get("/login", permission=P.PUBLIC)
def login(ctx: Ctx) -> Any:
    if Role.PUBLIC not in ctx.actor.roles:
        return redirect(safe_next(request.args.get("next")))
    form = SignInForm()
    form.next.data = safe_next(request.args.get("next"))
    return render_template("accounts/login.html", form=form)


@bp.post("/login", permission=P.PUBLIC)
def login_submit(ctx: Ctx) -> Any:
    """Check name and password; every refusal except "too many attempts" has the same text."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/login.html", form=form), _REFUSED
    username = form.username.data or ""
    try:
        user = sign_in(ctx, attempt_counter(), attempt_of(username, form.password.data or ""))
    except TooManyRequests as refusal:
        note_later(PUBLIC_ACTOR, "sign_in.too_many", name_key=attempt_key(username)[:_KEY_SHOWN])
        return _refuse(form, refusal.message, refusal)
    if user is None:
        note_later(PUBLIC_ACTOR, "sign_in.refused", name_key=attempt_key(username)[:_KEY_SHOWN])
        return _refuse(form, _("Tên đăng nhập hoặc mật khẩu không đúng; hãy kiểm tra rồi nhập lại."))
    actor = sign_in_browser(ctx, user)
    note_later(actor, "sign_in.done")
    kept = load_submission(form.kept.data)
    if kept is not None:
        # The page is one of the new session, with a token of its own.
        g.actor = actor
        g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)
        sentence = _("Đã đăng nhập lại; nội dung nhập trước đó chưa được gửi.")
        page = make_response(resubmission_page(kept, sentence, _DONE))
        page.headers["Cache-Control"] = "no-store"
        return remember_device(remember_language(page, user.language), user.username)
    page = remember_language(make_response(redirect(safe_next(form.next.data), 303)), user.language)
    return remember_device(page, user.username)


@bp.post("/logout", permission=P.PUBLIC)
def logout(ctx: Ctx) -> Any:
    """End the session; without one, redirect in the same way."""
    require_token()
    if Role.PUBLIC not in ctx.actor.roles:
        note_later(ctx.actor, "sign_out")
    sign_out_browser(ctx)
    return redirect("/", 303)


@bp.get("/set-password/<token>", permission=P.PUBLIC)
def set_password(ctx: Ctx, token: str) -> str:
    get_link(ctx, token)
    return render_template("accounts/set_password.html", form=SetPasswordForm(), token=token)


@bp.post("/set-password/<token>", permission=P.PUBLIC, once=True)
def set_password_submit(ctx: Ctx, token: str) -> Any:
    get_link(ctx, token)
    form = SetPasswordForm()
    done = submit(
        ctx, form, lambda: set_password_by_link(ctx, token, form.password.data or "", form.repeated.data or "")
    )
    if done is None:
        return render_template("accounts/set_password.html", form=form, token=token), _REFUSED
    sign_out_browser(ctx)
    page = make_response(go("accounts.login", _("Đã đặt mật khẩu; hãy đăng nhập bằng mật khẩu mới.")))
    # Who has the link is not locked out by strangers who tried the name.
    return remember_device(page, done.username)


def sign_in_page(message: str, kept: str, back: str) -> str:
    """The sign-in form after a session expired over a form; it carries what was typed (kernel.http.kept_form)."""
    form = SignInForm(formdata=None)
    form.next.data, form.kept.data = safe_next(back), kept
    form.form_errors = [message]
    return render_template("accounts/login.html", form=form)


def _refuse(form: SignInForm, message: str, too_many: TooManyRequests | None = None) -> Response:
    form.form_errors = [message]
    answer = make_response(render_template("accounts/login.html", form=form), too_many.status if too_many else _REFUSED)
    if too_many is not None:
        answer.headers["Retry-After"] = str(too_many.retry_after)
    return answer


@bp.get("/account", permission=P.ACCOUNT_SELF)
def own_account(ctx: Ctx) -> str:
    return _own_account_page(ctx, ChangePasswordForm())


@bp.post("/account/password", permission=P.ACCOUNT_SELF)
def own_password(ctx: Ctx) -> Any:
    """Change the password; all sessions end, this one included."""
    form = ChangePasswordForm()
    if (
        submit(
            ctx,
            form,
            lambda: change_password(ctx, attempt_counter(), form.to_command(), device_for),
        )
        is None
    ):
        return _own_account_page(ctx, form), _REFUSED
    sign_out_browser(ctx, RevokeReason.PASSWORD_CHANGED)
    return go("accounts.login", _("Đã đổi mật khẩu; hãy đăng nhập lại trên mọi thiết bị."))


@bp.post("/account/sessions/<int:session_id>/end", permission=P.ACCOUNT_SELF)
def end_device(ctx: Ctx, session_id: int) -> Any:
    require_token()
    user = get_own_account(ctx)
    if end_own_session(ctx, user.id, session_id):
        note_later(ctx.actor, "sign_out.device", session_id=session_id)
    return go("accounts.own_account", _("Đã đăng xuất thiết bị."))


@bp.post("/account/sessions/end-others", permission=P.ACCOUNT_SELF)
def end_other_devices(ctx: Ctx) -> Any:
    require_token()
    user = get_own_account(ctx)
    ended = end_sessions(ctx, user.id, RevokeReason.SIGNED_OUT_ELSEWHERE, keep_id=_session_id(ctx))
    note_later(ctx.actor, "sign_out.others", count=ended)
    return go("accounts.own_account", _("Đã đăng xuất %(count)d thiết bị khác.", count=ended))


def _own_account_page(ctx: Ctx, form: ChangePasswordForm) -> str:
    user = get_own_account(ctx)
    return render_template(
        "accounts/own_account.html",
        form=form,
        user=user,
        sessions=open_sessions(ctx.session, user.id, ctx.now, limits()),
        this_session=_session_id(ctx),
        device_label=device_label,
    )


def _session_id(ctx: Ctx) -> int | None:
    return ctx.actor.session_id if isinstance(ctx.actor, SignedInActor) else None


@bp.get("/admin/organisations", permission=P.ACCOUNT_MANAGE)
def organisations(ctx: Ctx) -> str:
    return render_template("accounts/organisations.html", listing=list_page(ctx, ORGANISATIONS))


@bp.get("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_new(ctx: Ctx) -> str:
    form = OrganisationForm()
    form.valid_from.data = ctx.today
    return _organisation_form(form)


@bp.post("/admin/organisations/new", permission=P.ACCOUNT_MANAGE)
def organisation_create(ctx: Ctx) -> Any:
    form = OrganisationForm()
    created = submit(ctx, form, lambda: create_organisation(ctx, form.to_command()))
    if created is None:
        return _organisation_form(form), _REFUSED
    return go("accounts.organisation", _("Đã thêm tổ chức."), organisation_id=created.id)


@bp.get("/admin/organisations/<int:organisation_id>", permission=P.ACCOUNT_MANAGE)
def organisation(ctx: Ctx, organisation_id: int) -> str:
    return _organisation_page(ctx, get_organisation(ctx, organisation_id), AliasForm(), SuccessionForm())


@bp.get("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_edit(ctx: Ctx, organisation_id: int) -> str:
    found = get_organisation(ctx, organisation_id)
    form = OrganisationForm()
    form.fill(found, version_of(ctx.session, found))
    return _organisation_form(form, found)


@bp.post("/admin/organisations/<int:organisation_id>/edit", permission=P.ACCOUNT_MANAGE)
def organisation_save(ctx: Ctx, organisation_id: int) -> Any:
    """Save; if the row has changed since the form was opened, show the form again with the current values (409)."""
    found = get_organisation(ctx, organisation_id)
    form = OrganisationForm()
    form.code.data = found.code
    try:
        saved = submit(ctx, form, lambda: edit_organisation(ctx, organisation_id, form.to_command()))
    except Conflict as conflict:
        form.version.data = str(version_of(ctx.session, found))
        return _organisation_form(form, found, conflict), conflict.status
    if saved is None:
        return _organisation_form(form, found), _REFUSED
    return go("accounts.organisation", _("Đã lưu tổ chức."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases", permission=P.ACCOUNT_MANAGE)
def alias_add(ctx: Ctx, organisation_id: int) -> Any:
    form = AliasForm()
    if submit(ctx, form, lambda: add_alias(ctx, organisation_id, form.spelling.data or "")) is None:
        return _organisation_page(
            ctx, get_organisation(ctx, organisation_id), form, SuccessionForm(formdata=None)
        ), _REFUSED
    return go("accounts.organisation", _("Đã thêm cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/aliases/<int:alias_id>/withdraw", permission=P.ACCOUNT_MANAGE)
def alias_withdraw(ctx: Ctx, organisation_id: int, alias_id: int) -> Any:
    require_token()
    withdraw_alias(ctx, organisation_id, alias_id)
    return go("accounts.organisation", _("Đã bỏ cách viết."), organisation_id=organisation_id)


@bp.post("/admin/organisations/<int:organisation_id>/succession", permission=P.ACCOUNT_MANAGE)
def succession_add(ctx: Ctx, organisation_id: int) -> Any:
    form = SuccessionForm()
    found = get_organisation(ctx, organisation_id)
    form.offer(_others(ctx, found))
    if submit(ctx, form, lambda: add_succession(ctx, form.to_command(organisation_id))) is None:
        return _organisation_page(ctx, found, AliasForm(formdata=None), form), _REFUSED
    return go("accounts.organisation", _("Đã ghi bên kế thừa."), organisation_id=organisation_id)


@bp.get(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_leave(ctx: Ctx, organisation_id: int, succession_id: int) -> str:
    return _withdrawal_page(ctx, organisation_id, succession_id, WithdrawSuccessionForm(formdata=None))


@bp.post(_WITHDRAW, permission=P.ACCOUNT_MANAGE)
def succession_withdraw(ctx: Ctx, organisation_id: int, succession_id: int) -> Any:
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


def _organisation_form(
    form: OrganisationForm, found: Organisation | None = None, conflict: Conflict | None = None
) -> str:
    return render_template("accounts/organisation_form.html", form=form, organisation=found, conflict=conflict)


def _organisation_page(ctx: Ctx, found: Organisation, alias_form: AliasForm, succession_form: SuccessionForm) -> str:
    succession_form.offer(_others(ctx, found))
    return render_template(
        "accounts/organisation.html",
        organisation=found,
        users=list_users(ctx, found.id),
        successions=list_successions(ctx, found.id),
        alias_form=alias_form,
        form=succession_form,
    )


def _others(ctx: Ctx, found: Organisation) -> list[Organisation]:
    return [row for row in list_organisations(ctx) if row.id != found.id]


@bp.get("/admin/users", permission=P.ACCOUNT_MANAGE)
def users(ctx: Ctx) -> str:
    return render_template("accounts/users.html", listing=list_page(ctx, USERS))


@bp.get("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_new(ctx: Ctx) -> str:
    return _user_form(ctx, UserForm())


@bp.post("/admin/users/new", permission=P.ACCOUNT_MANAGE)
def user_create(ctx: Ctx) -> Any:
    form = UserForm()
    form.offer(list_organisations(ctx))
    created = submit(ctx, form, lambda: create_user(ctx, form.to_command()))
    if created is None:
        return _user_form(ctx, form), _REFUSED
    return go(
        "accounts.user", _("Đã tạo tài khoản; hãy giao vai trò rồi gửi liên kết đặt mật khẩu."), user_id=created.id
    )


@bp.get("/admin/users/<int:user_id>", permission=P.ACCOUNT_MANAGE)
def user(ctx: Ctx, user_id: int) -> str:
    return _user_page(ctx, get_user(ctx, user_id), RoleForm())


@bp.get("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_edit(ctx: Ctx, user_id: int) -> str:
    found = get_user(ctx, user_id)
    form = UserForm()
    form.fill(found, version_of(ctx.session, found))
    return _user_form(ctx, form, found)


@bp.post("/admin/users/<int:user_id>/edit", permission=P.ACCOUNT_MANAGE)
def user_save(ctx: Ctx, user_id: int) -> Any:
    """Save; if the row has changed since the form was opened, show the form again with the current values (409)."""
    found = get_user(ctx, user_id)
    form = UserForm()
    form.username.data = found.username
    form.offer(list_organisations(ctx))
    try:
        saved = submit(ctx, form, lambda: edit_user(ctx, user_id, form.to_command()))
    except Conflict as conflict:
        form.version.data = str(version_of(ctx.session, found))
        return _user_form(ctx, form, found, conflict), conflict.status
    if saved is None:
        return _user_form(ctx, form, found), _REFUSED
    return go("accounts.user", _("Đã lưu tài khoản."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/disable", permission=P.ACCOUNT_MANAGE)
def user_disable(ctx: Ctx, user_id: int) -> Any:
    require_token()
    disable_user(ctx, user_id)
    return go("accounts.user", _("Đã khóa tài khoản; mọi phiên đăng nhập đã kết thúc."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/enable", permission=P.ACCOUNT_MANAGE)
def user_enable(ctx: Ctx, user_id: int) -> Any:
    require_token()
    enable_user(ctx, user_id)
    return go("accounts.user", _("Đã mở lại tài khoản."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/link", permission=P.ACCOUNT_MANAGE)
def user_link(ctx: Ctx, user_id: int) -> str:
    """A new link to set the password, shown only once."""
    require_token()
    found = get_user(ctx, user_id)
    token = open_link(ctx, user_id, token=token_of_form(current_app.config["SECRET_KEY"], "link", user_id))
    address = url_for("accounts.set_password", token=token, _external=True)
    minutes = int(LINK_LIFETIME.total_seconds()) // 60
    return render_template("accounts/link.html", user=found, address=address, minutes=minutes)


@bp.post("/admin/users/<int:user_id>/roles", permission=P.ACCOUNT_MANAGE)
def role_assign(ctx: Ctx, user_id: int) -> Any:
    found = get_user(ctx, user_id)
    form = RoleForm()
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today)
    if submit(ctx, form, lambda: assign_role(ctx, form.to_command(user_id))) is None:
        return _user_page(ctx, found, form), _REFUSED
    return go("accounts.user", _("Đã giao vai trò."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/roles/<int:assignment_id>/end", permission=P.ACCOUNT_MANAGE)
def role_end(ctx: Ctx, user_id: int, assignment_id: int) -> Any:
    require_token()
    end_role(ctx, user_id, assignment_id)
    return go("accounts.user", _("Đã kết thúc vai trò."), user_id=user_id)


def _user_form(ctx: Ctx, form: UserForm, found: UserAccount | None = None, conflict: Conflict | None = None) -> str:
    form.offer(list_organisations(ctx))
    return render_template("accounts/user_form.html", form=form, user=found, conflict=conflict)


def _user_page(ctx: Ctx, found: UserAccount, form: RoleForm) -> str:
    form.offer(list_area_units(ctx.session, ctx.today), ctx.today)
    units = units_of(ctx.session, found.roles)
    return render_template("accounts/user.html", user=found, form=form, units=units, today=ctx.today)
