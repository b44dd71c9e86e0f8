"""What carries a cable fits it: along its line, in order, in service, once; what was recorded before is remarked on."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from registry.audit.models import AuditPayload
from registry.cables.carriers import CARRIER_CHECKS, CARRIERS, RULES, find_broken, recorded_findings, recorded_routes
from registry.cables.commands import SetMembers
from registry.cables.service import set_members, write_members
from registry.kernel.errors import Invalid
from registry.kernel.forms.constraints import as_invalid
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.commands import EditStructure
from registry.structures.filtering.checks import CHECKS
from registry.structures.kinds.kind import Shape
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.relations import RELATIONS
from registry.structures.writing import edit_structure
from tests.factories.cables import LAT, LON, SPAN, cable
from tests.factories.structures import make, position_at


def row_of(ctx, count, *, step=SPAN, **texts):
    """Poles of Viettel along the line that a cable of the factory has, which runs to the north-east."""
    return [
        make(ctx, kind="cable_pole", at=(LON + n * step * 0.7, LAT + n * step * 0.7), **texts) for n in range(count)
    ]


def refused(ctx, cable_route, *members, redraw=False, reason=""):
    command = SetMembers(cable_route.code, cable_route.version, tuple(m.code for m in members), redraw, reason)
    with pytest.raises(Invalid) as caught:
        set_members(ctx, command)
    return {name: " ".join(sentences) for name, sentences in caught.value.fields.items()}


def broken(ctx, cable_route):
    return {finding.rule.code for finding in recorded_findings(ctx, cable_route.id)}


def found_by_checks(ctx):
    ids = select(Structure.id).where(CHECKS[CARRIERS.code].clause(ctx))
    return set(positions.run(ctx, ids).scalars())


def test_a_pole_far_from_the_line_is_refused_with_its_distance(ctx_of):
    with ctx_of("viettel") as ctx:
        near, far = row_of(ctx, 1)[0], make(ctx, kind="cable_pole", at=(LON + 0.1, LAT))
        sentence = refused(ctx, cable(ctx), near, far)["members"]
    assert far.code in sentence
    assert near.code not in sentence
    assert "cần không quá 100 m" in sentence


def test_a_far_pole_is_refused_for_a_line_that_is_to_be_redrawn_too(ctx_of):
    with ctx_of("viettel") as ctx:
        near, far = row_of(ctx, 1)[0], make(ctx, kind="cable_pole", at=(LON + 0.1, LAT))
        assert "bổ sung các công trình ở giữa" in refused(ctx, cable(ctx), near, far, redraw=True)["members"]


@pytest.mark.parametrize("status", ["decommissioned", "removed", "planned", "building"])
def test_a_cable_in_place_passes_over_no_structure_that_has_ended_or_is_not_built(ctx_of, status):
    with ctx_of("viettel") as ctx:
        first, second = row_of(ctx, 2)
        second.status = Status(status)
        ctx.session.flush()
        assert str(Status(status).label) in refused(ctx, cable(ctx), first, second)["members"]


def test_a_planned_cable_may_pass_over_planned_poles(ctx_of):
    with ctx_of("viettel") as ctx:
        planned = row_of(ctx, 2, status="planned")
        assert broken(ctx, cable(ctx, *planned, status="planned", installed_on="")) == set()


def test_a_structure_stands_once_in_a_list_except_at_both_ends_of_a_ring(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, third = row_of(ctx, 3)
        assert first.code in refused(ctx, cable(ctx), first, second, first, third, reason="đúng")["members"]
        ring = cable(ctx)
        set_members(ctx, SetMembers(ring.code, ring.version, (first.code, second.code, first.code), reason="vòng"))


def test_a_list_against_its_line_asks_for_a_reason_that_the_log_keeps(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, third = row_of(ctx, 3, step=2 * SPAN)
        cable_route = cable(ctx)
        sentence = refused(ctx, cable_route, first, third, second)["reason"]
        assert second.code in sentence
        assert "hãy ghi lý do" in sentence
        codes = (first.code, third.code, second.code)
        set_members(ctx, SetMembers(cable_route.code, cable_route.version, codes, reason="cáp đi vòng qua hẻm"))
    with ctx_of("viettel") as ctx:
        payload = ctx.session.scalars(select(AuditPayload).order_by(AuditPayload.number.desc()).limit(1)).one().payload
        assert "cáp đi vòng qua hẻm" in str(payload)
        assert "'out_of_order'" in str(payload)


def test_a_list_from_the_other_end_is_in_order(ctx_of):
    with ctx_of("viettel") as ctx:
        assert broken(ctx, cable(ctx, *reversed(row_of(ctx, 4)))) == set()


def test_a_cable_before_its_pole_asks_for_a_reason_and_a_year_alone_counts_to_its_end(ctx_of):
    with ctx_of("viettel") as ctx:
        younger = row_of(ctx, 2, built_on="01/03/2020")
        assert "01/03/2020" in refused(ctx, cable(ctx, installed_on="28/02/2020"), *younger)["reason"]
        cable(ctx, *younger, installed_on="01/03/2020")
        of_year = cable(ctx, installed_on="01/01/2020", installed_year_only="true")
        set_members(ctx, SetMembers(of_year.code, of_year.version, tuple(pole.code for pole in younger)))


def test_a_long_span_and_a_pole_aside_are_remarks_that_hinder_nothing(ctx_of):
    with ctx_of("viettel") as ctx:
        first = make(ctx, kind="cable_pole", at=(LON, LAT))
        last = make(ctx, kind="cable_pole", at=(LON + 0.0027, LAT + 0.0023))
        cable_route = cable(ctx, first, last)
        assert broken(ctx, cable_route) == {"aside", "long_span"}
        assert cable_route.id not in found_by_checks(ctx)


def test_what_was_recorded_before_hinders_no_correction_and_stands_on_the_quality_page(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second, far = *row_of(ctx, 2), make(ctx, kind="cable_pole", at=(LON + 0.1, LAT))
        good, bad = cable(ctx, first, second), cable(ctx)
        write_members(ctx, {bad.id: [first.id, far.id]})
        assert found_by_checks(ctx) & {good.id, bad.id} == {bad.id}
        set_members(ctx, SetMembers(bad.code, bad.version, (first.code, second.code, far.code), reason="sửa dần"))
        assert "too_far" in broken(ctx, bad)
        set_members(ctx, SetMembers(bad.code, bad.version, (first.code, second.code)))
        assert broken(ctx, bad) == set()


def test_of_a_hidden_structure_only_its_cell_is_compared(ctx_of):
    with ctx_of("vnpt") as ctx:
        near = make(ctx, owner="vnpt", kind="cable_pole", at=(LON + 0.004, LAT))
        far = make(ctx, owner="vnpt", kind="cable_pole", at=(LON - 0.15, LAT))
    with ctx_of("viettel") as ctx:
        pole = row_of(ctx, 1)[0]
        cable_route = cable(ctx)
        write_members(ctx, {cable_route.id: [pole.id, near.id, far.id]})
        findings = recorded_findings(ctx, cable_route.id)
        assert {(finding.rule.code, finding.structure_id) for finding in findings} == {("too_far", far.id)}


def test_form_and_quality_page_evaluate_the_same_rules(ctx_of):
    assert RELATIONS[CARRIERS.code].rules is RULES
    assert [check.code for check in CARRIER_CHECKS] == [CARRIERS.code, f"{CARRIERS.code}_remarks"]
    with ctx_of("viettel") as ctx:
        lists = [row_of(ctx, 2), [make(ctx, kind="cable_pole", at=(LON + 0.1, LAT))]]
        routes = [cable(ctx) for _each in lists]
        write_members(ctx, {route.id: [pole.id for pole in each] for route, each in zip(routes, lists, strict=True)})
        by_rules = {
            key
            for key, findings in find_broken(ctx, recorded_routes().subquery("routes")).items()
            if any(finding.rule.hardness.value != "remark" for finding in findings)
        }
        assert found_by_checks(ctx) == by_rules
        assert get_structure(ctx, routes[1].code).id in by_rules


def test_a_cable_that_is_moved_away_from_its_poles_is_refused_and_a_mistake_of_before_is_not_asked_about(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx, *row_of(ctx, 2))
        away = EditStructure(cable_route.code, cable_route.version, {}, position_at(LON + 0.05, LAT, Shape.LINE))
        with pytest.raises(Invalid) as caught:
            edit_structure(ctx, away)
        assert len(caught.value.fields["position"]) == 2
    with ctx_of("viettel") as ctx:
        cable_route, far = cable(ctx), make(ctx, kind="cable_pole", at=(LON + 0.1, LAT))
        write_members(ctx, {cable_route.id: [far.id]})
        edit_structure(
            ctx, EditStructure(cable_route.code, cable_route.version, {"fibre_count": 12, "lit_fibre_count": 1})
        )


@pytest.mark.parametrize(("metres", "is_refused"), [("400", False), ("999999", True)])
def test_the_metres_underground_are_at_most_those_of_the_line(ctx_of, metres, is_refused):
    with ctx_of("viettel") as ctx:
        texts = {"laying": "mixed", "underground_m": metres}
        if not is_refused:
            assert cable(ctx, **texts).underground_m == 400
            return
        with pytest.raises(Invalid) as caught:
            cable(ctx, **texts)
        assert "lớn hơn chiều dài tuyến cáp trên bản đồ" in caught.value.fields["underground_m"][0]
        cable_route = cable(ctx, laying="mixed", underground_m="400")
        with pytest.raises(Invalid):
            edit_structure(
                ctx, EditStructure(cable_route.code, cable_route.version, {"underground_m": Decimal(metres)})
            )


def test_a_stated_length_is_the_length_of_the_duct_on_the_map(ctx_of):
    with ctx_of("viettel") as ctx:
        make(ctx, kind="cable_duct", stated_length_m="600")
        with pytest.raises(Invalid) as caught:
            make(ctx, kind="cable_duct", stated_length_m="50000")
    assert "không thể là của cống dài" in caught.value.fields["stated_length_m"][0]


def test_a_list_of_thousands_is_one_sentence(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx)
        command = SetMembers(cable_route.code, cable_route.version, tuple(f"C-{n}" for n in range(5_000)))
        with pytest.raises(Invalid) as caught:
            set_members(ctx, command)
    [sentence] = caught.value.fields["members"]
    assert "tối đa 2000" in sentence.replace(".", "")


def test_a_carrier_that_is_deleted_while_its_list_is_edited_is_a_sentence(ctx_of):
    with ctx_of("viettel") as ctx:
        cable_route = cable(ctx)
        with pytest.raises(IntegrityError) as gone, ctx.session.begin_nested():
            write_members(ctx, {cable_route.id: [2**40]})
        assert "hãy tải lại danh sách" in as_invalid(gone.value).fields["members"][0]


def test_a_pole_stays_with_the_cable_of_its_owner_that_it_carries(ctx_of):
    with ctx_of("viettel") as ctx:
        first, second = row_of(ctx, 2, built_on="01/03/2019")
        free = make(ctx, kind="cable_pole", at=(LON, LAT + 0.05))
        cable(ctx, first, second, installed_on="01/03/2020")

        def change(pole, values, position=None):
            edit_structure(ctx, EditStructure(pole.code, pole.version, values, position))

        with pytest.raises(Invalid) as moved, ctx.session.begin_nested():
            change(second, {}, position_at(LON + 0.05, LAT))
        assert second.code in moved.value.fields["position"][0]
        ctx.session.refresh(second)
        with pytest.raises(Invalid) as younger, ctx.session.begin_nested():
            change(second, {"built_on": date(2021, 1, 1)})
        assert "01/03/2020" in younger.value.fields["built_on"][0]
        ctx.session.refresh(second)
        change(second, {"built_on": date(2018, 1, 1)})
        change(free, {"built_on": date(2021, 1, 1)}, position_at(LON + 0.05, LAT))


def test_the_cable_of_another_hinders_no_pole_and_says_nothing_of_its_line(ctx_of):
    with ctx_of("vnpt") as ctx:
        pole = make(ctx, owner="vnpt", kind="cable_pole", at=(LON, LAT))
    with ctx_of("viettel") as ctx:
        write_members(ctx, {cable(ctx).id: [pole.id]})
    with ctx_of("vnpt") as ctx:
        edit_structure(ctx, EditStructure(pole.code, pole.version, {}, position_at(LON + 0.05, LAT)))
