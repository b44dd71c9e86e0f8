"""Numbers as people in Vietnam type them, read by fixed rules."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from registry.kernel.i18n import DEFAULT_LANGUAGE, _, current_locale
from registry.kernel.text import shown

MAX_DIGITS: Final = 20
_MINUS_SIGNS: Final = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-"})
_THIN_SPACES: Final = re.compile(r"[ \u00a0\u2009\u202f]")
_ALLOWED: Final = re.compile(r"[+-]?[0-9][0-9., \u00a0\u2009\u202f]*")
_UNIT: Final = re.compile(r"([+-]?[0-9][0-9.,]*)\s*([^\W\d_]+[0-9²³]?|%|°|₫|\N{PRIME}|'|\")")
_EXPONENT: Final = re.compile(r"[+-]?[0-9.,]+[eE][+-]?[0-9]+")
_LOOKALIKE: Final = re.compile(r"(?=.*[0-9])(?=.*[OoIl])[0-9OoIl.,]+")
_ONE_GROUP: Final = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
#: A thousand in one convention, three decimals in the other.
_TWO_READINGS: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_THREE_DECIMALS: Final = -3
_EXAMPLE: Final = "1.234,5"
#: Whole numbers of so many digits fit into a bigint.
_ID_DIGITS: Final = 18


class NumberRefused(ValueError):
    """A text that is not read as a number; the message quotes it and gives the expected form."""


def _refuse(text: str, reason: str) -> NumberRefused:
    return NumberRefused(
        _("Giá trị “%(value)s” không phải là số: %(reason)s.", value=shown(text.strip()), reason=reason)
    )


def _why_not(text: str, example: str) -> str:
    if not text:
        return _("chưa nhập gì; ví dụ đúng: %(example)s", example=example)
    if _EXPONENT.fullmatch(text):
        return _("không dùng dạng lũy thừa; hãy ghi đủ các chữ số, ví dụ %(example)s", example=example)
    if _LOOKALIKE.fullmatch(text):
        return _("có chữ cái giống chữ số (O và 0, l và 1); hãy kiểm tra lại")
    unit = _UNIT.fullmatch(text)
    if unit:
        return _("chỉ ghi số, không ghi đơn vị; ví dụ đúng: %(number)s", number=unit[1])
    return _("chỉ dùng chữ số, dấu chấm và dấu phẩy; ví dụ đúng: %(example)s", example=example)


def _is_grouped(digits: str) -> bool:
    marks = set(re.sub(r"[0-9]", "", digits))
    return len(marks) == 1 and re.fullmatch(r"[0-9]{1,3}(?:[^0-9][0-9]{3})+", digits) is not None


def _split(text: str) -> tuple[str, str] | None:
    """Whole part and decimals of an unsigned number; None when its marks are misplaced."""
    last = max(text.rfind("."), text.rfind(","))
    before, after = (text[:last], text[last + 1 :]) if last >= 0 else (text, "")
    if text[last : last + 1] in before or _ONE_GROUP.fullmatch(text):
        before, after = text, ""  # a repeated mark, or 1.234: groups of three without decimals
    elif last >= 0 and not (after.isascii() and after.isdigit()):
        return None
    if before.isdigit():
        return before, after
    return (re.sub(r"[^0-9]", "", before), after) if _is_grouped(before) else None


def parse_decimal(value: str | int | float | Decimal, example: str = _EXAMPLE) -> Decimal:
    """Read a number in Vietnamese (2.191.076,73) or plain notation (2191076.73); NumberRefused otherwise.

    The rules, in this order, with `.` and `,` called marks:

    1. Two kinds of mark: the last one is the decimal mark and may occur once, the other one separates thousands
       (1.234,5 and 1,234.5 are both 1234.5).
    2. One kind, more than once: it separates thousands (2.191.076).
    3. One comma: decimal mark, as Vietnamese writes it (19,807 is 19.807, also 1,234 is 1.234).
    4. One dot with one to three digits before it, not starting with 0, and exactly three after it separates thousands
       (1.234 is 1234); any other dot is the decimal mark (2191076.73, 0.125, 45.5).
    5. Spaces may separate thousands (2 191 076,73). Groups must have three digits.

    Numeric cells of a workbook (int, float, Decimal) keep their value. Units, words, exponents, NaN, Infinity and more
    than 20 digits are refused; `example` is the number that a refusal suggests.
    """
    if not isinstance(value, str):
        return _finite(value)
    text = value.strip().translate(_MINUS_SIGNS)
    if not _ALLOWED.fullmatch(text):
        raise _refuse(value, _why_not(text, example))
    sign = text[0] if text[0] in "+-" else ""
    parts = _split(_THIN_SPACES.sub(" ", text[len(sign) :]))
    if parts is None:
        raise _refuse(value, _("dấu chấm hoặc dấu phẩy đặt sai chỗ; ví dụ đúng: %(example)s", example=example))
    whole, decimals = parts
    if len(whole) + len(decimals) > MAX_DIGITS:
        raise _refuse(value, _("quá %(most)d chữ số", most=MAX_DIGITS))
    return Decimal(f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}")


def _always(_number: Decimal) -> bool:
    return True


def parse_amount(
    value: str | int | float | Decimal, accepts: Callable[[Decimal], bool] = _always, example: str = _EXAMPLE
) -> Decimal:
    """Read an amount of money by the rules of `parse_decimal`, without guessing between two conventions.

    "12,500" is 12500 in English and 12.5 in Vietnamese: NumberRefused names the readings that `accepts` allows, and how
    to write each. "12.500" is 12500 where the reader's language is Vietnamese, since the registry writes amounts so
    itself.
    """
    if not isinstance(value, str):
        return parse_decimal(value)
    text = value.strip().translate(_MINUS_SIGNS)
    unit = _UNIT.fullmatch(text)
    readings = [number for number in _readings(unit[1] if unit else text) if accepts(number)]
    if unit:
        number = _either(readings) if readings else example
        raise _refuse(value, _("chỉ ghi số, không ghi đơn vị; ví dụ đúng: %(number)s", number=number))
    if len(_readings(text)) > 1 and readings:
        words = {"value": shown(text), "readings": _either(readings)}
        raise NumberRefused(
            _("Số tiền “%(value)s” có hai cách đọc; hãy ghi %(readings)s theo đúng số tiền.", **words)
            if len(readings) > 1
            else _("Số tiền “%(value)s” có hai cách đọc; hãy ghi %(readings)s.", **words)
        )
    return parse_decimal(value, example)


def _readings(text: str) -> list[Decimal]:
    """The amounts that a text may state; none for a text that is no number."""
    by_language = "." in text and current_locale() == DEFAULT_LANGUAGE
    if _TWO_READINGS.fullmatch(text) and not by_language:
        return [Decimal(re.sub("[.,]", "", text)), Decimal(text.replace(",", "."))]
    try:
        return [parse_decimal(text)]
    except NumberRefused:
        return []


def _either(numbers: Sequence[Decimal]) -> str:
    word = _("hoặc")
    return f" {word} ".join(plain_text(number) for number in numbers)


def plain_text(number: Decimal) -> str:
    """A number without thousands marks, with the reader's decimal mark; unambiguous in both languages."""
    number = number.normalize()
    if number.as_tuple().exponent == _THREE_DECIMALS:
        number = number.quantize(Decimal("0.0001"))
    text = f"{number:f}"
    return text.replace(".", ",") if current_locale() == DEFAULT_LANGUAGE else text


def _finite(value: int | float | Decimal) -> Decimal:
    if isinstance(value, bool) or not math.isfinite(value):
        raise _refuse(str(value), _("phải là một số hữu hạn"))
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if len(f"{abs(number):f}".replace(".", "")) > MAX_DIGITS:
        raise _refuse(str(value), _("quá %(most)d chữ số", most=MAX_DIGITS))
    return number


def parse_id(text: str | None) -> int | None:
    """A whole number that a page of ours carried, such as an id, a version or a count; None for any other text.

    ASCII digits, at most as many as a bigint always holds.
    """
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS else None


def parse_ids(texts: Iterable[str]) -> tuple[int, ...]:
    """The ids among the texts of a page of ours; what is malformed did not come from it and is left out."""
    return tuple(number for text in texts if (number := parse_id(text)) is not None)


def whole_percent(part: int, whole: int) -> int:
    """A share in whole percent, rounded half up; 0 and 100 mean none and all. `whole` is not 0."""
    rounded = (200 * part + whole) // (2 * whole)
    return min(max(rounded, int(part > 0)), 100 - int(part < whole))
