"""Saved filters of the list of structures, watched or not."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS, record_labels
from registry.authz.navigation import ACCOUNT_MENU, NavItem
from registry.authz.permissions import P
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.notices.texts import NOTICE_TEXTS
from registry.saved_searches.notices import read_notice
from registry.saved_searches.pages import bp
from registry.saved_searches.service import KIND
from registry.saved_searches.shelf import NEW, SearchShelf
from registry.structures.filtering.extra import EXTRA_FILTERS
from registry.structures.listing.saved_filters import SAVED_FILTERS

FEATURE = Feature(
    name="saved_searches",
    blueprints=(bp,),
    provides=(
        SAVED_FILTERS.of(SearchShelf()),
        EXTRA_FILTERS.of(NEW, order=30),
        NOTICE_TEXTS.named({KIND: read_notice}),
        *record_labels(
            KIND,
            _l("Bộ lọc đã lưu"),
            save=_l("Lưu bộ lọc"),
            change=_l("Sửa bộ lọc đã lưu"),
            replace=_l("Thay điều kiện của bộ lọc đã lưu"),
            delete=_l("Xóa bộ lọc đã lưu"),
            stop=_l("Thôi theo dõi bộ lọc đã lưu"),
        ),
        ACCESS_LABELS.named(
            {
                "saved_search": _l("Theo dõi bộ lọc"),
            }
        ),
        ACCOUNT_MENU.of(NavItem(_l("Bộ lọc đã lưu"), "saved_searches.index", P.ACCOUNT_SELF), order=20),
    ),
)
