"""Pages of the work on listed streets: its progress, the board of operators, what was built, all streets of a year."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import render_template, request
from wtforms import HiddenField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.kernel.fields import display_value, fields_of
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, typed_values, values_of
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.lists.page import list_page
from registry.kernel.numbers import parse_id
from registry.routelists.board import (
    BOARD_FIELDS,
    STEPS,
    BoardRow,
    SetBoardEntry,
    boards_of,
    operators,
    set_entry,
)
from registry.routelists.joining import NEED_FIELDS, Joining, StateNeed, joining_of, require_asked, state_need
from registry.routelists.linked_structures import link_structure, linked_structures, unlink_structure
from registry.routelists.models import ItemState, RouteItem
from registry.routelists.pages import bp
from registry.routelists.progress import due_day, is_late, state_text, work_of, work_photos
from registry.routelists.progress_models import RouteWork, StructureRole, WorkState
from registry.routelists.progress_view import PROGRESS
from registry.routelists.queries import get_item
from registry.routelists.rules import EDITABLE
from registry.structures.models import Structure
from registry.structures.pages.blueprint import code_labels
from registry.structures.visibility import PLANS
from registry.workflow.forms import MoveForm

_CODE_LENGTH = 60
_WORK_FIELDS = fields_of(RouteWork)


class BoardFormBase(BaseForm):
    """The operator whose days these are."""

    organisation = SelectField(_l("Doanh nghiệp"), coerce=int)
    #: Of the row that was read; empty for a new one.
    entry_version = HiddenField()


BoardForm: Any = declared_form("BoardForm", BOARD_FIELDS.values(), BoardFormBase)


class NeedFormBase(BaseForm):
    """The row that was read."""

    need_version = HiddenField()


NeedForm: Any = declared_form("NeedForm", NEED_FIELDS.values(), NeedFormBase)


class LinkedForm(MoveForm):
    """The structure whose link to the street is written, or taken back."""

    code = StringField(
        _l("Mã công trình"),
        validators=[InputRequired(), Length(max=_CODE_LENGTH)],
        description=_l("Mã của công trình trong hành lang của tuyến; ví dụ: THA-CB-000123."),
    )


@bp.get("/route-lists/board", permission=P.ROUTELIST_ITEMS)
def board(ctx: Ctx) -> str:
    """The listed streets with the progress of their work."""
    return render_template("routelists/board.html", listing=list_page(ctx, PROGRESS))


@bp.get("/route-lists/items/<int:case_id>/progress", permission=P.ROUTELIST_ITEMS)
def progress(ctx: Ctx, case_id: int) -> str:
    """The work on one street; `organisation`: the operator whose days the form starts with."""
    return _page(ctx, get_item(ctx, case_id))


@bp.post("/route-lists/items/<int:case_id>/progress/board", permission=P.ROUTELIST_BOARD)
def save_board(ctx: Ctx, case_id: int) -> Page:
    """Write the days of an operator; 409 where they have changed since they were read."""
    item = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_BOARD, item)
    form = _with_operators(ctx, item, BoardForm())
    saved = submit(
        ctx,
        form,
        lambda: set_entry(
            ctx,
            SetBoardEntry(
                item.id, form.organisation.data, parse_id(form.entry_version.data or ""), values_of(form, BOARD_FIELDS)
            ),
        ),
    )
    if saved is None:
        return _page(ctx, item, board_form=form), form.refusal_status
    return go(ctx, "routelists.progress", _("Đã ghi phần việc của doanh nghiệp."), case_id=case_id)


@bp.post("/route-lists/items/<int:case_id>/progress/need", permission=P.ROUTELIST_BOARD)
def save_need(ctx: Ctx, case_id: int) -> Page:
    """State what the actor's organisation needs in the street."""
    item = get_item(ctx, case_id)
    require(ctx, P.ROUTELIST_BOARD, item)
    require_asked(ctx, item.id)
    form = NeedForm()
    stated = submit(
        ctx,
        form,
        lambda: state_need(
            ctx, StateNeed(item, parse_id(form.need_version.data or ""), **values_of(form, NEED_FIELDS))
        ),
    )
    if stated is None:
        return _page(ctx, item, need_form=form), form.refusal_status
    return go(ctx, "routelists.progress", _("Đã ghi nhu cầu của đơn vị."), case_id=case_id)


@bp.post("/route-lists/items/<int:case_id>/progress/as-built", permission=P.ROUTELIST_PROGRESS)
def save_as_built(ctx: Ctx, case_id: int) -> Page:
    """Link a structure that the work built."""
    return _linked(ctx, case_id, StructureRole.BUILT)


@bp.post("/route-lists/items/<int:case_id>/progress/as-built/remove", permission=P.ROUTELIST_PROGRESS)
def remove_as_built(ctx: Ctx, case_id: int) -> Page:
    """Take back the link of a structure that the work built."""
    return _unlinked(ctx, case_id, StructureRole.BUILT)


@bp.get("/route-lists/items/<int:case_id>/planned", permission=P.ROUTELIST_ITEMS)
def planned(ctx: Ctx, case_id: int) -> str:
    """The structures that a proposed street plans."""
    return _planned_page(ctx, get_item(ctx, case_id))


@bp.post("/route-lists/items/<int:case_id>/planned", permission=P.ROUTELIST_PROPOSE)
def save_planned(ctx: Ctx, case_id: int) -> Page:
    """Link a planned structure to a proposal that its proposer may edit."""
    return _linked(ctx, case_id, StructureRole.PLANNED)


@bp.post("/route-lists/items/<int:case_id>/planned/remove", permission=P.ROUTELIST_PROPOSE)
def remove_planned(ctx: Ctx, case_id: int) -> Page:
    """Take back the link of a planned structure."""
    return _unlinked(ctx, case_id, StructureRole.PLANNED)


