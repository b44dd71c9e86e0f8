"""/healthz, /readyz and the figures for Prometheus."""

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from sqlalchemy import text

from registry.kernel.db.session import WEB_ROLE, WORKER_ROLE, Database
from registry.kernel.installation import INSTALLATION
from registry.kernel.metrics import InstallationCollector
from registry.wiring import use_database

AWAY = "postgresql+psycopg://none@/nothing?host=/nowhere"
HEARTBEAT = "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (clock_timestamp() - make_interval(secs => %s))"


@pytest.fixture
def worker_seen(live_url):
    """A function: let a worker have been seen so many seconds ago."""
    owner = Database(live_url)

    def worker(seconds):
        with owner.session() as session:
            session.execute(text(HEARTBEAT.replace("%s", ":s")), {"s": seconds})
            session.commit()

    yield worker
    owner.dispose()


def ready(app):
    with app.test_client().get("/readyz", headers={"Host": "10.0.0.7"}) as answer:
        return answer.status_code, answer.get_json(), answer.headers.get("Retry-After")


def test_it_is_ready_with_database_schema_and_a_worker_seen_lately(live_app, worker_seen):
    without = {"database": True, "schema": True, "worker": False, "disk": True}
    assert ready(live_app) == (503, without, "5")
    worker_seen(90)
    assert ready(live_app) == (503, without, "5")
    worker_seen(5)
    assert ready(live_app) == (200, without | {"worker": True}, None)


def test_a_schema_of_another_release_is_not_ready(live_app, live_url, worker_seen):
    worker_seen(5)
    owner = Database(live_url)
    with owner.session() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'r0001'"))
        session.commit()
    owner.dispose()
    assert ready(live_app) == (503, {"database": True, "schema": False, "worker": True, "disk": True}, "5")


def test_the_process_lives_also_without_a_database(live_app):
    use_database(live_app, Database(AWAY, role=WEB_ROLE))
    assert ready(live_app) == (503, {"database": False, "schema": False, "worker": False, "disk": True}, "5")
    with live_app.test_client().get("/healthz") as answer:
        assert (answer.status_code, answer.text) == (200, "ok\n")


def test_the_figures_are_those_of_the_installation(live_app, live_url, worker_seen):
    worker_seen(5)
    INSTALLATION.of(live_app).data_dir.mkdir(exist_ok=True)
    figures = CollectorRegistry()
    database = Database(live_url, role=WORKER_ROLE)
    figures.register(InstallationCollector(database, INSTALLATION.of(live_app)))
    shown = generate_latest(figures).decode()
    database.dispose()
    for line in ("registry_database_ready 1.0", "registry_schema_ready 1.0", "registry_worker_ready 1.0"):
        assert line in shown
    assert 'registry_disk_free_bytes{folder="data"}' in shown
    assert "registry_wal_archive_failures_total" in shown
