"""Codes of labels, the problems of a request for labels, and what is printed on one; no session."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Final

import segno

from registry.kernel.i18n import _, _l

#: Crockford's Base32: no I, L, O and U, so that nothing in it looks like anything else.
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
#: Five bits each: 80 bits, which nobody guesses however fast they ask.
LENGTH: Final = 16
GROUP: Final = 4
#: Structures on one set of sheets.
MOST: Final = 200
#: What people read for a sign of the alphabet.
_MEANT: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LONGEST: Final = 60
_SEPARATORS: Final = re.compile(r"[\r\n,;]+")
_VIETNAM: Final = "+84"
#: Digits of a mobile number after its 0, of a land line, of a free line.
_GROUPS: Final = {10: (4, 3, 3), 11: (4, 3, 4), 8: (4, 4)}


def new_code() -> str:
    """A random code."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(LENGTH))


def read_code(text: str) -> str | None:
    """The code that somebody typed or scanned, whatever its case, dashes and look-alikes; None where it is none."""
    if len(text) > _LONGEST:
        return None
    code = re.sub(r"[\s-]", "", text).upper().translate(_MEANT)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else None


def grouped(code: str) -> str:
    """The code as it is printed: in fours."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def read_structure_codes(text: str) -> tuple[str, ...]:
    """What a text names, separated by lines, commas or semicolons, each once, in its order.

    A part with blanks is one own code, or several codes side by side.
    """
    return tuple(dict.fromkeys(" ".join(part.split()) for part in _SEPARATORS.split(text) if part.strip()))


def shown_phone(number: str | None) -> str:
    """A stored number (E.164, or a short one) as people in Việt Nam write it; nothing for nothing."""
    if not number:
        return ""
    digits = "0" + number.removeprefix(_VIETNAM) if number.startswith(_VIETNAM) else number
    groups = _GROUPS.get(len(digits)) if digits.isdecimal() else None
    if groups is None:
        return digits
    ends = (0, *accumulate(groups))
    return " ".join(digits[start:end] for start, end in pairwise(ends))


def problem_of_count(count: int) -> str | None:
    """Why so many structures make no set of sheets; None where they do."""
    if not count:
        return _("Chưa có mã công trình nào; cần ít nhất một mã, ví dụ THA-CTC-000123.")
    if count > MOST:
        return _("Có %(count)d mã công trình; mỗi lần in tối đa %(most)d.", count=count, most=MOST)
    return None


def problem_of_filter(count: int) -> str | None:
    """Why what a filter holds makes no set of sheets; MOST + 1 stand for any more."""
    if not count:
        return _("Bộ lọc không có công trình nào còn tồn tại mà bạn được in nhãn; hãy nới rộng bộ lọc.")
    if count > MOST:
        return _(
            "Bộ lọc có hơn %(most)d công trình bạn được in nhãn, mỗi lần in tối đa %(most)d; hãy thu hẹp bộ lọc, "
            "ví dụ theo xã, phường hoặc tên đường.",
            most=MOST,
        )
    return None


def problem_of_unknown(codes: Iterable[str]) -> str:
    """The same words whether they are not there or are not the actor's to label."""
    named = ", ".join(code[:_LONGEST] for code in list(codes)[:5])
    return _(
        "%(codes)s: không có công trình này, hoặc bạn không được in nhãn cho nó; cần bỏ khỏi danh sách.", codes=named
    )


def problem_of_several(code: str, codes: Iterable[str]) -> str:
    """An own code that several owners use."""
    return _(
        "«%(code)s» là mã của nhiều công trình (%(codes)s); cần mã tỉnh của một công trình.",
        code=code[:_LONGEST],
        codes=", ".join(list(codes)[:5]),
    )


def problem_of_gone(codes: Iterable[str]) -> str:
    """Structures that stand no longer get no labels."""
    named = ", ".join(list(codes)[:5])
    return _("%(codes)s đã ngừng khai thác hoặc tháo dỡ; nhãn chỉ in cho công trình còn tồn tại.", codes=named)


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