#: Role of linked structures -> the page that shows them, and who links them.
_ROLES: Final = {
    StructureRole.BUILT: ("routelists.progress", P.ROUTELIST_PROGRESS),
    StructureRole.PLANNED: ("routelists.planned", P.ROUTELIST_PROPOSE),
}


def _linked(ctx: Ctx, case_id: int, role: StructureRole) -> Page:
    return _changed(ctx, case_id, role, link_structure, _("Đã ghi công trình %(code)s."))


def _unlinked(ctx: Ctx, case_id: int, role: StructureRole) -> Page:
    return _changed(ctx, case_id, role, unlink_structure, _("Đã bỏ công trình %(code)s khỏi tuyến."))


def _changed(ctx: Ctx, case_id: int, role: StructureRole, change: Callable[..., Structure], done: str) -> Page:
    endpoint, permission = _ROLES[role]
    item, form = get_item(ctx, case_id), LinkedForm()
    require(ctx, permission, item)
    structure = submit(
        ctx, form, lambda: change(ctx, item.id, form.read_version, role, form.code.data or ""), current=item
    )
    if structure is None:
        return _page_of(ctx, item, role, form), form.refusal_status
    return go(ctx, endpoint, done % {"code": structure.code}, case_id=case_id)


def _page_of(ctx: Ctx, item: RouteItem, role: StructureRole, form: Any) -> str:
    """The page of a role with a refused form."""
    if role is StructureRole.BUILT:
        return _page(ctx, item, built_form=form)
    return _planned_page(ctx, item, form)


def _planned_page(ctx: Ctx, item: RouteItem, form: Any = None) -> str:
    may_edit = item.state in EDITABLE and allowed(ctx, P.ROUTELIST_PROPOSE, item)
    return render_template(
        "routelists/planned.html",
        case=item,
        structures=linked_structures(ctx, item.id, StructureRole.PLANNED),
        form=form or _link_form(item),
        may_edit=may_edit,
        statuses=code_labels()["statuses"],
        plans=PLANS,
    )


def _link_form(item: RouteItem) -> LinkedForm:
    return LinkedForm(formdata=None, version=str(item.version))


def _page(ctx: Ctx, item: RouteItem, board_form: Any = None, built_form: Any = None, need_form: Any = None) -> str:
    work, operators = work_of(ctx, item.id), boards_of(ctx, [item.id])[item.id]
    joining = joining_of(ctx, item.id)
    is_listed = item.state is ItemState.AGREED and item.decision_number is not None
    may_board = is_listed and allowed(ctx, P.ROUTELIST_BOARD, item)
    may_build = is_listed and allowed(ctx, P.ROUTELIST_PROGRESS, item)
    return render_template(
        "routelists/progress.html",
        case=item,
        facts=_facts(item, work),
        joining=joining,
        need_form=need_form or _need_form(joining, work),
        is_late=is_late(item, work, ctx.today),
        board=operators,
        steps=[(name, BOARD_FIELDS[name].label) for name in STEPS],
        board_form=(board_form or _first_form(ctx, item, operators.rows)) if may_board else None,
        built=linked_structures(ctx, item.id, StructureRole.BUILT),
        built_form=(built_form or _link_form(item)) if may_build else None,
        photos=work_photos(ctx, item) if allowed(ctx, P.ROUTELIST_PAPERS, item) else [],
    )


def _need_form(joining: Joining | None, work: RouteWork | None) -> Any:
    """The form of the actor's own statement, until the work begins; None for who was not asked."""
    if joining is None or joining.own is None or (work is not None and work.state is not WorkState.DROPPED):
        return None
    return NeedForm(formdata=None, need_version=str(joining.own.version), **typed_values(NEED_FIELDS, joining.own))


def _facts(item: RouteItem, work: RouteWork | None) -> list[tuple[Any, str]]:
    due = due_day(item, work)
    facts = [(_("Tiến độ"), state_text(work)), (_WORK_FIELDS["due_on"].label, format_date(due) if due else "")]
    if work is not None:
        facts += [
            (declared.label, display_value(declared, getattr(work, name)))
            for name, declared in _WORK_FIELDS.items()
            if name != "due_on"
        ]
    return facts


def _first_form(ctx: Ctx, item: RouteItem, rows: tuple[BoardRow, ...]) -> Any:
    """The form of an operator: the one of the query string, else the actor's own, else the first one that has steps
    left."""
    wanted = parse_id(request.args.get("organisation", "")) or ctx.actor.organisation_id
    if allowed(ctx, P.ROUTELIST_PROGRESS, item) and "organisation" not in request.args:
        wanted = next((row.entry.organisation_id for row in rows if row.done < len(STEPS)), None)
    row = next((row for row in rows if row.entry.organisation_id == wanted), None)
    typed = {} if row is None else dict(typed_values(BOARD_FIELDS, row.entry))
    version = "" if row is None else str(row.entry.version)
    return _with_operators(ctx, item, BoardForm(formdata=None, organisation=wanted, entry_version=version, **typed))


def _with_operators(ctx: Ctx, item: RouteItem, form: Any) -> Any:
    owners = operators(ctx)
    if not allowed(ctx, P.ROUTELIST_PROGRESS, item):
        owners = [owner for owner in owners if owner.id in ctx.actor.organisation_ids]
    choices = [SelectChoice(owner.id, owner.short_name) for owner in owners]
    if len(choices) > 1:
        # Nothing is preselected: the days of one operator are not written for another by mistake.
        choices.insert(0, SelectChoice(0, _("Hãy chọn")))
    form.organisation.choices = choices
    return form
