"""The workflow of an occupation: found, notified, answered by contract, request or removal, otherwise referred."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.kernel.clock import end_of_day
from registry.kernel.i18n import _l
from registry.notices.events import Audience, Party
from registry.occupations.codes import CODE, TONES, OccupationState
from registry.occupations.models import Occupation
from registry.occupations.workflow import answering, ending, notifying, settling
from registry.occupations.workflow.common import PROMISED
from registry.structures.models import Structure
from registry.workflow.definition import Assignee, Deadline, Workflow

S = OccupationState
_LATE: Final = _l("Hồ sơ được đánh dấu quá hạn, được chuyển cơ quan quản lý nếu vẫn không có trả lời.")


def _organisation(organisation_id: int | None) -> Audience:
    return Audience(organisation_ids=frozenset() if organisation_id is None else frozenset({organisation_id}))


def _candidates(ctx: Ctx, case: Occupation) -> Audience:
    """All operators while the owner is unknown; none for a restricted structure, of which they may not know."""
    open_one = select(Structure.id).where(Structure.id == case.structure_id, Structure.is_open_rule())
    if case.occupant_organisation_id is not None or ctx.session.scalar(open_one) is None:
        return Audience()
    return Audience(roles=frozenset({Role.OPERATOR}))


def _inspector(_ctx: Ctx, case: Occupation) -> Audience:
    return Audience(roles=frozenset({Role.AREA_INSPECTOR}), unit_ids=frozenset({case.unit_id}))


def promised_end(case: Occupation) -> datetime:
    """The end of the promised day of removal."""
    if case.remove_by is None:
        message = f"occupation {case.id} has no day of removal, yet its term is asked for"
        raise RuntimeError(message)
    return end_of_day(case.remove_by)


PARTIES: Final = {
    "owner": Party(_l("Chủ sở hữu công trình"), lambda _ctx, case: _organisation(case.owner_organisation_id)),
    "opener": Party(_l("Đơn vị ghi nhận"), lambda _ctx, case: _organisation(case.opener_organisation_id)),
    "occupant": Party(
        _l("Bên nghi sử dụng không có hợp đồng"), lambda _ctx, case: _organisation(case.occupant_organisation_id)
    ),
    "candidates": Party(_l("Các doanh nghiệp viễn thông"), _candidates),
    "inspector": Party(_l("Cán bộ kiểm tra địa bàn"), _inspector, watches=True),
    "lead": Party(
        _l("Sở Khoa học và Công nghệ"),
        lambda _ctx, _case: Audience(roles=frozenset({Role.LEAD_DEPARTMENT})),
        watches=True,
    ),
}


OCCUPATION: Final = Workflow(
    code=CODE,
    label=_l("Chiếm dụng không hợp đồng"),
    prefix="CD",
    model=Occupation,
    states=OccupationState,
    start=S.NOTED,
    moves=(*notifying.MOVES, *answering.MOVES, *settling.MOVES, *ending.MOVES),
    closing=frozenset({"discard", "withdraw", "removed"}),
    read=P.OCCUPATION_READ,
    judged=("owner", "occupant"),
    page="occupations.detail",
    index="occupations.index",
    parties=PARTIES,
    assignees={
        S.NOTED: Assignee("opener", P.OCCUPATION_WRITE),
        **dict.fromkeys((S.NOTIFIED, *PROMISED), Assignee("occupant", P.OCCUPATION_ANSWER)),
        **dict.fromkeys((S.UNCLAIMED, S.CONTRACT_SHOWN, S.OVERDUE), Assignee("owner", P.OCCUPATION_HANDLE)),
        # The owner may still accept the contract; the department settles the dispute.
        S.DISPUTED: Assignee("lead", P.OCCUPATION_SETTLE, act=_l("Kết luận về hợp đồng")),
    },
    deadlines={
        S.NOTIFIED: Deadline("answer", "occupation.answer", "lapse", _LATE),
        S.UNCLAIMED: Deadline("claim", "occupation.claim", "lapse", _LATE),
        S.REGULARISING: Deadline("regularise", "occupation.regularise", "lapse", _LATE),
        S.DISPUTED: Deadline(
            "settlement",
            "occupation.settlement",
            "lapse",
            _l("Hồ sơ được đánh dấu quá hạn; chủ sở hữu được chuyển cơ quan quản lý."),
        ),
        S.REMOVING: Deadline(
            "removal",
            "",
            "lapse",
            _LATE,
            label=_l("Ngày cam kết tháo dỡ"),
            stated=promised_end,
            reminders=(3, 0),
        ),
        S.OVERDUE: Deadline(
            "referral", "occupation.referral", "report", _l("Hồ sơ tự chuyển cơ quan quản lý, thành hồ sơ vi phạm.")
        ),
    },
    main_path=(S.NOTED, S.NOTIFIED, S.REGULARISING, S.CLOSED_REGULARISED),
    tones=TONES,
)
