"""Closed lists of obstacles."""

from __future__ import annotations

from typing import Final

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l

#: Code of the workflow.
CODE: Final = "obstacle"


class ObstacleState(Choice):
    """State of an obstacle."""

    RAISED = "raised", _l("Chờ phân công")
    ASSIGNED = "assigned", _l("Chờ cơ quan trả lời")
    ESCALATED = "escalated", _l("Quá hạn, đã báo cáo UBND tỉnh")
    ANSWERED = "answered", _l("Đã trả lời, chờ đánh giá")
    CLOSED = "closed", _l("Đã đóng")
    WITHDRAWN = "withdrawn", _l("Đã rút")


class ObstacleField(Choice):
    """What an obstacle is about."""

    LAND = "land", _l("Đất, vị trí xây dựng")
    PROCEDURE = "procedure", _l("Thủ tục hành chính")
    PLANNING = "planning", _l("Quy hoạch, kiến trúc")
    PUBLIC_ASSET = "public_asset", _l("Tài sản công")
    ROAD = "road", _l("Đường bộ, thi công trên đường")
    POWER = "power", _l("Điện lực, cột điện")
    PRICE = "price", _l("Giá thuê, hợp đồng dùng chung")
    OBSTRUCTION = "obstruction", _l("Bị cản trở xây dựng")
    OTHER = "other", _l("Khác")


class AnswerKind(Choice):
    """What the answer of an agency comes to."""

    REMOVED = "removed", _l("Đã tháo gỡ")
    GUIDED = "guided", _l("Hướng dẫn thực hiện")
    PROPOSED = "proposed", _l("Kiến nghị cấp có thẩm quyền")
    REFUSED = "refused", _l("Không có căn cứ tháo gỡ")


class Rating(Choice):
    """How the raiser rates the end."""

    SOLVED = "solved", _l("Đã giải quyết")
    PARTLY = "partly", _l("Giải quyết một phần")
    NOT_SOLVED = "not_solved", _l("Chưa giải quyết")


S = ObstacleState
TONES: Final[dict[Choice, str]] = {
    S.RAISED: "warn",
    S.ASSIGNED: "info",
    S.ESCALATED: "bad",
    S.ANSWERED: "info",
    S.CLOSED: "good",
    S.WITHDRAWN: "dark",
}
