"""Guards and effects of an agreement's life."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, or_

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry
from registry.capacity.reservations import Reservation, occupy, places_of, prolong, release, replace, vacate
from registry.colocation.agreements.models import AgreementSide, AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, as_built_of, entries_of, request_of
from registry.colocation.agreements.rules import date_problems, missing_of_contract, price_problem
from registry.colocation.codes import RequestKind
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.moves.common import CODE, give_back
from registry.colocation.queue import tell_queue
from registry.kernel.clock import LOCAL_ZONE, local_date
from registry.kernel.dated import setting
from registry.kernel.errors import Invalid, MoveRefused
from registry.kernel.geo.coordinates import PositionRefused
from registry.kernel.i18n import _, format_date
from registry.structures.commands import EditStructure, GivenPosition
from registry.structures.contract import Shape
from registry.structures.disclosures import end_disclosures
from registry.structures.geometry import read_position
from registry.structures.kinds import KINDS
from registry.structures.queries import get_structure
from registry.structures.service import edit_structure
from registry.structures.service.locate import acceptance_bounds
from registry.workflow.definition import Data, Obstacle
from registry.workflow.referrals import Referral, create_referral
from registry.workflow.views import last_moves_into

WORKFLOW: Final = "agreement"
#: How many years a contract or its renewal may run: a bound against slips of the pen.
LONGEST_YEARS: Final = "agreement.longest_years"
_ONE_DAY = timedelta(days=1)


def is_complete(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The contract says all that it must, and the price that was decided where one was; all said at once."""
    del data
    request = request_of(ctx, case)
    if request.kind is RequestKind.REMOVE:
        raise MoveRefused(_("Đề nghị tháo dỡ không cần hợp đồng; hãy bấm «Bắt đầu tháo dỡ»."))
    problems = missing_of_contract(case)
    refused = price_problem(case.price_vnd, case.price_period, request)
    if refused:
        problems.append(refused)
    problems += dates_of(ctx, request, _days_of(case)).values()
    if problems:
        raise Invalid({"": problems})


