"""Pages of sign-in and of the user's own account."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.actor import SignedInActor, actor_of
from registry.accounts.attempts import SecretCode, TooManyAttempts, attempt_key
from registry.accounts.browser import (
    attempt_counter,
    attempt_of,
    awaiting_actor,
    counting_wrong,
    device_for,
    limits,
    note_later,
    remember_device,
    remembered_token,
    safe_next,
    sign_in_browser,
    sign_out_browser,
)
from registry.accounts.factors.forms import AddAppForm
from registry.accounts.factors.parts import app_context, is_exempt, kept_form, prove_again_page, prove_page
from registry.accounts.factors.queries import list_factors
from registry.accounts.factors.service import state_after_password
from registry.accounts.forms import (
    ActionForm,
    ChangePasswordForm,
    ContactForm,
    SetPasswordForm,
    SignInForm,
)
from registry.accounts.models import FactorState, LinkPurpose, RevokeReason, UserAccount
from registry.accounts.queries import (
    get_own_account,
)
from registry.accounts.rules import format_phone
from registry.accounts.service import (
    change_password,
    confirm_email,
    save_contact,
    set_password_by_link,
    sign_in,
)
from registry.accounts.service.passwords import get_link
from registry.accounts.sessions import device_label, end_own_session, end_sessions, open_sessions
from registry.authz.actors import PUBLIC_ACTOR, Ctx, Role
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.http.resubmission import load_submission, resubmission_page
from registry.kernel.i18n import _, _n, remember_language
from registry.kernel.installation import INSTALLATION

bp = GuardedBlueprint("accounts", __name__, errors=html_errors)
_DONE = 200
#: Characters of an attempt key in audit notes: enough to distinguish names without revealing them.
_KEY_SHOWN = 16
_CONFIRM = (LinkPurpose.CONFIRM_EMAIL,)


def mail_key() -> str | None:
    """The key that tokens of mailed links follow from; None where the installation sends no mail."""
    installation = INSTALLATION.current()
    sends = installation.mail_server is not None and installation.base_url is not None
    return str(current_app.config["SECRET_KEY"]) if sends else None


def external_address(endpoint: str, **arguments: Any) -> str:
    """The address of a page below the configured base address; below that of the request where none is set."""
    installation = INSTALLATION.current()
    if installation.base_url is None:
        return url_for(endpoint, _external=True, **arguments)
    base = urlsplit(installation.base_url)
    adapter = current_app.url_map.bind(base.netloc, script_name=base.path or "/", url_scheme=base.scheme)
    return adapter.build(endpoint, arguments, force_external=True)


def require_token() -> None:
    """Invalid if an action button was sent without a valid CSRF token."""
    form = ActionForm()
    if not form.validate_on_submit():
        raise Invalid({"": _("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại.")})


@bp.get("/login", permission=P.PUBLIC)
def login(ctx: Ctx) -> Any:
    if Role.PUBLIC not in ctx.actor.roles:
        return redirect(safe_next(request.args.get("next")))
    if awaiting_actor() is not None:
        return redirect(url_for("accounts.second_factor", next=safe_next(request.args.get("next"))))
    form = SignInForm()
    form.next.data = safe_next(request.args.get("next"))
    return render_template("accounts/login.html", form=form)


@bp.post("/login", permission=P.PUBLIC, of_session=True)
def login_submit(ctx: Ctx) -> Any:
    """Check name and password; every refusal except "too many attempts" has the same text.

    Too many attempts ask for work by the browser, with which the next one is taken.
    """
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/login.html", form=form), form.refusal_status
    username = form.username.data or ""
    try:
        user = sign_in(ctx, attempt_counter(), attempt_of(username, form.password.data or "", form.proof.data or ""))
    except TooManyAttempts as refusal:
        note_later(PUBLIC_ACTOR, "sign_in.too_many", name_key=attempt_key(username)[:_KEY_SHOWN])
        return _refuse(ctx, form, refusal.message, refusal)
    if user is None:
        note_later(PUBLIC_ACTOR, "sign_in.refused", name_key=attempt_key(username)[:_KEY_SHOWN])
        return _refuse(ctx, form, _("Tên đăng nhập hoặc mật khẩu không đúng; hãy kiểm tra rồi nhập lại."))
    user_actor = actor_of(ctx.session, user.id, ctx.now)
    factor = state_after_password(ctx, user_actor, is_exempt=is_exempt(user_actor), token=remembered_token())
    actor = sign_in_browser(ctx, user.id, factor)
    if factor is FactorState.AWAITED:
        note_later(actor, "sign_in.password_right")
        return _ask_for_factor(ctx, actor, form)
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


def _ask_for_factor(ctx: Ctx, actor: SignedInActor, form: SignInForm) -> Any:
    """Go on to the second factor, with what was typed before the session ended."""
    if load_submission(form.kept.data) is None:
        return redirect(url_for("accounts.second_factor", next=safe_next(form.next.data)), 303)
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)
    has_factor = bool(list_factors(ctx.session, actor.id))
    if has_factor:
        page = prove_page(ctx.session, actor, kept_form(form.kept.data, form.next.data))
    else:
        first = AddAppForm(formdata=None)
        first.next.data, first.kept.data = safe_next(form.next.data), form.kept.data
        page = render_template("accounts/first_factor.html", form=first, **app_context(actor, first))
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/logout", permission=P.PUBLIC, of_session=True)
def logout(ctx: Ctx) -> Any:
    """End the session; without one, redirect in the same way."""
    require_token()
    if Role.PUBLIC not in ctx.actor.roles:
        note_later(ctx.actor, "sign_out")
    sign_out_browser(ctx)
    return redirect("/", 303)


@bp.get("/set-password/<token>", permission=P.PUBLIC)
def set_password(ctx: Ctx, token: str) -> str:
    with counting_wrong(SecretCode.LINK):
        get_link(ctx, token)
    return render_template("accounts/set_password.html", form=SetPasswordForm(), token=token)


@bp.post("/set-password/<token>", permission=P.PUBLIC, once=True)
def set_password_submit(ctx: Ctx, token: str) -> Any:
    with counting_wrong(SecretCode.LINK):
        get_link(ctx, token)
    form = SetPasswordForm()
    done = submit(
        ctx, form, lambda: set_password_by_link(ctx, token, form.password.data or "", form.repeated.data or "")
    )
    if done is None:
        return render_template("accounts/set_password.html", form=form, token=token), form.refusal_status
    sign_out_browser(ctx)
    page = make_response(go(ctx, "accounts.login", _("Đã đặt mật khẩu; hãy đăng nhập bằng mật khẩu mới.")))
    # Who has the link is not locked out by strangers who tried the name.
    return remember_device(page, done.username)


def sign_in_page(message: str, kept: str, back: str) -> str:
    """The form after a session expired over a form, or before an act that binds; it carries what was typed."""
    actor = g.get("actor")
    if isinstance(actor, SignedInActor) and actor.second_factor is not None:
        return prove_again_page(actor, message, kept, back)
    form = SignInForm(formdata=None)
    form.next.data, form.kept.data = safe_next(back), kept
    form.form_errors = [message]
    return render_template("accounts/login.html", form=form)


def _refuse(ctx: Ctx, form: SignInForm, message: str, too_many: TooManyAttempts | None = None) -> Response:
    form.form_errors = [message]
    # Who has worked before will have to again, so that the work begins while the password is typed.
    asks_for_work = too_many.takes_work if too_many else bool(form.proof.data)
    challenge = attempt_counter().challenge(form.username.data or "", ctx.now) if asks_for_work else None
    form.proof.data = ""
    page = render_template("accounts/login.html", form=form, challenge=challenge)
    answer = make_response(page, too_many.status if too_many else form.refusal_status)
    if too_many is not None:
        answer.headers["Retry-After"] = str(too_many.retry_after)
    return answer


@bp.get("/account", permission=P.ACCOUNT_SELF)
def own_account(ctx: Ctx) -> str:
    return _own_account_page(ctx, ChangePasswordForm())


@bp.post("/account/contact", permission=P.ACCOUNT_SELF)
def own_contact(ctx: Ctx) -> Any:
    """Save the telephone; a new address is used once its link was opened."""
    form = ContactForm()
    email = (form["email"].data or "").strip()
    is_sent = submit(ctx, form, lambda: save_contact(ctx, form.to_command(), mail_key()))
    if is_sent is None:
        return _own_account_page(ctx, ChangePasswordForm(formdata=None), form), form.refusal_status
    if is_sent:
        return go(
            ctx,
            "accounts.own_account",
            _("Đã gửi liên kết xác nhận đến %(email)s; địa chỉ đổi sau khi mở liên kết đó.", email=email),
        )
    return go(ctx, "accounts.own_account", _("Đã lưu thông tin liên hệ."))


@bp.get("/confirm-email/<token>", permission=P.PUBLIC)
def confirm_email_form(ctx: Ctx, token: str) -> str:
    """A button, since programs that read mail open its links."""
    with counting_wrong(SecretCode.LINK):
        link = get_link(ctx, token, purposes=_CONFIRM)
    return render_template("accounts/confirm_email.html", form=ActionForm(), token=token, email=link.email)


@bp.post("/confirm-email/<token>", permission=P.PUBLIC, once=True)
def confirm_email_submit(ctx: Ctx, token: str) -> Any:
    with counting_wrong(SecretCode.LINK):
        link = get_link(ctx, token, purposes=_CONFIRM)
    form = ActionForm()
    if submit(ctx, form, lambda: confirm_email(ctx, token)) is None:
        return render_template(
            "accounts/confirm_email.html", form=form, token=token, email=link.email
        ), form.refusal_status
    return go(ctx, "home.index", _("Đã xác nhận địa chỉ thư; từ nay hệ thống gửi thư đến địa chỉ này."))


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
        return _own_account_page(ctx, form), form.refusal_status
    sign_out_browser(ctx, RevokeReason.PASSWORD_CHANGED)
    return go(ctx, "accounts.login", _("Đã đổi mật khẩu; hãy đăng nhập lại trên mọi thiết bị."))


@bp.post("/account/sessions/<int:session_id>/end", permission=P.ACCOUNT_SELF)
def end_device(ctx: Ctx, session_id: int) -> Any:
    require_token()
    user = get_own_account(ctx)
    if end_own_session(ctx, user.id, session_id):
        note_later(ctx.actor, "sign_out.device", session_id=session_id)
    return go(ctx, "accounts.own_account", _("Đã đăng xuất thiết bị."))


@bp.post("/account/sessions/end-others", permission=P.ACCOUNT_SELF)
def end_other_devices(ctx: Ctx) -> Any:
    require_token()
    user = get_own_account(ctx)
    ended = end_sessions(ctx, user.id, RevokeReason.SIGNED_OUT_ELSEWHERE, keep_id=_session_id(ctx))
    note_later(ctx.actor, "sign_out.others", count=ended)
    return go(ctx, "accounts.own_account", _n("Đã đăng xuất %(num)d thiết bị khác.", ended))


def _own_account_page(ctx: Ctx, form: ChangePasswordForm, contact: BaseForm | None = None) -> str:
    user = get_own_account(ctx)
    if contact is None:
        contact = ContactForm(formdata=None, data={"email": user.email, "phone": format_phone(user.phone)})
    return render_template(
        "accounts/own_account.html",
        labels=labels_of(UserAccount),
        form=form,
        contact=contact,
        user=user,
        sessions=open_sessions(ctx.session, user.id, ctx.now, limits()),
        this_session=_session_id(ctx),
        device_label=device_label,
    )


def _session_id(ctx: Ctx) -> int | None:
    return ctx.actor.session_id if isinstance(ctx.actor, SignedInActor) else None
