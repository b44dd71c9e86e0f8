"""What the writes of saved searches need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wishes:
    """What its owner says of a search besides the filter."""

    name: str
    is_shared: bool = False
    is_watched: bool = False
    is_default: bool = False


@dataclass(frozen=True)
class SaveSearch:
    """Keep a filter, given as the query string of the list."""

    query: str
    wishes: Wishes


@dataclass(frozen=True)
class ChangeSearch:
    """Say something else of a search; its filter stays."""

    search_id: int
    version: int
    wishes: Wishes


@dataclass(frozen=True)
class ReplaceFilter:
    """Keep another filter under the same name, given as the query string of the list."""

    search_id: int
    version: int
    query: str


@dataclass(frozen=True)
class DeleteSearch:
    """Keep it no longer."""

    search_id: int
    version: int
