"""In-memory cache of results that are valid for one version of the register.

Every change appends an event to the audit chain before it commits. The digest of the last event is therefore the
version of all data: it is part of the key, and no entry needs invalidation.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

from cachetools import LRUCache

ValueT = TypeVar("ValueT")


class VersionedCache(Generic[ValueT]):
    """A thread-safe LRU cache; `maxsize` bounds the sum of `size` over all entries (default: 1 each)."""

    def __init__(self, maxsize: int, size: Callable[[ValueT], int] | None = None) -> None:
        self._lock = Lock()
        self._entries: LRUCache[Hashable, ValueT] = LRUCache(maxsize, size)

    def get(self, key: Hashable, version: bytes | None, make: Callable[[], ValueT]) -> ValueT:
        """The cached value of a key at a version, computed by `make` if missing; nothing is cached for None."""
        if version is None:
            return make()
        full_key = (key, version)
        with self._lock:
            if full_key in self._entries:
                return self._entries[full_key]
        made = make()
        with self._lock:
            if self._entries.getsizeof(made) <= self._entries.maxsize:
                self._entries[full_key] = made
        return made
