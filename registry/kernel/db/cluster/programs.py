"""The PostgreSQL programs that come with PostGIS, and the system account that runs them."""

from __future__ import annotations

import os
import pwd
import re
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from click import ClickException

from registry.kernel.i18n import _
from registry.kernel.processes import die_with_parent


class ClusterError(ClickException):
    """The private cluster cannot do what is asked; the text names cause and remedy in one sentence.

    The command line prints it without a traceback, with the exit code of "database unreachable".
    """

    exit_code = 5


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
        return str(self.folder / name)


def inspect(folder: Path) -> Binaries | None:
    """The PostgreSQL in `folder`; None when its server, version or PostGIS is missing."""
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
    """All usable PostgreSQL versions with PostGIS under the usual folders of `root`, oldest first."""
    folders = (folder for pattern in INSTALL_PATTERNS for folder in root.glob(pattern))
    return sorted(binaries for folder in folders if (binaries := inspect(folder)) and binaries.major >= OLDEST_MAJOR)


def choose(candidates: list[Binaries], cluster_major: int | None) -> Binaries:
    """The newest of `candidates` for a new cluster, else the one with the major version of the existing cluster.

    A data directory can only be opened by the major version that created it.
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
    """The PostgreSQL in `folder`, or all installed ones without a folder."""
    if folder is None:
        return installed()
    binaries = inspect(folder)
    if binaries is None or binaries.major < OLDEST_MAJOR:
        raise ClusterError(
            _(
                "PG_BIN = %(folder)s không hợp lệ, cần thư mục chương trình PostgreSQL từ bản %(oldest)d kèm PostGIS.",
                folder=folder,
                oldest=OLDEST_MAJOR,
            )
        )
    return [binaries]


SERVICE_ACCOUNT: Final = "postgres"
#: Nothing else: PGHOST, PGUSER and the language of the caller must not reach the server.
ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "HOME": "/"}


@dataclass(frozen=True)
class Account:
    """The account that runs the server; `switched` is True if it differs from the caller."""

    uid: int
    gid: int
    switched: bool

    @classmethod
    def for_server(cls) -> Account:
        """The caller, or the account `postgres` when the caller is root, which PostgreSQL refuses."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid(), switched=False)
        try:
            entry = pwd.getpwnam(SERVICE_ACCOUNT)
        except KeyError as error:
            raise ClusterError(
                _(
                    "Máy không có tài khoản hệ thống %(account)s để chạy PostgreSQL thay cho root,"
                    " cần cài gói postgresql.",
                    account=SERVICE_ACCOUNT,
                )
            ) from error
        return cls(entry.pw_uid, entry.pw_gid, switched=True)

    @property
    def _identity(self) -> dict[str, Any]:
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switched else {}

    def run(self, arguments: list[str], timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            arguments,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env=ENVIRONMENT,
            cwd="/",
            **self._identity,
        )

    def spawn(self, arguments: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a server under this account that shuts down (SIGINT, fast shutdown) when this process dies.

        It has its own session, so that Ctrl-C at the terminal does not reach it.
        """
        return subprocess.Popen(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
            **self._identity,
            preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509  # one system call, no locks
        )

    def can_use(self, directory: Path) -> bool:
        """Whether this account can enter and write `directory`, its parents included."""
        return self.run(["test", "-w", str(directory), "-a", "-x", str(directory)]).returncode == 0

    def give(self, path: Path) -> None:
        if self.switched:
            os.chown(path, self.uid, self.gid)


def run_as_caller(binaries: Binaries, name: str, *arguments: str, timeout_s: float = 600) -> None:
    """Run a PostgreSQL program that does not refuse root, ended with this process; ClusterError if it fails."""
    try:
        answer = subprocess.run(
            [binaries.program(name), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env=ENVIRONMENT,
            cwd="/",
            preexec_fn=die_with_parent(signal.SIGTERM),  # one system call, no locks
        )
    except subprocess.TimeoutExpired as error:
        raise ClusterError(_("%(program)s không xong sau %(s)d giây.", program=name, s=timeout_s)) from error
    if answer.returncode != 0:
        reason = " | ".join(answer.stderr.strip().splitlines()[-2:])
        raise ClusterError(_("%(program)s không thực hiện được: %(reason)s", program=name, reason=reason))
