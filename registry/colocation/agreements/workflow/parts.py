"""What the moves of agreements ask for more than once."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.colocation.codes import MOST_PRICE
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND

PRICE: Final = Field(
    "price_vnd",
    _l("Giá mới, chưa gồm thuế"),
    unit=VND,
    minimum=Decimal(0),
    maximum=MOST_PRICE,
    decimals=0,
    python_type=Decimal,
    hint=_l("Để trống nếu giá không đổi."),
)
