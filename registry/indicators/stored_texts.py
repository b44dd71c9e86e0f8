"""Texts of the first rows of the catalogue, so that they are translated (`kernel.i18n.stored`)."""

from __future__ import annotations

from typing import Final

from registry.kernel.i18n import _l

TEXTS: Final = (
    _l("Định nghĩa theo lời của Kế hoạch 225/KH-UBND"),
    _l("Số vị trí cột ăng ten có từ hai đơn vị sử dụng trên tổng số vị trí cột ăng ten đang khai thác."),
    _l("Vị trí có từ hai đơn vị sử dụng"),
    _l("Vị trí đang khai thác"),
    _l("Kế hoạch không nêu công thức; cơ sở dữ liệu tính theo hai cách và ghi rõ cách dùng."),
    _l("Kế hoạch không nêu công thức; sổ đăng ký tính theo hai cách và ghi rõ cách dùng."),
    _l(
        "Số trạm BTS đặt tại vị trí có từ hai đơn vị sử dụng trên tổng số trạm BTS; "
        "một trạm là một đơn vị tại một vị trí."
    ),
    _l("Trạm tại vị trí dùng chung"),
    _l("Trạm đã khai"),
    _l("Chiều dài cáp viễn thông đi ngầm trên tổng chiều dài cáp viễn thông đang sử dụng."),
    _l("Mét cáp đi ngầm đang sử dụng"),
    _l("Mét cáp đang sử dụng"),
    _l("Kế hoạch không nêu công thức; chiều dài lấy theo đường vẽ trên bản đồ."),
    _l("Số thuê bao băng rộng di động trên 100 dân; có thể lớn hơn 100."),
    _l("Thuê bao băng rộng di động"),
    _l("Dân số"),
    _l("Kế hoạch ghi “70%” cho một tỷ lệ trên 100 dân."),
    _l("Số thuê bao điện thoại thông minh trên tổng số thuê bao điện thoại di động."),
    _l("Thuê bao điện thoại thông minh"),
    _l("Thuê bao điện thoại di động"),
    _l("Số người trưởng thành có điện thoại thông minh trên dân số trưởng thành."),
    _l("Người trưởng thành có điện thoại thông minh"),
    _l("Dân số trưởng thành"),
    _l("Số thôn, bản, khu phố được phủ sóng băng rộng di động trên tổng số thôn, bản, khu phố."),
    _l("Thôn, bản được phủ sóng"),
    _l("Thôn, bản"),
    _l("Số trạm 5G trên số trạm 4G."),
    _l("Trạm 5G"),
    _l("Trạm 4G"),
    _l("Số hộ gia đình dùng cáp quang trên tổng số hộ gia đình."),
    _l("Hộ gia đình có cáp quang"),
    _l("Hộ gia đình"),
    _l("Số thôn, bản, khu phố có cáp quang đến hộ gia đình (FTTH) trên tổng số thôn, bản, khu phố."),
    _l("Thôn, bản có FTTH"),
    _l("Số người dùng có thể dùng băng rộng cố định tốc độ từ 1 Gb/s trên tổng số người dùng."),
    _l("Người dùng có thể dùng từ 1 Gb/s"),
    _l("Người dùng"),
    _l("Số cơ quan nhà nước dùng dịch vụ điện toán đám mây trên tổng số cơ quan nhà nước."),
    _l("Cơ quan dùng điện toán đám mây"),
    _l("Cơ quan nhà nước"),
    _l("Số dịch vụ của trung tâm dữ liệu đã chuyển sang điện toán đám mây trên tổng số dịch vụ."),
    _l("Dịch vụ đã chuyển"),
    _l("Dịch vụ của trung tâm dữ liệu"),
    _l("Số cơ quan nhà nước dùng nền tảng số trên tổng số cơ quan nhà nước."),
    _l("Cơ quan dùng nền tảng số"),
    _l("Số doanh nghiệp dùng nền tảng số trên tổng số doanh nghiệp."),
    _l("Doanh nghiệp dùng nền tảng số"),
    _l("Doanh nghiệp"),
    _l(
        "Số hệ thống thông tin dùng chung cấp tỉnh có sử dụng dịch vụ điện toán đám mây trên tổng số hệ thống"
        " thông tin dùng chung cấp tỉnh."
    ),
    _l("Hệ thống có dùng điện toán đám mây"),
    _l("Hệ thống thông tin dùng chung cấp tỉnh"),
    _l("15/09/2023: trước đây ghi nhầm là tỷ lệ cơ quan nhà nước dùng điện toán đám mây."),
    _l("Số cơ quan, tổ chức nhà nước dùng nền tảng số trên tổng số cơ quan, tổ chức nhà nước."),
    _l("Tính hằng ngày; số công bố là số của ngày 31/12 hằng năm."),
    _l("Sau khi khóa báo cáo tổng hợp hằng năm (doanh nghiệp báo cáo trước ngày 30/10)."),
    _l("Hằng năm, khi Sở nhập số liệu kèm văn bản nguồn."),
    _l("Số đã ghi không sửa; đính chính là một số mới kèm lý do, số trước vẫn xem được."),
    _l("01/07/2025: sắp xếp lại xã, phường; số theo xã, phường trước và sau ngày này không so sánh trực tiếp được."),
)
