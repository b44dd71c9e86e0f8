"""Whether owners use what they publish for sharing more readily themselves than they let rivals do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, func, not_, or_, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.figures import sees_all
from registry.structures.models import Structure

_PERCENT: Final = 100


@dataclass(frozen=True)
class OwnUse:
    """What one owner publishes, and the uses of it that are its own or nobody's by name, and those of others."""

    id: int
    name: str
    structures: int
    own: int
    others: int
    #: Structures that the owner, or somebody else, uses.
    structures_own: int
    structures_others: int

    @property
    def others_pct(self) -> float | None:
        """Uses by others in percent of all uses; None where nothing is used."""
        uses = self.own + self.others
        return _PERCENT * self.others / uses if uses else None

    @property
    def structures_others_pct(self) -> float | None:
        """Published structures that others use in percent of all that are published."""
        return _PERCENT * self.structures_others / self.structures if self.structures else None


def own_use(ctx: Ctx) -> list[OwnUse]:
    """Of now: of every owner for who sees all requests, of one's own organisation for owners."""
    return [OwnUse(*row) for row in ctx.session.execute(_query(ctx))]


def _query(ctx: Ctx) -> Select[Any]:
    is_own = or_(
        CapacityEntry.holder_id == Structure.owner_organisation_id,
        and_(CapacityEntry.holder_id.is_(None), CapacityEntry.holder_name.is_(None)),
    )
    used = CapacityEntry.id.is_not(None)
    own, others = and_(used, is_own), and_(used, not_(func.coalesce(is_own, False)))
    query: Any = (
        select(
            Organisation.id,
            Organisation.short_name,
            func.count(Structure.id.distinct()),
            func.count().filter(own),
            func.count().filter(others),
            func.count(Structure.id.distinct()).filter(own),
            func.count(Structure.id.distinct()).filter(others),
        )
        .select_from(Structure)
        .join(Organisation, Organisation.id == Structure.owner_organisation_id)
        .outerjoin(CapacityPlace, CapacityPlace.structure_id == Structure.id)
        .outerjoin(
            CapacityEntry,
            and_(CapacityEntry.place_id == CapacityPlace.id, CapacityEntry.state == EntryState.USED),
        )
        .where(Structure.is_published_rule(), visible(ctx, Structure, P.CAPACITY_HOLDERS))
        .group_by(Organisation.id, Organisation.short_name)
        .order_by(Organisation.short_name)
    )
    if not sees_all(ctx):
        query = query.where(Structure.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids)))
    found: Select[Any] = query
    return found
