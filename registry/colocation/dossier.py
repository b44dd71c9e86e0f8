"""What a dossier holds of each structure: the register's extract and its capacity, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.authz.actors import Ctx
from registry.capacity.queries import PlaceView, list_places
from registry.colocation.item_views import ItemView, view_items
from registry.colocation.models import ColocationRequest
from registry.kernel.i18n import _
from registry.structures import positions
from registry.structures.forms import fields_for
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import display_value
from registry.structures.positions.references import visible_values
from registry.structures.queries import get_structure
from registry.structures.writing.create_edit import current_values


@dataclass(frozen=True)
class Extract:
    """One item with what the register says of its structure; both empty for who does not see it exactly (any more)."""

    view: ItemView
    rows: Sequence[tuple[str, str]]
    places: Sequence[PlaceView]


def dossier_of(ctx: Ctx, request: ColocationRequest) -> list[Extract]:
    """The extracts of all items of a request."""
    return [_extract(ctx, view) for view in view_items(ctx, request)]


def _extract(ctx: Ctx, view: ItemView) -> Extract:
    if not view.structure.exact:
        return Extract(view, (), ())
    structure = get_structure(ctx, view.structure.code, KINDS[view.structure.kind].model)
    values = visible_values(ctx, structure.kind, structure.owner_organisation_id, current_values(structure))
    given = positions.given_of(ctx, structure.id)
    rows = [
        (str(field.label), text)
        for name, field in fields_for(structure.kind).items()
        if (text := display_value(field, values.get(name)))
    ]
    if given is not None:
        rows.append((_("Tọa độ đã khai"), given.given_position))
    return Extract(view, rows, list_places(ctx, structure))
