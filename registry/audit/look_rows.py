"""The access log by person and hour: who saw exact positions, where, and of how many structures in which communes.

A reader gets only those parts of a note that concern its own structures; the lead department gets all.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Select,
    and_,
    cast,
    column,
    distinct,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, array

from registry.audit.access_log import ACCESS, QUESTION
from registry.audit.models import AuditNote
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, require, scopes_of
from registry.kernel.exports.lists import FETCH_ROWS
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.lists.view import Reads

#: Notes on exact positions that were shown or exported.
ACCESS_ACTIONS: Final = (ACCESS, QUESTION, "export")
#: The page of one structure, and the parts of an entry that say where it was.
DETAIL: Final = "detail"
CODE, TILE = "code", "tile"
#: Names of communes by what an entry of a note has: the `code` of a structure, or the `tile` of the map.
LOOK_PLACES = KeyedExtensionPoint[Callable[[Ctx, Collection[str]], Mapping[str, Collection[str]]]]("audit.look_places")
#: Codes and tiles of one row that are looked up; more name no further commune.
_MOST_NAMED: Final = 50
#: Rows of a file that are named together.
_PORTION: Final = 200

#: Each part of a note, one look at something; filters narrow the parts, not the notes.
PARTS: Final = func.jsonb_array_elements(AuditNote.details["looks"]).table_valued(column("value", JSONB), name="part")
ENTRY: Final = PARTS.c.value
HOUR: Final = func.date_trunc(literal_column("'hour'"), AuditNote.occurred_at, type_=DateTime(timezone=True))
PERSON: Final = func.coalesce(AuditNote.actor_id, literal_column("0"), type_=BigInteger)


@dataclass(frozen=True)
class LookRow:
    """What one person saw within one hour; `key_0` and `key_1` are its place in the order of the list."""

    hour: datetime
    actor_label: str
    looks: int
    #: Stated numbers of structures, each page once.
    structures: int
    #: Codes of pages, for labels.
    pages: tuple[str, ...]
    #: Codes of single structures that the reader may see.
    codes: tuple[str, ...]
    communes: tuple[str, ...]
    #: The last question of the hour about unpublished data: its number on the day, and its cells.
    question: tuple[int, int] | None
    origins: tuple[str, ...]
    key_0: Any = None
    key_1: Any = None


def looks_query(ctx: Ctx) -> Select[Any]:
    """A row for each person and hour; owners read what concerns their structures, the lead department all."""
    require(ctx, P.LOOK_LOG_READ)
    query = (
        select(
            HOUR.label("hour"),
            PERSON.label("person"),
            func.max(AuditNote.actor_label).label("actor_label"),
            func.count(distinct(AuditNote.id)).label("looks"),
            func.jsonb_agg(distinct(ENTRY)).label("entries"),
            func.array_agg(distinct(AuditNote.origin)).label("origins"),
        )
        .select_from(AuditNote)
        .join(PARTS, true())
        .where(AuditNote.action.in_(ACCESS_ACTIONS))
        .group_by(HOUR, PERSON)
    )
    own = _own(ctx)
    if own is not None:
        query = query.where(
            AuditNote.owner_ids.overlap(cast(array(own, type_=BigInteger), ARRAY(BigInteger))),
            or_(false(), *(ENTRY["owners"].contains([number]) for number in own)),
        )
    return query


def of_structure(code: str) -> ColumnElement[bool]:
    """Looks at the page of this structure; other parts name codes of third parties."""
    return and_(ENTRY["what"].astext == DETAIL, ENTRY["code"].astext == code)


def on_page(code: str) -> ColumnElement[bool]:
    """Parts that were seen on this page."""
    condition: ColumnElement[bool] = ENTRY["what"].astext == code
    return condition


def _own(ctx: Ctx) -> list[int] | None:
    """The organisations whose structures the reader reads of; None for all."""
    return None if ALL in scopes_of(ctx.actor, P.LOOK_LOG_READ) else sorted(ctx.actor.organisation_ids)


class _RowsPage:
    """What a page of a list asks of a result: its rows."""

    def __init__(self, rows: Iterable[LookRow]) -> None:
        self._rows = list(rows)

    def __iter__(self) -> Iterator[LookRow]:
        return iter(self._rows)


def _read(ctx: Ctx, query: Select[Any]) -> Any:
    rows = ctx.session.execute(query)
    return _RowsPage(_named(ctx, rows.all())) if "entries" in query.selected_columns else rows


def _stream(ctx: Ctx, query: Select[Any]) -> Iterator[LookRow]:
    rows = ctx.session.execute(query, execution_options={"yield_per": FETCH_ROWS})
    for portion in rows.partitions(_PORTION):
        yield from _named(ctx, portion)


LOOK_READS: Final = Reads(_read, _stream)


def _named(ctx: Ctx, rows: Collection[Any]) -> Iterator[LookRow]:
    """The rows with the names of communes: one statement for each kind of place, whatever the number of rows."""
    own = _own(ctx)
    known_names = {
        kind: look_up(ctx, sorted({value for row in rows for value in _values(row.entries, kind)}))
        for kind, look_up in LOOK_PLACES.items()
    }
    for row in rows:
        yield LookRow(
            row.hour,
            row.actor_label,
            row.looks,
            sum(_number(entry, own) for entry in row.entries),
            tuple(sorted({entry["what"] for entry in row.entries})),
            tuple(code for code in _values(row.entries, CODE) if code in known_names.get(CODE, ())),
            tuple(sorted(_communes(row.entries, known_names, own))),
            max(((entry["number"], entry["cells"]) for entry in row.entries if "number" in entry), default=None),
            tuple(sorted(filter(None, row.origins))),
            getattr(row, "key_0", None),
            getattr(row, "key_1", None),
        )


def _values(entries: Iterable[Mapping[str, Any]], kind: str) -> list[str]:
    return sorted({entry[kind] for entry in entries if kind in entry})[:_MOST_NAMED]


def _seen(entry: Mapping[str, Any], own: Collection[int] | None) -> list[Any]:
    """The parts of an entry for these owners: a number of structures, and names of communes."""
    parts = entry.get("seen", {})
    return [part for owner, part in parts.items() if own is None or int(owner) in own]


def _number(entry: Mapping[str, Any], own: Collection[int] | None) -> int:
    """The structures of these owners; 0 where the note does not say it."""
    if "seen" in entry:
        return sum(part[0] for part in _seen(entry, own))
    if "rows" in entry and (own is None or set(entry["owners"]) <= set(own)):
        return int(entry["rows"])
    return 1 if "code" in entry else 0


def _communes(
    entries: Iterable[Mapping[str, Any]],
    names_by_kind: Mapping[str, Mapping[str, Collection[str]]],
    own: Collection[int] | None,
) -> set[str]:
    communes: set[str] = set()
    for entry in entries:
        communes.update(*(part[1] for part in _seen(entry, own)))
        for kind, names in names_by_kind.items():
            communes.update(names.get(entry.get(kind, ""), ()))
    return communes
