"""The rent of a contract is the sum of its lines, always: corrected, renewed, decided, partly taken down."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import select

from registry.colocation.agreements.models import AgreementState as S
from registry.colocation.agreements.queries import agreed_items, granted_items
from registry.colocation.agreements.rules import split_rent
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.agreements.workflow.rent import line_fields
from registry.kernel.errors import Invalid, MoveRefused
from registry.notices.models import Notice
from registry.workflow.views import case_view
from tests.factories.agreements import active, agreed_on, get, take_down
from tests.factories.agreements import move as step

OWNER, USER = "viettel", "vnpt"
DECISION = {"decision_number": "9/QĐ", "text": "Giữ hợp đồng"}


def in_use(ctx_of, *prices):
    """An agreement in use on as many towers as prices: (its id, codes of the towers, which are in order)."""
    number, codes = agreed_on(ctx_of, len(prices))
    if None in prices:
        active(ctx_of, number, price_vnd=Decimal(200_000))
    else:
        active(ctx_of, number, price_vnd=Decimal(sum(prices)), prices=[Decimal(price) for price in prices])
    return number, codes


def rent_of(ctx, number):
    """The rent and its lines in the order of the codes."""
    agreement = get(ctx, number)
    return agreement.price_vnd, [item.agreed_price_vnd for item, _row in agreed_items(ctx, agreement)]


def notified(ctx, event):
    """The organisations that got a notice of an event."""
    notices = ctx.session.scalars(select(Notice).where(Notice.event == event))
    return {organisation for notice in notices for organisation in notice.organisation_ids}


def names(ctx, number):
    return [field.name for field in line_fields(ctx, get(ctx, number))]


@given(
    some.integers(0, 10**12),
    some.lists(some.integers(0, 10**9), min_size=1, max_size=8),
    some.lists(some.none() | some.integers(0, 10**9), min_size=8, max_size=8),
    some.booleans(),
)
def test_a_split_rent_is_the_sum_of_its_lines(total, present, typed, has_total):
    lines = {number: Decimal(price) for number, price in enumerate(present)}
    entered = {number: None if price is None else Decimal(price) for number, price in zip(lines, typed, strict=False)}
    asked = Decimal(total) if has_total else None
    known_prices = {number: price for number, price in entered.items() if price is not None}
    if known_prices and asked is not None and asked != sum((lines | known_prices).values()):
        with pytest.raises(Invalid, match="hai số phải bằng nhau"):
            split_rent(asked, entered, lines)
        return
    rent, parts = split_rent(asked, entered, lines)
    if rent is None:
        assert parts == {}
        return
    assert sum(parts.values()) == rent
    assert set(parts) == set(lines)
    assert all(price >= 0 and price == price.to_integral_value() for price in parts.values())


@pytest.mark.parametrize("confirm", [True, False])
def test_a_renewal_with_another_rent_splits_it_over_the_lines(ctx_of, confirm):
    number, _codes = in_use(ctx_of, 72_000, 144_000)
    with ctx_of(OWNER) as ctx:
        later = get(ctx, number).ends_on + timedelta(days=200)
        step(ctx, number, "renew", annex_number="PL1", ends_on=later, price_vnd=Decimal(300_000))
        assert rent_of(ctx, number) == (216_000, [72_000, 144_000])
    with ctx_of(USER) as ctx:
        step(ctx, number, "confirm_renewal" if confirm else "decline_renewal", text="Giá quá cao")
        agreed = (300_000, [100_000, 200_000]) if confirm else (216_000, [72_000, 144_000])
        assert rent_of(ctx, number) == agreed


def test_a_form_takes_the_price_of_each_line_and_refuses_another_sum(ctx_of):
    number, _codes = in_use(ctx_of, 72_000, 72_000)
    with ctx_of(OWNER) as ctx:
        first, second = names(ctx, number)
        later = get(ctx, number).ends_on + timedelta(days=200)
        terms_of = {"annex_number": "PL1", "ends_on": later}
        with pytest.raises(Invalid, match="hai số phải bằng nhau"):
            step(ctx, number, "renew", **terms_of, price_vnd=Decimal(200_000), **{first: Decimal(1)})
        step(ctx, number, "renew", **terms_of, **{first: Decimal(100_000), second: Decimal(90_000)})
    with ctx_of(USER) as ctx:
        step(ctx, number, "confirm_renewal")
        assert rent_of(ctx, number) == (190_000, [100_000, 90_000])


def test_a_correction_of_the_rent_corrects_its_lines_and_the_steps_show_before_and_after(ctx_of):
    number, codes = in_use(ctx_of, 72_000, 72_000)
    with ctx_of(USER) as ctx:
        first, _second = names(ctx, number)
        step(ctx, number, "ask_correction", reason="Ghi nhầm", **{first: Decimal(80_000)})
    with ctx_of(OWNER) as ctx:
        step(ctx, number, "confirm_asked_correction")
        assert rent_of(ctx, number) == (152_000, [80_000, 72_000])
        confirmed, asked = case_view(ctx, AGREEMENT, get(ctx, number)).events[:2]
        for event in (confirmed, asked):
            facts = {fact["label"]: fact["value"] for fact in event["said"]}
            assert facts["Giá thuê, chưa gồm thuế"].replace("\u00a0", " ") == "152.000 đồng, thay cho 144.000 đồng"
            line = facts[f"Giá thuê {codes[0]}, chưa gồm thuế"]
            assert line.replace("\u00a0", " ") == "80.000 đồng, thay cho 72.000 đồng"


def test_a_correction_of_the_total_alone_is_split(ctx_of):
    number, _codes = in_use(ctx_of, 72_000, 72_000)
    with ctx_of(OWNER) as ctx:
        step(ctx, number, "propose_correction", reason="Ghi nhầm", price_vnd=Decimal(200_000))
    with ctx_of(USER) as ctx:
        step(ctx, number, "confirm_correction")
        assert rent_of(ctx, number) == (200_000, [100_000, 100_000])


def test_a_decided_rent_is_split_over_the_lines(ctx_of):
    number, _codes = in_use(ctx_of, 100_000, 300_000)
    with ctx_of(USER) as ctx:
        step(ctx, number, "dispute", text="Giá tăng")
    with ctx_of("so.khcn") as ctx:
        step(ctx, number, "decide_to_go_on", **DECISION, decided_on=ctx.today, price_vnd=Decimal(200_000))
        assert rent_of(ctx, number) == (200_000, [50_000, 150_000])


def test_a_contract_with_a_total_alone_has_no_lines_to_split(ctx_of):
    number, _codes = in_use(ctx_of, None, None)
    with ctx_of(OWNER) as ctx:
        assert names(ctx, number) == []
        step(ctx, number, "propose_correction", reason="Ghi nhầm", price_vnd=Decimal(300_000))
    with ctx_of(USER) as ctx:
        step(ctx, number, "confirm_correction")
        assert rent_of(ctx, number) == (300_000, [None, None])


@pytest.mark.parametrize("field", ["ends_on", "price_vnd"])
def test_a_renewal_that_a_correction_voids_is_said_to_both_sides(ctx_of, field):
    number, _codes = in_use(ctx_of, 72_000)
    with ctx_of(OWNER) as ctx:
        last = get(ctx, number).ends_on
        step(ctx, number, "renew", annex_number="PL1", ends_on=last + timedelta(days=9), price_vnd=Decimal(90_000))
        value = last + timedelta(days=30) if field == "ends_on" else Decimal(75_000)
        step(ctx, number, "propose_correction", reason="Ghi nhầm", **{field: value})
    with ctx_of(USER) as ctx:
        corrected = step(ctx, number, "confirm_correction")
        assert corrected.renewal_by is None
        moves = [event["move"] for event in case_view(ctx, AGREEMENT, get(ctx, number)).events[:2]]
        assert sorted(moves) == ["confirm_correction", "renewal_void"]
        assert notified(ctx, "renewal_void") == {
            corrected.owner_organisation_id,
            corrected.requester_organisation_id,
        }


def test_a_removal_takes_its_lines_from_the_contract_and_its_rent(ctx_of):
    number, codes = in_use(ctx_of, 72_000, 100_000)
    with ctx_of(OWNER) as ctx:
        later = get(ctx, number).ends_on + timedelta(days=9)
        step(ctx, number, "renew", annex_number="PL1", ends_on=later)
    _removal, shown = take_down(ctx_of, codes[0])
    ((_label, text),) = shown
    assert "Còn 1 công trình; giá thuê 100.000" in text
    with ctx_of(USER) as ctx:
        agreement = get(ctx, number)
        assert (agreement.state, agreement.renewal_by) == (S.ACTIVE, None)
        assert rent_of(ctx, number) == (100_000, [100_000])
        assert [row.code for _item, row in agreed_items(ctx, agreement)] == [codes[1]]
        assert [item.returned_on for item, _row in granted_items(ctx, agreement)] == [ctx.today, None]
        assert notified(ctx, "part_returned") == {
            agreement.owner_organisation_id,
            agreement.requester_organisation_id,
        }


def test_a_removal_of_all_ends_the_contract_which_is_renewed_no_more(ctx_of):
    number, codes = in_use(ctx_of, 72_000, 100_000)
    for code in codes:
        take_down(ctx_of, code)
    with ctx_of(OWNER) as ctx:
        agreement = get(ctx, number)
        assert (agreement.state, agreement.removed_on, agreement.due_at) == (S.TERMINATED, ctx.today, None)
        with pytest.raises(MoveRefused):
            step(ctx, number, "renew", annex_number="PL1", ends_on=agreement.ends_on + timedelta(days=9))


def test_a_removal_from_a_contract_with_a_total_alone_asks_for_a_new_rent(ctx_of):
    number, codes = in_use(ctx_of, None, None)
    _removal, shown = take_down(ctx_of, codes[0])
    assert "hai bên cần đính chính giá thuê" in shown[0][1]
    with ctx_of(OWNER) as ctx:
        assert rent_of(ctx, number) == (200_000, [None])


def test_a_correction_that_waits_while_a_line_leaves_is_void(ctx_of):
    number, codes = in_use(ctx_of, 72_000, 100_000)
    with ctx_of(OWNER) as ctx:
        step(ctx, number, "propose_correction", reason="Ghi nhầm", price_vnd=Decimal(200_000))
    take_down(ctx_of, codes[1])
    with ctx_of(USER) as ctx:
        with pytest.raises(MoveRefused, match="Không có đề nghị đính chính"):
            step(ctx, number, "confirm_correction")
        assert rent_of(ctx, number) == (72_000, [72_000])
