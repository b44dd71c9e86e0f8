"""What events changed, in words: the names of their objects, and fields with their values before and after.

The number of statements depends on the kinds of objects and tables of a page, never on its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from sqlalchemy import BigInteger, Row, Select, bindparam, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from registry.audit.chain import TABLES
from registry.audit.models import AuditPayload
from registry.audit.subjects import SUBJECTS, TRACKED, Named, Tracked
from registry.authz.actors import Ctx
from registry.authz.scopes import holds
from registry.kernel.db.base import TERM_END
from registry.kernel.db.history import PROTECTED, history_of
from registry.kernel.fields import Field, display_value
from registry.kernel.i18n import _, format_term_end
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.columns import format_value

_MEMO: Final = "audit.page"
#: Rows of one table that one event shows.
MOST_ROWS: Final = 3
_BEFORE: Final = "before_"
_FIRST: Final = "is_first"


@dataclass(frozen=True)
class FieldChange:
    """One field: its label, and its values in words."""

    label: str
    before: str
    after: str


@dataclass
class ChangeGroup:
    """The changes of one thing; `subject` is its kind and id."""

    subject: tuple[str, int]
    named: Named
    changes: list[FieldChange] = field(default_factory=list)


@dataclass
class Changed:
    """What one event changed, thing by thing; `more`: further rows that are not listed."""

    groups: dict[tuple[str, int], ChangeGroup] = field(default_factory=dict)
    more: bool = False

    def of(self, kind: str, object_id: int, named: Named) -> ChangeGroup:
        """The group of a thing."""
        return self.groups.setdefault((kind, object_id), ChangeGroup((kind, object_id), named))


@dataclass(frozen=True)
class _Page:
    names: Mapping[str, Mapping[int, Named]]
    changed: Mapping[int, Changed]


def prepare(ctx: Ctx, events: Sequence[Row[Any]]) -> None:
    """Read names and changes of the events of a page; `name_of` and `changed_by` give them."""
    versions = {tracked: _versions(ctx, tracked, changes) for tracked, changes in _touched(ctx, events).items()}
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.object_id is not None:
            wanted[event.object_kind].add(event.object_id)
        if event.actor_id is not None:
            wanted["user_account"].add(event.actor_id)
    for tracked, rows in versions.items():
        for row in rows:
            wanted[tracked.subject].add(row[tracked.subject_id])
            for name, kind in _references(tracked).items():
                wanted[kind] |= {value for value in (row[name], row[_BEFORE + name]) if value is not None}
    names = {kind: SUBJECTS[kind].names(ctx, ids) for kind, ids in sorted(wanted.items()) if kind in SUBJECTS and ids}
    ctx.memo[_MEMO] = _Page(names, _changed(versions, names))


def name_of(ctx: Ctx, kind: str, object_id: int | None) -> Named | None:
    """The name of an object of the prepared page, if the reader may see it."""
    page: _Page | None = ctx.memo.get(_MEMO)
    return page.names.get(kind, {}).get(object_id) if page is not None and object_id is not None else None


def changed_by(ctx: Ctx, event: Any) -> dict[str, Any]:
    """What an event of the prepared page changed, as far as the reader may open it: `groups`, `more`.

    A group has a name where it is not that of the event's own object.
    """
    page: _Page | None = ctx.memo.get(_MEMO)
    changed = page.changed.get(event.change_id) if page is not None else None
    own = (event.object_kind, event.object_id)
    groups = [] if changed is None else [group for group in changed.groups.values() if group.changes]
    groups.sort(key=lambda group: group.subject != own)
    named = [(None if group.subject == own else group.named, group.changes) for group in groups]
    return {"groups": named, "more": changed is not None and changed.more}


def _touched(ctx: Ctx, events: Sequence[Row[Any]]) -> dict[Tracked, list[int]]:
    """The tracked tables that the events touched, each with the changes that did."""
    changes = {event.number: event.change_id for event in events}
    query = select(AuditPayload.number, AuditPayload.payload[TABLES].label("tables"))
    change_ids: dict[Tracked, list[int]] = defaultdict(list)
    for row in ctx.session.execute(query.where(AuditPayload.number.in_(changes))):
        for table in row.tables or ():
            tracked = TRACKED.get(table)
            if tracked is not None and (tracked.permission is None or holds(ctx.actor, tracked.permission)):
                change_ids[tracked].append(changes[row.number])
    return change_ids


def _versions(ctx: Ctx, tracked: Tracked, changes: Sequence[int]) -> list[Mapping[str, Any]]:
    """The rows that each change wrote, at most MOST_ROWS + 1 of it, with the values of the version before."""
    return [dict(row) for row in ctx.session.execute(_query(tracked), {"changes": list(changes)}).mappings()]


@cache
def _query(tracked: Tracked) -> Select[Any]:
    """The statement of a table; with dozens of columns it takes longer to build than to run."""
    history = history_of(tracked.model)
    written, former = history.alias("written"), history.alias("former")
    names = [name for name in _shown(tracked) if not history.c[name].info.get(PROTECTED)]
    own = {*names, *tracked.needs, tracked.subject_id, "id"}
    change = select(func.unnest(bindparam("changes", type_=ARRAY(BigInteger))).label("change_id")).subquery("change")
    rows = (
        select(written.c.history_id, *(written.c[name] for name in sorted(own)))
        .where(written.c.change_id == change.c.change_id)
        .limit(MOST_ROWS + 1)
        .lateral("row")
    )
    last = (
        select(former.c.history_id, *(former.c[name] for name in names))
        .where(former.c.id == rows.c.id, former.c.history_id < rows.c.history_id)
        .order_by(former.c.history_id.desc())
        .limit(1)
        .lateral("last")
    )
    return (
        select(
            change.c.change_id,
            *rows.c,
            last.c.history_id.is_(None).label(_FIRST),
            *(last.c[name].label(_BEFORE + name) for name in names),
        )
        .select_from(change.join(rows, true()).outerjoin(last, true()))
        .order_by(change.c.change_id, rows.c.history_id)
    )


def _shown(tracked: Tracked) -> Mapping[str, Any]:
    columns = tracked.model.__table__.c
    return {name: label for name, label in tracked.fields().items() if name in columns}


def _references(tracked: Tracked) -> dict[str, str]:
    """Shown columns that refer to a named kind of object -> that kind."""
    columns = tracked.model.__table__.c
    references = {}
    for name in _shown(tracked):
        for key in columns[name].foreign_keys:
            kind = key.target_fullname.partition(".")[0]
            if kind in SUBJECTS:
                references[name] = kind
    return references


def _changed(
    versions: Mapping[Tracked, Iterable[Mapping[str, Any]]], names: Mapping[str, Mapping[int, Named]]
) -> dict[int, Changed]:
    changed_by_id: dict[int, Changed] = defaultdict(Changed)
    for tracked, rows in versions.items():
        labels, references = _shown(tracked), _references(tracked)
        counted: dict[int, int] = defaultdict(int)
        for row in rows:
            subject = names.get(tracked.subject, {}).get(row[tracked.subject_id])
            if subject is None or subject.url is None or (row[_FIRST] and not tracked.shows_first):
                continue
            changed = changed_by_id[row["change_id"]]
            counted[row["change_id"]] += 1
            if counted[row["change_id"]] > MOST_ROWS:
                changed.more = True
                continue
            group = changed.of(tracked.subject, row[tracked.subject_id], subject)
            for name, label in labels.items():
                before, after = row[_BEFORE + name], row[name]
                if before != after:
                    shown = (_text(tracked, label, name, value, row, names, references) for value in (before, after))
                    group.changes.append(FieldChange(str(getattr(label, "label", label)), *shown))
    return changed_by_id


def _text(
    tracked: Tracked,
    label: Any,
    name: str,
    value: Any,
    row: Mapping[str, Any],
    names: Mapping[str, Mapping[int, Named]],
    references: Mapping[str, str],
) -> str:
    """A value as the pages show it."""
    if value is None or value == "":
        return ""
    if name in references:
        named = names.get(references[name], {}).get(value)
        return named.text if named is not None else _("không được xem")
    own = tracked.show(name, value, row) if tracked.show is not None else None
    if own is not None:
        return own
    if tracked.model.__table__.c[name].info.get(TERM_END):
        return format_term_end(value)
    if isinstance(label, Field):
        shown = display_value(label, value)
        return stored_text(shown) if type(value) is str else shown
    return stored_text(str(format_value(value)))
