"""What the writes of labels need."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class IssueLabels:
    """One label for each of these structures, by their codes."""

    codes: tuple[str, ...]
