"""Notices to the holder of an account of what happens to its second factor."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from registry.authz.actors import Ctx
from registry.kernel.i18n import _, _l, format_datetime
from registry.notices.events import Recipients, declare_events, person_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

SUBJECT: Final = "second_factor"
ADDED, REMOVED, RESET, CODE_USED, PASS_GIVEN = "added", "removed", "reset", "code_used", "pass_given"
_HOLDER: Final = Recipients(affected=("holder",))
EVENTS: Final = declare_events(
    SUBJECT,
    _l("Xác thực hai lớp của tài khoản"),
    {"holder": person_party(_l("Chủ tài khoản"), int)},
    {
        ADDED: (_l("Thêm lớp xác thực"), _HOLDER),
        REMOVED: (_l("Gỡ lớp xác thực"), _HOLDER),
        RESET: (_l("Đặt lại xác thực hai lớp"), _HOLDER),
        CODE_USED: (_l("Đăng nhập bằng mã khôi phục"), _HOLDER),
        PASS_GIVEN: (_l("Cấp mã đăng nhập trong ngày"), _HOLDER),
    },
    reaches_author=True,
)
_SENTENCES: Final[Mapping[str, Any]] = {
    ADDED: _l("Đã thêm lớp xác thực “%(label)s” cho tài khoản."),
    REMOVED: _l("Đã gỡ lớp xác thực “%(label)s” của tài khoản."),
    RESET: _l("Đã đặt lại xác thực hai lớp của tài khoản; mọi phiên đăng nhập đã kết thúc."),
    CODE_USED: _l("Đã dùng một mã khôi phục của tài khoản. Số mã còn lại: %(left)s."),
    PASS_GIVEN: _l("Đơn vị đã cấp mã đăng nhập trong ngày cho tài khoản, dùng được đến %(until)s."),
}


def notify_holder(ctx: Ctx, event: str, user_id: int, **params: Any) -> None:
    """Notify the holder of an account, also of what was done under its own name."""
    notify(ctx, EVENTS[event], user_id, user_id, **params)


def read_factor_notice(notice: Notice) -> NoticeText:
    """What happened, and what to do if the holder did not ask for it."""
    params = dict(notice.params)
    if "until" in params:
        params["until"] = format_datetime(datetime.fromisoformat(params["until"]))
    sentence = str(_SENTENCES[notice.event]) % params
    warning = _("Nếu chủ tài khoản không thực hiện việc này, cần báo ngay quản trị viên.")
    return NoticeText(f"{sentence} {warning}", "accounts.second_factor")
