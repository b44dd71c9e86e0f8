"""Organisations over time: one whole successor, names that are unique at a time, what is left after the end."""

from datetime import date, timedelta
from itertools import product
from random import Random

import pytest
from sqlalchemy import select, update

from registry.accounts.actor import actor_of
from registry.accounts.addresses import AccountBook
from registry.accounts.commands import AddSuccession
from registry.accounts.models import Organisation, OrganisationKind, OrganisationSuccession, OwnerCategory, UserAccount
from registry.accounts.queries import describe_holder, find_organisation, get_organisation
from registry.accounts.rules import CATEGORIES_OF, SUCCESSORS_OF
from registry.accounts.service import (
    add_alias,
    add_succession,
    create_organisation,
    create_user,
    edit_organisation,
    edit_user,
    enable_user,
    store_password,
    withdraw_succession,
)
from registry.audit.chain import record
from registry.authz.scopes import CLOSING, KEPT_AFTER_END
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.text import fold
from registry.notices.queries import list_notices
from registry.workflow.definition import WORKFLOWS, Branch, same_state
from tests.factories import colocation
from tests.factories.notices import give_addresses, tell, user_id
from tests.factories.organisations import save_organisation, save_user
from tests.factories.structures import make, organisation_id

ADMIN = "quantri"
TODAY = date(2026, 11, 25)
YESTERDAY = TODAY - timedelta(days=1)


def command(code, **fields):
    values = {
        "name": f"Công ty {code}",
        "short_name": code.upper(),
        "kind": OrganisationKind.OPERATOR,
        "owner_category": OwnerCategory.OPERATOR,
        "valid_from": date(2020, 1, 1),
    }
    return save_organisation(code=code, **(values | fields))


def create(ctx, code, **fields):
    return create_organisation(ctx, command(code, **fields))


def succeed(ctx, predecessor_id, successor_id, day=TODAY):
    return add_succession(
        ctx,
        AddSuccession(
            predecessor_id=predecessor_id, successor_id=successor_id, effective_on=day, legal_basis="QĐ 1/QĐ-UBND"
        ),
    )


def succeeded(ctx_of, day=TODAY):
    """VNPT succeeds Viettel; the id of the succession."""
    with ctx_of(ADMIN) as ctx:
        return succeed(ctx, organisation_id(ctx.session, "viettel"), organisation_id(ctx.session, "vnpt"), day).id


def end(ctx_of, code, last=YESTERDAY):
    with ctx_of(ADMIN) as ctx:
        ctx.session.execute(update(Organisation).where(Organisation.code == code).values(valid_to=last))
        record(ctx, "organisation.edit", "organisation", None)


def refused(call, field, *words):
    with pytest.raises(Invalid) as raised:
        call()
    (sentence,) = raised.value.fields[field]
    for word in words:
        assert word in sentence, sentence


# --- succession


def test_rights_go_over_on_the_day_and_come_back_with_a_withdrawal(ctx_of):
    def rights():
        with ctx_of("viettel", read_only=True) as ctx:
            former = ctx.actor.organisation_ids, ctx.actor.ended_on
        with ctx_of("vnpt", read_only=True) as ctx:
            return former, ctx.actor.organisation_ids

    with ctx_of(ADMIN, read_only=True) as ctx:
        old, new = (organisation_id(ctx.session, code) for code in ("viettel", "vnpt"))
    succession_id = succeeded(ctx_of, TODAY + timedelta(days=1))
    assert rights() == ((frozenset({old}), None), frozenset({new}))
    with ctx_of(ADMIN) as ctx:
        withdraw_succession(ctx, old, succession_id, "Ghi nhầm ngày")
    succession_id = succeeded(ctx_of)
    assert rights() == ((frozenset(), YESTERDAY), frozenset({old, new}))
    with ctx_of(ADMIN) as ctx:
        withdraw_succession(ctx, old, succession_id, "Ghi nhầm đơn vị")
        with pytest.raises(Conflict, match="đã được rút"):
            withdraw_succession(ctx, old, succession_id, "Lần nữa")
    assert rights() == ((frozenset({old}), None), frozenset({new}))
    with ctx_of(ADMIN, read_only=True) as ctx:
        rows = ctx.session.scalars(select(OrganisationSuccession).where(OrganisationSuccession.predecessor_id == old))
        assert {row.withdrawn_reason for row in rows} == {"Ghi nhầm ngày", "Ghi nhầm đơn vị"}


def test_an_organisation_has_one_whole_successor_at_a_time(ctx_of):
    with ctx_of(ADMIN) as ctx:
        first, second, third = (create(ctx, f"kt-{number}").id for number in range(3))
        succeed(ctx, first, second)
        for other, day in product((second, third), (TODAY, date(2027, 5, 1))):
            refused(lambda other=other, day=day: succeed(ctx, first, other, day), "successor_id", "KT-0", "KT-1")
        succeed(ctx, third, second)


