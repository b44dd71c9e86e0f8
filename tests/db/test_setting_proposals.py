"""Settings that protect others: two persons, a day ahead, and a notice to those who are protected."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from registry.accounts.models import Organisation
from registry.accounts.queries import may_own
from registry.dated_rows.proposals import Decision, cancel, decide
from registry.kernel.dated_settings import SETTINGS, DatedSetting, Protects, setting
from registry.kernel.db.base import Base
from registry.kernel.db.session import WEB_ROLE, Database
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.two_persons import ProposalState
from registry.notices.models import Notice
from registry.notices.texts import notice_text
from registry.settings.commands import AddSetting, WithdrawSetting
from registry.settings.models import SettingProposal
from registry.settings.queries import NOTICE_DAYS
from registry.settings.service import (
    PROPOSALS,
    add_setting,
    first_possible_day,
    withdraw_setting,
)
from tests.support.fixtures import contexts_on
from tests.support.offenders import no_offenders

KEY = "position.questions_a_day"
PROPOSER, SECOND = "so.khcn", "gd.khcn"
#: Reviewed: rules of law and of work, by which nothing secret is learnt, no record is lost and no access is given.
OPEN = {
    *("agreement.longest_years", "capacity.scarce_percent", "imports.duplicate_m", "imports.moved_m"),
    *("campaign.form.ad_hoc", "campaign.form.half_yearly", "campaign.form.yearly", "campaign.reminders"),
    *("campaign.yearly_days", "imports.undo_days", "incident.emergency", "incident.near", "incident.owner_search_m"),
    *("incident.quota", "incident.reopen_days", "incident.repeated", "infra_plan.reach"),
    "inspection.checklist.antenna_tower",
    *("inspection.checklist.cable_duct", "inspection.checklist.cable_pole", "inspection.checklist.cable_route"),
    *("inspection.checklist.common", "inspection.checklist.manhole", "inspection.checklist.order"),
    *("inspection.checklist.pole_line", "inspection.checklist.power_pole_shared", "inspection.checklist.site_house"),
    *("inspection.checklist.technical_trench", "inspection.checklist.technical_tunnel", "inspection.risk_limits"),
    *("inspection.risk_weights", "occupations.removal_days", "permit.exempt_from", "plan.in_force"),
    "open_data.publication",
    *("planned_route.corridor_m", "planned_route.detour", "planned_route.join_m", "planned_route.least_stretch_m"),
    *("planned_route.most_distance_m", "planned_route.most_nodes", "planned_route.parallel_deg"),
    *("planned_route.price_vnd_m", "planned_route.span_m", "planned_sites.mast_spacing", "pole.clearance_m"),
    *("pole.power_distance_m", "province.acceptance_box", "province.code_prefix", "routelist.corridor_m"),
    *("routelist.decision_grounds", "routelist.road_answer_days"),
    *("building_notice.days_before", "building_notice.required", "building_notice.to_commune"),
    *("planned_route.rule_factor", "street_rule.no_dig_notice_months", "street_rule.reach_m"),
    *("operator_plan.filing", "priority_area.distances", "building_notice.to_zone_board", "street_work.notice_m"),
    *("screening.duct", "screening.pole", "screening.tower", "screening.tray", "structure.same_place_m"),
    *("joint_build.most_distance_m", "joint_build.required", "joint_build.window_days"),
    *("relation.cable_carriers", "relation.line_ends"),
    *("structure.stated_commune_tolerance_m", "tariffs.outlier", "tariffs.price_authority", "tariffs.publish_days"),
    *("tower.non_bulky", "upkeep.attestation_day", "upkeep.attestation_months", "upkeep.attestation_term_days"),
    *("upkeep.reminder_days", "violation.photo_match", "violation.same_place"),
    "violation.commune_fines_defence",
}
#: Dated tables by how a row of them is changed; the reasons stand in ADR 0025.
TWO_PERSONS = {"dated_setting", "legal_term", "role_assignment"}
ONE_PERSON = {
    *("calendar_day", "indicator", "indicator_target", "tariff", "unit_population", "village_coverage"),
    "infra_plan",
    *("street_rule", "priority_area", "violation_competence", "violation_kind"),
}
#: The days are those of the things themselves, not of rules on others.
NO_RULES = {
    *("admin_succession", "admin_unit", "organisation", "organisation_succession", "structure", "village"),
    *("setting_proposal", "term_proposal", "village_succession", "violation_delegation"),
}


def command(ctx, **changes):
    day = changes.pop("valid_from", first_possible_day(ctx))
    facts = {"value": 5000, "source": "Tôi", "needs_verification": False, "reason": "Thử"} | changes
    return AddSetting(KEY, day, **facts)


@pytest.fixture
def proposal(ctx_of):
    """The id of a proposal of 5,000 questions a day."""
    with ctx_of(PROPOSER) as ctx:
        return add_setting(ctx, command(ctx)).id


def decided(ctx_of, name, proposal_id, *, is_confirmed=True, reason="Không có căn cứ"):
    with ctx_of(name) as ctx:
        return decide(ctx, PROPOSALS, Decision(proposal_id, is_confirmed, reason))[0].state


def in_force(ctx_of, day):
    with ctx_of(PROPOSER, read_only=True) as ctx:
        return setting(ctx.session, KEY, day)


def notices(ctx_of, event):
    with ctx_of(None, read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "setting_proposal", Notice.event == event)
        return list(ctx.session.scalars(query))


def test_each_setting_says_whom_it_protects_or_was_reviewed_as_open():
    unknown = [
        (key, f'add protects=... to its declaration, or "{key}" to OPEN of this test')
        for key, each in SETTINGS.items()
        if each.protects is None and key not in OPEN
    ]
    no_offenders("the protection of a setting is a decision", unknown, "paste the line")
    assert sorted(key for key in OPEN if key not in SETTINGS or SETTINGS[key].protects) == []


def test_of_each_dated_table_it_is_decided_how_many_persons_change_it():
    dated = {
        name
        for name, table in Base.metadata.tables.items()
        if not name.endswith("_history") and {"valid_from", "effective_on", "needs_verification"} & set(table.c.keys())
    }
    assert dated == TWO_PERSONS | ONE_PERSON | NO_RULES, "add the table here, with its reason in ADR 0025"


@pytest.mark.parametrize("key", sorted(key for key, each in SETTINGS.items() if each.protects and not each.fixed))
def test_one_person_changes_nothing_that_protects(ctx_of, key):
    with ctx_of(PROPOSER) as ctx:
        before = ctx.session.scalar(select(func.count()).select_from(DatedSetting))
        value = setting(ctx.session, key, ctx.today)
        facts = {"source": "Tôi", "needs_verification": False, "reason": "Thử"}
        with pytest.raises(Invalid, match="bảo vệ"):
            add_setting(ctx, AddSetting(key, first_possible_day(ctx) - timedelta(days=1), value, **facts))
        change = add_setting(ctx, AddSetting(key, first_possible_day(ctx), value, **facts))
        assert isinstance(change, SettingProposal)
        assert ctx.session.scalar(select(func.count()).select_from(DatedSetting)) == before


@pytest.mark.parametrize("day", [date(1995, 1, 1), date(2020, 1, 1), date(2190, 1, 1)])
def test_a_day_of_the_past_or_of_another_age_is_refused(ctx_of, day):
    with ctx_of(PROPOSER) as ctx, pytest.raises(Invalid) as refused:
        add_setting(ctx, command(ctx, valid_from=day))
    assert list(refused.value.fields) == ["valid_from"]


def test_a_second_person_confirms_and_the_owners_are_shown_the_change(ctx_of, proposal):
    with ctx_of(PROPOSER, read_only=True) as ctx:
        day, owners = (
            first_possible_day(ctx),
            set(ctx.session.scalars(select(Organisation.id).where(may_own(ctx.today)))),
        )
    assert in_force(ctx_of, day) == 100
    assert decided(ctx_of, SECOND, proposal) is ProposalState.CONFIRMED
    assert (in_force(ctx_of, day - timedelta(days=1)), in_force(ctx_of, day)) == (100, 5000)
    (notice,) = notices(ctx_of, "changed")
    assert set(notice.organisation_ids) == owners


def test_the_notice_names_setting_day_and_both_values(app, ctx_of, proposal):
    decided(ctx_of, SECOND, proposal)
    with app.test_request_context():
        text = notice_text(notices(ctx_of, "changed")[0])
        asked = notice_text(notices(ctx_of, "proposed")[0])
    assert "đổi từ 100 thành 5.000" in text.sentence
    assert text.arguments == {"setting": KEY}
    assert asked.arguments == {"proposal_id": proposal}
    with ctx_of(SECOND, read_only=True) as ctx:
        # On the last day to confirm it still begins after the days of notice.
        by, begins_on = asked_by(ctx_of), ctx.session.get_one(SettingProposal, proposal).valid_from
        assert begins_on - by == first_possible_day(ctx) - ctx.today


def asked_by(ctx_of):
    return date.fromisoformat(notices(ctx_of, "proposed")[0].params["by"])


def test_the_proposer_does_not_confirm_and_another_does_not_take_back(ctx_of, proposal):
    with pytest.raises(Invalid, match="không được tự quyết định"):
        decided(ctx_of, PROPOSER, proposal)
    with ctx_of(SECOND) as ctx, pytest.raises(Invalid, match="Chỉ người lập"):
        cancel(ctx, PROPOSALS, proposal)
    for name in ("viettel", "quantri"):
        with pytest.raises(Forbidden):
            decided(ctx_of, name, proposal)


def test_a_proposal_that_was_taken_back_or_refused_is_over(ctx_of, proposal):
    with pytest.raises(Invalid, match="lý do"):
        decided(ctx_of, SECOND, proposal, is_confirmed=False, reason="")
    with ctx_of(PROPOSER) as ctx:
        assert cancel(ctx, PROPOSALS, proposal).state is ProposalState.WITHDRAWN
    with pytest.raises(Conflict, match="người đề xuất đã rút"):
        decided(ctx_of, SECOND, proposal)
    with ctx_of(PROPOSER) as ctx:
        second = add_setting(ctx, command(ctx)).id
    assert decided(ctx_of, SECOND, second, is_confirmed=False) is ProposalState.REFUSED
    with pytest.raises(Conflict, match="không được xác nhận"):
        decided(ctx_of, SECOND, second)
    assert notices(ctx_of, "changed") == []


def test_one_change_of_a_setting_waits_at_a_time(ctx_of, proposal):
    with ctx_of(SECOND) as ctx, pytest.raises(Conflict, match="đang chờ xác nhận"):
        add_setting(ctx, command(ctx, value=7))


def test_a_day_that_came_too_near_while_the_proposal_waited_is_refused(ctx_of, proposal, clock):
    clock.advance(timedelta(days=1))
    with pytest.raises(Invalid, match="cần một ngày từ"):
        decided(ctx_of, SECOND, proposal)


def test_what_has_begun_is_not_withdrawn_and_what_has_not_takes_two(ctx_of, proposal, clock):
    decided(ctx_of, SECOND, proposal)
    with ctx_of(PROPOSER, read_only=True) as ctx:
        row_id = ctx.session.get(SettingProposal, proposal).row_id
    with ctx_of(PROPOSER) as ctx:
        taken_back = withdraw_setting(ctx, WithdrawSetting(row_id, "Ghi nhầm"))
    assert isinstance(taken_back, SettingProposal)
    assert decided(ctx_of, SECOND, taken_back.id) is ProposalState.CONFIRMED
    assert len(notices(ctx_of, "kept")) == 1
    with ctx_of(PROPOSER) as ctx:
        assert setting(ctx.session, KEY, date(2100, 1, 1)) == 100
        third = add_setting(ctx, command(ctx)).id
    decided(ctx_of, SECOND, third)
    clock.advance(timedelta(days=15))
    with ctx_of(PROPOSER) as ctx, pytest.raises(Invalid, match="đã có hiệu lực"):
        withdraw_setting(ctx, WithdrawSetting(ctx.session.get(SettingProposal, third).row_id, "Ghi nhầm"))


def test_the_days_of_notice_are_protected_by_themselves():
    assert SETTINGS[NOTICE_DAYS].protects is Protects.OWNERS


def test_two_who_decide_at_one_instant_have_one_effect(live_url):
    database = Database(live_url, role=WEB_ROLE)
    ctx_of = contexts_on(database)
    with ctx_of(PROPOSER) as ctx:
        proposal_id = add_setting(ctx, command(ctx)).id

    def decide(number):
        try:
            if number % 2:
                with ctx_of(PROPOSER) as ctx:
                    return cancel(ctx, PROPOSALS, proposal_id).state
            return decided(ctx_of, SECOND, proposal_id)
        except Conflict:
            return None

    with ThreadPoolExecutor(4) as pool:
        states = [state for state in pool.map(decide, range(6)) if state]
    with ctx_of(PROPOSER, read_only=True) as ctx:
        rows = ctx.session.scalar(select(func.count()).where(DatedSetting.key == KEY))
    assert len(states) == 1
    assert rows == (2 if states == [ProposalState.CONFIRMED] else 1)
    database.dispose()
