"""The permit regime against the day of the start: the 2025 law exempts from 01/01/2026 on."""

from datetime import date

import pytest

from registry.structures.codes import PermitRegime
from registry.structures.kinds.kind import Limit, RuleContext
from registry.structures.kinds.value_rules import EXEMPT_FROM, permit_complete, permit_of_its_day

BEFORE, THE_DAY, AFTER = date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2)
SOURCE = "Luật Xây dựng 135/2025/QH15 Điều 43 khoản 2, 3"
#: As sentences write it.
WRITTEN = "Luật Xây dựng 135/2025/QH15 khoản 2, 3 Điều 43"
NUMBERED = {"permit_number": "12/TB", "permit_on": date(2025, 12, 1)}


def found(regime, *, verified=False, **values):
    limit = Limit("2026-01-01", SOURCE, needs_verification=not verified)
    context = RuleContext(date(2026, 6, 1), {EXEMPT_FROM: limit})
    return permit_of_its_day({"permit_regime": regime} | values, context)


@pytest.mark.parametrize(
    ("started", "fields"), [(BEFORE, []), (THE_DAY, ["permit_regime"]), (AFTER, ["permit_regime"])]
)
def test_a_permit_is_out_of_place_from_the_day_of_the_exemption_on(started, fields):
    problems = found(PermitRegime.PERMIT, built_on=started, **NUMBERED)
    assert [problem.field for problem in problems] == fields
    assert not any(problem.blocks for problem in problems)


@pytest.mark.parametrize(("started", "fields"), [(BEFORE, ["permit_regime"]), (THE_DAY, []), (AFTER, [])])
def test_a_notice_in_place_of_a_permit_is_out_of_place_before_that_day(started, fields):
    problems = found(PermitRegime.NOTICE, built_on=started, **NUMBERED)
    assert [problem.field for problem in problems] == fields
    assert not any(problem.blocks for problem in problems)


@pytest.mark.parametrize("started", [BEFORE, THE_DAY, AFTER])
def test_an_exemption_with_its_notice_is_right_on_every_day_since_older_exemptions_exist(started):
    assert found(PermitRegime.EXEMPT, built_on=started, **NUMBERED) == []


@pytest.mark.parametrize("regime", [PermitRegime.EXEMPT, PermitRegime.NOTICE])
@pytest.mark.parametrize("started", [THE_DAY, AFTER])
def test_from_that_day_on_number_and_day_of_the_notice_are_expected(regime, started):
    problems = found(regime, built_on=started)
    assert [(problem.field, problem.blocks) for problem in problems] == [("permit_number", False), ("permit_on", False)]
    assert [problem.field for problem in found(regime, built_on=started, permit_number="12/TB")] == ["permit_on"]


def test_an_older_exemption_needs_no_notice():
    assert found(PermitRegime.EXEMPT, built_on=BEFORE) == []


@pytest.mark.parametrize(("issued", "fields"), [(BEFORE, []), (THE_DAY, ["permit_regime"])])
def test_without_a_day_of_building_the_day_of_the_permit_counts(issued, fields):
    problems = found(PermitRegime.PERMIT, permit_number="12/GPXD", permit_on=issued)
    assert [problem.field for problem in problems] == fields


def test_the_day_of_building_counts_before_that_of_the_permit():
    assert found(PermitRegime.PERMIT, built_on=BEFORE, permit_number="12/GPXD", permit_on=AFTER) == []


@pytest.mark.parametrize("regime", [*PermitRegime, None])
def test_without_any_day_nothing_is_compared(regime):
    assert found(regime) == []


@pytest.mark.parametrize("regime", [PermitRegime.UNKNOWN, None])
def test_a_regime_that_nobody_knows_is_not_judged(regime):
    assert found(regime, built_on=AFTER) == []


def test_the_warning_names_field_value_expectation_and_cites_only_a_confirmed_source():
    (problem,) = found(PermitRegime.PERMIT, built_on=date(2026, 1, 5), **NUMBERED)
    for words in ("“Giấy phép xây dựng”", "05/01/2026", "01/01/2026", "thông báo khởi công", "theo cấu hình của Sở"):
        assert words in problem.sentence
    assert WRITTEN not in problem.sentence


def test_a_confirmed_source_carries_no_mark():
    (problem,) = found(PermitRegime.PERMIT, verified=True, built_on=AFTER, **NUMBERED)
    assert WRITTEN in problem.sentence
    assert "chưa kiểm chứng" not in problem.sentence


def test_a_permit_without_its_number_is_still_refused():
    context = RuleContext(date(2026, 6, 1), {})
    problems = permit_complete({"permit_regime": PermitRegime.PERMIT, "permit_on": BEFORE}, context)
    assert [(problem.field, problem.blocks) for problem in problems] == [("permit_number", True)]
