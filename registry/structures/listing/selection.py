"""Actions on several rows of the list at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.kernel.feature import ExtensionPoint


@dataclass(frozen=True)
class Selection:
    """A form with a check box on each row; it posts the codes of the chosen rows as `code` to `endpoint`.

    `admits` takes a row that the actor sees exactly. `method` "get" only opens a page. A row has one check box: where
    the form of the endpoint `joins` admits it, this action is another button of that form (of the same method).
    """

    endpoint: str
    permission: P
    label: Any
    admits: Callable[[Ctx, Any], bool]
    method: str = "post"
    joins: str = ""
    #: Label of the link that passes the whole filter (with `all`), where the endpoint takes it.
    all_label: Any = None

    @property
    def form_id(self) -> str:
        """Id of the form on the page, to which the check boxes refer."""
        return "selection-" + self.endpoint.replace(".", "-")


SELECTIONS = ExtensionPoint[Selection]("structures.selections")


def selections_of(ctx: Ctx) -> list[Selection]:
    """The actions that the actor may take on rows of the list."""
    return [selection for selection in SELECTIONS if holds(ctx.actor, selection.permission)]


def admitted(ctx: Ctx, selections: list[Selection], rows: list[Any]) -> dict[int, Selection]:
    """Row id -> the first form that admits it; rows without a form are left out."""
    admitted_selections = {}
    for row in rows:
        admitting = (selection for selection in selections if row.exact and selection.admits(ctx, row))
        selection = next(admitting, None)
        if selection is not None:
            admitted_selections[row.id] = selection
    return admitted_selections
