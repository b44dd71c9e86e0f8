"""The lists of the access log and of the audit chain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, func, or_

from registry.audit.changes import changed_by, name_of, prepare
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.audit.models import AuditEvent, AuditNote
from registry.audit.queries import access_log_query, events_query
from registry.audit.subjects import SUBJECTS, Named
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _, _l, format_number
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import Choice, Day, Search
from registry.kernel.lists.markup import anchor, macro, sub_text
from registry.kernel.lists.view import Empty, ListView

_PAGE_SIZE: Final = 100
_DIGEST_SHOWN: Final = 12
_ACTION: Final = Markup('{} <code class="cell-sub">{}</code>')
_DIGEST: Final = Markup("<code>{}</code>")


def _looks(text: Callable[[Mapping[str, Any]], str]) -> Callable[[Ctx, Any], str]:
    """The entries of a note in words."""
    return lambda _ctx, row: ", ".join(text(entry) for entry in row.details.get("looks", []))


def _where(entry: Mapping[str, Any]) -> str:
    return str(ACCESS_LABELS.get(entry["what"], entry["what"]))


def _which(entry: Mapping[str, Any]) -> str:
    if "number" in entry:
        numbers = {name: format_number(entry[name]) for name in ("number", "cells")}
        return _("Câu hỏi thứ %(number)s trong ngày: %(cells)s ô lưới", **numbers)
    count = format_number(entry.get("rows", 0))
    return entry.get("code") or entry.get("tile") or _("%(count)s công trình", count=count)


def _action(_ctx: Ctx, row: Any) -> Any:
    if row.action not in ACTION_LABELS:
        return row.action
    return _ACTION.format(ACTION_LABELS[row.action], row.action)


def _actor(ctx: Ctx, row: Any) -> Any:
    return _named(name_of(ctx, "user_account", row.actor_id), stored_text(row.actor_label))


def _object(ctx: Ctx, row: Any) -> Any:
    """The kind of the object, and its name where the reader may see it."""
    kind = str(OBJECT_LABELS.get(row.object_kind, row.object_kind))
    named = name_of(ctx, row.object_kind, row.object_id)
    return kind if named is None else Markup("").join((_named(named, named.text), sub_text(kind)))


def _named(named: Named | None, text: str) -> Any:
    return text if named is None or named.url is None else anchor(named.url, text)


def _words(ctx: Ctx, typed: str) -> ColumnElement[bool]:
    """Every word in the name of who did it, or in that of an object which the reader may see."""
    words = typed.split()
    found = [
        and_(AuditEvent.object_kind == kind, AuditEvent.object_id.in_(subject.find(ctx, words)))
        for kind, subject in SUBJECTS.items()
        if subject.find is not None
    ]
    return or_(contains_all(func.fold(AuditEvent.actor_label), words), *found)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, LOCAL_ZONE)


def _days(model: Any) -> tuple[Day, Day]:
    """The first and the last day of what is shown."""
    return (
        Day("from", _l("Từ ngày"), where=lambda _ctx, day: model.occurred_at >= _begins(day)),
        Day("to", _l("Đến hết ngày"), where=lambda _ctx, day: model.occurred_at < _begins(day + timedelta(days=1))),
    )


def _by(model: Any, label: Any) -> Search:
    """Words in the name of who did it, without regard to case and marks."""
    return Search("q", label, where=lambda _ctx, text: contains_all(func.fold(model.actor_label), text.split()))


_NO_MATCH: Final = Empty(_l("Không có dòng nào khớp"), _l("Bộ lọc đang quá hẹp; hãy bỏ bớt điều kiện."))
ACCESS_LOG: Final = ListView(
    code="looks",
    label=_l("Lượt xem vị trí"),
    subtitle=_l(
        "Người ngoài đơn vị chủ sở hữu đã xem vị trí chính xác của công trình nào, lúc nào, từ đâu; mới nhất trước."
    ),
    endpoint="audit.looks",
    permission=P.LOOK_LOG_READ,
    select=lambda ctx, _chosen: access_log_query(ctx),
    columns=(
        Column("occurred_at", _l("Thời điểm"), kind=datetime, main=True),
        Column("actor", _l("Người xem"), lambda _ctx, row: stored_text(row.actor_label)),
        Column("where", _l("Nơi xem"), _looks(_where)),
        Column("structures", _l("Công trình"), _looks(_which)),
        Column("origin", _l("Địa chỉ mạng")),
    ),
    filters=(_by(AuditNote, _l("Người xem")), *_days(AuditNote)),
    no_match=_NO_MATCH,
    order=(AuditNote.id,),
    descending=True,
    size=_PAGE_SIZE,
    before="before",
    stem="luot-xem-vi-tri",
    count=_l("Mới nhất trước"),
    empty=Empty(
        _l("Chưa có lượt xem nào"),
        _l("Khi người của đơn vị khác xem vị trí chính xác công trình của bạn, lượt xem hiện ở đây."),
    ),
)
_CHANGES: Final = macro("audit/_changes.html", "event_changes", changed_by)
EVENTS: Final = ListView(
    code="audit",
    label=_l("Nhật ký thay đổi"),
    subtitle=_l("Mỗi thay đổi là một dòng không sửa được, nối với dòng trước bằng mã băm; mới nhất trước."),
    endpoint="audit.events",
    permission=P.AUDIT_READ,
    select=lambda ctx, _chosen: events_query(ctx),
    columns=(
        Column("number", _l("Số"), kind=int, main=True, numeric=True),
        Column("occurred_at", _l("Thời điểm"), kind=datetime),
        Column("actor", _l("Người thực hiện"), show=_actor),
        Column("action", _l("Việc"), show=_action),
        Column("object", _l("Đối tượng"), show=_object, on=On.PAGE),
        Column("changes", _l("Thay đổi"), show=_CHANGES, on=On.PAGE),
        Column("origin", _l("Thực hiện từ"), lambda _ctx, row: str(ORIGIN_LABELS.get(row.origin, row.origin))),
        Column("digest", _l("Mã băm"), show=lambda _ctx, row: _DIGEST.format(row.digest.hex()[:_DIGEST_SHOWN])),
    ),
    filters=(
        Search("q", _l("Người thực hiện hoặc đối tượng"), where=_words),
        Choice(
            "action",
            _l("Việc"),
            options=lambda _ctx: ACTION_LABELS,
            everything=_l("Mọi việc"),
            where=lambda _ctx, code: AuditEvent.action == code,
        ),
        Choice(
            "object",
            _l("Đối tượng"),
            options=lambda _ctx: OBJECT_LABELS,
            everything=_l("Mọi đối tượng"),
            where=lambda _ctx, code: AuditEvent.object_kind == code,
        ),
        *_days(AuditEvent),
    ),
    no_match=_NO_MATCH,
    order=(AuditEvent.number,),
    descending=True,
    size=_PAGE_SIZE,
    before="before",
    prepare=prepare,
    empty=Empty(_l("Chưa có thay đổi nào"), _l("Mỗi thay đổi trong hệ thống hiện ở đây.")),
)
