"""What an installation would lose with its disk, and the folder that the server archives its log in."""

from __future__ import annotations

from datetime import timedelta
from errno import ENOSPC
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final

from sqlalchemy import Connection, text

from registry.kernel.backup.folder import BackupError, BackupFolder, BaseBackup, saved_files
from registry.kernel.clock import utc_now
from registry.kernel.db.cluster.archiving import ARCHIVE_TIMEOUT_S, archive_settings
from registry.kernel.db.cluster.programs import Account
from registry.kernel.i18n import _, _n, format_datetime
from registry.kernel.installation import Installation

_MINUTE: Final = 60
#: A backup is made every night; two hours are for its making.
_OLD: Final = timedelta(hours=26)
_ARCHIVER: Final = text(
    "SELECT current_setting('archive_mode') = 'on' AND current_setting('archive_command') = :command,"
    " last_archived_time, last_failed_time, (SELECT system_identifier::text FROM pg_control_system())"
    " FROM pg_stat_archiver"
)


def prepare_backup_dir(settings: Installation) -> None:
    """Make the folder of the archived WAL, for the server's account, where the backup folder is there.

    BackupError: the folder is there and this account, or that of the server, may not write to it. A folder that is
    missing is a disk that is not mounted: the register starts, and says so.
    """
    root = settings.backup_dir
    if root is None or not root.is_dir():
        return
    try:
        # A file without a name: it leaves nothing, and a disk mounted read-only refuses it also to root.
        with TemporaryFile(dir=root):
            pass
        if settings.database_url is not None:
            return
        wal, account = BackupFolder(root).wal, Account.for_server()
        wal.mkdir(mode=0o700, exist_ok=True)
        account.give(wal)
        may_write = account.can_use(wal)
    except OSError as error:
        if error.errno == ENOSPC:
            # A full disk is no wrong setting: the server keeps its log, and the nightly backup says what it lacks.
            return
        raise BackupError(_unwritable(root, str(error.strerror))) from error
    if not may_write:
        raise BackupError(_unwritable(wal, _("tài khoản chạy PostgreSQL không có quyền")))


def _unwritable(path: Path, reason: str) -> str:
    return _(
        "Không ghi được vào BACKUP_DIR = %(path)s (%(reason)s), cần mở quyền ghi hoặc bỏ BACKUP_DIR.",
        path=path,
        reason=reason,
    )


def what_could_be_lost(settings: Installation) -> str:
    """One sentence for the start."""
    if settings.database_url is not None:
        return _("Cơ sở dữ liệu ở máy chủ riêng, cần sao lưu nó và DATA_DIR theo docs/production.md.")
    if settings.backup_dir is None:
        files = list(saved_files(settings.data_dir))
        return _n(
            "Chưa đặt BACKUP_DIR nên không có bản sao lưu: hỏng ổ đĩa là mất toàn bộ cơ sở dữ liệu và %(num)d tệp.",
            len(files),
        )
    trouble = archive_trouble(settings.backup_dir)
    if trouble is not None:
        return trouble
    if not _has_base(settings.backup_dir):
        return _(
            "Sao lưu vào %(path)s: chưa có bản sao lưu đầu tiên, hệ thống tự lập trong ít phút; cho đến khi đó hỏng ổ"
            " đĩa là mất toàn bộ.",
            path=settings.backup_dir,
        )
    return _n(
        "Sao lưu vào %(path)s: hỏng ổ đĩa là mất tối đa %(num)d phút gần nhất.",
        ARCHIVE_TIMEOUT_S // _MINUTE + 1,
        path=settings.backup_dir,
    )


def _has_base(backup_dir: Path) -> bool:
    try:
        return bool(BackupFolder(backup_dir).all_bases())
    except (OSError, BackupError):
        return False


def archive_trouble(backup_dir: Path) -> str | None:
    """Why the server cannot archive into the folder, in one sentence; it keeps its log until it can."""
    wal = BackupFolder(backup_dir).wal
    if not wal.is_dir() and not backup_dir.is_dir():
        return _(
            "Không có thư mục sao lưu %(path)s nên WAL được giữ lại trong DATA_DIR,"
            " cần gắn ổ đĩa đó rồi khởi động lại.",
            path=wal,
        )
    if not wal.is_dir() or not Account.for_server().can_use(wal):
        return _(
            "Tài khoản chạy PostgreSQL không ghi được vào %(path)s nên WAL được giữ lại trong DATA_DIR,"
            " cần mở quyền vào thư mục đó.",
            path=wal,
        )
    return None


def state_of_backup(settings: Installation, connection: Connection | None) -> tuple[bool, str]:
    """Whether the register is backed up, and one sentence: the last backup, where, and how much could be lost.

    `connection`: the owner's; None while the database is down.
    """
    if settings.database_url is not None:
        return True, what_could_be_lost(settings)
    if settings.backup_dir is None:
        return settings.demo, what_could_be_lost(settings)
    folder = BackupFolder(settings.backup_dir)
    try:
        folder.require()
        bases = folder.all_bases()
    except BackupError as error:
        return False, error.message
    if not bases:
        command = f"flask --app app cluster backup {folder.root}"
        return False, _("%(path)s chưa có bản sao lưu nào, cần chạy: %(command)s", path=folder.root, command=command)
    is_sound, log = _state_of_log(folder, connection, bases[-1])
    if is_sound and utc_now() - bases[-1].finished > _OLD:
        is_sound, log = False, _("đã quá 26 giờ; %(log)s", log=log)
    statement = _(
        "bản sao lưu cuối lúc %(time)s trong %(path)s", time=format_datetime(bases[-1].finished), path=folder.root
    )
    return is_sound, f"{statement}; {log}"


def _state_of_log(folder: BackupFolder, connection: Connection | None, last: BaseBackup) -> tuple[bool, str]:
    if connection is None:
        return False, _("chưa biết WAL có được lưu trữ không, vì cơ sở dữ liệu không chạy")
    command = archive_settings(folder.wal)["archive_command"]
    is_on, archived, failed, own = connection.execute(_ARCHIVER, {"command": command}).one()
    if own != last.register:
        return False, _(
            "bản đó thuộc về cơ sở dữ liệu số %(found)s, không phải %(own)s, cần BACKUP_DIR khác",
            found=last.register,
            own=own,
        )
    trouble = archive_trouble(folder.root)
    if trouble is None and not is_on:
        trouble = _(
            "WAL không được lưu trữ vào đó, cần khởi động lại hệ thống; hỏng ổ đĩa là mất mọi thay đổi sau bản sao lưu"
        )
    elif trouble is None and failed is not None and (archived is None or failed > archived):
        trouble = _(
            "WAL không lưu trữ được (lần cuối thử lúc %(time)s); hỏng ổ đĩa là mất mọi thay đổi sau %(since)s",
            time=format_datetime(failed),
            since=format_datetime(max(last.finished, archived or last.finished)),
        )
    if trouble is not None:
        return False, trouble
    minutes = ARCHIVE_TIMEOUT_S // _MINUTE + 1
    if archived is None:
        return True, _n("WAL được lưu trữ, chưa có đoạn nào; hỏng ổ đĩa là mất tối đa %(num)d phút gần nhất", minutes)
    return True, _n(
        "WAL lưu trữ lần cuối lúc %(time)s; hỏng ổ đĩa là mất tối đa %(num)d phút gần nhất",
        minutes,
        time=format_datetime(archived),
    )
