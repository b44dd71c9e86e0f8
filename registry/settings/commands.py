"""Commands that change settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class AddSetting:
    """A value of a setting from a day on; `owner` is the code of the only organisation it is for, "" for all."""

    key: str
    valid_from: date
    value: Any
    source: str
    needs_verification: bool
    reason: str
    owner: str = ""


@dataclass(frozen=True)
class WithdrawSetting:
    """A mistaken row."""

    row_id: int
    reason: str
