"""The interface of the site search: queries, hits, groups and the sources that features provide."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.kernel.context import Context
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.text import fold, fold_in_place, normalise

#: Longer texts are cut to this length.
MAX_TEXT: Final = 200
MAX_WORDS: Final = 12
#: Hits of one group on the page; the linked list has the rest.
GROUP_SIZE: Final = 8
#: Consecutive letters or digits that the trigram index needs; fewer would scan every row.
_TRIGRAM: Final = re.compile(r"[^\W_]{3}")
#: Numbers of cases and codes of structures: shortened, without dashes, or whole with spaces or points in their place.
_DIGITS: Final = 6
_DASHED: Final = re.compile(r"([A-Za-z]{2,3})-(\d{4}|[A-Za-z]{3})-(\d{1,6})", re.ASCII)
_BARE: Final = re.compile(r"([A-Za-z]{2,3})(20\d\d|[A-Za-z]{3})(\d{1,6})", re.ASCII)
_SPACED: Final = re.compile(r"([A-Za-z]{2,3})[ ./_]?(\d{4}|[A-Za-z]{3})[ ./_]?(\d{6})", re.ASCII)
#: A word with signs that are no letters of the index: it is searched for in every row.
_WITH_SIGNS: Final = re.compile(r"(?=.*[^\W_])(?=.*[_%])\S{3}")
_PAIR: Final = re.compile(r"[^\W_]{2,}")
_LETTERS: Final = re.compile(r"[^\W_]")
#: Least letters of a text that may contain a typing error.
_MIN_LETTERS_WITH_TYPO: Final = 4


@dataclass(frozen=True)
class Query:
    """A search: the text in one line, and its words in lower case without diacritics.

    `near` asks for similar texts; it is set only where no source has an exact match.
    """

    text: str
    folded: str
    words: tuple[str, ...]
    near: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The strings that must occur: the words, or all of them as one string where each is short.

        Empty where the index cannot find them: one or two letters, or none.
        """
        return parts_of(self.words, self.folded)

    @property
    def may_have_typos(self) -> bool:
        """Whether the text is long enough for a search with typing errors."""
        return len(_LETTERS.findall(self.folded)) >= _MIN_LETTERS_WITH_TYPO and bool(self.parts)


def full_number(text: str) -> str | None:
    """The number or code that a text stands for: "dc-2026-1" and "DC2026000001" are DC-2026-000001; None for others."""
    line = re.sub(r"[\u2010-\u2015\u2212]", "-", text.strip())
    parts = next((match for form in (_DASHED, _BARE, _SPACED) if (match := form.fullmatch(line))), None)
    return f"{parts[1]}-{parts[2]}-{int(parts[3]):0{_DIGITS}d}".upper() if parts else None


def parts_of(words: Sequence[str], folded: str | None = None) -> tuple[str, ...]:
    """The `parts` of a Query for some words; `folded` is their text unless they are joined by single spaces."""
    if any(_TRIGRAM.search(word) or _WITH_SIGNS.search(word) for word in words):
        return tuple(words)
    if len(words) > 1 and all(_PAIR.fullmatch(word) for word in words):
        return (folded or " ".join(words),)
    return ()


def read_query(text: str) -> Query:
    """The query of a typed text; TextRefused for invalid characters."""
    line = normalise(text[: 4 * MAX_TEXT])[:MAX_TEXT].strip()
    folded = fold(line)
    return Query(line, folded, tuple(dict.fromkeys(folded.split()))[:MAX_WORDS])


@dataclass(frozen=True)
class Link:
    """A page by endpoint and arguments."""

    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """One result: name, link and short facts that distinguish it.

    `code` is shown before the name; `badge` is a text and its tone.
    """

    title: str
    link: Link
    code: str = ""
    facts: tuple[str, ...] = ()
    badge: tuple[Any, str] | None = None


@dataclass(frozen=True)
class SearchGroup:
    """The results of one feature. `more` links to its full list, `note` names what was not searched.

    A group that does not consist of hits names its own `template`, which sees the members of `data`.
    """

    key: str
    label: Any
    hits: Sequence[Hit] = ()
    more: Link | None = None
    note: str | None = None
    template: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not self.hits and self.template is None


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it matches one of the (folded) words."""
    folded, places = fold_in_place(text)
    hit = [False] * len(text)
    for word in words:
        start = folded.find(word)
        while word and start >= 0:
            for index in places[start : start + len(word)]:
                hit[index] = True
            start = folded.find(word, start + 1)
    pieces: list[tuple[str, bool]] = []
    for character, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + character, is_hit)
        else:
            pieces.append((character, is_hit))
    return pieces


#: Context, query -> results of one feature; in the order of the page.
SearchSource = Callable[[Context[Any], Query], SearchGroup | None]
SEARCH_SOURCES = KeyedExtensionPoint[SearchSource]("search.sources")
