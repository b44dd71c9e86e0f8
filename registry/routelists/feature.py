"""Feature: yearly lists of streets for shared works, and the proposed streets."""

from __future__ import annotations

import registry.routelists.desk_pages
import registry.routelists.difference_pages
import registry.routelists.import_pages
import registry.routelists.paper_pages
import registry.routelists.progress_pages
import registry.routelists.proposal_pages
import registry.routelists.published
import registry.routelists.road_answer_pages
import registry.routelists.round_pages
import registry.routelists.work_pages
from registry.accounts.held_work import NO_WORK
from registry.accounts.user_jobs import USER_JOBS
from registry.audit.labels import ACTION_LABELS, record_labels
from registry.audit.undo import undoable
from registry.authz.actors import Role
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.indicators.declared import FIGURES
from registry.kernel.dated_settings import SETTINGS, single_number
from registry.kernel.exports.open_data import OPEN_DATA
from registry.kernel.feature import Feature
from registry.kernel.forms.constraints import CONSTRAINTS
from registry.kernel.i18n import _l
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.kernel.units import M
from registry.notices.texts import notices
from registry.routelists.board import ENTRY
from registry.routelists.bulk import RouteBulkOutcome
from registry.routelists.comments import EVENTS as COMMENT_EVENTS
from registry.routelists.comments import read_notice
from registry.routelists.figures import DECLARED
from registry.routelists.forms import CONSTRAINT_SENTENCES
from registry.routelists.joining import NEED
from registry.routelists.list_papers import SETTING as GROUNDS_SETTING
from registry.routelists.list_view import ITEMS, ROUTE_LISTS
from registry.routelists.map import STREETS
from registry.routelists.pages import bp
from registry.routelists.progress_models import RouteStreetWork, RouteStructure
from registry.routelists.progress_view import PROGRESS
from registry.routelists.proposal import KIND, PROPOSE
from registry.routelists.proposal import SETTING as PROPOSAL_SETTING
from registry.routelists.proposal_models import BudgetRun
from registry.routelists.queries import ALL_YEARS
from registry.routelists.road_answers import KIND as ROAD_ANSWER
from registry.routelists.road_answers import SETTING as ROAD_SETTING
from registry.routelists.rounds import round_tasks
from registry.routelists.service import UNDO
from registry.routelists.street_figures import CORRIDOR_SETTING, corridor_of_item
from registry.routelists.workbook_models import RouteWorkbook
from registry.routelists.workflow import ITEM, LIST
from registry.structures.map.layers import MAP_LAYERS
from registry.structures.nearby.corridor import CORRIDORS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases
from registry.workflow.worklist import WORKLIST_TASKS

_SETTINGS = (
    single_number(
        CORRIDOR_SETTING,
        _l("Công trình thuộc tuyến phố khi cách tim đường không quá"),
        _l("Danh mục tuyến"),
        M,
        "1",
        "200",
    ),
)

FEATURE = Feature(
    name="routelists",
    blueprints=(bp,),
    modules=(
        registry.routelists.desk_pages,
        registry.routelists.difference_pages,
        registry.routelists.import_pages,
        registry.routelists.paper_pages,
        registry.routelists.progress_pages,
        registry.routelists.proposal_pages,
        registry.routelists.published,
        registry.routelists.road_answer_pages,
        registry.routelists.round_pages,
        registry.routelists.work_pages,
    ),
    provides=(
        CONSTRAINTS.named(CONSTRAINT_SENTENCES),
        CORRIDORS.of(corridor_of_item),
        SETTINGS.of(*_SETTINGS, PROPOSAL_SETTING, ROAD_SETTING, GROUNDS_SETTING),
        *workflow_contributions(LIST),
        *workflow_contributions(ITEM),
        *undoable(UNDO, "edit"),
        WORKLIST_TASKS.of(round_tasks, order=15),
        ACTION_LABELS.named(
            {
                "routelist.answer": _l("Trả lời đợt lấy ý kiến"),
                "routelist.import": _l("Nhập danh mục từ tệp"),
                "routeitem.comment": _l("Góp ý tuyến đường"),
                "routeitem.comment_close": _l("Đóng góp ý tuyến đường"),
                "routeitem.comment_reply": _l("Trả lời góp ý tuyến đường"),
            }
        ),
        *notices(COMMENT_EVENTS, read_notice),
        FIGURES.of(*DECLARED),
        MAP_LAYERS.of(STREETS, order=10),
        OPEN_DATA.of(registry.routelists.published.issued_data_sets),
        *lists(ITEMS, ROUTE_LISTS, PROGRESS, order=100),
        *record_labels(
            ENTRY, _l("Phần việc của doanh nghiệp trên tuyến"), set=_l("Ghi phần việc của doanh nghiệp trên tuyến")
        ),
        *record_labels(
            NEED,
            _l("Nhu cầu của doanh nghiệp trên tuyến"),
            state=_l("Ghi nhu cầu của doanh nghiệp trên tuyến"),
        ),
        *record_labels(
            ROAD_ANSWER,
            _l("Yêu cầu gửi cơ quan quản lý đường"),
            send=_l("Ghi yêu cầu gửi cơ quan quản lý đường"),
            answer=_l("Ghi trả lời của cơ quan quản lý đường"),
        ),
        NO_WORK.of(
            RouteStructure.linked_by_id,
            RouteStreetWork.linked_by_id,
            BudgetRun.user_id,
            RouteWorkbook.user_id,
            RouteBulkOutcome.user_id,
        ),
        USER_JOBS.of(PROPOSE),
        *record_labels(
            KIND,
            _l("Đề xuất danh mục theo ngân sách"),
            request=_l("Yêu cầu đề xuất danh mục theo ngân sách"),
            stop=_l("Dừng đề xuất danh mục theo ngân sách"),
        ),
        # The list of proposed streets is that of one year unless all are asked for.
        SEARCH_SOURCES.named(
            {"routeitems": search_cases(ITEM, year=ALL_YEARS), "routelists": search_cases(LIST)}, order=90
        ),
        START_ACTS.of(StartAct(_l("Thẩm tra đề xuất"), "routelists.desk", P.ROUTELIST_REVIEW, "list"), order=5),
        START_ACTS.of(
            StartAct(
                _l("Đề xuất tuyến đường"),
                "routelists.new",
                P.ROUTELIST_PROPOSE,
                "plus",
                roles=frozenset({Role.COMMUNE_PC}),
            ),
            order=6,
        ),
        NAVIGATION.of(NavItem(_l("Danh mục tuyến"), "routelists.index", P.ROUTELIST_READ, NavGroup.CASES), order=80),
    ),
)
