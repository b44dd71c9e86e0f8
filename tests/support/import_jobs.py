"""Imports as the job worker meets them: batches that wait for a step, workers of a test's own, and what they left."""

import io

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
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database, abort
from registry.structures.models import Structure
from tests.factories.structures import organisation_id
from tests.support.fixtures import actor_named
from tests.support.import_files import as_csv


@pytest.fixture
def web(live_url):
    database = Database(live_url, role=WEB_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


@pytest.fixture
def worker(live_url):
    database = Database(live_url, role=WORKER_ROLE)
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
