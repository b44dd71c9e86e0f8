"""Pages of the review desk: the map of the list with its table, and the acts on one or several streets."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request
from wtforms import HiddenField, IntegerField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.submit import submit
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.i18n import _, _l, _n
from registry.kernel.numbers import parse_id
from registry.kernel.units import M
from registry.routelists.arranging import move_item, split_item
from registry.routelists.bulk import find_outcome
from registry.routelists.commands import BulkReview
from registry.routelists.comments import (
    CommentForm,
    ReplyForm,
    comment,
    comment_parts,
    item_of_comment,
    reply,
    shapes_of_comments,
)
from registry.routelists.desk import (
    BULK_FORM,
    DESK,
    ReviewDesk,
    desk_url,
    last_year,
    next_waiting_id,
    read_desk,
    shapes_of,
)
from registry.routelists.desk_service import review, review_many
from registry.routelists.doubles import exception_of
from registry.routelists.forms import ITEM_FIELDS
from registry.routelists.item_view import shape_of
from registry.routelists.list_view import years_of
from registry.routelists.merging import merge_candidates
from registry.routelists.models import Priority, RouteItem, RouteList
from registry.routelists.pages import bp
from registry.routelists.queries import geojson_of, get_item, organisation_name, previous_list
from registry.routelists.rules import WAITING
from registry.routelists.workflow import ITEM
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Shape
from registry.structures.map.workspace import MapState, tiles_of_kind, workspace
from registry.structures.positions.input import read_position
from registry.structures.writing.locate import acceptance_bounds, working_bounds
from registry.territory.queries import get_unit
from registry.workflow.definition import MOST_TEXT
from registry.workflow.engine import fire

#: Fields of an item that its card on the desk shows.
_SHOWN: Final = (
    *("work_kind", "reason", "exception_reason", "side", "road_manager", "duct_m", "bores", "removed_cable_m"),
    *("cost_vnd", "funding", "investor", "linked_project", "priority"),
)
#: Acts on several streets, in the order of the select.
ACTS: Final = {
    "agree": _l("Thống nhất đưa vào danh mục"),
    "return": _l("Trả lại để bổ sung"),
    "reject": _l("Không đưa vào danh mục"),
    "priority": _l("Đặt mức ưu tiên"),
    "year": _l("Đặt năm bắt đầu"),
}


class ReviewForm(VersionedForm):
    """The decision on the selected street; the button says which."""

    item = HiddenField()
    text = TextAreaField(
        _l("Ý kiến, lý do"),
        validators=[Optional()],
        description=_l("Bắt buộc khi trả lại, không đưa vào danh mục, khi tuyến trùng hoặc ngoài đô thị."),
        render_kw={"data-shortcut": "r", "maxlength": MOST_TEXT},
    )


class ArrangeForm(VersionedForm):
    """A split, a merge or a new place of the selected street; the button says which."""

    arrange = HiddenField(default="1")
    item = HiddenField()
    #: The street to merge with, or that before or after which it goes.
    other = HiddenField()
    cut_at = StringField(_l("Tách tại"), validators=[Optional()], description=_l("Ví dụ: ngã tư Hàng Đồng; số nhà 45."))
    point = StringField(
        _l("Vị trí của điểm tách"),
        validators=[Optional()],
        description=_l("Vĩ độ, kinh độ; để trống khi điểm tách là giao với đường có tên hoặc số nhà."),
    )

    def read_point(self, ctx: Ctx) -> GivenPosition | None:
        """The point; None without one. Invalid (field `point`)."""
        text = (self.point.data or "").strip()
        try:
            bounds = acceptance_bounds(ctx.session, ctx.today)
            return read_position(text, "wgs84", Shape.POINT, bounds) if text else None
        except PositionRefused as refused:
            raise Invalid({"point": refused.message}) from refused


class BulkForm(BaseForm):
    """One act on the streets that are ticked."""

    bulk = HiddenField(default="1")
    act = SelectField(_l("Với các tuyến đã chọn"), choices=[SelectChoice(code, text) for code, text in ACTS.items()])
    text = TextAreaField(
        _l("Ý kiến, lý do"), validators=[Optional()], id="bulk-text", render_kw={"maxlength": MOST_TEXT}
    )
    priority = SelectField(
        ITEM_FIELDS["priority"].label,
        choices=[SelectChoice("", _l("Không đổi")), *(SelectChoice(each.value, each.label) for each in Priority)],
        validators=[Optional()],
    )
    year = IntegerField(_l("Năm bắt đầu"), validators=[Optional()])

    def to_command(self) -> BulkReview:
        """The act; a box that holds no id and version is left out."""
        pairs = [text.partition(":") for text in request.form.getlist("item")]
        ids = [(parse_id(number), parse_id(version)) for number, _mark, version in pairs]
        return BulkReview(
            self.act.data,
            tuple((number, version) for number, version in ids if number and version),
            self.text.data or "",
            Priority(self.priority.data) if self.priority.data else None,
            self.year.data,
        )


@bp.get("/route-lists/desk", permission=P.ROUTELIST_REVIEW)
def desk(ctx: Ctx) -> str:
    """The sent streets of a list, one of them with its facts and the form of the decision."""
    if not years_of(ctx):
        return render_template("routelists/no_list.html")
    return _desk_page(ctx)


@bp.post("/route-lists/desk", permission=P.ROUTELIST_REVIEW)
def decide(ctx: Ctx) -> Page:
    """Decide on a street, then show the next one that waits; 422 and 409 show the form again with what was typed.

    With the field `bulk` it is one act on the streets that are ticked, with `arrange` a split, a merge or a new place,
    with `comment` or `reply` a comment on a street or the answer to one.
    """
    if "bulk" in request.form:
        return _decide_many(ctx)
    if "arrange" in request.form:
        return _arrange(ctx)
    if "comment" in request.form:
        return _comment(ctx)
    if "reply" in request.form:
        return _reply(ctx)
    filter_values = _chosen(ctx)
    form = ReviewForm()
    item = get_item(ctx, parse_id(form.item.data) or 0)
    following = next_waiting_id(ctx, filter_values, item.id)
    act = request.form.get("act", "")
    done = submit(
        ctx, form, lambda: review(ctx, item.id, form.read_version, act, (form.text.data or "").strip()), current=item
    )
    if done is None:
        return _desk_page(ctx, form), form.refusal_status
    flash_done(ctx, f"{done.number}: {done.state.label}")
    return redirect(desk_url(ctx, filter_values, following), code=303)


def _arrange(ctx: Ctx) -> Page:
    """Split or merge a street, or give it another place in the order; 422 and 409 show the desk with what was typed."""
    filter_values = _chosen(ctx)
    form = ArrangeForm()
    item = get_item(ctx, parse_id(form.item.data) or 0)
    done = submit(ctx, form, lambda: _arranged(ctx, form, item), current=item)
    if done is None:
        return _desk_page(ctx, arranging=form), form.refusal_status
    flash_done(ctx, done[1])
    return redirect(desk_url(ctx, filter_values, done[0]), code=303)


def _comment(ctx: Ctx) -> Page:
    """Comment on the selected street, at a place of the map if given; 422 shows the desk with what was typed."""
    item = get_item(ctx, parse_id(request.form["comment"]) or 0)
    form = CommentForm()
    done = submit(ctx, form, lambda: comment(ctx, item.id, form.text.data or "", form.read_shape(ctx)))
    if done is None:
        return _desk_page(ctx, item_id=item.id, comment_form=form), form.refusal_status
    flash_done(ctx, _("Đã ghi góp ý."))
    return redirect(desk_url(ctx, _chosen(ctx), item.id), code=303)


def _reply(ctx: Ctx) -> Page:
    """Answer a comment, with `close` also close it; 422 shows the desk with what was typed."""
    comment_id, closes = parse_id(request.form["reply"]) or 0, "close" in request.form
    item, form = item_of_comment(ctx, comment_id), ReplyForm()
    done = submit(ctx, form, lambda: reply(ctx, comment_id, form.text.data or "", closes=closes))
    if done is None:
        return _desk_page(ctx, item_id=item.id, refused_reply=(comment_id, form)), form.refusal_status
    flash_done(ctx, _("Đã trả lời và kết thúc góp ý.") if closes else _("Đã trả lời góp ý."))
    return redirect(desk_url(ctx, _chosen(ctx), item.id), code=303)


def _arranged(ctx: Ctx, form: ArrangeForm, item: RouteItem) -> tuple[int, str]:
    """Do what the button says; the street to show next, and what was done."""
    act, version = request.form.get("act", ""), form.read_version
    other_id = parse_id(form.other.data)
    if act == "split":
        part = split_item(ctx, item.id, version, form.cut_at.data or "", form.read_point(ctx))
        return item.id, _("Đã tách: phần sau là hồ sơ %(number)s.", number=part.number)
    if act == "merge":
        target = get_item(ctx, other_id or 0)
        fire(ctx, ITEM, item.id, "merge", {"into": target.number or ""}, version=version)
        return target.id, _("Đã gộp %(number)s vào %(into)s.", number=item.number, into=target.number)
    if act in ("before", "after"):
        move_item(ctx, item.id, version, **{f"{act}_id": other_id, "before_id" if act == "after" else "after_id": None})
        return item.id, _("Đã đổi thứ tự của %(number)s.", number=item.number)
    raise Invalid({"cut_at": _("Không có bước “%(act)s”; hãy chọn lại.", act=act[:20])})


def _decide_many(ctx: Ctx) -> Page:
    """One act on several streets; the page after it names each that was refused, with the reason."""
    form = BulkForm()
    outcome = submit(ctx, form, lambda: review_many(ctx, form.to_command()))
    if outcome is None:
        return _desk_page(ctx, bulk=form), form.refusal_status
    address = desk_url(ctx, _chosen(ctx), None)
    if outcome.refused:
        return redirect(f"{address}{'&' if '?' in address else '?'}outcome={outcome.id}", code=303)
    flash_done(ctx, _n("Đã ghi %(num)d tuyến.", outcome.done))
    return redirect(address, code=303)


def _chosen(ctx: Ctx) -> dict[str, Any]:
    """The filters of the address; the desk has one list, in place of all years the latest. NotFound without any."""
    filter_values = dict(DESK.read(ctx, request.args))
    if not isinstance(filter_values.get("year"), RouteList):
        if not years_of(ctx):
            raise NotFound(_("Chưa có danh mục tuyến đường nào; hãy mở danh mục của một năm trước."))
        filter_values["year"] = years_of(ctx)[0]
    return filter_values


def _desk_page(
    ctx: Ctx,
    form: ReviewForm | None = None,
    bulk: BulkForm | None = None,
    arranging: ArrangeForm | None = None,
    *,
    item_id: int | None = None,
    comment_form: CommentForm | None = None,
    refused_reply: tuple[int, ReplyForm] | None = None,
) -> str:
    """The desk; the forms are those that were refused, `item_id` the street of a refused comment."""
    filter_values = _chosen(ctx)
    refused = form or arranging
    wanted = parse_id(refused.item.data if refused is not None else request.args.get("item"))
    shown = read_desk(ctx, filter_values, item_id or wanted)
    route_list: RouteList = filter_values["year"]
    before = previous_list(ctx, route_list)
    item = shown.selected
    if item is not None and form is None:
        form = ReviewForm(formdata=None, item=str(item.id), version=str(item.version))
    if item is not None and arranging is None:
        arranging = ArrangeForm(formdata=None, item=str(item.id), version=str(item.version))
    items = [row.RouteItem for row in shown.listing.rows]
    geojson = geojson_of(ctx, item) if item is not None else None
    features = shapes_of(ctx, items, item, before if shown.has_earlier else None)
    parts: dict[str, Any] = {"item": None}
    if item is not None:
        comments = comment_parts(ctx, item, comment_form, refused_reply)
        features += shapes_of_comments(comments["comments"])
        parts = {**_card(ctx, shown, item, before), **comments}
    state = MapState(
        tiles_of_kind(),
        shapes={"type": "FeatureCollection", "features": features} if features else None,
        frame=shape_of(geojson)[1] if geojson is not None else None,
    )
    return render_template(
        "routelists/desk.html",
        desk=shown,
        listing=shown.listing,
        found=route_list,
        before=before,
        form=form,
        arranging=arranging,
        bulk=bulk or BulkForm(formdata=None),
        refused_comment=comment_form or (refused_reply[1] if refused_reply is not None else None),
        bulk_id=BULK_FORM,
        outcome=find_outcome(ctx, parse_id(request.args.get("outcome"))),
        **parts,
        **workspace(ctx, "routelists.desk", state, working_bounds(ctx)),
    )


def _card(ctx: Ctx, shown: ReviewDesk, item: RouteItem, before: RouteList | None) -> dict[str, Any]:
    commune = get_unit(ctx.session, item.commune_id)
    facts = [
        (_("Đơn vị đề xuất"), organisation_name(ctx, item.organisation_id)),
        (_("Xã, phường"), commune.name if commune else ""),
        (_("Từ – đến"), f"{item.from_place} – {item.to_place}"),
        (_("Chiều dài"), "" if item.length_m is None else M.display(item.length_m, 0)),
        *((ITEM_FIELDS[name].label, display_value(ITEM_FIELDS[name], getattr(item, name))) for name in _SHOWN),
    ]
    return {
        "item": item,
        "facts": [(label, value) for label, value in facts if value],
        "exception": exception_of(ctx, item),
        "may_decide": item.state in WAITING,
        "earlier": last_year(ctx, item, before),
        "candidates": merge_candidates(ctx, item),
        "neighbours": (shown.previous_id, shown.next_id) if shown.is_in_order and item.state in WAITING else None,
        "previous_url": shown.address(shown.previous_id) if shown.previous_id else None,
        "next_url": shown.address(shown.next_id) if shown.next_id else None,
    }
