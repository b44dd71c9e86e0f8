"""The page of the announced works along a street: those of its period, and those that it is done with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import render_template
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l
from registry.routelists.linked_works import link_work, period_of, unlink_work, works_of_street
from registry.routelists.models import RouteItem
from registry.routelists.pages import bp
from registry.routelists.queries import get_item
from registry.routelists.rules import OUT
from registry.streets.work_queries import WorkInPlace
from registry.workflow.forms import MoveForm

_NUMBER_LENGTH = 60


class LinkedWorkForm(MoveForm):
    """The work whose link to the street is written, or taken back."""

    code = StringField(
        _l("Số thông báo thi công"),
        validators=[InputRequired(), Length(max=_NUMBER_LENGTH)],
        description=_l("Ví dụ: TC-2026-000001."),
    )


@bp.get("/route-lists/items/<int:case_id>/works", permission=P.ROUTELIST_ITEMS)
def works(ctx: Ctx, case_id: int) -> str:
    """The announced works along a street."""
    return _works_page(ctx, get_item(ctx, case_id))


@bp.post("/route-lists/items/<int:case_id>/works", permission=P.ROUTELIST_PROGRESS)
def save_work(ctx: Ctx, case_id: int) -> Page:
    """Link a work."""
    return _changed(ctx, case_id, link_work, _("Đã liên kết thông báo thi công %(number)s."))


@bp.post("/route-lists/items/<int:case_id>/works/remove", permission=P.ROUTELIST_PROGRESS)
def remove_work(ctx: Ctx, case_id: int) -> Page:
    """Take back the link of a work."""
    return _changed(ctx, case_id, unlink_work, _("Đã bỏ liên kết thông báo thi công %(number)s."))


def _changed(ctx: Ctx, case_id: int, change: Callable[..., WorkInPlace], done: str) -> Page:
    item, form = get_item(ctx, case_id), LinkedWorkForm()
    require(ctx, P.ROUTELIST_PROGRESS, item)
    work = submit(ctx, form, lambda: change(ctx, item.id, form.read_version, form.code.data or ""), current=item)
    if work is None:
        return _works_page(ctx, item, form), form.refusal_status
    return go(ctx, "routelists.works", done % {"number": work.number}, case_id=case_id)


def _works_page(ctx: Ctx, item: RouteItem, form: Any = None) -> str:
    linked, along = works_of_street(ctx, item)
    return render_template(
        "routelists/works.html",
        case=item,
        period=period_of(ctx, item),
        linked_works=linked,
        works_along=along,
        form=form or LinkedWorkForm(formdata=None, version=str(item.version)),
        may_link=item.state not in OUT and allowed(ctx, P.ROUTELIST_PROGRESS, item),
    )
