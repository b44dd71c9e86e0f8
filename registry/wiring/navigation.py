"""Where one can go from every page."""

from __future__ import annotations

from typing import Any

from registry.authz.permissions import P
from registry.kernel.i18n import _l

#: label, endpoint, permission; shown to whoever holds the permission for anything at all.
NAVIGATION: tuple[tuple[Any, str, P], ...] = (
    (_l("Việc của tôi"), "home.index", P.ACCOUNT_SELF),
    (_l("Công trình"), "structures.list", P.PUBLIC),
    (_l("Tìm chỗ dùng chung"), "planned_sites.index", P.PUBLIC),
    (_l("Tìm theo tuyến"), "planned_routes.index", P.STRUCTURE_READ),
    (_l("Tổng quan"), "home.dashboard", P.DASHBOARD_READ),
    (_l("Dùng chung"), "colocation.index", P.COLOCATION_READ),
    (_l("Hợp đồng"), "agreements.index", P.COLOCATION_READ),
    (_l("Danh mục tuyến"), "routelists.index", P.ROUTELIST_READ),
    (_l("Chiếm dụng"), "occupations.index", P.OCCUPATION_READ),
    (_l("Vi phạm"), "violations.index", P.VIOLATION_READ),
    (_l("Nhập từ tệp"), "imports.index", P.IMPORT_RUN),
    (_l("Dữ liệu"), "upkeep.index", P.UPKEEP_READ),
    (_l("Giá thuê"), "tariffs.index", P.TARIFF_READ),
    (_l("Địa bàn"), "territory.index", P.PUBLIC),
    (_l("Lịch và thời hạn"), "calendar.index", P.CASE_ACT),
    (_l("Lượt xem vị trí"), "audit.looks", P.LOOK_LOG_READ),
    (_l("Nhật ký thay đổi"), "audit.events", P.AUDIT_READ),
    (_l("Các tổ chức"), "accounts.organisations", P.ACCOUNT_MANAGE),
    (_l("Tài khoản"), "accounts.users", P.ACCOUNT_MANAGE),
)
ACCOUNT_MENU = (
    (_l("Tài khoản của tôi"), "accounts.own_account"),
    (_l("Bộ lọc đã lưu"), "saved_searches.index"),
    (_l("Tệp đã xuất"), "exports.index"),
)
