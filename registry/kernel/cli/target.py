"""Which database a command works on, and what its server must offer."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import OperationalError

from registry.kernel.backup.folder import BackupFolder
from registry.kernel.db.cluster import Cluster, ClusterError
from registry.kernel.db.migrations import connected
from registry.kernel.db.server_rights import missing_rights
from registry.kernel.disk import stopped_by_disk
from registry.kernel.i18n import _
from registry.kernel.installation import INSTALLATION, Installation


def installation() -> Installation:
    return INSTALLATION.current()


def cluster_of(settings: Installation) -> Cluster:
    """The private cluster of the installation; ClusterError where a DATABASE_URL names a server."""
    if settings.database_url is not None:
        raise ClusterError(_("Đã có DATABASE_URL nên không dùng cụm cơ sở dữ liệu riêng, cần quản lý máy chủ đó."))
    wal = None if settings.backup_dir is None else BackupFolder(settings.backup_dir).wal
    return Cluster(settings.data_dir, bin_dir=settings.pg_bin, wal_archive=wal)


def owner_url(settings: Installation) -> str:
    """The owner's address of the database; ClusterError for a private cluster that is not running."""
    if settings.database_url is not None:
        require_usable_server(settings.database_url)
        return settings.database_url
    cluster = cluster_of(settings)
    if not cluster.status().running:
        raise ClusterError(
            stopped_by_disk(settings.data_dir)
            or _("Cơ sở dữ liệu chưa chạy, cần khởi động bằng `make run` hoặc `flask --app app cluster start`.")
        )
    return cluster.url()


def prepare_server(settings: Installation, url: str) -> None:
    """Create what a migration needs of the server; ClusterError with a sentence for each right that is missing."""
    require_usable_server(url)
    with connected(url) as connection, connection.begin():
        missing = missing_rights(connection, changes_roles=not settings.has_own_sign_ins)
    if missing:
        raise ClusterError("\n".join(missing))


OLDEST_POSTGRESQL: Final = 15
#: The first with ST_CoverageSimplify, which keeps the borders of neighbouring units together on small maps.
OLDEST_POSTGIS: Final = (3, 4)
#: A version number such as 170012 in server_version_num.
MAJOR_UNIT: Final = 10_000


def require_usable_server(url: str) -> None:
    """Raise ClusterError, without the password, for a server that does not answer or is too old."""
    try:
        with connected(url) as connection:
            _require_versions(connection)
    except OperationalError as error:
        # One line for each host that was tried; advice is set in below it.
        reason = [line for line in str(error.orig).strip().splitlines() if not line.startswith("\t")][-1]
        server = make_url(url).render_as_string(hide_password=True)
        raise ClusterError(
            _(
                "Không kết nối được cơ sở dữ liệu %(server)s (%(reason)s), cần kiểm tra DATABASE_URL và máy chủ.",
                server=server,
                reason=reason,
            )
        ) from error


def _require_versions(connection: Connection) -> None:
    major = int(str(connection.scalar(text("SHOW server_version_num")))) // MAJOR_UNIT
    if major < OLDEST_POSTGRESQL:
        raise ClusterError(
            _("Máy chủ là PostgreSQL %(major)d, cần từ bản %(oldest)d.", major=major, oldest=OLDEST_POSTGRESQL)
        )
    offered = connection.scalar(
        text("SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'postgis'")
    )
    oldest = ".".join(map(str, OLDEST_POSTGIS))
    if offered is None:
        raise ClusterError(_("Máy chủ PostgreSQL chưa có PostGIS, cần cài PostGIS từ bản %(oldest)s.", oldest=oldest))
    if postgis_version(str(offered)) < OLDEST_POSTGIS:
        raise ClusterError(_("Máy chủ có PostGIS %(offered)s, cần từ bản %(oldest)s.", offered=offered, oldest=oldest))


def postgis_version(written: str) -> tuple[int, int]:
    """Major and minor number of a version such as 3.5.2 or 3.6.0dev."""
    major, minor = written.split(".")[:2]
    return int(major), int(minor)
