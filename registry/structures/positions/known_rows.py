"""The rows of structures as the register knew them at a moment, for figures that are counted from records."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select, union_all
from sqlalchemy.orm import aliased

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.positions.selectable import holders
from registry.structures.positions.versions import version_conditions, version_of

_COLUMNS: Final = (
    "name",
    "owner_organisation_id",
    "status",
    "sharing_status",
    "created_at",
    "valid_from",
    "valid_to",
    "built_on",
    "in_service_on",
)


def structures_known(ctx: Ctx, known_at: datetime | None, kinds: Collection[str], permissions: Collection[P]) -> Any:
    """An alias of Structure: the rows of these kinds of which the actor holds one of the permissions by today's rights.

    Of `known_at` the versions recorded last by then, with those of structures that left the register since; None: the
    present rows. It has the columns that say what a structure is and from when to when, no position.
    """
    if known_at is None:
        rights = or_(*(visible(ctx, Structure, permission) for permission in permissions))
        columns = (Structure.id, Structure.code, Structure.kind, *(getattr(Structure, name) for name in _COLUMNS))
        rows = select(*columns).where(Structure.kind.in_(kinds), rights).subquery("present")
        return aliased(Structure, rows, adapt_on_names=True)
    when, version = When(recorded_at=known_at), version_of(Structure)
    point = when.at(ctx.now)
    branches = [
        select(holder.id, holder.code, holder.kind, *(version.c[name] for name in _COLUMNS))
        .select_from(holder)
        .join(version, version.c.id == holder.id)
        .where(
            *conditions,
            holder.kind.in_(kinds),
            or_(*(visible(ctx, holder, permission) for permission in permissions)),
            *version_conditions(version, Structure, point),
        )
        for holder, conditions in holders(when, point, None)
    ]
    return aliased(Structure, union_all(*branches).subquery("known"), adapt_on_names=True)
