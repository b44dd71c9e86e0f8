"""Feature: the pages of the dated settings, and the list of what is still to be confirmed."""

from __future__ import annotations

from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.kernel.dated_settings import UNCONFIRMED, UnconfirmedSource
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.settings.audit_subjects import SUBJECTS_OF_SETTINGS
from registry.settings.pages import bp
from registry.settings.queries import unconfirmed_settings

FEATURE = Feature(
    name="settings",
    blueprints=(bp,),
    provides=(
        *SUBJECTS_OF_SETTINGS,
        OBJECT_LABELS.named({"dated_setting": _l("Tham số")}),
        ACTION_LABELS.named(
            {
                "setting.add": _l("Thêm giá trị của tham số"),
                "setting.confirm": _l("Xác nhận căn cứ của tham số"),
                "setting.withdraw": _l("Rút giá trị của tham số"),
            }
        ),
        UNCONFIRMED.of(UnconfirmedSource(_l("Tham số"), unconfirmed_settings), order=20),
    ),
)
