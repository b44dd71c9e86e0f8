"""SQL: whether a folded text contains what somebody typed, letter by letter or nearly so, wildcards without meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Float, Select, SQLColumnExpression, Text, and_, func, literal, text
from sqlalchemy.orm import Session

from registry.kernel.search import Query

#: Whether a folded column answers to what was typed.
TextTest = Callable[[SQLColumnExpression[Any]], ColumnElement[bool]]

#: Share of a text's three-letter pieces to find again: one wrong letter of a word of six leaves half of them.
MIN_SIMILARITY: Final = 0.5
_THRESHOLD: Final = text("SELECT set_config('pg_trgm.word_similarity_threshold', :least, true)")
_SET_TO: Final = "registry.least_alike"
#: Joined by ||, which the planner works out before it looks for an index, as it does not with concat().
_ANY = literal("%", Text)


def plain(typed: str) -> ColumnElement[str]:
    """A typed text as LIKE takes it: folded, and without meaning as a pattern."""
    return func.regexp_replace(func.fold(typed), r"([\\%_])", r"\\\1", "g", type_=Text)


def contains(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[bool]:
    """`folded` has the text in it, without regard to case and diacritics."""
    return folded.like(_ANY + plain(typed) + _ANY)


def contains_all(folded: SQLColumnExpression[Any], words: Iterable[str]) -> ColumnElement[bool]:
    """`folded` has every word in it."""
    return and_(*(contains(folded, word) for word in words))


def begins_with(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[bool]:
    """`folded` begins with the text."""
    return folded.like(plain(typed) + _ANY)


def is_similar(
    session: Session, folded: SQLColumnExpression[Any], typed: str, least: float = MIN_SIMILARITY
) -> ColumnElement[bool]:
    """`folded` has a stretch in it with at least this share of the text's three-letter pieces; an index answers it.

    The share holds for the whole session, which is asked for it here: run the statement before the next such call.
    """
    if session.info.get(_SET_TO) != least:
        session.execute(_THRESHOLD, {"least": str(least)})
        session.info[_SET_TO] = least
    return func.fold(typed).op("<%", is_comparison=True)(folded)


def similarity(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[float]:
    """The greatest share of the text's three-letter pieces that a stretch of `folded` has, 0 to 1."""
    return func.word_similarity(func.fold(typed), folded, type_=Float)


def matches(
    session: Session,
    query: Query,
    names: SQLColumnExpression[Any],
    statement: Callable[[TextTest], Select[Any]],
) -> list[Any]:
    """What a small table has with every word in it, or, for a query of what is near, what is alike, most alike first.

    `statement` is given the test that its columns must pass; `names` are those by which likeness is told.
    """
    if not query.near:
        return list(session.scalars(statement(lambda folded: contains_all(folded, query.words))))
    near = statement(lambda folded: is_similar(session, folded, query.folded))
    return list(session.scalars(near.order_by(None).order_by(similarity(names, query.folded).desc())))
