"""What the moves of requests share: the states in which an owner answers, and fields that several ask for."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from registry.colocation.codes import MOST_PRICE, ColocationState, PricePeriod
from registry.colocation.moves import common
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.kernel.units import VND
from registry.workflow.definition import Branch, text_need

S = ColocationState
#: Where the owner's answer finds the request; late ones are marked by the engine.
ANSWERABLE: Final = (S.UNDER_REVIEW, S.SURVEYING, S.OVERDUE, S.ESCALATED, S.SETTLEMENT_OVERDUE)
ANSWERED: Final = Branch((*ANSWERABLE, S.OFFERED, S.UPGRADING, S.ACCEPTED, S.REJECTED), common.after_answer)
PRICE: Final = Field(
    "price_vnd",
    _l("Giá theo quyết định, chưa gồm thuế"),
    unit=VND,
    minimum=Decimal(0),
    maximum=MOST_PRICE,
    decimals=0,
    python_type=Decimal,
    hint=_l("Giá này ràng buộc hợp đồng của hồ sơ; để trống nếu không quyết định về giá."),
)
DESPITE_ROOM: Final = text_need(
    "despite_room",
    _l("Lý do khi sổ vẫn ghi còn chỗ"),
    required=False,
    hint=_l("Chỉ cần khi căn cứ là hết dung lượng mà sổ sức chứa vẫn ghi còn chỗ."),
)
PERIOD: Final = Field("price_period", _l("Kỳ tính giá"), choices=PricePeriod)
