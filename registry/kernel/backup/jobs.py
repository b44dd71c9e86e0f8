"""What the worker backs up: files every five minutes, everything at night and where there is no base yet."""

from __future__ import annotations

import logging
from typing import Final

from click import ClickException
from procrastinate import JobContext

from registry.kernel.backup.base import take_backup
from registry.kernel.backup.folder import BackupFolder
from registry.kernel.clock import utc_now
from registry.kernel.db.cluster import Cluster
from registry.kernel.installation import Installation
from registry.kernel.jobs import TaskService, queue, resources_of

log = logging.getLogger(__name__)

#: Key of the worker's services: the settings of the installation.
BACKED_UP: Final = TaskService[Installation]()


@queue.periodic(cron="*/5 * * * *")
@queue.task(name="backup.files", queueing_lock="backup.files", pass_context=True)
def save_files(job: JobContext, timestamp: int) -> None:
    """Copy new files, so that a database restored to the last minutes finds those that it names."""
    del timestamp
    settings = BACKED_UP.of(resources_of(job))
    if settings is None or settings.backup_dir is None:
        return
    folder = BackupFolder(settings.backup_dir)
    try:
        folder.require()
        folder.save_files(settings.data_dir)
    except ClickException as error:
        log.error("files are not backed up: %s", error.message)  # noqa: TRY400  # the sentence says it all
    except OSError as error:
        log.error("files are not backed up: %s", error.strerror)  # noqa: TRY400
    else:
        if settings.database_url is None and not folder.all_bases():
            # Archived WAL alone restores nothing: the first base is not left to the night.
            _take_base(settings, folder)


# 01:13 in Vietnam.
@queue.periodic(cron="13 18 * * *")
@queue.task(name="backup.nightly", queueing_lock="backup.nightly", pass_context=True)
def back_up_nightly(job: JobContext, timestamp: int) -> None:
    """Take a base backup and remove those that are too old."""
    del timestamp
    settings = BACKED_UP.of(resources_of(job))
    if settings is None or settings.backup_dir is None or settings.database_url is not None:
        return
    _take_base(settings, BackupFolder(settings.backup_dir))


def _take_base(settings: Installation, folder: BackupFolder) -> None:
    cluster = Cluster(settings.data_dir, bin_dir=settings.pg_bin)
    try:
        base = take_backup(cluster, folder, settings.open_settings, utc_now(), keep_days=settings.backup_days)
    except ClickException as error:
        log.error("no backup was made: %s", error.message)  # noqa: TRY400
    else:
        log.info("backup %s made", base.name)
