"""What the department does about a dispute, alike for a request and for an agreement."""

from __future__ import annotations

from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.colocation.moves.common import ONE_YEAR, check_day
from registry.kernel.clock import local_date
from registry.kernel.db.base import Choice
from registry.kernel.fields import Field
from registry.kernel.i18n import _l
from registry.workflow.definition import Branch, Data, FilesNeed, Move, day_need, same_state, text_need

BOTH: Final = ("owner", "requester")
NUMBER: Final = Field("decision_number", _l("Số quyết định"), max_length=100, required=True)
DAY: Final = day_need("decided_on", _l("Ngày quyết định"))
TEXT: Final = text_need("text", _l("Nội dung quyết định"))


def _is_past_meeting(ctx: Ctx, case: Any, data: Data) -> None:
    """Minutes are of a meeting between the day on which the case began and today."""
    check_day("met_on", data["met_on"], local_date(case.created_at), ctx.today)


def _is_meeting_to_come(ctx: Ctx, case: Any, data: Data) -> None:
    """Both sides are called to a meeting from today on, within a year."""
    del case
    check_day("met_on", data["met_on"], ctx.today, ctx.today + ONE_YEAR)


def mediation(disputed: tuple[Choice, ...]) -> Move:
    """Minutes of a meeting of both sides; the case stays where it is."""
    return Move(
        "mediate",
        _l("Ghi biên bản hòa giải"),
        _l("Sở Khoa học và Công nghệ hòa giải"),
        disputed,
        Branch(disputed, same_state),
        P.COLOCATION_SETTLE,
        needs=(
            day_need("met_on", _l("Ngày làm việc")),
            text_need("text", _l("Nội dung, ý kiến hai bên")),
            FilesNeed("files", _l("Biên bản")),
        ),
        guard=_is_past_meeting,
        notifies=BOTH,
    )


def price_consultation(sources: tuple[Choice, ...], target: Choice) -> Move:
    """The department calls both sides to consult on the price."""
    return Move(
        "consult_price",
        _l("Tổ chức hiệp thương giá"),
        _l("Sở Khoa học và Công nghệ tổ chức hiệp thương giá"),
        sources,
        target,
        P.COLOCATION_SETTLE,
        needs=(day_need("met_on", _l("Ngày họp")), text_need("text", _l("Nội dung, tài liệu hai bên phải nộp"))),
        guard=_is_meeting_to_come,
        notifies=BOTH,
    )
