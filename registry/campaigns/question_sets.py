"""Sets of questions that a campaign on request can begin with; the department changes them before it sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from registry.campaigns.codes import ItemKind
from registry.campaigns.rules import Item
from registry.kernel.i18n import _l

#: Hours of the longest outage that is asked for: sixty days.
_MOST_HOURS: Final = Decimal(1440)


@dataclass(frozen=True)
class QuestionSet:
    """A named set of questions; their texts are stored in Vietnamese, as those of the settings."""

    label: Any
    items: tuple[Item, ...]


def _count(code: str, label: str, unit: str, *, measure: str = "", at_most: str = "") -> Item:
    return Item(code, label, unit, measure, None, "", ItemKind.WHOLE, minimum=Decimal(0), at_most=at_most)


QUESTION_SETS: Final[Mapping[str, QuestionSet]] = {
    "storm": QuestionSet(
        _l("Thiệt hại sau bão"),
        (
            _count("towers", "Cột ăng ten đang sử dụng", "cột", measure="count.antenna_tower"),
            _count("towers_lost", "Cột ăng ten bị đổ, gãy", "cột", at_most="towers"),
            _count("stations", "Trạm đặt trên cột ăng ten của doanh nghiệp", "trạm", measure="towers.stations"),
            _count("stations_out", "Trạm mất liên lạc", "trạm", at_most="stations"),
            _count("poles", "Cột treo cáp đang sử dụng", "cột", measure="count.cable_pole"),
            _count("poles_lost", "Cột treo cáp bị đổ, gãy", "cột", at_most="poles"),
            _count("routes_cut", "Tuyến cáp bị đứt", "tuyến"),
            _count("communes_out", "Xã, phường mất sóng", "xã, phường"),
            Item(
                "communes",
                "Danh sách xã, phường mất sóng",
                "",
                "",
                None,
                "",
                ItemKind.TABLE,
                options=("Xã, phường", "Số trạm mất liên lạc", "Mất từ (giờ, ngày)"),
                required=False,
            ),
            Item(
                "hours",
                "Thời gian gián đoạn dài nhất",
                "giờ",
                "",
                None,
                "",
                ItemKind.NUMBER,
                minimum=Decimal(0),
                maximum=_MOST_HOURS,
            ),
            Item(
                "restored",
                "Tình hình khôi phục",
                "",
                "",
                None,
                "",
                ItemKind.CHOICE,
                options=("Đã khôi phục toàn bộ", "Khôi phục một phần", "Chưa khôi phục"),
            ),
            Item("support", "Đề nghị hỗ trợ", "", "", None, "", ItemKind.TEXT, required=False),
            Item("photos", "Ảnh hiện trường, văn bản kèm theo", "", "", None, "", ItemKind.FILE, required=False),
        ),
    ),
}
#: English of the questions that no form of the settings has (form_texts.py).
TEXTS: Final = (
    _l("Cột ăng ten bị đổ, gãy"),
    _l("Trạm mất liên lạc"),
    _l("Cột treo cáp bị đổ, gãy"),
    _l("Tuyến cáp bị đứt"),
    _l("Xã, phường mất sóng"),
    _l("Danh sách xã, phường mất sóng"),
    _l("Thời gian gián đoạn dài nhất"),
    _l("Tình hình khôi phục"),
    _l("Đề nghị hỗ trợ"),
    _l("Ảnh hiện trường, văn bản kèm theo"),
    _l("giờ"),
    _l("xã, phường"),
)
