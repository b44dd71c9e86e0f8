"""Reads of structures: one, its history, the clause of a filter, owners; all through the selectable of positions."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from sqlalchemy import ColumnElement, Row, Select, Subquery, func, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation, OrganisationKind
from registry.audit.access_log import log_access
from registry.audit.models import AuditEvent, AuditPayload
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, get_visible, scopes_of
from registry.kernel.db.history import history_of
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.filters import StructureFilter, conditions
from registry.structures.further import further_conditions
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.owner_words import owner_words
from registry.structures.past import positions as past
from registry.structures.past.filters import where_at
from registry.structures.past.when import When
from registry.structures.quality import conditions_of
from registry.territory.queries import area_unit_ids

_GIVEN: Final = "given_position"
#: Of the columns of positions the one that only the base table has and everybody may read.
_GIVEN_SRID: Final = "given_srid"

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
    log_access(ctx, "detail", [base.owner_organisation_id], code=code)
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


@dataclass(frozen=True)
class Version:
    """What a structure said after one change, and before it.

    `before` is empty for the first version, and of a table whose older rows are not read. `holds_from` is since when
    the change holds. `event` is its audit event, with the `payload` that says why; None where there is none.
    """

    change_id: int
    recorded_at: datetime
    holds_from: datetime
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    event: Row[Any] | None


def list_versions(ctx: Ctx, structure: Structure, *, limit: int = 100) -> list[Version]:
    """The versions of a structure the reader sees exactly, newest first: its own table and that of its kind together.

    A change that wrote one of the two tables leaves what the other says.
    """
    rows: dict[int, list[dict[str, Any]]] = {}
    for model in (Structure, KINDS[structure.kind].model):
        found = ctx.session.execute(_versions(model, structure.id, limit)).mappings().all()
        for row in found:
            rows.setdefault(row["change_id"], []).append(dict(row))
    given = past.given_of_versions(ctx, structure.id, limit) if len(rows) > 1 else {}
    events = events_of(ctx, rows)
    versions, said = [], dict[str, Any]()
    for change_id, written in sorted(rows.items()):
        before = dict(said)
        # Newest first: a change may have written several rows of a table, and the last is what it left.
        for row in reversed(written):
            said |= row | ({_GIVEN: given[row["history_id"]]} if _GIVEN_SRID in row and given else {})
        begins = min(row["effective_from"] for row in written)
        at = max(row["recorded_from"] for row in written)
        versions.append(Version(change_id, at, begins, before, dict(said), events.get(change_id)))
    return versions[::-1]


def events_of(ctx: Ctx, change_ids: Collection[int]) -> dict[int, Row[Any]]:
    """The audit events of changes by change, each with its `payload` where that was not erased."""
    query = (
        select(
            AuditEvent.change_id,
            AuditEvent.occurred_at,
            AuditEvent.actor_label,
            AuditEvent.action,
            AuditEvent.number,
            AuditPayload.payload,
        )
        .outerjoin(AuditPayload, AuditPayload.number == AuditEvent.number)
        .where(AuditEvent.change_id.in_(change_ids))
    )
    return {row.change_id: row for row in ctx.session.execute(query)}


def _versions(model: type[Structure], structure_id: int, limit: int) -> Select[Any]:
    from_table = history_of(model)
    hidden = {"geom", "geom_m", _GIVEN, "geom_coarse", "search_text", "row_digest"}
    columns = [column for column in from_table.columns if column.name not in hidden]
    return select(*columns).where(from_table.c.id == structure_id).order_by(from_table.c.history_id.desc()).limit(limit)


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
