"""Texts of WTForms and Flask-WTF in Vietnamese and English; neither library has a Vietnamese catalogue."""

import re
from collections.abc import Mapping
from typing import Final

from registry.kernel.i18n import LazyText, _, _l, format_number

# Text of the library -> our text. Plural pairs share one text that is right for any number.
MESSAGES: Final[Mapping[str, LazyText]] = {
    "Invalid field name '%s'.": _l("Không có trường nào tên '%s'."),
    "Field must be equal to %(other_name)s.": _l("Giá trị phải giống trường %(other_name)s."),
    "Field must be at least %(min)d character long.": _l("Số ký tự phải từ %(min)d trở lên."),
    "Field must be at least %(min)d characters long.": _l("Số ký tự phải từ %(min)d trở lên."),
    "Field cannot be longer than %(max)d character.": _l("Số ký tự không được quá %(max)d."),
    "Field cannot be longer than %(max)d characters.": _l("Số ký tự không được quá %(max)d."),
    "Field must be exactly %(max)d character long.": _l("Số ký tự phải đúng bằng %(max)d."),
    "Field must be exactly %(max)d characters long.": _l("Số ký tự phải đúng bằng %(max)d."),
    "Field must be between %(min)d and %(max)d characters long.": _l("Số ký tự phải từ %(min)d đến %(max)d."),
    "Number must be at least %(min)s.": _l("Giá trị phải từ %(min)s trở lên."),
    "Number must be at most %(max)s.": _l("Giá trị không được quá %(max)s."),
    "Number must be between %(min)s and %(max)s.": _l("Giá trị phải từ %(min)s đến %(max)s."),
    "Date must be at least %(min)s.": _l("Ngày phải từ %(min)s trở về sau."),
    "Date must be at most %(max)s.": _l("Ngày không được sau %(max)s."),
    "Date must be between %(min)s and %(max)s.": _l("Ngày phải từ %(min)s đến %(max)s."),
    "This field is required.": _l("Trường này không được để trống."),
    "Invalid input.": _l("Giá trị không đúng dạng quy định."),
    "Invalid email address.": _l("Địa chỉ thư điện tử không đúng; ví dụ đúng: ten@coquan.gov.vn."),
    "Invalid IP address.": _l("Địa chỉ IP không đúng; ví dụ đúng: 192.0.2.1."),
    "Invalid Mac address.": _l("Địa chỉ MAC không đúng; ví dụ đúng: 00:1A:2B:3C:4D:5E."),
    "Invalid URL.": _l("Địa chỉ liên kết không đúng; ví dụ đúng: https://coquan.gov.vn/."),
    "Invalid UUID.": _l("Mã định danh không đúng; mã gồm 32 chữ số thập lục phân."),
    "Invalid value, must be one of: %(values)s.": _l("Giá trị phải là một trong các giá trị: %(values)s."),
    "Invalid value, can't be any of: %(values)s.": _l("Giá trị không được là một trong các giá trị: %(values)s."),
    "This field cannot be edited.": _l("Trường này không được sửa."),
    "This field is disabled and cannot have a value.": _l("Trường này đang khóa, phải để trống."),
    "Invalid CSRF Token.": _l("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại."),
    "CSRF token missing.": _l("Biểu mẫu thiếu mã xác thực; hãy tải lại trang rồi gửi lại."),
    "CSRF failed.": _l("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại."),
    "CSRF token expired.": _l("Biểu mẫu đã quá thời hạn; hãy tải lại trang rồi gửi lại."),
    "The CSRF token is missing.": _l("Biểu mẫu thiếu mã xác thực; hãy tải lại trang rồi gửi lại."),
    "The CSRF session token is missing.": _l("Phiên làm việc đã kết thúc; hãy tải lại trang rồi gửi lại."),
    "The CSRF token has expired.": _l("Biểu mẫu đã quá thời hạn; hãy tải lại trang rồi gửi lại."),
    "The CSRF token is invalid.": _l("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại."),
    "The CSRF tokens do not match.": _l("Biểu mẫu thuộc phiên làm việc khác; hãy tải lại trang rồi gửi lại."),
    "Invalid Choice: could not coerce.": _l("Lựa chọn không đúng; hãy chọn một mục trong danh sách."),
    "Choices cannot be None.": _l("Danh sách lựa chọn chưa được khai báo."),
    "Not a valid choice.": _l("Lựa chọn không có trong danh sách; hãy chọn một mục trong danh sách."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l(
        "Có lựa chọn không đúng; hãy chọn các mục trong danh sách."
    ),
    "'%(value)s' is not a valid choice for this field.": _l("“%(value)s” không có trong danh sách lựa chọn."),
    "'%(value)s' are not valid choices for this field.": _l("“%(value)s” không có trong danh sách lựa chọn."),
    "Not a valid datetime value.": _l("Thời điểm không đúng; ví dụ đúng: 31/12/2026 14:30."),
    "Not a valid date value.": _l("Ngày không đúng; ví dụ đúng: 31/12/2026."),
    "Not a valid time value.": _l("Giờ không đúng; ví dụ đúng: 14:30."),
    "Not a valid week value.": _l("Tuần không đúng; ví dụ đúng: 2026-W53."),
    "Not a valid integer value.": _l("Giá trị phải là số nguyên; ví dụ đúng: 12."),
    "Not a valid decimal value.": _l("Giá trị phải là số; ví dụ đúng: 1.234,5."),
    "Not a valid float value.": _l("Giá trị phải là số; ví dụ đúng: 1.234,5."),
    "File does not have an approved extension: {extensions}": _l(
        "Loại tệp không được nhận; hãy chọn tệp: {extensions}."
    ),
    "File does not have an approved extension.": _l("Loại tệp không được nhận."),
}
# Flask-WTF formats the text before it looks up the translation.
_FILE_SIZE: Final = re.compile(r"File must be between (\d+) and (\d+) bytes\.")
_MEGABYTE: Final = 1024 * 1024


def translate(message: str) -> str:
    """A text of WTForms or Flask-WTF in the reader's language; unknown texts are returned unchanged."""
    sizes = _FILE_SIZE.fullmatch(message)
    if sizes:
        largest_mb = format_number(int(sizes[2]) // _MEGABYTE)
        return _(
            "Dung lượng tệp phải lớn hơn 0 và không quá %(largest)s MB.",
            largest=largest_mb,
        )
    translation = MESSAGES.get(message)
    return message if translation is None else str(translation)


class FormTranslations:
    """The translations object of WTForms; one instance serves all requests, since it looks up the reader's language."""

    def gettext(self, string: str) -> str:
        return translate(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return translate(singular if n == 1 else plural)


FORM_TRANSLATIONS: Final = FormTranslations()
