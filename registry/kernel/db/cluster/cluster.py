"""The private PostgreSQL and PostGIS cluster: created on first use, adopted when it already runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import itertools
import secrets
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import psycopg
from psycopg import sql

from registry.kernel.db.cluster.archiving import archive_settings, recovery_settings
from registry.kernel.db.cluster.programs import (
    Account,
    Binaries,
    ClusterError,
    candidates_in,
    choose,
    run_as_caller,
)
from registry.kernel.db.cluster.server import (
    OWNER,
    POLL_S,
    PORT,
    START_TIMEOUT_S,
    STOP_TIMEOUT_S,
    Server,
)
from registry.kernel.i18n import _

#: Replaying a day of a busy register takes minutes.
REPLAY_TIMEOUT_S: Final = 6 * 3600.0
_STOP_S: Final = 120.0
_LOG_LINES: Final = 40
#: What the server writes each time that it is asked whether it is ready.
_ASKED: Final = "the database system is starting up"


def copy_owned(sources: Iterable[Path], target: Path, account: Account) -> None:
    """Copy files and folders into the new folder `target`, for the server's account."""
    target.mkdir(mode=0o700)
    for source in sources:
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copyfile(source, target / source.name)
    for path in (target, *target.rglob("*")):
        account.give(path)
    target.chmod(0o700)


def replay(server: Server, binaries: Binaries, *, fsync: bool) -> None:
    """Recover a copy as the settings of `server` say, and stop it; ClusterError with the end of its log if it fails."""
    signal_file = server.files / "recovery.signal"
    signal_file.touch()
    server.account.give(signal_file)
    process = server.spawn_tied(binaries, fsync=fsync)
    try:
        if not _has_replayed(server, process):
            lines = server.log.read_text(encoding="utf-8", errors="replace").splitlines()
            raise ClusterError(" | ".join([line.strip() for line in lines if _ASKED not in line][-_LOG_LINES:]))
    finally:
        server.stop(process, _STOP_S)


def _has_replayed(server: Server, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + REPLAY_TIMEOUT_S
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(psycopg.OperationalError), server.connect() as connection:
            row = connection.execute("SELECT pg_is_in_recovery()").fetchone()
            if row is not None and not row[0]:
                return True
        time.sleep(POLL_S)
    return False


HOME_NAME: Final = "postgres"
#: Written in the data directory when the server's account cannot enter it: holds the path of the files.
ELSEWHERE_FILE: Final = "postgres-location"
ELSEWHERE_PARENT: Final = Path("/var/lib/passive-registry")
#: Short, since the path of a Unix socket is at most 107 bytes long, whatever the length of the data directory.
RUNTIME_PARENT: Final = Path("/tmp")  # noqa: S108  # the folder made in it is checked for owner and mode
PRIVATE: Final = 0o700
PASSABLE: Final = 0o711


def digest(data_dir: Path) -> str:
    """A short name for a data directory, unique on the machine."""
    return hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]


def runtime_dir(data_dir: Path, account: Account) -> Path:
    """The folder of the cluster's socket: one per data directory and account."""
    return RUNTIME_PARENT / f"passive-registry-{account.uid}-{digest(data_dir)}"


def make_runtime_dir(data_dir: Path, account: Account) -> Path:
    """Create the folder of the socket, verify its owner, and remove the files of a dead server."""
    path = runtime_dir(data_dir, account)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=PRIVATE)
        account.give(path)
    facts = path.lstat()
    if path.is_symlink() or not path.is_dir() or facts.st_uid != account.uid:
        raise ClusterError(_("Thư mục %(path)s thuộc về người khác, cần xóa thư mục đó rồi chạy lại.", path=path))
    path.chmod(PRIVATE)
    for leftover in path.iterdir():
        leftover.unlink()
    return path


def remove_runtime_dir(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)


