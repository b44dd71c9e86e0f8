"""Dated setting: which owners are notified of work in a street."""

from __future__ import annotations

from typing import Final

from registry.kernel.dated_settings import single_number
from registry.kernel.i18n import _l
from registry.kernel.units import M

NOTICE_REACH: Final = "street_work.notice_m"
DECLARATION: Final = single_number(
    NOTICE_REACH,
    _l("Báo chủ sở hữu công trình cách tuyến thi công không quá"),
    _l("Thi công trên tuyến phố"),
    M,
    "1",
    "200",
)
