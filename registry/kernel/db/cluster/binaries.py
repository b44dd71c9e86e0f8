"""Finding the PostgreSQL programs that come with PostGIS."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.kernel.db.cluster.errors import ClusterError
from registry.kernel.i18n import _

OLDEST_MAJOR: Final = 15
#: Debian's, Red Hat's and PostgreSQL's own layout. PATH is not searched: it may hold a version without PostGIS.
INSTALL_PATTERNS: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "usr/local/pgsql/bin")
REMEDY: Final = "apt-get install postgresql postgresql-postgis"


@dataclass(frozen=True, order=True)
class Binaries:
    """One installed PostgreSQL: its major version and the folder of its programs."""

    major: int
    folder: Path

    def program(self, name: str) -> str:
        """The full path of one of its programs."""
        return str(self.folder / name)


def inspect(folder: Path) -> Binaries | None:
    """The PostgreSQL in `folder`; None when its server, its version or its PostGIS is missing there."""
    config, server = folder / "pg_config", folder / "postgres"
    if not (config.is_file() and server.is_file() and (folder / "initdb").is_file()):
        return None
    answer = subprocess.run(
        [str(config), "--version", "--sharedir"], capture_output=True, text=True, check=False, timeout=30
    )
    version = re.match(r"PostgreSQL (\d+)", answer.stdout)
    if answer.returncode != 0 or version is None:
        return None
    share = Path(answer.stdout.splitlines()[-1])
    return Binaries(int(version[1]), folder) if (share / "extension" / "postgis.control").is_file() else None


def installed(root: Path = Path("/")) -> list[Binaries]:
    """Every usable PostgreSQL with PostGIS under the usual places of `root`, oldest first."""
    folders = (folder for pattern in INSTALL_PATTERNS for folder in root.glob(pattern))
    return sorted(found for folder in folders if (found := inspect(folder)) and found.major >= OLDEST_MAJOR)


def choose(candidates: list[Binaries], cluster_major: int | None) -> Binaries:
    """The newest of `candidates` for a new cluster, or the one whose major version made the existing cluster.

    A data directory can only be opened by the major version that made it, so any other is refused.
    """
    if not candidates:
        raise ClusterError(
            _(
                "Không tìm thấy PostgreSQL từ bản %(oldest)d kèm PostGIS, cần cài đặt: %(remedy)s.",
                oldest=OLDEST_MAJOR,
                remedy=REMEDY,
            )
        )
    if cluster_major is None:
        return candidates[-1]
    for candidate in candidates:
        if candidate.major == cluster_major:
            return candidate
    raise ClusterError(
        _(
            "Dữ liệu thuộc PostgreSQL %(data)d nhưng máy chỉ có PostgreSQL %(found)s kèm PostGIS,"
            " cần cài lại bản %(data)d hoặc chuyển dữ liệu bằng pg_dump.",
            data=cluster_major,
            found=", ".join(str(candidate.major) for candidate in candidates),
        )
    )


def candidates_in(folder: Path | None) -> list[Binaries]:
    """The PostgreSQL of `folder` when an administrator named one, else every installed one."""
    if folder is None:
        return installed()
    found = inspect(folder)
    if found is None or found.major < OLDEST_MAJOR:
        raise ClusterError(
            _(
                "PG_BIN = %(folder)s không hợp lệ, cần thư mục chương trình PostgreSQL từ bản %(oldest)d kèm PostGIS.",
                folder=folder,
                oldest=OLDEST_MAJOR,
            )
        )
    return [found]
