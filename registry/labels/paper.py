"""Labels on paper: the two sizes, what stands on a label, and its QR code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import segno

from registry.kernel.i18n import _l
from registry.labels.rules import grouped, shown_phone

#: Clear modules around a QR code, as readers need them.
_QUIET: Final = 4


@dataclass(frozen=True)
class Size:
    """A way to lay labels out: its name in addresses, its words, its style sheet, labels on a page."""

    code: str
    label: Any
    hint: Any
    sheet: str
    on_page: int


SIZES: Final = {
    size.code: size
    for size in (
        Size("a4", _l("Giấy A4, 8 nhãn mỗi tờ"), _l("Mỗi nhãn 105 × 74 mm; cắt theo nét đứt."), "css/label-a4.css", 8),
        Size("60x40", _l("Tem 60 × 40 mm"), _l("Mỗi trang một nhãn, cho máy in tem cuộn."), "css/label-60x40.css", 1),
    )
}


@dataclass(frozen=True)
class Printed:
    """What stands on one label."""

    structure_code: str
    owner: str
    hotline: str
    code: str
    #: What stands before the code where people type it, without the protocol.
    address: str
    #: A picture as an address that holds it.
    qr: str


def printed(rows: Sequence[Any], base_url: str) -> list[Printed]:
    """The labels of `rows`; their codes lead to the registry at `base_url`."""
    return [
        Printed(
            row.structure_code,
            row.owner,
            shown_phone(row.hotline),
            grouped(row.code),
            f"{base_url}/t/".partition("://")[2],
            qr_of(f"{base_url}/t/{row.code}"),
        )
        for row in rows
    ]


def qr_of(address: str) -> str:
    """A QR code of level Q (a quarter of it may be scratched), drawn, as the address of a picture."""
    code = segno.make(address, error="q", boost_error=False, micro=False)
    return str(code.svg_data_uri(border=_QUIET, omitsize=True))
