"""Owners are asked each year what is still correct; what they say is one change, and silence is told of."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update

from registry.accounts.models import OrganisationSuccession, UserAccount
from registry.audit.chain import record
from registry.audit.models import AuditEvent
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.structures.bulk_edit.queries import digest_of
from registry.structures.codes import PlanConformity
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.checks import months_before
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.writing import decommission, edit_structure
from registry.upkeep.commands import CloseRound, ConfirmStructures, RoundPart
from registry.upkeep.finding_list import findings_of_round
from registry.upkeep.findings import check_nightly
from registry.upkeep.jobs import run_confirm
from registry.upkeep.models import AttestationRound, RoundState, Statement
from registry.upkeep.queries import (
    count_open,
    count_unconfirmed,
    freshness_by_owner,
    get_round,
    list_rounds,
    progress_of,
    standing_of,
    unconfirmed_ids,
)
from registry.upkeep.service import close_round, confirm_structures, opening_day
from tests.factories.structures import make, organisation_id
from tests.factories.upkeep import LONG_AGO, OPENING, events_of, open_all, round_of
from tests.support.statements import statements_of

DAY = timedelta(days=1)


def never(*_what):
    raise AssertionError("few structures are not the worker's")


def confirm_all(ctx, round_id, part=None, *, later=never):
    part = part or RoundPart()
    digest = digest_of(ctx, unconfirmed_ids(ctx, get_round(ctx, round_id), part))
    return confirm_structures(ctx, ConfirmStructures(round_id, part=part, digest=digest), later)


@pytest.fixture
def asked(ctx_of, database):
    """Two old towers and an old pole of Viettel, and the round that asks about them; its id."""
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        for kind in ("antenna_tower", "antenna_tower", "cable_pole"):
            make(ctx, kind=kind)
    assert open_all(database) > 1
    with ctx_of("viettel", read_only=True) as ctx:
        return round_of(ctx, "viettel").id


def test_every_owner_is_asked_once_and_told(ctx_of, database, asked):
    assert open_all(database, OPENING + DAY) == 0
    with ctx_of("viettel", now=OPENING, read_only=True) as ctx:
        asked_round = get_round(ctx, asked)
        assert (asked_round.opened_on, asked_round.due_on) == (date(2026, 10, 1), date(2026, 10, 31))
        assert (asked_round.state, asked_round.total, asked_round.confirmed) == (RoundState.OPEN, 3, 0)
        assert events_of(ctx, asked) == ["opened"]
        assert [item.round.id for item in list_rounds(ctx)] == [asked]
    with ctx_of("so.khcn", read_only=True) as ctx:
        owners = ctx.session.scalars(select(AttestationRound.organisation_id)).all()
        assert len(set(owners)) == len(owners) == len(list_rounds(ctx))
        citizen = select(UserAccount.organisation_id).where(UserAccount.username == "nguoidan")
        assert ctx.session.scalar(citizen) not in owners


def test_nobody_is_asked_long_after_the_day(ctx_of, database):
    with ctx_of("viettel", now=LONG_AGO) as ctx:
        make(ctx)
    assert open_all(database, OPENING + 31 * DAY) == 0
    assert open_all(database, OPENING + 30 * DAY) > 0


def test_the_day_comes_each_year(ctx_of):
    for now, expected in ((OPENING, date(2026, 10, 1)), (OPENING - DAY, date(2025, 10, 1))):
        with ctx_of("so.khcn", now=now, read_only=True) as ctx:
            assert opening_day(ctx) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2023, 2, 28)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
        (date(2026, 12, 31), 6, date(2026, 6, 30)),
    ],
)
def test_months_are_counted_back_to_a_day_that_exists(day, months, expected):
    assert months_before(day, months) == expected


def test_ticked_structures_are_confirmed_in_one_change_under_one_event(ctx_of, asked):
    with ctx_of("viettel", now=OPENING) as ctx:
        rows = ctx.session.execute(select(Structure.id, Structure.version).order_by(Structure.id).limit(2)).all()
        assert confirm_structures(ctx, ConfirmStructures(asked, rows=tuple(map(tuple, rows))), never) == 2
        change, user_id = ctx.change_id, ctx.actor.id
    with ctx_of("viettel", now=OPENING) as ctx:
        confirmations = ctx.session.execute(
            select(Structure.confirmed_on, Structure.confirmed_by_id, Structure.version)
        ).all()
        assert sorted(map(tuple, confirmations), key=str) == sorted(
            [(date(2026, 10, 1), user_id, 2)] * 2 + [(None, None, 1)], key=str
        )
        assert progress_of(ctx, get_round(ctx, asked)).left == 1
        events = ctx.session.execute(select(AuditEvent.action).where(AuditEvent.change_id == change)).scalars().all()
        assert events == ["upkeep.confirm"]


def test_a_kind_is_confirmed_as_a_whole_and_the_last_one_ends_the_round(ctx_of, asked):
    with ctx_of("viettel", now=OPENING) as ctx:
        assert count_unconfirmed(ctx, get_round(ctx, asked), RoundPart())[0] == {"antenna_tower": 2, "cable_pole": 1}
        assert confirm_all(ctx, asked, RoundPart(kind="antenna_tower")) == 2
        assert get_round(ctx, asked).state is RoundState.OPEN
    with ctx_of("viettel", now=OPENING) as ctx:
        assert confirm_all(ctx, asked) == 1
        asked_round = get_round(ctx, asked)
        assert (asked_round.state, asked_round.statement, asked_round.confirmed) == (
            RoundState.DONE,
            Statement.CONFIRMED,
            3,
        )
    with ctx_of("viettel", now=OPENING) as ctx, pytest.raises(Conflict, match="đã kết thúc"):
        confirm_all(ctx, asked)


def test_what_was_changed_since_it_was_looked_at_is_not_confirmed(ctx_of, asked):
    with ctx_of("viettel", now=OPENING) as ctx:
        digest = digest_of(ctx, unconfirmed_ids(ctx, get_round(ctx, asked), RoundPart()))
        first = ctx.session.execute(select(Structure.id, Structure.code, Structure.version).limit(1)).one()
    with ctx_of("viettel", now=OPENING) as ctx:
        edit_structure(ctx, EditStructure(first.code, 1, {"name": "Đổi tên"}))
    with ctx_of("viettel", now=OPENING) as ctx:
        with pytest.raises(Conflict, match=first.code):
            confirm_structures(ctx, ConfirmStructures(asked, rows=((first.id, 1),)), never)
        with pytest.raises(Conflict):
            confirm_structures(ctx, ConfirmStructures(asked, part=RoundPart(), digest=digest), never)
        assert ctx.session.scalar(select(Structure.id).where(Structure.confirmed_on.is_not(None))) is None


def test_nothing_ticked_is_said_so(ctx_of, asked):
    with ctx_of("viettel", now=OPENING) as ctx, pytest.raises(Invalid):
        confirm_structures(ctx, ConfirmStructures(asked), never)


def test_others_neither_see_nor_confirm_the_round(ctx_of, asked):
    with ctx_of("vnpt", now=OPENING) as ctx, pytest.raises(NotFound):
        get_round(ctx, asked)
    with ctx_of("so.khcn", now=OPENING) as ctx:
        assert get_round(ctx, asked).id == asked
        with pytest.raises(NotFound):
            confirm_structures(ctx, ConfirmStructures(asked, rows=((1, 1),)), never)


def test_what_was_measured_registered_or_ended_since_needs_no_confirmation(ctx_of, asked):
    with ctx_of("viettel", now=OPENING + DAY) as ctx:
        codes = ctx.session.scalars(select(Structure.code).order_by(Structure.id)).all()
        edit_structure(ctx, EditStructure(codes[0], 1, {"surveyed_on": date(2026, 10, 2)}))
        decommission(ctx, ChangeStatus(codes[1], 1, "đã tháo"))
        make(ctx)
    with ctx_of("viettel", now=OPENING + DAY) as ctx:
        progress = progress_of(ctx, get_round(ctx, asked))
        assert (progress.total, progress.confirmed, progress.left) == (3, 2, 1)


def test_a_round_counts_what_its_owner_took_over_by_that_day_as_its_parts_do(ctx_of, asked):
    """The power company is succeeded by VNPT on the second day, VNPT by Viettel on the first; neither was asked."""
    with ctx_of("so.khcn") as ctx:
        over = {"state": RoundState.DONE, "statement": Statement.NONE, "closed_at": ctx.now}
        others = update(AttestationRound).where(AttestationRound.id != asked)
        ctx.session.execute(others.values(**over, closed_by_id=ctx.actor.id))
        record(ctx, "upkeep.close", "attestation_round", None)
    for user, owner, now in (
        ("dienluc", "pc_thanhhoa", LONG_AGO),
        ("vnpt", "vnpt", LONG_AGO),
        ("vnpt", "vnpt", OPENING),
    ):
        with ctx_of(user, now=now) as ctx:
            make(ctx, owner=owner, kind="cable_pole")
    with ctx_of("quantri", now=OPENING) as ctx:
        for predecessor, successor, now in (("pc_thanhhoa", "vnpt", OPENING + DAY), ("vnpt", "viettel", OPENING)):
            ctx.session.add(
                OrganisationSuccession(
                    predecessor_id=organisation_id(ctx.session, predecessor),
                    successor_id=organisation_id(ctx.session, successor),
                    effective_on=now.date(),
                    legal_basis="QĐ 1/QĐ-UBND",
                )
            )
        record(ctx, "organisation.succession", "organisation", None)
    for now, total in ((OPENING, 5), (OPENING + DAY, 6)):
        with ctx_of("viettel", now=now, read_only=True) as ctx:
            asked_round = get_round(ctx, asked)
            assert count_open(ctx, [asked_round]) == {asked: (total, 1)}
            assert len(unconfirmed_ids(ctx, asked_round, RoundPart())) == total - 1
        with ctx_of("viettel", now=now) as ctx:
            spoilt = {"updated_at": ctx.now, "plan_conformity": PlanConformity.CONFORMS, "plan_item": None}
            ctx.session.execute(update(Structure).where(*standing_of(ctx, get_round(ctx, asked))).values(spoilt))
            record(ctx, "test.spoil", "structure", None)
        with ctx_of("so.khcn", now=now) as ctx:
            check_nightly(ctx)
        with ctx_of("viettel", now=now, read_only=True) as ctx:
            open_ones = findings_of_round(ctx, get_round(ctx, asked))
            assert sum(item.number for item in open_ones if item.code == "no_plan_item") == total
            assert {item.owner_id for item in open_ones} >= {organisation_id(ctx.session, "vnpt")}


def test_all_rounds_are_counted_by_one_statement(ctx_of, database, asked):
    with ctx_of("so.khcn", now=OPENING, read_only=True) as ctx, statements_of(database) as statements:
        assert len(list_rounds(ctx)) > 1
    assert sum("count(" in statement for statement in statements) == 1


def test_no_change_is_said_of_all_that_is_left(ctx_of, asked):
    with ctx_of("viettel", now=OPENING) as ctx:
        digest = digest_of(ctx, unconfirmed_ids(ctx, get_round(ctx, asked), RoundPart()))
        closed = close_round(ctx, CloseRound(asked, Statement.NO_CHANGE, digest))
        assert (closed.state, closed.statement, closed.confirmed) == (RoundState.DONE, Statement.NO_CHANGE, 3)


def test_an_owner_without_structures_says_so_and_one_with_some_may_not(ctx_of, database, asked):
    with ctx_of("vnpt", now=OPENING) as ctx:
        own = round_of(ctx, "vnpt").id
        closed = close_round(ctx, CloseRound(own, Statement.NONE))
        assert (closed.state, closed.statement, closed.total) == (RoundState.DONE, Statement.NONE, 0)
    with ctx_of("viettel", now=OPENING) as ctx, pytest.raises(Conflict, match="3 công trình"):
        close_round(ctx, CloseRound(asked, Statement.NONE))


def test_owners_are_reminded_and_lateness_is_told_once_to_the_lead_department(ctx_of, database, asked):
    for days in (1, 16, 17, 17, 27, 30, 31, 32, 40):
        open_all(database, OPENING + days * DAY)
    with ctx_of("viettel", now=OPENING + 40 * DAY, read_only=True) as ctx:
        assert events_of(ctx, asked) == ["opened", "reminder", "reminder", "reminder", "overdue"]
        assert progress_of(ctx, get_round(ctx, asked)).late
        roles = text("SELECT roles FROM notice WHERE event = 'overdue' AND subject_id = :id")
        assert ctx.session.scalar(roles, {"id": asked}) == ["lead_department"]


def test_a_round_in_which_nothing_is_left_ends_by_itself(ctx_of, database, asked):
    with ctx_of("viettel", now=OPENING) as ctx:
        for code in ctx.session.scalars(select(Structure.code)).all():
            edit_structure(ctx, EditStructure(code, 1, {"surveyed_on": date(2026, 10, 1)}))
    open_all(database, OPENING + DAY)
    with ctx_of("viettel", now=OPENING + DAY, read_only=True) as ctx:
        assert get_round(ctx, asked).statement is Statement.CONFIRMED


def test_many_at_once_are_the_workers_and_twice_is_once(ctx_of, database, asked, monkeypatch):
    monkeypatch.setattr("registry.upkeep.service.AT_ONCE", 1)
    waiting = []
    with ctx_of("viettel", now=OPENING) as ctx:
        user_id = ctx.actor.id
        assert confirm_all(ctx, asked, later=lambda _ctx, *what: waiting.append(what)) is None
    (round_id, part, digest), *others = waiting
    assert (round_id, others) == (asked, [])
    for _twice in range(2):
        run_confirm(database, round_id, part, digest, user_id)
    with ctx_of("viettel", read_only=True) as ctx:
        assert get_round(ctx, asked).state is RoundState.DONE
        assert "confirmed" in events_of(ctx, asked)


def test_freshness_counts_a_year_and_owners_see_their_own(ctx_of, asked):
    with ctx_of("vnpt", now=OPENING) as ctx:
        make(ctx, owner="vnpt", sharing_status="available")
    with ctx_of("viettel", now=OPENING) as ctx:
        mine = Structure.owner_organisation_id.in_(ctx.actor.organisation_ids)
        code = ctx.session.scalar(select(Structure.code).where(mine).order_by(Structure.id).limit(1))
        structure = get_structure(ctx, code)
        confirm_structures(ctx, ConfirmStructures(asked, rows=((structure.id, structure.version),)), never)
    with ctx_of("viettel", now=OPENING, read_only=True) as ctx:
        assert [(item.total, item.fresh, item.percent) for item in freshness_by_owner(ctx)] == [(3, 1, 33)]
    with ctx_of("so.khcn", now=OPENING, read_only=True) as ctx:
        assert [(item.total, item.fresh) for item in freshness_by_owner(ctx)] == [(3, 1), (1, 1)]
