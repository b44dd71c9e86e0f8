"""Why a template cannot be filled in, and its limits; both sides of the sandbox read them."""

from __future__ import annotations

from typing import Final

BROKEN: Final = "broken"
SYNTAX: Final = "syntax"
UNKNOWN: Final = "unknown"
FORBIDDEN: Final = "forbidden"
#: Seconds of processor time.
CPU_S: Final = 20
#: Bytes of a template, and of all its parts.
MOST_BYTES: Final = 5 * 1024 * 1024
MOST_UNPACKED: Final = 50 * 1024 * 1024
