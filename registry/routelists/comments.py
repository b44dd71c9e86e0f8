"""Comments on an item: their forms, writing, answering, closing and reading."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, exists, func, select
from wtforms import TextAreaField
from wtforms.validators import Optional

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx, Role
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, holds, require, visible
from registry.kernel.errors import Forbidden, Invalid, MoveRefused
from registry.kernel.fields import Field
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import form_field
from registry.kernel.geo.coordinates import PositionRefused, format_wgs84
from registry.kernel.i18n import _, _l
from registry.notices.events import Audience, Party, Recipients, declare_events
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.routelists.models import ListState, RouteItem, RouteList
from registry.routelists.queries import get_item
from registry.routelists.round_models import RouteComment, RouteCommentReply
from registry.routelists.rounds import check_text
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape
from registry.structures.positions.input import read_position
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.models import WGS84
from registry.workflow.definition import MOST_TEXT

#: Subject of the notices; its id is that of the item.
KIND: Final = "routecomment"
_TEXT: Final = Field("text", _l("Nội dung"), max_length=MOST_TEXT, required=True, multiline=True)
_DECIMALS: Final = 7
#: Roles whose comments the departments alone read: where their plant lies is not published.
_PRIVATE: Final = frozenset({Role.OPERATOR, Role.INFRA_OWNER})


class AnswerForm(BaseForm):
    """The answer of an organisation to a round."""

    text = form_field(_TEXT)


class ReplyForm(BaseForm):
    """An answer to a comment; the button says whether it closes it."""

    text = form_field(_TEXT)


class CommentForm(BaseForm):
    """A comment on an item."""

    text = form_field(_TEXT)
    # The part of the page that has the line of the street is named so.
    position = TextAreaField(
        _l("Tại vị trí"),
        id="comment-position",
        validators=[Optional()],
        description=_l(
            "Vĩ độ, kinh độ, ví dụ: 19,807; 105,776. Một dòng là một điểm, từ hai dòng là một đoạn. Sở Xây dựng và Sở"
            " Khoa học và Công nghệ đọc góp ý; đơn vị đề xuất chỉ đọc góp ý của cơ quan nhà nước."
        ),
    )

    def read_shape(self, ctx: Ctx) -> GivenPosition | None:
        """A point from one line of text, a stretch from more; None without any. Invalid (field `position`)."""
        text = (self.position.data or "").strip()
        if not text:
            return None
        shape = Shape.LINE if len(text.splitlines()) > 1 else Shape.POINT
        try:
            return read_position(text, "wgs84", shape, acceptance_bounds(ctx.session, ctx.today))
        except PositionRefused as refused:
            raise Invalid({"position": refused.message}) from refused


@dataclass(frozen=True)
class ReplyView:
    """An answer as a page shows it."""

    organisation: str
    text: str
    written_at: datetime


@dataclass(frozen=True)
class CommentView:
    """A comment as a page shows it, with its answers; `number` is its place among those of the item."""

    id: int
    number: int
    organisation: str
    text: str
    written_at: datetime
    #: Its point, or the ends of its stretch, in words; "" without one.
    at: str
    geometry: dict[str, Any] | None
    replies: tuple[ReplyView, ...]
    is_closed: bool
    may_close: bool


def _audience(*organisation_ids: int | None, roles: Collection[Role] = ()) -> Audience:
    return Audience(frozenset(each for each in organisation_ids if each is not None), frozenset(roles))


@dataclass(frozen=True)
class _CommentNotice:
    """A comment or an answer, as its notice reads it."""

    comment: RouteComment
    #: The organisation that wrote it.
    writer_id: int

    def others(self, *organisation_ids: int | None) -> Audience:
        return _audience(*(each for each in organisation_ids if each != self.writer_id))


def _construction(ctx: Ctx, written: _CommentNotice) -> Audience:
    is_own = Role.CONSTRUCTION_DEPARTMENT in ctx.actor.roles and ctx.actor.organisation_id == written.writer_id
    return _audience() if is_own else _audience(roles=(Role.CONSTRUCTION_DEPARTMENT,))


EVENTS: Final = declare_events(
    KIND,
    _l("Góp ý tuyến đường"),
    {
        "construction": Party(_l("Sở Xây dựng"), _construction),
        "proposer": Party(_l("Đơn vị đề xuất"), lambda _ctx, written: written.others(written.comment.proposer_id)),
        "writer": Party(_l("Đơn vị góp ý"), lambda _ctx, written: written.others(written.comment.organisation_id)),
    },
    {
        "written": (_l("Có góp ý mới"), Recipients(affected=("proposer",), watch=("construction",))),
        "answered": (_l("Góp ý được trả lời"), Recipients(affected=("writer", "proposer"), watch=("construction",))),
        "closed": (_l("Góp ý đã đóng"), Recipients(affected=("writer", "proposer"), watch=("construction",))),
    },
)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a comment; it has no word of the comment."""
    sentences = {
        "written": _("Hồ sơ %(number)s có góp ý mới."),
        "answered": _("Góp ý đối với hồ sơ %(number)s được trả lời."),
        "closed": _("Góp ý đối với hồ sơ %(number)s đã đóng."),
    }
    sentence = sentences[notice.event] % {"number": notice.params.get("number", "")}
    return NoticeText(
        sentence, "routelists.item", {"case_id": notice.subject_id}, title=str(notice.params.get("title", ""))
    )


