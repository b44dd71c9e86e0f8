"""Words of which some name the owner and the others the structure, as in "viettel ham rong"."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, select
from sqlalchemy.orm import Session

from registry.accounts.models import Organisation, OrganisationAlias
from registry.kernel.db.matching import contains, contains_all
from registry.kernel.search import MOST_WORDS, parts_of
from registry.kernel.text import fold

#: So many spellings of names are looked at, and so many ways to divide the words are tried: those that leave least.
_MOST_NAMES: Final = 1000
_MOST_WAYS: Final = 3


@dataclass(frozen=True)
class OwnerMatch:
    """Owners that some of the words name, and the parts that their structures must have in them; none: all theirs."""

    owner_ids: tuple[int, ...]
    rest: tuple[str, ...] = ()


def match_owner_terms(
    session: Session, q: str, names: FromClause | None = None, aliases: FromClause | None = None
) -> list[OwnerMatch]:
    """The ways to divide words between owners and their structures, by the names of today or those given.

    Whoever is named by all words comes first, whatever the letters around them; else a word must begin one of a name.
    """
    words = tuple(dict.fromkeys(fold(q).split()))[:MOST_WORDS]
    wholly: set[int] = set()
    named: dict[int, set[str]] = {}
    for owner_id, text in session.execute(_spellings(words, names, aliases)):
        if all(word in text for word in words):
            wholly.add(owner_id)
        tokens = text.split()
        named.setdefault(owner_id, set()).update(w for w in words if any(token.startswith(w) for token in tokens))
    found = [OwnerMatch(tuple(sorted(wholly)))] if wholly else []
    ways: dict[tuple[str, ...], list[int]] = {}
    for owner_id, has in named.items():
        rest = parts_of([word for word in words if word not in has])
        # What is left must be found in an index.
        if has and rest:
            ways.setdefault(rest, []).append(owner_id)
    best = sorted(ways.items(), key=lambda way: (len(way[0]), way[0]))[:_MOST_WAYS]
    return found + [OwnerMatch(tuple(sorted(owner_ids)), rest) for rest, owner_ids in best]


def _spellings(words: Sequence[str], names: FromClause | None, aliases: FromClause | None) -> Any:
    name = Organisation.__table__ if names is None else names
    alias = OrganisationAlias.__table__ if aliases is None else aliases
    by_name = select(name.c.id, name.c.search_text).where(_any_of(name.c.search_text, words))
    by_alias = select(alias.c.organisation_id, alias.c.folded).where(alias.c.is_active, _any_of(alias.c.folded, words))
    return by_name.union_all(by_alias).limit(_MOST_NAMES)


def _any_of(folded: ColumnElement[Any], words: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(contains(folded, word) for word in words))


def owner_conditions(seen: FromClause, ways: Iterable[OwnerMatch]) -> list[ColumnElement[bool]]:
    """Of each way: a row of `positions.readable` is such an owner's and has the rest of the words."""
    return [
        and_(seen.c.owner_organisation_id.in_(way.owner_ids), contains_all(seen.c.search_text, way.rest))
        if way.rest
        else seen.c.owner_organisation_id.in_(way.owner_ids)
        for way in ways
    ]
