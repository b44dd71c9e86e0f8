"""The audit chain and the access log: pages, export, and labels of origins."""

from __future__ import annotations

import registry.audit.models
from registry.audit.drill import check_chain
from registry.audit.labels import ORIGIN_LABELS
from registry.audit.pages import ACCESS_LOG, bp
from registry.authz.navigation import NAVIGATION, NavItem
from registry.authz.permissions import P
from registry.kernel.backup.drill import DRILL_CHECKS
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l

FEATURE = Feature(
    name="audit",
    blueprints=(bp,),
    modules=(registry.audit.models,),
    provides=(
        DRILL_CHECKS.of(check_chain),
        EXPORT_LISTS.of(ACCESS_LOG, order=130),
        ORIGIN_LABELS.named(
            {
                "cli": _l("Dòng lệnh trên máy chủ"),
                "worker": _l("Tác vụ nền"),
                "session": _l("Phiên đăng nhập"),
            }
        ),
        NAVIGATION.of(NavItem(_l("Lượt xem vị trí"), "audit.looks", P.LOOK_LOG_READ), order=160),
        NAVIGATION.of(NavItem(_l("Nhật ký thay đổi"), "audit.events", P.AUDIT_READ), order=170),
    ),
)
