"""In-memory cache of results that are valid for one version of the register, bounded by bytes.

Every change appends an event to the audit chain before it commits. The digest of the last event is therefore the
version of all data: an entry of another version is replaced, and no entry needs invalidation.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, Final, Generic, TypeVar

from cachetools import LRUCache

ValueT = TypeVar("ValueT")

#: What an entry takes in the cache itself.
_ENTRY_BYTES: Final = 512


class VersionedCache(Generic[ValueT]):
    """A thread-safe LRU cache; keys and values together take at most `max_bytes`.

    `size` gives the bytes of a value (default: `bytes_of`). Of each key only the version asked for last is held.
    """

    def __init__(self, max_bytes: int, size: Callable[[ValueT], int] | None = None) -> None:
        self._lock = Lock()
        self._size = size or bytes_of
        self._entries: LRUCache[Hashable, tuple[bytes, ValueT, int]] = LRUCache(max_bytes, lambda entry: entry[2])

    def get(self, key: Hashable, version: bytes | None, make: Callable[[], ValueT]) -> ValueT:
        """The cached value of a key at a version, computed by `make` if missing; nothing is cached for None."""
        if version is None:
            return make()
        with self._lock:
            cached = self._entries.get(key)
        if cached is not None and cached[0] == version:
            return cached[1]
        computed = make()
        entry = (version, computed, self._size(computed) + bytes_of(key) + _ENTRY_BYTES)
        with self._lock:
            self._entries.pop(key, None)
            if entry[2] <= self._entries.maxsize:
                self._entries[key] = entry
        return computed

    @property
    def held_bytes(self) -> int:
        """The bytes of all entries."""
        return int(self._entries.currsize)


def bytes_of(value: Any) -> int:
    """The memory of a value with what it contains; objects other than containers and dataclasses without theirs.

    What is contained twice counts twice.
    """
    size = sys.getsizeof(value)
    if isinstance(value, (tuple, list, set, frozenset)):
        return size + sum(map(bytes_of, value))
    if isinstance(value, Mapping):
        return size + sum(bytes_of(key) + bytes_of(each) for key, each in value.items())
    if is_dataclass(value) and not isinstance(value, type):
        return size + sum(bytes_of(getattr(value, each.name)) for each in fields(value))
    return size
