"""The lists of the access log and of the audit chain."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final

from flask import url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement, and_, func, or_

from registry.audit.changes import changed_by, name_of, prepare
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.audit.look_rows import LOOK_READS, LookRow, looks_query, of_structure, on_page
from registry.audit.models import AuditEvent, AuditNote
from registry.audit.queries import events_query
from registry.audit.subjects import SUBJECTS, Named
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.db.matching import contains_all
from registry.kernel.i18n import _, _l, _n, _n_noop, format_datetime, format_number, local
from registry.kernel.i18n.stored import stored_text
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.filters import ChoiceFilter, Day, Search
from registry.kernel.lists.markup import anchor, macro, sub_text
from registry.kernel.lists.view import Empty, ListView
from registry.kernel.text import register_code

#: Fewer rows than elsewhere: what an event changed takes several lines.
_EVENTS_A_PAGE: Final = 40
#: Names and codes of a row of the access log that the page shows.
_NAMES_SHOWN: Final = 4
#: The access log of so many days is shown at first: each note of the period is read.
_PERIOD: Final = timedelta(days=7)
_DIGEST_SHOWN: Final = 12
_ACTION: Final = Markup('%s <code class="cell-sub">%s</code>')
_DIGEST: Final = Markup("<code>%s</code>")


def _page_labels(_ctx: Ctx, row: LookRow) -> str:
    return ", ".join(str(ACCESS_LABELS.get(page, page)) for page in row.pages)


def _communes(_ctx: Ctx, row: LookRow) -> str:
    return ", ".join(row.communes)


def _some_communes(ctx: Ctx, row: LookRow) -> str:
    rest = len(row.communes) - _NAMES_SHOWN
    if rest <= 0:
        return _communes(ctx, row)
    named = ", ".join(row.communes[:_NAMES_SHOWN])
    return _("%(names)s và %(count)s xã, phường khác", names=named, count=format_number(rest))


def _codes(_ctx: Ctx, row: LookRow) -> str:
    return ", ".join(row.codes)


def _some_codes(ctx: Ctx, row: LookRow) -> Any:
    """The structures whose own pages were opened, with links, and the question about unpublished data."""
    parts: list[Any] = [
        anchor(url_for("structures.detail", code=code), code)  # those of the reader, or of all for the lead department
        for code in row.codes[:_NAMES_SHOWN]
    ]
    rest = len(row.codes) - _NAMES_SHOWN
    if rest > 0:
        parts.append(_n("và %(count)s mã khác", rest, count=format_number(rest)))
    return Markup(", ").join((*parts, *filter(None, [_question(ctx, row)])))


def _question(_ctx: Ctx, row: LookRow) -> str:
    if row.question is None:
        return ""
    number, cells = row.question
    return _n(
        "Lượt tra cứu thứ %(number)s trong ngày: %(cells)s ô lưới",
        cells,
        number=format_number(number),
        cells=format_number(cells),
    )


def _hour(_ctx: Ctx, row: LookRow) -> str:
    return f"{format_datetime(row.hour)}–{local(row.hour + timedelta(hours=1)):%H:%M}"


def _person_or_code(_ctx: Ctx, typed: str) -> ColumnElement[bool]:
    return or_(contains_all(func.fold(AuditNote.actor_label), typed.split()), of_structure(register_code(typed)))


def _action(_ctx: Ctx, row: Any) -> Any:
    if row.action not in ACTION_LABELS:
        return row.action
    return _ACTION % (ACTION_LABELS[row.action], row.action)


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
    conditions = [
        and_(AuditEvent.object_kind == kind, AuditEvent.object_id.in_(subject.find(ctx, words)))
        for kind, subject in SUBJECTS.items()
        if subject.find is not None
    ]
    return or_(contains_all(func.fold(AuditEvent.actor_label), words), *conditions)


def _begins(day: date) -> datetime:
    return datetime.combine(day, time.min, LOCAL_ZONE)


_NO_MATCH: Final = Empty(_l("Không có dòng nào khớp"), _l("Bộ lọc đang quá hẹp; hãy bỏ bớt điều kiện."))
ACCESS_LOG: Final = ListView(
    code="looks",
    label=_l("Lượt xem vị trí"),
    subtitle=_l(
        "Người ngoài đơn vị chủ sở hữu đã xem vị trí chính xác của công trình; mỗi dòng là một người trong một giờ, mới"
        " nhất trước."
    ),
    endpoint="audit.looks",
    permission=P.LOOK_LOG_READ,
    select=lambda ctx, _chosen: looks_query(ctx),
    columns=(
        Column("hour", _l("Giờ"), kind=datetime, main=True, show=_hour),
        Column("actor", _l("Người xem"), lambda _ctx, row: stored_text(row.actor_label)),
        Column("where", _l("Nơi xem"), _page_labels),
        Column("communes", _l("Xã, phường"), _communes, show=_some_communes),
        Column("looks", _l("Lượt xem"), kind=int),
        Column("structures", _l("Số công trình"), kind=int),
        Column("codes", _l("Công trình đã mở"), _codes, show=_some_codes),
        Column("question", _l("Tra cứu dữ liệu chưa công bố"), _question, on=On.FILES),
        Column("origin", _l("Địa chỉ mạng"), lambda _ctx, row: ", ".join(row.origins)),
    ),
    filters=(
        Search("q", _l("Người xem hoặc mã công trình"), where=_person_or_code),
        ChoiceFilter(
            "page",
            _l("Nơi xem"),
            options=lambda _ctx: ACCESS_LABELS,
            everything=_l("Mọi nơi"),
            where=lambda _ctx, code: on_page(code),
        ),
        Day(
            "from",
            _l("Từ ngày"),
            where=lambda _ctx, day: AuditNote.occurred_at >= _begins(day),
            default=lambda ctx: ctx.today - _PERIOD,
            sticky=True,
        ),
        Day("to", _l("Đến hết ngày"), where=lambda _ctx, day: AuditNote.occurred_at < _begins(day + timedelta(days=1))),
    ),
    no_match=_NO_MATCH,
    order=("hour", "person"),
    descending=True,
    reads=LOOK_READS,
    stem="luot-xem-vi-tri",
    count=_n_noop("Mới nhất trước"),
    empty=Empty(
        _l("Chưa có lượt xem nào"),
        _l("Khi người dùng của đơn vị khác xem vị trí chính xác công trình của đơn vị, lượt xem hiển thị tại đây."),
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
        Column("digest", _l("Mã băm"), show=lambda _ctx, row: _DIGEST % (row.digest.hex()[:_DIGEST_SHOWN],)),
    ),
    filters=(
        Search("q", _l("Người thực hiện hoặc đối tượng"), where=_words),
        ChoiceFilter(
            "action",
            _l("Việc"),
            options=lambda _ctx: ACTION_LABELS,
            everything=_l("Mọi việc"),
            where=lambda _ctx, code: AuditEvent.action == code,
        ),
        ChoiceFilter(
            "object",
            _l("Đối tượng"),
            options=lambda _ctx: OBJECT_LABELS,
            everything=_l("Mọi đối tượng"),
            where=lambda _ctx, code: AuditEvent.object_kind == code,
        ),
        Day("from", _l("Từ ngày"), where=lambda _ctx, day: AuditEvent.occurred_at >= _begins(day)),
        Day(
            "to", _l("Đến hết ngày"), where=lambda _ctx, day: AuditEvent.occurred_at < _begins(day + timedelta(days=1))
        ),
    ),
    no_match=_NO_MATCH,
    order=(AuditEvent.number,),
    descending=True,
    size=_EVENTS_A_PAGE,
    before="before",
    prepare=prepare,
    empty=Empty(_l("Chưa có thay đổi nào"), _l("Mỗi thay đổi trong hệ thống hiển thị tại đây.")),
)
