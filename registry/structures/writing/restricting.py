"""Restricting structures for defence or security: with a basis, known to both departments and to who uses them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import select

from registry.authz.actors import Ctx, Role
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _l, _n
from registry.notices.events import ROLE_PARTIES, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.codes import SharingStatus
from registry.structures.models import Structure
from registry.structures.visibility import IS_RESTRICTED
from registry.structures.writing.occupants import the_ledger

KIND: Final = "structure_restriction"
BASIS: Final = "restriction_basis"
#: Most codes that a notice names.
_NAMED: Final = 5
_DEPARTMENTS: Final = (Role.LEAD_DEPARTMENT.value, Role.CONSTRUCTION_DEPARTMENT.value)
EVENTS: Final = declare_events(
    KIND,
    _l("Hạn chế vì quốc phòng, an ninh"),
    {name: ROLE_PARTIES[name] for name in _DEPARTMENTS},
    {"restricted": (_l("Công trình được ghi là hạn chế"), Recipients(watch=_DEPARTMENTS))},
)
#: Closed to others; the users of the structure are notified.
CLOSED: Final = (SharingStatus.RESTRICTED, SharingStatus.NOT_SHAREABLE)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about structures that were restricted."""
    codes = notice.params.get("codes", [])
    sentence = _n(
        "%(num)d công trình được ghi “Hạn chế (quốc phòng, an ninh)”: %(codes)s; hãy đối chiếu căn cứ.",
        int(notice.params.get("count", 1)),
        codes=", ".join(codes),
    )
    return NoticeText(sentence, "structures.detail", {"code": codes[0] if codes else ""})


def require_basis(values: Mapping[str, Any], former: SharingStatus | None) -> None:
    """Invalid where a record becomes restricted without a basis; what was restricted before is not asked again."""
    if former is SharingStatus.RESTRICTED or not IS_RESTRICTED.holds(values) or values.get(BASIS):
        return
    sentence = _("Công trình “%(status)s” phải nêu căn cứ (văn bản, ngày).", status=SharingStatus.RESTRICTED.label)
    raise Invalid({BASIS: sentence})


def announce_closed(ctx: Ctx, ids: Collection[int]) -> None:
    """Notify both departments of those of the structures that are restricted, and the users of those that are closed.

    The caller passes structures of which the sharing status has just become what it is.
    """
    closed = select(Structure.id, Structure.code, Structure.sharing_status).where(
        Structure.id.in_(ids), Structure.sharing_status.in_(CLOSED), Structure.is_live_rule()
    )
    rows = ctx.session.execute(closed.order_by(Structure.code)).all()
    restricted = [row for row in rows if row.sharing_status is SharingStatus.RESTRICTED]
    if restricted:
        codes = [row.code for row in restricted[:_NAMED]]
        notify(ctx, EVENTS["restricted"], restricted[0].id, None, count=len(restricted), codes=codes)
    ledger = the_ledger()
    if ledger is not None and rows:
        ledger.narrowed(ctx, [row.id for row in rows], "closed")
