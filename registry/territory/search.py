"""Administrative units in the search of the site; territory is public."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, any_, case, or_, select
from sqlalchemy.orm import Session

from registry.authz.actors import Ctx
from registry.kernel.db.matching import TextTest, matches
from registry.kernel.i18n import _l
from registry.kernel.search import GROUP_SIZE, Hit, Link, Query, SearchGroup
from registry.territory.models import AdminUnit
from registry.territory.rules import name_key, search_names, unit_label


def search_units(ctx: Ctx, query: Query) -> SearchGroup:
    """Communes, former communes, districts and the province by name and code."""
    matching_units = match_units(ctx.session, query)
    hits = [
        Hit(
            unit_label(unit, ctx.today),
            Link("territory.unit", {"unit_id": unit.id}),
            unit.code,
            (str(unit.level.label),),
        )
        for unit in matching_units
    ]
    return SearchGroup("units", _l("Địa bàn"), hits)


def match_units(session: Session, query: Query, size: int = GROUP_SIZE) -> list[AdminUnit]:
    """Units with every word of the query in their name, or with a similar name; units in force come first.

    A code, a short form ("P. Hàm Rồng") and an older name match too.
    """
    full_names = [name for names in search_names(query.text) for name in names]
    exact = or_(AdminUnit.folded_name().in_(full_names), AdminUnit.code == query.text)
    key = name_key(query.text)

    def statement(passes: TextTest) -> Select[Any]:
        is_match = or_(passes(AdminUnit.folded_name()), exact, any_(AdminUnit.older_names) == key)
        in_force = AdminUnit.valid_to.is_(None)
        rank = case((exact & in_force, 0), (exact, 1), (in_force, 2), else_=3)
        order = rank, AdminUnit.valid_to.desc().nulls_first(), AdminUnit.name, AdminUnit.id
        return select(AdminUnit).where(is_match).order_by(*order).limit(size)

    return matches(session, query, AdminUnit.folded_name(), statement)
