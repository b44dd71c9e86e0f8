"""What moves of several phases share."""

from __future__ import annotations

from registry.authz.actors import Ctx
from registry.kernel.i18n import _, format_date
from registry.violations.models import Violation, ViolationKind

NUMBER = 100
NOTIFIED = ("accused", "inspector", "commune")


def owner_problem(case: Violation, kind: ViolationKind) -> str | None:
    if not kind.owner_first or case.organisation_id is not None:
        return None
    return _(
        "Chưa xác định chủ sở hữu nên chưa lập biên bản, ra quyết định được;"
        " hãy sửa hồ sơ, ghi tổ chức và hành vi đã chứng minh."
    )


def is_paid(ctx: Ctx, case: Violation) -> str | None:
    """There is a fine that is not paid yet."""
    del ctx
    if case.paid_on is not None:
        return _("Đã ghi nhận nộp phạt ngày %(day)s.", day=format_date(case.paid_on))
    return None if case.fine_vnd else _("Quyết định không có tiền phạt phải nộp.")
