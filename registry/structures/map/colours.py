"""Colours of the map other than the sharing status.

Each value has a symbol in static/map/symbols.svg, so values are unique over all colours. Only rows that are seen
exactly have one: cells have no colour.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, case, func, literal, or_, select

from registry.accounts.models import OWNING_KINDS, Organisation
from registry.authz.actors import Ctx
from registry.kernel.feature import KeyedExtensionPoint
from registry.kernel.i18n import _, _l
from registry.structures.codes import Condition, PositionMethod, Provenance
from registry.structures.filtering.checks import fresh_since, good_until
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.structures.positions.moment import Point

#: Owners with a colour and a symbol of their own; more could not be distinguished.
OWNER_COLOURS: Final = 8
_OTHERS: Final = "owner_other"


@dataclass(frozen=True)
class MapColour:
    """One way to colour the map: its label, the labels of its values, and the SQL of a structure's value."""

    code: str
    label: Any
    values: Callable[[Ctx], Mapping[str, Any]]
    #: Built outside of the role that reads positions, executed within it.
    clause: Callable[[Ctx], ColumnElement[str]]
    #: The same for a past row of positions.readable; None: only for the present.
    clause_at: Callable[[Ctx, Any, Point], ColumnElement[str]] | None = None
    #: Whether its symbols replace that of the sharing status, or are drawn under it as discs.
    stands_alone: bool = True

    def symbol(self, value: str) -> str:
        """The symbol of a value in static/map/symbols.svg."""
        return f"mark-{value}" if self.stands_alone else f"disc-{value}"


MAP_COLOURS = KeyedExtensionPoint[MapColour]("structures.map_colours", key=lambda colour: colour.code)


def _source(row: Any) -> ColumnElement[str]:
    measured = row.position_method.in_((PositionMethod.SURVEY, PositionMethod.GPS))
    guessed = or_(row.provenance == Provenance.INFERRED, row.position_method == PositionMethod.UNKNOWN)
    return case(
        (guessed, "inferred"),
        (or_(measured, row.provenance == Provenance.SURVEYED), "surveyed"),
        else_="declared",
    )


def _age(ctx: Ctx, row: Any, day: date) -> ColumnElement[str]:
    return case((fresh_since(good_until(ctx, day), row), "fresh"), else_="stale")


def _condition(row: Any) -> ColumnElement[str]:
    stated: ColumnElement[str] = case(
        {member: f"condition_{member.value}" for member in Condition}, value=row.condition
    )
    return func.coalesce(stated, "condition_unknown")


def _coloured_owners(ctx: Ctx) -> dict[int, str]:
    """Id -> short name of the owners with a colour of their own: those that joined the register first."""
    query = (
        select(Organisation.id, Organisation.short_name)
        .where(Organisation.kind.in_(OWNING_KINDS))
        .order_by(Organisation.id)
        .limit(OWNER_COLOURS)
    )
    return {row.id: row.short_name for row in ctx.session.execute(query)}


def _owner_labels(ctx: Ctx) -> dict[str, Any]:
    named = {f"owner_{number}": name for number, name in enumerate(_coloured_owners(ctx).values(), start=1)}
    return named | {_OTHERS: _("Chủ sở hữu khác")}


def _owner(ctx: Ctx, row: Any) -> ColumnElement[str]:
    codes = {owner: f"owner_{number}" for number, owner in enumerate(_coloured_owners(ctx), start=1)}
    if not codes:
        return literal(_OTHERS)
    return case(codes, value=row.owner_organisation_id, else_=_OTHERS)


def _fixed(labels: Mapping[str, Any]) -> Callable[[Ctx], Mapping[str, Any]]:
    return lambda _ctx: labels


OWN_MAP_COLOURS: Final = (
    MapColour(
        "kind",
        _l("Loại công trình"),
        _fixed({code: kind.label for code, kind in KINDS.items()}),
        lambda _ctx: Structure.kind.expression,
        lambda _ctx, row, _point: row.kind,
        stands_alone=False,
    ),
    MapColour(
        "owner",
        _l("Chủ sở hữu"),
        _owner_labels,
        lambda ctx: _owner(ctx, Structure),
        lambda ctx, row, _point: _owner(ctx, row),
    ),
    MapColour(
        "condition",
        _l("Tình trạng kỹ thuật"),
        _fixed(
            {f"condition_{member.value}": member.label for member in Condition}
            | {"condition_unknown": _l("Chưa ghi tình trạng")}
        ),
        lambda _ctx: _condition(Structure),
        lambda _ctx, row, _point: _condition(row),
    ),
    MapColour(
        "source",
        _l("Nguồn vị trí"),
        _fixed({"surveyed": _l("Đo đạc"), "declared": _l("Kê khai"), "inferred": _l("Suy ra, không rõ")}),
        lambda _ctx: _source(Structure),
        lambda _ctx, row, _point: _source(row),
        stands_alone=False,
    ),
    MapColour(
        "age",
        _l("Tuổi dữ liệu"),
        _fixed({"fresh": _l("Còn trong hạn xác nhận"), "stale": _l("Quá hạn xác nhận")}),
        lambda ctx: _age(ctx, Structure, ctx.today),
        lambda ctx, row, point: _age(ctx, row, point.day),
        stands_alone=False,
    ),
)
