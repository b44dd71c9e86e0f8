"""What owners are asked about, count as their own and are notified of after mergers: chains, far ahead, withdrawn."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation, UserAccount
from registry.accounts.service import add_succession, withdraw_succession
from registry.dashboard.figures import list_figures
from registry.kernel.db.row_access import across_organisations
from registry.notices.models import Notice
from registry.structures.filtering.extra import own_filter_args
from registry.upkeep.commands import OpenRounds, RoundPart
from registry.upkeep.queries import unconfirmed_ids, waiting_rounds
from registry.upkeep.service import open_rounds_by_hand, owners_to_ask
from tests.factories import colocation, incidents, occupations, violations
from tests.factories.structures import make, organisation_id
from tests.factories.upkeep import LONG_AGO

TODAY = date(2026, 11, 25)
#: Name -> (predecessor, successor, days from today, whether it is withdrawn); VNPT is the last of each.
HISTORIES = {
    "merger": [("viettel", "vnpt", 0, False), ("mobifone", "vnpt", -3, False)],
    "chain": [("thap_xu_thanh", "viettel", -9, False), ("viettel", "vnpt", 0, False)],
    "far ahead": [("viettel", "vnpt", 900, False), ("mobifone", "viettel", 0, False)],
    "withdrawn": [("viettel", "vnpt", 0, True), ("mobifone", "vnpt", 0, False)],
}
OWNED = {"viettel": 4, "vnpt": 2, "mobifone": 3, "thap_xu_thanh": 1}


def holder_of(history, code):
    """Who holds what an organisation owned, today."""
    by_predecessor = {old: new for old, new, days, withdrawn in history if days <= 0 and not withdrawn}
    while code in by_predecessor:
        code = by_predecessor[code]
    return code


def owned_by(history, code):
    return sum(number for owner, number in OWNED.items() if holder_of(history, owner) == code)


def succeed(ctx, ids, day):
    old, new = ids
    command = AddSuccession(predecessor_id=old, successor_id=new, effective_on=day, legal_basis="QĐ 1/QĐ-UBND")
    return add_succession(ctx, command)


@pytest.fixture(params=HISTORIES)
def history(request, ctx_of, loaded_app):
    """Owners with structures and a round each; then the successions."""
    del loaded_app
    for owner, number in OWNED.items():
        with ctx_of("so.khcn", now=LONG_AGO) as ctx:
            for _each in range(number):
                make(ctx, owner=owner, kind="cable_pole")
    with ctx_of("so.khcn") as ctx:
        open_rounds_by_hand(ctx, OpenRounds(owner_id=None, due_on=TODAY + timedelta(days=20)))
    with ctx_of("quantri") as ctx:
        for old, new, days, withdrawn in HISTORIES[request.param]:
            ids = [organisation_id(ctx.session, each) for each in (old, new)]
            row = succeed(ctx, ids, TODAY + timedelta(days=days))
            if withdrawn:
                withdraw_succession(ctx, ids[0], row.id, "Ghi nhầm")
    return HISTORIES[request.param]


def test_each_structure_is_asked_about_in_one_open_round_of_its_holder(ctx_of, history):
    for code in ("viettel", "vnpt"):
        with ctx_of(code, read_only=True) as ctx:
            rounds = waiting_rounds(ctx)
            asked = [number for each in rounds for number in unconfirmed_ids(ctx, each.round, RoundPart())]
            assert len(asked) == len(set(asked)) == sum(each.total for each in rounds) == owned_by(history, code)


def test_only_the_holder_is_asked_next_year(ctx_of, history):
    with ctx_of("so.khcn", read_only=True) as ctx:
        codes = set(ctx.session.scalars(owners_to_ask(ctx).with_only_columns(Organisation.code)))
    holders = {holder_of(history, code) for code in OWNED}
    assert codes & OWNED.keys() == holders


def test_an_owner_counts_as_its_own_what_it_holds(ctx_of, history):
    for code in ("viettel", "vnpt"):
        with ctx_of(code, read_only=True) as ctx:
            number = owned_by(history, code)
            assert bool(own_filter_args(ctx)) is bool(number)
            everything = list_figures(ctx)[0]
            assert everything.is_own is bool(number)
            # One that holds nothing sees what everybody sees, and none of it as its own.
            assert everything.count == (number or sum(OWNED.values()))


def asked_to_share(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        colocation.filed(ctx, code)


def drafted(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        colocation.draft(ctx, code)


def withdrawn(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        colocation.move(ctx, colocation.filed(ctx, code), "withdraw", text="Đổi hướng tuyến")


def assigned(ctx_of):
    incidents.assigned(ctx_of)


def suspected(ctx_of):
    """VNPT does not know of it."""
    violations.log(ctx_of, organisation_id=vnpt_of(ctx_of))


def accused(ctx_of):
    violations.with_minutes(ctx_of, organisation_id=vnpt_of(ctx_of))


def vnpt_of(ctx_of):
    with ctx_of(None, read_only=True) as ctx:
        return organisation_id(ctx.session, "vnpt")


#: What is open -> the organisation that is succeeded, by whom, and who of the cast is a party that learns of it.
OPEN_CASES = {
    "request": (asked_to_share, "viettel", "mobifone", {"vnpt"}),
    "request of the requester": (asked_to_share, "vnpt", "mobifone", {"viettel"}),
    "draft": (drafted, "viettel", "mobifone", set()),
    "withdrawn request": (withdrawn, "viettel", "mobifone", set()),
    "occupation": (occupations.told, "vnpt", "mobifone", {"viettel"}),
    "incident": (assigned, "viettel", "mobifone", {"so.khcn"}),
    "violation": (accused, "vnpt", "mobifone", {"kiemtra1"}),
    "violation without minutes": (suspected, "kiemtra1", "so_khcn", set()),
}


@pytest.mark.parametrize("name", OPEN_CASES)
def test_the_other_parties_of_open_cases_are_notified_of_a_succession_and_of_its_withdrawal(ctx_of, cast, name):
    open_case, old, new, parties = OPEN_CASES[name]
    open_case(ctx_of)
    with ctx_of("quantri") as ctx:
        organisations = {
            username: ctx.session.scalars(select(UserAccount.organisation_id).filter_by(username=username)).one()
            for username in cast
        }
        ids = organisations[old], organisation_id(ctx.session, new)
        row = succeed(ctx, ids, TODAY)
        withdraw_succession(ctx, ids[0], row.id, "Ghi nhầm")
        query = select(Notice).where(Notice.subject_kind == "succession", Notice.subject_id == row.id)
        with across_organisations(ctx, "notice"):
            notices = {notice.event: notice for notice in ctx.session.scalars(query)}
    assert notices.keys() == {"entered", "withdrawn"}
    for notice in notices.values():
        reached = set(notice.organisation_ids) - set(ids)
        assert {organisations[each] for each in parties} <= reached
        assert not reached & {organisations[each] for each in ("viettel", "vnpt", "dienluc", "ubnd.xa")} - {
            organisations[each] for each in parties
        }
