"""The demonstration, and what a first start does by itself."""

from __future__ import annotations

from flask import Flask

from registry.audit.labels import ACTION_LABELS, ORIGIN_LABELS
from registry.authz.blueprint import DATABASE
from registry.demo.first_start import FirstStart
from registry.demo.jobs import ACCOUNTS_FILE, group
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import BEFORE_SERVING, Installation


def _set_up(app: Flask, installation: Installation) -> None:
    first_start = FirstStart(
        lambda: app.extensions[DATABASE],
        installation.province,
        installation.demo,
        installation.data_dir / ACCOUNTS_FILE,
    )
    app.extensions.setdefault(BEFORE_SERVING, []).append(first_start)


FEATURE = Feature(
    name="demo",
    commands=(group,),
    provides=(
        ACTION_LABELS.named(
            {
                "demo.create": _l("Tạo dữ liệu mẫu"),
                "demo.cases": _l("Tạo hồ sơ mẫu"),
                "demo.rounds": _l("Tạo đợt xác nhận mẫu"),
                "demo.clear": _l("Xóa dữ liệu mẫu"),
            }
        ),
        ORIGIN_LABELS.named(
            {
                "demo": _l("Dữ liệu mẫu"),
                "first-start": _l("Lần chạy đầu tiên"),
            }
        ),
    ),
    set_up=_set_up,
)
