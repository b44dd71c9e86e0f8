"""How a person gets mails of notices: at once, once a day, or none of what it only watches."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.notices.events import Standing
from registry.notices.models import Delivery, MailBounce, NoticeChoice

#: What each standing may choose: what is owed to a person is not switched off.
OFFERED: Mapping[Standing, tuple[Delivery, ...]] = {
    standing: tuple(each for each in Delivery if each is not Delivery.OFF or standing is Standing.WATCH)
    for standing in Standing
}


def choices_of(ctx: Ctx) -> dict[Standing, Delivery]:
    """The choices of the actor; at once where it made none."""
    rows = ctx.session.scalars(select(NoticeChoice).where(NoticeChoice.user_id == ctx.actor.id))
    return dict.fromkeys(Standing, Delivery.AT_ONCE) | {Standing(row.standing): row.delivery for row in rows}


def choose(ctx: Ctx, choices: Mapping[Standing, Delivery]) -> None:
    """The actor gets its mails so from now on; Invalid for a choice that its standing does not have."""
    for standing, delivery in choices.items():
        if delivery not in OFFERED[standing]:
            raise Invalid(
                {
                    standing.value: _(
                        "«%(kind)s» không thể chọn «%(delivery)s»; cần một trong: %(offered)s.",
                        kind=standing.label,
                        delivery=delivery.label,
                        offered=", ".join(str(each.label) for each in OFFERED[standing]),
                    )
                }
            )
    if choices_of(ctx) == choices:
        return
    ctx.session.execute(delete(NoticeChoice).where(NoticeChoice.user_id == ctx.actor.id))
    rows = [
        {"user_id": ctx.actor.id, "standing": standing.value, "delivery": delivery}
        for standing, delivery in choices.items()
    ]
    # Two tabs at once: the later one stands.
    added = insert(NoticeChoice).values(rows)
    ctx.session.execute(
        added.on_conflict_do_update(index_elements=["user_id", "standing"], set_={"delivery": added.excluded.delivery})
    )
    stored = {standing.value: delivery.value for standing, delivery in choices.items()}
    record(ctx, "notice.choose", "user_account", ctx.actor.id, deliveries=stored)


def own_bounce(ctx: Ctx, email: str | None) -> MailBounce | None:
    """The refusal of the actor's present address."""
    return bounce_of(ctx, ctx.actor.id, email)


def bounce_of(ctx: Ctx, user_id: int | None, email: str | None) -> MailBounce | None:
    """The refusal of the present address of an account; None where the mail server took it so far."""
    bounce = ctx.session.get(MailBounce, user_id) if user_id is not None else None
    return bounce if bounce is not None and bounce.email == email else None