@pytest.mark.parametrize("kind", OrganisationKind)
def test_a_successor_is_of_a_fitting_kind(ctx_of, kind):
    with ctx_of(ADMIN) as ctx:
        for number, other in enumerate(OrganisationKind):
            pair = [
                create(ctx, f"{name}-{number}", kind=each, owner_category=CATEGORIES_OF[each][0])
                for name, each in (("cu", kind), ("moi", other))
            ]
            ids = [organisation.id for organisation in pair]
            if other in SUCCESSORS_OF[kind]:
                succeed(ctx, *ids)
            else:
                refused(lambda ids=ids: succeed(ctx, *ids), "successor_id", str(other.label), str(kind.label))


def test_a_day_on_which_one_side_is_not_there_is_refused(ctx_of):
    with ctx_of(ADMIN) as ctx:
        old = create(ctx, "cu").id
        new = create(ctx, "moi", valid_from=date(2026, 6, 1), valid_to=date(2026, 12, 31)).id
        for day in (date(2026, 5, 31), date(2027, 1, 1), date(1995, 1, 1)):
            refused(lambda day=day: succeed(ctx, old, new, day), "effective_on", f"{day:%d/%m/%Y}", "01/06/2026")
        succeed(ctx, old, new, date(2026, 6, 1))


def test_administrators_do_not_end_the_organisation_that_they_administer_for(ctx_of):
    with ctx_of(ADMIN) as ctx:
        own, new = (
            ctx.actor.organisation_id,
            create(ctx, "so-moi", kind=OrganisationKind.DEPARTMENT, owner_category=OwnerCategory.STATE_BUDGET).id,
        )
        refused(lambda: succeed(ctx, own, new), "successor_id", "tổ chức của chính người thực hiện")
        ended = command(
            "so_khcn",
            kind=OrganisationKind.DEPARTMENT,
            owner_category=OwnerCategory.STATE_BUDGET,
            valid_to=YESTERDAY,
        )
        refused(lambda: edit_organisation(ctx, own, ended), "valid_to", "tổ chức của chính người thực hiện")


def test_a_record_names_both(ctx_of):
    succeeded(ctx_of)
    with ctx_of(ADMIN) as ctx:
        old, new = (organisation_id(ctx.session, code) for code in ("viettel", "vnpt"))
        last = create(ctx, "cuoi").id
        succeed(ctx, new, last, TODAY + timedelta(days=5))
        words = [describe_holder(ctx.session, old, "Viettel Thanh Hóa", day) for day in (YESTERDAY, TODAY)]
        assert words == ["Viettel Thanh Hóa", "VNPT Thanh Hóa (từ 25/11/2026; trước đó là Viettel Thanh Hóa)"]
        later = describe_holder(ctx.session, old, "Viettel Thanh Hóa", TODAY + timedelta(days=5))
        assert later == "CUOI (từ 30/11/2026; trước đó là Viettel Thanh Hóa)"


def test_notices_go_to_the_successor_and_no_more_to_who_was_succeeded(ctx_of):
    succeeded(ctx_of)
    with ctx_of("so.khcn") as ctx:
        give_addresses(ctx)
        notice = tell(ctx, "viettel")
        notice_id = notice.id
        assert AccountBook().reached_by(ctx.session, notice, ctx.now).keys() == {user_id(ctx, "vnpt")}
    for username, count in (("vnpt", 1), ("viettel", 0)):
        with ctx_of(username, read_only=True) as ctx:
            entries = list_notices(ctx).entries
            assert [entry.notice.id for entry in entries].count(notice_id) == count


# --- the end


def test_the_users_of_what_has_ended_read_and_close_and_are_told_why(ctx_of):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = colocation.filed(ctx, code)
    end(ctx_of, "vnpt")
    words = "Tổ chức của tài khoản đã kết thúc hoạt động ngày 24/11/2026"
    with ctx_of("vnpt", read_only=True) as ctx:
        assert colocation.case(ctx, request.id).number
    with pytest.raises(Forbidden, match=words), ctx_of("vnpt") as ctx:
        make(ctx, owner="vnpt")
    with ctx_of("vnpt") as ctx:
        colocation.move(ctx, request, "withdraw", text="Đơn vị giải thể")
    end(ctx_of, "vnpt", None)
    with ctx_of("vnpt") as ctx:
        another = colocation.filed(ctx, code)
    end(ctx_of, "viettel")
    with pytest.raises(Forbidden, match=words), ctx_of("viettel") as ctx:
        colocation.accept(ctx, another)
    with ctx_of("viettel") as ctx:
        colocation.reject(ctx, another)


