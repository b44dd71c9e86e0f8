"""What can be done with several rows of the list at once."""

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
    """A form whose boxes stand beside the rows: it posts their codes as `code` to `endpoint`.

    `admits` is given a row that the actor sees exactly. `method` "get" only opens a page. A row has one box: where the
    form of the endpoint `beside` takes it, this one is a further button of that form (both "get").
    """

    endpoint: str
    permission: P
    label: Any
    admits: Callable[[Ctx, Any], bool]
    method: str = "post"
    beside: str = ""
    #: Where the endpoint also takes the filter of the list (with `all`): the words of the link that gives it.
    all_label: Any = None

    @property
    def form_id(self) -> str:
        """Id of the form on the page, which the boxes of its rows name."""
        return "selection-" + self.endpoint.replace(".", "-")


SELECTIONS = ExtensionPoint[Selection]("structures.selections")


def selections_of(ctx: Ctx) -> list[Selection]:
    """What the actor may do with rows of the list."""
    return [selection for selection in SELECTIONS if holds(ctx.actor, selection.permission)]


def admitted(ctx: Ctx, selections: list[Selection], rows: list[Any]) -> dict[int, Selection]:
    """The rows that have a box, by id, each with the first form that takes it."""
    found = {}
    for row in rows:
        taking = (selection for selection in selections if row.exact and selection.admits(ctx, row))
        selection = next(taking, None)
        if selection is not None:
            found[row.id] = selection
    return found
