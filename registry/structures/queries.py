"""Reads of structures: lists, one structure, counts, history; all through the selectable of positions."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, bindparam, func, literal_column, or_, select
from sqlalchemy.orm import Session, aliased

from registry.accounts.models import Organisation, OrganisationKind
from registry.audit.models import AuditEvent
from registry.audit.notes import look
from registry.audit.queries import version_of
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, scopes_of, view_of
from registry.kernel.db.history import history_of
from registry.kernel.db.session import plan_for_values
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.kernel.kept import KeptAnswers
from registry.kernel.paging import Cursor, Page
from registry.structures import positions, prepared, tally
from registry.structures.filters import StructureFilter, box_values, conditions
from registry.structures.further import further_conditions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.owner_words import owner_words
from registry.structures.past import positions as past
from registry.structures.past.filters import where_at, window_of
from registry.structures.past.records import named, placed_at
from registry.structures.past.when import When
from registry.structures.quality import conditions_of
from registry.territory.models import AdminUnit
from registry.territory.queries import area_unit_ids

PAGE_SIZE = 50
COUNTED_TO = 10_000
#: Numbers of structures by filter and view, for as long as nothing changes: each page of a list asks for its own.
_TOTALS: KeptAnswers[int] = KeptAnswers(2_000)
#: What a list may be sorted by; every one has an index with the id or is unique.
SORTS = ("code", "name", "updated_at")
#: Kinds of organisations that may own structures; departments, committees and the ministry do not.
OWNING_KINDS = (
    OrganisationKind.OPERATOR,
    OrganisationKind.TOWER_COMPANY,
    OrganisationKind.POWER_COMPANY,
    OrganisationKind.WATER_COMPANY,
    OrganisationKind.ZONE_INVESTOR,
    OrganisationKind.DEFENCE,
    OrganisationKind.OTHER,
)


def list_structures(
    ctx: Ctx,
    chosen: StructureFilter,
    sort: str = "code",
    *,
    descending: bool = False,
    cursor: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Page[Row[Any]]:
    """One page of what the actor may see, with owner and commune names; looks at others' positions are noted."""
    window = window_of(chosen)
    backwards = cursor is not None and cursor.backwards
    falling = descending != backwards
    # In the text: a plan for all values must know that few rows are wanted.
    most: ColumnElement[int] = literal_column(str(int(size) + 1))

    def ordered(table: Subquery) -> list[ColumnElement[Any]]:
        return [part.desc() if falling else part.asc() for part in (table.c[sort], table.c.id)]

    def edge_of(table: Subquery, *columns: Any) -> Select[Any]:
        """The rows of one table that come next."""
        edge = select(*columns).where(*where_of(ctx, table, chosen))
        if cursor is not None:
            edge = edge.where(_beyond(table.c[sort], table.c.id, falling=falling))
        return edge.order_by(*ordered(table)).limit(most)

    def build() -> Select[Any]:
        branches = past.parts(ctx, chosen.when, window=window)
        if sort == "code" and tally.is_kept(chosen) and tally.tells_of_cells(chosen):
            walk = positions.walked(ctx)
            next_ids = edge_of(walk, walk.c.id).cte("next_ids").prefix_with("MATERIALIZED")
            edges = [select(branch).where(branch.c.id.in_(select(next_ids.c.id))) for branch in branches]
        else:
            edges = [select(edge_of(branch, branch).subquery()) for branch in branches]
        either = edges[0].union_all(*edges[1:]).subquery("either")
        inner = select(either).order_by(*ordered(either)).limit(most).subquery("page")
        return _named(ctx, inner, chosen, ordered)

    if chosen.choices or chosen.bbox:
        plan_for_values(ctx.session)
    key = _key_of(chosen)
    what = ("list", key, sort, falling, cursor is not None, size) if key is not None else None
    values = _values(cursor, sort) | box_values(chosen)
    rows = prepared.run(ctx, what, build, values, one_plan=not (chosen.choices or chosen.bbox))
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    _note(ctx, "list", rows)
    total = count_structures(ctx, chosen)
    return Page(
        rows,
        _edge(rows, sort, last=True) if (more or backwards) and rows else None,
        _edge(rows, sort, last=False) if (cursor is not None and (more or not backwards)) and rows else None,
        total,
        COUNTED_TO,
    )


