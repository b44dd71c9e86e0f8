"""Restoring a backup into a place without a register: the database to its last or a given moment, then the files."""

from __future__ import annotations

import contextlib
import fcntl
import gzip
import itertools
import os
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from registry.kernel.backup.folder import (
    DATABASE,
    BackupError,
    BackupFolder,
    BaseBackup,
    SavedFile,
    read_listing,
    sha256_of,
)
from registry.kernel.db import migrations
from registry.kernel.db.cluster import Cluster, ClusterError
from registry.kernel.db.cluster.archiving import TORN
from registry.kernel.i18n import _
from registry.kernel.installation import make_private

_LAST_MOMENT: Final = "last completed transaction was at log time "
_NO_TIMELINE: Final = re.compile(r"recovery target timeline (\d+) does not exist")
_SEGMENT_LENGTH: Final = 24


def restore(
    source: BackupFolder,
    cluster: Cluster,
    at: datetime | None = None,
    *,
    timeline: str = "latest",
    drill_point: str | None = None,
) -> BaseBackup:
    """Restore the newest state in `source`, or that of the moment `at`, as the stopped register of `cluster`.

    A database that is there is moved aside, files that are there stay. BackupError or ClusterError, with the register
    as it was, for a running server, another register, an unknown schema, and a backup that is damaged.
    `timeline`: which of the timelines that earlier restores began. `drill_point`: a named restore point instead of a
    moment; the source is not written to then.
    """
    with _alone(cluster):
        base = _base_for(source, at)
        _require_fitting(source, base, cluster)
        files = _files_for(source, base, at, cluster.data_dir)
        try:
            cluster.replace_by(
                source.base_folder(base) / DATABASE,
                _segments(source, base),
                at=None if at is None else at.isoformat(),
                point=drill_point,
                timeline=timeline,
                aside=f"before-{base.name}",
            )
            for history in cluster.timelines() if drill_point is None else ():
                _archive(source, history)
        except ClusterError as error:
            raise _said(error, at) from error
        _restore_files(source, files, cluster.data_dir)
    return base


