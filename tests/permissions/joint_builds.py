"""Announcements of Viettel in each state, and what VNPT registers in them."""

from tests.factories.joint_builds import (
    ANSWER,
    BEFORE,
    BUILD,
    INTEREST,
    JointBuild,
    JointInterest,
    announced,
    closed,
    interest_of,
    move,
    stated,
)
from tests.factories.structures import make

_DOCUMENT = b"%PDF-1.4\n1 0 obj\n<</Build true>>\nendobj\n%%EOF\n"
_NEED = {"places": "1", "at_height_m": "30", "remark": "Trạm 5G"}
#: Move -> the object that it is tried with, and what its form sends besides the version.
MOVES = {
    "joint_build join": ("joint_build agreed", {"text": "Chia đôi chi phí"}),
    "joint_build build_alone": ("joint_build answering", {"text": "Không có đăng ký"}),
    "joint_build register_built": ("joint_build alone", {"structure": "{build_code}"}),
    "joint_build withdraw": ("joint_build open", {"text": "Đổi vị trí"}),
    "joint_interest state": ("joint_interest asked", _NEED),
    "joint_interest change": ("joint_interest stated", _NEED | {"places": "2"}),
    "joint_interest decline": ("joint_interest asked", {"text": "Đã có trạm"}),
    "joint_interest withdraw": ("joint_interest stated", {"text": "Đổi kế hoạch"}),
    "joint_interest agree": ("joint_interest closed", ANSWER),
    "joint_interest refuse": ("joint_interest closed", {"answer": "Cột không chịu tải"}),
}
JOINT_BUILD_FIELDS = {
    "joint_builds.create": {
        "kind": "site_house",
        "work": "Nhà trạm Quảng Thắng",
        "position": "19,807; 105,776",
        "system": "auto",
        "starts_in": "2027-02",
        "closes_on": "20/12/2026",
        "offered_places": "2",
        "cost_share": "Chia theo diện tích",
        "files": ("so-do.pdf", _DOCUMENT),
    },
    "joint_builds.join": {},
    **{
        ("workflow.step_post", name): {"version": "{case_version}"} | fields
        for name, (_object, fields) in MOVES.items()
    },
}


def joint_build_objects(ctx_of, position):
    """Object of the table -> what fills addresses and bodies."""
    lon, lat = position
    places = iter((lon + step / 2_000, lat) for step in range(6))
    builds = {name: announced(ctx_of, at=next(places)) for name in ("joint_build open", "joint_build stated")}
    ended = ("joint_build agreed", "joint_build answering", "joint_build alone", "joint_build closed")
    builds |= {name: announced(ctx_of, at=next(places), **BEFORE) for name in ended}
    agreed, answered = (
        stated(ctx_of, builds[f"joint_build {name}"], now=BEFORE["now"]) for name in ("agreed", "closed")
    )
    interests = {
        "joint_interest asked": interest_of(ctx_of, builds["joint_build open"]),
        "joint_interest stated": stated(ctx_of, builds.pop("joint_build stated")),
        "joint_interest closed": answered,
    }
    for name in ended:
        closed(ctx_of, builds[name])
    del builds["joint_build closed"]
    move(ctx_of, "viettel", INTEREST, agreed, "agree", **ANSWER)
    move(ctx_of, "viettel", BUILD, builds["joint_build alone"], "build_alone")
    with ctx_of("viettel") as ctx:
        code = make(ctx, at=position, name="Cột theo phương án").code
    objects = {"": {"build_code": code}}
    with ctx_of("so.khcn", read_only=True) as ctx:
        for model, workflow, ids in ((JointBuild, BUILD, builds), (JointInterest, INTEREST, interests)):
            for name, case_id in ids.items():
                version = ctx.session.get_one(model, case_id).version
                objects[name] = {"workflow": workflow.code, "case_id": case_id, "case_version": version}
    return objects | {name: objects[kind] | {"move": name.split()[-1]} for name, (kind, _fields) in MOVES.items()}
