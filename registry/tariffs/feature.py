"""Published prices."""

from __future__ import annotations

from registry.audit.labels import record_labels
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.kernel.dated_settings import (
    SETTINGS,
    SettingDeclaration,
    SettingPart,
    in_order,
    number_field,
    single_number,
)
from registry.kernel.feature import Feature
from registry.kernel.fields import Field
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.units import WORKING_DAY
from registry.notices.texts import notices
from registry.structures.map.card import CARD_PARTS
from registry.structures.nearby.nearest import COMPARISON_COLUMNS
from registry.structures.pages.panels import PANELS
from registry.tariffs.audit_subjects import SUBJECTS_OF_PRICES
from registry.tariffs.forms import CONSTRAINT_SENTENCES
from registry.tariffs.list_view import OWN_TARIFFS, TARIFFS
from registry.tariffs.notices import read_notice
from registry.tariffs.pages import bp
from registry.tariffs.panel import PRICE, price_card, tariffs_panel
from registry.tariffs.queries import OUTLIER, PRICE_AUTHORITY, PUBLISH_DAYS
from registry.tariffs.service import EVENTS, KIND, UNDO

_SUBJECT = _l("Giá thuê")
_SETTINGS = (
    single_number(PUBLISH_DAYS, _l("Công bố giá mới trong"), _SUBJECT, WORKING_DAY, "1", "60"),
    SettingDeclaration(
        OUTLIER,
        _l("Giá chênh lệch lớn so với giá trung vị"),
        _SUBJECT,
        (
            SettingPart(
                number_field("below", _l("Dưới số lần trung vị"), None, "0.01", "1", decimals=3),
                ("below",),
                as_text=True,
            ),
            SettingPart(
                number_field("above", _l("Trên số lần trung vị"), None, "1", "100", decimals=3),
                ("above",),
                as_text=True,
            ),
            SettingPart(
                number_field("least", _l("Chỉ xét khi có ít nhất số giá cùng loại"), None, "3", "1000"), ("least",)
            ),
        ),
        check=in_order("below", "above"),
    ),
    SettingDeclaration(
        PRICE_AUTHORITY,
        _l("Thẩm quyền định giá thuê"),
        _SUBJECT,
        tuple(
            SettingPart(Field(name, label, max_length=200, required=True), (name,))
            for name, label in (
                ("public", _l("Công trình là tài sản công")),
                ("business", _l("Công trình do doanh nghiệp đầu tư")),
            )
        ),
    ),
)

FEATURE = Feature(
    name="tariffs",
    blueprints=(bp,),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        SETTINGS.of(*_SETTINGS),
        PANELS.of(tariffs_panel, order=40),
        CARD_PARTS.of(price_card, order=20),
        COMPARISON_COLUMNS.of(PRICE, order=10),
        *lists(TARIFFS, OWN_TARIFFS, order=120),
        *notices(EVENTS, read_notice),
        *SUBJECTS_OF_PRICES,
        *undoable(UNDO, "publish", "replace", "end"),
        *record_labels(
            KIND,
            _l("Giá thuê"),
            publish=_l("Công bố giá thuê"),
            replace=_l("Thay giá thuê"),
            end=_l("Ngừng áp dụng giá thuê"),
        ),
        NAVIGATION.of(NavItem(_l("Giá thuê"), "tariffs.index", P.TARIFF_READ, NavGroup.STRUCTURES), order=130),
    ),
)