def _named(
    ctx: Ctx, rows: Subquery, chosen: StructureFilter, ordered: Callable[[Subquery], list[ColumnElement[Any]]]
) -> Select[Any]:
    """Rows in order with the names of their owners and communes."""
    if chosen.when is not None:
        placed = placed_at(ctx, rows, chosen.when)
        return named(ctx, placed, chosen.when).order_by(*ordered(placed))
    owner, commune = aliased(Organisation), aliased(AdminUnit)
    return (
        select(rows, owner.short_name.label("owner_name"), commune.name.label("commune_name"))
        .outerjoin(owner, owner.id == rows.c.owner_organisation_id)
        .outerjoin(commune, commune.id == rows.c.commune_id)
        .order_by(*ordered(rows))
    )


def _beyond(key: ColumnElement[Any], row_id: ColumnElement[Any], *, falling: bool) -> ColumnElement[bool]:
    value, edge_id = bindparam("edge_value", type_=key.type), bindparam("edge_id", type_=row_id.type)
    if falling:
        return and_(key <= value, or_(key < value, row_id < edge_id))
    return and_(key >= value, or_(key > value, row_id > edge_id))


def _values(cursor: Cursor | None, sort: str) -> dict[str, Any]:
    if cursor is None:
        return {}
    of_time = isinstance(cursor.value, str) and sort == "updated_at"
    return {"edge_value": datetime.fromisoformat(cursor.value) if of_time else cursor.value, "edge_id": cursor.id}


def _edge(rows: list[Row[Any]], sort: str, *, last: bool) -> Cursor:
    row = rows[-1] if last else rows[0]
    value = getattr(row, sort)
    return Cursor(value.isoformat() if isinstance(value, datetime) else value, row.id, backwards=not last)


def count_structures(ctx: Ctx, chosen: StructureFilter) -> int:
    """How many structures the actor may see under a filter, counted to COUNTED_TO + 1."""
    if tally.is_kept(chosen):
        view = (tally.key_of(chosen), view_of(ctx.actor, P.STRUCTURE_READ))
        return _TOTALS.get(view, version_of(ctx), lambda: _total(ctx, chosen))

    def build() -> Select[Any]:
        seen = past.readable(ctx, chosen.when, window=window_of(chosen))
        limited = select(seen.c.id).where(*where_of(ctx, seen, chosen)).limit(COUNTED_TO + 1).subquery()
        return select(func.count()).select_from(limited)

    key = _key_of(chosen)
    return int(prepared.run(ctx, None if key is None else ("number", key), build, box_values(chosen))[0][0])


def _key_of(chosen: StructureFilter) -> Hashable:
    """What tells filters apart whose statements are kept: those that the counts know, in any box; None: of no other."""
    anywhere = replace(chosen, bbox=None)
    return (tally.key_of(anywhere), chosen.bbox is not None) if tally.is_kept(anywhere) else None


def _total(ctx: Ctx, chosen: StructureFilter) -> int:
    found = prepared.run(ctx, ("total", tally.key_of(chosen)), lambda: tally.total(ctx, chosen), {})
    return min(int(found[0][0]), COUNTED_TO + 1)


def matching_ids(ctx: Ctx, chosen: StructureFilter, most: int) -> list[int]:
    """The ids of what the actor may see under a filter, in their order; `most` + 1 of them stand for any more."""
    seen = past.readable(ctx, chosen.when, window=window_of(chosen))
    query = select(seen.c.id).where(*where_of(ctx, seen, chosen)).limit(most + 1)
    return sorted(positions.run(ctx, query).scalars())


