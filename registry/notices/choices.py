"""How a person gets mails of notices: at once, once a day, or none of what it only watches.

It chooses by standing, and may choose otherwise for single kinds of subjects.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.notices.events import NOTICE_EVENTS, Standing
from registry.notices.models import Delivery, MailBounce, Notice, NoticeChoice, NoticeKindChoice
from registry.notices.queries import addressed_to

#: Subject of the digests, whose mails are subscribed to.
DIGEST: Final = "digest"
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
                        "“%(kind)s” không thể chọn “%(delivery)s”; cần một trong: %(offered)s.",
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


def kinds_of(ctx: Ctx) -> dict[str, str]:
    """The kinds of subjects of which the actor had notices, with their labels in order; digests are chosen apart."""
    labels = {event.subject: str(event.subject_label) for event in NOTICE_EVENTS.values()}
    subjects = ctx.session.scalars(select(Notice.subject_kind).where(addressed_to(ctx.actor)).distinct()).all()
    named = {subject: labels[subject] for subject in {*subjects, *kind_choices_of(ctx)} if labels.get(subject)}
    named.pop(DIGEST, None)
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


def kind_choices_of(ctx: Ctx) -> dict[str, Delivery]:
    """The choices of the actor for single kinds of subjects."""
    rows = ctx.session.scalars(select(NoticeKindChoice).where(NoticeKindChoice.user_id == ctx.actor.id))
    return {row.subject: row.delivery for row in rows}


def choose_kinds(ctx: Ctx, choices: Mapping[str, Delivery]) -> None:
    """The actor chooses so for these kinds of subjects, and by standing for all others."""
    if kind_choices_of(ctx) == choices:
        return
    ctx.session.execute(delete(NoticeKindChoice).where(NoticeKindChoice.user_id == ctx.actor.id))
    rows = [{"user_id": ctx.actor.id, "subject": subject, "delivery": each} for subject, each in choices.items()]
    if rows:
        added = insert(NoticeKindChoice).values(rows)
        keys = ["user_id", "subject"]
        ctx.session.execute(
            added.on_conflict_do_update(index_elements=keys, set_={"delivery": added.excluded.delivery})
        )
    stored = {subject: each.value for subject, each in choices.items()}
    record(ctx, "notice.choose", "user_account", ctx.actor.id, kinds=stored)


def delivery_of(standing: Standing, general: Delivery, of_kind: Delivery | None) -> Delivery:
    """How a notice goes by mail: as its kind says, as far as its standing may choose so, else as the standing says."""
    return of_kind if of_kind is not None and of_kind in OFFERED[standing] else general


def own_bounce(ctx: Ctx, email: str | None) -> MailBounce | None:
    """The refusal of the actor's present address."""
    return bounce_of(ctx, ctx.actor.id, email)


def bounce_of(ctx: Ctx, user_id: int | None, email: str | None) -> MailBounce | None:
    """The refusal of the present address of an account; None where the mail server took it so far."""
    bounce = ctx.session.get(MailBounce, user_id) if user_id is not None else None
    return bounce if bounce is not None and bounce.email == email else None
