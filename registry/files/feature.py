"""Attachments: pages, commands and the labels of their actions."""

from __future__ import annotations

from flask import Flask

from registry.audit.labels import ACTION_LABELS
from registry.files.jobs import group
from registry.files.pages import FOLDER, STORE, bp
from registry.files.storage import FileStore
from registry.kernel.backup.folder import SAVED_PATHS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation


def _set_up(app: Flask, installation: Installation) -> None:
    STORE.put(app, FileStore(installation.data_dir / FOLDER))


FEATURE = Feature(
    name="files",
    blueprints=(bp,),
    commands=(group,),
    provides=(
        SAVED_PATHS.of(FOLDER),
        ACTION_LABELS.named(
            {
                "file.add": _l("Thêm tệp"),
                "file.withdraw": _l("Gỡ tệp"),
                "file.redact": _l("Che một phần ảnh"),
            }
        ),
    ),
    set_up=_set_up,
)
