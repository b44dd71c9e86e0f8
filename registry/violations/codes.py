"""Closed lists of violations."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow.
CODE: Final = "violation"
#: Level of a complaint that the superior of the issuer settles.
SECOND: Final = 2
#: Setting: how near and how recent what may be the same act is.
SAME_PLACE: Final = "violation.same_place"
#: Setting: whether the chair of a commune fines units of the army and the police.
COMMUNE_FINES_DEFENCE: Final = "violation.commune_fines_defence"
#: Setting: the account that fines are paid to.
FINE_ACCOUNT: Final = "violation.fine_account"
#: Clock of the time within which an act may be fined.
LIMITATION: Final = "limitation"
#: Acts that lie close, whose ranges differ: they are shown side by side and the officer chooses.
LOOKALIKES: Final = (("obstruction", "building_obstructed", "shared_works_obstruction"),)


class ViolationState(Choice):
    """The state of a violation; late minutes, decisions and remedies have states of their own."""

    REPORTED = "reported", _l("Tiếp nhận")
    VERIFYING = "verifying", _l("Đang xác minh")
    COMPLEX = "complex", _l("Đang xác minh (vụ việc phức tạp)")
    MINUTES_OVERDUE = "minutes_overdue", _l("Quá hạn lập biên bản")
    OPEN_FINDING = "open_finding", _l("Chưa rõ chủ sở hữu")
    NOT_VIOLATION = "not_violation", _l("Không vi phạm")
    MINUTES_MADE = "minutes_made", _l("Đã lập biên bản")
    TRANSFERRED = "transferred", _l("Đã chuyển cấp có thẩm quyền")
    PROSECUTING = "prosecuting", _l("Ở cơ quan tiến hành tố tụng")
    EXPLAINING = "explaining", _l("Đang giải trình")
    DECISION_OVERDUE = "decision_overdue", _l("Quá hạn ra quyết định")
    DECIDED = "decided", _l("Đã ra quyết định")
    APPEALED = "appealed", _l("Đang khiếu nại")
    COMPLAINT_OVERDUE = "complaint_overdue", _l("Quá hạn giải quyết khiếu nại")
    REMEDYING = "remedying", _l("Đang khắc phục")
    REMEDY_OVERDUE = "remedy_overdue", _l("Quá hạn khắc phục")
    REMEDIED = "remedied", _l("Đã khắc phục")
    ANNULLED = "annulled", _l("Quyết định đã bị hủy")
    TIME_BARRED = "time_barred", _l("Hết thời hiệu")
    CLOSED = "closed", _l("Đã đóng")


class KindGroup(Choice):
    """Groups of acts: the headings of the selection list."""

    CABLES = "cables", _l("Cáp và treo cáp")
    BUILDING = "building", _l("Xây dựng, bảo trì công trình")
    DAMAGE = "damage", _l("Cản trở, phá hoại, an toàn")
    SHARING = "sharing", _l("Dùng chung hạ tầng")
    DATA = "data", _l("Số liệu, kế hoạch, ngầm hóa")


class Sector(Choice):
    """The field of law of an act: competence and the limitation period depend on it."""

    TELECOM = "telecom", _l("Viễn thông")
    CONSTRUCTION = "construction", _l("Xây dựng")
    PRICE = "price", _l("Giá")


class Remedy(Choice):
    """Remedial measures (Luật Xử lý vi phạm hành chính Đ28.1, NĐ 174/2026 Đ3.3.c) that fit our acts."""

    RESTORE = "restore", _l("Buộc khôi phục lại tình trạng ban đầu")
    DISMANTLE = "dismantle", _l("Buộc tháo dỡ công trình, phần công trình không phép hoặc sai phép")
    DESTROY_GOODS = "destroy_goods", _l("Buộc tiêu hủy hàng hóa, vật phẩm gây hại")
    RECALL_GOODS = "recall_goods", _l("Buộc thu hồi sản phẩm, hàng hóa không bảo đảm chất lượng")
    RETURN_PROFIT = "return_profit", _l("Buộc nộp lại số lợi bất hợp pháp")
    REMOVE_NETWORK = "remove_network", _l("Buộc tháo gỡ mạng viễn thông đã thiết lập không có giấy phép")
    OTHER = "other", _l("Biện pháp khác do Chính phủ quy định")


class Authority(Choice):
    """Who may decide, up to the fine that the competence in force allows."""

    COMMUNE_CHAIR = "commune_chair", _l("Chủ tịch UBND cấp xã")
    DISTRICT_CHAIR = "district_chair", _l("Chủ tịch UBND cấp huyện (đến 30/6/2025)")
    LEAD_DIRECTOR = "lead_director", _l("Giám đốc Sở Khoa học và Công nghệ")
    PROVINCE_CHAIR = "province_chair", _l("Chủ tịch UBND tỉnh")


#: The option of the head of an office among those who may sign its decision.
HEAD_SIGNS: Final = 0


class DelegatedPower(Choice):
    """What a deputy may do for who delegates it (Luật Xử lý vi phạm hành chính Đ54, Đ87)."""

    SANCTION = "sanction", _l("Xử phạt vi phạm hành chính")
    ENFORCE = "enforce", _l("Cưỡng chế thi hành quyết định")


class Receiver(Choice):
    """Where a case may be transferred; the codes of those who can fine equal those of `Authority`."""

    LEAD_DIRECTOR = "lead_director", _l("Giám đốc Sở Khoa học và Công nghệ")
    PROVINCE_CHAIR = "province_chair", _l("Chủ tịch UBND tỉnh")
    OTHER = "other", _l("Cơ quan khác (công an, cơ quan tiến hành tố tụng)")


class NoFineGround(Choice):
    """Why nothing is fined although the act was done (Luật Xử lý vi phạm hành chính Đ65.1)."""

    LATE = "late", _l("Hết thời hạn ra quyết định xử phạt")
    TIME_BARRED = "time_barred", _l("Hết thời hiệu xử phạt")
    EXCUSED = "excused", _l("Thuộc trường hợp không xử phạt (Điều 11)")
    UNKNOWN = "unknown", _l("Không xác định được bên vi phạm")
    GONE = "gone", _l("Bên vi phạm đã chết, giải thể, phá sản")


#: Names of what happens to papers, in the log and the timeline of a case.
NUMBERED: Final = "number_paper"
PREPARED: Final = "prepare_minutes"
SIGNED: Final = "sign_minutes"
ON_PAPER: Final = "minutes_on_paper"


class PaperKind(Choice):
    """The papers of a case; each kind has its own row of numbers at each agency. Suffixes are custom, not law."""

    MINUTES = "minutes", _l("Biên bản vi phạm hành chính")
    NOTICE = "notice", _l("Thông báo kết quả xử lý vi phạm")
    DECISION = "decision", _l("Quyết định xử phạt vi phạm hành chính")
    REMEDY_CHECK = "remedy_check", _l("Biên bản kiểm tra việc khắc phục hậu quả")
    VERIFICATION = "verification", _l("Biên bản xác minh tình tiết của vụ việc")
    REMEDIES_DECISION = "remedies_decision", _l("Quyết định áp dụng biện pháp khắc phục hậu quả")
    AMENDMENT = "amendment", _l("Quyết định sửa đổi, hủy bỏ một phần quyết định")
    CORRECTION = "correction", _l("Quyết định đính chính quyết định")
    ANNULMENT = "annulment", _l("Quyết định hủy bỏ quyết định")
    PROSECUTION = "prosecution", _l("Quyết định chuyển hồ sơ có dấu hiệu tội phạm")
    TRANSFER = "transfer", _l("Phiếu chuyển hồ sơ vụ việc")
    HEARING = "hearing", _l("Biên bản giải trình trực tiếp")
    ENFORCEMENT = "enforcement", _l("Quyết định cưỡng chế thi hành quyết định")
    SETTLEMENT = "settlement", _l("Quyết định giải quyết khiếu nại")

    @property
    def suffix(self) -> str:
        """What follows the number."""
        return _SUFFIXES[self.value]


_SUFFIXES: Final = {
    "minutes": "BB-VPHC",
    "notice": "TB-VPHC",
    "decision": "QĐ-XPHC",
    "remedy_check": "BB-KTKP",
    "verification": "BB-XM",
    "remedies_decision": "QĐ-KPHQ",
    "amendment": "QĐ-SĐXPHC",
    "correction": "QĐ-ĐCXPHC",
    "annulment": "QĐ-HBXPHC",
    "prosecution": "QĐ-CHS",
    "transfer": "PC-VPHC",
    "hearing": "BB-GTTT",
    "enforcement": "QĐ-CC",
    "settlement": "QĐ-GQKN",
}


class DecisionForm(Choice):
    """What a decision orders; one without a fine, after its term or the limitation, is no sanction (Đ65.2)."""

    FINE = "fine", _l("Phạt tiền")
    WARNING = "warning", _l("Cảnh cáo")
    REMEDIES_ONLY = "remedies_only", _l("Chỉ áp dụng biện pháp khắc phục hậu quả")


class PaperDelivery(Choice):
    """How a paper reached its addressee, or is deemed to have (Luật Xử lý vi phạm hành chính Đ70)."""

    BY_HAND = "by_hand", _l("Giao trực tiếp, có ký nhận")
    POST = "post", _l("Bưu điện, thư bảo đảm")
    ELECTRONIC = "electronic", _l("Phương thức điện tử")
    REFUSED = "refused", _l("Từ chối nhận, lập biên bản có xác nhận")
    RETURNED = "returned", _l("Bưu điện trả lại lần thứ ba")
    POSTED = "posted", _l("Niêm yết")


class Relief(Choice):
    """Relief of who has to pay (Luật Xử lý vi phạm hành chính Đ76, Đ79)."""

    DEFERRAL = "deferral", _l("Hoãn thi hành")
    INSTALMENTS = "instalments", _l("Nộp phạt nhiều lần")


class Offender(Choice):
    """Organisation or individual; the fine of an individual is half (NĐ 174/2026, NĐ 16/2022)."""

    ORGANISATION = "organisation", _l("Tổ chức")
    INDIVIDUAL = "individual", _l("Cá nhân")
