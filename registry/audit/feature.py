"""The audit chain and the access log: pages, export, and labels of origins."""

from __future__ import annotations

import registry.audit.models
from registry.audit.cli import audit_group
from registry.audit.jobs import SEALING
from registry.audit.labels import ORIGIN_LABELS, record_labels
from registry.audit.list_view import ACCESS_LOG, EVENTS
from registry.audit.pages import bp
from registry.audit.undo_pages import bp as undo_bp
from registry.audit.undo_pages import undo_address
from registry.audit.verifier import check_chains
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.backup.drill import DRILL_CHECKS
from registry.kernel.feature import Feature
from registry.kernel.forms.answers import UNDO_ADDRESS
from registry.kernel.i18n import _l
from registry.kernel.jobs import REPEATED_WORK
from registry.kernel.lists.view import lists

FEATURE = Feature(
    name="audit",
    blueprints=(bp, undo_bp),
    modules=(registry.audit.models,),
    commands=(audit_group,),
    provides=(
        *lists(ACCESS_LOG, EVENTS, order=130),
        DRILL_CHECKS.of(check_chains),
        ORIGIN_LABELS.named(
            {
                "cli": _l("Dòng lệnh trên máy chủ"),
                "worker": _l("Tác vụ nền"),
                "session": _l("Phiên đăng nhập"),
            }
        ),
        *record_labels("schema", _l("Lược đồ dữ liệu"), revise=_l("Nâng cấp lược đồ")),
        REPEATED_WORK.of(SEALING),
        UNDO_ADDRESS.of(undo_address),
        NAVIGATION.of(
            NavItem(_l("Lượt xem vị trí"), "audit.looks", P.LOOK_LOG_READ, NavGroup.ADMINISTRATION), order=160
        ),
        NAVIGATION.of(
            NavItem(_l("Nhật ký thay đổi"), "audit.events", P.AUDIT_READ, NavGroup.ADMINISTRATION), order=170
        ),
    ),
)
