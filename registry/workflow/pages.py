"""The routes of all moves and messages of cases."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import get_visible
from registry.files.pages import STORE
from registry.files.questions import ask_once
from registry.files.service import add_file
from registry.kernel.errors import Conflict, MoveRefused, NotFound, errors_at
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.workflow.definition import WORKFLOWS, ItemsNeed, Move, Workflow
from registry.workflow.engine import (
    check_obstacle,
    check_version,
    end_terms,
    file_needs,
    fire,
    lock_case,
    require_move,
    state_refusal,
)
from registry.workflow.forms import MessageForm, MoveForm, data_of, files_of, form_of, presets_of
from registry.workflow.messages import write_message
from registry.workflow.notice_events import notified_sentence
from registry.workflow.views import sees_case

bp = GuardedBlueprint("workflow", __name__, errors=html_errors)


@bp.get("/cases/<workflow>/<int:case_id>/<move>", permission=P.CASE_ACT)
def step(ctx: Ctx, workflow: str, case_id: int, move: str) -> str:
    flow, case, selected_move = _found(ctx, workflow, case_id, move)
    end_terms(ctx, flow, case)
    if case.state not in selected_move.sources:
        raise MoveRefused(state_refusal(case, selected_move))
    check_obstacle(ctx, case, selected_move)
    presets = presets_of(ctx, case, selected_move) | {
        "version": str(case.version),
        "decision_digest": _decision_digest(ctx, flow, case, selected_move),
    }
    form = form_of(ctx, case, selected_move, formdata=None, data=presets)
    return _page(ctx, flow, case, selected_move, form)


@bp.post("/cases/<workflow>/<int:case_id>/<move>", permission=P.CASE_ACT, endpoint="step_post")
def step_post(ctx: Ctx, workflow: str, case_id: int, move: str) -> Page:
    """Make a move; 422 and 409 (the case has changed) show the form again with the typed values."""
    flow, case, selected_move = _found(ctx, workflow, case_id, move)
    form = form_of(ctx, case, selected_move)

    def check() -> None:
        if selected_move.reads_content:
            # What is compared stays as it is until the move is made.
            lock_case(ctx, flow, case.id)
        check_version(case, form.read_version)
        _check_decision_digest(ctx, flow, case, selected_move, form)

    # An outdated page is reported first: what it offered may no longer exist.
    moved_case = submit(ctx, form, lambda: _make(ctx, flow, case, selected_move, form), before=check, current=case)
    if moved_case is None:
        if form.conflict is not None:
            form.decision_digest.data = _decision_digest(ctx, flow, case, selected_move)
        return _page(ctx, flow, case, selected_move, form), form.refusal_status
    flash_done(ctx, f"{moved_case.number or moved_case.title}: {selected_move.done}")
    following = flow.next_page(ctx, moved_case, selected_move)
    address = url_for(following[0], **following[1]) if following is not None else _next_page(ctx, flow, case_id)
    return redirect(address, code=303)


def _next_page(ctx: Ctx, workflow: Workflow, case_id: int) -> str:
    """The case, or the list where the move took it out of what the actor may see."""
    if sees_case(ctx, workflow, case_id):
        return url_for(workflow.page, case_id=case_id)
    return url_for(workflow.index)


@bp.post("/cases/<workflow>/<int:case_id>/messages", permission=P.CASE_ACT)
def say(ctx: Ctx, workflow: str, case_id: int) -> Page:
    flow = WORKFLOWS.get(workflow)
    if flow is None:
        raise NotFound
    form = MessageForm()
    written = submit(ctx, form, lambda: write_message(ctx, flow, case_id, form.text.data or ""))
    if written is None:
        case = get_visible(ctx, flow.model, flow.read, flow.model.id == case_id)
        return render_template("workflow/message.html", workflow=flow, case=case, form=form), form.refusal_status
    flash_done(ctx, _("Đã gửi tới các bên."))
    return redirect(url_for(flow.page, case_id=case_id, _anchor="talk"), code=303)


def _decision_digest(ctx: Ctx, workflow: Workflow, case: Any, move: Move) -> str:
    """The digest of the facts that a move on parts or on the content of a case depends on; "" for other moves."""
    rests = move.reads_content or any(isinstance(need, ItemsNeed) for need in move.needs)
    return workflow.decision_digest(ctx, case) if rests and workflow.decision_digest is not None else ""


def _check_decision_digest(ctx: Ctx, workflow: Workflow, case: Any, move: Move, form: MoveForm) -> None:
    """Conflict if what the move depends on differs from what the form showed."""
    shown = form.decision_digest.data
    if shown is None and not move.reads_content:
        return
    if (shown or "") == _decision_digest(ctx, workflow, case, move):
        return
    if workflow.digest_conflict is not None:
        raise workflow.digest_conflict(ctx, case, shown or "")
    raise Conflict(
        _(
            "Công trình hoặc giá của %(number)s đã thay đổi kể từ khi mở trang; hãy xem lại hồ sơ rồi quyết định.",
            number=case.number or case.title,
        ),
        {},
    )


def _make(ctx: Ctx, workflow: Workflow, case: Any, move: Move, form: MoveForm) -> Any:
    data = data_of(ctx, case, form, move)
    moved_case = fire(ctx, workflow, case.id, move.name, data, version=form.read_version)
    store, sent = STORE.current(), files_of(form, workflow, case.id, move)
    added = []
    for name, command in sent:
        with errors_at(name):
            added.append(add_file(ctx, store, command))
    if added and workflow.file_questions is not None:
        questions = workflow.file_questions(ctx, moved_case, [file.id for file in added])
        ask_once(form.asked_files, sent[0][0], questions)
    return moved_case


def _found(ctx: Ctx, code: str, case_id: int, move_name: str) -> tuple[Workflow, Any, Move]:
    """The case and the move; NotFound or Forbidden if the actor may never make it."""
    workflow = WORKFLOWS.get(code)
    move = workflow.move(move_name) if workflow else None
    if workflow is None or move is None or move.by_clock:
        raise NotFound
    case = get_visible(ctx, workflow.model, workflow.read, workflow.model.id == case_id)
    require_move(ctx, workflow, case, move)
    return workflow, case, move


def _page(ctx: Ctx, workflow: Workflow, case: Any, move: Move, form: MoveForm) -> str:
    return render_template(
        "workflow/move.html",
        workflow=workflow,
        case=case,
        move=move,
        form=form,
        shown=move.current_values(ctx, case) if move.current_values else [],
        possible=case.state in move.sources,
        with_files=bool(file_needs(move)),
        notified=notified_sentence(workflow, move.name),
    )
