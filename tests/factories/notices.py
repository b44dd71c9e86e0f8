"""Notices of a subject that only the tests know, and addresses for the cast."""

from itertools import count

from sqlalchemy import select, update

from registry.accounts.models import UserAccount
from registry.audit.chain import record
from registry.notices.events import NOTICE_EVENTS, Audience, NoticeEvent, Party, Recipients
from registry.notices.service import notify
from registry.notices.texts import NOTICE_TEXTS, NoticeText
from tests.factories.structures import organisation_id

KIND = "test"


def read_test(notice):
    """As the notices of a case read: the number and what happened, the title apart."""
    return NoticeText(notice.params["sentence"], "notices.index", title=notice.params.get("title", ""))


def _audience(number):
    return lambda _ctx, audiences: audiences[number] if number < len(audiences) else Audience()


#: Each notice has a subject of its own where none is named, so that mails are not bundled.
_SUBJECTS = count(1)
PARTIES = {name: Party(name, _audience(number)) for number, name in enumerate(("first", "second", "third"))}
EVENT = NoticeEvent(KIND, "told", "Việc thử", PARTIES, Recipients(("first",), ("second",), ("third",)), "Đọc")


def tell_parties(ctx, *audiences, subject_id=None, sentence="DC-2026-000001: Đã nộp", **params):
    """Leave a notice for those who act, those affected and those who watch."""
    if KIND not in NOTICE_TEXTS:
        NOTICE_TEXTS.fill([*NOTICE_TEXTS.items(), (KIND, read_test)])
    NOTICE_EVENTS.fill([*NOTICE_EVENTS.items(), *([] if EVENT.key in NOTICE_EVENTS else [(EVENT.key, EVENT)])])
    return notify(
        ctx, EVENT, next(_SUBJECTS) if subject_id is None else subject_id, audiences, sentence=sentence, **params
    )


def tell(ctx, *organisations, roles=(), units=(), **params):
    """Leave a notice for organisations (by code) and roles."""
    audience = Audience(
        frozenset(organisation_id(ctx.session, code) for code in organisations), frozenset(roles), frozenset(units)
    )
    return tell_parties(ctx, audience, **params)


def give_addresses(ctx, *usernames):
    """Each of these accounts (all of them where none is named) gets the address <username>@donvi.example."""
    query = update(UserAccount).values(email=UserAccount.username + "@donvi.example")
    if usernames:
        query = query.where(UserAccount.username.in_(usernames))
    ctx.session.execute(query)
    record(ctx, "test.addresses", "user_account", None)


def user_id(ctx, username):
    """The id of an account."""
    return ctx.session.scalars(select(UserAccount.id).where(UserAccount.username == username)).one()