def find_home(data_dir: Path) -> Path:
    """The folder of the cluster's files; it may not exist yet."""
    try:
        return Path((data_dir / ELSEWHERE_FILE).read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return data_dir / HOME_NAME
    except OSError as error:
        raise unusable(data_dir, error) from error


def make_home(data_dir: Path, account: Account) -> Path:
    """Create the folder of the cluster's files, under /var/lib when the server's account cannot enter `data_dir`."""
    home = find_home(data_dir)
    try:
        make_owned(home, account)
        if account.can_use(home):
            return home
        if home.parent != data_dir or any(home.iterdir()):
            raise ClusterError(
                _("Tài khoản chạy PostgreSQL không vào được thư mục %(path)s, cần mở lại quyền truy cập.", path=home)
            )
        home.rmdir()
        return move_elsewhere(data_dir, account)
    except OSError as error:
        raise unusable(home, error) from error


def move_elsewhere(data_dir: Path, account: Account) -> Path:
    """Choose and record a folder outside a data directory that only root can enter.

    The random part makes a deleted and recreated data directory a new, empty registry.
    """
    home = ELSEWHERE_PARENT / f"{digest(data_dir)}-{secrets.token_hex(4)}"
    ELSEWHERE_PARENT.mkdir(mode=PASSABLE, parents=True, exist_ok=True)
    make_owned(home, account)
    if not account.can_use(home):
        raise ClusterError(_("Tài khoản chạy PostgreSQL không ghi được vào %(path)s.", path=home))
    draft = data_dir / f"{ELSEWHERE_FILE}.new"
    draft.write_text(f"{home}\n", encoding="utf-8")
    draft.replace(data_dir / ELSEWHERE_FILE)
    return home


def make_owned(path: Path, account: Account) -> None:
    path.mkdir(mode=PRIVATE, exist_ok=True)
    account.give(path)


def remove_drafts(home: Path, prefix: str) -> None:
    """Delete the incomplete files of an interrupted start."""
    for draft in home.glob(f"{prefix}*"):
        shutil.rmtree(draft)


def unusable(path: Path, error: OSError) -> ClusterError:
    return ClusterError(_("Không đọc ghi được %(path)s (%(reason)s).", path=path, reason=error.strerror))


DATABASE: Final = "registry"
EXTENSIONS: Final = ("postgis", "unaccent", "pg_trgm", "btree_gist", "pgcrypto")
FILES_NAME: Final = "data"
DRAFT_PREFIX: Final = "draft-"
#: For a server that lost its lock file or its files: it cannot be reached any more.
END_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True)
class ClusterStatus:
    """State of a cluster: process id while it runs, major version once it is created."""

    running: bool
    pid: int | None
    major: int | None
    files: Path
    socket_dir: Path


