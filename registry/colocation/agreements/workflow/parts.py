"""What the moves of agreements ask for more than once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND

_TEXT: Final = 4000
BOTH: Final = ("owner", "requester")


def text_need(name: str, label: object, *, required: bool = True, hint: object = "") -> Field:
    """A longer text."""
    return Field(name, label, max_length=_TEXT, required=required, multiline=True, hint=hint)


def day_need(name: str, label: object) -> Field:
    """A day that must be said."""
    return Field(name, label, required=True, python_type=date)


PRICE: Final = Field(
    "price_vnd",
    _l("Giá mới, chưa gồm thuế"),
    unit=VND,
    minimum=Decimal(0),
    python_type=Decimal,
    hint=_l("Để trống nếu giá không đổi."),
)
