"""Answers kept in a worker's memory for as long as the register stays what it was when they were made.

Every change appends an event to the audit chain before it is committed, one after the other, so the digest of the last
event is the version of all data: an answer is kept under it, and no answer needs to be taken back.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

ValueT = TypeVar("ValueT")


class VersionedCache(Generic[ValueT]):
    """The answers used last, up to a size in all; `size` tells that of one."""

    def __init__(self, most: int, size: Callable[[ValueT], int] | None = None) -> None:
        self._lock = Lock()
        self._answers: LRUCache[Hashable, ValueT] = LRUCache(most, size)

    def get(self, key: Hashable, version: bytes | None, make: Callable[[], ValueT]) -> ValueT:
        """The answer for a key at a version of the data, made if it is not kept; without a version nothing is kept."""
        if version is None:
            return make()
        whole = (key, version)
        with self._lock:
            if whole in self._answers:
                return self._answers[whole]
        made = make()
        with self._lock:
            if self._answers.getsizeof(made) <= self._answers.maxsize:
                self._answers[whole] = made
        return made
