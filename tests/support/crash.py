"""One import through all its steps, each broken off by a kill: everything is as before the step, or as after it."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from config.settings import CHECKOUT
from registry.audit.chain import write_pending
from registry.files.storage import FileStore
from registry.imports.commands import SetMapping, UploadFile
from registry.imports.jobs import FOLDER, defer_work
from registry.imports.mapping.plan import System
from registry.imports.models import BatchState, ImportBatch
from registry.imports.service import request_apply, request_undo, set_mapping, upload
from registry.kernel.db.cluster import Cluster
from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.jobs import defer, retry_stalled, run_worker
from tests.factories.structures import organisation_id
from tests.support.import_files import as_csv, site
from tests.support.import_jobs import operator
from tests.support.memory import temporary_root
from tests.support.processes import wait_for

NURSERY = (sys.executable, "-m", "tests.support.nursery")
#: Seconds after which a killed server must serve again (PROMISES P4).
SERVES_AGAIN_S = 60
STEPS = ("read", "check", "apply", "undo")
BUSY = {
    "read": BatchState.READING,
    "check": BatchState.CHECKING,
    "apply": BatchState.APPLYING,
    "undo": BatchState.UNDOING,
}
DONE = {"read": BatchState.READ, "check": BatchState.CHECKED, "apply": BatchState.APPLIED, "undo": BatchState.UNDONE}
TABLES = text(
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema') AND tablename NOT LIKE 'procrastinate%'"
    # What the worker tells of itself and of the end, in transactions of their own; and what no import touches.
    " AND tablename NOT LIKE 'notice%' AND tablename NOT IN ('import_progress', 'spatial_ref_sys')"
    # The counts of the map are added up by a job of their own: what they say in all is compared instead.
    " AND tablename NOT LIKE 'structure_bin%'"
    " AND tablename <> 'structure_class' AND tablename NOT LIKE 'structure_cell%'"
    " AND tablename NOT LIKE 'structure_fact%'"
    " AND tablename NOT IN ('structure_group', 'structure_fresh_since', 'structure_year_count')"
    " AND tablename NOT LIKE 'admin_%' ORDER BY 1"
)
#: How far the counts by bins, by cells and by group are from the structures themselves.
COUNTED = text(
    "SELECT abs((SELECT coalesce(sum(count), 0) FROM structure_bin WHERE level = 8 AND NOT is_coarse)"
    " + (SELECT coalesce(sum(count), 0) FROM structure_bin_change WHERE NOT is_coarse)"
    " - (SELECT count(*) FROM structure))"
    " + abs((SELECT coalesce(sum(count), 0) FROM structure_cell_count)"
    " + (SELECT coalesce(sum(count), 0) FROM structure_bin_change WHERE cells IS NOT NULL)"
    " - (SELECT count(*) FROM structure WHERE geom_coarse IS NOT NULL))"
    # Each structure has its fact or is noted, and so is each fact whose structure is gone.
    " + (SELECT count(*) FROM structure s FULL JOIN structure_fact fact USING (id)"
    " WHERE (s.id IS NULL OR fact.id IS NULL)"
    " AND NOT EXISTS (SELECT FROM structure_fact_change c WHERE c.id = coalesce(s.id, fact.id)))"
)


@contextlib.contextmanager
def nursery():
    """A function: an order -> how the worker ended, see `tests/support/nursery.py`."""
    with subprocess.Popen(NURSERY, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def work(**order):
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        work.process = process
        yield work
        process.kill()


@pytest.fixture(scope="module")
def own_cluster(prepared_cluster):
    """A cluster of this file's own, as installations run it, with the cast; it is a copy of `prepared_cluster`."""
    with tempfile.TemporaryDirectory(dir=temporary_root()) as folder:
        Path(folder).chmod(0o711)
        subprocess.run(["cp", "-a", str(prepared_cluster), str(Path(folder) / "var")], check=True)
        cluster = Cluster(Path(folder) / "var")
        cluster.start()
        yield cluster
        cluster.stop()


@contextlib.contextmanager
def trial_on(url, folder):
    """A trial on a database, with pools of its own."""
    databases = [Database(url, role=role) for role in (WEB_ROLE, WORKER_ROLE)]
    for database in databases:
        database.before_commit.append(write_pending)
    yield Trial(*databases, url, folder)
    for database in databases:
        database.dispose()


