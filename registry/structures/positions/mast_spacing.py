"""How far apart masts must stand: the dated distances, and registered or planned masts that stand nearer.

The distances of a mast are those in force on the day it was built, or today where that day is not stated. Of two masts
the later one is too near. Masts of others are compared only where the reader may know them: published ones, and all
for those who see every structure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Date,
    Float,
    Row,
    ScalarSelect,
    Select,
    case,
    cast,
    false,
    func,
    not_,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation, OrganisationSuccession
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.db.session import POSITION_READER_ROLE
from registry.structures.codes import ENDED
from registry.structures.kinds import HOSTS
from registry.structures.models import Structure
from registry.structures.positions.reader_role import reading
from registry.structures.positions.selectable import sees_all
from registry.structures.visibility import IS_LIVE
from registry.territory.models import AdminUnit, UnitKind, UnitLevel

SPACING: Final = "planned_sites.mast_spacing"
MASTS: Final = tuple(code for code, kind in HOSTS.items() if kind.is_mast)
#: Kinds of units with the urban distances, unless the unit has its own.
_URBAN: Final = (UnitKind.PHUONG, UnitKind.THI_TRAN)
_ZONE: Final = "Asia/Ho_Chi_Minh"
_LISTED: Final = 20
_STEP_M: Final = Decimal("0.1")
_HEIRS: Final = "structures.heirs"


@dataclass(frozen=True)
class Spacing:
    """Minimum distances in a unit, in metres; masts up to `exempt_height_m` are exempt."""

    different_m: int
    same_m: int
    exempt_height_m: Decimal
    is_urban: bool
    #: Whether the unit has its own distances.
    is_own: bool

    @property
    def reach_m(self) -> int:
        """The distance within which any mast can be too close."""
        return max(self.different_m, self.same_m)

    def required_m(self, *, is_same_operator: bool) -> int:
        """The minimum distance to a mast."""
        return self.same_m if is_same_operator else self.different_m

    def exempts(self, height_m: Decimal | None) -> bool:
        """Whether a mast of this height is exempt; one of unknown height is not."""
        return height_m is not None and height_m <= self.exempt_height_m


def spacing_of(value: Mapping[str, Any], code: str, kind: UnitKind) -> Spacing:
    """The distances of a unit in the value of the setting."""
    is_urban = kind in _URBAN
    own = value["units"].get(code)
    metres = own or value["urban" if is_urban else "other"]
    return Spacing(
        int(metres["different"]), int(metres["same"]), Decimal(str(value["exempt_height_m"])), is_urban, own is not None
    )


def required_metres(rule: Any, unit: Any, is_same_operator: ColumnElement[bool]) -> ColumnElement[float]:
    """`spacing_of(...).required_m(...)` in SQL: `rule` is the value of the setting, `unit` has code and kind."""
    general = case((unit.kind.in_(_URBAN), rule.op("->")("urban")), else_=rule.op("->")("other"))
    metres = func.coalesce(rule.op("->")("units").op("->")(unit.code), general)
    return cast(metres.op("->>")(case((is_same_operator, "same"), else_="different")), Float)


def is_too_near(ctx: Ctx) -> ColumnElement[bool]:
    """SQL over `structure`: a mast nearer to another one, of those the reader may know, than the rule allows."""
    return _pairs(ctx).correlate(Structure).exists()


def masts_too_near(ctx: Ctx, structure: Structure) -> list[Row[Any]]:
    """The masts (code, owner_id, owner, metres, required) to which a mast stands too near, the nearest first."""
    if structure.kind not in MASTS or structure.status in ENDED:
        return []
    query = _pairs(ctx).where(Structure.id == structure.id).order_by("metres", "code").limit(_LISTED)
    with reading(ctx):
        return list(ctx.session.execute(query))


def shown_metres(row: Any) -> Decimal:
    """The distance of a row to one decimal; one that is too short is never rounded up to the required one."""
    return min(Decimal(str(round(row.metres, 1))), Decimal(str(row.required)) - _STEP_M)


def _pairs(ctx: Ctx) -> Select[Any]:
    """A mast (`structure`) with each other one to which it stands too near."""
    other, owner = aliased(Structure, flat=True), aliased(Organisation)
    metres = func.ST_Distance(other.geom_m, Structure.geom_m)
    rule = _rule_on(ctx, Structure.built_on)
    is_same = _operator_today(ctx, other.owner_organisation_id) == _operator_today(ctx, Structure.owner_organisation_id)
    required = _required_here(ctx, rule, is_same)
    columns: list[Any] = [
        other.code.label("code"),
        other.owner_organisation_id.label("owner_id"),
        owner.short_name.label("owner"),
        metres.label("metres"),
        required.label("required"),
    ]
    return (
        select(*columns)
        .select_from(other)
        .join(owner, owner.id == other.owner_organisation_id)
        .where(
            Structure.kind.in_(MASTS),
            other.kind.in_(MASTS),
            other.id != Structure.id,
            IS_LIVE.clause(other),
            func.ST_DWithin(other.geom_m, Structure.geom_m, _reach(ctx)),
            _is_open_to(ctx, other),
            visible(ctx, other, P.STRUCTURE_READ),
            _began(other) <= _began(Structure),
            metres < required,
            not_(_is_exempt(rule)),
        )
    )


def _required_here(ctx: Ctx, rule: Any, is_same: ColumnElement[bool]) -> ScalarSelect[Any]:
    """A subquery, so that the unit of a mast, which is dear, is searched only for those with another within reach."""
    unit = aliased(AdminUnit)
    here = unit.id == func.unit_at(Structure.geom, UnitLevel.COMMUNE.value, ctx.today)
    return select(required_metres(rule, unit, is_same)).where(here).correlate_except(unit).scalar_subquery()


def _is_open_to(ctx: Ctx, other: Any) -> ColumnElement[bool]:
    if sees_all(ctx):
        return true()
    own: ColumnElement[bool] = other.owner_organisation_id.in_(sorted(ctx.actor.organisation_ids))
    return or_(own, other.is_published.is_(True))


def _began(row: Any) -> ColumnElement[Any]:
    """The day a mast was built, or entered the register."""
    return func.coalesce(row.built_on, cast(func.timezone(_ZONE, row.created_at), Date))


def _rule_on(ctx: Ctx, day: Any) -> ScalarSelect[Any]:
    query = select(DatedSetting.value).where(
        DatedSetting.key == SPACING,
        DatedSetting.withdrawn_at.is_(None),
        DatedSetting.valid_from <= func.coalesce(day, ctx.today),
    )
    return query.order_by(DatedSetting.valid_from.desc()).limit(1).correlate(Structure).scalar_subquery()


def _is_exempt(rule: ScalarSelect[Any]) -> ColumnElement[bool]:
    most = cast(rule.op("->>")("exempt_height_m"), Float)
    kinds = [HOSTS[code] for code in MASTS]
    tables = [kind.model.__table__.alias() for kind in kinds if "height_m" in kind.fields()]
    low = [
        select(own.c.id).where(own.c.id == Structure.id, own.c.height_m <= most).correlate(Structure).exists()
        for own in tables
    ]
    return or_(false(), *low)


def _operator_today(ctx: Ctx, owner_id: Any) -> ColumnElement[Any]:
    """The organisation that an owner is today, by the successions in effect."""
    heirs = _heirs(ctx)
    return case(heirs, value=owner_id, else_=owner_id) if heirs else owner_id


def _heirs(ctx: Ctx) -> dict[int, int]:
    if _HEIRS not in ctx.memo:
        ctx.memo[_HEIRS] = _read_heirs(ctx)
    heirs: dict[int, int] = ctx.memo[_HEIRS]
    return heirs


def _read_heirs(ctx: Ctx) -> dict[int, int]:
    succession = OrganisationSuccession
    pairs = select(succession.predecessor_id, succession.successor_id).where(succession.holds_on(ctx.today))
    following = {row.predecessor_id: row.successor_id for row in ctx.session.execute(pairs)}
    last = {}
    for first in following:
        heir = first
        while heir in following:
            heir = following[heir]
        last[first] = heir
    return last


def _reach(ctx: Ctx) -> float:
    """The largest distance that any rule states, for the index of positions."""
    rules = ctx.session.scalars(
        select(DatedSetting.value).where(DatedSetting.key == SPACING, DatedSetting.withdrawn_at.is_(None))
    )
    stated = [
        float(metres[name])
        for value in rules
        for metres in (value["urban"], value["other"], *value["units"].values())
        for name in ("same", "different")
    ]
    return max(stated, default=0.0)


#: Rows of a file: the nearest mast of the register or of the file to which a row would stand too near. Of the register
#: only masts of the owner and published ones, and none that the row itself is. A distance holds for all masts of the
#: same operator and for all others, so the nearest of each is compared.
_CREATE_ROWS: Final = text(
    "CREATE TEMPORARY TABLE check_spacing (number bigint, code text, owner_id bigint, near_number bigint,"
    " metres float8, required float8) ON COMMIT DROP"
)
_REGISTERED: Final = (
    "(SELECT s.code, s.owner_organisation_id AS owner_id, NULL::bigint AS near_number,"
    " ST_Distance(s.geom_m, place.spot_m) AS metres, {same} AS same"
    " FROM structure s WHERE ST_DWithin(s.geom_m, place.spot_m, :reach) AND s.kind = ANY(:masts) AND {whose}"
    "  AND s.status NOT IN ('removed', 'decommissioned')"
    "  AND coalesce(s.built_on, '-infinity') <= coalesce(row.built_on, 'infinity')"
    "  AND NOT EXISTS (SELECT FROM check_match m WHERE m.number = place.number AND m.structure_id = s.id)"
    " ORDER BY 4, 1 LIMIT 1)"
)
_ROWS: Final = text(
    "INSERT INTO check_spacing"  # noqa: S608 - fixed parts
    " SELECT DISTINCT ON (place.number) place.number, near.code, near.owner_id, near.near_number, near.metres,"
    "  limits.required"
    " FROM check_place place JOIN check_row row ON row.number = place.number"
    " CROSS JOIN LATERAL (SELECT value FROM dated_setting WHERE key = :key AND withdrawn_at IS NULL"
    "  AND valid_from <= coalesce(row.built_on, :today) ORDER BY valid_from DESC LIMIT 1) rule"
    " CROSS JOIN LATERAL ("
    + _REGISTERED.format(same="true", whose="s.owner_organisation_id = ANY(:own)")
    + " UNION ALL "
    + _REGISTERED.format(same="false", whose="s.owner_organisation_id <> ALL(:own) AND s.is_published")
    + " UNION ALL (SELECT NULL, NULL, other.number, ST_Distance(other.spot_m, place.spot_m), true"
    "  FROM check_place other WHERE other.number < place.number AND ST_DWithin(other.spot_m, place.spot_m, :reach)"
    "  ORDER BY 4, 3 LIMIT 1)) near"
    " JOIN admin_unit unit ON unit.id = unit_at(place.spot, 'commune', :today)"
    " CROSS JOIN LATERAL (SELECT (coalesce(rule.value -> 'units' -> unit.code,"
    "  CASE WHEN unit.kind = ANY(:urban) THEN rule.value -> 'urban' ELSE rule.value -> 'other' END)"
    "  ->> CASE WHEN near.same THEN 'same' ELSE 'different' END)::float8 AS required) limits"
    " WHERE near.metres < limits.required"
    "  AND coalesce(row.height_m > (rule.value ->> 'exempt_height_m')::float8, true)"
    " ORDER BY place.number, near.metres, near.near_number"
)


def find_rows_too_near(ctx: Ctx, owner_ids: Collection[int]) -> None:
    """Fill `check_spacing` with the rows of a file of masts that would stand too near to another mast.

    `owner_ids`: the owner of the file with its predecessors. Needs `check_place`, `check_row` and `check_match`.
    """
    values = {
        "key": SPACING,
        "today": ctx.today,
        "own": sorted(owner_ids),
        "reach": _reach(ctx),
        "masts": list(MASTS),
        "urban": [kind.value for kind in _URBAN],
    }
    ctx.session.execute(text("DROP TABLE IF EXISTS pg_temp.check_spacing"))
    ctx.session.execute(_CREATE_ROWS)
    names = "check_spacing, check_place, check_row, check_match"
    ctx.session.execute(text(f"GRANT SELECT, INSERT ON {names} TO {POSITION_READER_ROLE}"))
    with reading(ctx):
        ctx.session.execute(_ROWS, values)
