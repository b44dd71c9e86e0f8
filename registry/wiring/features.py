"""The features in the order of the layers, and what siblings answer each other, which none of them may import."""

from __future__ import annotations

from typing import Final

from registry.access_tokens.feature import FEATURE as ACCESS_TOKENS
from registry.accounts.feature import FEATURE as ACCOUNTS
from registry.audit.feature import FEATURE as AUDIT
from registry.authz.feature import FEATURE as AUTHZ
from registry.basemap.feature import FEATURE as BASEMAP
from registry.building_notices.feature import FEATURE as BUILDING_NOTICES
from registry.cables.feature import FEATURE as CABLES
from registry.campaigns.feature import FEATURE as CAMPAIGNS
from registry.capacity.feature import FEATURE as CAPACITY
from registry.colocation.agreements.service import ITEM_PRICES
from registry.colocation.decision_digest import DECISION_FACTS
from registry.colocation.feature import FEATURE as COLOCATION
from registry.colocation.queries import is_request_between
from registry.dashboard.feature import FEATURE as DASHBOARD
from registry.demo.feature import FEATURE as DEMO
from registry.documents.feature import FEATURE as DOCUMENTS
from registry.drawings.feature import FEATURE as DRAWINGS
from registry.exports.feature import FEATURE as EXPORTS
from registry.files.feature import FEATURE as FILES
from registry.guidance.feature import FEATURE as GUIDANCE
from registry.help.feature import FEATURE as HELP
from registry.imports.feature import FEATURE as IMPORTS
from registry.imports.jobs import AFTER_APPLY
from registry.imports.uploaded_features import read_uploaded_features
from registry.imports.uploaded_line import read_uploaded_line
from registry.imports.uploaded_table import read_uploaded_table
from registry.incidents.feature import FEATURE as INCIDENTS
from registry.incidents.public_pages import LABEL_READER
from registry.incidents.workflow.referring import ACTS
from registry.indicators.feature import FEATURE as INDICATORS
from registry.infra_plans.feature import FEATURE as INFRA_PLANS
from registry.inspections.feature import FEATURE as INSPECTIONS
from registry.inspections.queries import ACTS as INSPECTED_ACTS
from registry.joint_builds.feature import FEATURE as JOINT_BUILDS
from registry.kernel.feature import Feature
from registry.kernel.uploaded_tables import FEATURE_READER, LINE_READER, TABLE_READER
from registry.labels.feature import FEATURE as LABELS
from registry.labels.pages import REPORT_PAGE
from registry.money.feature import FEATURE as MONEY
from registry.notices.feature import FEATURE as NOTICES
from registry.obstacles.feature import FEATURE as OBSTACLES
from registry.occupations.feature import FEATURE as OCCUPATIONS
from registry.occupations.regularity import REQUEST_LOOKUPS
from registry.offered_sites.feature import FEATURE as OFFERED_SITES
from registry.ogc.feature import FEATURE as OGC
from registry.operator_plans.feature import FEATURE as OPERATOR_PLANS
from registry.planned_routes.feature import FEATURE as PLANNED_ROUTES
from registry.planned_sites.feature import FEATURE as PLANNED_SITES
from registry.priority_areas.feature import FEATURE as PRIORITY_AREAS
from registry.routelists.feature import FEATURE as ROUTELISTS
from registry.saved_searches.feature import FEATURE as SAVED_SEARCHES
from registry.saved_searches.jobs import defer_check
from registry.search.feature import FEATURE as SEARCH
from registry.settings.feature import FEATURE as SETTINGS
from registry.street_works.feature import FEATURE as STREET_WORKS
from registry.streetrules.feature import FEATURE as STREET_RULES
from registry.streets.feature import FEATURE as STREETS
from registry.structures.feature import FEATURE as STRUCTURES
from registry.tariffs.feature import FEATURE as TARIFFS
from registry.tariffs.panel import price_digest_lines
from registry.territory.feature import FEATURE as TERRITORY
from registry.upkeep.feature import FEATURE as UPKEEP
from registry.villages.feature import FEATURE as VILLAGES
from registry.violations.feature import FEATURE as VIOLATIONS
from registry.violations.queries import list_kinds
from registry.wiring.siblings import acts_in_force, labelled_structure, tariff_prices_of_items
from registry.workflow.feature import FEATURE as WORKFLOW

SIBLINGS: Final = Feature(
    name="siblings",
    provides=(
        ITEM_PRICES.of(tariff_prices_of_items),
        DECISION_FACTS.of(price_digest_lines),
        REQUEST_LOOKUPS.of(is_request_between),
        AFTER_APPLY.of(defer_check),
        LINE_READER.of(read_uploaded_line),
        TABLE_READER.of(read_uploaded_table),
        FEATURE_READER.of(read_uploaded_features),
        ACTS.of(acts_in_force),
        LABEL_READER.of(labelled_structure),
        REPORT_PAGE.of("report.photo"),
        INSPECTED_ACTS.of(list_kinds),
    ),
)
FEATURES: Final[tuple[Feature, ...]] = (
    AUTHZ,
    AUDIT,
    FILES,
    NOTICES,
    DOCUMENTS,
    WORKFLOW,
    TERRITORY,
    BASEMAP,
    ACCOUNTS,
    ACCESS_TOKENS,
    STREETS,
    SETTINGS,
    INDICATORS,
    STRUCTURES,
    CAPACITY,
    CABLES,
    DRAWINGS,
    INFRA_PLANS,
    JOINT_BUILDS,
    PRIORITY_AREAS,
    TARIFFS,
    COLOCATION,
    CAMPAIGNS,
    VILLAGES,
    GUIDANCE,
    ROUTELISTS,
    STREET_RULES,
    STREET_WORKS,
    VIOLATIONS,
    INSPECTIONS,
    OCCUPATIONS,
    OBSTACLES,
    OFFERED_SITES,
    BUILDING_NOTICES,
    INCIDENTS,
    UPKEEP,
    LABELS,
    SEARCH,
    SAVED_SEARCHES,
    PLANNED_ROUTES,
    PLANNED_SITES,
    OPERATOR_PLANS,
    DASHBOARD,
    MONEY,
    IMPORTS,
    EXPORTS,
    HELP,
    OGC,
    DEMO,
    SIBLINGS,
)
