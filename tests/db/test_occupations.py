"""An occupation is found, told, answered or referred, and is seen by whom it concerns alone."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select

from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.capacity.models import CapacityPlace
from registry.colocation.models import ColocationRequest
from registry.kernel.clock import last_day
from registry.kernel.errors import Conflict, Forbidden, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.occupations.codes import OccupationState, OwnershipStance
from registry.occupations.commands import EditOccupation, OpenOccupation
from registry.occupations.models import Occupation, OccupationClaim
from registry.occupations.queries import list_on_structure
from registry.occupations.service import edit_occupation, open_occupation
from registry.occupations.workflow import OCCUPATION
from registry.occupations.workflow.answering import claimants
from registry.structures.models import Structure
from registry.workflow.jobs import run_clocks
from registry.workflow.time_left import times_left
from registry.workflow.worklist import read_desk
from tests.factories.colocation import accept, filed, tower
from tests.factories.occupations import CONTRACT, FOUND, NOW, get, move, noted, pole, told
from tests.factories.structures import organisation_id
from tests.factories.violations import refusal
from tests.support.cases import at

S = OccupationState


def sees(ctx_of, username, occupation_id, permission=P.OCCUPATION_READ):
    with ctx_of(username, now=NOW, read_only=True) as ctx:
        query = select(Occupation.id).where(Occupation.id == occupation_id, visible(ctx, Occupation, permission))
        return ctx.session.scalar(query) is not None


def events_told(ctx_of, occupation_id):
    """Event -> codes of organisations and roles of its notice."""
    with ctx_of(None, now=NOW, read_only=True) as ctx:
        query = select(Notice).where(Notice.subject_kind == "occupation", Notice.subject_id == occupation_id)
        return [(row.event, sorted(row.organisation_ids), row.roles) for row in ctx.session.scalars(query)]


def ids(ctx_of, *codes):
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        return [organisation_id(ctx.session, code) for code in codes]


# --- written down, told -------------------------------------------------------------------------------------------
def test_a_note_is_its_writers_own_until_the_occupant_is_told(ctx_of):
    occupation_id = noted(ctx_of)
    assert get(ctx_of, occupation_id).number is None
    assert [sees(ctx_of, name, occupation_id) for name in ("viettel", "vnpt", "so.khcn", "kiemtra1")] == [
        True,
        *[False] * 3,
    ]
    assert move(ctx_of, "viettel", occupation_id, "notify") is S.NOTIFIED
    assert get(ctx_of, occupation_id).number == "CD-2026-000001"
    who = ("viettel", "vnpt", "so.khcn", "so.xaydung", "kiemtra1", "ubnd.xa")
    assert all(sees(ctx_of, name, occupation_id) for name in who)
    others = ("dienluc", "kiemtra2", "ubnd.tinh", "so.taichinh", "quansu", "nguoidan", "bo.khcn", "quantri")
    assert not any(sees(ctx_of, name, occupation_id) for name in others)
    assert ("notify", sorted(ids(ctx_of, "vnpt", "viettel")), []) in events_told(ctx_of, occupation_id)


def test_the_occupant_has_fifteen_working_days_across_tet(ctx_of):
    # Tết 2026: off from 14/02 to 22/02.
    now = datetime(2026, 2, 9, 3, tzinfo=UTC)
    occupation_id = told(ctx_of, now=now, found_on=date(2026, 2, 8))
    assert last_day(get(ctx_of, occupation_id).due_at) == date(2026, 3, 9)


def test_an_inspector_and_the_lead_department_may_write_one_down_too(ctx_of):
    code = pole(ctx_of)
    for by in ("kiemtra1", "so.khcn"):
        occupation_id = noted(ctx_of, code=code, by=by)
        assert not sees(ctx_of, "viettel", occupation_id)
        assert move(ctx_of, by, occupation_id, "notify") is S.NOTIFIED
        assert sees(ctx_of, "viettel", occupation_id)
        with pytest.raises(Forbidden):
            move(ctx_of, "viettel", occupation_id, "withdraw", text="Không phải việc của tôi")


@pytest.mark.parametrize("name", ["kiemtra2", "vnpt", "ubnd.xa", "so.xaydung", "quantri", "dienluc"])
def test_nobody_else_writes_one_down(ctx_of, name):
    code = pole(ctx_of)
    with ctx_of(name, now=NOW) as ctx, pytest.raises((Forbidden, NotFound)):
        open_occupation(ctx, OpenOccupation(code, FOUND))


def test_what_cannot_be_right_is_said_of_every_field(ctx_of):
    code = pole(ctx_of)
    with ctx_of("viettel", now=NOW) as ctx:
        own = organisation_id(ctx.session, "viettel")
        wrong = OpenOccupation(code, FOUND | {"found_on": date(2026, 11, 25)}, 99_999_999, own)
        problems = refusal(lambda: open_occupation(ctx, wrong))
    assert sorted(problems) == ["found_on", "occupant", "place"]
    assert problems["found_on"] == ["Ngày 25/11/2026 chưa đến; ngày phát hiện phải là hôm nay hoặc trước đó."]


def tower_of_viettel(ctx_of):
    """Code of a published tower, and its one place."""
    with ctx_of("viettel") as ctx:
        structure = tower(ctx)
        slot_query = select(CapacityPlace.id).where(CapacityPlace.structure_id == structure.id)
        return structure.code, ctx.session.scalars(slot_query).one()


def test_a_use_that_the_ledger_knows_by_its_case_is_regular(ctx_of):
    code, place_id = tower_of_viettel(ctx_of)
    with ctx_of("vnpt") as ctx:
        request_id, number = (request := filed(ctx, code)).id, request.number
    with ctx_of("viettel") as ctx:
        accept(ctx, ctx.session.get_one(ColocationRequest, request_id))
    problems = refusal(lambda: noted(ctx_of, code=code, place_id=place_id))
    assert number in problems["occupant"][0]
    # At another place it may be irregular all the same.
    assert get(ctx_of, noted(ctx_of, code=code)).state is S.NOTED


def test_it_is_corrected_until_others_know_of_it(ctx_of):
    occupation_id = noted(ctx_of)
    with ctx_of("viettel", now=NOW) as ctx:
        edited = edit_occupation(ctx, EditOccupation(occupation_id, 1, FOUND | {"quantity": 3}))
        assert (edited.quantity, edited.occupant_organisation_id, edited.version) == (3, None, 2)
    with ctx_of("viettel", now=NOW) as ctx, pytest.raises(Conflict):
        edit_occupation(ctx, EditOccupation(occupation_id, 1, FOUND))
    move(ctx_of, "viettel", occupation_id, "notify")
    with ctx_of("viettel", now=NOW) as ctx, pytest.raises(MoveRefused):
        edit_occupation(ctx, EditOccupation(occupation_id, 3, FOUND))


# --- answers ------------------------------------------------------------------------------------------------------
def test_a_contract_is_shown_and_accepted(ctx_of):
    occupation_id = told(ctx_of)
    assert "files" in refusal(lambda: move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT | {"files": []}))
    tomorrow = CONTRACT | {"contract_on": date(2026, 11, 25)}
    assert list(refusal(lambda: move(ctx_of, "vnpt", occupation_id, "show_contract", **tomorrow))) == ["contract_on"]
    assert move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT) is S.CONTRACT_SHOWN
    with pytest.raises(Forbidden):
        move(ctx_of, "vnpt", occupation_id, "accept_contract")
    assert move(ctx_of, "viettel", occupation_id, "accept_contract") is S.CLOSED_CONTRACT
    assert get(ctx_of, occupation_id).due_at is None


def test_a_disputed_contract_goes_to_the_department_and_nothing_is_removed_meanwhile(ctx_of):
    occupation_id = told(ctx_of)
    move(ctx_of, "vnpt", occupation_id, "show_contract", **CONTRACT)
    assert move(ctx_of, "viettel", occupation_id, "dispute", text="Hợp đồng đã hết hạn") is S.DISPUTED
    with pytest.raises(MoveRefused):
        move(ctx_of, "viettel", occupation_id, "removed", removed_on=date(2026, 11, 24))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        assert [item.case_id for item in read_desk(ctx).assigned if item.workflow is OCCUPATION] == [occupation_id]
    assert move(ctx_of, "so.khcn", occupation_id, "refer") is S.REFERRED


def test_an_undertaken_request_is_recorded_by_its_number(ctx_of):
    code, _place_id = tower_of_viettel(ctx_of)
    occupation_id = told(ctx_of, code=code)
    assert move(ctx_of, "vnpt", occupation_id, "promise_request") is S.REGULARISING
    # 30 working days from Tuesday 24/11/2026, New Year's Day between them.
    assert last_day(get(ctx_of, occupation_id).due_at) == date(2027, 1, 6)
    problems = refusal(
        lambda: move(ctx_of, "viettel", occupation_id, "record_request", request_number="DC-2026-000999")
    )
    assert "DC-2026-000999" in problems["request_number"][0]
    with ctx_of("vnpt") as ctx:
        number = filed(ctx, code).number
    done = move(ctx_of, "viettel", occupation_id, "record_request", request_number=f" {number.lower()} ")
    assert done is S.CLOSED_REGULARISED
    assert get(ctx_of, occupation_id).request_number == number


def test_an_undertaken_removal_is_confirmed_by_the_owner(ctx_of):
    occupation_id = told(ctx_of)
    for day in (date(2026, 11, 23), date(2027, 2, 23)):
        problems = refusal(lambda day=day: move(ctx_of, "vnpt", occupation_id, "promise_removal", remove_by=day))
        assert problems["remove_by"][0].endswith("cần từ hôm nay 24/11/2026 đến 22/02/2027.")
    assert move(ctx_of, "vnpt", occupation_id, "promise_removal", remove_by=date(2026, 12, 4)) is S.REMOVING
    assert last_day(get(ctx_of, occupation_id).due_at) == date(2026, 12, 4)
    with pytest.raises(Forbidden):
        move(ctx_of, "vnpt", occupation_id, "removed", removed_on=date(2026, 11, 24))
    assert "removed_on" in refusal(
        lambda: move(ctx_of, "viettel", occupation_id, "removed", removed_on=date(2026, 11, 19))
    )
    assert move(ctx_of, "viettel", occupation_id, "removed", removed_on=date(2026, 11, 24)) is S.CLOSED_REMOVED


def test_the_promised_day_of_a_removal_is_shown_reminded_of_and_overdue_without_a_law(ctx_of, database):
    occupation_id = told(ctx_of)
    move(ctx_of, "vnpt", occupation_id, "promise_removal", remove_by=date(2026, 12, 4))
    with ctx_of("vnpt", read_only=True) as ctx:
        case = ctx.session.get_one(Occupation, occupation_id)
        left = times_left(ctx, OCCUPATION, [case])[occupation_id]
        assert left.text.startswith("Ngày cam kết tháo dỡ: ")
        assert (left.last_on, left.citation) == (date(2026, 12, 4), "")
    assert run_clocks(database, at("2026-12-01", "08:00")).reminded == 1
    assert run_clocks(database, at("2026-12-04", "08:00")).reminded == 1
    assert get(ctx_of, occupation_id).state is S.REMOVING
    run_clocks(database, at("2026-12-05", "00:00"))
    assert get(ctx_of, occupation_id).state is S.OVERDUE


def test_another_organisation_answers_nothing(ctx_of):
    occupation_id = told(ctx_of)
    for name in ("dienluc", "viettel", "kiemtra1", "so.khcn"):
        with pytest.raises((Forbidden, NotFound)):
            move(ctx_of, name, occupation_id, "promise_request")


def test_the_named_occupant_sees_the_structure_while_the_case_is_open(ctx_of):
    code = pole(ctx_of)
    occupation_id = told(ctx_of, code=code)

    def is_seen(name):
        with ctx_of(name, now=NOW, read_only=True) as ctx:
            query = select(Structure.id).where(Structure.code == code, visible(ctx, Structure, P.STRUCTURE_READ))
            return ctx.session.scalar(query) is not None

    assert (is_seen("vnpt"), is_seen("dienluc")) == (True, False)
    move(ctx_of, "vnpt", occupation_id, "disown", text="Không phải thẻ của VNPT")
    assert not is_seen("vnpt")
    again = told(ctx_of, code=code)
    move(ctx_of, "viettel", again, "withdraw", text="Nhầm")
    assert not is_seen("vnpt")


# --- whose it is --------------------------------------------------------------------------------------------------
def test_one_whose_owner_is_unknown_is_shown_to_every_operator_who_may_claim_it(ctx_of):
    occupation_id = told(ctx_of, occupant=None)
    assert get(ctx_of, occupation_id).state is S.UNCLAIMED
    assert all(sees(ctx_of, name, occupation_id) for name in ("vnpt", "dienluc"))
    assert not any(sees(ctx_of, name, occupation_id, P.OCCUPATION_FOLLOW) for name in ("vnpt", "dienluc"))
    assert not any(
        sees(ctx_of, name, occupation_id) for name in ("kiemtra2", "quansu", "nguoidan", "bo.khcn", "quantri")
    )
    assert ("notify", ids(ctx_of, "viettel"), ["operator"]) in events_told(ctx_of, occupation_id)
    assert move(ctx_of, "dienluc", occupation_id, "deny", text="Không có tuyến nào ở đây") is S.UNCLAIMED
    with pytest.raises(MoveRefused):
        move(ctx_of, "dienluc", occupation_id, "deny")
    with pytest.raises(Forbidden):
        move(ctx_of, "viettel", occupation_id, "claim")
    assert move(ctx_of, "vnpt", occupation_id, "claim", text="Tuyến TH-12") is S.NOTIFIED
    with pytest.raises(MoveRefused):
        move(ctx_of, "vnpt", occupation_id, "disown", text="Đổi ý")
    vnpt, dienluc = ids(ctx_of, "vnpt", "pc_thanhhoa")
    assert get(ctx_of, occupation_id).occupant_organisation_id == vnpt
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        claims = ctx.session.scalars(select(OccupationClaim).order_by(OccupationClaim.id)).all()
        assert [(row.organisation_id, row.stance) for row in claims] == [
            (dienluc, OwnershipStance.DENIED),
            (vnpt, OwnershipStance.CLAIMED),
        ]


def test_what_two_organisations_claim_is_nobodys_until_its_owner_finds_out_and_both_claims_are_kept(ctx_of, client_of):
    occupation_id = told(ctx_of, occupant=None)
    assert move(ctx_of, "vnpt", occupation_id, "claim", text="Tuyến TH-12") is S.NOTIFIED
    # While it is only claimed, others may claim it too and do not see the first claimant.
    assert sees(ctx_of, "dienluc", occupation_id)
    assert not sees(ctx_of, "dienluc", occupation_id, P.OCCUPATION_FOLLOW)
    assert move(ctx_of, "dienluc", occupation_id, "claim", text="Cáp điều độ") is S.UNCLAIMED
    assert get(ctx_of, occupation_id).occupant_organisation_id is None
    with pytest.raises(MoveRefused, match="không cần xác nhận lại"):
        move(ctx_of, "vnpt", occupation_id, "claim")
    with ctx_of("viettel", now=NOW, read_only=True) as ctx:
        case = ctx.session.get_one(Occupation, occupation_id)
        assert claimants(ctx, case) == sorted(ids(ctx_of, "vnpt", "pc_thanhhoa"))
    page = client_of("viettel").get(f"/occupations/{occupation_id}").text
    assert "2 đơn vị cùng nhận" in page
    # Each claimant sees that its own claim was recorded, and nothing of the other one's.
    claims = {"vnpt": "VNPT Thanh Hóa", "dienluc": "Điện lực Thanh Hóa"}
    for username, name in claims.items():
        page = client_of(username).get(f"/occupations/{occupation_id}").text
        (other,) = set(claims.values()) - {name}
        assert f"{name} nhận cáp, thiết bị này thuộc sở hữu của đơn vị" in page
        assert other not in page
    assert move(ctx_of, "viettel", occupation_id, "name", organisation="VNPT Thanh Hóa", text="Thẻ cáp") is S.NOTIFIED
    assert not sees(ctx_of, "dienluc", occupation_id)


def test_of_a_restricted_structure_only_parties_and_departments_know(ctx_of):
    code = pole(ctx_of, sharing_status="restricted")
    occupation_id = told(ctx_of, code=code, occupant=None)
    assert not any(sees(ctx_of, name, occupation_id) for name in ("vnpt", "dienluc", "kiemtra1", "ubnd.xa"))
    assert sees(ctx_of, "so.khcn", occupation_id)
    assert not [row for row in events_told(ctx_of, occupation_id) if row[2]]


def test_who_was_named_may_say_that_it_is_not_theirs_and_the_owner_names_another(ctx_of):
    occupation_id = told(ctx_of)
    assert move(ctx_of, "vnpt", occupation_id, "disown", text="Thẻ của đơn vị khác") is S.UNCLAIMED
    assert get(ctx_of, occupation_id).occupant_organisation_id is None
    problems = refusal(lambda: move(ctx_of, "viettel", occupation_id, "name", organisation="Cáp Lạ", text="Thấy xe"))
    assert problems["organisation"][0].startswith("Không có doanh nghiệp nào tên “Cáp Lạ”")
    assert "organisation" in refusal(
        lambda: move(ctx_of, "viettel", occupation_id, "name", organisation="viettel", text="Thấy xe")
    )
    assert move(ctx_of, "viettel", occupation_id, "name", organisation="vnpt", text="Ảnh thẻ cáp") is S.NOTIFIED
    move(ctx_of, "vnpt", occupation_id, "promise_request")
    with pytest.raises(MoveRefused):
        move(ctx_of, "vnpt", occupation_id, "disown", text="Đổi ý")


# --- desks and panels ---------------------------------------------------------------------------------------------
def test_the_answer_is_on_the_occupants_desk_and_the_owner_watches(ctx_of):
    occupation_id = told(ctx_of)

    def on(name):
        with ctx_of(name, now=NOW, read_only=True) as ctx:
            desk = read_desk(ctx)
        return [
            [(item.case_id, item.due_at is not None) for item in items if item.workflow is OCCUPATION]
            for items in (desk.assigned, desk.watched)
        ]

    assert on("vnpt") == [[(occupation_id, True)], []]
    assert on("viettel") == [[], [(occupation_id, True)]]
    assert on("dienluc") == [[], []]


def test_a_structures_page_lists_its_open_occupations_for_owner_and_authorities(ctx_of):
    code = pole(ctx_of)
    occupation_id, ended = told(ctx_of, code=code, occupant=None), told(ctx_of, code=code)
    move(ctx_of, "viettel", ended, "withdraw", text="Nhầm cột")

    def panel(name):
        with ctx_of(name, now=NOW, read_only=True) as ctx:
            structure_id = ctx.session.scalars(select(Structure.id).where(Structure.code == code)).one()
            return [row.id for row in list_on_structure(ctx, structure_id)]

    assert [panel(name) for name in ("viettel", "so.khcn", "kiemtra1")] == [[occupation_id]] * 3
    assert [panel(name) for name in ("dienluc", "kiemtra2", "nguoidan")] == [[]] * 3
