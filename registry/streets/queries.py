"""Look up streets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from registry.kernel.db.matching import TextTest, matches
from registry.kernel.search import GROUP_SIZE, Query
from registry.kernel.text import fold
from registry.streets.models import Street


def find_streets(session: Session, name: str, *, unit_id: int | None = None) -> list[Street]:
    """Streets of that name or number, whatever its case and diacritics; `unit_id` narrows to one commune.

    Roads that belong to no single commune always count.
    """
    wanted = fold(name)
    query = select(Street).where(or_(func.fold(Street.name) == wanted, func.fold(Street.code) == wanted))
    if unit_id is not None:
        query = query.where(or_(Street.unit_id == unit_id, Street.unit_id.is_(None)))
    return list(session.scalars(query.order_by(Street.name, Street.id)))


def match_streets(session: Session, query: Query, size: int = GROUP_SIZE) -> list[Street]:
    """Streets whose number or name has every word of the query in it, or is like it."""
    exact = or_(func.fold(Street.name) == query.folded, func.fold(Street.code) == query.folded)

    def statement(passes: TextTest) -> Select[Any]:
        return select(Street).where(passes(Street.words())).order_by(exact.desc(), Street.name, Street.id).limit(size)

    return matches(session, query, Street.words(), statement)
