"""Fines at the desk of money: what was decided and paid stands in the year of its decision with its exact sum."""

import re
from datetime import date
from decimal import Decimal

from registry.violations.codes import Authority, Offender, Relief
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    DECISION,
    MINUTES,
    PAYMENT,
    accepted,
    at_noon,
    decided,
    get,
    log,
    move,
)

MILLION = 1_000_000
INSTALMENTS = {
    "relief": Relief.INSTALMENTS,
    "granted_on": date(2026, 11, 24),
    "until": date(2027, 4, 1),
    "text": "Khó khăn",
}


def paid(millions):
    return PAYMENT | {"paid_vnd": Decimal(millions * MILLION)}


def high_fine(ctx_of, millions=60):
    """A fine of Sở KH&CN that may be paid in parts."""
    number = accepted(ctx_of, kind="destroy_works", minutes={"offender": Offender.INDIVIDUAL, "offender_name": "Ông A"})
    decision = DECISION | {"authority": Authority.LEAD_DIRECTOR, "fine_vnd": Decimal(millions * MILLION)}
    move(ctx_of, "so.khcn", number, "decide", **decision)
    move(ctx_of, "so.khcn", number, "relieve", **INSTALMENTS)
    return number


def decided_next_year(ctx_of):
    """A fine of 25 million that was decided in January 2027."""
    day, then = date(2027, 1, 13), at_noon(2027, 1, 13)
    number = log(ctx_of, now=then, occurred_on=date(2027, 1, 12))
    move(ctx_of, "kiemtra1", number, "verify", now=then)
    move(ctx_of, "kiemtra1", number, "minutes", now=then, **(MINUTES | {"minutes_on": day, "offender_name": "Bà B"}))
    move(ctx_of, "ubnd.xa", number, "decide", now=then, **(DECISION | {"decision_on": day}))
    return number


def fines_by_year(client):
    """Year -> (decisions, fined, paid, not paid in full), as the page has them; sums in đồng."""
    with client.get("/money") as answer:
        table = answer.text.partition('id="fines"')[2].partition("</section>")[0]
    rows = {}
    for row in re.findall(r"<tr role=\"row\">(.*?)</tr>", table.partition("<tbody")[2], re.DOTALL):
        year, *cells = (re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL))
        rows[int(year)] = tuple(int(re.sub(r"\D", "", cell)) for cell in cells)
    return rows


def test_decisions_and_payments_stand_in_the_year_of_the_decision(client_of, ctx_of, clock):
    whole, part, annulled = decided(ctx_of), high_fine(ctx_of), decided(ctx_of)
    finance = client_of("so.taichinh")
    assert fines_by_year(finance) == {2026: (3, 110 * MILLION, 0, 3)}
    move(ctx_of, "kiemtra1", whole, "pay", **paid(25))
    move(ctx_of, "so.khcn", part, "pay", **paid(24))
    assert fines_by_year(finance) == {2026: (3, 110 * MILLION, 49 * MILLION, 2)}
    move(ctx_of, "ubnd.tinh", annulled, "annul", **ANNULMENT)
    assert fines_by_year(finance) == {2026: (2, 85 * MILLION, 49 * MILLION, 1)}
    clock.move_to(at_noon(2027, 1, 20))
    finance = client_of("so.taichinh")
    decided_next_year(ctx_of)
    # The last part is paid in the new year, and belongs to the decision of the old one.
    move(ctx_of, "so.khcn", part, "pay", now=at_noon(2027, 1, 14), **(paid(36) | {"paid_on": date(2027, 1, 14)}))
    assert fines_by_year(finance) == {
        2026: (2, 85 * MILLION, 85 * MILLION, 0),
        2027: (1, 25 * MILLION, 0, 1),
    }


def test_an_annulled_decision_that_was_paid_leaves_the_sums(client_of, ctx_of):
    number = decided(ctx_of)
    move(ctx_of, "kiemtra1", number, "pay", **paid(25))
    move(ctx_of, "ubnd.tinh", number, "annul", **ANNULMENT)
    assert fines_by_year(client_of("so.taichinh")) == {}


def test_a_fine_that_is_amended_counts_as_amended(client_of, ctx_of):
    number = decided(ctx_of)
    move(ctx_of, "ubnd.xa", number, "amend", **AMENDMENT)
    assert fines_by_year(client_of("so.taichinh")) == {2026: (1, 20 * MILLION, 0, 1)}


def test_a_fine_that_is_amended_to_what_was_paid_is_paid(client_of, ctx_of):
    millions = 50
    number = high_fine(ctx_of)
    move(ctx_of, "so.khcn", number, "pay", **paid(millions))
    amended = AMENDMENT | {"fine_vnd": Decimal(millions * MILLION)}
    move(ctx_of, "so.khcn", number, "amend", **amended)
    case = get(ctx_of, number)
    assert (case.paid_on, case.receipt_number) == (date(2026, 11, 24), "BL 0001")
    assert fines_by_year(client_of("so.taichinh")) == {2026: (1, millions * MILLION, millions * MILLION, 0)}
