"""Apply a folder of official boundaries and lists: all or nothing, and nothing twice."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select, text

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.i18n import _
from registry.territory.catalogue import UnitKey
from registry.territory.importing.folder import FolderContents, read_folder
from registry.territory.importing.geojson import Outline
from registry.territory.importing.problems import Problems
from registry.territory.importing.successions import apply_successions
from registry.territory.importing.units import KnownUnits, apply_units
from registry.territory.models import AdminUnit

#: What is wrong with a shape, and whether it differs from what the register has. A statement that changes no row would
#: still count as a change of the table, so it is asked first.
_JUDGE = text(
    """
    SELECT CASE WHEN NOT ST_IsValid(given.geom) THEN ST_IsValidReason(given.geom) END AS reason,
           unit.extent_quality <> 'official' OR unit.geom IS DISTINCT FROM given.geom AS differs
      FROM admin_unit unit, (SELECT ST_Multi(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326))) AS geom) given
     WHERE unit.id = :id
    """
)
_PUT_EXTENT = text(
    """
    UPDATE admin_unit SET extent_quality = 'official',
           geom = ST_Multi(ST_Force2D(ST_SetSRID(ST_GeomFromGeoJSON(:shape), 4326)))
     WHERE id = :id
    """
)


@dataclass(frozen=True)
class ImportResult:
    """What an import changed; all zero where the register said the same already."""

    units_added: int
    units_changed: int
    extents_changed: int
    successions_changed: int
    names_changed: int

    @property
    def changes(self) -> int:
        """How many things changed at all."""
        return sum(asdict(self).values())


def import_folder(ctx: Ctx, folder: Path) -> ImportResult:
    """Read, check and apply the GeoJSON and CSV files of a folder; Invalid with every refusal found so far.

    Official outlines replace approximate ones; units that the files do not name stay as they are.
    """
    require(ctx, P.TERRITORY_IMPORT)
    problems = Problems()
    contents = read_folder(folder, problems)
    problems.refuse_any()
    known = KnownUnits(ctx.session.scalars(select(AdminUnit)).all(), ctx.today)
    units = apply_units(ctx, contents, known, problems)
    problems.refuse_any()
    extents = _apply_outlines(ctx, contents.outlines, known, problems)
    successions = apply_successions(ctx, contents, known, problems)
    names = _apply_names(contents, known, problems)
    problems.refuse_any()
    ctx.session.flush()
    result = ImportResult(units.added, units.changed, extents, successions, names)
    if result.changes:
        record(ctx, "territory.import", "admin_unit", None, **asdict(result))
    return result


def _apply_outlines(ctx: Ctx, outlines: list[Outline], known: KnownUnits, problems: Problems) -> int:
    different = []
    for outline in outlines:
        values = {"shape": outline.geometry, "id": known.by_key[outline.key].id}
        reason, differs = ctx.session.execute(_JUDGE, values).one()
        if reason is not None:
            outline.place.refuse("geometry", reason, _("đa giác hợp lệ, không tự cắt"))
        elif differs:
            different.append(values)
    problems.refuse_any()
    for values in different:
        ctx.session.execute(_PUT_EXTENT, values)
    return len(different)


def _apply_names(contents: FolderContents, known: KnownUnits, problems: Problems) -> int:
    changed: set[UnitKey] = set()
    for listed in contents.names:
        key, unit = known.last_former(listed.code)
        if key is None or unit is None:
            listed.place.refuse("code", listed.code, _("mã của xã, phường, thị trấn trước 01/07/2025"))
        elif listed.name_key not in unit.older_names:
            unit.older_names = [*unit.older_names, listed.name_key]
            changed.add(key)
    return len(changed)
