"""Notices of the library: a document was published, or taken out."""

from __future__ import annotations

from typing import Final

from registry.authz.actors import Role
from registry.guidance.queries import GUIDANCE
from registry.kernel.i18n import _, _l
from registry.notices.events import ROLE_PARTIES, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.texts import NoticeText

PUBLISHED, WITHDRAWN = "published", "withdrawn"
#: Those who work by the documents; others find them in the library.
_READERS: Final = Recipients(
    affected=(
        *(Role.OPERATOR.value, Role.INFRA_OWNER.value, Role.DEFENCE_USER.value),
        *(Role.COMMUNE_PC.value, Role.AREA_INSPECTOR.value),
    )
)
EVENTS: Final = declare_events(
    GUIDANCE,
    _l("Hướng dẫn và biểu mẫu"),
    ROLE_PARTIES,
    {PUBLISHED: (_l("Tài liệu được công bố"), _READERS), WITHDRAWN: (_l("Tài liệu được gỡ"), _READERS)},
)


def read_notice(notice: Notice) -> NoticeText:
    """The text of a notice; the title of the document is public to all signed-in readers."""
    title = str(notice.params["title"])
    if notice.event == PUBLISHED:
        sentence = _("Có tài liệu hướng dẫn mới: %(title)s.", title=title)
    else:
        sentence = _("Tài liệu hướng dẫn đã được gỡ: %(title)s.", title=title)
    return NoticeText(sentence, "guidance.detail", {"document_id": notice.subject_id})
