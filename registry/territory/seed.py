"""Fill the register with the units of one province, offline; what stands already is never changed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.territory.catalogue import Catalogue, UnitKey, read_catalogue
from registry.territory.extents import approximate_extents
from registry.territory.models import AdminSuccession, AdminUnit, ExtentQuality, UnitLevel

#: Parents before children.
_ORDER = (UnitLevel.PROVINCE, UnitLevel.DISTRICT, UnitLevel.COMMUNE)


@dataclass(frozen=True)
class SeedResult:
    """How much a seed added; all zero where everything stood already."""

    units: int
    successions: int


def seed(ctx: Ctx, province_code: str) -> SeedResult:
    """Add the missing units, successions and approximate extents of a province (code of the statistics office)."""
    catalogue = read_catalogue(province_code)
    known = {
        UnitKey(unit.level, unit.code, unit.valid_from): unit for unit in ctx.session.scalars(select(AdminUnit)).all()
    }
    result = SeedResult(_add_units(ctx, catalogue, known), _add_successions(ctx, catalogue, known))
    if result.units:
        approximate_extents(ctx, catalogue.points)
    if result.units or result.successions:
        record(
            ctx,
            "territory.seed",
            "admin_unit",
            None,
            province=province_code,
            units=result.units,
            successions=result.successions,
        )
    return result


def _add_units(ctx: Ctx, catalogue: Catalogue, known: dict[UnitKey, AdminUnit]) -> int:
    added = 0
    for level in _ORDER:
        for key, row in catalogue.units.items():
            if key.level is not level or key in known:
                continue
            known[key] = AdminUnit(
                level=level,
                kind=row.kind,
                code=key.code,
                name=row.name,
                parent_id=known[row.parent].id if row.parent else None,
                valid_from=key.valid_from,
                valid_to=row.valid_to,
                legal_basis=row.legal_basis,
                older_names=list(row.older_names),
                extent_quality=ExtentQuality.NONE,
            )
            ctx.session.add(known[key])
            added += 1
        ctx.session.flush()
    return added


def _add_successions(ctx: Ctx, catalogue: Catalogue, known: dict[UnitKey, AdminUnit]) -> int:
    standing = {
        (row.predecessor_id, row.successor_id)
        for row in ctx.session.execute(select(AdminSuccession.predecessor_id, AdminSuccession.successor_id))
    }
    added = 0
    for row in catalogue.successions:
        pair = (known[row.predecessor].id, known[row.successor].id if row.successor else None)
        if pair in standing:
            continue
        ctx.session.add(
            AdminSuccession(
                predecessor_id=pair[0],
                successor_id=pair[1],
                kind=row.kind,
                is_default=row.is_default,
                effective_on=row.effective_on,
                legal_basis=row.legal_basis,
            )
        )
        added += 1
    ctx.session.flush()
    return added
