"""The start page, the figures of the province, the switch of language."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from registry.accounts.held_work import NO_WORK
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACTION_LABELS, OBJECT_LABELS
from registry.authz.navigation import ACCOUNT_MENU, NAVIGATION, AccountItem, NavGroup, NavItem
from registry.authz.permissions import P
from registry.dashboard.board import COMPARISONS, PARTS
from registry.dashboard.commune_page import bp as commune_page_bp
from registry.dashboard.comparisons import COMPARED
from registry.dashboard.digests import EVENTS, read_digest
from registry.dashboard.indicators import INDICATORS
from registry.dashboard.list_view import TOWERS
from registry.dashboard.lookup import bp as lookup_bp
from registry.dashboard.models import DashboardRun, DigestSubscription
from registry.dashboard.pages import bp, digests_bp, preferences_bp, runs_bp
from registry.dashboard.parts_agencies import AGENCY_PARTS
from registry.dashboard.parts_cases import CASE_PARTS
from registry.dashboard.parts_register import REGISTER_PARTS, TREND_PARTS
from registry.dashboard.published import PUBLISHED
from registry.dashboard.published import bp as published_bp
from registry.dashboard.runs import COMPUTE, KIND, REQUEST_CONTEXT
from registry.dashboard.views import CHART_FILES
from registry.indicators.declared import FIGURES
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l, force_locale
from registry.kernel.jobs import TaskServices
from registry.kernel.lists.view import lists
from registry.notices.texts import notices


def services(app: Flask) -> TaskServices:
    """What a job needs to write addresses in a language."""

    @contextmanager
    def in_request(language: str) -> Iterator[None]:
        with app.test_request_context(), force_locale(language):
            yield

    return REQUEST_CONTEXT.given(in_request)


FEATURE = Feature(
    name="dashboard",
    blueprints=(bp, runs_bp, published_bp, commune_page_bp, digests_bp, lookup_bp, preferences_bp),
    provides=(
        USER_JOBS.of(COMPUTE),
        FIGURES.of(*INDICATORS),
        PARTS.of(*AGENCY_PARTS, *REGISTER_PARTS, *CASE_PARTS, *TREND_PARTS),
        COMPARISONS.of(*COMPARED),
        EXPORT_LISTS.of(CHART_FILES, PUBLISHED),
        OBJECT_LABELS.named({KIND: _l("Số liệu tổng quan được xử lý nền")}),
        ACTION_LABELS.named(
            {
                "dashboard.compute": _l("Yêu cầu tính số liệu tổng quan"),
                "digest.subscribe": _l("Chọn kỳ nhận bản tin"),
                "digest.send": _l("Gửi bản tin"),
                "notice.choose": _l("Chọn thông báo gửi qua thư"),
            }
        ),
        *notices(EVENTS, read_digest),
        NO_WORK.of(DashboardRun.user_id, DigestSubscription.user_id),
        ACCOUNT_MENU.of(AccountItem(_l("Thư điện tử"), "digests.index", P.ACCOUNT_SELF), order=25),
        *lists(TOWERS, order=140),
        NAVIGATION.of(NavItem(_l("Việc của tôi"), "home.index", P.ACCOUNT_SELF, NavGroup.WORK), order=10),
        NAVIGATION.of(
            NavItem(_l("Trang xã, phường"), "commune_page.index", P.COMMUNE_PAGE, NavGroup.FIGURES), order=52
        ),
        NAVIGATION.of(NavItem(_l("Tổng quan"), "home.dashboard", P.DASHBOARD_READ, NavGroup.FIGURES), order=50),
    ),
)
