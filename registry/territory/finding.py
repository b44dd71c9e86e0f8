"""Reads for the search of the site: units of all times by name and code."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, any_, case, or_, select
from sqlalchemy.orm import Session

from registry.kernel.db.matching import TextTest, matches
from registry.kernel.search import GROUP_SIZE, Query
from registry.territory.models import AdminUnit
from registry.territory.rules import name_key, search_names


def match_units(session: Session, query: Query, size: int = GROUP_SIZE) -> list[AdminUnit]:
    """Units in whose name every word of the query occurs, or whose name is like it.

    A code, a short form ("P. Hàm Rồng") and a name of long ago mean a unit too; those of today come first.
    """
    meant = [name for names in search_names(query.text) for name in names]
    exact = or_(AdminUnit.folded_name().in_(meant), AdminUnit.code == query.text)
    key = name_key(query.text)

    def statement(passes: TextTest) -> Select[Any]:
        found = or_(passes(AdminUnit.folded_name()), exact, any_(AdminUnit.older_names) == key)
        in_force = AdminUnit.valid_to.is_(None)
        rank = case((exact & in_force, 0), (exact, 1), (in_force, 2), else_=3)
        order = rank, AdminUnit.valid_to.desc().nulls_first(), AdminUnit.name, AdminUnit.id
        return select(AdminUnit).where(found).order_by(*order).limit(size)

    return matches(session, query, AdminUnit.folded_name(), statement)


def unit_names(session: Session, unit_ids: set[int]) -> dict[int, str]:
    """The names of several units by their ids."""
    if not unit_ids:
        return {}
    rows = session.execute(select(AdminUnit.id, AdminUnit.name).where(AdminUnit.id.in_(sorted(unit_ids))))
    return {row.id: row.name for row in rows}
