"""The page on which a user chooses the mails that it gets: notices by standing, and digests."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.queries import get_own_account
from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.dashboard.digests import subscribe, subscriptions_of
from registry.dashboard.models import Frequency
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import flash_done
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.notices.choices import OFFERED, choices_of, choose, own_bounce
from registry.notices.events import Standing
from registry.notices.models import Delivery

bp = GuardedBlueprint("digests", __name__, errors=html_errors)


@bp.get("/account/digests", permission=P.ACCOUNT_SELF)
def index(ctx: Ctx) -> str:
    """The digests of the reader."""
    email = get_own_account(ctx).email
    return render_template(
        "accounts/digests.html",
        chosen=subscriptions_of(ctx),
        frequencies=list(Frequency),
        email=email,
        bounce=own_bounce(ctx, email),
        offered=OFFERED,
        deliveries=choices_of(ctx),
    )


@bp.post("/account/digests", permission=P.ACCOUNT_SELF)
def save(ctx: Ctx) -> Response:
    """Ask for these digests, and for no others."""
    codes = request.form.getlist("frequency")
    known_codes = {frequency.value for frequency in Frequency}
    for code in codes:
        if code not in known_codes:
            sentence = _("Kỳ bản tin «%(code)s» không có; cần weekly hoặc monthly.", code=code[:60])
            raise Invalid({"frequency": sentence})
    subscribe(ctx, {Frequency(code) for code in codes})
    choose(ctx, {standing: _delivery(standing, present) for standing, present in choices_of(ctx).items()})
    flash_done(ctx, _("Đã lưu lựa chọn nhận thư."))
    return redirect(url_for("digests.index"), code=303)


def _delivery(standing: Standing, present: Delivery) -> Delivery:
    """The typed choice for a standing; the present one where the form has none."""
    code = request.form.get(f"mail_{standing.value}", present.value)
    if code not in {each.value for each in Delivery}:
        sentence = _("Cách gửi thư «%(code)s» không có; cần at_once, daily hoặc off.", code=code[:60])
        raise Invalid({standing.value: sentence})
    return Delivery(code)
