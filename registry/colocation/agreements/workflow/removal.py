"""Removal of the installed equipment, and what follows if it is not removed."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.capacity.reservations import places_of, release, vacate
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, entries_of, is_reported, request_of
from registry.colocation.agreements.rules import check_past_day
from registry.colocation.agreements.workflow.contract import lapse
from registry.colocation.agreements.workflow.proposals import drop_proposals
from registry.colocation.agreements.workflow.returns import WITH_EQUIPMENT, rents_after, return_equipment
from registry.colocation.codes import RequestKind
from registry.colocation.queue import CODE, notify_queue
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.days import PAPER
from registry.kernel.errors import MoveRefused
from registry.kernel.i18n import _, _l
from registry.structures.positions.disclosures import end_disclosures
from registry.workflow.definition import Data, FilesNeed, Move, day_need, text_need
from registry.workflow.referrals import Referral, create_referral

S = AgreementState
_REASON: Final = text_need("reason", _l("Lý do chấm dứt"))


def nothing_reported(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """Nothing was reported as installed."""
    if not is_reported(ctx, case):
        return None
    return _("Đã có báo cáo thiết bị thực tế lắp; hãy chọn “Chấm dứt, tháo dỡ”.")


def something_reported(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """Something was reported as installed."""
    if is_reported(ctx, case):
        return None
    return _("Chưa báo cáo lắp thiết bị nào; hãy chọn “Chấm dứt, chưa lắp đặt gì”, chỗ được trả lại ngay.")


def is_removal_case(ctx: Ctx, case: ColocationAgreement) -> bool:
    """Whether it follows from a request to take down what stands under other contracts."""
    return request_of(ctx, case).kind is RequestKind.REMOVE


def end_of_contract(case: ColocationAgreement) -> datetime:
    """The last day of the contract; the grace period for a renewal runs from it."""
    if case.ends_on is None:
        raise LookupError("the agreement has no end")
    return datetime.combine(case.ends_on, time.min, tzinfo=LOCAL_ZONE)


def is_removal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The request asks for a removal."""
    if not is_removal_case(ctx, case):
        raise MoveRefused(_("%(number)s không phải đề nghị tháo dỡ.", number=case.number))


def may_report_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day is between the installation and today."""
    check_past_day(ctx, "removed_on", data["removed_on"], case.installed_on)


def report_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day of removal is recorded."""
    case.removed_on = data["removed_on"]


def not_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The reported day of removal is cleared."""
    case.removed_on = None


def confirm_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Entries and reservations end, the queue is notified, access ends, and contracts on the equipment follow."""
    entries = entries_of(ctx, case)
    if is_removal_case(ctx, case):
        return_equipment(ctx, entries, case.removed_on or ctx.today, case.number or "")
    release(ctx, entries)
    vacate(ctx, entries, case.removed_on or ctx.today)
    notify_queue(ctx, places_of(ctx, entries))
    end_disclosures(ctx, CODE, case.request_id)


