"""The register of structures: list, map, one structure, bulk edit, search."""

from __future__ import annotations

import registry.structures.bulk_edit.page
import registry.structures.jobs
import registry.structures.listing.page
import registry.structures.map.card
import registry.structures.map.page
import registry.structures.map.workspace
import registry.structures.pages.detail
import registry.structures.pages.editing
from registry.accounts.held_work import NO_WORK
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACCESS_LABELS, ACTION_LABELS, OBJECT_LABELS
from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.files.subjects import FILE_SUBJECTS, FileSubject
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.sql_copies import SQL_COPIES, WATCHED_COLUMNS
from registry.notices.texts import notices
from registry.structures.audit_subjects import LOOK_PLACES_OF_STRUCTURES, SUBJECTS_OF_STRUCTURES
from registry.structures.bulk_edit import service as bulk_service
from registry.structures.bulk_edit.jobs import CHANGE_MANY
from registry.structures.bulk_edit.models import BulkEdit
from registry.structures.bulk_edit.page import BULK_SELECTION
from registry.structures.filtering.checks import CHANGED_SINCE, CHECKS, OWN_CHECKS, changed_structures
from registry.structures.filtering.extra import EXTRA_FILTERS, HELD
from registry.structures.listing.api import bp as api_bp
from registry.structures.listing.list_view import STRUCTURES
from registry.structures.listing.selection import SELECTIONS
from registry.structures.map.colours import MAP_COLOURS, OWN_MAP_COLOURS
from registry.structures.map.workspace import MAP_TOOLS, OWN_TOOL
from registry.structures.models import Structure
from registry.structures.nearby import questions
from registry.structures.nearby.corridor import ALONG_STREET
from registry.structures.pages.blueprint import bp
from registry.structures.pages.panels import PANELS, SUBJECT, files_panel
from registry.structures.positions.in_streets import near_changed_rules
from registry.structures.queries import owner_of_files
from registry.structures.relations import RELATION_WATCHES, RELATIONS
from registry.structures.search import owners, place, streets, structures
from registry.structures.settings import DECLARATIONS
from registry.structures.visibility import COPIES, WATCHED
from registry.structures.writing import restricting
from registry.structures.writing.line_ends import ENDS_CHECK, LINE_ENDS, at_changed, watch_ends
from registry.structures.writing.line_ends import LIMITS_DECLARATION as ENDS_LIMITS
from registry.structures.writing.undo import UNDO, UNDO_ACTIONS

FEATURE = Feature(
    name="structures",
    blueprints=(bp, api_bp),
    modules=(
        registry.structures.jobs,
        registry.structures.listing.page,
        registry.structures.map.card,
        registry.structures.map.page,
        registry.structures.map.card,
        registry.structures.map.workspace,
        registry.structures.bulk_edit.page,
        registry.structures.pages.detail,
        registry.structures.pages.editing,
    ),
    provides=(
        SQL_COPIES.of(*COPIES),
        WATCHED_COLUMNS.of(WATCHED),
        USER_JOBS.of(CHANGE_MANY),
        SETTINGS.of(*DECLARATIONS, ENDS_LIMITS),
        *lists(STRUCTURES),
        FILE_SUBJECTS.of(FileSubject(SUBJECT, owner_of_files, "structures.by_id", "structure_id")),
        PANELS.of(files_panel, order=80),
        SELECTIONS.of(BULK_SELECTION, order=10),
        EXTRA_FILTERS.of(HELD, order=20),
        EXTRA_FILTERS.of(ALONG_STREET, order=50),
        CHECKS.of(*OWN_CHECKS, ENDS_CHECK),
        CHANGED_SINCE.of(changed_structures, at_changed, near_changed_rules),
        RELATIONS.of(LINE_ENDS),
        RELATION_WATCHES.of(watch_ends),
        MAP_COLOURS.of(*OWN_MAP_COLOURS),
        MAP_TOOLS.of(OWN_TOOL, order=10),
        *notices(bulk_service.EVENTS, bulk_service.read_notice),
        *notices(questions.EVENTS, questions.read_notice),
        *notices(restricting.EVENTS, restricting.read_notice),
        *undoable(UNDO, *UNDO_ACTIONS),
        NO_WORK.of(BulkEdit.created_by_id, Structure.created_by_id),
        SEARCH_SOURCES.named({"place": place, "structures": structures, "owners": owners, "streets": streets}),
        *SUBJECTS_OF_STRUCTURES,
        LOOK_PLACES_OF_STRUCTURES,
        OBJECT_LABELS.named(
            {
                "structure": _l("Hồ sơ công trình"),
                "bulk_edit": _l("Lô sửa hàng loạt"),
            }
        ),
        ACTION_LABELS.named(
            {
                "structure.create": _l("Đăng ký công trình"),
                "structure.edit": _l("Sửa thông tin công trình"),
                "structure.confirm": _l("Xác nhận thông tin còn đúng"),
                "structure.suspend": _l("Tạm ngừng công trình"),
                "structure.resume": _l("Khai thác trở lại công trình"),
                "structure.decommission": _l("Ngừng khai thác công trình"),
                "structure.bulk_request": _l("Yêu cầu sửa hàng loạt"),
                "structure.bulk_edit": _l("Sửa hàng loạt công trình"),
                "structure.bulk_undo_request": _l("Yêu cầu hoàn tác lô sửa hàng loạt"),
                "structure.bulk_undo": _l("Hoàn tác lô sửa hàng loạt"),
                "structure.bulk_fail": _l("Lô sửa hàng loạt không thành"),
                "position.warn_owner": _l("Thông báo chủ sở hữu về số lượt tra cứu vị trí chưa công bố"),
            }
        ),
        ACCESS_LABELS.named(
            {
                "list": _l("Danh sách"),
                "search": _l("Tìm kiếm"),
                "detail": _l("Trang công trình"),
                "tile": _l("Bản đồ"),
                "card": _l("Thẻ công trình trên bản đồ"),
                "corridor": _l("Hành lang tuyến đường"),
                "line_ends": _l("Bể cáp ở đầu tuyến cống"),
                "near_others": _l("Công trình liền kề"),
                "nearest": _l("Tìm vị trí dùng chung"),
                "mast_spacing": _l("Khoảng cách cột ăng ten"),
            }
        ),
        NAVIGATION.of(NavItem(_l("Công trình"), "structures.list", P.PUBLIC, NavGroup.STRUCTURES), order=20),
    ),
)
