"""Acts that bind ask for the second factor once more: one declaration, by permission."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.dated_settings import setting
from registry.kernel.errors import SignInRequired
from registry.kernel.i18n import _l

#: The dated setting that says who needs a second factor and how long a proof of it lasts.
SETTING_KEY: Final = "accounts.second_factor"

#: Permissions whose writes and moves issue, decide, destroy, give rights or change what protects.
BINDING: Final = frozenset(
    {
        P.ACCOUNT_MANAGE,
        P.CALENDAR_EDIT,
        P.CAMPAIGN_MANAGE,
        P.COLOCATION_DECIDE,
        P.COLOCATION_SETTLE,
        P.DELEGATION_KEEP,
        P.FACTOR_LEND,
        P.INCIDENT_STORM,
        P.INSPECTION_PLAN,
        P.OCCUPATION_SETTLE,
        P.REPORT_ACCEPT,
        P.ROUTELIST_ISSUE,
        P.SETTING_EDIT,
        P.STREET_RULE_ISSUE,
        P.STRUCTURE_DECOMMISSION,
        P.TARIFF_PUBLISH,
        P.TERRITORY_IMPORT,
        P.VIOLATION_DECIDE,
        P.VIOLATION_REVIEW,
        P.VIOLATION_TAKE_OVER,
    }
)


class SecondFactorRequired(SignInRequired):
    """The session proved its second factor too long ago for an act that binds."""

    title = "Second factor required"
    default_message = _l("Việc này cần xác thực lại lớp thứ hai; hãy xác thực rồi làm lại.")
    kept_message = _l("Việc này cần xác thực lại lớp thứ hai; nội dung đã nhập được giữ lại để gửi tiếp.")


def require_recent_factor(ctx: Ctx, permission: P) -> None:
    """SecondFactorRequired for an act that binds, unless the actor's session proved its factor a short time ago.

    An actor whose sign-in asks for none is not asked here.
    """
    proof = ctx.actor.second_factor
    if proof is not None and permission in BINDING:
        require_recent_proof(ctx)


def require_recent_proof(ctx: Ctx) -> None:
    """SecondFactorRequired unless the actor's session proved its factor a short time ago, or none is asked."""
    proof = ctx.actor.second_factor
    if proof is None:
        return
    lasts = timedelta(minutes=setting(ctx.session, SETTING_KEY, ctx.today)["again_minutes"])
    if proof.proved_at is None or ctx.now - proof.proved_at > lasts:
        raise SecondFactorRequired