def dates_of(ctx: Ctx, request: ColocationRequest, values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with the days of a contract today, by field."""
    asked_on = local_date(request.filed_at) if request.filed_at else ctx.today
    return date_problems(
        values, asked_on=asked_on, today=ctx.today, longest_years=int(setting(ctx.session, LONGEST_YEARS, ctx.today))
    )


def still_stands(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The days of the contract are possible on the day of signing, too."""
    del data
    problems = dates_of(ctx, request_of(ctx, case), _days_of(case))
    if problems:
        raise Invalid({"": list(problems.values())})


def _days_of(case: ColocationAgreement) -> dict[str, Any]:
    return {"signed_on": case.signed_on, "starts_on": case.starts_on, "ends_on": case.ends_on}


def has_begun(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """The contract is in force."""
    if case.starts_on is None or case.starts_on <= ctx.today:
        return None
    return _("Hợp đồng có hiệu lực từ ngày %(day)s; chỉ được lắp đặt từ ngày đó.", day=format_date(case.starts_on))


def may_install(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: installing may begin, as the contract is in force, or a proposal waits for an answer."""
    return or_(model.starts_on <= ctx.today, proposed_by_owner(ctx, model))


def proposed_by_owner(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: the owner proposed something that waits for the other side."""
    del ctx
    return or_(model.renewal_by == AgreementSide.OWNER, model.correction_by == AgreementSide.OWNER)


def proposed_by_requester(ctx: Ctx, model: type[ColocationAgreement]) -> ColumnElement[bool]:
    """SQL over agreements: the requester proposed something that waits for the other side."""
    del ctx
    return or_(model.renewal_by == AgreementSide.REQUESTER, model.correction_by == AgreementSide.REQUESTER)


def nothing_reported(ctx: Ctx, case: ColocationAgreement) -> str | None:
    """Nothing was reported as installed."""
    if not _is_reported(ctx, case):
        return None
    return _("Đã có báo cáo thiết bị thực tế lắp; hãy chọn «Chấm dứt, tháo dỡ».")


def reserved_from(case: ColocationAgreement) -> datetime:
    """What was granted is held from its grant on, whatever is written about it meanwhile."""
    return case.reserved_at


def end_of_contract(case: ColocationAgreement) -> datetime:
    """The last day of the contract: the days in which a renewal can still be agreed on are counted from it."""
    if case.ends_on is None:
        raise LookupError("the agreement has no end")
    return datetime.combine(case.ends_on, time.min, tzinfo=LOCAL_ZONE)


def move_reservations(ctx: Ctx, case: ColocationAgreement) -> None:
    """What is reserved ends with the term of its case, also where that was reckoned anew."""
    if case.due_at is not None:
        prolong(ctx, entries_of(ctx, case), case.due_at)


def lapse(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Nothing was installed: what was held is free at once, and those who wait for it are notified."""
    drop_proposals(ctx, case, data)
    give_back(ctx, entries_of(ctx, case))
    end_disclosures(ctx, CODE, case.request_id)


def after_installing(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """Where the end of its reservation leads an installation: what was reported as installed is to be taken down."""
    return AgreementState.REMOVING if _is_reported(ctx, case) else AgreementState.EXPIRED


def lapse_installing(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What was held is free at once, unless something was reported as installed there."""
    if _is_reported(ctx, case):
        drop_proposals(ctx, case, data)
    else:
        lapse(ctx, case, data)


def _is_reported(ctx: Ctx, case: ColocationAgreement) -> bool:
    """Something was reported as installed, be it the whole of it or single equipment."""
    return case.installed_on is not None or bool(as_built_of(ctx, case))


def is_removal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Only a request to take something down goes straight to its removal."""
    del data
    if request_of(ctx, case).kind is not RequestKind.REMOVE:
        raise MoveRefused(_("%(number)s không phải đề nghị tháo dỡ.", number=case.number))


def may_report_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What was installed was so after the contract began, and not in the future."""
    _check_day(ctx, "installed_on", data["installed_on"], case.starts_on)


def report_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day on which everything hung."""
    del ctx
    case.installed_on = data["installed_on"]


def hold_anew(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What is to be installed again is held for a whole term, however long the owner took to look at it."""
    del data
    case.reserved_at = ctx.now


def installed_positions(ctx: Ctx, case: ColocationAgreement) -> Sequence[tuple[int, str]]:
    """Reported positions that differ from the register's, each a change that the owner may confirm."""
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    return [
        (built.id, _("%(code)s đến %(position)s", code=codes[built.item_id], position=built.position))
        for built in as_built_of(ctx, case)
        if built.position and built.confirmed_at is None
    ]


def position_codes(ctx: Ctx, case: ColocationAgreement) -> Mapping[int, str]:
    """The codes of the structures by the ids of the reports on them."""
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    return {built.id: codes[built.item_id] for built in as_built_of(ctx, case)}


def confirm_installed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What was held is in use; the positions that the owner confirms become the register's."""
    chosen = set(data.get("positions") or ())
    if not chosen <= {number for number, _words in installed_positions(ctx, case)}:
        raise Invalid({"positions": _("Có vị trí không còn chờ xác nhận; hãy tải lại trang.")})
    codes = {item.id: row.code for item, row in agreed_items(ctx, case)}
    for built in as_built_of(ctx, case):
        if built.id in chosen:
            _move_structure(ctx, codes[built.item_id], built.position or "")
        built.confirmed_at = ctx.now
    activate(ctx, case, {})


def activate(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What was held is in use; by the clock where the owner said nothing."""
    del data
    since = case.installed_on or ctx.today
    request = request_of(ctx, case)
    built = {one.item_id: one for one in as_built_of(ctx, case)}
    items = [item for item, _row in agreed_items(ctx, case)]
    occupy(ctx, [item.entry_id for item in items if item.entry_id and item.replaces_entry_id is None], since)
    for item in items:
        if item.replaces_entry_id is not None and request.kind is RequestKind.MODIFY:
            item.entry_id = _replaced(ctx, request, item, since)
        entry = ctx.session.get(CapacityEntry, item.entry_id) if item.entry_id else None
        report = built.get(item.id)
        if entry is not None and report is not None and report.equipment:
            entry.equipment = report.equipment
    ctx.session.flush()


def may_report_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What was taken down was so by today."""
    _check_day(ctx, "removed_on", data["removed_on"], case.installed_on)


def report_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The day on which nothing hung any more."""
    del ctx
    case.removed_on = data["removed_on"]


def not_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Something still hangs there."""
    del ctx, data
    case.removed_on = None


def confirm_removed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Its places are free again, also those only held; those who wait are told, and nothing is disclosed any more."""
    del data
    entries = entries_of(ctx, case)
    release(ctx, entries)
    vacate(ctx, entries, case.removed_on or ctx.today)
    tell_queue(ctx, places_of(ctx, entries))
    end_disclosures(ctx, CODE, case.request_id)


def removal_missed(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Each structure where something was left is a finding of the violations (DOMAIN 6, dead_cable_left)."""
    del data
    for item, row in agreed_items(ctx, case):
        text = _(
            "%(code)s: hết hạn tháo dỡ theo %(number)s mà thiết bị, cáp chưa được tháo.",
            code=row.code,
            number=case.number,
        )
        create_referral(
            ctx,
            Referral(
                kind="dead_cable_left",
                structure_id=item.structure_id,
                accused_organisation_id=case.requester_organisation_id,
                origin=WORKFLOW,
                origin_id=case.id,
                origin_number=case.number or "",
                text=text,
            ),
        )


def dispute(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """Remember where it came up, to go back there; what was proposed and not answered falls."""
    drop_proposals(ctx, case, data)
    case.disputed_from = case.state.value


def disputed_by(side: AgreementSide) -> Obstacle:
    """That one side, and not the other, has brought the agreement to the department."""
    move = "dispute" if side is AgreementSide.REQUESTER else "dispute_by_owner"

    def raised(ctx: Ctx, case: ColocationAgreement) -> str | None:
        """The dispute that runs was raised by this side."""
        states = (AgreementState.DISPUTED.value, AgreementState.PRICE_CONSULTATION.value)
        if last_moves_into(ctx, WORKFLOW, case.id, states)[:1] == [move]:
            return None
        return _("Tranh chấp này không do %(side)s nêu ra nên không rút được.", side=side.label)

    return raised


def may_decide(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """A decision is made after the agreement began and not in the future."""
    _check_day(ctx, "decided_on", data["decided_on"], local_date(case.created_at))


def decide(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """The price that was decided binds from now on."""
    del ctx
    if data.get("price_vnd") is not None:
        if case.is_defence and data["price_vnd"]:
            raise Invalid(
                {"price_vnd": _("Quốc phòng, an ninh dùng phục vụ nhiệm vụ không phải trả tiền; giá phải là 0.")}
            )
        case.price_vnd = data["price_vnd"]


def drop_renewal(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """A renewal that was not answered falls."""
    del ctx, data
    case.renewal_by = case.renewal_number = case.renewal_ends_on = case.renewal_price_vnd = None


def drop_proposals(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """What one side proposed and the other has not answered falls: a renewal, a correction."""
    drop_renewal(ctx, case, data)
    drop_correction(ctx, case, data)


def drop_correction(ctx: Ctx, case: ColocationAgreement, data: Data) -> None:
    """A correction that was not answered falls."""
    del ctx, data
    case.correction_by = case.correction = case.correction_reason = None


def before_dispute(ctx: Ctx, case: ColocationAgreement) -> AgreementState:
    """The state in which the dispute came up."""
    del ctx
    return AgreementState(str(case.disputed_from))


def _check_day(ctx: Ctx, name: str, day: date, earliest: date | None) -> None:
    if day > ctx.today or (earliest is not None and day < earliest):
        first = format_date(earliest) if earliest else "…"
        raise Invalid(
            {
                name: _(
                    "Ngày %(day)s không hợp lý; cần từ %(first)s đến hôm nay %(today)s.",
                    day=format_date(day),
                    first=first,
                    today=format_date(ctx.today),
                )
            }
        )


def _move_structure(ctx: Ctx, code: str, text: str) -> None:
    structure = get_structure(ctx, code)
    if KINDS[structure.kind].shape is not Shape.POINT:
        raise Invalid(
            {"positions": _("%(code)s là công trình dạng tuyến; hãy sửa tuyến ở trang công trình.", code=code)}
        )
    position = position_of(ctx, text, "positions")
    edit_structure(ctx, EditStructure(code, structure.version, {}, position))


def position_of(ctx: Ctx, text: str, field: str) -> GivenPosition:
    """A typed point as a given position; Invalid names the field."""
    try:
        return read_position(text, "auto", Shape.POINT, acceptance_bounds(ctx.session, ctx.today))
    except PositionRefused as refused:
        raise Invalid({field: str(refused)}) from refused


def _replaced(ctx: Ctx, request: ColocationRequest, item: ColocationItem, since: date) -> int:
    former = item.replaces_entry_id
    if former is None or item.place_id is None:
        raise LookupError("nothing is replaced")
    wanted = Reservation(
        place_id=item.place_id,
        quantity=item.quantity,
        holder_id=request.requester_organisation_id,
        case_number=request.number or "",
        expires_at=ctx.now + _ONE_DAY,
        equipment=item.equipment,
        technology=item.technology,
    )
    return replace(ctx, former, since, wanted, item.entry_id).id
