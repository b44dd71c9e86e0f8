"""A contract begins with what was granted: its title, its days as asked for, and the tariff's price by structure."""

import html
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from registry.capacity.commands import AddEntry
from registry.capacity.models import CapacityEntry
from registry.capacity.queries import list_places
from registry.capacity.service import add_entry
from registry.colocation.agreements.queries import agreed_items, find_agreement
from registry.colocation.agreements.rules import term_of_request
from registry.colocation.agreements.service import edit_contract
from registry.colocation.codes import ItemDecision, PricePeriod, RequestKind
from registry.colocation.commands import EditContract, EditRequest
from registry.colocation.panel import colocation_panel
from registry.colocation.service import edit_request
from registry.kernel.errors import Invalid
from registry.structures.queries import get_structure
from tests.factories.agreements import agreed, get, terms
from tests.factories.agreements import move as step
from tests.factories.colocation import (
    CONTENT,
    LABEL,
    accept,
    case,
    draft,
    filed,
    items_of,
    move,
    reject,
    tower,
)
from tests.factories.tariffs import publish
from tests.support.exports import fetch


@pytest.fixture
def partly(ctx_of):
    """A request for three towers of which two were granted: ids of request and agreement, codes of the towers."""
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx, name=f"Trạm {number}").code for number in range(3)]
        publish(ctx, 200_000)
        publish(ctx, 350_000, code=codes[1])
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, *codes, quantity=2).id
    with ctx_of("viettel") as ctx:
        by_structure = {get_structure(ctx, code).id: code for code in codes}
        items = {by_structure[item.structure_id]: item for item in items_of(ctx, case(ctx, number))}
        reject(ctx, case(ctx, number), items[codes[0]])
        accept(ctx, case(ctx, number), items[codes[1]], items[codes[2]])
        move(ctx, case(ctx, number), "contract")
        return number, find_agreement(ctx, case(ctx, number)).id, codes


def test_title_days_and_prices_are_those_of_what_was_granted(ctx_of, partly):
    number, agreement, codes = partly
    with ctx_of("viettel", read_only=True) as ctx:
        agreement_case, asked = get(ctx, agreement), case(ctx, number)
        assert (agreement_case.title, asked.title) == (
            "2 công trình của Viettel Thanh Hóa",
            "3 công trình của Viettel Thanh Hóa",
        )
        assert (agreement_case.starts_on, agreement_case.ends_on) == (date(2030, 1, 1), date(2034, 12, 31))
        prices = {row.code: item.agreed_price_vnd for item, row in agreed_items(ctx, agreement_case)}
        assert prices == {codes[1]: 700_000, codes[2]: 400_000}
        assert (agreement_case.price_vnd, agreement_case.price_period) == (1_100_000, PricePeriod.MONTH)


def test_a_request_partly_refused_says_so_in_list_title_search_and_notice(ctx_of, client_of, partly):
    number, _agreement, codes = partly
    client = client_of("vnpt")
    with ctx_of("vnpt", read_only=True) as ctx:
        filed_number = case(ctx, number).number
    for address in ("/colocation", f"/colocation/{number}", f"/search?q={filed_number}"):
        assert "2 chấp thuận, 1 từ chối" in client.get(address).text, address
    assert "2 chấp thuận, 1 từ chối" in fetch(client, "/exports/colocation.csv").text
    notices = html.unescape(client.get("/notices").text)
    assert f"Chủ sở hữu từ chối: {codes[0]}" in notices
    assert any(", ".join(order) in notices for order in permutations(codes[1:]))


@pytest.mark.parametrize(
    ("total", "lines", "field"),
    [
        (1_000_000, (700_000, 400_000), "price_vnd"),
        (700_000, (700_000, None), "line"),
        (1_100_000, (700_000, 400_000), None),
        (None, (700_000, 400_000), None),
        (900_000, (None, None), None),
    ],
)
def test_prices_of_structures_are_all_there_or_none_and_add_up(ctx_of, partly, total, lines, field):
    _number, agreement, _codes = partly
    with ctx_of("viettel") as ctx:
        ids = [item.id for item, _row in agreed_items(ctx, get(ctx, agreement))]
        prices = dict(zip(ids, (line and Decimal(line) for line in lines), strict=True))
        values = terms(ctx.today, price_vnd=total and Decimal(total))
        command = EditContract(agreement, get(ctx, agreement).version, values, prices)
        if field is None:
            edited = edit_contract(ctx, command)
            assert edited.price_vnd == (total or 1_100_000)
            return
        with pytest.raises(Invalid) as refused:
            edit_contract(ctx, command)
        (name,) = refused.value.fields
        assert name.startswith(field)


