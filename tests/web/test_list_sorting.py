"""Each column of a list can be ordered by, or it is said here why not."""

import pytest

from registry.kernel.lists.columns import On
from registry.kernel.lists.view import LISTS

#: List -> why none of its columns can be ordered by.
IN_ONE_ORDER = {
    "audit": "a chain of events: newest first, paged by number",
    "looks": "a journal: newest hour first, each row sums many notes",
    "exports": "the latest few files of one user, newest first",
    "imports": "the latest imports, newest first",
    "labels": "the latest sheets, newest first; each row sums labels",
    "indicators": "the order of the plan; what is computed has no column",
}
#: (list, column) -> why this one cannot.
UNSORTED = {
    ("structures", "sharing_status"): "cells have none, and no index has it: a filter",
    ("structures", "status"): "cells have none, and no index has it: a filter",
    ("structures", "owner_category"): "four values: a filter",
    ("structures", "own_code"): "the owner's own text, found by search; cells have none",
    ("users", "state"): "shown as one of three, of which the column holds two",
    ("access-review", "is_due"): "a filter",
    ("inspection-items", "plan_number"): "a filter; rows of one plan follow each other",
    ("inspection-items", "outcome"): "a filter of few values",
    ("inspection-items", "note"): "free text",
    ("route-lists", "number"): "follows the year",
    ("route-lists", "decision"): "number and day in one text",
    ("route-lists", "proposed"): "counted for the rows of the page",
    ("route-lists", "agreed"): "counted for the rows of the page",
    ("route-items", "cost_plan"): "several years in one text",
    ("violations", "unit"): "that of the reader, of the rows of the page; a filter",
    ("obstacles", "agency"): "a filter of few values",
    ("obstacles", "raiser"): "an organisation of those of one case",
    ("route-lists", "year"): "one list a year: the order of the page",
    ("cables", "cable_kind"): "a closed list of few values",
    ("cables", "laying"): "a filter",
    ("tariffs", "median"): "the same for all prices of a kind",
    ("own-tariffs", "median"): "the same for all prices of a kind",
    ("import_layouts", "owner"): "of one owner for most readers",
    ("operator_reports", "campaign"): "a filter",
    ("population", "source"): "free text",
    ("village-coverage", "source"): "free text",
    ("plan-tasks", "state"): "a filter of few values",
    ("plan-tasks", "result"): "free text",
    ("guidance", "kind"): "a filter of few values",
    ("guidance", "field"): "a filter of few values",
    ("guidance-public", "kind"): "a filter of few values",
    ("guidance-public", "field"): "a filter of few values",
    ("fines", "state"): "a filter of few values",
    ("plan-conclusions", "aspect"): "two values, each with a filter of its conclusions",
    ("ppp-projects", "scope"): "free text",
    ("ppp-projects", "state"): "a filter of few values",
    ("priority-areas", "needs_verification"): "two values",
    ("violation_delegations", "last_on"): "computed from the end and the term of the row",
}


def columns_left():
    """(list, column) that cannot be ordered by; what is computed by the program for each row has no place in SQL."""
    return {
        (code, column.name)
        for code, view in LISTS.items()
        if code not in IN_ONE_ORDER
        for column in view.columns
        if column.on is not On.FILES and not column.is_sortable and not callable(column.value)
    }


@pytest.mark.usefixtures("app")
def test_each_column_of_a_list_can_be_ordered_by_or_it_is_said_why_not():
    left = columns_left()
    assert left == UNSORTED.keys(), f"say why not: {left - UNSORTED.keys()}; gone: {UNSORTED.keys() - left}"


@pytest.mark.usefixtures("app")
def test_lists_of_one_order_have_no_column_to_order_by():
    for code in IN_ONE_ORDER:
        assert not [column.name for column in LISTS[code].columns if column.is_sortable], code
