"""Imports as the job worker meets them: batches that wait for a step, workers of a test's own, and what they left."""

import io
import shutil

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from registry.audit.chain import write_pending
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.jobs import FOLDER, defer_work
from registry.imports.mapping.plan import System
from registry.imports.models import ImportBatch
from registry.imports.service import check_batch, read_batch, request_apply, set_mapping, upload
from registry.kernel.db.session import WEB_ROLE, Database, abort
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support.database import cloned
from tests.support.fixtures import actor_named
from tests.support.import_files import as_csv, site


@pytest.fixture(scope="module")
def prepared(module_url, tmp_path_factory):
    """A database with a batch that is ready to be applied, the folder of its file, and its id, made once a file."""
    database, folder = Database(module_url, role=WEB_ROLE), tmp_path_factory.mktemp("prepared")
    database.before_commit.append(write_pending)
    batch = checked_batch(database, folder, [site(1)])
    database.dispose()
    return module_url.rpartition("/")[2].partition("?")[0], folder, batch


@pytest.fixture
def live_url(cluster, prepared):
    """The owner's address of a copy of it for this one test."""
    with cloned(cluster, prepared[0], "prepared") as url:
        yield url


@pytest.fixture
def batch_id(prepared, tmp_path):
    """The id of that batch; its file lies in the test's folder."""
    _name, folder, prepared_id = prepared
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return prepared_id


@pytest.fixture
def web(live_url):
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


def operator(session: Session):
    return actor_named(session, "viettel")


def checked_batch(web, folder, rows):
    """A batch of Viettel that is ready to be applied; returns its id."""
    store = FileStore(folder / FOLDER)
    with web.transaction(operator) as ctx:
        owner = organisation_id(ctx.session, "viettel")
        batch = upload(ctx, store, UploadFile(owner, "antenna_tower", "a.csv", io.BytesIO(as_csv(rows))))
        read_batch(ctx, store, batch.id)
        set_mapping(ctx, SetMapping(batch.id, batch.version, batch.mapping, System.VN2000))
        check_batch(ctx, batch.id)
        return batch.id


def ask(web, batch_id, *, give_up=False):
    with web.transaction(operator) as ctx:
        request_apply(ctx, batch_id)
        defer_work(ctx, "apply", batch_id)
        if give_up:
            abort(ctx)


def state_of(database, batch_id):
    with database.transaction(operator, read_only=True) as ctx:
        batch = ctx.session.get_one(ImportBatch, batch_id)
        structures = ctx.session.scalar(select(func.count()).select_from(Structure))
        return batch.state, structures
