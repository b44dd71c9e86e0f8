"""Notices of the library: a document was published or taken out, or is still to be acknowledged."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Ctx, Role
from registry.guidance.models import GuidanceDocument
from registry.guidance.queries import GUIDANCE, missing_of
from registry.kernel.i18n import _, _l
from registry.notices.events import ROLE_PARTIES, Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.texts import NoticeText

PUBLISHED, WITHDRAWN, REMINDED = "published", "withdrawn", "reminded"
_ADDRESSED, _MISSING = "addressed", "missing"
#: Those who work by the documents; others find them in the library.
_WORKERS: Final = (
    *(Role.OPERATOR.value, Role.INFRA_OWNER.value, Role.DEFENCE_USER.value),
    *(Role.COMMUNE_PC.value, Role.AREA_INSPECTOR.value),
)
_READERS: Final = Recipients(affected=_WORKERS)
_TO_DO: Final = _l("Xác nhận đã nhận")


def _missing(ctx: Ctx, document: GuidanceDocument) -> Audience:
    return Audience(organisation_ids=frozenset(row.organisation_id for row in missing_of(ctx, document)))


_PARTIES: Final = {
    **ROLE_PARTIES,
    _ADDRESSED: Party(_l("Đơn vị phải xác nhận"), _missing),
    _MISSING: Party(_l("Đơn vị chưa xác nhận"), _missing),
}
EVENTS: Final = declare_events(
    GUIDANCE,
    _l("Hướng dẫn và biểu mẫu"),
    _PARTIES,
    {
        PUBLISHED: (_l("Tài liệu được công bố"), Recipients(act=(_ADDRESSED,), affected=_WORKERS), _TO_DO),
        WITHDRAWN: (_l("Tài liệu được gỡ"), _READERS),
        REMINDED: (_l("Nhắc xác nhận tài liệu"), Recipients(act=(_MISSING,)), _TO_DO),
    },
)


def read_notice(notice: Notice) -> NoticeText:
    """The text of a notice; the title of the document is public to all signed-in readers."""
    title = str(notice.params["title"])
    if notice.event == PUBLISHED:
        sentence = _("Có tài liệu hướng dẫn mới: %(title)s.", title=title)
    elif notice.event == REMINDED:
        sentence = _("Đơn vị chưa xác nhận đã nhận tài liệu: %(title)s.", title=title)
    else:
        sentence = _("Tài liệu hướng dẫn đã được gỡ: %(title)s.", title=title)
    return NoticeText(sentence, "guidance.detail", {"document_id": notice.subject_id})