def test_each_page_shows_the_answer_about_its_own_structure(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        codes = [tower(ctx, name=f"Trạm {number}").code for number in range(2)]
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, *codes).id
    with ctx_of("viettel") as ctx:
        first, second = items_of(ctx, case(ctx, number))
        reject(ctx, case(ctx, number), first)
        accept(ctx, case(ctx, number), second)
        answers = {first.structure_id: ItemDecision.REJECTED, second.structure_id: ItemDecision.ACCEPTED}
    shown, client = [], client_of("vnpt")
    with client.application.test_request_context(), ctx_of("vnpt", read_only=True) as ctx:
        for code in codes:
            structure = get_structure(ctx, code)
            ((request, decision),) = colocation_panel(ctx, structure).data["requests"]
            assert (request.id, decision) == (number, answers.pop(structure.id))
            shown.append((code, str(decision.label)))
    for code, label in shown:
        panel = client.get(f"/structures/{code}").text.split('id="colocation"')[1].split("</section>")[0]
        assert label in panel


def test_a_removal_takes_what_is_there_from_the_ledger(ctx_of, client_of):
    with ctx_of("viettel") as ctx:
        code = tower(ctx, total=5).code
        add_entry(ctx, AddEntry(code, LABEL, 2, "vnpt", "Trạm 4G cũ"))
    with ctx_of("vnpt") as ctx:
        request = draft(ctx, code)
        edit_request(ctx, EditRequest(request.id, request.version, CONTENT | {"kind": RequestKind.REMOVE}))
        (item,) = items_of(ctx, request)
        assert (item.quantity, item.equipment, item.place_id is not None) == (2, "Trạm 4G cũ", True)
        number, item_id = request.id, item.id
    page = client_of("vnpt").get(f"/colocation/{number}/items/{item_id}").text
    assert 'name="former"' in page
    assert 'name="equipment"' not in page
    with ctx_of("vnpt") as ctx:
        # Nothing else is asked for.
        assert move(ctx, case(ctx, number), "submit").number


def test_what_was_held_and_never_used_is_no_ended_use(ctx_of):
    number, code = agreed(ctx_of)
    with ctx_of("viettel") as ctx:
        edit_contract(ctx, EditContract(number, get(ctx, number).version, terms(ctx.today)))
        step(ctx, number, "propose")
    with ctx_of("vnpt") as ctx:
        step(ctx, number, "sign")
        step(ctx, number, "give_up", reason="Không còn nhu cầu")
    with ctx_of("viettel", read_only=True) as ctx:
        (position,) = list_places(ctx, get_structure(ctx, code))
        assert (position.free, position.entries) == (3, ())
        assert ctx.session.query(CapacityEntry).one().ended_on == ctx.today


@pytest.mark.parametrize(
    ("wanted", "months", "today", "span"),
    [
        (date(2026, 12, 31), 2, date(2026, 11, 25), (date(2026, 12, 31), date(2027, 2, 27))),
        (date(2026, 11, 1), 12, date(2026, 11, 25), (date(2026, 11, 25), date(2027, 11, 24))),
        (date(2027, 2, 1), 1, date(2026, 11, 25), (date(2027, 2, 1), date(2027, 2, 28))),
        (date(2028, 2, 29), 12, date(2026, 11, 25), (date(2028, 2, 29), date(2029, 2, 27))),
    ],
)
def test_the_days_of_a_contract_are_those_that_were_asked_for(wanted, months, today, span):
    assert term_of_request(wanted, months, today) == span
    assert span[1] > span[0] + timedelta(days=20)
