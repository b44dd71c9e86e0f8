"""Angles as people write them: decimal degrees, or degrees, minutes and seconds with any of the usual marks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from registry.kernel.i18n import _
from registry.kernel.text import shown

SIXTY: Final = 60
_PARTS_PER_ANGLE: Final = 3
_REPLACEMENTS: Final = (
    (re.compile(r"vĩ\s*độ|kinh\s*độ|latitude|longitude|\b(?:lat|lng|long|lon)\b"), " "),
    (re.compile(r"độ|[º˚\u00b0]"), "°"),
    (re.compile(r"phút|[′’‘ʹ´`]"), "'"),
    (re.compile(r"giây|[″”“ʺ]|''"), '"'),
    # N is north in English and nam (south) in Vietnamese: letters of north and east are ignored,
    # the range of the numbers decides. B, Đ, Bắc and Đông are the Vietnamese ones.
    (re.compile(r"bắc|đông|(?<![^\W\d_])[nebđ](?![^\W\d_])"), " "),
    # S, W, Nam, Tây: kept as a mark, since whether they are believed depends on where positions may lie.
    (re.compile(r"(?<![^\W\d_])(?:s|w|t|tây|nam)(?![^\W\d_])"), " \x00 "),
    (re.compile(r"[:=\u00a0\u2009\u202f()\[\]]"), " "),
)
#: 20d33m49.24s, 20deg 33min 49.24sec, 20đ33p49,24g: letters after numbers are marks, not directions.
_LETTER_MARKS: Final = re.compile(
    r"(\d)\s*(?:deg|d|đ)\s*(\d+(?:[.,]\d+)?)\s*(?:min|m|p)(?![^\W\d_])(?:\s*(\d+(?:[.,]\d+)?)\s*(?:sec|s|g)(?![^\W\d_]))?"
)
_NUMBER: Final = r"[0-9]{1,3}(?:[.,][0-9]+)?"
#: Mark of a letter of south or west.
_BACK: Final = "\x00"
_DMS: Final = re.compile(
    rf"""(?P<sign>[+-]?)(?P<d>{_NUMBER})\s*°
    (?:\s*(?P<m>{_NUMBER})\s*'
      (?:\s*(?P<s>{_NUMBER})\s*(?:"|(?![\d.,]*\s*°)))?
    )?""",
    re.VERBOSE,
)
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,3}(?:[.,][0-9]+)?")
_SEPARATORS: Final = re.compile(r"[\s,;/|]*")
_STRONG_SEPARATOR: Final = re.compile(r"\s*[;\t\n|/]\s*|,\s+")


class AngleRefused(ValueError):
    """A text that is no angle, or no pair of angles; the message quotes it and gives the expected form."""


@dataclass(frozen=True)
class Angle:
    """An angle in degrees; `is_dms` is True if it was written with minutes or seconds.

    `is_back`: a letter says south or west; `degrees` are as written.
    """

    degrees: Decimal
    is_dms: bool
    is_back: bool = False

    @property
    def believed(self) -> Angle:
        """The angle with its letter of south or west as a sign."""
        return replace(self, degrees=-abs(self.degrees), is_back=False) if self.is_back else self


def _plain(text: str) -> str:
    """The text in lower case with uniform marks and without names of axes."""
    plain = unicodedata.normalize("NFC", text).lower().replace("\N{MINUS SIGN}", "-")
    plain = _LETTER_MARKS.sub(_with_marks, plain)
    for pattern, sign in _REPLACEMENTS:
        plain = pattern.sub(sign, plain)
    return plain.strip()


def _with_marks(match: re.Match[str]) -> str:
    degree, minutes, seconds = match.groups()
    return f"{degree}°{minutes}'" + (f'{seconds}"' if seconds else "")


def _refuse(text: str, reason: str) -> AngleRefused:
    return AngleRefused(_("Tọa độ “%(value)s” không đọc được: %(reason)s.", value=shown(text), reason=reason))


def _part(text: str | None) -> Decimal:
    return Decimal(text.replace(",", ".")) if text else Decimal(0)


def _from_dms(match: re.Match[str], text: str) -> Angle:
    degrees, minutes, seconds = (_part(match[name]) for name in ("d", "m", "s"))
    if minutes >= SIXTY:
        raise _refuse(text, _("phút là %(minutes)s, phải nhỏ hơn 60", minutes=match["m"]))
    if seconds >= SIXTY:
        raise _refuse(text, _("giây là %(seconds)s, phải nhỏ hơn 60", seconds=match["s"]))
    if (match["m"] and degrees % 1) or (match["s"] and minutes % 1):
        raise _refuse(text, _("chỉ phần cuối cùng được có số lẻ; ví dụ đúng: 19°48'25,2\""))
    value = degrees + (minutes + seconds / SIXTY) / SIXTY
    return Angle(-value if match["sign"] == "-" else value, is_dms=match["m"] is not None)


def _bare(tokens: list[str], text: str) -> Angle:
    """One angle without marks: decimal degrees, or degrees, minutes and perhaps seconds separated by spaces."""
    if len(tokens) == 1 and _DECIMAL.fullmatch(tokens[0]):
        return Angle(_part(tokens[0]), is_dms=False)
    if 1 < len(tokens) <= _PARTS_PER_ANGLE and all(re.fullmatch(_NUMBER, token) for token in tokens):
        match = _DMS.fullmatch("".join(f"{token}{mark}" for token, mark in zip(tokens, "°'\"", strict=False)))
        if match:
            return _from_dms(match, text)
    raise _refuse(text, _("hãy ghi độ thập phân hoặc độ, phút, giây; ví dụ đúng: 19,807 hoặc 19°48'25,2\""))


def read_angle(text: str) -> Angle:
    """One angle from its text; AngleRefused for other texts and for minutes or seconds from 60."""
    whole = _plain(text)
    if _BACK in whole:
        return replace(read_angle(whole.replace(_BACK, " ")), is_back=True)
    plain = whole
    if "°" not in plain:
        return _bare(plain.split(), text)
    match = _DMS.fullmatch(plain)
    if match is None:
        raise _refuse(text, _("hãy ghi độ, phút, giây; ví dụ đúng: 19°48'25,2\""))
    return _from_dms(match, text)


def read_angles(text: str) -> tuple[Angle, Angle]:
    """Two angles from one text, in the order written; AngleRefused unless there are exactly two."""
    marked = _plain(text)
    plain = " ".join(marked.replace(_BACK, " ").split()) if _BACK in marked else marked
    first, second = _two_angles(plain, text)
    backs = _backs(marked)
    return replace(first, is_back=backs[0]), replace(second, is_back=backs[1])


def _backs(marked: str) -> tuple[bool, bool]:
    """Whether the first and the second angle have a letter of south or west, before or behind them."""
    if _BACK not in marked:
        return False, False
    marks = [index for index, sign in enumerate(marked) if sign == _BACK]
    numbers = [match.start() for match in re.finditer(_NUMBER, marked)]
    if len(marks) > 1:
        return True, True
    is_before = marks[0] < numbers[0]
    behind = sum(start < marks[0] for start in numbers)
    return (True, False) if is_before or behind <= len(numbers) // 2 else (False, True)


def _two_angles(plain: str, text: str) -> tuple[Angle, Angle]:
    if "°" in plain:
        return _two_with_signs(plain, text)
    halves = [half for half in _STRONG_SEPARATOR.split(plain) if half]
    if len(halves) == 1:
        halves = _halves_by_spaces(plain)
    if len(halves) != 2:  # noqa: PLR2004  # a place has two coordinates
        raise _refuse(text, _("cần đúng hai số, cách nhau bằng dấu chấm phẩy; ví dụ đúng: 19,807; 105,776"))
    first, second = (_bare(half.split(), text) for half in halves)
    return first, second


def _two_with_signs(plain: str, text: str) -> tuple[Angle, Angle]:
    matches = list(_DMS.finditer(plain))
    if len(matches) != 2 or not _SEPARATORS.fullmatch(_DMS.sub(" ", plain)):  # noqa: PLR2004  # two coordinates
        raise _refuse(text, _("cần đúng hai góc; ví dụ đúng: 19°48'25,2\"; 105°46'33,6\""))
    first, second = (_from_dms(match, text) for match in matches)
    return first, second


def _halves_by_spaces(plain: str) -> list[str]:
    """Two, four or six numbers (degrees, minutes, seconds twice) separated by spaces, or two with points by a comma."""
    tokens = plain.split()
    if len(tokens) == 1 and plain.count(",") == 1 and "." in plain:
        return plain.split(",")
    half, odd = divmod(len(tokens), 2)
    return [plain] if odd else [" ".join(tokens[:half]), " ".join(tokens[half:])]


def format_angle(degrees: Decimal, decimals: int = 2) -> str:
    """Degrees, minutes and seconds with `decimals` digits after the second, rounded so that none is 60.

    The decimal mark is the comma in both languages, so that the text can be typed into the form again.
    """
    unit = Decimal(1).scaleb(-decimals)
    total = (abs(degrees) * SIXTY * SIXTY).quantize(unit)
    minutes, seconds = divmod(total, SIXTY)
    whole, minutes = divmod(minutes, SIXTY)
    width = 2 + (decimals + 1 if decimals else 0)
    sign = "-" if degrees < 0 else ""
    return f"{sign}{whole:.0f}°{minutes:02.0f}'{seconds:0{width}.{decimals}f}\"".replace(".", ",")
