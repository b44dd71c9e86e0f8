"""Lists as files, written at once or by the worker."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, g

from registry.accounts.held_work import NO_WORK
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS
from registry.authz.navigation import ACCOUNT_MENU, AccountItem
from registry.authz.permissions import P
from registry.exports.jobs import FOLDER, STORE, WRITE_FILE
from registry.exports.list_view import EXPORTS
from registry.exports.models import ExportJob
from registry.exports.ofds import FULL, PUBLIC
from registry.exports.pages import bp, download_links
from registry.exports.public_files import LANGUAGE_CONTEXT
from registry.exports.service import EVENTS
from registry.exports.storage import ExportStore
from registry.exports.structures import STRUCTURES
from registry.kernel.backup.folder import SAVED_PATHS
from registry.kernel.dated_settings import SETTINGS, Protects, single_number
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _, _l, _n, force_locale
from registry.kernel.installation import Installation
from registry.kernel.jobs import TaskServices
from registry.kernel.lists.view import lists
from registry.kernel.units import DAY
from registry.notices.models import Notice
from registry.notices.texts import NoticeText, notices


def read_notice(notice: Notice) -> NoticeText:
    if notice.event == "done":
        sentence = _n("Tệp đã yêu cầu đã lập xong; tải về trong %(num)d ngày.", int(notice.params.get("days", 0)))
    else:
        sentence = _("Tệp đã yêu cầu không lập được; lý do có ở trang “Tệp đã xuất”.")
    return NoticeText(sentence, "exports.index", title=str(notice.params.get("file", "")))


def services(app: Flask) -> TaskServices:
    """The services of the jobs."""

    @contextmanager
    def in_language(language: str) -> Iterator[None]:
        with app.app_context(), force_locale(language):
            yield

    return LANGUAGE_CONTEXT.given(in_language)


def _set_up(app: Flask, installation: Installation) -> None:
    STORE.put(app, ExportStore(installation.data_dir / FOLDER))
    app.jinja_env.globals["download_links"] = lambda list_code: download_links(g.ctx, list_code)


_SUBJECT = _l("Tải về và công bố")
_SETTINGS = (
    single_number(
        "export.link_days", _l("Tệp đã xuất được giữ trong"), _SUBJECT, DAY, "1", "90", protects=Protects.OWNERS
    ),
    single_number(
        "export.public_decimals",
        _l("Số chữ số thập phân của tọa độ công bố (OFDS)"),
        _SUBJECT,
        None,
        "0",
        "4",
        protects=Protects.OWNERS,
    ),
)

FEATURE = Feature(
    name="exports",
    blueprints=(bp,),
    provides=(
        USER_JOBS.of(WRITE_FILE),
        SAVED_PATHS.of(FOLDER),
        SETTINGS.of(*_SETTINGS),
        EXPORT_LISTS.of(STRUCTURES, FULL, PUBLIC),
        *lists(EXPORTS),
        *notices(EVENTS, read_notice),
        NO_WORK.of(ExportJob.user_id),
        OBJECT_LABELS.named(
            {
                "export_job": _l("Tệp xuất từ danh sách"),
            }
        ),
        ACTION_LABELS.named(
            {
                "export.request": _l("Yêu cầu lập tệp từ danh sách"),
            }
        ),
        ACCESS_LABELS.named(
            {
                "export": _l("Xuất dữ liệu"),
            }
        ),
        ACCOUNT_MENU.of(AccountItem(_l("Tệp đã xuất"), "exports.index", P.ACCOUNT_SELF), order=30),
    ),
    set_up=_set_up,
)
