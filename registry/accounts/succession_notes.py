"""What a page adds about organisations that it names and that others have succeeded: successor, day and decision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from markupsafe import escape
from sqlalchemy import select
from sqlalchemy.orm import aliased

from registry.accounts.actor import last_day
from registry.accounts.models import Organisation, OrganisationSuccession
from registry.audit.queries import register_version
from registry.authz.actors import Ctx
from registry.kernel.cache import VersionedCache
from registry.kernel.i18n import _, format_date

#: Choices of a form offer names of organisations that the page says nothing about.
_CHOICES: Final = re.compile(r"<(option|script|template)\b.*?</\1>", re.DOTALL)


@dataclass(frozen=True)
class StandingSuccession:
    """A succession in effect, with the short names of both organisations."""

    predecessor_id: int
    predecessor: str
    successor: str
    effective_on: date
    legal_basis: str


_CACHE: Final[VersionedCache[tuple[StandingSuccession, ...]]] = VersionedCache(256 * 1024)


def standing_successions(ctx: Ctx) -> tuple[StandingSuccession, ...]:
    """The successions in effect today, cached until the register changes."""
    return _CACHE.get(ctx.today, register_version(ctx), lambda: _read(ctx))


def _read(ctx: Ctx) -> tuple[StandingSuccession, ...]:
    predecessor, successor, succession = aliased(Organisation), aliased(Organisation), OrganisationSuccession
    query = (
        select(
            predecessor.id,
            predecessor.short_name,
            successor.short_name,
            succession.effective_on,
            succession.legal_basis,
        )
        .join(predecessor, predecessor.id == succession.predecessor_id)
        .join(successor, successor.id == succession.successor_id)
        .where(succession.holds_on(ctx.today))
        .order_by(succession.effective_on, succession.id)
    )
    return tuple(StandingSuccession(*row) for row in ctx.session.execute(query))


def succession_notes(ctx: Ctx, markup: str) -> list[str]:
    """A sentence for each succeeded organisation that the markup names, and for those that the sentences name."""
    waiting = list(standing_successions(ctx))
    text = _CHOICES.sub("", markup) if waiting else ""
    sentences: list[str] = []
    while named := [each for each in waiting if _names(text, each.predecessor)]:
        waiting = [each for each in waiting if each not in named]
        sentences += map(_sentence, named)
        text = " ".join(str(escape(each.successor)) for each in named)
    return sentences


def activity_of(ctx: Ctx, organisation: Organisation) -> str:
    """The period of an organisation in words, with who ended it by succession."""
    succession = next((each for each in standing_successions(ctx) if each.predecessor_id == organisation.id), None)
    last = last_day(organisation.valid_to, succession.effective_on if succession else None, ctx.today)
    last = last or organisation.valid_to
    until = format_date(last) if last else _("nay")
    period = f"{format_date(organisation.valid_from)} – {until}"
    if succession is None:
        return period
    return _(
        "%(period)s; từ ngày %(day)s do %(successor)s kế thừa theo %(basis)s",
        period=period,
        day=format_date(succession.effective_on),
        successor=succession.successor,
        basis=succession.legal_basis,
    )


def _names(text: str, name: str) -> bool:
    escaped = str(escape(name))
    # A plain search first: a page of a long list is 300 kB, and hardly ever names one.
    return escaped in text and re.search(rf"(?<!\w){re.escape(escaped)}(?!\w)", text) is not None


def _sentence(succession: StandingSuccession) -> str:
    return _(
        "%(former)s: từ ngày %(day)s do %(successor)s kế thừa theo %(basis)s.",
        former=succession.predecessor,
        day=format_date(succession.effective_on),
        successor=succession.successor,
        basis=succession.legal_basis,
    )
