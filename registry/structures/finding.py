"""Reads for the search of the site: structures by code, by words, and by words alike, each from an index.

Who sees a structure only as a cell finds it by its whole code, as its page is found, and by nothing else: its own code
is NULL in the coarse branch, and the searches by words ask the exact branch alone.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Subquery, case, func, or_, select

from registry.accounts.models import Organisation
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.db.matching import (
    MIN_SIMILARITY,
    TextTest,
    begins_with,
    contains,
    contains_all,
    is_similar,
    similarity,
)
from registry.kernel.search import GROUP_SIZE, Query, full_number
from registry.kernel.text import normalise_name
from registry.structures import positions
from registry.structures.owner_words import owned_with, owner_words
from registry.territory.models import AdminUnit

#: So many that match are put in order; of more than these any may come first.
CANDIDATES: Final = 300
_LONGEST_CODE: Final = 60
#: Shares of the text that must be found again; the first that finds something is enough.
_ROUNDS: Final = (0.75, MIN_SIMILARITY)


@dataclass(frozen=True)
class Found:
    """What was found, the best first; `more`: the list has others under the same words."""

    rows: list[Row[Any]]
    more: bool


def find_structures(ctx: Ctx, query: Query, size: int = GROUP_SIZE) -> Found:
    """The structures that the actor may know of; looks at others' positions are noted."""
    with positions.reading(ctx):
        rows = _alike(ctx, query, size) if query.near else _exact(ctx, query, size)
    shown = [row for row in rows[:size] if row.exact]
    log_access(ctx, "search", {row.owner_organisation_id for row in shown}, rows=len(shown))
    return Found(rows[:size], more=len(rows) > size and not query.near)


def _exact(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    """Those of that code, then those that have all words; a whole code means no other."""
    rows = _by_code(ctx, query, size) if len(query.text) <= _LONGEST_CODE else []
    if any(row.code == _whole_code(query) for row in rows) or not query.parts or not holds(ctx.actor, P.STRUCTURE_READ):
        return rows
    rows += _by_words(ctx, query, [row.id for row in rows], size)
    # What has all words itself comes before what has some of them from its owner.
    return rows if len(rows) > size else rows + _by_owner_words(ctx, query, [row.id for row in rows], size)


def _whole_code(query: Query) -> str:
    return full_number(query.text) or query.text.upper()


def _by_code(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    seen = positions.readable(ctx)
    by_code = seen.c.code == _whole_code(query)
    wanted = select(seen).where(or_(by_code, func.fold(seen.c.own_code) == func.fold(query.text)))
    return _named(ctx, wanted, by_code.desc(), seen.c.code, size=size)


def _by_words(ctx: Ctx, query: Query, known: Collection[int], size: int) -> list[Row[Any]]:
    matching = _some(ctx, known, lambda folded: contains_all(folded, query.parts))
    name = func.fold(matching.c.name)
    rank = case(
        (name == func.fold(query.text), 0),
        (begins_with(name, query.text), 1),
        (contains(name, query.text), 2),
        (contains(matching.c.search_text, query.text), 3),
        else_=4,
    )
    # Of names that differ in their marks only, the one that is marked as it was typed.
    marked = func.strpos(func.lower(matching.c.name), normalise_name(query.text).lower()) > 0
    return _named(ctx, select(matching), rank, marked.desc(), matching.c.code, size=size)


def _by_owner_words(ctx: Ctx, query: Query, known: Collection[int], size: int) -> list[Row[Any]]:
    """Those whose owners some of the words name, and which have the others; owners named by all are another group."""
    ways = [way for way in owner_words(ctx.session, query.text) if way.rest]
    if not ways:
        return []
    seen = positions.parts(ctx)[0]
    wanted = select(seen).where(or_(*owned_with(seen, ways)), seen.c.id.not_in(known))
    matching = wanted.limit(CANDIDATES).subquery("matching")
    name = func.fold(matching.c.name)
    asked = [" ".join(way.rest) for way in ways]
    rank = case(
        (or_(*(contains(name, text) for text in asked)), 0),
        (or_(*(contains(matching.c.search_text, text) for text in asked)), 1),
        else_=2,
    )
    return _named(ctx, select(matching), rank, matching.c.code, size=size)


def _alike(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    """What shares most of its letters with the text, looked for only where nothing shares nearly all of them."""
    for least in _ROUNDS if holds(ctx.actor, P.STRUCTURE_READ) else ():
        matching = _some(ctx, (), partial(is_similar, ctx.session, typed=query.folded, least=least))
        order = similarity(matching.c.search_text, query.folded).desc()
        found = _named(ctx, select(matching), order, matching.c.code, size=size)
        if found:
            return found
    return []


def _some(ctx: Ctx, known: Collection[int], passes: TextTest) -> Subquery:
    """At most CANDIDATES structures that the actor sees exactly and whose words pass, but for those known by now."""
    seen = positions.parts(ctx)[0]
    wanted = select(seen).where(passes(seen.c.search_text), seen.c.id.not_in(known))
    return wanted.limit(CANDIDATES).subquery("matching")


def _named(ctx: Ctx, wanted: Select[Any], *order: ColumnElement[Any], size: int) -> list[Row[Any]]:
    """The first rows in this order, with the names of owner and commune, which are looked up for these alone."""
    rank = func.row_number().over(order_by=order).label("rank")
    first = wanted.add_columns(rank).order_by(rank).limit(size + 1).subquery("first")
    query = (
        select(first, Organisation.short_name.label("owner_name"), AdminUnit.name.label("commune_name"))
        .outerjoin(Organisation, Organisation.id == first.c.owner_organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == first.c.commune_id)
        .order_by(first.c.rank)
    )
    return list(ctx.session.execute(query))
