"""What moves of many workflows ask for."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from registry.kernel.fields import Field

#: Longest of the longer texts, in characters.
MOST_TEXT: Final = 4000


def text_need(name: str, label: Any, *, required: bool = True, hint: Any = "") -> Field:
    """A longer text."""
    return Field(name, label, max_length=MOST_TEXT, required=required, multiline=True, hint=hint)


def day_need(name: str, label: Any) -> Field:
    """A day that must be said."""
    return Field(name, label, required=True, python_type=date)
