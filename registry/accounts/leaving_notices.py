"""The notice to an organisation that an account left it: it was disabled or moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from registry.audit.labels import OBJECT_LABELS
from registry.kernel.i18n import _, _l
from registry.notices.events import Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.texts import NoticeText

#: Kind of the notices about an account.
ACCOUNT: Final = "user_account"
DISABLED, MOVED = "disabled", "moved"
_TEXTS: Final[Mapping[str, Any]] = {
    DISABLED: _l("Tài khoản của %(name)s đã khóa."),
    MOVED: _l("%(name)s đã chuyển sang tổ chức khác."),
}
_OFFICE: Final = Recipients(affected=("organisation",))
LEAVING_EVENTS: Final = declare_events(
    ACCOUNT,
    _l("Tài khoản người dùng"),
    {"organisation": organisation_party(_l("Đơn vị của người rời đi"), lambda user: user.organisation_id)},
    {DISABLED: (_l("Khóa tài khoản"), _OFFICE), MOVED: (_l("Chuyển tài khoản sang tổ chức khác"), _OFFICE)},
)


def read_leaving_notice(notice: Notice) -> NoticeText:
    """Who left, what this person held, and who has it now."""
    params = notice.params
    sentences = [str(_TEXTS[notice.event]) % {"name": params["name"]}]
    work = "; ".join(f"{OBJECT_LABELS.get(kind, kind)}: {count}" for kind, count in params["work"])
    if work and params["colleague"]:
        sentences.append(_("Bàn giao cho %(name)s: %(work)s.", name=params["colleague"], work=work))
    elif work:
        sentences.append(_("Việc chưa xong, cần đơn vị phân công: %(work)s.", work=work))
    return NoticeText(" ".join(sentences), "home.index")