def test_closing_moves_are_moves_of_their_workflow_and_lead_to_no_contract(loaded_app):
    del loaded_app
    closing = {(flow, name) for flow in WORKFLOWS.values() for name in flow.closing}
    assert {flow.code for flow, _name in closing} >= {"colocation", "agreement", "occupation", "violation"}
    for flow, name in closing:
        move = flow.move(name)
        assert move is not None, (flow.code, name)
        assert move.permission in KEPT_AFTER_END & CLOSING, (flow.code, name)
        stays = isinstance(move.target, Branch) and move.target.choose is same_state
        assert stays or "contracted" not in {state.value for state in move.targets}, (flow.code, name)


def test_what_has_ended_takes_no_new_accounts(ctx_of):
    end(ctx_of, "vnpt")
    with ctx_of(ADMIN) as ctx:
        ended, going = (organisation_id(ctx.session, code) for code in ("vnpt", "viettel"))
        new = save_user(username="moi.vao", full_name="Người Mới", organisation_id=ended)
        refused(lambda: create_user(ctx, new), "organisation_id", "VNPT Thanh Hóa", "24/11/2026")
        user = create_user(ctx, save_user(username="moi.vao", full_name="Người Mới", organisation_id=going))
        refused(lambda: edit_user(ctx, user.id, new), "organisation_id", "VNPT Thanh Hóa")
    end(ctx_of, "viettel")
    with ctx_of(ADMIN) as ctx:
        user = ctx.session.scalars(select(UserAccount).where(UserAccount.username == "viettel")).one()
        user.is_active, user.disabled_at = False, ctx.now
        record(ctx, "account.disable", "user_account", user.id)
        ctx.session.flush()
        refused(lambda: enable_user(ctx, user.id), "organisation_id", "Viettel Thanh Hóa")


# --- names


def test_a_name_of_any_kind_belongs_to_one_organisation_at_a_time(ctx_of):
    dice = Random(17)  # noqa: S311 - sample names, nothing secret
    with ctx_of(ADMIN) as ctx:
        first = create(ctx, "beta", name="Công ty Beta Việt", short_name="Beta Tel")
        add_alias(ctx, first.id, "Bê-ta viễn thông")
        second = create(ctx, "gamma")
        for taken in ("beta", "Công ty Beta Việt", "Beta Tel", "Bê-ta viễn thông"):
            spelt = "".join(dice.choice((str.upper, str.lower))(letter) for letter in fold(taken))
            refused(lambda spelt=spelt: add_alias(ctx, second.id, spelt), "spelling", "Beta Tel")
            for field in ("name", "short_name"):
                wrong = command("khac", **{field: spelt})
                refused(lambda wrong=wrong: create_organisation(ctx, wrong), field, "Beta Tel")
                renamed = command("gamma", **{field: spelt})
                refused(lambda renamed=renamed: edit_organisation(ctx, second.id, renamed), field, "Beta Tel")
        refused(lambda: create(ctx, "be-ta-vien-thong", name="beta"), "name", "Beta Tel")
        # Its own names may be spelt in other ways, too.
        add_alias(ctx, first.id, "BETA TEL.")
        edit_organisation(ctx, first.id, command("beta", name="Công ty Beta Việt", short_name="Bê-ta viễn thông"))


def test_a_name_goes_on_to_who_comes_after(ctx_of):
    with ctx_of(ADMIN) as ctx:
        former = create(ctx, "cu-1", short_name="Cùng Tên", valid_to=date(2024, 12, 31), tax_code="0100233488")
        taken = command("moi-1", short_name="CUNG TEN", valid_from=date(2024, 12, 31), tax_code="0100233488")
        with pytest.raises(Invalid) as raised:
            create_organisation(ctx, taken)
        assert set(raised.value.fields) == {"short_name", "tax_code"}
        after = command("moi-1", short_name="Cùng Tên", valid_from=date(2025, 1, 1), tax_code="0100233488")
        present = create_organisation(ctx, after)
        assert find_organisation(ctx.session, "cùng tên").id == present.id
        longer = command("cu-1", short_name="Cùng Tên", valid_to=date(2025, 6, 1))
        refused(lambda: edit_organisation(ctx, former.id, longer), "short_name", "Cùng Tên")


def test_a_real_name_comes_before_a_spelling(ctx_of):
    with ctx_of(ADMIN) as ctx:
        real = create(ctx, "that", short_name="Beta Tel")
        other = create(ctx, "la")
        add_alias(ctx, other.id, "Beta Khac")
        # As it was before names were compared over all organisations.
        real.short_name = "Beta Khác"
        ctx.session.flush()
        assert find_organisation(ctx.session, "beta khac").id == real.id


