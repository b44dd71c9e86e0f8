"""Obstacles of Viettel, taken along their way."""

from registry.obstacles.codes import AnswerKind, ObstacleField
from registry.obstacles.commands import RaiseObstacle
from registry.obstacles.models import Obstacle
from registry.obstacles.service import raise_obstacle
from registry.obstacles.workflow import OBSTACLE
from registry.workflow.engine import fire
from tests.support.clock import NOW

FACTS = {
    "subject": "Chưa được thuê đất đặt trạm",
    "field": ObstacleField.LAND,
    "address": "Thôn Na Chừa",
    "description": "Đã gửi UBND xã hai văn bản từ tháng 6, chưa có trả lời",
}
ANSWER = {"answer_kind": AnswerKind.GUIDED, "answer": "Nộp hồ sơ thuê đất theo mẫu", "files": []}


def raised(ctx_of, *, by="viettel", now=NOW, unit_id=None, **values):
    """The id of an obstacle."""
    with ctx_of(by, now=now) as ctx:
        return raise_obstacle(ctx, RaiseObstacle(FACTS | values, unit_id)).id


def move(ctx_of, username, case_id, name, *, now=NOW, **data):
    """Make a move with the version as it stands; returns the state it led to."""
    with ctx_of(username, now=now) as ctx:
        version = ctx.session.get_one(Obstacle, case_id).version
        return fire(ctx, OBSTACLE, case_id, name, data, version=version).state


def assigned(ctx_of, agency="Sở Xây dựng", *, now=NOW):
    case_id = raised(ctx_of, now=now)
    move(ctx_of, "so.khcn", case_id, "assign", now=now, agency=agency)
    return case_id