def all_returned(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Open proposals are dropped, and access to the structures ends."""
    drop_proposals(ctx, case, data)
    end_disclosures(ctx, CODE, case.request_id)


def removal_missed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """A finding for each structure with equipment left (DOMAIN 6, dead_cable_left)."""
    for item, row in agreed_items(ctx, case):
        text = _(
            "%(code)s: hết hạn tháo dỡ theo %(number)s mà thiết bị, cáp chưa được tháo.",
            code=row.code,
            number=case.number,
        )
        create_referral(
            ctx,
            Referral(
                kind="dead_cable_left",
                structure_id=item.structure_id,
                accused_organisation_id=case.requester_organisation_id,
                origin=AGREEMENT_CODE,
                origin_id=case.id,
                origin_number=case.number or "",
                text=text,
            ),
        )


MOVES: Final = (
    Move(
        "returned",
        _l("Đã trả lại mọi công trình"),
        _l("Mọi thiết bị của hợp đồng đã tháo dỡ theo hồ sơ khác; hợp đồng chấm dứt"),
        WITH_EQUIPMENT,
        S.TERMINATED,
        P.CLOCK,
        effect=all_returned,
        notifies=("owner", "requester"),
    ),
    Move(
        "terminate",
        _l("Chấm dứt, tháo dỡ"),
        _l("Bên sử dụng đơn phương chấm dứt hợp đồng khi đang lắp đặt"),
        (S.INSTALLING,),
        S.REMOVING,
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        obstacle=something_reported,
        effect=drop_proposals,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "give_up",
        _l("Chấm dứt, chưa lắp đặt gì"),
        _l("Bên sử dụng chấm dứt hợp đồng khi chưa lắp đặt gì; chỗ được trả lại ngay"),
        (S.CONTRACTED, S.INSTALLING),
        S.TERMINATED,
        P.COLOCATION_REQUEST,
        needs=(_REASON,),
        obstacle=nothing_reported,
        effect=lapse,
        notifies=("owner", "lead"),
        tone="danger",
    ),
    Move(
        "start_removal",
        _l("Bắt đầu tháo dỡ"),
        _l("Bên sử dụng bắt đầu tháo dỡ"),
        (S.CONTRACTING,),
        S.REMOVING,
        P.COLOCATION_REQUEST,
        guard=is_removal,
        notifies=("owner",),
    ),
    Move(
        "end_of_term",
        _l("Hết hạn hợp đồng"),
        _l("Hợp đồng hết hạn; bên sử dụng phải tháo dỡ"),
        (S.ACTIVE,),
        S.REMOVING,
        P.CLOCK,
        effect=drop_proposals,
        notifies=("owner", "requester"),
    ),
    Move(
        "report_removed",
        _l("Báo tháo dỡ xong"),
        _l("Bên sử dụng báo tháo dỡ xong"),
        (S.REMOVING, S.REMOVAL_OVERDUE),
        S.REMOVAL_REPORTED,
        P.COLOCATION_REQUEST,
        needs=(
            day_need("removed_on", ColocationAgreement.DAY_LABELS["removed_on"], PAPER),
            FilesNeed("files", _l("Ảnh sau khi tháo"), required=True),
        ),
        guard=may_report_removed,
        effect=report_removed,
        notifies=("owner",),
        tone="primary",
    ),
    Move(
        "object_removed",
        _l("Chưa tháo dỡ hết"),
        _l("Chủ sở hữu báo chưa tháo dỡ hết"),
        (S.REMOVAL_REPORTED,),
        S.REMOVING,
        P.COLOCATION_DECIDE,
        needs=(text_need("text", _l("Thiết bị còn lại và vị trí")), FilesNeed("files", _l("Ảnh"))),
        effect=not_removed,
        notifies=("requester",),
    ),
    Move(
        "confirm_removed",
        _l("Xác nhận tháo dỡ"),
        _l("Chủ sở hữu xác nhận đã tháo dỡ; chỗ được trả lại"),
        (S.REMOVAL_REPORTED,),
        S.TERMINATED,
        P.COLOCATION_DECIDE,
        effect=confirm_removed,
        notifies=("requester",),
        tone="primary",
        current_values=rents_after,
    ),
    Move(
        "stand_removed",
        _l("Được coi là đã xác nhận tháo dỡ"),
        _l("Chủ sở hữu không trả lời trong thời hạn; được coi là đã xác nhận tháo dỡ"),
        (S.REMOVAL_REPORTED,),
        S.TERMINATED,
        P.CLOCK,
        effect=confirm_removed,
        notifies=("owner", "requester"),
    ),
    Move(
        "miss_removal",
        _l("Quá hạn tháo dỡ"),
        _l("Quá hạn tháo dỡ; lập phát hiện cáp, thiết bị không thu hồi"),
        (S.REMOVING,),
        S.REMOVAL_OVERDUE,
        P.CLOCK,
        effect=removal_missed,
        notifies=("owner", "requester", "lead"),
    ),
)