@pytest.mark.parametrize("kind", OrganisationKind)
def test_an_owner_category_fits_the_kind(ctx_of, kind):
    with ctx_of(ADMIN) as ctx:
        for number, category in enumerate(OwnerCategory):
            new_organisation = command(f"loai-{number}", kind=kind, owner_category=category)
            if category in CATEGORIES_OF[kind]:
                assert create_organisation(ctx, new_organisation).owner_category is category
            else:
                words = str(category.label), str(kind.label)
                refused(
                    lambda new_organisation=new_organisation: create_organisation(ctx, new_organisation),
                    "owner_category",
                    *words,
                )
    assert CATEGORIES_OF[kind]


def test_every_organisation_of_the_cast_has_a_fitting_category(ctx_of):
    with ctx_of(ADMIN, read_only=True) as ctx:
        rows = ctx.session.scalars(select(Organisation)).all()
        assert not [row.code for row in rows if row.owner_category not in CATEGORIES_OF[row.kind]]


# --- accounts


def test_a_new_account_sees_no_notices_from_before_it(ctx_of, clock):
    with ctx_of("so.khcn") as ctx:
        give_addresses(ctx)
        tell(ctx, "viettel", sentence="trước")
    clock.advance(timedelta(hours=1))
    with ctx_of(ADMIN) as ctx:
        new = save_user(
            username="moi.vao",
            full_name="Người Mới",
            organisation_id=organisation_id(ctx.session, "viettel"),
            email="moi@donvi.example",
        )
        user = create_user(ctx, new).id
    clock.advance(timedelta(hours=1))
    with ctx_of("so.khcn") as ctx:
        later = tell(ctx, "viettel", sentence="sau")
        before = list_notices_of(ctx_of, "moi.vao")
        assert before == ["sau"]
        assert user in AccountBook().reached_by(ctx.session, later, ctx.now)
    assert list_notices_of(ctx_of, "viettel") == ["sau", "trước"]
    # An account that changes its organisation starts there without notices.
    with ctx_of(ADMIN) as ctx:
        moved = save_user(
            username="moi.vao", full_name="Người Mới", organisation_id=organisation_id(ctx.session, "vnpt")
        )
        edit_user(ctx, user, moved)
    assert list_notices_of(ctx_of, "moi.vao") == []


def list_notices_of(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        return [entry.notice.params["sentence"] for entry in list_notices(ctx).entries]


def test_a_new_password_differs_from_the_old_one(ctx_of):
    with ctx_of(ADMIN) as ctx:
        organisation = get_organisation(ctx, organisation_id(ctx.session, "viettel"))
        user = create_user(ctx, save_user(username="mat.khau", full_name="Mật Khẩu", organisation_id=organisation.id))
        store_password(ctx, user, "một câu dài dễ nhớ")
        refused(lambda: store_password(ctx, user, "một câu dài dễ nhớ"), "password", "trùng mật khẩu đang dùng")
        store_password(ctx, user, "một câu dài khác hẳn")


# --- any history


def rights_by_the_story(ids, standing, day):
    """Organisation -> those whose rights its users have, by following the successions that hold on a day."""
    holder_of = {old: new for old, new, since in standing if since <= day}

    def holder(organisation):
        while organisation in holder_of:
            organisation = holder_of[organisation]
        return organisation

    return {number: frozenset(other for other in ids if holder(other) == number) for number in ids}


def test_rights_are_those_of_the_story_after_any_successions_and_withdrawals(ctx_of):
    dice = Random(23)  # noqa: S311 - sample histories, nothing secret
    with ctx_of(ADMIN) as ctx:
        ids = [create(ctx, f"chuyen-{number}").id for number in range(6)]
        users = {
            organisation_number: create_user(
                ctx,
                save_user(
                    username=f"nguoi.{organisation_number}", full_name="Người", organisation_id=organisation_number
                ),
            )
            for organisation_number in ids
        }
        standing = {}
        for _step in range(60):
            old, new = dice.sample(ids, 2)
            day = TODAY + timedelta(days=dice.randrange(-3, 4))
            if dice.random() < 0.4 and standing:
                key = dice.choice(sorted(standing))
                withdraw_succession(ctx, standing.pop(key)[0], key, "Ghi nhầm")
            else:
                try:
                    standing[succeed(ctx, old, new, day).id] = (old, new, day)
                except Invalid as refusal:
                    assert set(refusal.fields) == {"successor_id"}  # noqa: PT017 - one of many steps
            wanted = rights_by_the_story(ids, standing.values(), TODAY)
            rights = {
                organisation_number: actor_of(ctx.session, users[organisation_number].id, ctx.now).organisation_ids
                for organisation_number in ids
            }
            assert rights == wanted
        assert any(len(rights) > 2 for rights in wanted.values()) or standing
