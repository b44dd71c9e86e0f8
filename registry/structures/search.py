"""The site search for structures, their owners, streets, and places given by coordinates.

Structures are searched by code, by terms and by similarity, each from an index. A structure seen only as a cell is
found by its whole code, as its page is, and by nothing else: its own code is NULL in the coarse branch, and searches by
terms read the exact branch alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, SQLColumnExpression, Subquery, case, func, or_, select

from registry.accounts.models import OWNING_KINDS, Organisation
from registry.accounts.search import match_organisations
from registry.audit.access_log import log_access, seen_by_owner
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
from registry.kernel.geo.coordinates import ParsedPosition, PositionRefused, parse_position
from registry.kernel.geo.readings import Bounds, PositionReading
from registry.kernel.i18n import _, _l
from registry.kernel.search import GROUP_SIZE, Hit, Link, Query, SearchGroup, full_number
from registry.kernel.text import normalise_name, register_code
from registry.streets.queries import match_streets
from registry.structures import positions
from registry.structures.filtering.owner_terms import match_owner_terms, owner_conditions
from registry.structures.kinds import KINDS
from registry.structures.map.page import describe_position
from registry.structures.pages.blueprint import STATUS_TONES, code_labels
from registry.structures.positions.input import as_point
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.models import AdminUnit
from registry.territory.queries import unit_names

#: Most matches that are compared in each way: of more than these the first by code, or the most similar.
CANDIDATES: Final = 300
_LONGEST_CODE: Final = 60
#: Least shares of common letters, tried in turn.
_ROUNDS: Final = (0.75, MIN_SIMILARITY)
#: Text made of coordinates only.
_COORDINATES: Final = re.compile(
    r"(?:[\dxynebđ\s°'\"′″’”.,:;=()/|+-]|bắc|đông|vĩ độ|kinh độ|lat|lon|lng)+", re.IGNORECASE
)
#: Certainly coordinates, so that a refusal is shown; other numbers may be codes or parts of an address.
_CERTAIN: Final = re.compile(r"\d\s*°|[xy]\s*=|\d[.,]\d{2}.*[\s;,/|].*\d[.,]\d{2}|\d{6,7}\D+\d{6,7}", re.IGNORECASE)
#: Degrees around a place on its map and in the linked list: about 500 m.
_AROUND: Final = 0.005
_ZOOM: Final = 17


#: What a folded text is ranked by.
TextRank = Callable[[SQLColumnExpression[Any]], ColumnElement[Any]]


@dataclass(frozen=True)
class FoundStructures:
    """The rows, the best first; `more`: the list has others under the same terms."""

    rows: list[Row[Any]]
    more: bool


def find_structures(ctx: Ctx, query: Query, size: int = GROUP_SIZE) -> FoundStructures:
    """The structures that the actor may know of; the access to positions of others is logged."""
    with positions.reading(ctx):
        rows = _alike(ctx, query, size) if query.near else _matching(ctx, query, size)
    shown = [row for row in rows[:size] if row.exact]
    log_access(ctx, "search", {row.owner_organisation_id for row in shown}, rows=len(shown), seen=seen_by_owner(shown))
    return FoundStructures(rows[:size], more=len(rows) > size and not query.near)


def _matching(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    """Rows with that code, then rows with all terms; a whole code matches one row only."""
    rows = _by_code(ctx, query, size) if len(query.text) <= _LONGEST_CODE else []
    if any(row.code == _whole_code(query) for row in rows) or not query.parts or not holds(ctx.actor, P.STRUCTURE_READ):
        return rows
    rows += _by_terms(ctx, query, [row.id for row in rows], size)
    # Rows with all terms come before rows that have some of them from the owner.
    return rows if len(rows) > size else rows + _by_owner_terms(ctx, query, [row.id for row in rows], size)


def _whole_code(query: Query) -> str:
    return full_number(query.text) or register_code(query.text)


def _by_code(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    readable_rows = positions.readable(ctx)
    by_code = readable_rows.c.code == _whole_code(query)
    is_own = or_(
        func.code_key(readable_rows.c.own_code) == func.code_key(query.text),
        func.fold(readable_rows.c.own_code) == func.fold(query.text),
    )
    matches = select(readable_rows).where(or_(by_code, is_own))
    return _named(ctx, matches, by_code.desc(), readable_rows.c.code, size=size)


def _by_terms(ctx: Ctx, query: Query, known_ids: Collection[int], size: int) -> list[Row[Any]]:
    matching = _some(ctx, known_ids, lambda folded: contains_all(folded, query.parts))
    name = func.fold(matching.c.name)
    rank = case(
        (name == func.fold(query.text), 0),
        (begins_with(name, query.text), 1),
        (contains(name, query.text), 2),
        (contains(matching.c.search_text, query.text), 3),
        else_=4,
    )
    # Of names that differ in diacritics only, the one as typed comes first.
    marked = func.strpos(func.lower(matching.c.name), normalise_name(query.text).lower()) > 0
    return _named(ctx, select(matching), rank, marked.desc(), matching.c.code, size=size)


def _by_owner_terms(ctx: Ctx, query: Query, known_ids: Collection[int], size: int) -> list[Row[Any]]:
    """Rows of owners that some of the terms name, which contain the other terms."""
    divisions = [division for division in match_owner_terms(ctx.session, query.text) if division.rest]
    if not divisions:
        return []
    exact_rows = positions.parts(ctx)[0]
    matches = select(exact_rows).where(or_(*owner_conditions(exact_rows, divisions)), exact_rows.c.id.not_in(known_ids))
    matching = matches.order_by(exact_rows.c.code).limit(CANDIDATES).subquery("matching")
    name = func.fold(matching.c.name)
    rests = [" ".join(division.rest) for division in divisions]
    rank = case(
        (or_(*(contains(name, text) for text in rests)), 0),
        (or_(*(contains(matching.c.search_text, text) for text in rests)), 1),
        else_=2,
    )
    return _named(ctx, select(matching), rank, matching.c.code, size=size)


def _alike(ctx: Ctx, query: Query, size: int) -> list[Row[Any]]:
    """Rows that share most of their letters with the text; a lower share is tried where the higher one finds none."""
    for least in _ROUNDS if holds(ctx.actor, P.STRUCTURE_READ) else ():
        alike = partial(similarity, typed=query.folded)
        matching = _some(ctx, (), partial(is_similar, ctx.session, typed=query.folded, least=least), alike)
        order = alike(matching.c.search_text).desc()
        rows = _named(ctx, select(matching), order, matching.c.code, size=size)
        if rows:
            return rows
    return []


def _some(ctx: Ctx, known_ids: Collection[int], passes: TextTest, rank: TextRank | None = None) -> Subquery:
    """At most CANDIDATES structures that the actor sees exactly and that pass a test, except those known by now.

    Those of the highest rank, then the first by code.
    """
    exact_rows = positions.parts(ctx)[0]
    matches = select(exact_rows).where(passes(exact_rows.c.search_text), exact_rows.c.id.not_in(known_ids))
    if rank is not None:
        matches = matches.order_by(rank(exact_rows.c.search_text).desc())
    return matches.order_by(exact_rows.c.code).limit(CANDIDATES).subquery("matching")


def _named(ctx: Ctx, matches: Select[Any], *order: ColumnElement[Any], size: int) -> list[Row[Any]]:
    """The first rows in this order with the names of owner and commune, which are joined for these alone."""
    rank = func.row_number().over(order_by=order).label("rank")
    first = matches.add_columns(rank).order_by(rank).limit(size + 1).subquery("first")
    query = (
        select(first, Organisation.short_name.label("owner_name"), AdminUnit.name.label("commune_name"))
        .outerjoin(Organisation, Organisation.id == first.c.owner_organisation_id)
        .outerjoin(AdminUnit, AdminUnit.id == first.c.commune_id)
        .order_by(first.c.rank)
    )
    return list(ctx.session.execute(query))


def structures(ctx: Ctx, query: Query) -> SearchGroup:
    """Structures by code, own code, name, road and address, as far as the reader may know of them."""
    matches = find_structures(ctx, query)
    hits = [_structure(row) for row in matches.rows]
    short = not query.parts and holds(ctx.actor, P.STRUCTURE_READ)
    return SearchGroup(
        "structures",
        _l("Công trình"),
        hits,
        more=Link("structures.list", {"q": query.text}) if matches.more else None,
        note=_("Từ khóa dưới 3 chữ chỉ tìm được đúng mã công trình.") if short else None,
    )


def _structure(row: Any) -> Hit:
    kind, link = str(KINDS[row.kind].label), Link("structures.detail", {"code": row.code})
    if not row.exact:
        return Hit(kind, link, row.code, (str(row.owner_category.label),), (_("Chỉ hiển thị theo ô lưới"), "neutral"))
    facts = (kind, row.own_code, row.owner_name, row.road_name or row.address, row.commune_name)
    badge = (row.status.label, STATUS_TONES[row.status])
    return Hit(row.name, link, row.code, tuple(fact for fact in facts if fact), badge)


def owners(ctx: Ctx, query: Query) -> SearchGroup | None:
    """Owners by name, spelling and tax code, each with a link to its structures; for readers who may see owners."""
    if not holds(ctx.actor, P.STRUCTURE_READ):
        return None
    organisations = match_organisations(ctx.session, query, OWNING_KINDS)
    hits = [
        Hit(
            row.short_name,
            Link("structures.list", {"owner": row.id}),
            facts=tuple(fact for fact in (row.name, row.tax_code and _("MST %(code)s", code=row.tax_code)) if fact),
        )
        for row in organisations
    ]
    return SearchGroup("owners", _l("Chủ sở hữu"), hits)


def streets(ctx: Ctx, query: Query) -> SearchGroup:
    """Named streets with a link to the structures along them; readers without that right get a link to the commune."""
    matching_streets = match_streets(ctx.session, query)
    communes = unit_names(ctx.session, {street.unit_id for street in matching_streets if street.unit_id})
    sees = holds(ctx.actor, P.STRUCTURE_READ)
    hits = []
    for street in matching_streets:
        link = Link("structures.list", {"q": street.name}) if sees else None
        if link is None and street.unit_id is not None:
            link = Link("territory.unit", {"unit_id": street.unit_id})
        if link is not None:
            facts = (street.road_class.label, street.unit_id and communes[street.unit_id])
            hits.append(Hit(street.name, link, street.code or "", tuple(str(fact) for fact in facts if fact)))
    return SearchGroup("streets", _l("Tuyến đường"), hits[:GROUP_SIZE])


def place(ctx: Ctx, query: Query) -> SearchGroup | None:
    """The place of typed coordinates, with its map and a link to structures near it; or why it is not a place."""
    if query.near or not _COORDINATES.fullmatch(query.text):
        return None
    label = _l("Vị trí")
    bounds = acceptance_bounds(ctx.session, ctx.today)
    try:
        position = parse_position(query.text, bounds=bounds)
    except PositionRefused as refused:
        if not _CERTAIN.search(query.text):
            return None
        data: dict[str, Any] = {"place_refusal": refused.message, "readings": _readings(refused.suggestions, bounds)}
        return SearchGroup("place", label, template="structures/_place.html", data=data)
    # Only metres can be of several systems; degrees in the other order lie outside the province.
    readings = _readings(position.others, bounds) if position.operation else []
    echo = describe_position(ctx, as_point(position))
    data = {"echo": echo, "place_refusal": None, "readings": readings, **_around(position), **code_labels()}
    return SearchGroup("place", label, template="structures/_place.html", data=data)


def _readings(others: Iterable[PositionReading], bounds: Bounds | None) -> list[tuple[str, str]]:
    """The other systems that the numbers may be of: label, and the search text of the place in degrees."""
    return [
        (other.label, f"{other.lat:.6f}; {other.lon:.6f}")
        for other in others
        if bounds is None or bounds.contains(other.lon, other.lat)
    ]


def _around(position: ParsedPosition) -> dict[str, Any]:
    box = (position.lon - _AROUND, position.lat - _AROUND, position.lon + _AROUND, position.lat + _AROUND)
    return {
        "point": [position.lon, position.lat],
        "bounds": list(box),
        "bbox": ",".join(f"{side:.6f}" for side in box),
        "anchor": f"map={_ZOOM}/{position.lat:.6f}/{position.lon:.6f}",
    }
