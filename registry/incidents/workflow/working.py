"""Moves of the work: made safe, repaired, confirmed or sent back."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.codes import IncidentState
from registry.incidents.models import Incident
from registry.incidents.workflow.common import WITH_OWNER, close
from registry.kernel.errors import Invalid
from registry.kernel.fields import required_fields
from registry.kernel.i18n import _, _l
from registry.workflow.definition import Data, FilesNeed, Move, text_need

S = IncidentState
_PHOTOS: Final = FilesNeed("photos", _l("Ảnh hiện trường"))


def make_safe(ctx: Ctx, case: Incident, data: Data) -> None:
    """The moment counts for the time to make safe."""
    del data
    case.safe_at = ctx.now


def may_fix(ctx: Ctx, case: Incident, data: Data) -> None:
    """At least one photo shows the repair."""
    del ctx, case
    names: list[str] = data["photos"]
    endings = (".jpg", ".jpeg", ".png", ".webp", ".heic", ".heif")
    if not any(name.lower().endswith(endings) for name in names):
        raise Invalid({"photos": _("Chưa có ảnh sau khi khắc phục; hãy gửi ít nhất một ảnh (JPG, PNG, WEBP, HEIC).")})


def fix(ctx: Ctx, case: Incident, data: Data) -> None:
    """Store cause and scope."""
    case.cause, case.scope, case.fixed_at = data["cause"], data["scope"], ctx.now


MOVES: Final = (
    Move(
        "make_safe",
        _l("Báo đã bảo đảm an toàn"),
        _l("Đã bảo đảm an toàn"),
        WITH_OWNER,
        S.SAFE,
        P.INCIDENT_WORK,
        needs=(
            text_need("text", _l("Biện pháp đã thực hiện"), hint=_l("Ví dụ: đã rào chắn, nâng cáp, chuyển dịch vụ.")),
            _PHOTOS,
        ),
        effect=make_safe,
        notifies=("agency", "commune", "tenants"),
        tone="primary",
    ),
    Move(
        "secure",
        _l("Ghi nhận đã rào chắn, bảo đảm an toàn"),
        _l("Cơ quan chức năng đã bảo đảm an toàn"),
        (S.VERIFIED, *WITH_OWNER),
        S.SAFE,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Biện pháp đã thực hiện")), _PHOTOS),
        effect=make_safe,
        notifies=("responsible", "tenants"),
    ),
    Move(
        "fix",
        _l("Báo đã khắc phục xong"),
        _l("Đã khắc phục xong"),
        (S.SAFE, S.FIX_OVERDUE),
        S.FIXED,
        P.INCIDENT_WORK,
        needs=(
            *required_fields(Incident, "cause", "scope"),
            text_need("text", _l("Nội dung khắc phục")),
            FilesNeed("photos", _l("Ảnh sau khi khắc phục"), required=True),
        ),
        guard=may_fix,
        effect=fix,
        notifies=("agency", "commune", "tenants"),
        tone="primary",
    ),
    Move(
        "confirm",
        _l("Xác nhận, đóng hồ sơ"),
        _l("Đã xác nhận, đóng hồ sơ"),
        (S.FIXED, S.SAFE, S.FIX_OVERDUE),
        S.CLOSED,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Kết quả kiểm tra")), _PHOTOS),
        effect=close,
        notifies=("responsible",),
        tone="primary",
    ),
    Move(
        "send_back",
        _l("Yêu cầu khắc phục lại"),
        _l("Yêu cầu khắc phục lại"),
        (S.FIXED,),
        S.SAFE,
        P.INCIDENT_TRIAGE,
        needs=(text_need("text", _l("Nội dung chưa đạt")),),
        notifies=("responsible",),
    ),
)
