"""Generated registers whose records keep the communes of their days come back from every format without a change."""

import random
from datetime import date

import pytest
from sqlalchemy import func, select, text, update

from registry.imports.models import RowOutcome
from registry.kernel.exports.dataset import ExportFormat
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from tests.db.test_exports_identity import exported, imported
from tests.factories.structures import make

#: Days of which the register keeps the communes; None: today.
DAYS = (date(2023, 6, 1), date(2024, 6, 1), date(2025, 3, 1), None)
FORMATS = (
    ExportFormat.CSV,
    ExportFormat.XLSX,
    ExportFormat.GEOJSON,
    ExportFormat.GPKG,
    ExportFormat.KML,
    ExportFormat.SHP,
)
_PLACES = text(
    "SELECT ST_X(place), ST_Y(place) FROM (SELECT (ST_Dump(ST_GeneratePoints(geom, 1, :seed))).geom AS place"
    " FROM admin_unit WHERE level = 'commune' AND valid_to IS NULL ORDER BY code) drawn"
    " WHERE unit_at(place, 'commune', :day) IS NOT NULL"
)


def ways():
    """(kind, format, seed): each kind once in the suite, all pairs as a trial."""
    for at, kind in enumerate(KINDS):
        for index, file_format in enumerate(FORMATS):
            usual = at < 3 and index == at * 2
            yield pytest.param(kind, file_format, at * 10 + index + 1, marks=() if usual else pytest.mark.trial)


def fill(ctx, kind, seed, count=8):
    """Structures at drawn places, each with the commune of one of the days; how many there are."""
    dice = random.Random(seed)  # noqa: S311  # the same numbers give the same register
    places = ctx.session.execute(_PLACES, {"seed": seed, "day": ctx.today}).all()
    for number, (lon, lat) in enumerate(dice.sample(places, count)):
        structure = make(ctx, kind=kind, at=(lon, lat), own_code=f"G-{number}")
        day = DAYS[number % len(DAYS)]
        if day is None:
            continue
        unit = ctx.session.scalar(
            select(AdminUnit.id).where(
                AdminUnit.id == func.unit_at(func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326), "commune", day)
            )
        )
        if unit is not None:
            ctx.session.execute(update(Structure).where(Structure.id == structure.id).values(commune_id=unit))
    ctx.session.flush()
    former = select(func.count()).select_from(Structure).join(AdminUnit, AdminUnit.id == Structure.commune_id)
    assert ctx.session.scalar(former.where(AdminUnit.valid_to.is_not(None))) > 1
    return count


@pytest.mark.parametrize(("kind", "file_format", "seed"), list(ways()))
def test_a_register_with_communes_of_all_days_comes_back_as_it_is(ctx_of, tmp_path, kind, file_format, seed):
    with ctx_of("viettel") as ctx:
        count = fill(ctx, kind, seed)
        path = exported(ctx, kind, file_format, tmp_path)
        _batch, results = imported(ctx, kind, path, tmp_path)
        outcomes = [(row.number, row.outcome, row.problems, row.changes, row.moved_m) for row in results]
        assert [outcome for outcome in outcomes if outcome[1] is not RowOutcome.UNCHANGED] == []
        assert len(outcomes) == count
