"""Ask the owner before a published line shows unpublished nodes (ADR 0021): forms refuse, imports withhold the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Select, select, update

from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _, _n
from registry.structures.codes import SharingStatus
from registry.structures.commands import GivenPosition
from registry.structures.kinds.kind import Kind, Shape
from registry.structures.models import Structure
from registry.structures.positions import sees_all_of
from registry.structures.positions.shown_nodes import (
    hidden_nodes_along,
    shape_of,
    shape_of_geojson,
    showing_lines_at,
    shown_pairs,
)
from registry.structures.visibility import IS_OFFERED, IS_PUBLISHED, IS_SHOWN_AS_CELLS

#: Most codes that a sentence names.
_NAMED: Final = 5


def require_agreed(
    ctx: Ctx,
    kind: Kind,
    owner_id: int,
    values: Mapping[str, Any],
    position: GivenPosition | None,
    structure_id: int | None = None,
) -> None:
    """Invalid where the record as it is to be written shows a hidden node, or is one that a published line shows.

    `values` are all fields of the record; without `position` its shape is that of the structure.
    """
    asks_nodes = kind.shows_nodes and IS_OFFERED.holds(values) and not values.get("shows_nodes")
    is_hidden = IS_SHOWN_AS_CELLS.holds(values) and not IS_PUBLISHED.holds(values)
    asks_lines = kind.shape is Shape.POINT and is_hidden
    if not asks_nodes and not asks_lines:
        return
    if not sees_all_of(ctx, owner_id):
        # Any answer about the nodes would disclose them to who registers for another owner.
        if asks_nodes:
            sentence = _("Tuyến công bố cần chủ sở hữu đồng ý; hãy để “Chưa đánh giá” hoặc đánh dấu đồng ý.")
            raise Invalid({"shows_nodes": sentence})
        return
    if position is not None:
        shape = shape_of_geojson(position.geojson)
    elif structure_id is not None:
        shape = shape_of(structure_id)
    else:
        return
    if asks_nodes:
        nodes = hidden_nodes_along(ctx, owner_id, shape)
        if nodes:
            raise Invalid({"shows_nodes": _sentence_on_nodes(nodes)})
    else:
        lines = showing_lines_at(ctx, owner_id, shape)
        if lines:
            raise Invalid({"sharing_status": _sentence_on_lines(lines)})


def require_agreed_for(ctx: Ctx, ids: Sequence[int]) -> None:
    """Invalid (`target`) where structures as they are now show hidden nodes, or are such nodes."""
    pairs = shown_pairs(ctx, select(Structure.id).where(Structure.id.in_(ids)))
    if pairs:
        sentence = _(
            "Chưa sửa gì: tuyến công bố sẽ cho thấy nút chưa công bố của đơn vị (%(pairs)s); hãy công bố các nút,"
            " đánh dấu đồng ý trên tuyến, hoặc vẽ tuyến kết thúc ở ranh giới ô lưới của nút.",
            pairs=_listed([f"{pair.line_code}: {pair.node_code}" for pair in pairs]),
        )
        raise Invalid({"target": sentence})


def withhold_lines(ctx: Ctx, owner_id: int, ids: Select[Any], *scratch: str) -> str | None:
    """Take back the publication of an owner's lines that show hidden nodes, where one of the two is among `ids`.

    `scratch` are the temporary tables of the connection that `ids` reads. Returns the sentence for the owner; None
    where there are no such lines, or the actor may not know of them.
    """
    pairs = shown_pairs(ctx, ids, *scratch)
    if not pairs:
        return None
    table: Any = Structure.__table__
    withheld = {pair.line_id: pair.line_code for pair in pairs}
    values = {
        "sharing_status": SharingStatus.NOT_ASSESSED.value,
        "version": table.c.version + 1,
        "updated_at": ctx.now,
    }
    ctx.session.execute(update(table).where(table.c.id.in_(sorted(withheld))).values(values))
    ctx.session.expire_all()
    if not sees_all_of(ctx, owner_id):
        return None
    return _n(
        "%(num)d tuyến chưa được công bố, ghi là “%(status)s”, vì sẽ cho thấy nút chưa công bố của đơn vị"
        " (%(pairs)s); hãy công bố các nút, hoặc đánh dấu đồng ý trên tuyến rồi công bố lại.",
        len(withheld),
        status=SharingStatus.NOT_ASSESSED.label,
        pairs=_listed([f"{pair.line_code}: {pair.node_code}" for pair in pairs]),
    )


def _sentence_on_nodes(codes: Sequence[str]) -> str:
    return _(
        "Tuyến công bố này cho thấy vị trí của nút chưa công bố: %(codes)s; hãy đánh dấu đồng ý, công bố các nút, hoặc"
        " vẽ tuyến kết thúc ở ranh giới ô lưới của nút.",
        codes=_listed(codes),
    )


def _sentence_on_lines(codes: Sequence[str]) -> str:
    return _(
        "Công trình chưa công bố này nằm trên tuyến đã công bố: %(codes)s; hãy công bố công trình, hoặc đánh dấu đồng ý"
        " trên tuyến trước.",
        codes=_listed(codes),
    )


def _listed(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_NAMED]) + ("; ..." if len(texts) > _NAMED else "")
