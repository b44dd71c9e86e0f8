"""The drawings of the structures of a request: the place that is asked for, and the limits of its screening."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from registry.authz.actors import Ctx
from registry.colocation.codes import ItemDecision, RequestKind
from registry.colocation.item_views import RequestItemView
from registry.colocation.models import ColocationRequest
from registry.colocation.screening.facts import units_asked
from registry.colocation.screening.result import DrawnLimit
from registry.colocation.screening.service import ShownScreening
from registry.drawings.drawing import Drawing, structure_drawing
from registry.drawings.facts import Asked, with_request
from registry.drawings.queries import facts_of_structures

#: A page draws so many structures; the others are drawn on their own pages.
ON_PAGE: Final = 8
ON_PAPER: Final = 24
#: The owner has not answered, or has offered something else: the units are still free.
_OPEN: Final = (ItemDecision.PENDING, ItemDecision.OFFERED, ItemDecision.UPGRADING)


@dataclass(frozen=True)
class ItemDrawings:
    """Structure -> its drawing; `left_out` structures have one, too, which this page does not show."""

    drawn: Mapping[int, Drawing]
    left_out: int = 0


def draw_items(
    ctx: Ctx,
    request: ColocationRequest,
    views: Sequence[RequestItemView],
    *screened: Mapping[int, ShownScreening],
    most: int = ON_PAGE,
) -> ItemDrawings:
    """The drawings of structures that the reader sees exactly, with the limits of the first screening that has some."""
    drawable = {view.structure.id: view.structure.kind for view in views if view.structure.exact}
    facts = facts_of_structures(ctx, dict(list(drawable.items())[:most]))
    by_id = {view.structure.id: view for view in views}
    drawn = {
        number: structure_drawing(
            with_request(screening, _asked(by_id[number], request.kind), _limits(number, screened))
        )
        for number, screening in facts.items()
    }
    return ItemDrawings(drawn, max(0, len(drawable) - most))


def _asked(view: RequestItemView, kind: RequestKind) -> Asked | None:
    """What the item asks for; None where it takes something down, and of what was refused."""
    item = view.item
    if item.decision is ItemDecision.REJECTED or kind is RequestKind.REMOVE:
        return None
    quantity = item.quantity if view.place is None else units_asked(item, view.place)
    if view.former is not None and view.former.place_id == item.place_id:
        # It replaces what is there, and needs only what it takes on top.
        quantity = max(0, quantity - view.former.quantity)
    return Asked(
        place=view.place.label if view.place else "",
        quantity=quantity,
        height_m=item.attach_height_m,
        is_open=item.decision in _OPEN,
    )


def _limits(number: int, screened: Sequence[Mapping[int, ShownScreening]]) -> Sequence[DrawnLimit]:
    return next((screening[number].drawn for screening in screened if number in screening), ())
