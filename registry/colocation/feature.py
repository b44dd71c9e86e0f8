"""Requests to share and the agreements that follow."""

from __future__ import annotations

from functools import partial

from registry.audit.undo import undoable
from registry.authz.navigation import NAVIGATION, NavGroup, NavItem
from registry.authz.permissions import P
from registry.authz.start_page import START_ACTS, StartAct
from registry.colocation.agreements.pages import bp as agreements_bp
from registry.colocation.agreements.service import UNDO as UNDO_AGREEMENT
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.basket.pages import bp as basket_bp
from registry.colocation.documents import NAME, colocation_document
from registry.colocation.figures.export import FIGURES
from registry.colocation.figures.export import bp as figures_bp
from registry.colocation.jobs import group
from registry.colocation.list_view import AGREEMENTS, ANSWERING, REQUESTS, WAITING
from registry.colocation.pages import bp
from registry.colocation.panel import BASKET_SELECTION, SELECTION, colocation_panel, request_card
from registry.colocation.service import UNDO
from registry.colocation.settings import DECLARATIONS
from registry.colocation.workflow import COLOCATION
from registry.colocation.workflow.offers import MAKE_READY_EVENTS, read_make_ready
from registry.kernel.dated_settings import SETTINGS
from registry.kernel.documents import DOCUMENTS
from registry.kernel.exports.lists import EXPORT_LISTS
from registry.kernel.feature import Feature
from registry.kernel.i18n import _l
from registry.kernel.installation import CHECKOUT
from registry.kernel.lists.view import lists
from registry.kernel.search import SEARCH_SOURCES
from registry.notices.texts import notices
from registry.structures.listing.selection import SELECTIONS
from registry.structures.map.card import CARD_PARTS
from registry.structures.map.workspace import COLLECTIONS, Collection
from registry.structures.nearby.nearest import COMPARISON_COLUMNS
from registry.structures.pages.panels import PANELS
from registry.workflow.contributions import workflow_contributions
from registry.workflow.lists import search_cases

FEATURE = Feature(
    name="colocation",
    blueprints=(bp, basket_bp, figures_bp, agreements_bp),
    commands=(group,),
    provides=(
        SETTINGS.of(*DECLARATIONS),
        *workflow_contributions(COLOCATION),
        *workflow_contributions(AGREEMENT),
        *undoable(UNDO, "edit", "edit_item"),
        *undoable(UNDO_AGREEMENT, "edit"),
        PANELS.of(colocation_panel, order=10),
        CARD_PARTS.of(request_card, order=30),
        COLLECTIONS.of(Collection(P.COLOCATION_REQUEST, "basket/_workspace.html", "basket/_map_actions.html")),
        SELECTIONS.of(SELECTION, BASKET_SELECTION, order=20),
        COMPARISON_COLUMNS.of(WAITING, ANSWERING, order=20),
        *notices(MAKE_READY_EVENTS, read_make_ready),
        DOCUMENTS.named({NAME: partial(colocation_document, CHECKOUT)}),
        *lists(REQUESTS, AGREEMENTS, order=40),
        EXPORT_LISTS.of(FIGURES, order=40),
        SEARCH_SOURCES.named({"colocation": search_cases(COLOCATION), "agreements": search_cases(AGREEMENT)}, order=70),
        START_ACTS.of(
            StartAct(
                _l("Đề nghị dùng chung"),
                "structures.list",
                P.COLOCATION_REQUEST,
                "share-2",
                {"sharing_status": ["available", "shared_available"]},
            ),
            order=20,
        ),
        NAVIGATION.of(NavItem(_l("Dùng chung"), "colocation.index", P.COLOCATION_READ, NavGroup.CASES), order=60),
        NAVIGATION.of(NavItem(_l("Hợp đồng"), "agreements.index", P.COLOCATION_READ, NavGroup.CASES), order=70),
    ),
)
