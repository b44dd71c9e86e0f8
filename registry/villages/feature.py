"""Feature: villages with successors and coverage, and the two indicators that are computed from them."""

from __future__ import annotations

from typing import Final

from registry.accounts.held_work import NO_WORK
from registry.audit.labels import record_labels
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.indicators.declared import FIGURES, DeclaredFigure, FigureScope
from registry.indicators.models import IndicatorUnit
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.villages.audit_subjects import SUBJECTS_OF_VILLAGES
from registry.villages.coverage import VILLAGE_COVERAGE
from registry.villages.coverage_pages import COVERAGE_LIST
from registry.villages.coverage_pages import bp as coverage_bp
from registry.villages.forms import CONSTRAINT_SENTENCES
from registry.villages.list_view import VILLAGES
from registry.villages.models import VillageCoverage
from registry.villages.pages import bp
from registry.villages.queries import count_ftth, count_mobile
from registry.villages.service import UNDO, VILLAGE

_SOURCE: Final = _l("Danh mục thôn, bản do UBND xã, phường cập nhật và tệp phủ sóng của doanh nghiệp")
_FIGURES: Final = (
    DeclaredFigure(
        "villages_mobile",
        _l("Thôn, bản có băng rộng di động"),
        _l("thôn, bản có băng rộng di động trên tất cả thôn, bản của ngày đó"),
        IndicatorUnit.PERCENT,
        _SOURCE,
        (FigureScope.PROVINCE,),
        count_mobile,
        has_open_parts=True,
    ),
    DeclaredFigure(
        "villages_ftth",
        _l("Thôn, bản có cáp quang đến hộ"),
        _l("thôn, bản có cáp quang đến hộ trên tất cả thôn, bản của ngày đó"),
        IndicatorUnit.PERCENT,
        _SOURCE,
        (FigureScope.PROVINCE,),
        count_ftth,
        has_open_parts=True,
    ),
)
FEATURE = Feature(
    name="villages",
    blueprints=(bp, coverage_bp),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        FIGURES.of(*_FIGURES),
        *SUBJECTS_OF_VILLAGES,
        *undoable(UNDO, "edit"),
        *record_labels(
            VILLAGE,
            _l("Thôn, bản, khu phố"),
            add=_l("Thêm thôn, bản, khu phố"),
            edit=_l("Sửa số hộ, phủ sóng"),
            change=_l("Gộp, chia tách, đổi tên thôn, bản"),
        ),
        *record_labels(
            VILLAGE_COVERAGE,
            _l("Phủ sóng thôn, bản theo doanh nghiệp"),
            enter=_l("Nhập phủ sóng thôn, bản từ tệp"),
        ),
        NO_WORK.of(VillageCoverage.entered_by_id),
        *lists(VILLAGES, order=155),
        *lists(COVERAGE_LIST, order=156),
        NAVIGATION.of(NavItem(_l("Thôn, bản"), "villages.index", P.VILLAGE_READ, NavGroup.STRUCTURES), order=62),
    ),
)
