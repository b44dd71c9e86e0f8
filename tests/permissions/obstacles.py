"""Obstacles of Viettel: one that waits for an agency, one that Sở Xây dựng has, one that it answered."""

from registry.obstacles.models import Obstacle
from tests.factories.obstacles import ANSWER, assigned, move, raised

#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "obstacle assign": ("obstacle raised", {"agency": "Sở Xây dựng"}),
    "obstacle hand_on": ("obstacle assigned", {"agency": "Sở Tài chính", "text": "Tài sản công"}),
    "obstacle answer": ("obstacle assigned", {"answer_kind": "guided", "answer": "Nộp hồ sơ theo mẫu"}),
    "obstacle rate": ("obstacle answered", {"rating": "solved"}),
    "obstacle reopen": ("obstacle answered", {"text": "Chưa được thuê đất"}),
    "obstacle withdraw": ("obstacle raised", {"text": "Đã tự giải quyết"}),
}
OBSTACLE_FIELDS = {
    "obstacles.create": {
        "subject": "Chưa được thuê đất",
        "field": "land",
        "commune": "0",
        "description": "Đã gửi hai văn bản, chưa có trả lời",
    },
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def obstacle_objects(ctx_of):
    """Object of the table -> what fills addresses and bodies."""
    answered_id = assigned(ctx_of)
    move(ctx_of, "so.xaydung", answered_id, "answer", **ANSWER)
    ids = {
        "obstacle raised": raised(ctx_of),
        "obstacle assigned": assigned(ctx_of),
        "obstacle answered": answered_id,
    }
    objects = {}
    for name, case_id in ids.items():
        with ctx_of("so.khcn", read_only=True) as ctx:
            version = ctx.session.get_one(Obstacle, case_id).version
        objects[name] = {"workflow": "obstacle", "case_id": case_id, "case_version": version}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _fields) in MOVES.items()}
