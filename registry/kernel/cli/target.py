"""Which database a command works on."""

from typing import Final, cast

from flask import current_app

from registry.kernel.db.cluster import Cluster, ClusterError
from registry.kernel.db.requirements import require_usable_server
from registry.kernel.i18n import _
from registry.kernel.installation import Installation

INSTALLATION: Final = "registry.installation"


def installation() -> Installation:
    """The settings that the running command was given."""
    return cast("Installation", current_app.extensions[INSTALLATION])


def cluster_of(chosen: Installation) -> Cluster:
    """The private cluster of the installation; refused where a DATABASE_URL names a server."""
    if chosen.database_url is not None:
        raise ClusterError(_("Đã có DATABASE_URL nên không dùng cụm cơ sở dữ liệu riêng, cần quản lý máy chủ đó."))
    return Cluster(chosen.data_dir, bin_dir=chosen.pg_bin)


def owner_url(chosen: Installation) -> str:
    """The owner's address of the database; a private cluster that is not running is said so, not started."""
    if chosen.database_url is not None:
        require_usable_server(chosen.database_url)
        return chosen.database_url
    cluster = cluster_of(chosen)
    if not cluster.status().running:
        raise ClusterError(
            _("Cơ sở dữ liệu chưa chạy, cần khởi động bằng `make run` hoặc `flask --app app cluster start`.")
        )
    return cluster.url()
