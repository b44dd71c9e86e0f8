"""The acts of the first rows of the catalogue, so that their names are translated (`kernel.i18n.stored`)."""

from __future__ import annotations

from typing import Final

from registry.kernel.i18n import _l

ACTS: Final = (
    _l("Chủ đầu tư chung cư, công trình công cộng, khu chức năng không bố trí hạ tầng viễn thông"),
    _l("Chủ đầu tư hạ tầng không gửi thông tin dự án để đăng ký dùng chung"),
    _l("Cáp trong công trình dùng chung không gắn thẻ chủ sở hữu, sai vị trí hoặc không đạt yêu cầu kỹ thuật"),
    _l("Cáp, công trình chưa rõ chủ sở hữu"),
    _l("Cản trở trái pháp luật việc lắp đặt cáp, thiết bị hoặc việc dùng chung hạ tầng"),
    _l("Cản trở, gây rối việc xây dựng hạ tầng viễn thông"),
    _l("Dùng chung hạ tầng mà không có hợp đồng"),
    _l("Hạ tầng trong tòa nhà không đủ chỗ cho ít nhất hai doanh nghiệp"),
    _l("Hạ tầng viễn thông không bảo đảm an toàn, phòng cháy"),
    _l("Hạn chế cạnh tranh cung cấp dịch vụ viễn thông trong tòa nhà"),
    _l("Không bảo trì công trình hạ tầng viễn thông"),
    _l("Không bảo đảm quyền tự do lựa chọn doanh nghiệp viễn thông trong tòa nhà"),
    _l("Không có cơ sở dữ liệu, bản đồ số hạ tầng của mình"),
    _l("Không có phương án dự phòng cho hạ tầng viễn thông"),
    _l("Không gửi kế hoạch phát triển hạ tầng hằng năm"),
    _l("Không tham gia hoặc không chịu chi phí ngầm hóa, chỉnh trang cáp của mình"),
    _l("Không thu hồi cáp chết"),
    _l("Không thông báo cơ quan quản lý viễn thông của tỉnh trước khi xây dựng"),
    _l("Không thỏa thuận được giá thuê mà không hiệp thương giá"),
    _l("Không thực hiện quyết định dùng chung của cơ quan có thẩm quyền"),
    _l("Không tạo điều kiện cho doanh nghiệp lắp đặt hạ tầng viễn thông trong tòa nhà"),
    _l("Không tổng hợp, báo cáo số liệu hạ tầng viễn thông thụ động theo yêu cầu"),
    _l("Làm hư hỏng cáp, ăng ten, thiết bị viễn thông"),
    _l("Phá hoại, cản trở hạ tầng vô tuyến điện"),
    _l("Phá hủy công trình viễn thông"),
    _l("Thiết kế hạ tầng kỹ thuật viễn thông không đúng quy định"),
    _l("Treo cáp trái phép trên cột"),
    _l("Từ chối cho thuê hạ tầng dù phù hợp quy hoạch và khả thi"),
    _l("Từ chối dùng chung phục vụ quốc phòng, an ninh"),
    _l("Vi phạm khác về sử dụng chung hạ tầng"),
    _l("Xây dựng hạ tầng viễn thông khi chưa được phép"),
    _l("Xây dựng không phép (công trình khởi công trước 01/01/2026)"),
    _l("Xây dựng không đúng quy hoạch hoặc trái quy chuẩn"),
    _l("Xây dựng sai giấy phép"),
    _l("Không bảo vệ hạ tầng viễn thông chống đột nhập, phá hoại, cháy, nổ"),
    _l("Không thông báo khởi công xây dựng (kể cả công trình được miễn giấy phép)"),
    _l("Cản trở lắp đặt hoặc vi phạm quản lý, sử dụng, bảo trì công trình hạ tầng kỹ thuật sử dụng chung"),
    _l("Bố trí đường dây, đường ống không đúng trong công trình sử dụng chung"),
    _l("Không thực hiện biên bản, kết quả hiệp thương giá"),
    _l(
        "Xây dựng không phép công trình phải lập báo cáo nghiên cứu khả thi hoặc báo cáo kinh tế - kỹ thuật"
        " (khởi công trước 01/01/2026)"
    ),
    _l("Áp đặt sai giá thuê hạ tầng dùng chung"),
)
