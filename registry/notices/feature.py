"""Notices in the application and by mail."""

from __future__ import annotations

from sqlalchemy import Connection, text

from registry.kernel.cli.doctor import REGISTER_CHECKS, Finding
from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _, _n
from registry.notices.documents import NAME, notices_document
from registry.notices.pages import bp

#: Most accounts that the finding names.
_NAMED = 10


def check_bounces(connection: Connection) -> Finding:
    """The accounts whose present address the mail server refuses, and the mails that wait with an error."""
    refused = connection.execute(
        text(
            "SELECT u.username, b.reply FROM mail_bounce b JOIN user_account u ON u.id = b.user_id"
            " WHERE u.is_active AND u.email = b.email ORDER BY u.username"
        )
    ).all()
    if refused:
        named = "; ".join(f"{row.username} ({row.reply})" for row in refused[:_NAMED])
        return Finding(
            "mails",
            ok=False,
            detail=_n("%(num)d tài khoản có địa chỉ thư bị từ chối: %(names)s", len(refused), names=named),
        )
    waiting = connection.execute(
        text(
            "SELECT count(*) AS number, max(failure) AS failure FROM notice_mail"
            " WHERE state = 'pending' AND failure IS NOT NULL"
        )
    ).one()
    if waiting.number:
        sentence = _n("%(num)d thư đang chờ máy chủ thư: %(reason)s", waiting.number, reason=waiting.failure)
        return Finding("mails", ok=False, detail=sentence)
    return Finding("mails", ok=True, detail=_("không địa chỉ nào bị từ chối"))


FEATURE = Feature(
    name="notices",
    blueprints=(bp,),
    provides=(DOCUMENTS.named({NAME: notices_document}), REGISTER_CHECKS.of(check_bounces)),
)
