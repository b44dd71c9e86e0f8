"""Days of what was done lie in the past; only what does not stand yet may come into service later."""

from datetime import date

import pytest

from registry.structures.codes import Status
from registry.structures.kinds.kind import RuleContext
from registry.structures.kinds.value_rules import days_not_to_come

TODAY, TOMORROW = date(2026, 6, 1), date(2026, 6, 2)
STANDING = (Status.ACTIVE, Status.SUSPENDED, Status.DECOMMISSIONED, Status.REMOVED)


def refused(**values):
    return [problem.field for problem in days_not_to_come(values, RuleContext(TODAY, {}))]


@pytest.mark.parametrize("name", ["surveyed_on", "last_inspected_on", "built_on", "permit_on"])
def test_what_was_done_was_not_done_tomorrow(name):
    assert refused(status=Status.PLANNED, **{name: TOMORROW}) == [name]
    assert refused(status=Status.ACTIVE, **{name: TODAY}) == []


@pytest.mark.parametrize("status", Status)
def test_only_what_does_not_stand_yet_comes_into_service_later(status):
    assert refused(status=status, in_service_on=TOMORROW) == (["in_service_on"] if status in STANDING else [])
    assert refused(status=status, in_service_on=TODAY) == []
