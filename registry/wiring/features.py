"""What each feature brings: its pages, its cases, and what it adds to the pages of others."""

from __future__ import annotations

from registry.accounts.addresses import AccountBook
from registry.accounts.pages import bp as accounts_bp
from registry.audit.pages import bp as audit_bp
from registry.basemap.pages import bp as basemap_bp
from registry.cables import pages as cables_pages
from registry.cables.queries import member_changes
from registry.capacity.filters import ROOM
from registry.capacity.leaving import PlaceLedger
from registry.capacity.pages import bp as capacity_bp
from registry.capacity.pages import capacity_panel, past_capacity_panel
from registry.capacity.queries import place_changes
from registry.colocation.agreements.pages import bp as agreements_bp
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.columns import ANSWERING, WAITING
from registry.colocation.figures_pages import bp as colocation_figures_bp
from registry.colocation.pages import bp as colocation_bp
from registry.colocation.panel import SELECTION, colocation_panel
from registry.colocation.prices import register_prices
from registry.colocation.queries import is_request_between
from registry.colocation.weighed import register_weighed
from registry.colocation.workflow import COLOCATION
from registry.dashboard import pages as home_pages
from registry.dashboard.desk import register_lines
from registry.exports.install import bp as exports_bp
from registry.files.pages import bp as files_bp
from registry.files.subjects import Subject, register_subject
from registry.imports.jobs import register_after_apply
from registry.imports.pages import bp as imports_bp
from registry.imports.pages.desk import open_deliveries
from registry.labels.install import bp as labels_bp
from registry.notices.addresses import register_address_book
from registry.notices.pages import bp as notices_bp
from registry.occupations.desk import looked_for
from registry.occupations.pages import bp as occupations_bp
from registry.occupations.panel import occupations_panel
from registry.occupations.regular import register_request_lookup
from registry.occupations.workflow import OCCUPATION
from registry.planned_routes import neighbours
from registry.planned_routes.api import bp as planned_routes_api_bp
from registry.planned_routes.pages import bp as planned_routes_bp
from registry.planned_sites.api import bp as planned_sites_api_bp
from registry.planned_sites.pages import bp as planned_sites_bp
from registry.routelists import along as routelists_along
from registry.routelists.pages import bp as routelists_bp
from registry.routelists.workflow import ITEM as ROUTE_ITEM
from registry.routelists.workflow import LIST as ROUTE_LIST
from registry.saved_searches.jobs import defer_looks
from registry.saved_searches.pages import bp as saved_searches_bp
from registry.saved_searches.shelf import NEW, SearchShelf
from registry.search.pages import bp as search_bp
from registry.structures import questions
from registry.structures.api import bp as structures_api_bp
from registry.structures.attachments import files_panel, owner_of_files
from registry.structures.comparison import register_column
from registry.structures.further import register_further
from registry.structures.held import HELD
from registry.structures.occupancy import register_ledger
from registry.structures.pages import bp as structures_bp
from registry.structures.panels import register_panel, register_past_panel
from registry.structures.selection import register_selection
from registry.structures.shelf import register_shelf
from registry.structures.timeline import register_part
from registry.tariffs import notices as tariffs_notices
from registry.tariffs.pages import bp as tariffs_bp
from registry.tariffs.panel import PRICE, prices_weighed, tariffs_panel
from registry.territory.pages import bp as territory_bp
from registry.upkeep.api import bp as upkeep_api_bp
from registry.upkeep.pages import bp as upkeep_bp
from registry.violations.found import open_from_finding
from registry.violations.pages import bp as violations_bp
from registry.violations.panel import violations_panel
from registry.violations.workflow import VIOLATION
from registry.wiring.contract_prices import tariff_prices_of_items
from registry.wiring.search import install_search
from registry.workflow.calendar_pages import bp as calendar_bp
from registry.workflow.findings import register_finding_handler
from registry.workflow.install import install_workflow
from registry.workflow.pages import bp as workflow_bp

BLUEPRINTS = (
    home_pages.bp,
    home_pages.preferences_bp,
    accounts_bp,
    territory_bp,
    basemap_bp,
    structures_bp,
    structures_api_bp,
    capacity_bp,
    cables_pages.bp,
    files_bp,
    imports_bp,
    exports_bp,
    audit_bp,
    workflow_bp,
    calendar_bp,
    colocation_bp,
    colocation_figures_bp,
    agreements_bp,
    notices_bp,
    routelists_bp,
    violations_bp,
    occupations_bp,
    upkeep_bp,
    upkeep_api_bp,
    search_bp,
    saved_searches_bp,
    planned_routes_api_bp,
    planned_routes_bp,
    planned_sites_api_bp,
    planned_sites_bp,
    labels_bp,
    tariffs_bp,
)


def install_features() -> None:
    """Let features register panels, selections, cases and lines; the order is the order on the pages."""
    register_subject(Subject("structure", owner_of_files, "structures.by_id", "structure_id"))
    register_address_book(AccountBook())
    for workflow in (COLOCATION, AGREEMENT, ROUTE_LIST, ROUTE_ITEM, VIOLATION, OCCUPATION):
        install_workflow(workflow)
    register_finding_handler(open_from_finding)
    register_request_lookup(is_request_between)
    # In place of the reader of all cases: whoever is accused does not see the photos.
    register_panel(colocation_panel)
    register_selection(SELECTION)
    register_panel(cables_pages.members_panel)
    register_panel(capacity_panel)
    register_panel(tariffs_panel)
    register_panel(cables_pages.occupants_panel)
    register_panel(violations_panel)
    register_panel(occupations_panel)
    register_panel(files_panel)
    register_ledger(PlaceLedger())
    register_part(member_changes)
    register_part(place_changes)
    register_past_panel(cables_pages.past_members_panel)
    register_past_panel(past_capacity_panel)
    register_lines(open_deliveries)
    register_lines(looked_for)
    register_column(PRICE)
    register_column(WAITING)
    register_column(ANSWERING)
    register_weighed(prices_weighed)
    register_prices(tariff_prices_of_items)
    tariffs_notices.install()
    questions.install()
    install_search()
    register_further(ROOM)
    register_further(HELD)
    register_further(NEW)
    register_shelf(SearchShelf())
    register_after_apply(defer_looks)
    neighbours.register_met(routelists_along.items_met)
    neighbours.register_streets(routelists_along.agreed_within)
