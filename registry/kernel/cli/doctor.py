"""`flask doctor`: checks of an installation with remedies."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

import click
from click import ClickException
from flask.cli import with_appcontext
from sqlalchemy import Connection, text

from registry.kernel.backup.safety import state_of_backup
from registry.kernel.cli.target import installation, owner_url
from registry.kernel.clock import utc_now
from registry.kernel.db import migrations
from registry.kernel.db.cluster import EXTENSIONS
from registry.kernel.db.cluster.programs import candidates_in, choose
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _
from registry.kernel.installation import Installation
from registry.kernel.mail import MailServerUnavailable

FREE_DISK_BYTES: Final = 1_000_000_000
CLOCK_TOLERANCE: Final = timedelta(seconds=5)
HEARTBEAT_LIMIT_S: Final = 60


@dataclass(frozen=True)
class Finding:
    """Result of one check: its name, whether it passed, and what was found or what to do."""

    check: str
    ok: bool
    detail: str


#: Checks that features provide; a worker runs them at its start.
INSTALLATION_CHECKS = ExtensionPoint[Callable[[Installation], Finding]]("doctor.checks")
#: Checks of what is in the register, on a connection of its owner; only `flask doctor` runs them.
REGISTER_CHECKS = ExtensionPoint[Callable[[Connection], Finding]]("doctor.register_checks")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
@with_appcontext
def doctor(as_json: bool) -> None:
    """Check programs, disk, database, schema, clock, worker and backup; exit code 1 when something is wrong.

    Example: flask --app app doctor --json
    """
    findings = [*examine(installation()), *examine_features(installation())]
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{'OK ' if finding.ok else 'LỖI'}  {finding.check}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise click.exceptions.Exit(1)


def examine(settings: Installation) -> Iterator[Finding]:
    """All findings about the installation; the checks of the database come last, if it is reachable."""
    yield _disk(settings)
    yield _mail(settings)
    if settings.database_url is None:
        yield _programs(settings)
    try:
        with migrations.connected(owner_url(settings)) as connection:
            for check in DATABASE_CHECKS:
                yield check(connection)
            if migrations.current_on(connection) == migrations.head():
                for check in REGISTER_CHECKS:
                    yield check(connection)
            yield Finding("backup", *state_of_backup(settings, connection))
    except ClickException as error:
        yield Finding("database", ok=False, detail=error.message)
        yield Finding("backup", *state_of_backup(settings, None))


def examine_features(settings: Installation) -> Iterator[Finding]:
    for check in INSTALLATION_CHECKS:
        yield check(settings)


def _disk(settings: Installation) -> Finding:
    folder = settings.data_dir if settings.data_dir.is_dir() else settings.data_dir.parent
    try:
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", ok=False, detail=f"{folder}: {error.strerror}")
    detail = _("còn trống %(free)d MB, cần ít nhất %(least)d MB", free=free // 10**6, least=FREE_DISK_BYTES // 10**6)
    return Finding("disk", free >= FREE_DISK_BYTES, detail)


def _mail(settings: Installation) -> Finding:
    """A missing mail server is no error, but the administrator should know."""
    server = settings.mail_server
    if server is None:
        off = _("chưa đặt REGISTRY_MAIL_URL nên không gửi thư; thông báo chỉ hiển thị trong hệ thống")
        return Finding("mail", ok=True, detail=off)
    try:
        with server.connected():
            return Finding("mail", ok=True, detail=_("%(host)s, cổng %(port)d", host=server.host, port=server.port))
    except MailServerUnavailable as away:
        return Finding("mail", ok=False, detail=f"{server.host}:{server.port}: {away}")


def _programs(settings: Installation) -> Finding:
    try:
        binaries = choose(candidates_in(settings.pg_bin), None)
    except ClickException as error:
        return Finding("postgresql", ok=False, detail=error.message)
    return Finding("postgresql", ok=True, detail=f"{binaries.major} ({binaries.folder})")


def _server(connection: Connection) -> Finding:
    version = str(connection.scalar(text("SHOW server_version")))
    return Finding("database", ok=True, detail=f"PostgreSQL {version}")


def _extensions(connection: Connection) -> Finding:
    present = set(connection.scalars(text("SELECT extname FROM pg_extension")))
    missing = [name for name in EXTENSIONS if name not in present and name != "pgcrypto"]
    return Finding("extensions", not missing, ", ".join(missing) or "PostGIS")


def _schema(connection: Connection) -> Finding:
    newest = migrations.head()
    table = connection.scalar(text("SELECT to_regclass('alembic_version')"))
    now = connection.scalar(text("SELECT version_num FROM alembic_version")) if table is not None else None
    detail = _("bản %(now)s, cần bản %(newest)s (flask --app app db upgrade)", now=now or "∅", newest=newest)
    return Finding("schema", now == newest, newest if now == newest else detail)


def _collation(connection: Connection) -> Finding:
    behind = connection.scalar(
        text(
            "SELECT count(*) FROM pg_database WHERE datname = current_database()"
            " AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)"
        )
    )
    remedy = _(
        "thư viện sắp xếp của hệ điều hành đã đổi, cần REINDEX DATABASE và ALTER DATABASE REFRESH COLLATION VERSION"
    )
    return Finding("collation", not behind, remedy if behind else "vi")


def _clock(connection: Connection) -> Finding:
    difference = abs(utc_now() - connection.execute(text("SELECT clock_timestamp()")).scalar_one())
    return Finding("clock", difference <= CLOCK_TOLERANCE, _("lệch %(s).1f giây", s=difference.total_seconds()))


def _worker(connection: Connection) -> Finding:
    if connection.scalar(text("SELECT to_regclass('procrastinate_workers')")) is None:
        return Finding("worker", ok=False, detail=_("chưa có hàng đợi công việc, cần flask --app app db upgrade"))
    alive = connection.scalar(
        text(
            "SELECT count(*) FROM procrastinate_workers"
            " WHERE last_heartbeat > clock_timestamp() - make_interval(secs => :limit)"
        ),
        {"limit": HEARTBEAT_LIMIT_S},
    )
    remedy = _("không có tiến trình xử lý công việc nào đang chạy, cần flask --app app worker")
    return Finding("worker", bool(alive), str(alive) if alive else remedy)


DATABASE_CHECKS: Final[tuple[Callable[[Connection], Finding], ...]] = (
    _server,
    _extensions,
    _schema,
    _collation,
    _clock,
    _worker,
)
