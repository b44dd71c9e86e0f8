"""SQL conditions for text search: a folded text contains, or resembles, what was typed; wildcards are escaped."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Float,
    Select,
    SQLColumnExpression,
    Text,
    and_,
    cast,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from registry.kernel.db.row_access import has_whole_table
from registry.kernel.search import Query

#: Condition on a folded column.
TextTest = Callable[[SQLColumnExpression[Any]], ColumnElement[bool]]

#: Share of trigrams to find again: one wrong letter in a word of six leaves half of them.
MIN_SIMILARITY: Final = 0.5
_THRESHOLD: Final = text("SELECT set_config('pg_trgm.word_similarity_threshold', :least, true)")
_CURRENT: Final = "registry.min_similarity"
#: Joined by ||, which the planner folds to a constant before it looks for an index; concat() is not folded.
_ANY = literal("%", Text)


def escaped_for_like(typed: str) -> ColumnElement[str]:
    """The typed text folded and escaped for LIKE."""
    return func.regexp_replace(func.fold(typed), r"([\\%_])", r"\\\1", "g", type_=Text)


def contains(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[bool]:
    """`folded` contains the text, ignoring case and diacritics."""
    return folded.like(_ANY + escaped_for_like(typed) + _ANY)


def contains_all(folded: SQLColumnExpression[Any], words: Iterable[str]) -> ColumnElement[bool]:
    return and_(*(contains(folded, word) for word in words))


def rows_with_words(
    session: Session, model: Any, folded: SQLColumnExpression[Any], name: str, words: Iterable[str]
) -> ColumnElement[bool]:
    """Rows of a case table whose `folded` text contains all words, by the index `ix_<table>_<name>` of that text.

    No index answers LIKE behind a policy of rows. Who has all rows of the table gets the ids from a function of the
    database, which refuses others (ADR 0049); these have the few rows that the policy gives them compared.
    """
    table = model.__tablename__
    if not has_whole_table(session, table):
        return contains_all(folded, words)
    ids = func.cases_with_words(f"ix_{table}_{name}", cast(list(words), ARRAY(Text)), type_=BigInteger)
    condition: ColumnElement[bool] = model.id.in_(select(ids.column_valued("row_id")))
    return condition


def begins_with(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[bool]:
    return folded.like(escaped_for_like(typed) + _ANY)


def is_similar(
    session: Session, folded: SQLColumnExpression[Any], typed: str, least: float = MIN_SIMILARITY
) -> ColumnElement[bool]:
    """A part of `folded` has at least the share `least` of the trigrams of the text; uses the trigram index.

    The threshold is set here for the whole session: execute the statement before the next call.
    """
    if session.info.get(_CURRENT) != least:
        session.execute(_THRESHOLD, {"least": str(least)})
        session.info[_CURRENT] = least
    return func.fold(typed).op("<%", is_comparison=True)(folded)


def similarity(folded: SQLColumnExpression[Any], typed: str) -> ColumnElement[float]:
    """The greatest share of the trigrams of the text in any part of `folded`, 0 to 1."""
    return func.word_similarity(func.fold(typed), folded, type_=Float)


def matches(
    session: Session,
    query: Query,
    names: SQLColumnExpression[Any],
    statement: Callable[[TextTest], Select[Any]],
) -> list[Any]:
    """Rows of a small table that contain all words, or for a similarity query the similar rows, best first.

    `statement` builds the query from the condition on its columns; `names` is the expression to rank by.
    """
    if not query.near:
        return list(session.scalars(statement(lambda folded: contains_all(folded, query.words))))
    near = statement(lambda folded: is_similar(session, folded, query.folded))
    return list(session.scalars(near.order_by(None).order_by(similarity(names, query.folded).desc())))
