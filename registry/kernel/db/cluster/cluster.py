"""The program's own PostgreSQL + PostGIS cluster: made on first use, adopted when it already runs."""

import contextlib
import fcntl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from psycopg import sql

from registry.kernel.db.cluster import home
from registry.kernel.db.cluster.account import Account
from registry.kernel.db.cluster.binaries import Binaries, candidates_in, choose
from registry.kernel.db.cluster.errors import ClusterError
from registry.kernel.db.cluster.server import OWNER, PORT, Server
from registry.kernel.i18n import _

DATABASE: Final = "registry"
EXTENSIONS: Final = ("postgis", "unaccent", "pg_trgm", "btree_gist", "pgcrypto")
FILES_NAME: Final = "data"
DRAFT_PREFIX: Final = "draft-"


@dataclass(frozen=True)
class ClusterStatus:
    """What is known of a cluster: its process id while it runs, its major version once it is made."""

    running: bool
    pid: int | None
    major: int | None
    files: Path
    socket_dir: Path


class Cluster:
    """One private cluster, named by the data directory of its installation; any process may hold one."""

    def __init__(self, data_dir: Path, *, fsync: bool = True, bin_dir: Path | None = None) -> None:
        """Name the cluster of `data_dir`; nothing is touched before start().

        `fsync=False` is for tests: faster, lost at a power cut. `bin_dir` names the folder of PostgreSQL's programs.
        """
        self.data_dir = data_dir.resolve()
        self._fsync = fsync
        self._bin_dir = bin_dir
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, tied: bool = False) -> None:
        """Make the cluster if need be and start it, or adopt it when it runs already; returns when it takes queries.

        `tied` ends a server that this call starts when the calling process dies, even by kill -9.
        """
        account = Account.for_server()
        with self._locked():
            place = home.make_home(self.data_dir, account)
            server = self._server(account)
            if not server.adopt():
                self._reap()
                self._launch(server, account, place, tied=tied)
            prepare_database(server)

    def stop(self) -> None:
        """Stop the cluster, whoever started it; nothing happens when it is not running."""
        if self.data_dir.is_dir():
            with self._locked():
                server = self._server(Account.for_server())
                server.stop(self._process)
                self._process = None
                home.remove_runtime_dir(server.socket_dir)

    def status(self) -> ClusterStatus:
        """Whether it runs, and where."""
        server = self._server(Account.for_server())
        pid = server.pid()
        return ClusterStatus(pid is not None, pid, major_of(server.files), server.files, server.socket_dir)

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """The SQLAlchemy address of `database` as `role`: known before the first start, and it never changes."""
        socket_dir = home.runtime_dir(self.data_dir, Account.for_server())
        return f"postgresql+psycopg://{role}@/{database}?{urlencode({'host': str(socket_dir), 'port': PORT})}"

    def _server(self, account: Account) -> Server:
        place = home.find_home(self.data_dir)
        return Server(place / FILES_NAME, home.runtime_dir(self.data_dir, account), place / "server.log", account)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One start or stop at a time; the lock ends with the process that holds it."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            lock = (self.data_dir / "postgres.lock").open("w")
        except OSError as error:
            raise home.unusable(self.data_dir, error) from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _launch(self, server: Server, account: Account, place: Path, *, tied: bool) -> None:
        binaries = choose(candidates_in(self._bin_dir), major_of(server.files))
        if not server.files.is_dir():
            make_files(server.files, binaries, account, place, fsync=self._fsync)
        server.clear_remains()
        home.make_runtime_dir(self.data_dir, account)
        if tied:
            self._process = server.spawn_tied(binaries, fsync=self._fsync)
        else:
            server.start_detached(binaries, fsync=self._fsync)


def major_of(files: Path) -> int | None:
    """The major version of PostgreSQL that made `files`; None before they are made."""
    version = files / "PG_VERSION"
    try:
        text = version.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise home.unusable(version, error) from error
    if not text.isdecimal():
        raise ClusterError(_("%(path)s không ghi số phiên bản PostgreSQL.", path=version))
    return int(text)


def make_files(files: Path, binaries: Binaries, account: Account, place: Path, *, fsync: bool) -> None:
    """Create the cluster's files under another name and rename them when complete: half a cluster never counts."""
    home.remove_drafts(place, DRAFT_PREFIX)
    draft = place / f"{DRAFT_PREFIX}{FILES_NAME}"
    answer = account.run(
        [
            binaries.program("initdb"),
            *("-D", str(draft), "-U", OWNER, "-E", "UTF8", "-k"),
            *("--locale-provider=icu", "--icu-locale=vi", "--locale=C.UTF-8"),
            *("--auth-local=trust", "--auth-host=reject"),
            *(() if fsync else ("--no-sync",)),
        ],
        timeout_s=300,
    )
    if answer.returncode != 0:
        home.remove_drafts(place, DRAFT_PREFIX)
        reason = " | ".join(answer.stderr.strip().splitlines()[-2:])
        raise ClusterError(_("Không tạo được cụm cơ sở dữ liệu: %(reason)s", reason=reason))
    draft.rename(files)


def prepare_database(server: Server) -> None:
    """Make the database and its extensions if they are missing, also when an earlier start was interrupted there."""
    with server.connect() as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with server.connect(DATABASE) as connection:
        present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            if extension not in present:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
