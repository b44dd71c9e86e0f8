"""A list of 200,000 structures leaves in every format, by a worker whose memory stays bounded."""

import json
import subprocess
import sys

import pytest
from sqlalchemy import create_engine, text

from config.settings import CHECKOUT
from registry.exports.models import ExportJob, ExportState
from registry.exports.service import RequestExport, request_export
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.exports.dataset import EVERY, OPEN_FIBRE
from tests.factories.structures import make
from tests.support.fixtures import actor_named

ROWS = 200_000
#: What writing may add to the memory of an idle worker.
MOST_MB = 60
#: Writes one file and says how much memory the process had at its peak, and how long it took.
WORKER = """
import json, sys, time
from pathlib import Path
from registry import wiring
from registry.exports.jobs import run_export
from registry.exports.storage import ExportStore
from registry.kernel.db.session import WORKER_ROLE, Database
wiring.create_app(wiring.Settings(secret_key="x" * 40, data_dir=Path(sys.argv[2]), testing=True), Database(sys.argv[1]))
def peak():
    # Not ru_maxrss: that counts what the parent had when it forked.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
with open("/proc/self/clear_refs", "w") as forget:
    forget.write("5")
idle, started = peak(), time.monotonic()
run_export(Database(sys.argv[1], role=WORKER_ROLE), ExportStore(Path(sys.argv[2])), int(sys.argv[3]))
print(json.dumps({"idle_mb": idle, "peak_mb": peak(), "seconds": round(time.monotonic() - started, 1)}))
"""
#: Copies of one structure, 1 m and more apart, without their history.
COPY = """
SET session_replication_role = replica;
INSERT INTO structure ({columns}) OVERRIDING SYSTEM VALUE
SELECT {values} FROM structure s, generate_series(1, {rows}) number WHERE s.id = {origin};
INSERT INTO antenna_tower ({own}) SELECT {own_values}
FROM antenna_tower t, generate_series(1, {rows}) number WHERE t.id = {origin};
SET session_replication_role = origin;
ANALYZE structure; ANALYZE antenna_tower;
"""
CHANGED = {
    "id": "1000000 + number",
    "code": "'THA-COT-' || (1000000 + number)",
    "own_code": "'M-' || number",
    "name": "'Trạm số ' || number",
    "geom": "ST_Translate(s.geom, mod(number, 500) * 0.0001, (number / 500) * 0.0001)",
}

pytestmark = pytest.mark.trial


def columns_of(connection, table):
    query = text(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = :table AND table_schema = 'public' AND is_generated = 'NEVER' ORDER BY ordinal_position"
    )
    return list(connection.scalars(query, {"table": table}))


@pytest.fixture
def crowded(live_url):
    """A function: makes so many towers of Viettel; the address of the database."""
    web = Database(live_url, role=WEB_ROLE)
    with web.transaction(person) as ctx:
        origin = make(ctx, owner="viettel").id
    web.dispose()

    def fill(rows):
        engine = create_engine(live_url)
        with engine.begin() as connection:
            base, own = columns_of(connection, "structure"), columns_of(connection, "antenna_tower")
            values = [CHANGED.get(name, f's."{name}"') for name in base]
            own_values = [CHANGED["id"] if name == "id" else f't."{name}"' for name in own]
            filled = COPY.format(
                columns=", ".join(base),
                values=", ".join(values),
                own=", ".join(own),
                own_values=", ".join(own_values),
                rows=rows,
                origin=origin,
            )
            for statement in filter(str.strip, filled.split(";")):
                connection.exec_driver_sql(statement)
        engine.dispose()

    return fill


def person(session):
    return actor_named(session, "viettel")


def ask(live_url, list_code, file_format):
    web = Database(live_url, role=WEB_ROLE)
    with web.transaction(person) as ctx:
        command = RequestExport(list_code, file_format, (("kind", "antenna_tower"),), "vi")
        job, _is_new = request_export(ctx, command)
        job_id = job.id
    web.dispose()
    return job_id


def state_of(live_url, job_id):
    web = Database(live_url, role=WEB_ROLE)
    with web.transaction(person, read_only=True) as ctx:
        job = ctx.session.get_one(ExportJob, job_id)
        state = (job.state, job.done, job.size_bytes)
    web.dispose()
    return state


def test_200000_rows_leave_in_every_format_with_bounded_memory(live_url, crowded, tmp_path, capsys):
    crowded(ROWS)
    figures = {}
    for list_code, file_format in [("structures", format_code) for format_code in EVERY] + [
        ("ofds", format_code) for format_code in OPEN_FIBRE
    ]:
        job_id = ask(live_url, list_code, file_format)
        done = subprocess.run(
            [sys.executable, "-c", WORKER, live_url, str(tmp_path), str(job_id)],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            check=True,
        )
        state, rows, size = state_of(live_url, job_id)
        assert (state, rows) == (ExportState.DONE, ROWS + 1)
        figures[file_format.value] = json.loads(done.stdout) | {"file_mb": size // 1024**2}
    with capsys.disabled():
        sys.stdout.write(f"\n{json.dumps(figures, indent=1)}\n")
    assert (
        max(measured_memory["peak_mb"] - measured_memory["idle_mb"] for measured_memory in figures.values()) <= MOST_MB
    )
