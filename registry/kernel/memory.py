"""A bound on the memory of a long-running process: what needs more fails alone, and the machine keeps its memory."""

from __future__ import annotations

import resource
from typing import Final

MEGABYTE: Final = 1024 * 1024
#: Private memory that the job worker may have: several times what the largest import has needed.
WORKER_MB: Final = 1024


def limit_memory(megabytes: int) -> None:
    """Let allocations beyond so much private memory fail with MemoryError; programs that are started inherit it."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = megabytes * MEGABYTE
    resource.setrlimit(resource.RLIMIT_DATA, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