def comment(ctx: Ctx, item_id: int, text: str, position: GivenPosition | None) -> RouteComment:
    """Comment on an item of a list that is being collected, at a point or along a stretch if given."""
    require(ctx, P.ROUTELIST_COMMENT)
    item = get_item(ctx, item_id)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    route_list = ctx.session.get_one(RouteList, item.route_list_id)
    if route_list.state is not ListState.COLLECTING:
        raise MoveRefused(_("Danh mục năm %(year)d đã ban hành, không nhận góp ý nữa.", year=route_list.year))
    check_text(text)
    row = RouteComment(
        route_item_id=item.id,
        organisation_id=ctx.actor.organisation_id,
        proposer_id=None if ctx.actor.roles & _PRIVATE else item.organisation_id,
        text=text.strip(),
        shape=None if position is None else func.ST_SetSRID(func.ST_GeomFromGeoJSON(position.geojson), WGS84),
        written_at=ctx.now,
    )
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "routeitem.comment", "routeitem", item.id)
    _notify(ctx, "written", item, row)
    return row


def get_comment(ctx: Ctx, comment_id: int) -> RouteComment:
    message = _("Không có góp ý này, hoặc không có quyền xem.")
    row: RouteComment = get_visible(
        ctx, RouteComment, P.ROUTELIST_COMMENT, RouteComment.id == comment_id, message=message
    )
    return row


def item_of_comment(ctx: Ctx, comment_id: int) -> RouteItem:
    """The item of a comment that the actor reads."""
    return get_item(ctx, get_comment(ctx, comment_id).route_item_id)


def reply(ctx: Ctx, comment_id: int, text: str, *, closes: bool = False) -> RouteItem:
    """Answer a comment; its writer and the department of construction may close it with the answer. Its item."""
    require(ctx, P.ROUTELIST_COMMENT)
    row = get_comment(ctx, comment_id)
    item = get_item(ctx, row.route_item_id)
    if ctx.actor.organisation_id is None or (closes and not _may_close(ctx, row)):
        raise Forbidden(_("Chỉ đơn vị góp ý và Sở Xây dựng đóng được góp ý."))
    check_text(text)
    # The item is locked, so that no answer follows the one that closes the comment.
    ctx.session.execute(select(RouteItem.id).where(RouteItem.id == item.id).with_for_update(of=RouteItem))
    if ctx.session.scalar(select(_is_closed(row.id))):
        raise MoveRefused(_("Góp ý này đã đóng; hãy ghi góp ý mới."))
    ctx.session.add(
        RouteCommentReply(
            comment_id=row.id,
            organisation_id=ctx.actor.organisation_id,
            text=text.strip(),
            closes=closes,
            written_at=ctx.now,
        )
    )
    ctx.session.flush()
    record(ctx, "routeitem.comment_close" if closes else "routeitem.comment_reply", "routeitem", item.id)
    _notify(ctx, "closed" if closes else "answered", item, row)
    return item


def _notify(ctx: Ctx, event: str, item: RouteItem, row: RouteComment) -> None:
    written = _CommentNotice(row, ctx.actor.organisation_id or 0)
    notify(ctx, EVENTS[event], item.id, written, number=item.number or "", title=item.title)


def _may_close(ctx: Ctx, row: RouteComment) -> bool:
    return holds(ctx.actor, P.ROUTELIST_REVIEW) or row.organisation_id == ctx.actor.organisation_id


def _is_closed(comment_id: Any) -> ColumnElement[bool]:
    return exists().where(RouteCommentReply.comment_id == comment_id, RouteCommentReply.closes)


def has_open_comment(ctx: Ctx) -> ColumnElement[bool]:
    """SQL: an item has a comment that the actor reads and nothing closes."""
    is_open = visible(ctx, RouteComment, P.ROUTELIST_COMMENT) & ~_is_closed(RouteComment.id)
    return exists().where(RouteComment.route_item_id == RouteItem.id, is_open).correlate(RouteItem)


