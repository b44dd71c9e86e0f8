"""The items of the first checklists, so that they are translated (`kernel.i18n.stored`)."""

from __future__ import annotations

from typing import Final

from registry.kernel.i18n import _l

ITEMS: Final = (
    _l("Bể không đọng nước, rác, thành bể không nứt"),
    _l("Chiều cao cáp thấp nhất qua đường đúng quy định"),
    _l("Cáp có thẻ tên chủ sở hữu, bó gọn, không quấn quanh cột"),
    _l("Cáp có thẻ tên chủ sở hữu, bó gọn, không võng"),
    _l("Cáp trong ống, máng có thẻ tên chủ sở hữu"),
    _l("Có biển nhận biết, tên đơn vị quản lý"),
    _l("Có biện pháp chống đột nhập, cháy, nổ và bảo đảm an toàn"),
    _l("Có giấy chứng nhận kiểm định phơi nhiễm trường điện từ còn hiệu lực"),
    _l("Cột không nghiêng, nứt, móng cột ổn định"),
    _l("Cửa khóa, có biện pháp chống đột nhập"),
    _l("Danh mục của Sở"),
    _l("Hệ thống chống sét, tiếp đất còn hạn kiểm định"),
    _l("Khoảng cách từ cáp viễn thông đến dây điện đúng quy định"),
    _l("Không còn cáp bỏ không dùng"),
    _l("Không còn cáp, thiết bị bỏ không dùng"),
    _l("Nguồn dự phòng hoạt động"),
    _l("Nắp bể kín, bằng mặt đường, có tên đơn vị quản lý"),
    _l("Phù hợp với quy hoạch được dùng làm căn cứ"),
    _l("Phương tiện phòng cháy, chữa cháy đủ và còn hạn"),
    _l("Số ăng ten và thiết bị lắp đặt không vượt thiết kế"),
    _l("Số ống và số ống đang dùng đúng như trong hệ thống"),
    _l("Thoát nước, thông gió, chiếu sáng và phòng cháy hoạt động"),
    _l("Thân cột, dây co, móng và bu lông nguyên vẹn"),
    _l("Thông số thiết kế chủ yếu (loại, chiều cao, kết cấu, vị trí) đúng hồ sơ"),
    _l("toàn tỉnh"),
    _l("Đã thông báo Sở Khoa học và Công nghệ trước khi xây dựng"),
    _l("Đúng công trình, đúng vị trí và chủ sở hữu trong hệ thống"),
    _l("Được bảo trì, không hư hỏng, không nghiêng, lún, gỉ nặng"),
    _l("Đủ điều kiện khởi công, đã gửi thông báo khởi công"),
    _l("Đủ điều kiện miễn giấy phép xây dựng"),
)
