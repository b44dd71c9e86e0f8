"""A file in another zone than was chosen is said to be so once, and nothing of it goes in."""

import io
import random

import pytest
from sqlalchemy import func, select

from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import BatchState, ImportResult
from registry.imports.service import check_batch, read_batch, set_mapping, upload
from registry.kernel.geo.vn2000 import to_plane
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import list_units
from tests.factories.structures import organisation_id
from tests.messy.making import text

HEADER = ("Mã cột", "Xã/phường", "X", "Y")


def poles(ctx, seed, count, *, zone, stated=1.0):
    """Rows of poles inside communes of today, in metres of a zone; some without their commune."""
    dice = random.Random(seed)  # noqa: S311  # a fixed seed
    units = list_units(ctx.session, ctx.today, UnitLevel.COMMUNE)
    rows = []
    for number in range(count):
        unit = dice.choice(units)
        query = select(
            func.ST_X(func.ST_PointOnSurface(AdminUnit.geom)), func.ST_Y(func.ST_PointOnSurface(AdminUnit.geom))
        )
        lon, lat = ctx.session.execute(query.where(AdminUnit.id == unit.id)).one()
        at = to_plane(lon, lat, zone)
        name = unit.name if dice.random() < stated else ""
        rows.append((f"C{number}", name, f"{at.x_northing:.2f}", f"{at.y_easting:.2f}"))
    return text((HEADER, *rows))


def checked(ctx, store, content, system):
    owner = organisation_id(ctx.session, "viettel")
    batch = upload(ctx, store, UploadFile(owner, "cable_pole", "cot.csv", io.BytesIO(content.encode())))
    read_batch(ctx, store, batch.id)
    constants = {"length_m": "8,5", "material": "concrete"}
    constants = {name: value for name, value in constants.items() if name not in batch.mapping}
    set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, system, constants=constants))
    return check_batch(ctx, batch.id)


@pytest.mark.parametrize(
    ("meridian", "meant", "stated"),
    [
        (System.VN2000, System.VN2000_104_45, 1.0),
        (System.VN2000, System.VN2000_105_30, 0.4),
        (System.VN2000_104_30, System.VN2000, 0.7),
    ],
)
def test_a_wrong_meridian_is_said_once_for_the_file(ctx_of, tmp_path, meridian, meant, stated):
    with ctx_of("viettel") as ctx:
        store = FileStore(tmp_path)
        content = poles(ctx, f"{meridian}{meant}", 40, zone=meant.zone, stated=stated)
        batch = checked(ctx, store, content, meridian)
        assert batch.state is BatchState.FAILED
        assert str(meant.label) in batch.failure
        assert "lệch đều" in batch.failure
        results = select(func.count()).select_from(ImportResult).where(ImportResult.batch_id == batch.id)
        assert ctx.session.scalar(results) == 0
        right = checked(ctx, store, content, meant)
        assert right.state is BatchState.CHECKED
        assert right.counts.get("new") == 40


def test_a_few_rows_astray_are_rows_of_their_own(ctx_of, tmp_path):
    with ctx_of("viettel") as ctx:
        lines = poles(ctx, 5, 30, zone=System.VN2000.zone).splitlines()
        other = poles(ctx, 6, 6, zone=System.VN2000_104_45.zone).splitlines()[1:]
        other = [line.replace("C", "D", 1) for line in other]
        batch = checked(ctx, FileStore(tmp_path), "\r\n".join([*lines, *other]), System.VN2000)
        assert batch.state is BatchState.CHECKED
        assert batch.counts.get("new", 0) >= 30


def test_a_file_of_which_a_good_part_fits_another_meridian_is_refused_as_a_whole(ctx_of, tmp_path):
    with ctx_of("viettel") as ctx:
        lines = poles(ctx, 7, 22, zone=System.VN2000.zone).splitlines()
        other = poles(ctx, 8, 18, zone=System.VN2000_105_30.zone).splitlines()[1:]
        other = [line.replace("C", "D", 1) for line in other]
        batch = checked(ctx, FileStore(tmp_path), "\r\n".join([*lines, *other]), System.VN2000)
        assert batch.state is BatchState.FAILED
        assert "18 trên 40 dòng nằm xa xã đã ghi" in batch.failure
        assert str(System.VN2000_105_30.label) in batch.failure
