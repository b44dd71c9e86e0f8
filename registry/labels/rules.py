"""Codes of labels, the problems of a request for labels, and what is printed_labels on one; no session."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import segno

from registry.accounts.rules import format_phone
from registry.kernel import base32
from registry.kernel.base32 import grouped
from registry.kernel.i18n import _, _l, _n

#: Five bits each: 80 bits cannot be guessed.
LENGTH: Final = 16
#: Labels issued at once.
MAX_LABELS: Final = 200
#: Characters of a typed code that a sentence repeats.
_MAX_TYPED: Final = 60
_SEPARATORS: Final = re.compile(r"[\r\n,;]+")


def new_code() -> str:
    return base32.new_code(LENGTH)


def read_code(text: str) -> str | None:
    """Parse a typed or scanned code, ignoring case, dashes and look-alikes; None where it is not a code."""
    return base32.read_code(text, LENGTH)


def read_structure_codes(text: str) -> tuple[str, ...]:
    """The distinct codes in a text, separated by lines, commas or semicolons, in order.

    A part with blanks is one own code or several codes.
    """
    return tuple(dict.fromkeys(" ".join(part.split()) for part in _SEPARATORS.split(text) if part.strip()))


def problem_of_count(count: int) -> str | None:
    """Why labels cannot be issued for this many codes; None where they can."""
    if not count:
        return _("Chưa có mã công trình nào; cần ít nhất một mã, ví dụ THA-CTC-000123.")
    if count > MAX_LABELS:
        return _n("Có %(count)d mã công trình; mỗi lần in tối đa %(most)d.", count, count=count, most=MAX_LABELS)
    return None


def problem_of_filter(count: int) -> str | None:
    """Why labels cannot be issued for the matches of a filter; MAX_LABELS + 1 means more."""
    if not count:
        return _("Bộ lọc không có công trình nào còn tồn tại mà tài khoản được phép in nhãn; hãy nới rộng bộ lọc.")
    if count > MAX_LABELS:
        return _(
            "Bộ lọc có hơn %(most)d công trình mà tài khoản được phép in nhãn, mỗi lần in tối đa %(most)d; hãy thu hẹp "
            "bộ lọc, ví dụ theo xã, phường hoặc tên đường.",
            most=MAX_LABELS,
        )
    return None


def problem_of_unknown(codes: Iterable[str]) -> str:
    """The same message for codes that do not exist and those that the actor may not label."""
    named = ", ".join(code[:_MAX_TYPED] for code in list(codes)[:5])
    return _("%(codes)s: không có công trình này, hoặc không có quyền in nhãn; cần bỏ khỏi danh sách.", codes=named)


def problem_of_several(code: str, codes: Iterable[str]) -> str:
    return _(
        "“%(code)s” là mã của nhiều công trình (%(codes)s); cần mã tỉnh của một công trình.",
        code=code[:_MAX_TYPED],
        codes=", ".join(list(codes)[:5]),
    )


def problem_of_gone(codes: Iterable[str]) -> str:
    named = ", ".join(list(codes)[:5])
    return _("%(codes)s đã tháo dỡ; nhãn chỉ in cho công trình còn tồn tại.", codes=named)


#: Quiet zone around a QR code, in modules.
_QUIET_ZONE: Final = 4


@dataclass(frozen=True)
class Size:
    """A layout of labels; `code` stands in the address, `sheet` is the style sheet, `on_page` counts labels."""

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
class PrintedLabel:
    """The content of one label."""

    structure_code: str
    owner: str
    hotline: str
    code: str
    #: The address before the code, without the protocol, as people type it.
    address: str
    #: The QR code as a data URI.
    qr: str


def printed_labels(rows: Sequence[Any], base_url: str) -> list[PrintedLabel]:
    """The labels of `rows` with QR codes that lead to the register at `base_url`."""
    return [
        PrintedLabel(
            row.structure_code,
            row.owner,
            format_phone(row.hotline),
            grouped(row.code),
            f"{base_url}/t/".partition("://")[2],
            qr_of(f"{base_url}/t/{row.code}"),
        )
        for row in rows
    ]


def qr_of(address: str) -> str:
    """A QR code of level Q (readable with a quarter of it damaged) as a data URI."""
    code = segno.make(address, error="q", boost_error=False, micro=False)
    return str(code.svg_data_uri(border=_QUIET_ZONE, omitsize=True))
