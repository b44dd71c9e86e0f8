"""What every list page of cases is made of: filter from the address, chips, pages."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import current_app, request, url_for
from sqlalchemy import ColumnElement
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor, read_cursor, sign_cursor
from registry.kernel.text import TextRefused, normalise
from registry.workflow.definition import Workflow
from registry.workflow.lists import CaseFilter, list_cases
from registry.workflow.time_left import words_of

_MOST_WORDS = 200


def read_case_filter(workflow: Workflow, args: MultiDict[str, str]) -> CaseFilter:
    """The filter that an address names; Invalid for a state that the workflow does not have."""
    states = tuple(args.getlist("state"))
    unknown = [state for state in states if state not in set(workflow.states)]
    if unknown:
        raise Invalid({"state": _("Không có trạng thái «%(state)s» trong quy trình này.", state=unknown[0][:60])})
    try:
        words = normalise(args.get("q", ""))[:_MOST_WORDS]
    except TextRefused as refused:
        raise Invalid({"q": str(refused)}) from refused
    return CaseFilter(states, args.get("late") == "1", args.get("waiting") == "1", words)


def case_list(ctx: Ctx, workflow: Workflow, *where: ColumnElement[bool], **kept: str) -> dict[str, Any]:
    """The context of templates/workflow/list.html; `kept` are the feature's own arguments, part of every address."""
    chosen = read_case_filter(workflow, request.args)
    secret = str(current_app.config["SECRET_KEY"])
    page = list_cases(
        ctx, workflow, chosen, *where, cursor=read_cursor(secret, workflow.code, request.args.get("cursor"))
    )
    base = url_for(workflow.index)

    def address(cursor: Cursor | None) -> str | None:
        signed = sign_cursor(secret, workflow.code, cursor)
        return signed and list_address(base, chosen, kept, cursor=signed)

    return {
        "workflow": workflow,
        "page": page,
        "chosen": chosen,
        "kept": kept,
        "chips": chips_of(base, workflow, chosen, kept),
        "left": {case.id: words_of(ctx, case.due_at)[1:] for case in page.rows if case.due_at},
        "previous_url": address(page.previous),
        "next_url": address(page.next),
        "first_url": list_address(base, chosen, kept),
        "clear_url": f"{base}?{urlencode(kept)}" if kept else base,
    }


def list_address(base: str, chosen: CaseFilter, kept: dict[str, str], **more: str) -> str:
    """The address of a list under a filter and the feature's own arguments."""
    pairs = [*kept.items(), *(("state", state) for state in chosen.states)]
    pairs += [(name, "1") for name in ("late", "waiting") if getattr(chosen, name)]
    pairs += [("q", chosen.q)] if chosen.q else []
    query = urlencode([*pairs, *more.items()])
    return f"{base}?{query}" if query else base


def chips_of(base: str, workflow: Workflow, chosen: CaseFilter, kept: dict[str, str]) -> list[dict[str, str]]:
    """Each condition in words with the address of the list without it."""

    def chip(label: str, value: str, **without: Any) -> dict[str, str]:
        rest = CaseFilter(**{**vars(chosen), **without})
        return {"label": label, "value": value, "remove_url": list_address(base, rest, kept)}

    found = [
        chip(
            _("Trạng thái"),
            str(workflow.states(state).label),
            states=tuple(other for other in chosen.states if other != state),
        )
        for state in chosen.states
    ]
    if chosen.late:
        found.append(chip(_("Thời hạn"), _("quá hạn"), late=False))
    if chosen.waiting:
        found.append(chip(_("Đến lượt"), _("bạn"), waiting=False))
    if chosen.q:
        found.append(chip(_("Từ khóa"), chosen.q, q=""))
    return found
