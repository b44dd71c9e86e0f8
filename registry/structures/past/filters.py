"""The filter of lists over the past: past values, and the units of that day."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Subquery, Text, and_, case, func, literal, not_, null, or_, select

from registry.accounts.models import Organisation, OrganisationAlias
from registry.authz.actors import Ctx
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.structures.filters import StructureFilter, conditions
from registry.structures.further import further_conditions_at
from registry.structures.kinds import KINDS
from registry.structures.owner_words import OwnerWords, owner_words
from registry.structures.past.positions import Window, middle_of
from registry.structures.past.versions import known, rows_at
from registry.structures.past.when import Point, When
from registry.structures.quality import CHECKS, fresh_since, good_until, stood
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import area_unit_ids

_T = TypeVar("_T")


def window_of(chosen: StructureFilter) -> Window:
    """The box of a filter, for the spatial index of the history."""
    return None if chosen.window is None else func.ST_MakeEnvelope(*chosen.window, 4326)


def where_at(ctx: Ctx, seen: Subquery, chosen: StructureFilter, when: When) -> list[ColumnElement[bool]]:
    """The WHERE of a filter over a past selectable."""
    point = when.at(ctx.now)
    checked = [] if chosen.quality is None else [stood(seen.c), _check(chosen.quality)(ctx, seen.c, point)]
    owned: list[OwnerWords] = []
    if chosen.q:
        owned = _once(ctx, ("owners", chosen.q, point), lambda: _owner_words(ctx, chosen.q, point))
    commune: ColumnElement[Any] | None = None
    unit_ids: list[int] = []
    unit_id = chosen.unit_id
    if unit_id is not None:
        unit_ids = _once(ctx, ("communes", unit_id, point), lambda: _communes_of(ctx, unit_id, point))
        commune = commune_id_at(seen, _in_force(point), point.day)
    own = rows_at(KINDS[chosen.kind].model, point, "own") if chosen.kind else None
    found = conditions(seen, chosen, owned=owned, unit_ids=unit_ids, commune=commune, own=own)
    found += checked + further_conditions_at(ctx, seen, chosen.further, point)
    if chosen.confirmed is not None:
        fresh = fresh_since(chosen.since or good_until(ctx, point.day), seen.c)
        wanted = fresh if chosen.confirmed == "newer" else not_(fresh)
        found.append(and_(stood(seen.c), wanted))
    return found


def _check(code: str) -> Callable[[Ctx, Any, Point], ColumnElement[bool]]:
    clause = CHECKS[code].clause_at
    if clause is None:
        sentence = _("Phép kiểm tra chất lượng này chỉ dùng cho hiện tại; hãy bỏ bộ lọc này hoặc bỏ ngày xem.")
        raise Invalid({"quality": sentence})
    return clause


def _once(ctx: Ctx, key: Hashable, ask: Callable[[], list[_T]]) -> list[_T]:
    """The parts of one page ask each for themselves; the answer is one."""
    known_ids: dict[Hashable, Any] = ctx.memo.setdefault("past", {})
    if key not in known_ids:
        known_ids[key] = ask()
    found: list[_T] = known_ids[key]
    return found


def _owner_words(ctx: Ctx, q: str, point: Point) -> list[OwnerWords]:
    """As of the present, by the names as they were known."""
    names, aliases = known(Organisation, point, "owner"), known(OrganisationAlias, point, "alias")
    return owner_words(ctx.session, q, names, aliases)


def units_at(point: Point, name: str) -> Subquery:
    """All units with the names and days as they were known."""
    return known(AdminUnit, point, name)


def _in_force(point: Point) -> Any:
    """Ids of the communes in force on the day."""
    units = units_at(point, "units")
    return select(units.c.id).where(units.c.level == UnitLevel.COMMUNE, in_force(units, point.day))


def in_force(units: Subquery, day: date) -> ColumnElement[bool]:
    """Units of `units_at` that are in force on a day."""
    begun = or_(units.c.valid_from.is_(None), units.c.valid_from <= day)
    return and_(begun, or_(units.c.valid_to.is_(None), units.c.valid_to >= day))


def _communes_of(ctx: Ctx, unit_id: int, point: Point) -> list[int]:
    """The communes in force on the day that a unit, of that day or of another, stands for."""
    area = area_unit_ids(ctx.session, [unit_id])
    return sorted(area & set(ctx.session.scalars(_in_force(point))))


def commune_id_at(seen: Subquery, in_force_ids: Any, day: date) -> ColumnElement[Any]:
    """The commune of a row in the tree of a day: the one recorded, if in force then, else the one its place lay in.

    None for what is known as a cell only, and outside the province.
    """
    lay_in = func.unit_at(middle_of(seen), literal(UnitLevel.COMMUNE.value, Text), day)
    return case(
        (seen.c.commune_id.is_(None), null()), (seen.c.commune_id.in_(in_force_ids), seen.c.commune_id), else_=lay_in
    )
