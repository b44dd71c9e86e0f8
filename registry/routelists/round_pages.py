"""Pages of the rounds of a list: who is asked and has answered, the own answer; comments on items, answers to them."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.errors import NotFound
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _
from registry.kernel.numbers import parse_id
from registry.routelists.comments import AnswerForm, CommentForm, ReplyForm, comment, item_of_comment, reply
from registry.routelists.models import ListState, RouteItem, RouteList
from registry.routelists.pages import bp
from registry.routelists.queries import get_item, get_list
from registry.routelists.round_models import RoundKind
from registry.routelists.rounds import answer, asked_organisations, rounds_of


def _kind_of(code: str) -> RoundKind:
    kind = next((member for member in RoundKind if member.value == code), None)
    if kind is None:
        raise NotFound
    return kind


@bp.get("/route-lists/<int:list_id>/rounds/<kind>", permission=P.ROUTELIST_READ)
def round_of(ctx: Ctx, list_id: int, kind: str) -> str:
    """Who is asked and has answered; an organisation that is asked answers here. `edition`: an earlier edition."""
    edition = parse_id(request.args.get("edition"))
    return _round_page(ctx, get_list(ctx, list_id), _kind_of(kind), AnswerForm(formdata=None), edition)


@bp.post("/route-lists/<int:list_id>/rounds/<kind>", permission=P.ROUTELIST_ANSWER)
def answer_round(ctx: Ctx, list_id: int, kind: str) -> Page:
    """Answer a round; a later answer replaces it."""
    route_list, asked_for = get_list(ctx, list_id), _kind_of(kind)
    form = AnswerForm()
    done = submit(ctx, form, lambda: answer(ctx, route_list, asked_for, form.text.data or ""))
    if done is None:
        return _round_page(ctx, route_list, asked_for, form), form.refusal_status
    return go(ctx, "routelists.round_of", _("Đã gửi trả lời cho Sở Xây dựng."), list_id=list_id, kind=kind)


def _round_page(ctx: Ctx, route_list: RouteList, kind: RoundKind, form: AnswerForm, edition: int | None = None) -> str:
    """The round of an edition; without one that of the last edition that has any."""
    rounds = [each for each in rounds_of(ctx, route_list) if each.kind is kind and edition in (None, each.edition)]
    if not rounds:
        raise NotFound(_("Danh mục năm %(year)d chưa có đợt “%(kind)s”.", year=route_list.year, kind=kind.label))
    current = rounds[0]
    is_open = route_list.state is ListState.COLLECTING and current.edition == route_list.edition
    asked = asked_organisations(ctx, route_list, current)
    own = next((each for each in asked if each.id == ctx.actor.organisation_id), None)
    return render_template(
        "routelists/round.html",
        found=route_list,
        current=current,
        asked=asked,
        answered=sum(each.has_answered for each in asked),
        sees_all=holds(ctx.actor, P.ROUTELIST_ISSUE),
        own=own,
        form=form if own is not None and is_open else None,
        may_propose=holds(ctx.actor, P.ROUTELIST_PROPOSE),
    )


@bp.post("/route-lists/items/<int:case_id>/comments", permission=P.ROUTELIST_COMMENT)
def comment_on(ctx: Ctx, case_id: int) -> Page:
    """Comment on an item; 422 shows the form again with what was typed."""
    item: RouteItem = get_item(ctx, case_id)
    form: Any = CommentForm()
    done = submit(ctx, form, lambda: comment(ctx, item.id, form.text.data or "", form.read_shape(ctx)))
    if done is None:
        return render_template("routelists/comment.html", case=item, form=form), form.refusal_status
    return go(ctx, "routelists.item", _("Đã ghi góp ý."), case_id=case_id, _anchor="comments")


@bp.post("/route-lists/comments/<int:comment_id>/replies", permission=P.ROUTELIST_COMMENT)
def reply_to(ctx: Ctx, comment_id: int) -> Page:
    """Answer a comment, with `close` also close it; 422 shows the form again with what was typed."""
    form: Any = ReplyForm()
    item = item_of_comment(ctx, comment_id)
    closes = "close" in request.form
    done = submit(ctx, form, lambda: reply(ctx, comment_id, form.text.data or "", closes=closes))
    if done is None:
        page = render_template("routelists/comment.html", case=item, form=None, reply=form, comment_id=comment_id)
        return page, form.refusal_status
    sentence = _("Đã trả lời và kết thúc góp ý.") if closes else _("Đã trả lời góp ý.")
    return go(ctx, "routelists.item", sentence, case_id=item.id, _anchor="comments")
