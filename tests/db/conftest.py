"""The workflow of tests/support/cases.py, known for one test; screened structures; a store of files; the worker."""

import pytest

from registry.audit.chain import write_pending
from registry.files.storage import FileStore
from registry.kernel.db.session import WORKER_ROLE, Database
from registry.notices.events import NOTICE_EVENTS
from registry.workflow.definition import WORKFLOWS
from registry.workflow.notice_events import events_of
from tests.factories.screening import occupy, screened, site
from tests.support.cases import FLOW, add_laws, create_table
from tests.support.extensions import adding
from tests.support.revisions import baseline_database, former_url

__all__ = ["baseline_database", "former_url"]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Where the files of a test file are kept."""
    return FileStore(tmp_path_factory.mktemp("files"))


@pytest.fixture
def worker(live_url):
    """The pool of the job worker, on a database of the test's own."""
    database = Database(live_url, role=WORKER_ROLE)
    database.before_commit.append(write_pending)
    yield database
    database.dispose()


@pytest.fixture
def flow(database, ctx_of):
    create_table(database._bind)
    with ctx_of("so.khcn") as ctx:
        add_laws(ctx)
    with adding(WORKFLOWS, FLOW), adding(NOTICE_EVENTS, *events_of(FLOW).values()):
        yield FLOW


@pytest.fixture
def built(ctx_of):
    """A function: a structure of Viettel of a kind, as `factories.screening.site` makes it."""

    def build(kind, **options):
        with ctx_of("viettel") as ctx:
            return site(ctx, kind, **options)

    return build


@pytest.fixture
def used(ctx_of):
    """A function: Viettel says what is at a place."""

    def enter(structure, slot_label, quantity=1, **loads):
        with ctx_of("viettel") as ctx:
            occupy(ctx, structure.code, slot_label, quantity, **loads)

    return enter


@pytest.fixture
def verdict(ctx_of):
    """A function: what the screening says to VNPT of a draft for a structure."""

    def read(structure, **values):
        with ctx_of("vnpt") as ctx:
            return screened(ctx, structure, **values).verdict

    return read
