"""The page of the requests to managers of the road of one street."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from wtforms import HiddenField, SelectChoice, SelectField

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.kernel.dated_settings import setting_row
from registry.kernel.fields import fields_named, labels_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.numbers import parse_id
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.pages import bp
from registry.routelists.queries import get_item
from registry.routelists.road_answer_models import RoadAnswer, RoadAnswerState, RoadManager
from registry.routelists.road_answers import (
    ANSWERS,
    DAYS,
    OPEN,
    GiveAnswer,
    answers_of,
    give_answer,
    send,
    shown_state,
)

_SENT = ("stretch", "manager", "sent_on")
_ANSWERED = ("answered_on", "number", "note")
_TONES = {
    RoadAnswerState.NEW: "info",
    RoadAnswerState.IN_TREATMENT: "info",
    RoadAnswerState.AGREED: "good",
    RoadAnswerState.NOT_AGREED: "bad",
    RoadAnswerState.TERM_OVER: "bad",
    RoadAnswerState.NOT_COMPETENT: "neutral",
    RoadAnswerState.WITHDRAWN: "dark",
}
RoadRequestForm: Any = declared_form("RoadRequestForm", fields_named(RoadAnswer, *_SENT))


class RoadAnswerFormBase(BaseForm):
    """Which request, its version, and what it became."""

    answer = HiddenField()
    answer_version = HiddenField()
    result = SelectField(_l("Kết quả"), choices=[SelectChoice(state.value, state.label) for state in ANSWERS])
    handed_to = SelectField(
        _l("Đã chuyển đến"),
        default="",
        choices=[SelectChoice("", ""), *(SelectChoice(manager.value, manager.label) for manager in RoadManager)],
        description=_l("Chỉ khi không thuộc thẩm quyền."),
    )


RoadAnswerForm: Any = declared_form("RoadAnswerForm", fields_named(RoadAnswer, *_ANSWERED), RoadAnswerFormBase)


@bp.get("/route-lists/items/<int:case_id>/road", permission=P.ROUTELIST_ITEMS)
def road(ctx: Ctx, case_id: int) -> str:
    """The requests of a street; `answer`: the one whose form is shown."""
    return _page(ctx, get_item(ctx, case_id))


@bp.post("/route-lists/items/<int:case_id>/road", permission=P.ROUTELIST_PROGRESS)
def ask_road(ctx: Ctx, case_id: int) -> Page:
    """Record a request to a manager of the road."""
    item = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROGRESS, item)
    form = RoadRequestForm()
    if submit(ctx, form, lambda: send(ctx, item, values_of(form, _SENT))) is None:
        return _page(ctx, item, request_form=form), form.refusal_status
    return go(ctx, "routelists.road", _("Đã ghi yêu cầu gửi cơ quan quản lý đường."), case_id=case_id)


@bp.post("/route-lists/items/<int:case_id>/road/answer", permission=P.ROUTELIST_PROGRESS)
def answer_road(ctx: Ctx, case_id: int) -> Page:
    """Record what a manager answered."""
    item = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_PROGRESS, item)
    form = RoadAnswerForm()

    def give() -> RoadAnswer:
        return give_answer(
            ctx,
            GiveAnswer(
                item,
                parse_id(form.answer.data or "") or 0,
                parse_id(form.answer_version.data or ""),
                RoadAnswerState(form.result.data),
                handed_to=RoadManager(form.handed_to.data) if form.handed_to.data else None,
                **values_of(form, _ANSWERED),
            ),
        )

    if submit(ctx, form, give) is None:
        return _page(ctx, item, answer_form=form), form.refusal_status
    return go(ctx, "routelists.road", _("Đã ghi trả lời của cơ quan quản lý đường."), case_id=case_id)


def _page(ctx: Ctx, item: RouteItem, request_form: Any = None, answer_form: Any = None) -> str:
    answers = answers_of(ctx, item.id)
    may_act = allowed(ctx, P.ROUTELIST_PROGRESS, item) and item.state is ItemState.AGREED
    if answer_form is None and may_act:
        wanted = parse_id(request.args.get("answer", ""))
        selected = next((each for each in answers if each.id == wanted and each.state in OPEN), None)
        if selected is not None:
            answer_form = RoadAnswerForm(formdata=None, answer=str(selected.id), answer_version=str(selected.version))
    return render_template(
        "routelists/road.html",
        case=item,
        rows=[(each, shown_state(each, ctx.today)) for each in answers],
        open_states=OPEN,
        tones=_TONES,
        labels=labels_of(RoadAnswer),
        may_act=may_act,
        rule=setting_row(ctx.session, DAYS, ctx.today),
        request_form=(request_form or RoadRequestForm(formdata=None, data={"sent_on": format_date(ctx.today)}))
        if may_act
        else None,
        answer_form=answer_form if may_act else None,
    )