@contextlib.contextmanager
def _alone(cluster: Cluster) -> Iterator[None]:
    """Refuse to restore over a running server; none starts meanwhile."""
    cluster.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (cluster.data_dir / "serve.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            is_running = True
        else:
            is_running = cluster.status().running
        if is_running:
            raise BackupError(
                _("Hệ thống đang chạy với DATA_DIR = %(path)s, cần dừng nó trước khi khôi phục.", path=cluster.data_dir)
            )
        yield


def _base_for(source: BackupFolder, at: datetime | None) -> BaseBackup:
    source.require()
    bases = source.all_bases()
    if not bases:
        raise BackupError(_("Thư mục %(path)s không có bản sao lưu nào.", path=source.root))
    usable = [base for base in bases if at is None or base.finished <= at]
    if not usable:
        raise BackupError(
            _(
                "Thời điểm %(at)s sớm hơn bản sao lưu cũ nhất (%(first)s), cần chọn thời điểm muộn hơn.",
                at=at.isoformat() if at else "",
                first=bases[0].finished_at,
            )
        )
    return usable[-1]


def _require_fitting(source: BackupFolder, base: BaseBackup, cluster: Cluster) -> None:
    if not migrations.is_known(base.schema):
        raise BackupError(
            _(
                "Bản sao lưu có lược đồ %(found)s mà bản phát hành này không biết (mới nhất: %(newest)s),"
                " cần dùng bản phát hành khớp với bản sao lưu.",
                found=base.schema,
                newest=migrations.head(),
            )
        )
    present = cluster.system_identifier()
    if present is not None and present != base.register:
        raise BackupError(
            _(
                "Bản sao lưu thuộc về cơ sở dữ liệu số %(found)s, còn DATA_DIR = %(path)s có cơ sở dữ liệu số"
                " %(present)s, cần chọn DATA_DIR khác.",
                found=base.register,
                path=cluster.data_dir,
                present=present,
            )
        )
    database = source.base_folder(base) / DATABASE
    try:
        cluster.run_program("pg_verifybackup", "--quiet", "--exit-on-error", str(database), major=base.major)
    except ClusterError as error:
        raise BackupError(
            _("Bản sao lưu %(name)s bị hỏng: %(reason)s", name=base.name, reason=error.message)
        ) from error


def _files_for(source: BackupFolder, base: BaseBackup, at: datetime | None, data_dir: Path) -> dict[str, SavedFile]:
    """The files to restore that are not there yet: names that came after the base backup were stored before rows that
    name them. BackupError for a content that is missing or changed.
    """
    then, present = read_listing(source.base_folder(base) / "files.json"), source.present_files()
    files = present | then if at is not None else then | present
    wanted = {name: saved for name, saved in files.items() if not _is_there(data_dir / name, saved)}
    for name, saved in wanted.items():
        content = source.content(saved.sha256)
        try:
            is_sound = sha256_of(content) == saved.sha256
        except OSError as error:
            raise BackupError(_("Bản sao lưu thiếu nội dung của tệp %(name)s.", name=name)) from error
        if not is_sound:
            raise BackupError(_("Nội dung sao lưu của tệp %(name)s bị hỏng.", name=name))
    return wanted


def _is_there(path: Path, saved: SavedFile) -> bool:
    return path.is_file() and sha256_of(path) == saved.sha256


def _segments(source: BackupFolder, base: BaseBackup) -> list[Path]:
    """The archived WAL from the base backup on; BackupError for a gap in one timeline."""
    segments = sorted(source.wal.glob("*.gz")) if source.wal.is_dir() else []
    needed = [p for p in segments if ".history" in p.name or p.name[8:_SEGMENT_LENGTH] >= base.first_segment[8:]]
    plain = [p.name[:_SEGMENT_LENGTH] for p in needed if len(p.name) == _SEGMENT_LENGTH + len(".gz")]
    for before, after in itertools.pairwise(plain):
        if before[:8] == after[:8] and _number(after) != _number(before) + 1:
            raise BackupError(
                _("Thư mục WAL thiếu đoạn sau %(name)s, chỉ khôi phục được đến hết đoạn đó.", name=before)
            )
    return needed


def _number(segment: str) -> int:
    """The number of a segment of 16 MB: the last two groups of its name, of which the last one counts to 255."""
    return int(segment[8:16], 16) * 256 + int(segment[16:24], 16)


def _said(error: ClusterError, at: datetime | None) -> BackupError:
    """What the log of the failed copy means for the administrator."""
    log = error.message
    if TORN in log:
        segment = log.partition(TORN)[2].split()[0]
        return BackupError(
            _("Đoạn WAL %(name)s bị hỏng, cần chọn thời điểm trước đoạn đó bằng --at; chưa thay đổi gì.", name=segment)
        )
    if "recovery ended before configured recovery target" in log:
        last = log.rpartition(_LAST_MOMENT)[2].partition(" |")[0] if _LAST_MOMENT in log else "?"
        return BackupError(
            _(
                "Bản sao lưu không có dữ liệu đến %(at)s, giao dịch cuối cùng là lúc %(last)s; chưa thay đổi gì.",
                at=at.isoformat() if at else "",
                last=last,
            )
        )
    unknown = _NO_TIMELINE.search(log)
    if unknown is not None:
        return BackupError(
            _("Bản sao lưu không có dòng thời gian số %(number)s (--timeline); chưa thay đổi gì.", number=unknown[1])
        )
    fatal = [line for line in log.split(" | ") if "FATAL: " in line or "PANIC: " in line]
    reason = fatal[0].partition(": ")[2].strip() if fatal else log
    return BackupError(_("Không khôi phục được: %(reason)s; chưa thay đổi gì.", reason=reason))


def _archive(source: BackupFolder, history: Path) -> None:
    """Keep the history of the new timeline, so that a second restore chooses another number."""
    target = source.wal / f"{history.name}.gz"
    if source.wal.is_dir() and os.access(source.wal, os.W_OK) and not target.exists():
        target.write_bytes(gzip.compress(history.read_bytes()))


def _restore_files(source: BackupFolder, files: dict[str, SavedFile], data_dir: Path) -> None:
    for name, saved in files.items():
        path = data_dir / name
        draft = path.with_name(f"{path.name}.new")
        try:
            make_private(path.parent)
            shutil.copyfile(source.content(saved.sha256), draft)
            os.utime(draft, ns=(saved.mtime_ns, saved.mtime_ns))
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise BackupError(
                _(
                    "Đã khôi phục cơ sở dữ liệu nhưng không ghi được tệp %(name)s (%(reason)s), cần khắc phục rồi chạy"
                    " lại lệnh này.",
                    name=name,
                    reason=error.strerror,
                )
            ) from error
