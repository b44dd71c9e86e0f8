"""Incidents: reported by anyone, triaged, assigned, made safe, repaired."""

from __future__ import annotations

from flask import Flask

from registry.accounts.held_work import HELD_WORK, NO_WORK, HeldWork
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS, ORIGIN_LABELS
from registry.authz.actors import Role
from registry.authz.blueprint import DATABASE
from registry.authz.navigation import ACCOUNT_MENU, NAVIGATION, AccountItem, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.files.pages import FOLDER
from registry.incidents import board_pages, jobs, own_pages, status_pages, storm_jobs
from registry.incidents.audit_subjects import SUBJECTS_OF_STORMS
from registry.incidents.limits import NEAR, ReportLimits
from registry.incidents.list_view import INCIDENTS, count_on_street
from registry.incidents.models import IncidentReport, Storm
from registry.incidents.own_reports import EVENTS as OWN_REPORT_EVENTS
from registry.incidents.own_reports import read_notice as read_own_report_notice
from registry.incidents.pages import bp, incidents_panel
from registry.incidents.parties import STORM
from registry.incidents.photos import store_below
from registry.incidents.public_forms import LIMITS
from registry.incidents.public_pages import STORE
from registry.incidents.public_pages import bp as public_bp
from registry.incidents.reporting import ORIGIN
from registry.incidents.storm_jobs import TAKE_FILE
from registry.incidents.storm_notices import STORM_EVENTS, read_storm_notice
from registry.incidents.storm_pages import bp as storms_bp
from registry.incidents.workflow import INCIDENT
from registry.kernel.dated_settings import SETTINGS, Protects, SettingDeclaration, number_field, numbers, single_number
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import Installation
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.units import DAY, M
from registry.notices.texts import notices
from registry.structures.nearby.corridor import STREET_CASES, StreetCases
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

_SUBJECT = _l("Sự cố")
_SETTINGS = (
    SettingDeclaration(
        "incident.emergency",
        _l("Số gọi khẩn cấp"),
        _SUBJECT,
        numbers(
            number_field("police", _l("Công an"), None, "100", "99999"),
            number_field("fire", _l("Chữa cháy, cứu nạn"), None, "100", "99999"),
            number_field("ambulance", _l("Cấp cứu"), None, "100", "99999"),
        ),
    ),
    SettingDeclaration(
        "incident.quota",
        _l("Giới hạn phản ánh không cần tài khoản"),
        _SUBJECT,
        numbers(
            number_field("photos", _l("Số ảnh mỗi phản ánh"), None, "1", "20"),
            number_field("store_mb", _l("Dung lượng kho ảnh phản ánh (MB)"), None, "10", "1000000"),
            number_field("network_mb_an_hour", _l("Dung lượng ảnh của một mạng mỗi giờ (MB)"), None, "10", "1000000"),
            number_field("busy_a_minute", _l("Ngưỡng yêu cầu xác minh mỗi phút"), None, "1", "10000"),
            number_field(
                "of_network_an_hour",
                _l("Ngưỡng phản ánh của một mạng mỗi giờ phải xác minh"),
                None,
                "1",
                "10000",
            ),
            number_field(
                "of_cell_an_hour",
                _l("Ngưỡng phản ánh cùng loại ở một khu vực mỗi giờ phải xác minh"),
                None,
                "1",
                "10000",
            ),
            number_field("wrong_codes", _l("Số mã tra cứu sai của một mạng trong 15 phút"), None, "1", "1000"),
        ),
    ),
    SettingDeclaration(
        "incident.contact_days",
        _l("Thời gian lưu thông tin liên hệ của người phản ánh"),
        _SUBJECT,
        numbers(
            number_field("after_end", _l("Sau khi hồ sơ kết thúc"), DAY, "0", "3650"),
            number_field("most", _l("Tối đa kể từ ngày gửi"), DAY, "1", "3650"),
        ),
        protects=Protects.REPORTERS,
    ),
    SettingDeclaration(
        NEAR,
        _l("Phản ánh cùng ô lưới cho người đang phản ánh xem"),
        _SUBJECT,
        numbers(
            number_field("open_days", _l("Hồ sơ đang xử lý, phản ánh trong"), DAY, "1", "365"),
            number_field("closed_days", _l("Hồ sơ đã đóng trong"), DAY, "0", "365"),
            number_field("of_network_a_day", _l("Số lần xem của một mạng mỗi ngày"), None, "1", "100000"),
            number_field("a_day", _l("Số lần xem của tất cả mỗi ngày"), None, "1", "10000000"),
        ),
    ),
    SettingDeclaration(
        "incident.repeated",
        _l("Sự cố lặp lại tại một chỗ"),
        _SUBJECT,
        numbers(
            number_field("metres", _l("Cách nhau không quá"), M, "1", "1000"),
            number_field("days", _l("Trong"), DAY, "1", "3650"),
        ),
    ),
    single_number("incident.owner_search_m", _l("Phạm vi tìm đơn vị chịu trách nhiệm"), _SUBJECT, M, "5", "1000"),
    single_number("incident.reopen_days", _l("Thời gian người dân báo chưa khắc phục"), _SUBJECT, DAY, "1", "365"),
)


