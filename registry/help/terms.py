"""The terms of the field that pages explain where they stand (`macros/term.html`)."""

from __future__ import annotations

from typing import Any, Final

from flask import g

from registry.kernel.i18n import _l

#: Code -> the term and what it means, one sentence or two.
TERMS: Final[dict[str, tuple[Any, Any]]] = {
    "slot": (
        _l("Vị trí lắp đặt"),
        _l(
            "Chỗ có tên trên một công trình, đếm theo đơn vị (vị trí, cáp, ống, tầng); sức chứa của công trình"
            " là tổng các chỗ này."
        ),
    ),
    "ledger": (
        _l("Sổ sức chứa"),
        _l(
            "Bảng ghi bên sử dụng của từng vị trí lắp đặt: đang dùng, giữ chỗ, không dùng được. Còn trống = tổng"
            " trừ ba số này."
        ),
    ),
    "reservation": (
        _l("Giữ chỗ"),
        _l(
            "Số đơn vị dành cho một đề nghị đã được chấp thuận, đến hết ngày ghi trong hồ sơ; hết ngày đó chỗ"
            " trống trở lại."
        ),
    ),
    "request": (
        _l("Đề nghị dùng chung"),
        _l(
            "Văn bản của một đơn vị xin lắp thiết bị, cáp trên công trình của đơn vị khác; chủ sở hữu phải trả"
            " lời trong thời hạn của luật."
        ),
    ),
    "screening": (
        _l("Tính sơ bộ"),
        _l(
            "Phép tính của hệ thống từ tải trọng, độ cao và chỗ còn trống; thay cho khảo sát ban đầu, không thay"
            " cho thiết kế."
        ),
    ),
    "sharing": (
        _l("Khả năng dùng chung"),
        _l(
            "Đánh giá của chủ sở hữu về việc cho đơn vị khác lắp đặt: còn chỗ, hết chỗ, cần nâng cấp, không đủ"
            " điều kiện, hạn chế."
        ),
    ),
    "cell": (
        _l("Ô lưới công khai"),
        _l("Ô vuông hiển thị thay cho vị trí chính xác của công trình chưa công bố; mọi người xem cùng một ô."),
    ),
    "publication": (
        _l("Công bố"),
        _l("Việc chủ sở hữu cho các doanh nghiệp xem tên, vị trí và sức chứa của công trình."),
    ),
    "as_built": (
        _l("Hiện trạng lắp đặt"),
        _l("Biên bản ghi thiết bị đã lắp thực tế sau khi thi công, làm căn cứ của sổ sức chứa."),
    ),
    "dead_cable": (
        _l("Cáp chết"),
        _l("Cáp không còn dùng mà chưa thu hồi; chủ sở hữu phải tháo dỡ."),
    ),
    "occupation": (
        _l("Chiếm dụng không hợp đồng"),
        _l("Cáp, thiết bị trên công trình của đơn vị khác mà không có hợp đồng dùng chung; hồ sơ có số CD-."),
    ),
    "working_day": (
        _l("Ngày làm việc"),
        _l("Ngày không phải thứ bảy, chủ nhật, ngày lễ hoặc ngày nghỉ bù theo lịch làm việc của hệ thống."),
    ),
    "legal_term": (
        _l("Thời hạn theo luật"),
        _l(
            "Số ngày do văn bản quy định, tính từ ngày sau ngày nộp; căn cứ và cách tính hiển thị khi mở nhãn thời hạn."
        ),
    ),
    "route_list": (
        _l("Danh mục tuyến"),
        _l("Danh sách tuyến đường phải hạ ngầm hoặc chỉnh trang cáp trong năm, do xã đề xuất và Sở Xây dựng thẩm tra."),
    ),
    "obstacle": (
        _l("Vướng mắc"),
        _l("Khó khăn của đơn vị khi xây dựng, dùng chung hạ tầng, do một cơ quan giải quyết trong thời hạn; số VM-."),
    ),
    "building_notice": (
        _l("Thông báo trước khi xây dựng"),
        _l("Văn bản gửi thay giấy phép cho công trình viễn thông thụ động được miễn giấy phép xây dựng; số TB-."),
    ),
    "infra_plan": (
        _l("Quy hoạch hạ tầng viễn thông thụ động"),
        _l("Các khu vực, tuyến đường, vị trí được đặt từng loại công trình trong thời gian có hiệu lực."),
    ),
    "offered_site": (
        _l("Địa điểm cung cấp"),
        _l("Mái, đất công, trụ sở, cột chiếu sáng mà cơ quan nhà nước cho lắp đặt thiết bị theo điều kiện; số DD-."),
    ),
    "joint_build": (
        _l("Phương án xây dựng, sử dụng chung"),
        _l("Công trình sắp xây dựng mà đơn vị thông báo để đơn vị khác đăng ký tham gia trong thời hạn; số XC-."),
    ),
    "street_work": (
        _l("Thi công trên tuyến phố"),
        _l("Việc đào, sửa đường, điện, nước được thông báo trước theo tuyến và ngày để phối hợp; số TC-."),
    ),
    "ppp": (
        _l("Dự án PPP"),
        _l("Dự án theo phương thức đối tác công tư: nhà nước và nhà đầu tư cùng góp vốn xây dựng hạ tầng."),
    ),
    "freshness": (
        _l("Còn trong hạn xác nhận"),
        _l("Công trình được xác nhận, đo lại hoặc đăng ký trong khoảng thời gian mà thông số của hệ thống quy định."),
    ),
    "recorded_at": (
        _l("Thời điểm ghi nhận"),
        _l("Thời điểm hệ thống ghi nhận một sự việc, khác với ngày sự việc có hiệu lực ghi trong hồ sơ."),
    ),
    "fingerprint": (
        _l("Mã băm"),
        _l("Dãy ký tự tính từ nội dung; nội dung đổi thì mã đổi, nên dùng để phát hiện sửa đổi."),
    ),
}


def term_number() -> int:
    """A number for the next term of the page that is rendered, so that each has an id of its own."""
    g.terms_shown = g.get("terms_shown", 0) + 1
    return int(g.terms_shown)
