"""What the search of the whole site asks of features, and what they answer; it knows none of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.kernel.context import Context
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.text import fold, fold_in_place, normalise

#: Of a longer text only this much is looked for.
MOST_TEXT: Final = 200
MOST_WORDS: Final = 12
#: Hits of one group on the page; their list has the rest.
GROUP_SIZE: Final = 8
#: Letters or digits in a row that the index of three-letter pieces needs; fewer would read every row.
_PIECE: Final = re.compile(r"[^\W_]{3}")
#: Numbers of cases and codes of structures, whose last part has six digits, as people shorten them.
_SHORT_NUMBER: Final = re.compile(r"([A-Za-z]{2,3}-(?:\d{4}|[A-Za-z]{3}))-(\d{1,6})", re.ASCII)
_DIGITS: Final = 6
_PAIR: Final = re.compile(r"[^\W_]{2,}")
_LETTERS: Final = re.compile(r"[^\W_]")
#: A word with a slip in it must leave enough letters to be known by.
_FEWEST_WITH_SLIP: Final = 4


@dataclass(frozen=True)
class Query:
    """What somebody looks for: the text in one line, and its words in lower case without diacritics.

    `near` asks for what is only alike; that is asked where no feature has the words themselves.
    """

    text: str
    folded: str
    words: tuple[str, ...]
    near: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What must occur, each part somewhere: the words, or all of them side by side where each is short.

        Empty where an index cannot find it: one or two letters, or none at all.
        """
        return parts_of(self.words, self.folded)

    @property
    def may_have_slips(self) -> bool:
        """Whether something alike may be looked for where the words themselves are not found."""
        return len(_LETTERS.findall(self.folded)) >= _FEWEST_WITH_SLIP and bool(self.parts)


def full_number(text: str) -> str | None:
    """The whole number that a short one means: "dc-2026-1" is DC-2026-000001; None where it is none."""
    short = _SHORT_NUMBER.fullmatch(text.strip())
    return f"{short[1].upper()}-{int(short[2]):0{_DIGITS}d}" if short else None


def parts_of(words: Sequence[str], folded: str | None = None) -> tuple[str, ...]:
    """The parts of Query for some words; `folded`: how they stand side by side, where that is not one blank apart."""
    if any(_PIECE.search(word) for word in words):
        return tuple(words)
    if len(words) > 1 and all(_PAIR.fullmatch(word) for word in words):
        return (folded or " ".join(words),)
    return ()


def read_query(text: str) -> Query:
    """The query of a typed text; raises TextRefused for what no text is."""
    line = normalise(text[: 4 * MOST_TEXT])[:MOST_TEXT].strip()
    folded = fold(line)
    return Query(line, folded, tuple(dict.fromkeys(folded.split()))[:MOST_WORDS])


@dataclass(frozen=True)
class Link:
    """An address by endpoint and arguments."""

    endpoint: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Hit:
    """One thing that was found: its name, where it is, and a few words each that tell it from others.

    `code` stands before the name; `badge` is words and tone.
    """

    title: str
    link: Link
    code: str = ""
    facts: tuple[str, ...] = ()
    badge: tuple[Any, str] | None = None


@dataclass(frozen=True)
class Group:
    """What one feature found. `more` leads to its list under the same words, `note` says what was not looked for.

    A group that is not made of hits names its own `template`, which sees `data` by name.
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
        """Whether nothing was found."""
        return not self.hits and self.template is None


def marked(text: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether one of the (folded) words stands there, whatever its diacritics."""
    folded, places = fold_in_place(text)
    hit = [False] * len(text)
    for word in words:
        start = folded.find(word)
        while word and start >= 0:
            for place in places[start : start + len(word)]:
                hit[place] = True
            start = folded.find(word, start + 1)
    pieces: list[tuple[str, bool]] = []
    for character, is_hit in zip(text, hit, strict=True):
        if pieces and pieces[-1][1] == is_hit:
            pieces[-1] = (pieces[-1][0] + character, is_hit)
        else:
            pieces.append((character, is_hit))
    return pieces


#: Context, query -> what a feature found; in the order of the page.
SearchSource = Callable[[Context[Any], Query], Group | None]
SEARCH_SOURCES = KeyedExtensionPoint[SearchSource]("search.sources")
