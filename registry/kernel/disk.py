"""The disk of the data directory: what is left, and how its end is recognised and answered."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Final

from psycopg.errors import DiskFull as ServerDiskFull

from registry.kernel.errors import DatabaseAway, DiskFull, DomainError
from registry.kernel.i18n import _
from registry.kernel.services import Service

#: The data directory.
DATA_FOLDER = Service[Path]("registry.data_folder")
#: With less than this nothing is written any more: the database server stops when it cannot write its log.
LEAST_FREE_BYTES: Final = 128 * 1024 * 1024
#: Sign-ins and sign-outs go on down to this: reading needs a session, whose row is small. The server's log is kept in
#: files of 16 MiB.
LEAST_FOR_SESSIONS_BYTES: Final = 48 * 1024 * 1024
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


def has_room(folder: Path, *, for_session: bool = False) -> bool:
    """Whether the disk of a folder takes more data, or at least a session; True where it cannot be asked."""
    try:
        return shutil.disk_usage(folder).free >= (LEAST_FOR_SESSIONS_BYTES if for_session else LEAST_FREE_BYTES)
    except OSError:
        return True


def is_disk_full(error: BaseException) -> bool:
    """Whether an error, or one that caused it, says that a disk is full."""
    ids: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in ids:
        ids.add(id(cause))
        inner = getattr(cause, "orig", cause)
        if isinstance(inner, ServerDiskFull) or (isinstance(inner, OSError) and inner.errno in _FULL):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def disk_full(folder: Path, retry_after: int) -> DiskFull:
    """The refusal of a write, with the folder whose disk is full."""
    sentence = _(
        "Ổ đĩa dữ liệu %(path)s của máy chủ đã đầy nên chưa ghi gì; vẫn xem được, hãy báo người quản trị máy chủ.",
        path=folder,
    )
    return DiskFull(sentence, retry_after)


def stopped_by_disk(folder: Path) -> str | None:
    """The sentence for a database that stopped where its disk is full; None where there is room.

    Without room for its log the server stops, and does not start until there is some.
    """
    if has_room(folder):
        return None
    return _(
        "Ổ đĩa dữ liệu %(path)s của máy chủ đã đầy nên cơ sở dữ liệu dừng; cần giải phóng chỗ trên ổ đĩa đó, sau đó hệ"
        " thống tự chạy lại.",
        path=folder,
    )


def database_away(folder: Path, retry_after: int) -> DomainError:
    """The answer while the database is away, with its folder where that disk is full."""
    sentence = stopped_by_disk(folder)
    if sentence is None:
        return DatabaseAway(retry_after=retry_after)
    return DiskFull(sentence, retry_after)
