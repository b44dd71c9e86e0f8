"""The app of a sample account, whose secret stands in the file of sign-in data."""

from __future__ import annotations

from registry.accounts.factors import rules
from registry.accounts.factors.models import FactorKind, SecondFactor
from registry.accounts.factors.queries import totp_of
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.i18n import _


def give_app(ctx: Ctx, user_id: int, key: str) -> str:
    """Give an account a new app, in place of the one before; returns its secret."""
    former = totp_of(ctx.session, user_id)
    if former is not None:
        former.removed_at = ctx.now
        ctx.session.flush()
    secret = rules.new_secret()
    ctx.session.add(
        SecondFactor(
            user_id=user_id,
            kind=FactorKind.TOTP,
            label=_("Ứng dụng xác thực"),
            secret=rules.seal(key, user_id, secret),
            last_step=0,
            created_at=ctx.now,
        )
    )
    ctx.session.flush()
    record(ctx, "account.add_factor", "user_account", user_id, factor=FactorKind.TOTP.value)
    return secret
