"""Search terms of which some name the owner and the others the structure, as in "viettel ham rong"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation, OrganisationAlias
from registry.kernel.db.matching import contains, contains_all
from registry.kernel.search import MAX_WORDS, parts_of
from registry.kernel.text import fold

#: Most spellings of names that are read, and most divisions of the terms that are tried: those with the fewest left.
_MOST_NAMES: Final = 1000
_MOST_DIVISIONS: Final = 3


@dataclass(frozen=True)
class OwnerMatch:
    """Owners that some of the terms name, and the other terms, which their structures must contain."""

    owner_ids: tuple[int, ...]
    rest: tuple[str, ...] = ()


def match_owner_terms(
    session: Session, q: str, names: FromClause | None = None, aliases: FromClause | None = None
) -> list[OwnerMatch]:
    """The divisions of terms between owners and their structures, by the names of today or those given.

    Owners that all terms name come first, wherever in a name the terms are; else a term must start a word of a name.
    """
    terms = tuple(dict.fromkeys(fold(q).split()))[:MAX_WORDS]
    named_by_all: set[int] = set()
    named: dict[int, set[str]] = {}
    for owner_id, text in session.execute(_spellings(terms, names, aliases)):
        if all(term in text for term in terms):
            named_by_all.add(owner_id)
        tokens = text.split()
        named.setdefault(owner_id, set()).update(w for w in terms if any(token.startswith(w) for token in tokens))
    matches = [OwnerMatch(tuple(sorted(named_by_all)))] if named_by_all else []
    divisions: dict[tuple[str, ...], list[int]] = {}
    for owner_id, has in named.items():
        rest = parts_of([term for term in terms if term not in has])
        # The rest must be answered by an index.
        if has and rest:
            divisions.setdefault(rest, []).append(owner_id)
    best = sorted(divisions.items(), key=lambda division: (len(division[0]), division[0]))[:_MOST_DIVISIONS]
    return matches + [OwnerMatch(tuple(sorted(owner_ids)), rest) for rest, owner_ids in best]


def _spellings(terms: Sequence[str], names: FromClause | None, aliases: FromClause | None) -> Any:
    name = Organisation.__table__ if names is None else names
    alias = OrganisationAlias.__table__ if aliases is None else aliases
    by_name = select(name.c.id, name.c.search_text).where(_any_of(name.c.search_text, terms))
    by_alias = select(alias.c.organisation_id, alias.c.folded).where(alias.c.is_active, _any_of(alias.c.folded, terms))
    return by_name.union_all(by_alias).limit(_MOST_NAMES)


def _any_of(folded: ColumnElement[Any], terms: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(contains(folded, term) for term in terms))


def owner_conditions(readable_rows: FromClause, divisions: Iterable[OwnerMatch]) -> list[ColumnElement[bool]]:
    """For each match: the row of `positions.readable` is of such an owner and contains the rest of the terms."""
    return [
        and_(
            readable_rows.c.owner_organisation_id.in_(division.owner_ids),
            contains_all(readable_rows.c.search_text, division.rest),
        )
        if division.rest
        else readable_rows.c.owner_organisation_id.in_(division.owner_ids)
        for division in divisions
    ]
