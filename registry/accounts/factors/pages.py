"""Pages of the second factor: at sign-in, before acts that bind, of one's own account, and for lost ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Response, current_app, g, make_response, redirect, render_template, request, url_for

from registry.accounts.actor import SignedInActor
from registry.accounts.admin_pages import show_user
from registry.accounts.attempts import give_back
from registry.accounts.browser import (
    attempt_counter,
    awaiting_actor,
    note_later,
    remember_device,
    remember_factor,
    safe_next,
    sign_in_browser,
)
from registry.accounts.factors import passkeys, service
from registry.accounts.factors.forms import AddAppForm, AddPasskeyForm, ResetForm, SecondFactorForm
from registry.accounts.factors.parts import (
    app_context,
    installation_key,
    party,
    prove_page,
    prover,
    purpose_of,
    read_secret,
)
from registry.accounts.factors.queries import (
    list_colleagues,
    list_factors,
    list_open_resets,
    list_remembered,
    passkey_ids,
    unused_codes,
)
from registry.accounts.models import FactorState, UserAccount
from registry.accounts.pages import bp, require_token
from registry.accounts.sessions import device_label, prove_session
from registry.audit.chain import record_as
from registry.authz.actors import Ctx
from registry.authz.idempotency import token_of_form
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.authz.second_factor import SETTING_KEY
from registry.kernel.dated_settings import setting
from registry.kernel.errors import Invalid, SignInRequired, TooManyRequests
from registry.kernel.fields import labels_of
from registry.kernel.forms.answers import go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.resubmission import load_submission, resubmission_page
from registry.kernel.i18n import _, remember_language
from registry.workflow.worklist import WorklistTask

_DONE = 200


@bp.get("/login/second-factor", permission=P.PUBLIC)
def second_factor(ctx: Ctx) -> Any:
    """Ask for the second factor; a browser without a password before it is sent to sign in."""
    target = safe_next(request.args.get("next"))
    actor = prover()
    if actor is None:
        return redirect(url_for("accounts.login", next=target))
    if not list_factors(ctx.session, actor.id):
        return redirect(url_for("accounts.factor_first", next=target))
    form = SecondFactorForm(formdata=None)
    form.next.data = target
    return prove_page(ctx.session, actor, form)


@bp.post("/login/second-factor", permission=P.PUBLIC, of_session=True)
def second_factor_submit(ctx: Ctx) -> Any:
    """Take a code or a passkey; each try counts, a right one is given back."""
    form, actor = SecondFactorForm(), prover()
    if actor is None:
        raise SignInRequired
    try:
        taken = attempt_counter().take_code(actor.username)
    except TooManyRequests as refusal:
        note_later(actor, "sign_in.factor_too_many")
        form.form_errors = [refusal.message]
        answer = make_response(prove_page(ctx.session, actor, form), refusal.status)
        answer.headers["Retry-After"] = str(refusal.retry_after)
        return answer
    at = submit(
        ctx,
        form,
        lambda: service.prove(ctx, actor.id, form.answer(), installation_key(), party(), purpose_of(actor)),
    )
    if at is None:
        note_later(actor, "sign_in.factor_refused")
        return prove_page(ctx.session, actor, form), form.refusal_status
    give_back(ctx.session, taken)
    record_as(ctx, actor)
    remembered = service.remember_browser(ctx, actor.id, request.user_agent.string) if form.remember.data else None
    answer = _go_on(ctx, actor, form)
    return answer if remembered is None else remember_factor(answer, *remembered)


def _go_on(ctx: Ctx, actor: SignedInActor, form: Any, shown: dict[str, Any] | None = None) -> Response:
    """The answer to a proved factor: the session counts as proved, and goes on where it was.

    `shown`: what is shown once before it goes on.
    """
    if awaiting_actor() is not None:
        actor = sign_in_browser(ctx, actor.id, FactorState.PROVED)
        note_later(actor, "sign_in.done")
        sentence = _("Đã đăng nhập lại; nội dung nhập trước đó chưa được gửi.")
    else:
        if actor.session_id is not None:
            prove_session(ctx, actor.session_id)
        note_later(actor, "sign_in.factor_again")
        sentence = _("Đã xác thực lại; nội dung nhập trước đó chưa được gửi.")
    g.actor = actor
    g.pop(current_app.config["WTF_CSRF_FIELD_NAME"], None)
    kept = load_submission(form.kept.data)
    target = safe_next(form.next.data)
    page: Response
    if shown is not None:
        page = make_response(render_template("accounts/recovery_codes.html", next=target, kept=kept, **shown))
    elif kept is not None:
        page = make_response(resubmission_page(kept, sentence, _DONE))
    else:
        page = make_response(redirect(target, 303))
    page.headers["Cache-Control"] = "no-store"
    return remember_device(remember_language(page, actor.language), actor.username)


@bp.get("/login/first-factor", permission=P.PUBLIC)
def factor_first(ctx: Ctx) -> Any:
    """Add the first factor of an account whose role asks for one, right after its password."""
    actor, target = awaiting_actor(), safe_next(request.args.get("next"))
    if actor is None or list_factors(ctx.session, actor.id):
        return redirect(url_for("accounts.second_factor", next=target))
    form = AddAppForm(formdata=None)
    form.next.data = target
    return render_template("accounts/first_factor.html", form=form, **app_context(actor, form))


@bp.post("/login/first-factor", permission=P.PUBLIC, of_session=True)
def factor_first_submit(ctx: Ctx) -> Any:
    form, actor = AddAppForm(), awaiting_actor()
    if actor is None or list_factors(ctx.session, actor.id):
        raise SignInRequired
    record_as(ctx, actor)
    added = submit(ctx, form, lambda: _add_app(ctx, actor, form))
    if added is None:
        return render_template("accounts/first_factor.html", form=form, **app_context(actor, form)), form.refusal_status
    return _go_on(ctx, actor, form, {"codes": service.first_codes(ctx, actor.id, None)})


def _add_app(ctx: Ctx, actor: SignedInActor, form: AddAppForm) -> Any:
    secret = read_secret(actor.id, form.secret.data or "")
    return service.add_app(ctx, actor.id, secret, form.code.data or "", form.app_name.data or "", installation_key())


@bp.get("/account/second-factor", permission=P.ACCOUNT_SELF)
def own_factors(ctx: Ctx) -> str:
    return _own_page(ctx, AddAppForm(formdata=None), AddPasskeyForm(formdata=None))


def _own_page(ctx: Ctx, app_form: AddAppForm, passkey_form: AddPasskeyForm) -> str:
    actor = _account(ctx)
    own = party()
    question = None
    if own.takes_passkeys:
        taken = passkey_ids(ctx.session, actor.id)
        purpose = f"make:{purpose_of(actor)}"
        question = passkeys.ask_to_make(installation_key(), own, actor.id, actor.username, purpose, taken)
        passkey_form.challenge.data, passkey_form.passkey.data = question.challenge, ""
    return render_template(
        "accounts/own_factors.html",
        form=passkey_form if passkey_form.errors else app_form,
        app_form=app_form,
        passkey_form=passkey_form,
        question=question,
        factors=list_factors(ctx.session, actor.id),
        codes_left=unused_codes(ctx.session, actor.id),
        browsers=list_remembered(ctx, actor.id),
        device_label=device_label,
        days=setting(ctx.session, SETTING_KEY, ctx.today)["remember_days"],
        **app_context(actor, app_form),
    )


def _account(ctx: Ctx) -> SignedInActor:
    if not isinstance(ctx.actor, SignedInActor):
        raise SignInRequired
    return ctx.actor


@bp.post("/account/second-factor/app", permission=P.ACCOUNT_SELF, binds=True)
def factor_add_app(ctx: Ctx) -> Any:
    """Add an app, or replace the one before; the first factor of an account brings its recovery codes."""
    form, actor = AddAppForm(), _account(ctx)
    if submit(ctx, form, lambda: _add_app(ctx, actor, form)) is None:
        return _own_page(ctx, form, AddPasskeyForm(formdata=None)), form.refusal_status
    return _added(ctx, actor)


@bp.post("/account/second-factor/passkey", permission=P.ACCOUNT_SELF, binds=True)
def factor_add_passkey(ctx: Ctx) -> Any:
    form, actor = AddPasskeyForm(), _account(ctx)

    def add() -> Any:
        registered = passkeys.read_registered(
            installation_key(),
            party(),
            f"make:{purpose_of(actor)}",
            form.challenge.data or "",
            form.passkey.data or "",
        )
        return service.add_passkey(ctx, actor.id, registered, form.passkey_name.data or "")

    if submit(ctx, form, add) is None:
        return _own_page(ctx, AddAppForm(formdata=None), form), form.refusal_status
    return _added(ctx, actor)


def _added(ctx: Ctx, actor: SignedInActor) -> Any:
    if actor.session_id is not None:
        prove_session(ctx, actor.session_id)
    codes = service.first_codes(ctx, actor.id, _form_token(actor.id))
    if codes:
        return _codes_page(codes)
    return go(ctx, "accounts.own_factors", _("Đã thêm lớp xác thực; các thiết bị khác đã bị đăng xuất."))


def _form_token(user_id: int) -> str | None:
    return token_of_form(installation_key(), "recovery-codes", user_id)


def _codes_page(codes: list[str]) -> Response:
    target = url_for("accounts.own_factors")
    page = make_response(render_template("accounts/recovery_codes.html", next=target, kept=None, codes=codes))
    page.headers["Cache-Control"] = "no-store"
    return page


@bp.post("/account/second-factor/<int:factor_id>/remove", permission=P.ACCOUNT_SELF, binds=True)
def factor_remove(ctx: Ctx, factor_id: int) -> Any:
    require_token()
    service.remove_factor(ctx, ctx.actor, factor_id)
    return go(ctx, "accounts.own_factors", _("Đã bỏ lớp xác thực; các thiết bị khác đã bị đăng xuất."))


@bp.post("/account/second-factor/codes", permission=P.ACCOUNT_SELF, binds=True)
def factor_codes(ctx: Ctx) -> Any:
    """New recovery codes, shown only once; those before do not count any more."""
    require_token()
    actor = _account(ctx)
    if not list_factors(ctx.session, actor.id):
        raise Invalid({"": _("Tài khoản chưa bật xác thực hai lớp; cần thêm ứng dụng hoặc khóa truy cập trước.")})
    return _codes_page(service.renew_codes(ctx, actor.id, _form_token(actor.id)))


@bp.post("/account/second-factor/forget", permission=P.ACCOUNT_SELF)
def factor_forget(ctx: Ctx) -> Any:
    require_token()
    service.forget_browsers(ctx, _account(ctx).id)
    return go(ctx, "accounts.own_factors", _("Đã bỏ ghi nhớ mọi thiết bị."))


@bp.post("/admin/users/<int:user_id>/factor-reset", permission=P.ACCOUNT_MANAGE)
def factor_reset(ctx: Ctx, user_id: int) -> Any:
    """Ask for a reset of the factors of an account; a second administrator confirms it."""
    form = ResetForm()
    if submit(ctx, form, lambda: service.ask_reset(ctx, user_id, form.reason.data or "")) is None:
        return show_user(ctx, user_id, form), form.refusal_status
    return go(ctx, "accounts.user", _("Đã ghi đề nghị đặt lại; cần quản trị viên thứ hai xác nhận."), user_id=user_id)


@bp.post("/admin/users/<int:user_id>/factor-reset/confirm", permission=P.ACCOUNT_MANAGE)
def factor_reset_confirm(ctx: Ctx, user_id: int) -> Any:
    require_token()
    service.confirm_reset(ctx, user_id)
    return go(
        ctx,
        "accounts.user",
        _("Đã đặt lại xác thực hai lớp; người dùng đăng nhập bằng mật khẩu rồi đăng ký lại."),
        user_id=user_id,
    )


@bp.post("/admin/users/<int:user_id>/factor-reset/cancel", permission=P.ACCOUNT_MANAGE)
def factor_reset_cancel(ctx: Ctx, user_id: int) -> Any:
    require_token()
    service.cancel_reset(ctx, user_id)
    return go(ctx, "accounts.user", _("Đã rút đề nghị đặt lại xác thực hai lớp."), user_id=user_id)


def resets_to_confirm(ctx: Ctx) -> Iterator[WorklistTask]:
    """The resets that the actor may confirm, for "Việc của tôi"."""
    if not holds(ctx.actor, P.ACCOUNT_MANAGE):
        return
    for reset in list_open_resets(ctx):
        if ctx.actor.id not in (reset.asked_by_id, reset.user_id):
            text = _("Xác nhận đặt lại xác thực hai lớp của %(name)s", name=reset.user.full_name)
            address = url_for("accounts.user", user_id=reset.user_id, _anchor="factor")
            yield WorklistTask(text, address, _("Chờ quản trị viên thứ hai"))


@bp.get("/office/day-passes", permission=P.FACTOR_LEND)
def day_passes(ctx: Ctx) -> str:
    """The inspectors of the own office; one who lost the phone gets a code for the day here."""
    return render_template(
        "accounts/day_passes.html",
        colleagues=list_colleagues(ctx),
        labels=labels_of(UserAccount),
        form=BaseForm(formdata=None),
    )


@bp.post("/office/day-passes/<int:user_id>", permission=P.FACTOR_LEND)
def day_pass_give(ctx: Ctx, user_id: int) -> Any:
    """A code for the day, shown only once."""
    require_token()
    token = token_of_form(installation_key(), "day-pass", user_id)
    user, code, until = service.give_pass(ctx, user_id, token)
    page = make_response(render_template("accounts/day_pass.html", user=user, code=code, until=until))
    page.headers["Cache-Control"] = "no-store"
    return page
