"""What an installation would lose with its disk, and the folder that the server archives its log in."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from registry.kernel.backup.folder import BackupFolder, saved_files
from registry.kernel.db.cluster.archiving import ARCHIVE_TIMEOUT_S
from registry.kernel.db.cluster.programs import Account
from registry.kernel.i18n import _
from registry.kernel.installation import Installation

_MINUTE: Final = 60


def prepare_archive(chosen: Installation) -> None:
    """Make the folder of the archived WAL, for the server's account, where the backup folder is there."""
    if chosen.backup_dir is None or chosen.database_url is not None or not chosen.backup_dir.is_dir():
        return
    wal, account = BackupFolder(chosen.backup_dir).wal, Account.for_server()
    wal.mkdir(mode=0o700, exist_ok=True)
    account.give(wal)


def what_could_be_lost(chosen: Installation) -> str:
    """One sentence for the start."""
    if chosen.database_url is not None:
        return _("Cơ sở dữ liệu ở máy chủ riêng, cần sao lưu nó và DATA_DIR theo docs/production.md.")
    if chosen.backup_dir is None:
        files = list(saved_files(chosen.data_dir))
        return _(
            "Chưa đặt BACKUP_DIR nên không có bản sao lưu: hỏng ổ đĩa là mất toàn bộ cơ sở dữ liệu và %(count)d tệp.",
            count=len(files),
        )
    trouble = archive_trouble(chosen.backup_dir)
    if trouble is not None:
        return trouble
    return _(
        "Sao lưu vào %(path)s: hỏng ổ đĩa là mất tối đa %(minutes)d phút gần nhất.",
        path=chosen.backup_dir,
        minutes=ARCHIVE_TIMEOUT_S // _MINUTE + 1,
    )


def archive_trouble(backup_dir: Path) -> str | None:
    """Why the server cannot archive into the folder, in one sentence; it keeps its log until it can."""
    wal = BackupFolder(backup_dir).wal
    if not wal.is_dir():
        return _(
            "Không có thư mục sao lưu %(path)s nên WAL được giữ lại trong DATA_DIR,"
            " cần gắn ổ đĩa đó rồi khởi động lại.",
            path=wal,
        )
    if not Account.for_server().can_use(wal):
        return _(
            "Tài khoản chạy PostgreSQL không ghi được vào %(path)s nên WAL được giữ lại trong DATA_DIR,"
            " cần mở quyền vào thư mục đó.",
            path=wal,
        )
    return None
