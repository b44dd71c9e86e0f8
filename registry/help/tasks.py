"""The tasks of the register as the help explains them; a role's page has those that its rights allow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from registry.authz.actors import Role
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.kernel.i18n import _l


@dataclass(frozen=True)
class Task:
    """One task: its steps in order, the page where it begins, and its picture (`static/help/CODE.webp`)."""

    code: str
    title: Any
    permission: P
    #: Without arguments.
    endpoint: str
    steps: tuple[Any, ...]
    #: What its picture shows; "" for none.
    picture: Any = ""
    #: Only for those who are not signed in.
    is_public_only: bool = False


_PUBLIC_TASKS: Final = (
    Task(
        "map",
        _l("Tìm công trình trên bản đồ"),
        P.PUBLIC,
        "structures.list",
        (
            _l("Nhập mã, tên, địa chỉ hoặc tọa độ vào ô tìm kiếm ở đầu trang."),
            _l("Mở “Bộ lọc” để chọn loại, chủ sở hữu, địa bàn; mỗi điều kiện là một nhãn bỏ được."),
            _l("Chọn một dòng của danh sách hoặc một ký hiệu trên bản đồ để mở thẻ công trình."),
        ),
        picture=_l("Danh sách công trình bên cạnh bản đồ."),
    ),
    Task(
        "report",
        _l("Phản ánh sự cố, vi phạm hạ tầng viễn thông"),
        P.PUBLIC,
        "report.photo",
        (
            _l("Chụp ảnh hoặc bỏ qua bước ảnh, sau đó chọn vị trí và loại sự việc."),
            _l("Kiểm tra lại nội dung rồi gửi; không cần tài khoản."),
            _l("Giữ mã tra cứu để xem tiến độ giải quyết."),
        ),
        is_public_only=True,
    ),
    Task(
        "lookup",
        _l("Tra cứu tiến độ hồ sơ theo mã"),
        P.PUBLIC,
        "lookup.index",
        (
            _l("Nhập số hồ sơ và mã tra cứu trên phiếu tiếp nhận."),
            _l("Trang hiển thị trạng thái và hạn xử lý của hồ sơ."),
        ),
        is_public_only=True,
    ),
    Task(
        "procedures",
        _l("Xem thời gian giải quyết thủ tục"),
        P.PUBLIC,
        "procedures.index",
        (
            _l("Trang có số ngày giải quyết của từng thủ tục so với thời hạn, theo cơ quan và theo năm."),
            _l("Tải tệp CSV hoặc Excel; thủ tục có ít hồ sơ chưa được công bố."),
        ),
        is_public_only=True,
    ),
)
TASKS: Final = (
    Task(
        "desk",
        _l("Xử lý việc đang chờ"),
        P.CASE_ACT,
        "home.index",
        (
            _l(
                "“Việc của tôi” xếp việc theo quá hạn, hôm nay, tuần này; mỗi hồ sơ là một dòng với nút của bước kế"
                " tiếp."
            ),
            _l("Mở số hồ sơ để xem bước vừa làm, đơn vị đang xử lý, thời hạn và căn cứ của thời hạn."),
            _l("Bước từ chối, rút, chấm dứt nằm trong mục “Bước khác” và luôn hỏi lý do."),
        ),
        picture=_l("Trang Việc của tôi với các việc theo thời hạn."),
    ),
    *_PUBLIC_TASKS,
    Task(
        "import",
        _l("Nhập công trình từ tệp"),
        P.IMPORT_RUN,
        "imports.index",
        (
            _l("Chọn loại công trình, chọn tệp của đơn vị (CSV, XLSX, GeoJSON, KML, SHP) rồi tải lên."),
            _l("Đối chiếu cột, chọn hệ tọa độ, sau đó kiểm tra từng dòng."),
            _l(
                "Nhập các dòng đạt; tải tệp lỗi về, sửa và nộp lại các dòng còn lại. Lô nhập hoàn tác được trong 7"
                " ngày."
            ),
        ),
        picture=_l("Trang Nhập từ tệp với ô chọn loại và tệp."),
    ),
    Task(
        "register",
        _l("Đăng ký và sửa công trình"),
        P.STRUCTURE_CREATE,
        "structures.new",
        (
            _l("Chọn loại công trình; mục ghi “không bắt buộc” có thể bỏ trống."),
            _l("Nhập tọa độ WGS 84 hoặc VN-2000, hoặc chọn điểm trên bản đồ; hệ thống nêu xã, phường để đối chiếu."),
            _l("Khai vị trí lắp đặt ở mục “Sức chứa” để đơn vị khác biết còn chỗ."),
        ),
    ),
    Task(
        "request",
        _l("Đề nghị dùng chung"),
        P.COLOCATION_REQUEST,
        "colocation.index",
        (
            _l("Chọn công trình trong danh sách hoặc khoanh vùng trên bản đồ, rồi chọn “Đề nghị dùng chung”."),
            _l("Khai thông tin lắp đặt của từng công trình; “Tính sơ bộ” cho biết thiết bị có lắp được không."),
            _l("Kiểm tra lại bản đề nghị rồi gửi. Chủ sở hữu phải trả lời trong thời hạn ghi trên phiếu tiếp nhận."),
        ),
        picture=_l("Danh sách hồ sơ dùng chung với trạng thái và thời hạn."),
    ),
    Task(
        "answer",
        _l("Trả lời đề nghị dùng chung"),
        P.COLOCATION_DECIDE,
        "colocation.index",
        (
            _l("Mở hồ sơ đang chờ; xem phần tính sơ bộ và sức chứa còn lại của từng công trình."),
            _l("Chấp thuận, đưa phương án khác hoặc từ chối từng công trình; từ chối phải nêu căn cứ và kèm tài liệu."),
            _l("Khi chấp thuận, vị trí được giữ chỗ đến ngày ghi trong hồ sơ."),
        ),
    ),
    Task(
        "confirm",
        _l("Xác nhận số liệu hằng năm"),
        P.STRUCTURE_CONFIRM,
        "upkeep.index",
        (
            _l("Mở đợt xác nhận của đơn vị; lọc theo xã, phường hoặc loại công trình."),
            _l(
                "Xác nhận công trình còn đúng, sửa công trình đã thay đổi; phần chưa xác nhận được nhắc trước hạn cuối."
            ),
        ),
    ),
    Task(
        "tariff",
        _l("Công bố giá thuê"),
        P.TARIFF_PUBLISH,
        "tariffs.own",
        (
            _l("Ghi giá, đơn vị tính và ngày bắt đầu áp dụng của từng loại công trình."),
            _l("Giá mới thay giá cũ từ ngày áp dụng; giá đã công bố không sửa, chỉ thay thế hoặc chấm dứt."),
        ),
    ),
    Task(
        "operator_report",
        _l("Nộp báo cáo định kỳ"),
        P.REPORT_SUBMIT,
        "operator_reports.index",
        (
            _l("Mở báo cáo của đợt; số liệu từ cơ sở dữ liệu đã điền sẵn bên cạnh số kỳ trước."),
            _l("Giải trình số thay đổi nhiều, kiểm tra lại rồi gửi; báo cáo bị trả lại được sửa và gửi bản mới."),
        ),
    ),
    Task(
        "settle",
        _l("Giải quyết đề nghị quá hạn trả lời"),
        P.COLOCATION_SETTLE,
        "colocation.index",
        (
            _l("Hồ sơ quá hạn trả lời tự chuyển tới “Việc của tôi” của Sở."),
            _l("“Hồ sơ để in” gồm ý kiến các bên, trích hồ sơ công trình, sức chứa và diễn biến."),
            _l("Thụ lý với một câu gửi các bên, sau đó ghi số, ngày và nội dung quyết định."),
        ),
    ),
    Task(
        "reports",
        _l("Duyệt và tổng hợp báo cáo"),
        P.REPORT_REVIEW,
        "campaigns.index",
        (
            _l("Mở đợt báo cáo để xem đơn vị đã nộp, đơn vị chậm; nhắc một lần cho mọi đơn vị chậm."),
            _l(
                "Đối chiếu từng báo cáo với cơ sở dữ liệu, tiếp nhận hoặc trả lại; chốt báo cáo tổng hợp thành bản"
                " đánh số."
            ),
        ),
    ),
    Task(
        "street",
        _l("Đề xuất tuyến đường vào danh mục"),
        P.ROUTELIST_PROPOSE,
        "routelists.items",
        (
            _l("Ghi tên đường, điểm đầu, điểm cuối, sự cần thiết; tọa độ mỗi điểm một dòng hoặc chọn trên bản đồ."),
            _l("Kèm ảnh hiện trạng rồi gửi Sở Xây dựng; đề xuất bị trả lại được sửa và gửi lại."),
        ),
    ),
    Task(
        "review",
        _l("Thẩm tra danh mục tuyến"),
        P.ROUTELIST_REVIEW,
        "routelists.desk",
        (
            _l("Trang thẩm tra hiển thị danh sách cùng bản đồ; phím j, k chuyển dòng, a thống nhất, r trả lại."),
            _l("Chọn nhiều tuyến để ghi một lần; đề xuất không đưa vào phải nêu lý do."),
        ),
    ),
    Task(
        "violation",
        _l("Ghi vi phạm tại hiện trường"),
        P.VIOLATION_LOG,
        "violations.log",
        (
            _l("Chụp ảnh, lấy vị trí của thiết bị, chọn hành vi rồi gửi; hồ sơ có số VP-."),
            _l("Bắt đầu xác minh, lập biên bản: ngày, bên vi phạm và tóm tắt đã điền sẵn từ nội dung ghi."),
            _l("Ấn định thời hạn khắc phục, xác nhận đã khắc phục bằng ảnh mới, ghi nhận nộp phạt, đóng hồ sơ."),
        ),
        picture=_l("Màn hình ghi vi phạm trên điện thoại."),
    ),
    Task(
        "decision",
        _l("Ra quyết định xử phạt"),
        P.VIOLATION_DECIDE,
        "violations.index",
        (
            _l(
                "Mở hồ sơ đã có biên bản trong “Việc của tôi”; khung phạt và thẩm quyền theo ngày vi phạm nằm trong"
                " hồ sơ."
            ),
            _l("Ghi số, ngày, mức phạt, biện pháp khắc phục; mức ngoài khung hoặc vượt thẩm quyền được nêu ngay."),
        ),
    ),
    Task(
        "inspection",
        _l("Kiểm tra theo kế hoạch"),
        P.INSPECTION_RECORD,
        "inspection_board.index",
        (
            _l("Mở danh sách công trình phải kiểm tra; đi theo thứ tự trên bản đồ."),
            _l(
                "Ghi kết quả từng mục của phiếu, kèm ảnh; chênh lệch với cơ sở dữ liệu thành đề nghị điều chỉnh gửi"
                " chủ sở hữu."
            ),
        ),
    ),
    Task(
        "incident",
        _l("Xử lý sự cố và phản ánh"),
        P.INCIDENT_WORK,
        "incidents.board",
        (
            _l("Bảng sự cố xếp theo mức nguy hiểm và thời hạn bảo đảm an toàn."),
            _l(
                "Nhận việc, báo đã bảo đảm an toàn, báo đã khắc phục kèm ảnh; người phản ánh theo dõi từng bước bằng "
                "mã tra cứu."
            ),
        ),
    ),
    Task(
        "obstacle",
        _l("Nêu khó khăn, vướng mắc"),
        P.OBSTACLE_RAISE,
        "obstacles.index",
        (
            _l("Chọn “Nêu vướng mắc”, ghi lĩnh vực, địa điểm, nội dung; Sở KH&CN giao cơ quan giải quyết."),
            _l("Cơ quan trả lời trong thời hạn; quá hạn thì vướng mắc được báo cáo UBND tỉnh."),
            _l("Đánh giá kết quả để đóng hồ sơ, hoặc đề nghị giải quyết tiếp."),
        ),
    ),
    Task(
        "obstacle_answer",
        _l("Trả lời vướng mắc được giao"),
        P.OBSTACLE_ANSWER,
        "obstacles.index",
        (
            _l("Mở vướng mắc trong “Việc của tôi”, chọn kết quả, ghi nội dung trả lời và kèm văn bản."),
            _l("Việc không thuộc thẩm quyền được chuyển cơ quan khác kèm lý do; thời hạn vẫn tính tiếp."),
            _l("“Số liệu theo cơ quan” có số vướng mắc, số quá hạn, số ngày trả lời và đánh giá."),
        ),
    ),
    Task(
        "building_notice",
        _l("Thông báo trước khi xây dựng"),
        P.BUILDING_NOTICE_SEND,
        "building_notices.index",
        (
            _l("Ghi loại thông báo, công trình, vị trí, ngày khởi công và nội dung kiểm tra thay cho giấy phép."),
            _l("Thông báo có số TB-; cơ quan tiếp nhận trả lời trong thời hạn hoặc yêu cầu bổ sung."),
            _l("Xây dựng xong, đăng ký công trình rồi ghi mã công trình vào thông báo."),
        ),
    ),
    Task(
        "building_notice_receive",
        _l("Tiếp nhận thông báo xây dựng"),
        P.BUILDING_NOTICE_RECEIVE,
        "building_notices.index",
        (
            _l("Mở thông báo trong “Việc của tôi”; hệ thống nêu vị trí có trong quy hoạch đang áp dụng hay không."),
            _l("Ghi kết quả từng nội dung kiểm tra để tiếp nhận, hoặc nêu nội dung cần bổ sung."),
        ),
    ),
    Task(
        "infra_plan",
        _l("Ban hành quy hoạch hạ tầng từ tệp"),
        P.INFRA_PLAN_WRITE,
        "infra_plans.index",
        (
            _l("Lập dự thảo từ tệp: mỗi vùng, tuyến, điểm là một mục với loại công trình được đặt."),
            _l("Ban hành với số, ngày và tệp quyết định; mỗi ngày chỉ có một quy hoạch có hiệu lực."),
        ),
    ),
    Task(
        "plan_conclusion",
        _l("Kết luận về quy hoạch, kiến trúc"),
        P.PLAN_CONCLUDE,
        "plan_conclusions.index",
        (
            _l("Mở trang công trình, mục “Sự phù hợp quy hoạch”, rồi chọn “Ghi kết luận”."),
            _l("Sở Xây dựng kết luận về kiến trúc của cột ăng ten, kèm ảnh và bản vẽ; chủ sở hữu được thông báo."),
        ),
    ),
    Task(
        "joint_build",
        _l("Thông báo phương án xây dựng dùng chung"),
        P.JOINT_BUILD_ANNOUNCE,
        "joint_builds.index",
        (
            _l("Ghi công trình, vị trí, tháng khởi công, ngày hết hạn đăng ký, phần dành cho đơn vị khác và chi phí."),
            _l("Hết hạn, trả lời từng đăng ký trong “Việc của tôi”, rồi kết thúc phương án: xây chung hoặc xây riêng."),
            _l("Xây dựng xong, đăng ký công trình rồi ghi mã công trình vào phương án."),
        ),
    ),
    Task(
        "joint_interest",
        _l("Đăng ký tham gia xây dựng dùng chung"),
        P.JOINT_INTEREST_STATE,
        "joint_interests.index_of_interests",
        (
            _l("Mở đăng ký trong “Việc của tôi”, ghi số vị trí hoặc số ống cần dùng, hoặc chọn “Không có nhu cầu”."),
            _l("Trước khi hết hạn, đăng ký được sửa hoặc rút; hết hạn, đơn vị chưa trả lời được ghi là không trả lời."),
        ),
    ),
    Task(
        "offered_site",
        _l("Cung cấp địa điểm lắp đặt"),
        P.OFFERED_SITE_KEEP,
        "offered_sites.index",
        (
            _l("Ghi loại địa điểm, vị trí, khả năng bố trí, điều kiện sử dụng và kèm văn bản cho phép."),
            _l("Trả lời đề nghị trong thời hạn; “Thời gian trả lời” có số ngày của từng cơ quan theo năm."),
        ),
    ),
    Task(
        "site_request",
        _l("Đề nghị sử dụng địa điểm"),
        P.SITE_REQUEST_SEND,
        "offered_sites.index",
        (
            _l("Mở địa điểm đang cung cấp, chọn “Đề nghị sử dụng”, ghi mục đích, thiết bị và ngày bắt đầu."),
            _l("Theo dõi trả lời ở “Đề nghị sử dụng”; địa điểm bị rút thì nội dung đề nghị vẫn được giữ."),
        ),
    ),
    Task(
        "street_work",
        _l("Thông báo thi công trên tuyến phố"),
        P.STREET_WORK_ANNOUNCE,
        "street_works.index",
        (
            _l("Ghi tên đường hoặc vẽ tuyến, thời gian, có đào hay không và người liên hệ."),
            _l("Chủ sở hữu công trình dọc tuyến, UBND xã, phường và hai Sở được thông báo để phối hợp đào một lần."),
            _l("Lùi thời gian, ghi bắt đầu, ghi hoàn thành trên trang của thông báo."),
        ),
    ),
    Task(
        "money",
        _l("Xem kinh phí, tiền phạt, dự án PPP"),
        P.MONEY_READ,
        "money.index",
        (
            _l("Chọn một số liệu để mở danh sách tuyến có vốn nhà nước, tiền phạt, giá thuê tài sản công."),
            _l("Danh sách dự án PPP ghi tên, quy mô, vốn, trạng thái và văn bản làm căn cứ."),
        ),
    ),
    Task(
        "commune_page",
        _l("In trang xã, phường"),
        P.COMMUNE_PAGE,
        "commune_page.index",
        (
            _l("Trang có công trình, hồ sơ chưa đóng, thôn chưa phủ sóng và hồ sơ quá hạn, sắp đến hạn của địa bàn."),
            _l("Chọn một số liệu để mở danh sách; biểu tượng máy in ở đầu trang để in một trang."),
        ),
    ),
    Task(
        "dashboard",
        _l("Xem số liệu tổng hợp"),
        P.DASHBOARD_READ,
        "home.dashboard",
        (
            _l("Chọn một số liệu để mở danh sách tương ứng; mỗi biểu đồ có bảng số liệu và tệp tải về."),
            _l("Chọn ngày để xem số liệu theo ngày ghi trong hồ sơ hoặc theo dữ liệu hệ thống có tại thời điểm đó."),
        ),
        picture=_l("Trang Tổng quan với các biểu đồ."),
    ),
    Task(
        "accounts",
        _l("Quản lý tổ chức và tài khoản"),
        P.ACCOUNT_MANAGE,
        "accounts.users",
        (
            _l("Tạo tài khoản với vai trò của tổ chức; người dùng tự đặt mật khẩu bằng liên kết dùng một lần."),
            _l("Khi có người nghỉ việc, bàn giao hồ sơ đang giữ cho người khác trước khi khóa tài khoản."),
        ),
    ),
    Task(
        "settings",
        _l("Sửa thông số có hiệu lực theo ngày"),
        P.SETTING_EDIT,
        "settings.index",
        (
            _l("Mỗi giá trị có ngày bắt đầu và căn cứ; giá trị “cần kiểm chứng” nằm trong danh sách riêng."),
            _l("Thông số bảo vệ chủ sở hữu hoặc người phản ánh cần hai người và số ngày báo trước."),
        ),
    ),
    Task(
        "audit",
        _l("Tra cứu nhật ký thay đổi"),
        P.AUDIT_READ,
        "audit.events",
        (
            _l("Lọc theo người thực hiện, việc, đối tượng, khoảng ngày; mỗi dòng nêu giá trị trước và sau."),
            _l("Chuỗi mã băm được kiểm tra bằng lệnh `flask --app app audit verify`."),
        ),
    ),
)
#: For those who would otherwise read of no task of their own.
_FOR_ALL: Final = _PUBLIC_TASKS[0]


def tasks_of(role: Role) -> list[Task]:
    """The tasks of a role in the order of `TASKS`."""
    if role is Role.PUBLIC:
        return list(_PUBLIC_TASKS)
    return [
        task
        for task in TASKS
        if not task.is_public_only and (task is _FOR_ALL or role in GRANTS.get(task.permission, {}))
    ]
