"""Texts that are stored in Vietnamese, in the reader's language as far as the catalogue of translations knows them.

Titles of cases, names of days, acts and sources of the first rows are data. Proper names in them stay as they are.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from registry.kernel.i18n import DEFAULT_LANGUAGE, _, _l, _n, _n_noop, current_locale, format_date
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
    _l(
        "Áp lực gió 125 daN/m² (vùng III, QCVN 02:2022/BXD), hệ số cản 1,2 của dây tròn, lực đầu cột đặt "
        "cách đỉnh 0,25 m (TCVN 5847:2016); mức 70% là quy ước của hệ thống"
    ),
    _l("Chưa có văn bản của Kho bạc Nhà nước thông báo tài khoản thu phạt"),
    _l("Chưa tìm thấy văn bản cho phép UBND cấp xã xử phạt đơn vị quân đội, công an"),
    _l("Công văn 724/BKHCN-CVT ngày 09/4/2025: dừng lập quy hoạch đến khi sắp xếp xong đơn vị hành chính"),
    _l("Kế hoạch của tỉnh: báo cáo hằng năm trước 30/10; ngày mở nhập và thời gian nhập muộn là quy ước của hệ thống"),
    _l("Khoản 3 Điều 4 Quyết định 72/2025/QĐ-UBND Bắc Ninh (30/11); bán kính: quy ước của hệ thống"),
    _l("Luật Viễn thông; quy hoạch hạ tầng viễn thông thụ động của tỉnh"),
    _l("Nửa bề rộng thông thường của đường đô thị cùng vỉa hè"),
    _l("Quy định trước đây về thông báo khởi công"),
    _l("Quy ước của hệ thống theo yêu cầu an toàn hệ thống thông tin cấp độ 3"),
    _l("Quy ước của hệ thống, chưa có mẫu báo cáo được ban hành"),
    _l("Quy ước của hệ thống; Luật 91/2025/QH15 yêu cầu xóa khi hết mục đích"),
    _l("Số gọi khẩn cấp quốc gia"),
    _l("Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.15 khoản 5; chưa tìm thấy quy định của Thanh Hóa"),
    _l("Tham khảo Quyết định 72/2025/QĐ-UBND tỉnh Bắc Ninh, Đ.7 khoản 1-3; chưa tìm thấy quy định của Thanh Hóa"),
    _l(
        "Thông lệ luồn cáp lấy từ hướng dẫn ngành điện (NEC, chương 9, bảng 1: 40% khi có trên hai cáp), "
        "không phải quy định viễn thông; bề dày thành ống theo ống PVC D110 thường dùng"
    ),
    _l("Thông lệ quản lý đào đường, chờ quy định của UBND tỉnh"),
    _l("Trước khi miễn giấy phép xây dựng"),
    _l("Ước tính nội bộ: bề rộng đường và sai số vị trí"),
    _l("Ước tính nội bộ: việc trái quy định của tuyến phố chỉ được chọn khi đường khác dài hơn nhiều"),
    _l("Danh mục của Sở"),
    _l("QCVN 33:2019/BTTTT, bảng khoảng cách"),
    _l("Bộ luật Lao động 2019, Đ.112; thông báo nghỉ lễ, Tết hằng năm"),
    _l("Bộ luật Lao động 2019, Đ.112; chưa đối chiếu thông báo nghỉ lễ, Tết của năm"),
    _l("Nghị quyết 80-NQ/TW; chưa đối chiếu văn bản quy định ngày nghỉ"),
    _l("Chính phủ đồng ý, Bộ Nội vụ thông báo ngày 25/12/2025 (theo báo 24h, 26/12/2025)"),
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
_DAY: Final = re.compile(r"\d\d/\d\d/\d{4}")
_PLACEHOLDER = re.compile(r"%\\\((\w+)\\\)([ds])")
#: Between an act and where it happened, and between the kind of a rule and its street.
_BETWEEN: Final = (" – ", ": ")


def _compiled(pattern: str) -> re.Pattern[str]:
    digits = {"d": r"\d+", "s": r".+"}
    return re.compile(_PLACEHOLDER.sub(lambda match: f"(?P<{match[1]}>{digits[match[2]]})", re.escape(pattern)))


_FOUND: Final = tuple((pattern, _compiled(pattern)) for pattern in _PATTERNS)


def _stored_value(text: str) -> str:
    """A part of a stored text, which may be a day as Vietnamese texts write it."""
    if _DAY.fullmatch(text):
        return format_date(datetime.strptime(text, "%d/%m/%Y").date())  # noqa: DTZ007 - a day
    return stored_text(text)


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
                name: int(value) if value.isdecimal() else _stored_value(value)
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
