"""What the one search box asks, in the order of its page."""

from __future__ import annotations

from registry.accounts.search import organisations
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.workflow import COLOCATION
from registry.occupations.workflow import OCCUPATION
from registry.routelists.queries import ALL_YEARS
from registry.routelists.workflow import ITEM, LIST
from registry.search.sources import register_source
from registry.structures.search import owners, place, streets, structures
from registry.territory.search import units
from registry.violations.workflow import VIOLATION
from registry.workflow.search import cases_of


def install_search() -> None:
    """Let search know every feature that can be found; twice changes nothing."""
    register_source("place", place)
    register_source("structures", structures)
    register_source("owners", owners)
    register_source("streets", streets)
    register_source("units", units)
    register_source("organisations", organisations)
    register_source("colocation", cases_of(COLOCATION))
    register_source("agreements", cases_of(AGREEMENT))
    # The list of proposed streets is that of one year unless all are asked for.
    register_source("routeitems", cases_of(ITEM, year=ALL_YEARS))
    register_source("routelists", cases_of(LIST))
    register_source("violations", cases_of(VIOLATION))
    register_source("occupations", cases_of(OCCUPATION))
