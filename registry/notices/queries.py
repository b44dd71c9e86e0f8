"""Queries of notices: those of the reader, unread ones first, and the number of unread ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    Text,
    and_,
    bindparam,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)

from registry.authz.actors import Actor, Ctx
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.errors import NotFound
from registry.kernel.paging import Cursor
from registry.notices.models import Notice, NoticeRead

PAGE_SIZE: Final = 20
#: Larger numbers are shown as "99+" and not counted.
COUNTED_TO: Final = 99
#: Older notices count as read, so that a new colleague does not start with the history of the office as unread.
FRESH: Final = timedelta(days=90)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """A notice in the list of its reader."""

    notice: Notice
    unread: bool


@dataclass(frozen=True)
class Listing:
    """One page of notices and the cursor of the next one."""

    entries: tuple[Entry, ...]
    next: Cursor | None


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """Condition for the notices of an actor, by person, organisation, role and area; not those that it caused.

    Those to the organisation and its roles count only since the actor belongs to it.
    """
    values = _reader(actor)
    return _reaches({name: literal(values[name], column_type) for name, column_type in _READER.items()})


#: Parameters that determine the notices of a reader.
_READER: Final[dict[str, Any]] = {
    "organisations": ARRAY(BigInteger),
    "roles": ARRAY(Text),
    "units": ARRAY(BigInteger),
    "persons": ARRAY(BigInteger),
    "reader": BigInteger(),
    "member_since": DateTime(timezone=True),
}


def _reader(actor: Actor) -> dict[str, Any]:
    return {
        "organisations": sorted(actor.organisation_ids),
        "roles": sorted(actor.roles),
        "units": sorted(actor.unit_ids),
        "persons": [] if actor.id is None else [actor.id],
        "reader": actor.id,
        "member_since": actor.member_since or _EPOCH,
    }


def _reaches(reader: Mapping[str, ColumnElement[Any]]) -> ColumnElement[bool]:
    def meets(column: Any, name: str) -> ColumnElement[bool]:
        met: ColumnElement[bool] = column.op("&&", is_comparison=True)(reader[name])
        return met

    by_area = and_(meets(Notice.area_roles, "roles"), meets(Notice.unit_ids, "units"))
    shared = or_(meets(Notice.organisation_ids, "organisations"), meets(Notice.roles, "roles"), by_area)
    reached = or_(meets(Notice.user_ids, "persons"), and_(shared, Notice.created_at >= reader["member_since"]))
    return and_(reached, not_(Notice.actor_id.is_not_distinct_from(reader["reader"])))


def unread(ctx: Ctx) -> ColumnElement[bool]:
    """Condition for the notices that the actor has not read."""
    return _unread(ctx.actor.id, ctx.now - FRESH)


def _unread(reader: Any, since: Any) -> ColumnElement[bool]:
    was_read = exists().where(NoticeRead.notice_id == Notice.id, NoticeRead.user_id == reader)
    return and_(Notice.created_at > since, ~was_read)


def _counting() -> Select[Any]:
    reader = {name: bindparam(name, type_=column_type) for name, column_type in _READER.items()}
    unread_ones = _unread(reader["reader"], bindparam("since", type_=DateTime(timezone=True)))
    waiting = select(Notice.id).where(_reaches(reader), unread_ones).limit(COUNTED_TO + 1).subquery()
    return select(func.count()).select_from(waiting)


#: Built once, since every page executes it.
_COUNT: Final = _counting()


def count_unread(ctx: Ctx) -> int:
    """Number of unread notices of the actor; COUNTED_TO + 1 stands for any larger number."""
    values = {**_reader(ctx.actor), "since": ctx.now - FRESH}
    return int(ctx.connection.execute(_COUNT, values).scalar_one())


def count_between(ctx: Ctx, first: date, last: date) -> int:
    """Number of notices of the actor from the first to the last day, in Vietnam; digests are not counted."""
    begin = datetime.combine(first, time.min, tzinfo=LOCAL_ZONE)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=LOCAL_ZONE)
    query = select(func.count()).where(
        addressed_to(ctx.actor), Notice.created_at >= begin, Notice.created_at < end, Notice.subject_kind != "digest"
    )
    return int(ctx.session.scalar(query.select_from(Notice)) or 0)


def list_notices(ctx: Ctx, cursor: Cursor | None = None, size: int = PAGE_SIZE) -> Listing:
    """One page of the actor's notices: unread ones first, each part newest first by the time of its event.

    The value of a cursor is the pair of `unread` and the time.
    """
    entries: list[Entry] = []
    is_unread, before = (True, None) if cursor is None else (bool(cursor.value[0]), cursor)
    if is_unread:
        entries += _part(ctx, before, size + 1, is_unread=True)
    if len(entries) <= size:
        entries += _part(ctx, None if is_unread else before, size + 1 - len(entries), is_unread=False)
    shown, more = entries[:size], len(entries) > size
    if not more:
        return Listing(tuple(shown), None)
    last = shown[-1]
    return Listing(tuple(shown), Cursor([last.unread, last.notice.created_at.isoformat()], last.notice.id))


def _part(ctx: Ctx, before: Cursor | None, size: int, *, is_unread: bool) -> list[Entry]:
    waiting = unread(ctx)
    query = select(Notice).where(addressed_to(ctx.actor), waiting if is_unread else not_(waiting))
    if before is not None:
        edge = tuple_(literal(datetime.fromisoformat(before.value[1])), literal(before.id))
        query = query.where(tuple_(Notice.created_at, Notice.id) < edge)
    # Moves of the clock that are made later carry the time when they were due.
    rows = ctx.session.scalars(query.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(size))
    return [Entry(notice, is_unread) for notice in rows]


def get_notice(ctx: Ctx, notice_id: int) -> Notice:
    """One notice of the actor; NotFound for any other."""
    notice = ctx.session.scalars(select(Notice).where(Notice.id == notice_id, addressed_to(ctx.actor))).one_or_none()
    if notice is None:
        raise NotFound
    return notice
