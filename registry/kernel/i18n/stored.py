"""Texts that are stored in Vietnamese, in the reader's language as far as the catalogue of translations knows them.

Titles of cases, names of days, acts and sources of the first rows are data. Proper names in them stay as they are.
"""

from __future__ import annotations

import re
from typing import Final

from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, _n, _n_noop, current_locale
from registry.kernel.i18n.former import in_present_words

#: Names of the machine and of days, sources of the system's own settings: here for the catalogue of translations.
NAMES: Final = (
    _l("Hệ thống"),
    _l("Quy ước của hệ thống"),
    _l("Quy ước của hệ thống, chưa có văn bản"),
    _l("Thiết lập của hệ thống; đơn vị chủ quản quyết định"),
    _l("Ước tính của hệ thống, chưa có bảng giá"),
    _l("Tính từ phạm vi tỉnh Thanh Hóa; thay bằng ranh giới xã khi có"),
    _l("Luật Giá 2023; TT 07/2024/TT-BTTTT; chưa đối chiếu từng điều"),
    _l("Ủy ban nhân dân tỉnh (Sở Tài chính thẩm định phương án giá)"),
    _l("Chủ sở hữu công trình (doanh nghiệp đầu tư)"),
    _l("Hướng dẫn công bố của OFDS: 3 chữ số thập phân, khoảng 100 m"),
    _l("Chưa tìm thấy văn bản quy định mức phạt"),
    _l("khoản 2 Điều 57 (chưa xác định mức phạt)"),
    _l("QCVN 33:2019/BTTTT, cáp viễn thông treo chung cột điện lực (chưa đối chiếu văn bản)"),
    _l("Tết Dương lịch"),
    _l("Giao thừa Tết Nguyên Đán"),
    _l("Tết Nguyên Đán"),
    _l("Mùng hai Tết Nguyên Đán"),
    _l("Mùng ba Tết Nguyên Đán"),
    _l("Mùng bốn Tết Nguyên Đán"),
    _l("Mùng năm Tết Nguyên Đán"),
    _l("29 Tết"),
    _l("Ngày Giỗ Tổ Hùng Vương"),
    _l("Ngày Chiến thắng"),
    _l("Ngày Quốc tế Lao động"),
    _l("Quốc khánh"),
    _l("Ngày Văn hóa Việt Nam"),
)
#: Beginnings and ends around a part that is translated on its own, or is a proper name; here for the catalogue, too.
_FORMS: Final = (
    _n_noop("%(count)d công trình của %(owner)s"),
    _l("%(name)s (nghỉ bù)"),
    _l("Làm bù cho ngày %(day)s"),
    _l("Ngày nghỉ (thay cho ngày %(day)s)"),
    _l("Danh mục tuyến đường năm %(year)s"),
)
_PATTERNS: Final = (
    "%(count)d công trình của %(owner)s",
    "%(name)s (nghỉ bù)",
    "Làm bù cho ngày %(day)s",
    "Ngày nghỉ (thay cho ngày %(day)s)",
    "Danh mục tuyến đường năm %(year)s",
)
_PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)([ds])")
#: Between an act and where it happened, and between the kind of a rule and its street.
_BETWEEN: Final = (" – ", ": ")


def _compiled(pattern: str) -> re.Pattern[str]:
    digits = {"d": r"\d+", "s": r".+"}
    return re.compile(_PLACEHOLDER.sub(lambda match: f"(?P<{match[1]}>{digits[match[2]]})", re.escape(pattern)))


_FOUND: Final = tuple((pattern, _compiled(pattern)) for pattern in _PATTERNS)


def stored_text(text: str | None) -> str:
    """A stored text in the reader's language; itself where the catalogue does not know it."""
    text = in_present_words(text or "")
    if not text or current_locale() == DEFAULT_LANGUAGE:
        return text
    whole = _(text)
    if whole != text:
        return whole
    for pattern, form in _FOUND:
        match = form.fullmatch(text)
        if match is not None:
            values = {
                name: int(value) if value.isdecimal() else stored_text(value)
                for name, value in match.groupdict().items()
            }
            # The message itself names the placeholders: the catalogue has it as one with a count.
            return _n(pattern, int(values["count"]), **values) if "count" in values else _(pattern, **values)
    # A title of a case.
    for mark in _BETWEEN:
        head, between, tail = text.partition(mark)
        if between and (act := _(head)) != head:
            return f"{act}{between}{tail}"
    return text
