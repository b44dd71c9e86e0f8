"""The page on which a user asks for digests by mail."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.models import UserAccount
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.dashboard.digests import subscribe, subscriptions_of
from registry.dashboard.models import Frequency
from registry.kernel.errors import Invalid
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("digests", __name__, errors=html_errors)


@bp.get("/account/digests", permission=P.ACCOUNT_SELF)
def index(ctx: Ctx) -> str:
    """The digests of the reader."""
    account = ctx.session.get_one(UserAccount, ctx.actor.id)
    return render_template(
        "accounts/digests.html", chosen=subscriptions_of(ctx), frequencies=list(Frequency), email=account.email
    )


@bp.post("/account/digests", permission=P.ACCOUNT_SELF)
def save(ctx: Ctx) -> Response:
    """Ask for these digests, and for no others."""
    given = request.form.getlist("frequency")
    known = {one.value for one in Frequency}
    for code in given:
        if code not in known:
            sentence = _("Kỳ bản tin «%(code)s» không có; cần weekly hoặc monthly.", code=code[:60])
            raise Invalid({"frequency": sentence})
    subscribe(ctx, {Frequency(code) for code in given})
    flash(_("Đã lưu lựa chọn nhận bản tin."), "success")
    return redirect(url_for("digests.index"), code=303)
