"""The backup folder of a register: base backups, WAL, and the files of the data directory by hash.

register.json          of which register (system identifier of the cluster)
bases/<time>/          database/ (pg_basebackup), backup.json, files.json, settings.env
wal/<segment>.gz       archived by the server
files/<aa>/<sha256>    contents of files, each once; files.json lists the present ones
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from click import ClickException

from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _

FORMAT: Final = 1
DRAFT_PREFIX: Final = "draft-"
DATABASE: Final = "database"
#: Folders and files below the data directory that features want to be saved.
SAVED_PATHS = ExtensionPoint[str]("backup.saved_paths")
#: Uploads that are not finished.
_UNFINISHED: Final = "incoming"
_CHUNK: Final = 1024 * 1024
_LOCK: Final = "lock"
_OWN_NAMES: Final = frozenset({"bases", "wal", "files", "files.json", _LOCK, "lost+found"})


class BackupError(ClickException):
    """A backup or a restore that cannot be made; nothing was lost. One sentence for the administrator."""


@dataclass(frozen=True)
class BaseBackup:
    """One base backup."""

    name: str
    register: str
    schema: str
    major: int
    finished_at: str
    #: The first WAL segment that it needs.
    first_segment: str

    @property
    def finished(self) -> datetime:
        return datetime.fromisoformat(self.finished_at)


@dataclass(frozen=True)
class SavedFile:
    """A file of the data directory: its content, and its size and time, which show a change."""

    sha256: str
    size: int
    mtime_ns: int


class BackupFolder:
    """The backups of one register at `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bases = root / "bases"
        self.wal = root / "wal"
        self.files = root / "files"
        self.listing = root / "files.json"
        self._mark = root / "register.json"

    def require(self) -> None:
        """BackupError unless the folder is there: it is never made, since a missing one may be a disk not mounted."""
        if not self.root.is_dir():
            raise BackupError(_("Không có thư mục sao lưu %(path)s, cần tạo nó hoặc gắn ổ đĩa đó.", path=self.root))

    def register(self) -> str | None:
        """The system identifier of the register that it belongs to; None for a new folder."""
        self.require()
        mark = read_json(self._mark)
        return None if mark is None else str(mark.get("register"))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """BackupError while another process takes a backup into the folder: it would remove the draft of this one."""
        self.require()
        with (self.root / _LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise BackupError(
                    _("Một lệnh khác đang sao lưu vào %(path)s, cần đợi lệnh đó xong.", path=self.root)
                ) from error
            yield

    def claim(self, register: str) -> None:
        """Make an empty folder that of `register`; BackupError for that of another one, or one with other things."""
        owner_register = self.register()
        if owner_register is None:
            if any(path.name not in _OWN_NAMES for path in self.root.iterdir()):
                raise BackupError(
                    _("Thư mục %(path)s có nội dung khác, cần một thư mục trống để sao lưu.", path=self.root)
                )
            write_json(self._mark, {"format": FORMAT, "register": register})
        elif owner_register != register:
            raise BackupError(
                _(
                    "Thư mục sao lưu %(path)s thuộc về cơ sở dữ liệu số %(found)s, không phải %(expected)s,"
                    " cần chọn thư mục khác.",
                    path=self.root,
                    found=owner_register,
                    expected=register,
                )
            )

    def all_bases(self) -> list[BaseBackup]:
        """The complete base backups, oldest first."""
        bases = (_read_base(path / "backup.json") for path in self.bases.glob("[0-9]*") if path.is_dir())
        return sorted((base for base in bases if base is not None), key=lambda base: base.finished)

    def base_folder(self, base: BaseBackup) -> Path:
        return self.bases / base.name

    def content(self, sha256: str) -> Path:
        return self.files / sha256[:2] / sha256

    def present_files(self) -> dict[str, SavedFile]:
        return read_listing(self.listing)

    def save_files(self, data_dir: Path) -> dict[str, SavedFile]:
        """Copy the contents that are new since the last call, or gone; gives the present files, as in files.json."""
        former_files, present = self.present_files(), {}
        for path in saved_files(data_dir):
            name = path.relative_to(data_dir).as_posix()
            try:
                facts = path.stat()
                before = former_files.get(name)
                is_same = before and (before.size, before.mtime_ns) == (facts.st_size, facts.st_mtime_ns)
                if before and is_same and self.content(before.sha256).is_file():
                    present[name] = before
                else:
                    present[name] = SavedFile(self._save(path), facts.st_size, facts.st_mtime_ns)
            except FileNotFoundError:
                continue  # removed in the meantime
        write_json(self.listing, {name: asdict(saved) for name, saved in present.items()})
        return present

    def _save(self, path: Path) -> str:
        self.files.mkdir(mode=0o700, exist_ok=True)
        draft = self.files / f"{DRAFT_PREFIX}{os.getpid()}"
        hashed = hashlib.sha256()
        try:
            with path.open("rb") as source, draft.open("wb") as target:
                while chunk := source.read(_CHUNK):
                    hashed.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            content = self.content(hashed.hexdigest())
            content.parent.mkdir(mode=0o700, exist_ok=True)
            draft.replace(content)
        finally:
            draft.unlink(missing_ok=True)
        return hashed.hexdigest()

    def remove_drafts(self) -> None:
        """Delete what an interrupted backup left."""
        for draft in self.bases.glob(f"{DRAFT_PREFIX}*"):
            shutil.rmtree(draft)
        for draft in self.root.glob("*.new"):
            draft.unlink(missing_ok=True)

    def remove_unused_contents(self) -> int:
        """Delete contents that neither the present listing nor a base backup names."""
        listings = [self.present_files(), *(read_listing(path) for path in self.bases.glob("*/files.json"))]
        used = {saved.sha256 for listing in listings for saved in listing.values()}
        unused = [path for path in self.files.glob("??/*") if path.name not in used]
        for path in unused:
            path.unlink()
        return len(unused)


def saved_files(data_dir: Path, names: Iterable[str] = SAVED_PATHS) -> Iterator[Path]:
    """The files below the data directory that are saved, without unfinished uploads."""
    for name in names:
        top = data_dir / name
        if top.is_file():
            yield top
        for path in sorted(top.rglob("*")):
            if path.is_file() and not path.is_symlink() and _UNFINISHED not in path.relative_to(top).parts:
                yield path


def sha256_of(path: Path) -> str:
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where there is none, BackupError for one that cannot be read."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(path) from error
    if not isinstance(document, dict):
        raise _unreadable(path)
    return document


def _unreadable(path: Path) -> BackupError:
    return BackupError(_("Không đọc được tệp %(path)s của bản sao lưu.", path=path))


def _read_base(path: Path) -> BaseBackup | None:
    document = read_json(path)
    try:
        base = None if document is None else BaseBackup(**document)
        if base is not None:
            base.finished.astimezone()
    except (TypeError, ValueError) as error:
        raise _unreadable(path) from error
    return base


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Replace a file as a whole, readable by its owner only; of several processes at once, the last one wins."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as target:
        json.dump(value, target, ensure_ascii=False, indent=1)
        target.flush()
        os.fsync(target.fileno())
    draft.replace(path)


def read_listing(path: Path) -> dict[str, SavedFile]:
    try:
        return {name: SavedFile(**saved) for name, saved in (read_json(path) or {}).items()}
    except TypeError as error:
        raise _unreadable(path) from error
