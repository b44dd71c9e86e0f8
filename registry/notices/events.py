"""Events that notices report, each declared once: who must act, who is affected, who watches.

The recipients of a notice, the sentence of a page about them and docs/notices.md are read from the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from registry.authz.actors import Actor, Ctx, Role
from registry.kernel.db.base import Choice
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _l
from registry.notices.models import Notice


class Standing(Choice):
    """Why a reader gets a notice, the most urgent reason first."""

    ACT = "act", _l("Việc chờ tôi xử lý")
    AFFECTED = "affected", _l("Việc liên quan đến đơn vị hoặc công việc của tôi")
    WATCH = "watch", _l("Việc tôi theo dõi theo chức năng")


@dataclass(frozen=True)
class Audience:
    """Members of these organisations, holders of these roles, these persons.

    `unit_ids` restricts the roles to holders with one of these units in their area; empty means anywhere.
    """

    organisation_ids: frozenset[int] = field(default_factory=frozenset)
    roles: frozenset[Role] = field(default_factory=frozenset)
    unit_ids: frozenset[int] = field(default_factory=frozenset)
    user_ids: frozenset[int] = field(default_factory=frozenset)

    def __bool__(self) -> bool:
        return bool(self.organisation_ids or self.roles or self.user_ids)


@dataclass(frozen=True)
class Party:
    """A participant of an event: its label and its audience, read from the subject.

    `watches`: an office that follows such events without being a side of them.
    """

    label: Any
    audience: Callable[[Ctx, Any], Audience]
    watches: bool = False


@dataclass(frozen=True)
class Recipients:
    """Names of parties by their standing; a party counts with its most urgent one."""

    act: tuple[str, ...] = ()
    affected: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()

    def items(self) -> Iterator[tuple[Standing, str]]:
        """Each party once, with its standing."""
        named: set[str] = set()
        for standing, names in zip(Standing, (self.act, self.affected, self.watch), strict=True):
            for name in names:
                if name not in named:
                    named.add(name)
                    yield standing, name


@dataclass(frozen=True, eq=False)
class NoticeEvent:
    """One event of one kind of subject, and the parties that are notified of it.

    `to_do` is what those who must act do: a text, or a function of the notice and the party that reads it. `bundled`:
    mails of one hour about such events of all subjects go together.
    """

    subject: str
    name: str
    #: What happened, as docs and settings name it.
    label: Any
    parties: Mapping[str, Party]
    recipients: Recipients
    to_do: Any = ""
    #: The subject, as the heading of docs/notices.md.
    subject_label: Any = ""
    #: Keys of the terms by which those who must act do so; a notice has the day itself.
    by_when: tuple[str, ...] = ()
    bundled: bool = False
    #: Whether the last day of a notice is that of a party that must act; None: of each.
    binds: Callable[[Notice, str], bool] | None = None
    #: Whether it is mailed to its author, too: others may have acted under that name.
    reaches_author: bool = False

    @property
    def key(self) -> str:
        return f"{self.subject}.{self.name}"

    def task_of(self, notice: Notice, party: str) -> str:
        """What a party that must act does, in the language of the reader."""
        return str(self.to_do(notice, party) if callable(self.to_do) else self.to_do)


NOTICE_EVENTS: Final = KeyedExtensionPoint[NoticeEvent]("notices.events", key=lambda event: event.key)

#: Roles that are no offices.
_NO_OFFICES: Final = (Role.OPERATOR, Role.INFRA_OWNER, Role.DEFENCE_USER, Role.CITIZEN, Role.PUBLIC)


def _role_party(role: Role) -> Party:
    audience = Audience(roles=frozenset({role}))
    return Party(role.label, lambda _ctx, _subject: audience, watches=role not in _NO_OFFICES)


#: The holders of roles as parties of events, by role.
ROLE_PARTIES: Final[Mapping[str, Party]] = {role.value: _role_party(role) for role in Role}


def group_of(standing: Standing, party: str, audience: Audience) -> dict[str, Any]:
    """An audience as its notice stores it."""
    return {
        "standing": standing.value,
        "party": party,
        "organisation_ids": sorted(audience.organisation_ids),
        "roles": sorted(audience.roles),
        "unit_ids": sorted(audience.unit_ids),
        "user_ids": sorted(audience.user_ids),
    }


def standing_of(notice: Notice, reader: Actor) -> tuple[Standing, str] | None:
    """The standing of a reader and the name of its party; None for notices without a declared event."""
    for group in notice.groups:
        held = reader.roles & set(group["roles"])
        in_area = not group["unit_ids"] or bool(reader.unit_ids & set(group["unit_ids"]))
        by_organisation = bool(reader.organisation_ids & set(group["organisation_ids"]))
        if by_organisation or reader.id in group["user_ids"] or (held and in_area):
            return Standing(group["standing"]), str(group["party"])
    return None


def organisation_party(label: Any, read: Callable[[Any], int | None], *, watches: bool = False) -> Party:
    """The organisation whose id `read` gets from the subject, if it has one."""

    def audience(_ctx: Ctx, subject: Any) -> Audience:
        organisation_id = read(subject)
        return Audience(organisation_ids=frozenset() if organisation_id is None else frozenset({organisation_id}))

    return Party(label, audience, watches)


def person_party(label: Any, read: Callable[[Any], int]) -> Party:
    """The person whose account `read` gets from the subject."""
    return Party(label, lambda _ctx, subject: Audience(user_ids=frozenset({read(subject)})))


def declare_events(
    subject: str,
    subject_label: Any,
    parties: Mapping[str, Party],
    events: Mapping[str, tuple[Any, ...]],
    *,
    reaches_author: bool = False,
) -> dict[str, NoticeEvent]:
    """The events of a subject by name, from rows of label, recipients and, where there is one, what is to be done."""
    return {
        name: NoticeEvent(
            subject,
            name,
            label,
            parties,
            recipients,
            to_do=next(iter(to_do), ""),
            subject_label=subject_label,
            reaches_author=reaches_author,
        )
        for name, (label, recipients, *to_do) in events.items()
    }
