"""One's own account: signed-in devices, change of password."""

from __future__ import annotations

from typing import Any

from flask import render_template

from registry.accounts.actor import SignedInActor
from registry.accounts.browser import end, limits, note_later, try_counter
from registry.accounts.devices import device_label
from registry.accounts.forms import ChangePasswordForm
from registry.accounts.models import RevokeReason
from registry.accounts.pages.blueprint import bp, go, require_token
from registry.accounts.queries import get_own_account
from registry.accounts.service import change_password
from registry.accounts.sessions import end_own_session, end_sessions, open_sessions
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _

_REFUSED = 422


@bp.get("/account", permission=P.ACCOUNT_SELF)
def own_account(ctx: Ctx) -> str:
    """Who one is here, where one is signed in, and the form to change the password."""
    return _page(ctx, ChangePasswordForm())


@bp.post("/account/password", permission=P.ACCOUNT_SELF)
def own_password(ctx: Ctx) -> Any:
    """Change the password; every session ends, also this one."""
    form = ChangePasswordForm()
    if submit(ctx, form, lambda: change_password(ctx, try_counter(), form.to_command())) is None:
        return _page(ctx, form), _REFUSED
    end(ctx, RevokeReason.PASSWORD_CHANGED)
    return go("accounts.login", _("Đã đổi mật khẩu; hãy đăng nhập lại trên mọi thiết bị."))


@bp.post("/account/sessions/<int:session_id>/end", permission=P.ACCOUNT_SELF)
def end_device(ctx: Ctx, session_id: int) -> Any:
    """Sign one other device out."""
    require_token()
    user = get_own_account(ctx)
    if end_own_session(ctx, user.id, session_id):
        note_later(ctx.actor, "sign_out.device", session_id=session_id)
    return go("accounts.own_account", _("Đã đăng xuất thiết bị."))


@bp.post("/account/sessions/end-others", permission=P.ACCOUNT_SELF)
def end_other_devices(ctx: Ctx) -> Any:
    """Sign all other devices out."""
    require_token()
    user = get_own_account(ctx)
    ended = end_sessions(ctx, user.id, RevokeReason.SIGNED_OUT_ELSEWHERE, keep_id=_session_id(ctx))
    note_later(ctx.actor, "sign_out.others", count=ended)
    return go("accounts.own_account", _("Đã đăng xuất %(count)d thiết bị khác.", count=ended))


def _page(ctx: Ctx, form: ChangePasswordForm) -> str:
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