class Cluster:
    """The private cluster of one data directory; any process may hold an instance."""

    def __init__(
        self, data_dir: Path, *, fsync: bool = True, bin_dir: Path | None = None, wal_archive: Path | None = None
    ) -> None:
        """`fsync=False` is for tests: faster, lost at a power cut. `bin_dir` is the folder of the PostgreSQL programs.

        `wal_archive`: the folder in which the server keeps its log. Nothing is touched before start().
        """
        self.wal_archive = wal_archive
        self.data_dir = data_dir.resolve()
        self.fsync = fsync
        self.bin_dir = bin_dir
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, tied: bool = False) -> None:
        """Create the cluster if needed and start or adopt it; returns when it accepts queries.

        `tied`: a server started by this call ends when the calling process dies, even by kill -9.
        """
        account = Account.for_server()
        with self._locked():
            home = make_home(self.data_dir, account)
            server = self._server(account)
            if not server.adopt():
                self._end_process(server)
                self._launch(server, account, home, tied=tied)
            prepare_database(server)

    def restart(self) -> None:
        """Start a tied server again that ended or lost its lock file; never makes files (ClusterError).

        Every wait is bounded. A missing folder may be a disk that is not mounted: a new cluster would hide it.
        """
        server = self._server(Account.for_server())
        if not server.adopt():
            self._end_process(server)
        if major_of(server.files) is None:
            raise ClusterError(
                _(
                    "Không còn tệp của cơ sở dữ liệu ở %(path)s, cần gắn lại ổ đĩa đó, hoặc dừng hệ thống rồi khôi phục"
                    " từ bản sao lưu.",
                    path=server.files,
                )
            )
        self.start(tied=True)

    def stop(self, within_s: float = STOP_TIMEOUT_S) -> None:
        """Stop the cluster, no matter which process started it; no-op when it does not run.

        Open transactions are rolled back; what does not end within two thirds of the time is killed, and repaired from
        its log by the next start. A server started by this object stops also when its data directory is gone.
        """
        deadline = time.monotonic() + within_s
        with self._locked(within_s / 3) if self.data_dir.is_dir() else contextlib.nullcontext():
            server = self._server(Account.for_server())
            server.stop(self._process, deadline - time.monotonic())
            self._process = None
            with contextlib.suppress(OSError):
                remove_runtime_dir(server.socket_dir)

    def status(self) -> ClusterStatus:
        server = self._server(Account.for_server())
        pid = server.pid()
        return ClusterStatus(pid is not None, pid, major_of(server.files), server.files, server.socket_dir)

    def copy_to(self, target: Path, *, timeout_s: float) -> None:
        """A base backup of the running server by pg_basebackup; ClusterError, with nothing left of it, if it fails."""
        socket_dir = runtime_dir(self.data_dir, Account.for_server())
        self.run_program(
            "pg_basebackup",
            *("--pgdata", str(target), "--format=plain", "--checkpoint=fast", "--wal-method=stream"),
            *("--manifest-checksums=SHA256", "--no-password", *(() if self.fsync else ("--no-sync",))),
            *("--host", str(socket_dir), "--port", str(PORT), "--username", OWNER),
            timeout_s=timeout_s,
        )

    def run_program(self, name: str, *arguments: str, major: int | None = None, timeout_s: float = 600) -> None:
        """Run a PostgreSQL program of version `major`, else that of the cluster, as the caller.

        ClusterError with its last words if it fails.
        """
        binaries = choose(candidates_in(self.bin_dir), major or self.status().major)
        run_as_caller(binaries, name, *arguments, timeout_s=timeout_s)

    def system_identifier(self) -> str | None:
        """The number that no other cluster has; None before it is created."""
        server = self._server(Account.for_server())
        major = major_of(server.files)
        if major is None:
            return None
        program = choose(candidates_in(self.bin_dir), major).program("pg_controldata")
        for line in server.account.run([program, "-D", str(server.files)]).stdout.splitlines():
            name, _colon, value = line.partition(":")
            if name == "Database system identifier":
                return value.strip()
        raise ClusterError(_("Không đọc ghi được %(path)s (%(reason)s).", path=server.files, reason="pg_control"))

    def replace_by(
        self,
        base: Path,
        wal: Sequence[Path],
        *,
        at: str | None = None,
        point: str | None = None,
        timeline: str = "latest",
        aside: str,
    ) -> None:
        """Make the files of the stopped cluster those of a base backup with archived WAL, up to a moment or a point.

        The files that are there are renamed, with `aside` at the end. ClusterError, with the log of the recovery and
        nothing changed, when it fails.
        """
        account = Account.for_server()
        with self._locked():
            home = make_home(self.data_dir, account)
            remove_drafts(home, DRAFT_PREFIX)
            files, archive = home / f"{DRAFT_PREFIX}restored", home / f"{DRAFT_PREFIX}wal"
            try:
                copy_owned([base], files, account)
                copy_owned(wal, archive, account)
                socket_dir = make_runtime_dir(files, account)
                binaries = choose(candidates_in(self.bin_dir), major_of(files))
                try:
                    settings = recovery_settings(archive, at, point, timeline)
                    server = Server(files, socket_dir, archive / "log", account, settings)
                    replay(server, binaries, fsync=self.fsync)
                finally:
                    remove_runtime_dir(socket_dir)
                present = home / FILES_NAME
                if present.is_dir():
                    present.rename(_free_name(home / f"{FILES_NAME}.{aside}"))
                files.rename(present)
            except OSError as error:
                raise unusable(home, error) from error
            finally:
                remove_drafts(home, DRAFT_PREFIX)

    def remove_files(self) -> None:
        """Delete the stopped cluster, also where its files are outside the data directory."""
        home = find_home(self.data_dir)
        if home.is_dir():
            shutil.rmtree(home)

    def timelines(self) -> list[Path]:
        """The histories of timelines that the cluster's log holds."""
        return sorted((find_home(self.data_dir) / FILES_NAME / "pg_wal").glob("*.history"))

    def url(self, role: str = OWNER, database: str = DATABASE) -> str:
        """The SQLAlchemy URL of `database` as `role`; known before the first start and constant."""
        socket_dir = runtime_dir(self.data_dir, Account.for_server())
        return f"postgresql+psycopg://{role}@/{database}?{urlencode({'host': str(socket_dir), 'port': PORT})}"

    def _server(self, account: Account) -> Server:
        home = find_home(self.data_dir)
        more = {} if self.wal_archive is None else archive_settings(self.wal_archive)
        return Server(home / FILES_NAME, runtime_dir(self.data_dir, account), home / "server.log", account, more)

    @contextlib.contextmanager
    def _locked(self, within_s: float = START_TIMEOUT_S) -> Iterator[None]:
        """One start or stop at a time; the lock ends with its process."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
            lock = (self.data_dir / "postgres.lock").open("w")
        except OSError as error:
            raise unusable(self.data_dir, error) from error
        with lock:
            deadline = time.monotonic() + within_s
            while not _try_lock(lock.fileno()):
                if time.monotonic() > deadline:
                    raise ClusterError(_("Một lệnh khác đang khởi động hoặc dừng cơ sở dữ liệu, cần đợi lệnh đó xong."))
                time.sleep(POLL_S)
            yield

    def _end_process(self, server: Server) -> None:
        """End the server that this object started and that is no use any more."""
        if self._process is not None:
            server.stop(self._process, END_TIMEOUT_S)
            self._process = None

    def _launch(self, server: Server, account: Account, home: Path, *, tied: bool) -> None:
        binaries = choose(candidates_in(self.bin_dir), major_of(server.files))
        if not server.files.is_dir():
            make_files(server.files, binaries, account, home, fsync=self.fsync)
        server.clear_remains()
        make_runtime_dir(self.data_dir, account)
        if tied:
            # Known before the wait, which a signal may end.
            self._process = server.spawn_tied(binaries, fsync=self.fsync)
            server.wait_until_it_answers(self._process)
        else:
            server.start_detached(binaries, fsync=self.fsync)


def _free_name(path: Path) -> Path:
    """`path`, or the first with a number that is not there."""
    numbered = (path.with_name(f"{path.name}.{number}") for number in itertools.count(2))
    return next(name for name in itertools.chain([path], numbered) if not name.exists())


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def major_of(files: Path) -> int | None:
    """The major version of PostgreSQL that created `files`; None before they exist."""
    version = files / "PG_VERSION"
    try:
        text = version.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unusable(version, error) from error
    if not text.isdecimal():
        raise ClusterError(_("%(path)s không ghi số phiên bản PostgreSQL.", path=version))
    return int(text)


def make_files(files: Path, binaries: Binaries, account: Account, home: Path, *, fsync: bool) -> None:
    """Create the cluster's files in a draft folder, renamed when complete, so that a partial cluster never counts."""
    remove_drafts(home, DRAFT_PREFIX)
    draft = home / f"{DRAFT_PREFIX}{FILES_NAME}"
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
        remove_drafts(home, DRAFT_PREFIX)
        reason = " | ".join(answer.stderr.strip().splitlines()[-2:])
        raise ClusterError(_("Không tạo được cụm cơ sở dữ liệu: %(reason)s", reason=reason))
    draft.rename(files)


def prepare_database(server: Server) -> None:
    """Create the database and its extensions if missing, also after an interrupted start."""
    with server.connect() as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone() is None:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with server.connect(DATABASE) as connection:
        present = {name for (name,) in connection.execute("SELECT extname FROM pg_extension")}
        for extension in EXTENSIONS:
            if extension not in present:
                connection.execute(sql.SQL("CREATE EXTENSION {}").format(sql.Identifier(extension)))