def _set_up(app: Flask, installation: Installation) -> None:
    STORE.put(app, store_below(installation.data_dir / FOLDER))
    # The database of an application may be replaced (tests), so it is asked for at each request.
    secret = str(app.config["SECRET_KEY"])
    LIMITS.put(app, lambda: ReportLimits(DATABASE.of(app), secret))


FEATURE = Feature(
    name="incidents",
    blueprints=(bp, storms_bp, public_bp),
    modules=(board_pages, jobs, own_pages, status_pages, storm_jobs),
    provides=(
        USER_JOBS.of(TAKE_FILE),
        SETTINGS.of(*_SETTINGS),
        *workflow_contributions(INCIDENT),
        PANELS.of(incidents_panel, order=65),
        STREET_CASES.of(
            StreetCases(_l("Sự cố chưa đóng"), P.INCIDENT_READ, count_on_street, INCIDENT.index, {"open": "1"}),
            order=10,
        ),
        *lists(INCIDENTS, order=85),
        SEARCH_SOURCES.named({"incidents": search_cases(INCIDENT)}, order=115),
        ACCESS_LABELS.named({"incident": _l("Sự cố"), "incident_reporters": _l("Thông tin người phản ánh sự cố")}),
        *SUBJECTS_OF_STORMS,
        OBJECT_LABELS.named({STORM: _l("Đợt thiên tai")}),
        ACTION_LABELS.named(
            {
                "storm.open": _l("Mở đợt thiên tai"),
                "storm.end": _l("Kết thúc đợt thiên tai"),
                "storm.file": _l("Gửi danh sách sự cố của đợt thiên tai"),
                "storm.file_stopped": _l("Ngừng nhận danh sách sự cố của đợt thiên tai"),
            }
        ),
        *notices(STORM_EVENTS, read_storm_notice),
        *notices(OWN_REPORT_EVENTS, read_own_report_notice),
        NO_WORK.of(IncidentReport.account_id),
        HELD_WORK.of(
            HeldWork(Storm.created_by_id, _l("Đợt thiên tai đang mở"), STORM, lambda: Storm.ended_at.is_(None))
        ),
        ORIGIN_LABELS.named({ORIGIN: _l("Phản ánh của người dân")}),
        ACCOUNT_MENU.of(
            AccountItem(_l("Báo sự cố"), "report.photo", P.PUBLIC),
            AccountItem(_l("Phản ánh của tôi"), "report.own_reports", P.ACCOUNT_SELF),
            AccountItem(_l("Tra cứu phản ánh"), "report.look_up", P.PUBLIC),
            order=20,
        ),
        START_ACTS.of(
            StartAct(_l("Báo sự cố"), "report.photo", P.PUBLIC, "camera", roles=frozenset({Role.CITIZEN})),
            StartAct(
                _l("Phản ánh của tôi"), "report.own_reports", P.ACCOUNT_SELF, "inbox", roles=frozenset({Role.CITIZEN})
            ),
            order=10,
        ),
        NAVIGATION.of(NavItem(_l("Sự cố"), "incidents.index", P.INCIDENT_READ, NavGroup.CASES), order=85),
    ),
    set_up=_set_up,
)
