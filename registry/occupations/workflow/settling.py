"""Moves that settle the use: accept or dispute a contract, conclude on it, record what was promised."""

from __future__ import annotations

from datetime import date
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.days import PAPER
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l
from registry.kernel.text import register_code
from registry.occupations.codes import OccupationState
from registry.occupations.models import Occupation
from registry.occupations.regularity import has_request
from registry.occupations.rules import removed_day_problem
from registry.occupations.workflow.common import NUMBER, PROMISED, end, refuse_if
from registry.workflow.definition import Data, FilesNeed, Move, text_need

S = OccupationState


def may_accept(ctx: Ctx, case: Occupation, data: Data) -> None:
    """A contract was shown."""
    if case.contract_number is None:
        raise MoveRefused(_("Bên sử dụng chưa xuất trình hợp đồng nào nên chưa có gì để công nhận."))


def may_record_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The number is that of a request between both organisations for this structure."""
    number = register_code(str(data["request_number"]))
    occupant = case.occupant_organisation_id
    if occupant is None:
        raise MoveRefused(_("Hồ sơ chưa rõ bên sử dụng; hãy ghi bên sử dụng trước."))
    if not has_request(ctx, number, case.structure_id, occupant, case.owner_organisation_id):
        raise Invalid(
            {
                "request_number": _(
                    "Không có đề nghị dùng chung số “%(number)s” của bên sử dụng gửi đơn vị cho công trình này.",
                    number=number[:60],
                )
            }
        )


def record_request(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The case ends; the request continues on its own."""
    case.request_number = register_code(str(data["request_number"]))
    end(ctx, case, data)


def may_confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The day is between discovery and today."""
    refuse_if("removed_on", removed_day_problem(data["removed_on"], case.found_on, ctx.today))


def confirm_removal(ctx: Ctx, case: Occupation, data: Data) -> None:
    """The day of removal is recorded, and the case ends."""
    case.removed_on = data["removed_on"]
    end(ctx, case, data)


MOVES: Final = (
    Move(
        "accept_contract",
        _l("Công nhận hợp đồng"),
        _l("Chủ sở hữu công nhận hợp đồng"),
        (S.CONTRACT_SHOWN, S.DISPUTED, S.REFERRED),
        S.CLOSED_CONTRACT,
        P.OCCUPATION_HANDLE,
        needs=(text_need("text", _l("Ghi chú"), required=False),),
        guard=may_accept,
        effect=end,
        notifies=("occupant", "opener"),
        tone="primary",
    ),
    Move(
        "dispute",
        _l("Không công nhận hợp đồng"),
        _l("Chủ sở hữu không công nhận hợp đồng"),
        (S.CONTRACT_SHOWN,),
        S.DISPUTED,
        P.OCCUPATION_HANDLE,
        needs=(
            text_need(
                "text",
                _l("Lý do không công nhận"),
                hint=_l("Trong thời gian tranh chấp, không bên nào được tự tháo dỡ."),
            ),
        ),
        notifies=("occupant", "lead"),
    ),
    Move(
        "recognise",
        _l("Công nhận hợp đồng"),
        _l("Sở Khoa học và Công nghệ kết luận hợp đồng có giá trị"),
        (S.DISPUTED,),
        S.CLOSED_CONTRACT,
        P.OCCUPATION_SETTLE,
        needs=(text_need("text", _l("Căn cứ kết luận")), FilesNeed("files", _l("Tài liệu"))),
        effect=end,
        notifies=("owner", "occupant", "opener"),
        tone="primary",
    ),
    Move(
        "record_request",
        _l("Ghi số đề nghị dùng chung"),
        _l("Bên sử dụng đã gửi đề nghị dùng chung"),
        (S.REGULARISING, S.OVERDUE, S.REFERRED),
        S.CLOSED_REGULARISED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field(
                "request_number",
                _l("Số đề nghị dùng chung"),
                max_length=NUMBER,
                required=True,
                hint=_l("Ví dụ: DC-2026-000123."),
            ),
        ),
        guard=may_record_request,
        effect=record_request,
        notifies=("occupant", "opener"),
        tone="primary",
    ),
    Move(
        "removed",
        _l("Xác nhận đã tháo dỡ"),
        _l("Đã tháo dỡ"),
        (S.NOTIFIED, S.UNCLAIMED, *PROMISED, S.OVERDUE, S.REFERRED),
        S.CLOSED_REMOVED,
        P.OCCUPATION_HANDLE,
        needs=(
            Field("removed_on", _l("Ngày tháo dỡ"), required=True, python_type=date, span=PAPER),
            text_need("text", _l("Ghi chú"), required=False),
            FilesNeed("photos", _l("Ảnh sau khi tháo dỡ")),
        ),
        guard=may_confirm_removal,
        effect=confirm_removal,
        notifies=("occupant", "opener"),
    ),
)
