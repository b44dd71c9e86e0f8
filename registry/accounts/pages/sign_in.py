"""Sign in, sign out, set a password by a one-time link."""

from __future__ import annotations

from typing import Any

from flask import current_app, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response

from registry.accounts.browser import begin, end, note_later, safe_next, try_counter
from registry.accounts.forms import SetPasswordForm, SignInForm
from registry.accounts.pages.blueprint import bp, go, require_token
from registry.accounts.service import set_password_by_link, sign_in
from registry.accounts.service.links import get_link
from registry.accounts.tries import key_of
from registry.authz.actors import PUBLIC_ACTOR, Ctx, Role
from registry.authz.permissions import P
from registry.kernel.errors import TooManyRequests
from registry.kernel.forms.submit import submit
from registry.kernel.http.resubmission import load_submission, resubmission_page
from registry.kernel.i18n import _, remember_language

_DONE = 200
_REFUSED = 422
#: So many characters of a name's key tell notes of one name from another without telling the name.
_KEY_SHOWN = 16


@bp.get("/login", permission=P.PUBLIC)
def login(ctx: Ctx) -> Any:
    """The sign-in form, or the way on for who is signed in already."""
    if Role.PUBLIC not in ctx.actor.roles:
        return redirect(safe_next(request.args.get("next")))
    form = SignInForm()
    form.next.data = safe_next(request.args.get("next"))
    return render_template("accounts/login.html", form=form)


@bp.post("/login", permission=P.PUBLIC)
def login_submit(ctx: Ctx) -> Any:
    """Check name and password; every refusal but "too many" reads the same."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/login.html", form=form), _REFUSED
    username = form.username.data or ""
    try:
        user = sign_in(ctx, try_counter(), username, form.password.data or "")
    except TooManyRequests as refusal:
        note_later(PUBLIC_ACTOR, "sign_in.too_many", name_key=key_of(username)[:_KEY_SHOWN])
        return _refuse(form, refusal.message, refusal)
    if user is None:
        note_later(PUBLIC_ACTOR, "sign_in.refused", name_key=key_of(username)[:_KEY_SHOWN])
        return _refuse(form, _("Tên đăng nhập hoặc mật khẩu không đúng; hãy kiểm tra rồi nhập lại."))
    actor = begin(ctx, user)
    note_later(actor, "sign_in.done")
    kept = load_submission(form.kept.data)
    if kept is not None:
        # The page is one of the new session, with a token of its own.
        g.actor = actor
        g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)
        sentence = _("Đã đăng nhập lại; nội dung nhập trước đó chưa được gửi.")
        page = make_response(resubmission_page(kept, sentence, _DONE))
        page.headers["Cache-Control"] = "no-store"
        return remember_language(page, user.language)
    return remember_language(make_response(redirect(safe_next(form.next.data), 303)), user.language)


@bp.post("/logout", permission=P.PUBLIC)
def logout(ctx: Ctx) -> Any:
    """End the session; who was signed out already is led the same way."""
    require_token()
    if Role.PUBLIC not in ctx.actor.roles:
        note_later(ctx.actor, "sign_out")
    end(ctx)
    return redirect("/", 303)


@bp.get("/set-password/<token>", permission=P.PUBLIC)
def set_password(ctx: Ctx, token: str) -> str:
    """The form of a one-time link."""
    get_link(ctx, token)
    return render_template("accounts/set_password.html", form=SetPasswordForm(), token=token)


@bp.post("/set-password/<token>", permission=P.PUBLIC)
def set_password_submit(ctx: Ctx, token: str) -> Any:
    """Set the password and lead to the sign-in page."""
    get_link(ctx, token)
    form = SetPasswordForm()
    done = submit(
        ctx, form, lambda: set_password_by_link(ctx, token, form.password.data or "", form.repeated.data or "")
    )
    if done is None:
        return render_template("accounts/set_password.html", form=form, token=token), _REFUSED
    end(ctx)
    return go("accounts.login", _("Đã đặt mật khẩu; hãy đăng nhập bằng mật khẩu mới."))


def sign_in_page(message: str, kept: str, back: str) -> str:
    """The sign-in form for whose session ended over a form; it carries what was typed (kernel.http.kept_form)."""
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
