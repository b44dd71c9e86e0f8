"""Import of structures from files."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import ColumnElement

import registry.imports.jobs
from registry.accounts.held_work import HELD_WORK, HeldWork
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS
from registry.authz.matrix import OWNERS
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.files.storage import FileStore
from registry.imports.audit_subjects import SUBJECTS_OF_IMPORTS
from registry.imports.cli import group, imports_group
from registry.imports.jobs import EVENTS, FOLDER, STEP_JOBS, STORE, read_notice
from registry.imports.list_view import IMPORTS, LAYOUTS
from registry.imports.models import BatchState, ImportBatch
from registry.imports.pages import bp
from registry.imports.pages.after import open_deliveries
from registry.imports.reading.selftest import selftest
from registry.imports.settings import DECLARATIONS
from registry.kernel.backup.folder import SAVED_PATHS
from registry.kernel.cli.doctor import INSTALLATION_CHECKS, Finding
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation
from registry.kernel.lists.view import lists
from registry.notices.texts import notices
from registry.workflow.worklist import WORKLIST_TASKS


def _set_up(app: Flask, installation: Installation) -> None:
    STORE.put(app, FileStore(installation.data_dir / FOLDER))


def _check_sandbox(settings: Installation) -> Finding:
    """Report in `flask doctor`, and when a worker starts, whether uploads are read in a complete sandbox."""
    if not settings.data_dir.is_dir():
        settings.data_dir.mkdir(mode=0o700, parents=True)
    outcome = selftest(settings.data_dir)
    return Finding("reading", outcome.ok, outcome.detail)


def _is_open_batch() -> ColumnElement[bool]:
    return ImportBatch.state.in_((BatchState.CHOOSING, BatchState.READ, BatchState.CHECKED))


FEATURE = Feature(
    name="imports",
    blueprints=(bp,),
    commands=(group, imports_group),
    modules=(registry.imports.jobs,),
    provides=(
        USER_JOBS.of(*STEP_JOBS.values()),
        SAVED_PATHS.of(FOLDER),
        SETTINGS.of(*DECLARATIONS),
        *lists(IMPORTS, LAYOUTS),
        *notices(EVENTS, read_notice),
        HELD_WORK.of(HeldWork(ImportBatch.created_by_id, _l("Lô nhập chưa xong"), "import_batch", _is_open_batch)),
        WORKLIST_TASKS.of(open_deliveries, order=10),
        INSTALLATION_CHECKS.of(_check_sandbox, order=30),
        *SUBJECTS_OF_IMPORTS,
        OBJECT_LABELS.named(
            {
                "import_batch": _l("Lô nhập"),
            }
        ),
        ACTION_LABELS.named(
            {
                "import.upload": _l("Tải tệp danh sách lên"),
                "import.read": _l("Đọc tệp"),
                "import.choose": _l("Chọn bảng của tệp"),
                "import.reread": _l("Đổi cách đọc tệp"),
                "import.map": _l("Chọn cột của tệp"),
                "import.check": _l("Kiểm tra từng dòng của tệp"),
                "import.values": _l("Ghi nghĩa của giá trị trong tệp"),
                "import.mend": _l("Sửa ô của một dòng trong tệp"),
                "import.split": _l("Tách cột của tệp"),
                "import.merge": _l("Gộp các dòng trùng của tệp"),
                "import.decide": _l("Chọn cách xử lý dòng trùng"),
                "import.request": _l("Yêu cầu nhập tệp"),
                "import.apply": _l("Nhập công trình từ tệp"),
                "import.missing": _l("Quyết định về công trình không có trong tệp"),
                "import.request_undo": _l("Yêu cầu hoàn tác lần nhập"),
                "import.undo": _l("Hoàn tác lần nhập"),
                "import.fail": _l("Nhập tệp không thành"),
                "import.cancel": _l("Hủy lô nhập"),
                "import.layout_edit": _l("Sửa mẫu cột đã nhớ"),
                "import.layout_delete": _l("Xóa mẫu cột đã nhớ"),
            }
        ),
        ACCESS_LABELS.named(
            {
                "import": _l("Kiểm tra tệp nhập"),
                "import_cells": _l("Kiểm tra tệp nhập theo ô lưới"),
                "import_rows": _l("Dòng của lô nhập"),
            }
        ),
        START_ACTS.of(
            StartAct(_l("Nhập từ tệp"), "imports.index", P.IMPORT_RUN, "upload", roles=frozenset(OWNERS)), order=10
        ),
        NAVIGATION.of(NavItem(_l("Nhập từ tệp"), "imports.index", P.IMPORT_RUN, NavGroup.STRUCTURES), order=110),
    ),
    set_up=_set_up,
)
