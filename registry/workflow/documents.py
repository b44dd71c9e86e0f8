"""docs/workflows.md, generated from the declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from registry.authz.documents import describe_scope
from registry.authz.matrix import GRANTS
from registry.authz.permissions import P
from registry.kernel.db.base import Choice
from registry.kernel.documents import table
from registry.workflow.definition import WORKFLOWS, Branch, Deadline, FilesNeed, ItemsNeed, Move, Need, Workflow

_HEAD = """# Workflows

Made from the declarations (`workflow` of each feature) by `flask --app app docs write`; change them there, not here.

One engine (`registry/workflow/`) runs the cases of all kinds. A move is made by the holders of its permission for the
row (`docs/permissions.md` explains the rows); the minute job makes a move *by the clock* when a term is over. The
length of a term and its legal basis are dated rows of `legal_term`, maintained at `/terms`. Replaced and withdrawn
rows stay there. Before a change is saved, its page shows the number of open cases with a new due date; their parties
get a notice. The working calendar is at `/calendar`. Terms and calendar are not repeated here, since they change
without the program. A diamond in a diagram is a branch: the case decides the next state.
"""
_CLOCK = "by the clock"
_START, _END = "[*]", "[*]"


def workflows_document() -> str:
    workflows = [WORKFLOWS[code] for code in sorted(WORKFLOWS)]
    return "\n".join([_HEAD, *(_workflow(workflow) for workflow in workflows)])


def _workflow(workflow: Workflow) -> str:
    parts = [
        f"## {workflow.label} (`{workflow.code}`)\n",
        f"Numbers: `{workflow.prefix}-YYYY-NNNNNN`. Read with `{workflow.read}`: {_holders(workflow.read)}.\n",
        diagram(workflow),
        "### States\n",
        _states(workflow),
        "### Moves\n",
        _moves(workflow),
    ]
    if workflow.deadlines:
        parts += ["### Terms\n", _terms(workflow)]
    return "\n".join(parts)


def diagram(workflow: Workflow) -> str:
    """A workflow as a Mermaid state diagram."""
    lines = [f"    {state.value} : {_plain(state.label)}" for state in workflow.states]
    lines.append(f"    {_START} --> {workflow.start.value}")
    for move in workflow.moves:
        lines += _arrows(move)
    lines += [f"    {state.value} --> {_END}" for state in workflow.final_states]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```\n"])


def _arrows(move: Move) -> list[str]:
    label = f"{move.name} (clock)" if move.by_clock else move.name
    if not isinstance(move.target, Branch):
        return [f"    {source.value} --> {move.target.value} : {label}" for source in move.sources]
    branch = f"after_{move.name}"
    return [
        f"    state {branch} <<choice>>",
        *(f"    {source.value} --> {branch} : {label}" for source in move.sources),
        *(f"    {branch} --> {target.value}" for target in move.targets),
    ]


def _states(workflow: Workflow) -> str:
    rows = []
    for state in workflow.states:
        deadline = workflow.deadlines.get(state)
        pause = workflow.pauses.get(state)
        rows.append(
            [
                f"`{state.value}`",
                str(state.label),
                "; ".join(
                    dict.fromkeys(
                        f"{workflow.parties[each.party].label} (`{each.permission}`)"
                        for each in workflow.assignees_in(state)
                    )
                ),
                "; ".join(filter(None, (_end(deadline) if deadline else "", f"paused: {pause}" if pause else ""))),
            ]
        )
    return table(["State", "On the screen", "Assignee", "Term"], rows)


def _moves(workflow: Workflow) -> str:
    rows = [
        [
            f"`{move.name}`<br>{move.label}",
            _codes(move.sources),
            _targets(move),
            _CLOCK if move.by_clock else f"`{move.permission}`: {_holders(move.permission)}",
            "<br>".join(_need(need) for need in move.needs),
            "<br>".join(_happens(workflow, move)),
        ]
        for move in workflow.moves
    ]
    return table(["Move", "From", "To", "Who", "Needs", "What happens"], rows)


def _targets(move: Move) -> str:
    question = f"<br>{_first_line(move.target.choose)}" if isinstance(move.target, Branch) else ""
    return _codes(move.targets) + question


def _happens(workflow: Workflow, move: Move) -> Iterable[str]:
    yield str(move.done)
    if move.obstacle is not None:
        yield f"Only if: {_first_line(move.obstacle)}"
    if move.guard is not None:
        yield f"Checked: {_first_line(move.guard)}"
    if move.effect is not None:
        yield f"Done: {_first_line(move.effect)}"
    if move.gives_number:
        yield "The case gets its number."
    if move.notifies:
        yield f"Notified: {', '.join(str(workflow.parties[name].label) for name in move.notifies)}."


def _terms(workflow: Workflow) -> str:
    rows = [
        [
            _end(deadline),
            f"`{state.value}`",
            _begins(deadline),
            f"`{deadline.overdue}`",
            str(deadline.consequence),
        ]
        for state, deadline in workflow.deadlines.items()
    ]
    return table(["Term", "Runs in", "Begins", "When it is over", "Consequence"], rows)


def _end(deadline: Deadline) -> str:
    return f"stated: {_first_line(deadline.stated)}" if deadline.stated is not None else f"`{deadline.term}`"


def _begins(deadline: Deadline) -> str:
    begins = _first_line(deadline.start) if deadline.start else "with the state"
    return f"{begins}<br>Term: {_first_line(deadline.term_of)}" if deadline.term_of else begins


def _need(need: Need) -> str:
    kind = " (files)" if isinstance(need, FilesNeed) else " (parts of the case)" if isinstance(need, ItemsNeed) else ""
    return f"{need.label}{kind}{'' if need.required else ', optional'}"


def _holders(permission: P) -> str:
    """The roles that hold a permission with the rows that they hold it for, grouped by rows."""
    by_scope: dict[str, list[str]] = {}
    for role, scope in GRANTS.get(permission, {}).items():
        by_scope.setdefault(describe_scope(scope), []).append(f"`{role}`")
    return "; ".join(f"{', '.join(roles)} ({rows})" for rows, roles in by_scope.items())


def _codes(states: Sequence[Choice]) -> str:
    return ", ".join(f"`{state.value}`" for state in states)


def _first_line(function: Callable[..., Any]) -> str:
    """The first paragraph of a function's docstring; its name if there is none."""
    text = inspect.getdoc(function) or ""
    line = text.split("\n\n", 1)[0].replace("\n", " ").strip()
    return line or f"`{getattr(function, '__name__', 'computed')}`"


def _plain(label: Any) -> str:
    """A label without characters that are syntax in Mermaid."""
    return str(label).replace(":", " ").replace(";", ",")
