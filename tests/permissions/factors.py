"""Second factors for the table of permissions: each member has an app and a remembered browser."""

from datetime import timedelta

import pyotp

from registry.accounts.factors.models import FactorReset
from registry.accounts.factors.parts import sign_secret
from registry.accounts.factors.queries import totp_of
from registry.accounts.factors.sample import give_app
from registry.accounts.factors.service import remember_browser
from registry.audit.chain import record
from registry.kernel.clock import utc_now
from tests.support.fixtures import account

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
KEY = "x" * 40
FACTOR_FIELDS = {
    "accounts.factor_add_app": {"secret": "{app_secret}", "code": "{app_code}", "app_name": "Điện thoại mới"},
    "accounts.factor_reset": {"reason": "Mất điện thoại"},
}


def own_factor(ctx):
    """The app and the remembered browser of the actor, and what it sends within a minute to add another app."""
    if totp_of(ctx.session, ctx.actor.id) is None:
        give_app(ctx, ctx.actor.id, KEY)
    remember_browser(ctx, ctx.actor.id, "test")
    return {
        "factor_id": totp_of(ctx.session, ctx.actor.id).id,
        "app_secret": sign_secret(ctx.actor.id, SECRET),
        "app_code": pyotp.TOTP(SECRET).at(utc_now() + timedelta(seconds=30)),
    }


def inspector(ctx_of):
    """An inspector of the office of ubnd.xa who has an app."""
    with ctx_of("kiemtra1") as ctx:
        if totp_of(ctx.session, ctx.actor.id) is None:
            give_app(ctx, ctx.actor.id, KEY)
        return {"user_id": ctx.actor.id}


def asked_reset(ctx_of):
    """An account whose reset another administrator asked for."""
    with ctx_of("so.khcn") as ctx:
        user = account(ctx.session, "kiemtra2")
        if totp_of(ctx.session, user.id) is None:
            give_app(ctx, user.id, KEY)
        ctx.session.add(
            FactorReset(user_id=user.id, asked_by_id=ctx.actor.id, asked_at=ctx.now, reason="Mất điện thoại")
        )
        ctx.session.flush()
        record(ctx, "account.ask_factor_reset", "user_account", user.id)
        return {"user_id": user.id}
