"""Parties and settlement moves that the workflows of requests and of agreements share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.colocation.codes import MAX_PRICE
from registry.kernel.clock import local_date
from registry.kernel.days import APPOINTED, PAPER
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import LazyText, _, _l, format_date
from registry.kernel.units import VND
from registry.notices.events import Audience, Party
from registry.workflow.definition import Branch, Data, FilesNeed, Move, day_need, same_state, text_need

#: Meetings and surveys are at most so far ahead, against typing errors.
ONE_YEAR: Final = timedelta(days=365)
BOTH_SIDES: Final = ("owner", "requester")
DECISION_NUMBER: Final = Field("decision_number", _l("Số quyết định"), max_length=100, required=True)
DECISION_DAY: Final = day_need("decided_on", _l("Ngày quyết định"), PAPER)
DECISION_TEXT: Final = text_need("text", _l("Nội dung quyết định"))
PARTIES: Final[Mapping[str, Party]] = {
    "owner": Party(
        _l("Chủ sở hữu"), lambda _ctx, case: Audience(organisation_ids=frozenset({case.owner_organisation_id}))
    ),
    "requester": Party(
        _l("Bên đề nghị"), lambda _ctx, case: Audience(organisation_ids=frozenset({case.requester_organisation_id}))
    ),
    "lead": Party(
        _l("Sở Khoa học và Công nghệ"),
        lambda _ctx, _case: Audience(roles=frozenset({Role.LEAD_DEPARTMENT})),
        watches=True,
    ),
}


def check_day(name: str, day: date, first: date, last: date) -> None:
    """Invalid for the field unless `first` <= `day` <= `last`."""
    if not first <= day <= last:
        sentence = _(
            "Ngày %(day)s không hợp lý; cần từ %(first)s đến %(last)s.",
            day=format_date(day),
            first=format_date(first),
            last=format_date(last),
        )
        raise Invalid({name: sentence})


def _is_past_meeting(ctx: Ctx, case: Any, data: Data) -> None:
    """The meeting was between the start of the case and today."""
    check_day("met_on", data["met_on"], local_date(case.created_at), ctx.today)


def _is_meeting_to_come(ctx: Ctx, case: Any, data: Data) -> None:
    """The meeting is between today and one year ahead."""
    check_day("met_on", data["met_on"], ctx.today, ctx.today + ONE_YEAR)


def mediation(disputed: tuple[Choice, ...]) -> Move:
    """Record the minutes of a meeting of both sides; the state does not change."""
    return Move(
        "mediate",
        _l("Ghi biên bản hòa giải"),
        _l("Sở Khoa học và Công nghệ hòa giải"),
        disputed,
        Branch(disputed, same_state),
        P.COLOCATION_SETTLE,
        needs=(
            day_need("met_on", _l("Ngày làm việc với các bên"), PAPER),
            text_need("text", _l("Nội dung, ý kiến hai bên")),
            FilesNeed("files", _l("Biên bản")),
        ),
        guard=_is_past_meeting,
        notifies=BOTH_SIDES,
    )


def price_consultation(sources: tuple[Choice, ...], target: Choice) -> Move:
    """The department calls both sides to a price consultation."""
    return Move(
        "consult_price",
        _l("Tổ chức hiệp thương giá"),
        _l("Sở Khoa học và Công nghệ tổ chức hiệp thương giá"),
        sources,
        target,
        P.COLOCATION_SETTLE,
        needs=(
            day_need("met_on", _l("Ngày họp"), APPOINTED),
            text_need("text", _l("Nội dung, tài liệu hai bên phải nộp")),
        ),
        guard=_is_meeting_to_come,
        notifies=BOTH_SIDES,
    )


def amount_need(name: str, label: LazyText, hint: LazyText, *, needed_when: LazyText | str = "") -> Field:
    return Field(
        name,
        label,
        unit=VND,
        minimum=Decimal(0),
        maximum=MAX_PRICE,
        decimals=0,
        python_type=Decimal,
        needed_when=needed_when,
        hint=hint,
    )
