"""Feature: violations as cases, map layer and export; they also take the referrals of other cases."""

from __future__ import annotations

from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS, record_labels
from registry.audit.undo import undoable
from registry.authz.actors import Role
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.dated_rows.pages import with_row_pages
from registry.dated_rows.tables import DATED_TABLES
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.kernel.dated_rows import UNCONFIRMED, UnconfirmedSource
from registry.kernel.dated_settings import SETTINGS, SettingDeclaration, SettingPart, number_field, numbers
from registry.kernel.feature import Feature
from registry.kernel.fields import Field
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.units import DAY, M
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.nearby.corridor import STREET_CASES, StreetCases
from registry.structures.pages.panels import PANELS
from registry.violations.audit_subjects import SUBJECTS_OF_CATALOGUE
from registry.violations.catalogue import COMPETENCES, KINDS, UNDO_COMPETENCE, UNDO_KIND
from registry.violations.catalogue_pages import ROW_PAGES
from registry.violations.catalogue_pages import bp as catalogue_bp
from registry.violations.codes import COMMUNE_FINES_DEFENCE
from registry.violations.delegation_pages import bp as delegations_bp
from registry.violations.delegations import DELEGATION, owner_of_scan
from registry.violations.evidence import PHOTO_MATCH
from registry.violations.figures_pages import bp as figures_bp
from registry.violations.list_view import DELEGATIONS, SANCTIONS, count_on_street
from registry.violations.list_view import VIOLATIONS as EXPORT
from registry.violations.map import VIOLATIONS as LAYER
from registry.violations.pages import bp, violations_panel
from registry.violations.paper_pages import bp as papers_bp
from registry.violations.payment import ACCOUNT_SETTING
from registry.violations.photo_pages import bp as photos_bp
from registry.violations.queries import unconfirmed_kinds
from registry.violations.service import UNDO, open_from_referral
from registry.violations.workflow import VIOLATION
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases
from registry.workflow.referrals import REFERRAL_HANDLERS

_SETTINGS = (
    SettingDeclaration(
        "violation.same_place",
        _l("Có thể là cùng một vi phạm"),
        _l("Vi phạm"),
        numbers(
            number_field("metres", _l("Cách nhau không quá"), M, "1", "1000"),
            number_field("days", _l("Trong"), DAY, "1", "3650"),
        ),
    ),
    SettingDeclaration(
        COMMUNE_FINES_DEFENCE,
        _l("Chủ tịch UBND cấp xã xử phạt đơn vị quân đội, công an"),
        _l("Vi phạm"),
        (SettingPart(Field("value", _l("Được xử phạt"), required=True, python_type=bool)),),
    ),
    SettingDeclaration(
        PHOTO_MATCH,
        _l("Ảnh khớp với hồ sơ vi phạm"),
        _l("Vi phạm"),
        numbers(
            number_field("metres", _l("Nơi chụp cách vị trí không quá"), M, "1", "10000"),
            number_field("days", _l("Lệch thời gian không quá"), DAY, "0", "365"),
        ),
    ),
)

FEATURE = Feature(
    name="violations",
    blueprints=(
        bp,
        with_row_pages(catalogue_bp, *ROW_PAGES),
        photos_bp,
        papers_bp,
        figures_bp,
        delegations_bp,
    ),
    provides=(
        SETTINGS.of(*_SETTINGS, ACCOUNT_SETTING),
        DATED_TABLES.of(KINDS, COMPETENCES),
        *SUBJECTS_OF_CATALOGUE,
        OBJECT_LABELS.named(
            {
                "violation_kind": _l("Hành vi trong danh mục vi phạm"),
                "violation_competence": _l("Thẩm quyền xử phạt"),
            }
        ),
        ACTION_LABELS.named(
            {
                "catalogue.add": _l("Thêm dòng vào danh mục vi phạm"),
                "catalogue.withdraw": _l("Rút dòng trong danh mục vi phạm"),
                "catalogue.confirm": _l("Xác nhận căn cứ trong danh mục vi phạm"),
            }
        ),
        UNCONFIRMED.of(UnconfirmedSource(_l("Hành vi vi phạm"), unconfirmed_kinds), order=30),
        *workflow_contributions(VIOLATION),
        *undoable(UNDO, "edit"),
        *undoable(UNDO_KIND, "catalogue.add"),
        *undoable(UNDO_COMPETENCE, "catalogue.add"),
        REFERRAL_HANDLERS.of(open_from_referral),
        PANELS.of(violations_panel, order=60),
        MAP_LAYERS.of(LAYER, order=20),
        STREET_CASES.of(
            StreetCases(_l("Vi phạm chưa đóng"), P.VIOLATION_READ, count_on_street, VIOLATION.index, {"open": "1"}),
            order=20,
        ),
        *lists(EXPORT, SANCTIONS, DELEGATIONS, order=80),
        FILE_SUBJECTS.of(
            FileSubject(
                DELEGATION,
                owner_of_scan,
                "violation_delegations.detail",
                "delegation_id",
                is_locked=lambda _ctx, _id: True,
            )
        ),
        *record_labels(
            DELEGATION,
            _l("Văn bản giao quyền xử phạt"),
            add=_l("Ghi văn bản giao quyền"),
            end=_l("Ghi chấm dứt giao quyền"),
        ),
        CONSTRAINTS.named(
            {
                "uq_violation_delegation_paper": (
                    "number",
                    _l("Sổ giao quyền đã có văn bản cùng số, cùng ngày cho cấp phó này."),
                )
            }
        ),
        SEARCH_SOURCES.named({"violations": search_cases(VIOLATION)}, order=110),
        ACCESS_LABELS.named(
            {
                "violation": _l("Vi phạm"),
                "violation_original": _l("Bản gốc của ảnh, tài liệu vi phạm"),
                "violation_case_file": _l("Toàn bộ hồ sơ vi phạm"),
            }
        ),
        START_ACTS.of(
            StartAct(
                _l("Ghi vi phạm"), "violations.log", P.VIOLATION_LOG, "camera", roles=frozenset({Role.AREA_INSPECTOR})
            ),
            order=5,
        ),
        NAVIGATION.of(NavItem(_l("Vi phạm"), "violations.index", P.VIOLATION_READ, NavGroup.CASES), order=100),
    ),
)
