"""Moves that the clock or the public makes: missed terms, restoration, reopening."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.codes import IncidentState
from registry.incidents.models import Incident
from registry.incidents.workflow.common import WITH_OWNER, close
from registry.kernel.i18n import _l
from registry.workflow.definition import Data, Move

S = IncidentState


def reopen(ctx: Ctx, case: Incident, data: Data) -> None:
    """It waits for triage again, as urgent as it was."""
    del ctx, data
    case.reopened += 1
    case.closed_at = case.fixed_at = case.safe_at = None


MOVES: Final = (
    Move(
        "miss_triage",
        _l("Quá hạn phân loại"),
        _l("Quá hạn phân loại"),
        (S.REPORTED,),
        S.TRIAGE_OVERDUE,
        P.CLOCK,
        notifies=("agency", "commune", "lead"),
    ),
    Move(
        "miss_safe",
        _l("Quá hạn bảo đảm an toàn"),
        _l("Quá hạn bảo đảm an toàn"),
        (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED),
        S.OVERDUE,
        P.CLOCK,
        notifies=("responsible", "agency", "commune", "lead"),
    ),
    Move(
        "miss_fix",
        _l("Quá hạn khắc phục"),
        _l("Quá hạn khắc phục"),
        (S.SAFE,),
        S.FIX_OVERDUE,
        P.CLOCK,
        notifies=("responsible", "agency", "commune", "lead"),
    ),
    Move(
        "stand_fixed",
        _l("Được coi là đã xác nhận"),
        _l("Không có ý kiến trong thời hạn; được coi là đã xác nhận"),
        (S.FIXED,),
        S.CLOSED,
        P.CLOCK,
        effect=close,
        notifies=("responsible", "agency", "commune"),
    ),
    # No term leads to the two: a file of a storm says that service is restored,
    Move(
        "restore",
        _l("Ghi nhận đã khôi phục"),
        _l("Đã khôi phục, theo danh sách của đơn vị"),
        (S.VERIFIED, *WITH_OWNER),
        S.FIXED,
        P.CLOCK,
    ),
    # and the service makes it for a reporter who proves that the place is not repaired.
    Move(
        "reopen",
        _l("Mở lại theo phản ánh"),
        _l("Người phản ánh gửi ảnh cho thấy chưa khắc phục"),
        (S.CLOSED, S.REJECTED, S.FIXED, S.SAFE, S.FIX_OVERDUE),
        S.REPORTED,
        P.CLOCK,
        effect=reopen,
        notifies=("agency", "responsible", "commune"),
    ),
)