def where_of(ctx: Ctx, seen: Subquery, chosen: StructureFilter) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over a selectable of past.positions.readable for the time of the filter."""
    if chosen.when is not None:
        return where_at(ctx, seen, chosen, chosen.when)
    owned = owner_words(ctx.session, chosen.q) if chosen.q else []
    unit_ids = sorted(area_unit_ids(ctx.session, [chosen.unit_id])) if chosen.unit_id is not None else []
    found = conditions(seen, chosen, owned=owned, unit_ids=unit_ids)
    found += further_conditions(ctx, seen, chosen.further)
    return found + conditions_of(ctx, seen, quality=chosen.quality, confirmed=chosen.confirmed, since=chosen.since)


def get_structure(ctx: Ctx, code: str, model: type[Structure] = Structure) -> Structure:
    """One structure with all its fields, for who sees it exactly; NotFound otherwise.

    Who knows its kind gives the `model` of the kind: one query then reads the columns of both tables.
    """
    message = _("Không có công trình nào mang mã «%(code)s», hoặc bạn không có quyền biết đến nó.", code=code)
    base = get_visible(ctx, model, P.STRUCTURE_READ, model.code == code, message=message)
    look(ctx, "detail", [base.owner_organisation_id], code=code)
    return cast("Structure", base)


def get_coarse(ctx: Ctx, code: str) -> Row[Any]:
    """What the actor may see of one structure, exact or coarse; NotFound where that is nothing.

    Who sees it exactly is told `owner_name` too.
    """
    seen = positions.readable(ctx)
    query = select(seen, Organisation.short_name.label("owner_name")).where(seen.c.code == code)
    query = query.outerjoin(Organisation, Organisation.id == seen.c.owner_organisation_id)
    row = positions.run(ctx, query).one_or_none()
    if row is None:
        raise NotFound(_("Không có công trình nào mang mã «%(code)s», hoặc bạn không có quyền biết đến nó.", code=code))
    return row


def list_versions(ctx: Ctx, structure: Structure, *, limit: int = 100) -> list[tuple[dict[str, Any], Any]]:
    """What the structure said, newest first: each version's values with the event that wrote it."""
    merged: dict[int, dict[str, Any]] = {}
    for model in (Structure, KINDS[structure.kind].model):
        written: dict[int, dict[str, Any]] = {}
        for version in ctx.session.execute(_versions(model, structure.id, limit)).mappings():
            # Newest first: a change may have written several, and the last is what it left.
            written.setdefault(version["change_id"], dict(version))
        for change, values in written.items():
            merged.setdefault(change, {}).update(values)
    events = {
        row.change_id: row
        for row in ctx.session.execute(
            select(
                AuditEvent.change_id,
                AuditEvent.occurred_at,
                AuditEvent.actor_label,
                AuditEvent.action,
                AuditEvent.number,
            ).where(AuditEvent.change_id.in_(merged))
        )
    }
    return [(values, events.get(change)) for change, values in sorted(merged.items(), reverse=True)]


def _versions(model: type[Structure], structure_id: int, limit: int) -> Select[Any]:
    from_table = history_of(model)
    hidden = {"geom", "geom_m", "given_position", "geom_coarse", "search_text", "row_digest"}
    columns = [column for column in from_table.columns if column.name not in hidden]
    return select(*columns).where(from_table.c.id == structure_id).order_by(from_table.c.history_id.desc()).limit(limit)


def _note(ctx: Ctx, what: str, rows: list[Row[Any]]) -> None:
    look(ctx, what, {row.owner_organisation_id for row in rows if row.exact}, rows=len(rows))


def list_owners(session: Session) -> list[Organisation]:
    """The organisations that own structures, by name."""
    # From one owner to the next in their index: a list of distinct owners would read all structures.
    owner = Structure.owner_organisation_id
    owning = select(func.min(owner).label("id")).cte("owning", recursive=True)
    after = select(func.min(owner)).where(owner > owning.c.id).scalar_subquery()
    owning = owning.union_all(select(after).where(owning.c.id.is_not(None)))
    query = select(Organisation).where(Organisation.id.in_(select(owning.c.id))).order_by(Organisation.short_name)
    return list(session.scalars(query))


def list_possible_owners(ctx: Ctx) -> list[Organisation]:
    """The organisations for which the actor may register structures: its own, or every owner's."""
    query = select(Organisation).where(or_(Organisation.valid_to.is_(None), Organisation.valid_to >= ctx.today))
    if ALL in scopes_of(ctx.actor, P.STRUCTURE_CREATE):
        query = query.where(Organisation.kind.in_(OWNING_KINDS))
    else:
        query = query.where(Organisation.id == ctx.actor.organisation_id)
    return list(ctx.session.scalars(query.order_by(Organisation.short_name)))


def get_code(ctx: Ctx, structure_id: int, when: When | None = None) -> str:
    """The code of a structure that the actor may see; NotFound otherwise."""
    seen = past.readable(ctx, when)
    code: str | None = positions.run(ctx, select(seen.c.code).where(seen.c.id == structure_id)).scalar()
    if code is None:
        raise NotFound
    return code


def owner_name(session: Session, organisation_id: int | None) -> str | None:
    """The short name of an organisation."""
    return session.scalar(select(Organisation.short_name).where(Organisation.id == organisation_id))