def open_comment_counts(ctx: Ctx, list_id: int) -> Mapping[int, int]:
    """Item of a list -> its comments that the actor reads and nothing closes."""
    query = (
        select(RouteComment.route_item_id, func.count().label("comments"))
        .join(RouteItem, RouteItem.id == RouteComment.route_item_id)
        .where(
            RouteItem.route_list_id == list_id,
            visible(ctx, RouteComment, P.ROUTELIST_COMMENT),
            ~_is_closed(RouteComment.id),
        )
        .group_by(RouteComment.route_item_id)
    )
    return {row.route_item_id: row.comments for row in ctx.session.execute(query)}


def comments_of(ctx: Ctx, item: RouteItem) -> list[CommentView]:
    """The comments on an item that the actor reads, the first one first."""
    if not holds(ctx.actor, P.ROUTELIST_COMMENT):
        return []
    query = (
        select(
            RouteComment,
            Organisation.short_name.label("organisation"),
            func.ST_AsGeoJSON(RouteComment.shape, _DECIMALS).label("geojson"),
        )
        .join(Organisation, Organisation.id == RouteComment.organisation_id)
        .where(RouteComment.route_item_id == item.id, visible(ctx, RouteComment, P.ROUTELIST_COMMENT))
        .order_by(RouteComment.id)
    )
    rows = list(ctx.session.execute(query))
    replies = _replies(ctx, [row.RouteComment.id for row in rows])
    views = []
    for number, row in enumerate(rows, 1):
        written: RouteComment = row.RouteComment
        geometry = json.loads(row.geojson) if row.geojson is not None else None
        answers = replies[written.id]
        is_closed = any(answer.closes for answer, _organisation in answers)
        views.append(
            CommentView(
                written.id,
                number,
                row.organisation,
                written.text,
                written.written_at,
                _in_words(geometry),
                geometry,
                tuple(ReplyView(name, answer.text, answer.written_at) for answer, name in answers),
                is_closed,
                not is_closed and _may_close(ctx, written),
            )
        )
    return views


def _replies(ctx: Ctx, comment_ids: Collection[int]) -> Mapping[int, list[tuple[RouteCommentReply, str]]]:
    """Comment -> its answers with the name of their organisation. The comments are those that the actor reads."""
    replies: dict[int, list[tuple[RouteCommentReply, str]]] = defaultdict(list)
    if comment_ids:
        query = (
            select(RouteCommentReply, Organisation.short_name.label("organisation"))
            .join(Organisation, Organisation.id == RouteCommentReply.organisation_id)
            .where(RouteCommentReply.comment_id.in_(comment_ids))
            .order_by(RouteCommentReply.id)
        )
        for row in ctx.session.execute(query):
            replies[row.RouteCommentReply.comment_id].append((row.RouteCommentReply, row.organisation))
    return replies


def _in_words(geometry: dict[str, Any] | None) -> str:
    if geometry is None:
        return ""
    points = geometry["coordinates"]
    if geometry["type"] == "Point":
        return _("tại %(position)s", position=format_wgs84(*points))
    return _("từ %(start)s đến %(end)s", start=format_wgs84(*points[0]), end=format_wgs84(*points[-1]))


def shapes_of_comments(comments: Collection[CommentView]) -> list[dict[str, Any]]:
    """The places of open comments as features for the map of the workspace."""
    return [
        {
            "type": "Feature",
            "geometry": each.geometry,
            "properties": {
                "number": f"comment-{each.id}",
                "tone": "comment",
                "group": "",
                "label": str(each.number),
            },
        }
        for each in comments
        if each.geometry is not None and not each.is_closed
    ]


def comment_parts(
    ctx: Ctx, item: RouteItem, form: CommentForm | None = None, refused: tuple[int, ReplyForm] | None = None
) -> dict[str, Any]:
    """What a page shows of the comments on an item: those the actor reads, forms of answers and of a further one.

    `form` and `refused` (the comment with the form of its answer) are what was refused, with what was typed.
    """
    if not holds(ctx.actor, P.ROUTELIST_COMMENT):
        return {"comments": [], "comment_form": None, "reply_forms": {}}
    comments = comments_of(ctx, item)
    replies = {each.id: ReplyForm(formdata=None) for each in comments if not each.is_closed}
    if refused is not None:
        replies[refused[0]] = refused[1]
    for number, each in replies.items():
        # Several forms stand on one page.
        each.text.id = f"reply-{number}"
    form = form or CommentForm(formdata=None)
    form.text.id = "comment-text"
    return {"comments": comments, "comment_form": form, "reply_forms": replies}
