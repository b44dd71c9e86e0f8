"""What a removal or a change of another case takes down leaves its contract: line by line, or to the end of all."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, EntryState
from registry.colocation.agreements.models import AGREEMENT_CODE, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, entries_of, request_of
from registry.colocation.agreements.workflow.proposals import PART_RETURNED, drop_proposals, note_both
from registry.colocation.agreements.workflow.rent import Rent, present_lines, set_rent
from registry.colocation.codes import ItemDecision, RequestKind
from registry.colocation.models import ColocationItem
from registry.colocation.queue import CODE
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale
from registry.kernel.units import VND
from registry.structures.positions.disclosures import end_disclosures
from registry.workflow.definition import WORKFLOWS
from registry.workflow.engine import fire_by_clock

S = AgreementState
#: States of a contract whose equipment is in use.
WITH_EQUIPMENT: Final = (
    *(S.ACTIVE, S.ENDING, S.DISPUTED, S.PRICE_CONSULTATION),
    *(S.REMOVING, S.REMOVAL_REPORTED, S.REMOVAL_OVERDUE),
)


def return_equipment(ctx: Ctx, entry_ids: Collection[int], on: date, number: str) -> None:
    """The items of these ledger entries leave their contracts from a day on, by the case with this number.

    A contract of which nothing is left ends. Otherwise the rent becomes the sum of the lines that are left, where
    it has lines; open proposals are void. Both sides are notified. The entries themselves are ended by the caller.
    """
    for agreement, items in _contracts_of(ctx, entry_ids):
        codes = {item.id: row.code for item, row in agreed_items(ctx, agreement)}
        for item in items:
            item.returned_on = on
        left = agreed_items(ctx, agreement)
        if not left:
            agreement.removed_on = on
            fire_by_clock(ctx, WORKFLOWS[AGREEMENT_CODE], agreement, "returned")
            continue
        rent = _rent_of(ctx, agreement)
        with force_locale(DEFAULT_LANGUAGE):
            text = _describe(agreement, ", ".join(codes[item.id] for item in items), number, rent)
        drop_proposals(ctx, agreement, {})
        for item in items:
            end_disclosures(ctx, CODE, agreement.request_id, item.structure_id)
        set_rent(ctx, agreement, rent)
        agreement.version += 1
        note_both(ctx, agreement, PART_RETURNED, text)


def rents_after(ctx: Ctx, case: ColocationAgreement) -> list[tuple[str, str]]:
    """What the confirmation of a removal makes of the contracts that the equipment is under."""
    if request_of(ctx, case).kind is not RequestKind.REMOVE:
        return []
    rows = []
    for agreement, items in _contracts_of(ctx, entries_of(ctx, case), lock=False):
        leaving = {item.id for item in items}
        staying = [item for item, _row in agreed_items(ctx, agreement) if item.id not in leaving]
        prices = [item.agreed_price_vnd for item in staying]
        if not staying:
            text = _("Chấm dứt: mọi thiết bị đã tháo dỡ.")
        elif None in prices:
            text = _(
                "Còn %(count)d công trình; chỉ ghi giá chung, hai bên cần đính chính giá thuê.", count=len(staying)
            )
        else:
            total = sum((price for price in prices if price is not None), Decimal(0))
            text = _(
                "Còn %(count)d công trình; giá thuê %(new)s, thay cho %(old)s.",
                count=len(staying),
                new=VND.display(total),
                old=VND.display(agreement.price_vnd),
            )
        rows.append((_("Hợp đồng %(number)s", number=agreement.number), text))
    return rows


def _contracts_of(
    ctx: Ctx, entry_ids: Collection[int], *, lock: bool = True
) -> list[tuple[ColocationAgreement, list[ColocationItem]]]:
    """The contracts of ledger entries in use, with the items that these entries belong to; contracts by id."""
    query = (
        select(ColocationItem, ColocationAgreement)
        .join(ColocationAgreement, ColocationAgreement.request_id == ColocationItem.request_id)
        .join(CapacityEntry, CapacityEntry.id == ColocationItem.entry_id)
        .where(
            ColocationItem.entry_id.in_(entry_ids),
            ColocationItem.decision == ItemDecision.ACCEPTED,
            ColocationItem.returned_on.is_(None),
            CapacityEntry.state == EntryState.USED,
            ColocationAgreement.state.in_(WITH_EQUIPMENT),
        )
        .order_by(ColocationAgreement.id, ColocationItem.id)
    )
    if lock:
        query = query.with_for_update(of=(ColocationAgreement, ColocationItem))
    contracts: dict[int, tuple[ColocationAgreement, list[ColocationItem]]] = {}
    for item, agreement in ctx.session.execute(query):
        contracts.setdefault(agreement.id, (agreement, []))[1].append(item)
    return list(contracts.values())


def _rent_of(ctx: Ctx, agreement: ColocationAgreement) -> Rent | None:
    """The sum of the lines that are left; None where the contract has a total alone."""
    lines = present_lines(ctx, agreement)
    return Rent(sum(lines.values(), Decimal(0)), lines) if lines else None


def _describe(agreement: ColocationAgreement, codes: str, number: str, rent: Rent | None) -> str:
    if rent is None:
        return _(
            "%(codes)s đã tháo dỡ theo %(number)s; hợp đồng chỉ ghi giá chung, hai bên cần đính chính giá thuê",
            codes=codes,
            number=number,
        )
    return _(
        "%(codes)s đã tháo dỡ theo %(number)s; giá thuê còn %(new)s, thay cho %(old)s",
        codes=codes,
        number=number,
        new=VND.display(rent.total),
        old=VND.display(agreement.price_vnd),
    )
