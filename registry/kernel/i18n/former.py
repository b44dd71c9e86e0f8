"""Messages in the words that the program once wrote: rows keep them, pages show what the program writes now.

What was stored is never rewritten: reports of imports, first rows of the catalogue and sources are evidence. A message
that gets other words and may stand in a row gets a line in `FORMER`; what reads stored texts goes through
`in_present_words`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from registry.kernel.i18n import with_quotation_marks

#: Former message -> the present one, with the same names of values.
FORMER: Final[Mapping[str, str]] = {
    "%(axis)s là 0, tức là chưa đo; hãy nhập tọa độ thật.": "%(axis)s là 0, tức là chưa đo; hãy nhập tọa độ thực tế.",
    "Chỉ nói là hết chỗ; cần cột số vị trí đã sử dụng để biết là dùng riêng hay dùng chung.": (
        "Tệp chỉ ghi hết chỗ; cần cột số vị trí đã sử dụng để xác định dùng riêng hay dùng chung."
    ),
    "Còn trống trong khi hiện trạng là “%(status)s”; cần tổng số vị trí, ví dụ 3.": (
        "Chưa nhập trong khi hiện trạng là “%(status)s”; cần tổng số vị trí, ví dụ 3."
    ),
    "Còn trống; cần mã công trình hoặc mã riêng của đơn vị.": "Chưa nhập; cần mã công trình hoặc mã riêng của đơn vị.",
    "Còn trống; cần tên đơn vị khai thác trạm.": "Chưa nhập; cần tên đơn vị khai thác trạm.",
    "Còn trống; cần tọa độ, ví dụ 19,807; 105,776.": "Chưa nhập; cần tọa độ, ví dụ 19,807; 105,776.",
    "Còn trống; cần đủ cả hai tọa độ.": "Chưa nhập đủ; cần cả hai tọa độ.",
    "Còn trống; cần đủ tọa độ của hai đầu.": "Chưa nhập đủ; cần tọa độ của cả hai đầu.",
    "Còn trống; mục này bắt buộc.": "Chưa nhập; nội dung này là bắt buộc.",
    "Còn trống; tệp không có cột tên nên cần mã để đặt tên.": "Chưa nhập; tệp không có cột tên nên cần mã để đặt tên.",
    "Cột trống ở mọi dòng, coi như tệp không có: %(words)s.": (
        "Cột trống ở mọi dòng, được coi là không có trong tệp: %(words)s."
    ),
    "Dòng %(number)d cũng cập nhật công trình %(code)s; chỉ một dòng được.": (
        "Dòng %(number)d cũng cập nhật công trình %(code)s; chỉ được một dòng."
    ),
    "Giá trị '%(value)s' không phải là số: %(reason)s.": "Giá trị “%(value)s” không phải là số: %(reason)s.",
    "Giá trị chung của “%(label)s” còn trống; cần một giá trị.": (
        "Chưa nhập giá trị chung của “%(label)s”; cần một giá trị."
    ),
    "Hãy kiểm tra trên bản đồ: %(label)s?": "Có thể %(label)s; hãy kiểm tra trên bản đồ.",
    "Số tiền “%(value)s” có hai cách đọc; hãy ghi %(readings)s, tùy số tiền muốn nói.": (
        "Số tiền “%(value)s” có hai cách đọc; hãy ghi %(readings)s theo đúng số tiền."
    ),
    "Tên vị trí còn trống; ví dụ đúng: Ống số 3, Sàn 32 m.": "Chưa nhập tên vị trí; ví dụ đúng: Ống số 3, Sàn 32 m.",
    "Tệp không nói hệ tọa độ; hãy hỏi đơn vị lập tệp rồi chọn.": (
        "Tệp không ghi hệ tọa độ; hãy hỏi đơn vị lập tệp rồi chọn."
    ),
    "Tệp nén ZIP không chứa bảng tính, KML hay Shapefile; hãy giải nén và tải lên từng tệp.": (
        "Tệp nén ZIP không chứa bảng tính, CSV, KML hay Shapefile; hãy giải nén và tải lên từng tệp."
    ),
    "Tọa độ '%(value)s' không rõ thuộc hệ nào; hãy chọn hệ WGS 84 hoặc VN-2000.": (
        "Tọa độ “%(value)s” không rõ thuộc hệ nào; hãy chọn hệ WGS 84 hoặc VN-2000."
    ),
    "Tọa độ '%(value)s' không thuộc hệ %(name)s.": "Tọa độ “%(value)s” không thuộc hệ %(name)s.",
    "Tọa độ '%(value)s' không thuộc múi chiếu nào; X có 7 chữ số, Y có 6 chữ số.": (
        "Tọa độ “%(value)s” không thuộc múi chiếu nào; X có 7 chữ số, Y có 6 chữ số."
    ),
    "Tọa độ '%(value)s' là mét, không phải độ; hãy chọn hệ VN-2000.": (
        "Tọa độ “%(value)s” là mét, không phải độ; hãy chọn hệ VN-2000."
    ),
    "Tọa độ '%(value)s' là 0; 0, tức là chưa đo; hãy nhập tọa độ thật.": (
        "Tọa độ “%(value)s” là 0; 0, tức là chưa đo; hãy nhập tọa độ thực tế."
    ),
    "Tọa độ “%(value)s” là 0; 0, tức là chưa đo; hãy nhập tọa độ thật.": (
        "Tọa độ “%(value)s” là 0; 0, tức là chưa đo; hãy nhập tọa độ thực tế."
    ),
    "Tọa độ '%(value)s' phải có đúng hai số, cách nhau bằng dấu chấm phẩy.": (
        "Tọa độ “%(value)s” phải có đúng hai số, cách nhau bằng dấu chấm phẩy."
    ),
    "Tọa độ '%(value)s' quá dài, tối đa 200 ký tự.": "Tọa độ “%(value)s” quá dài, tối đa 200 ký tự.",
    "Tọa độ '%(value)s' thiếu một trong hai số; hãy nhập đủ cả hai.": (
        "Tọa độ “%(value)s” thiếu một trong hai số; hãy nhập đủ cả hai."
    ),
    "Vĩ độ của '%(value)s' lớn hơn 24°, không thuộc Việt Nam.": (
        "Vĩ độ của “%(value)s” lớn hơn 24°, không thuộc Việt Nam."
    ),
    "X của '%(value)s' phải là tọa độ Bắc (7 chữ số), Y là tọa độ Đông (6 chữ số).": (
        "X của “%(value)s” phải là tọa độ Bắc (7 chữ số), Y là tọa độ Đông (6 chữ số)."
    ),
    "Đọc tệp này mất quá nhiều thời gian; tệp quá phức tạp hoặc được làm để gây nghẽn, hãy đơn giản hóa.": (
        "Đọc tệp này mất quá nhiều thời gian; tệp quá phức tạp hoặc có cấu trúc gây quá tải, hãy đơn giản hóa."
    ),
    "Kế hoạch không nêu công thức; sổ đăng ký tính theo hai cách và ghi rõ cách dùng.": (
        "Kế hoạch không nêu công thức; cơ sở dữ liệu tính theo hai cách và ghi rõ cách dùng."
    ),
    "QCVN 33:2019/BTTTT, cáp viễn thông treo chung cột điện lực (ghi theo trí nhớ, phải đối chiếu)": (
        "QCVN 33:2019/BTTTT, cáp viễn thông treo chung cột điện lực (chưa đối chiếu văn bản)"
    ),
    "Đ57.2 (chưa đọc được mức)": "khoản 2 Điều 57 (chưa xác định mức phạt)",
}
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]")
#: A share was stored with a space before its sign.
_SPACED_SHARE: Final = re.compile(r"(?<=\d) %(?!\w)")


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(Longest fixed part, the whole sentence, the present message) of the former messages with values."""
    patterns = []
    for message, present in FORMER.items():
        parts = _PLACEHOLDER.split(message)
        if len(parts) > 1:
            whole = "".join(f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
            patterns.append((max(parts[::2], key=len), re.compile(whole, re.DOTALL), present))
    return tuple(patterns)


def in_present_words(text: str) -> str:
    """A stored text of the program as the program writes it now; any other as it is."""
    text = _SPACED_SHARE.sub("%", with_quotation_marks(text))
    if text in FORMER:
        return FORMER[text]
    for anchor, pattern, present in _patterns():
        values = pattern.fullmatch(text) if anchor in text else None
        if values is not None:
            return _filled(present, values.groupdict())
    return text


def _filled(message: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda part: values[part[1]], message)
