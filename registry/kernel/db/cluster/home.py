"""Where the files and the socket of a private cluster lie."""

import contextlib
import hashlib
import secrets
import shutil
from pathlib import Path
from typing import Final

from registry.kernel.db.cluster.account import Account
from registry.kernel.db.cluster.errors import ClusterError
from registry.kernel.i18n import _

HOME_NAME: Final = "postgres"
#: Written in the data directory when the server's account cannot enter it: the place of the files instead.
ELSEWHERE_FILE: Final = "postgres-location"
ELSEWHERE_PARENT: Final = Path("/var/lib/passive-registry")
#: Short, since the path of a Unix socket is at most 107 bytes long, whatever the length of the data directory.
RUNTIME_PARENT: Final = Path("/tmp")  # noqa: S108  # the folder made in it is checked for owner and mode
PRIVATE: Final = 0o700
PASSABLE: Final = 0o711


def digest(data_dir: Path) -> str:
    """A short name for a data directory, so that two on one machine do not meet."""
    return hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]


def runtime_dir(data_dir: Path, account: Account) -> Path:
    """The folder of the cluster's socket: one per data directory and account."""
    return RUNTIME_PARENT / f"passive-registry-{account.uid}-{digest(data_dir)}"


def make_runtime_dir(data_dir: Path, account: Account) -> Path:
    """Create the folder of the socket, or make sure that nobody else made it, and empty it of a dead server's files."""
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
    """Delete the folder of the socket of a stopped server."""
    if path.is_dir():
        shutil.rmtree(path)


def find_home(data_dir: Path) -> Path:
    """The folder of the cluster's files as far as it is decided yet; needs not exist."""
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
    """Choose and remember a folder outside a data directory that only root can enter.

    The random part makes a deleted and newly made data directory a new, empty registry, as it is everywhere else.
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
    """Create a folder that only the server's account may enter."""
    path.mkdir(mode=PRIVATE, exist_ok=True)
    account.give(path)


def remove_drafts(home: Path, prefix: str) -> None:
    """Delete what an interrupted start has left half made."""
    for draft in home.glob(f"{prefix}*"):
        shutil.rmtree(draft)


def unusable(path: Path, error: OSError) -> ClusterError:
    """The error for a folder that cannot be read or written."""
    return ClusterError(_("Không đọc ghi được %(path)s (%(reason)s).", path=path, reason=error.strerror))
