"""What an owner takes out of the register comes back without a change: the demonstration, with its former communes.

A few lists of owners stand in the suite; all owners, kinds and formats are a trial.
"""

import io
from collections import Counter

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from registry.accounts.models import Organisation
from registry.authz.actors import SYSTEM_ACTOR
from registry.exports.structures import STRUCTURES, columns_of
from registry.exports.writing import write_list
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.mapping.coordinate_systems import System
from registry.imports.models import BatchState, ImportResult, RowOutcome
from registry.imports.service import check_batch, choose_tables, read_batch, set_mapping, upload
from registry.kernel.db.session import WEB_ROLE, Database, abort
from registry.kernel.exports.dataset import ExportFormat, Only
from registry.kernel.exports.map_files import short_names
from registry.structures.kinds import KINDS
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from tests.support.demo import demo_url

__all__ = ["demo_url"]

FORMATS = (
    ExportFormat.CSV,
    ExportFormat.XLSX,
    ExportFormat.GEOJSON,
    ExportFormat.GPKG,
    ExportFormat.KML,
    ExportFormat.SHP,
)
#: (kind, format) of the suite: a point and a line; `test_import_generated_register` has other formats.
USUAL = {("site_house", ExportFormat.CSV), ("technical_trench", ExportFormat.GEOJSON)}


def ways():
    for kind in KINDS:
        for file_format in FORMATS:
            usual = (kind, file_format) in USUAL
            yield pytest.param(kind, file_format, marks=() if usual else pytest.mark.trial)


@pytest.fixture(scope="module")
def web(demo_url):
    """The application's pool on a demonstration of which every transaction is taken back."""
    database = Database(demo_url, role=WEB_ROLE)
    yield database
    database.dispose()


def owners_of(ctx, kind):
    query = select(Structure.owner_organisation_id).where(Structure.kind == kind).distinct()
    return sorted(ctx.session.scalars(query))


def exported(ctx, kind, owner_id, file_format, folder):
    source = STRUCTURES.open(ctx, MultiDict({"kind": kind, "owner": str(owner_id)}))
    path, _written = write_list(ctx, STRUCTURES, source, file_format, folder)
    return path


def checked(ctx, kind, owner_id, path, folder):
    store = FileStore(folder / "imports")
    batch = upload(ctx, store, UploadFile(owner_id, kind, path.name, io.BytesIO(path.read_bytes())))
    read_batch(ctx, store, batch.id)
    if batch.state is BatchState.CHOOSING:
        table = next(table for table in batch.found["tables"] if table["row_count"])
        choose_tables(ctx, batch.id, batch.version, [(table["name"], kind)])
        read_batch(ctx, store, batch.id)
    mapping = full_names(batch, kind) if path.suffix == ".zip" else dict(batch.mapping)
    system = System(batch.options["system"]) if batch.options["system"] else System.WGS84
    set_mapping(ctx, SetMapping(batch.id, batch.version, mapping, system))
    check_batch(ctx, batch.id)
    return ctx.session.scalars(select(ImportResult).where(ImportResult.batch_id == batch.id)).all()


def full_names(batch, kind):
    """Field -> column of a Shapefile, as its README.txt tells a person."""
    columns = [column.name for column in columns_of(kind) if column.only is Only.ALL]
    shorts = dict(zip(columns, short_names(columns), strict=True))
    relations = [relation.name for relation in KINDS[kind].relations]
    fields = [*KINDS[kind].fields(), *relations, "commune", "owner", "capacity_total", "capacity_used"]
    return {name: shorts[name] for name in fields if shorts.get(name) in batch.found["header"]}


@pytest.mark.parametrize(("kind", "file_format"), list(ways()))
def test_every_list_of_every_owner_comes_back_without_a_change(app, web, tmp_path, kind, file_format):
    with app.test_request_context(), web.transaction(SYSTEM_ACTOR, origin="test") as ctx:
        owners = owners_of(ctx, kind)
        assert owners
        for owner_id in owners:
            folder = tmp_path / str(owner_id)
            folder.mkdir()
            path = exported(ctx, kind, owner_id, file_format, folder)
            results = checked(ctx, kind, owner_id, path, folder)
            others = [(each.number, each.outcome, each.problems, each.changes, each.moved_m) for each in results]
            name = ctx.session.get_one(Organisation, owner_id).code
            assert [each for each in others if each[1] is not RowOutcome.UNCHANGED] == [], name
            standing = select(Structure.id).where(Structure.kind == kind, Structure.owner_organisation_id == owner_id)
            assert len(results) == len(ctx.session.scalars(standing).all())
        abort(ctx)


def test_the_demonstration_names_communes_of_before_and_of_today(web):
    with web.transaction(SYSTEM_ACTOR, origin="test") as ctx:
        query = select(AdminUnit.valid_to).join(Structure, Structure.commune_id == AdminUnit.id)
        counts = Counter(day is None for day in ctx.session.scalars(query))
        assert counts[True] > 500
        assert counts[False] > 500
        abort(ctx)
