"""Feature: the pages of the dated settings, and the list of what is still to be confirmed."""

from __future__ import annotations

from registry.accounts.held_work import NO_WORK
from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.audit.undo import undoable
from registry.dated_rows.pages import with_row_pages
from registry.dated_rows.tables import DATED_TABLES
from registry.kernel.dated_rows import UNCONFIRMED, UnconfirmedSource
from registry.kernel.dated_settings import SETTINGS, Protects, single_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.units import DAY
from registry.notices.texts import notices
from registry.settings.audit_subjects import SUBJECTS_OF_PROPOSALS, SUBJECTS_OF_SETTINGS
from registry.settings.models import SettingProposal
from registry.settings.notices import EVENTS, read_notice
from registry.settings.pages import ROW_PAGES, bp
from registry.settings.queries import NOTICE_DAYS, unconfirmed_settings
from registry.settings.service import TABLE, UNDO
from registry.workflow.models import TermProposal

FEATURE = Feature(
    name="settings",
    blueprints=(with_row_pages(bp, ROW_PAGES),),
    provides=(
        *undoable(UNDO, "setting.add"),
        DATED_TABLES.of(TABLE),
        *SUBJECTS_OF_SETTINGS,
        *SUBJECTS_OF_PROPOSALS,
        SETTINGS.of(
            single_number(
                NOTICE_DAYS,
                _l("Thay đổi tham số bảo vệ người khác được báo trước ít nhất"),
                _l("Thay đổi tham số"),
                DAY,
                "7",
                "365",
                hint=_l("Tính từ ngày đề xuất và từ ngày người thứ hai xác nhận đến ngày có hiệu lực."),
                protects=Protects.OWNERS,
            )
        ),
        *notices(EVENTS, read_notice),
        # Terms lie below accounts, where work is declared.
        NO_WORK.of(SettingProposal.proposed_by_id, TermProposal.proposed_by_id),
        OBJECT_LABELS.named({"dated_setting": _l("Tham số"), "setting_proposal": _l("Đề xuất thay đổi tham số")}),
        ACTION_LABELS.named(
            {
                "setting.add": _l("Thêm giá trị của tham số"),
                "setting.confirm": _l("Xác nhận căn cứ của tham số"),
                "setting.withdraw": _l("Rút giá trị của tham số"),
                "setting.propose": _l("Đề xuất thay đổi tham số"),
                "setting.propose.confirm": _l("Xác nhận thay đổi tham số"),
                "setting.propose.refuse": _l("Không xác nhận thay đổi tham số"),
                "setting.propose.cancel": _l("Rút đề xuất thay đổi tham số"),
            }
        ),
        UNCONFIRMED.of(UnconfirmedSource(_l("Tham số"), unconfirmed_settings), order=20),
    ),
)
