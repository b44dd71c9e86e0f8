"""Feature: villages with successors and coverage, and the two indicators that are computed from them."""

from __future__ import annotations

from typing import Final

from registry.audit.labels import record_labels
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.indicators.declared import FIGURES, DeclaredFigure, FigureScope
from registry.indicators.models import IndicatorUnit
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.villages.audit_subjects import SUBJECTS_OF_VILLAGES
from registry.villages.forms import CONSTRAINT_SENTENCES
from registry.villages.list_view import VILLAGES
from registry.villages.pages import bp
from registry.villages.queries import count_ftth, count_mobile
from registry.villages.service import VILLAGE

_SOURCE: Final = _l("Danh mục thôn, bản do UBND xã, phường cập nhật")
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
    blueprints=(bp,),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        FIGURES.of(*_FIGURES),
        *SUBJECTS_OF_VILLAGES,
        *record_labels(
            VILLAGE,
            _l("Thôn, bản, khu phố"),
            add=_l("Thêm thôn, bản, khu phố"),
            edit=_l("Sửa số hộ, phủ sóng"),
            change=_l("Gộp, chia tách, đổi tên thôn, bản"),
        ),
        *lists(VILLAGES, order=155),
        NAVIGATION.of(NavItem(_l("Thôn, bản"), "villages.index", P.VILLAGE_READ, NavGroup.STRUCTURES), order=62),
    ),
)
