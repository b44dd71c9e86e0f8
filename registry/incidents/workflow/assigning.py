"""Assignment to an organisation with the photos that it is to see, and its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.case_facts import log_proof, organisation_names, organisation_options
from registry.incidents.codes import Basis, IncidentState, PhotoState, Stance
from registry.incidents.models import Incident, IncidentPhoto
from registry.incidents.photos import clear_as_is, photos_of_case
from registry.incidents.workflow.common import WITH_OWNER
from registry.kernel.db.base import Choice
from registry.kernel.errors import Invalid
from registry.kernel.fields import Field
from registry.kernel.i18n import _, _l, _n, format_datetime
from registry.workflow.definition import Branch, Data, ItemsNeed, Move, Need, text_need

S = IncidentState
#: Needs of the assignment: photos to be cleared with it, or why none is.
PHOTOS: Final = "photos_to_clear"
NO_PHOTOS: Final = "no_photos_reason"


def keeps_overdue(state: IncidentState) -> Callable[[Ctx, Any], Choice]:
    """A choice of the next state: an overdue case stays overdue, any other comes to `state`."""

    def choose(_ctx: Ctx, case: Incident) -> Choice:
        """An overdue case stays overdue."""
        return case.state if case.state is IncidentState.OVERDUE else state

    return choose


def acknowledge(ctx: Ctx, case: Incident, data: Data) -> None:
    """The organisation accepts; that is logged as proof."""
    case.acknowledged_at = ctx.now
    log_proof(ctx, case, case.organisation_id, Stance.ACCEPTED, Basis.STATEMENT, data.get("text"))


def has_acknowledged(ctx: Ctx, case: Incident) -> str | None:
    """The organisation has not confirmed yet that it deals with it."""
    del ctx
    if case.acknowledged_at is None:
        return None
    return _("Đơn vị đã xác nhận nhận việc %(number)s.", number=case.number)


def deny(ctx: Ctx, case: Incident, data: Data) -> None:
    """No organisation is responsible any more; the denial is logged."""
    log_proof(ctx, case, case.organisation_id, Stance.DENIED, Basis.STATEMENT, data["text"])
    case.organisation_id = case.assigned_at = case.acknowledged_at = None


def uncleared_photos(ctx: Ctx, case: Incident) -> list[tuple[str, str]]:
    """The photos that the organisation will not see unless they are cleared."""
    waiting = _uncleared(ctx, case)
    if not waiting:
        return []
    asked = _n(
        "%(num)d ảnh chờ kiểm duyệt: đơn vị được giao chỉ xem ảnh đã mở; ảnh cần che phải kiểm duyệt trước khi giao",
        len(waiting),
    )
    return [(_("Ảnh của người phản ánh"), asked)]


def _uncleared(ctx: Ctx, case: Incident) -> list[IncidentPhoto]:
    return [photo for photo in photos_of_case(ctx, case.id) if photo.state is not PhotoState.CLEARED]


def photo_options(ctx: Ctx, case: Incident) -> Sequence[tuple[int, str]]:
    """The photos that wait for clearing, with their numbers on the page of the case."""
    names = photo_names(ctx, case)
    return [(photo.id, names[photo.id]) for photo in _uncleared(ctx, case)]


def photo_names(ctx: Ctx, case: Incident) -> Mapping[int, str]:
    """The photos of a case with their numbers and moments."""
    return {
        photo.id: _("Ảnh %(number)d, chụp lúc %(when)s", number=number, when=format_datetime(photo.taken_at))
        if photo.taken_at
        else _("Ảnh %(number)d, nhận lúc %(when)s", number=number, when=format_datetime(photo.received_at))
        for number, photo in enumerate(photos_of_case(ctx, case.id), 1)
    }


def without_photos(ctx: Ctx, case: Incident) -> frozenset[str]:
    """The assignment asks about photos only where some wait for clearing."""
    return frozenset() if _uncleared(ctx, case) else frozenset({PHOTOS, NO_PHOTOS})


def may_assign(ctx: Ctx, case: Incident, data: Data) -> None:
    """Exactly one organisation is chosen, and not the one that has it already."""
    organisation_ids = list(data["organisation"])
    if len(organisation_ids) != 1:
        raise Invalid(
            {
                "organisation": _n(
                    "Đã chọn %(count)d đơn vị; hãy chọn đúng một đơn vị.",
                    len(organisation_ids),
                    count=len(organisation_ids),
                )
            }
        )
    if organisation_ids[0] == case.organisation_id:
        raise Invalid({"organisation": _("Hồ sơ đang giao cho đơn vị này; hãy chọn đơn vị khác.")})
    if _uncleared(ctx, case) and not data.get(PHOTOS) and not data.get(NO_PHOTOS):
        raise Invalid(
            {PHOTOS: _("Chưa chọn ảnh nào cho đơn vị xem; hãy chọn ít nhất một ảnh, hoặc ghi lý do không mở ảnh nào.")}
        )


def assign(ctx: Ctx, case: Incident, data: Data) -> None:
    """The organisation becomes responsible; the proof is logged."""
    case.organisation_id, case.assigned_at, case.acknowledged_at = data["organisation"][0], ctx.now, None
    photo_ids = set(data.get(PHOTOS) or ())
    for photo in _uncleared(ctx, case):
        if photo.id in photo_ids:
            clear_as_is(photo)
    log_proof(ctx, case, case.organisation_id, Stance.NAMED, Basis(data["basis"]), data["proof"])


_STAYS_OVERDUE: Final = {
    state: Branch((state, S.OVERDUE), keeps_overdue(state)) for state in (S.VERIFIED, S.ASSIGNED, S.ACKNOWLEDGED)
}


ASSIGNMENT_NEEDS: Final[tuple[Need, ...]] = (
    ItemsNeed(
        "organisation",
        _l("Đơn vị chịu trách nhiệm"),
        organisation_options,
        names=organisation_names,
        is_preset=False,
        is_single=True,
    ),
    Field("basis", _l("Căn cứ"), choices=Basis, required=True),
    text_need("proof", _l("Nội dung căn cứ"), hint=_l("Ví dụ: mã thẻ cáp, mã công trình, kết quả kiểm tra.")),
    ItemsNeed(
        PHOTOS,
        _l("Ảnh mở cho đơn vị xem"),
        photo_options,
        required=False,
        hint=_l(
            "Chọn ít nhất một ảnh, hoặc ghi lý do ở mục dưới. Số thứ tự như ở trang hồ sơ; ảnh được mở nguyên vẹn, "
            "không che phần nào."
        ),
        names=photo_names,
        is_preset=False,
        picture=("incidents.photo", "photo_id"),
    ),
    text_need(
        NO_PHOTOS, _l("Lý do không mở ảnh nào"), required=False, hint=_l("Cần khi không chọn ảnh nào ở mục trên.")
    ),
)


MOVES: Final = (
    Move(
        "assign",
        _l("Giao đơn vị chịu trách nhiệm"),
        _l("Đã giao đơn vị chịu trách nhiệm"),
        (S.VERIFIED, *WITH_OWNER),
        _STAYS_OVERDUE[S.ASSIGNED],
        P.INCIDENT_TRIAGE,
        needs=ASSIGNMENT_NEEDS,
        one_of=(PHOTOS, NO_PHOTOS),
        guard=may_assign,
        current_values=uncleared_photos,
        leaves_out=without_photos,
        effect=assign,
        notifies=("responsible", "commune"),
        tone="primary",
    ),
    Move(
        "acknowledge",
        _l("Xác nhận đã nhận việc"),
        _l("Đơn vị đã nhận việc"),
        (S.ASSIGNED, S.OVERDUE),
        _STAYS_OVERDUE[S.ACKNOWLEDGED],
        P.INCIDENT_WORK,
        needs=(text_need("text", _l("Phương án xử lý"), required=False),),
        obstacle=has_acknowledged,
        effect=acknowledge,
        notifies=("agency", "commune"),
        tone="primary",
    ),
    Move(
        "deny",
        _l("Không phải của đơn vị"),
        _l("Đơn vị không nhận trách nhiệm"),
        WITH_OWNER,
        _STAYS_OVERDUE[S.VERIFIED],
        P.INCIDENT_WORK,
        needs=(text_need("text", _l("Lý do, căn cứ")),),
        effect=deny,
        notifies=("agency", "commune"),
    ),
)