@dataclass
class Trial:
    """An installation under trial: its databases, its owner's address and its folder."""

    web: object
    worker: object
    url: str
    folder: object
    rows: int = 40
    #: Rows that a step adds to each table, as a step that nobody disturbed did it.
    expected: dict = field(default_factory=dict)

    def sent(self):
        """A new import of towers; the number of its batch."""
        store = FileStore(self.folder / FOLDER)
        content = as_csv([site(number) for number in range(1, self.rows + 1)])
        with self.web.transaction(operator) as ctx:
            owner = organisation_id(ctx.session, "viettel")
            return upload(ctx, store, UploadFile(owner, "antenna_tower", "a.csv", io.BytesIO(content))).id

    def sent_up_to(self, step):
        """A new import that is ready for a step; the number of its batch."""
        batch_id = self.sent()
        for each in STEPS[: STEPS.index(step)]:
            self.ask(each, batch_id)
            self.go_on()
        return batch_id

    def take_back(self, batch_id):
        """Leave the register as it was before an import."""
        if self.state(batch_id) is BatchState.APPLIED:
            self.ask("undo", batch_id)
            self.go_on()
        assert self.state(batch_id) is BatchState.UNDONE

    def ask(self, step, batch_id):
        """What a person does so that the worker takes the step."""
        with self.web.transaction(operator) as ctx:
            batch = ctx.session.get_one(ImportBatch, batch_id)
            if step == "check":
                set_mapping(ctx, SetMapping(batch_id, batch.version, batch.mapping, System.VN2000))
            elif step in ("apply", "undo"):
                assert {"apply": request_apply, "undo": request_undo}[step](ctx, batch_id)
            defer_work(ctx, step, batch_id)

    def state(self, batch_id):
        with self.web.transaction(operator, read_only=True) as ctx:
            return ctx.session.get_one(ImportBatch, batch_id).state

    def signature(self):
        """Table -> rows and digest of all that it holds."""
        engine = create_engine(self.url, poolclass=NullPool)
        with engine.connect() as owner:
            owner.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
            whole = " UNION ALL ".join(
                f"SELECT '{table}', count(*), md5(string_agg(digest, '' ORDER BY digest))"  # noqa: S608 - our own tables
                f" FROM (SELECT md5(t::text) AS digest FROM {table} t) x"
                for table in owner.scalars(TABLES).all()
            )
            tables = {table: (count, digest) for table, count, digest in owner.execute(text(whole))}
            assert owner.scalar(COUNTED) == 0
        engine.dispose()
        return tables

    def wait_for_ends(self):
        """Connections of killed workers end when the server sees that nobody is there."""
        engine = create_engine(self.url, poolclass=NullPool)
        left = text(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND usename = current_user AND state IS DISTINCT FROM 'idle'"
        )
        with engine.connect() as owner:
            owner.execute(left)
        engine.dispose()

    def check(self, step, batch_id, before):
        """After a kill: as before, or as after. Says which."""
        after = self.signature()
        if self.state(batch_id) is BUSY[step]:
            assert after == before, differing(after, before)
            return "before"
        self.is_done(step, batch_id, before, after)
        return "after"

    def is_done(self, step, batch_id, before, after):
        assert self.state(batch_id) is DONE[step]
        assert added(after, before) == self.expected[step], differing(after, before)

    def finish(self):
        """The queue sees that its worker is dead, and the next one does what is left, now."""
        with self.worker.transaction(operator) as ctx:
            ctx.session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
            waiting = text(
                "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'kernel.retry_stalled' AND status = 'todo'"
            )
            if not ctx.session.scalar(waiting):
                defer(ctx, retry_stalled, timestamp=0)
        self.go_on()
        with self.worker.transaction(operator) as ctx:
            ctx.session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))
        self.go_on()

    def go_on(self):
        """Work that waits is done."""
        assert run_worker(self.worker, self.folder, wait=False) == 0

    def notices(self, batch_id):
        query = text("SELECT event FROM notice WHERE subject_kind = 'import_batch' AND subject_id = :id ORDER BY id")
        with self.worker.transaction(operator, read_only=True) as ctx:
            return list(ctx.session.scalars(query, {"id": batch_id}))


#: Words of headings are learnt once for all imports, and a quota has one row a day.
SHARED = {"public.import_layout", "public.quota_use"}


def added(after, before):
    """Table -> rows that came (or went), but for those that all imports share."""
    return {
        table: after[table][0] - before[table][0]
        for table in after
        if after[table][0] != before[table][0] and table not in SHARED
    }


def differing(after, before):
    return {table: (before[table], after[table]) for table in after if after[table] != before[table]}


def undisturbed(trial, work):
    """One import through all steps that nobody disturbs: statements and seconds of each, and what it adds."""
    batch_id, lengths = trial.sent(), {}
    for step in STEPS:
        trial.ask(step, batch_id)
        before = trial.signature()
        ended = work(url=trial.url, folder=str(trial.folder))
        assert ended["status"] == 0
        assert trial.state(batch_id) is DONE[step]
        trial.expected[step] = added(trial.signature(), before)
        lengths[step] = (ended["statements"], ended["seconds"])
    return lengths


def kill_the_server_while(step, trial, cluster, work, **point):
    """Kill it at a point of the worker's step and start it again; all or nothing is there, and the worker goes on.

    Gives what was found, the seconds until it served again and how the worker ended.
    """
    batch_id = trial.sent_up_to(step)
    trial.ask(step, batch_id)
    before = trial.signature()
    victim, ended = cluster.status().pid, {}

    def attend():
        ended.update(work(url=trial.url, folder=str(trial.folder), victim=victim, **point))

    attendant = threading.Thread(target=attend)
    attendant.start()
    wait_for(lambda: cluster.status().pid != victim or not attendant.is_alive(), None, "the worker writes no log")
    if cluster.status().pid == victim:
        # The worker was done before: the server is killed at rest.
        os.kill(victim, signal.SIGKILL)
    began = time.monotonic()
    cluster.start()
    state = trial.state(batch_id)
    seconds = time.monotonic() - began
    attendant.join(60)
    assert not attendant.is_alive(), "the worker hangs"
    assert state in (BatchState.APPLYING, BatchState.UNDOING, BatchState.APPLIED, BatchState.UNDONE)
    outcome = trial.check(step, batch_id, before)
    for database in (trial.web, trial.worker):
        database.dispose()
    trial.finish()
    trial.is_done(step, batch_id, before, trial.signature())
    assert trial.notices(batch_id) == ["applied", "undone"][: 1 + (step == "undo")]
    trial.take_back(batch_id)
    return outcome, seconds, ended["status"]
