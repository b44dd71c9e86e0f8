"""The register of delegations: who lets whom sign what, from when to when, and how a decision rests on it."""

from datetime import date
from decimal import Decimal

import pytest

from registry.files.pages import STORE
from registry.kernel.errors import MoveRefused, NotFound
from registry.violations.codes import Authority, PaperDelivery, PaperKind
from registry.violations.delegations import (
    AddDelegation,
    EndDelegation,
    add_delegation,
    end_delegation,
    get_delegation,
)
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import get_violation
from tests.factories.violations import (
    DECISION,
    DELEGATION,
    NOW,
    accepted,
    at_noon,
    decided,
    get,
    move,
    refusal,
    with_minutes,
)
from tests.permissions.cases import token_in

SCAN = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def delegate(app, ctx_of, by="ubnd.xa", powers=("sanction",), sectors=("telecom",), scan=b"", **values):
    with ctx_of(by, now=NOW) as ctx:
        command = AddDelegation(DELEGATION | values, powers, sectors, "giao-quyen.pdf", scan)
        return add_delegation(ctx, STORE.of(app), command).id


def post(client, address, data):
    return client.post(address, data=data | {"csrf_token": token_in(client.get(address))})


def end(ctx_of, delegation_id, day, *, now=NOW):
    with ctx_of("ubnd.xa", now=now) as ctx:
        return end_delegation(ctx, EndDelegation(delegation_id, day, "QĐ 20/QĐ-CDGQ")).ended_on


@pytest.mark.parametrize(
    ("by", "granted", "problem"),
    [
        ("ubnd.xa", {}, None),
        ("ubnd.xa", {"sectors": ("telecom", "price"), "valid_to": date(2026, 11, 24)}, None),
        ("ubnd.xa", {"valid_from": date(2026, 11, 24)}, None),
        ("ubnd.xa", {"powers": ("enforce",)}, "không giao cho Nguyễn Văn Phó quyền “Xử phạt"),
        ("ubnd.xa", {"sectors": ("construction",)}, "trong lĩnh vực viễn thông"),
        ("ubnd.xa", {"valid_to": date(2026, 11, 23)}, "đến hết 23/11/2026"),
        ("ubnd.xa", {"valid_from": date(2026, 11, 25)}, "từ 25/11/2026"),
        ("so.khcn", {}, "không phải của người ra quyết định này"),
    ],
)
def test_a_deputy_decides_only_what_a_delegation_of_the_office_covers_on_that_day(app, ctx_of, by, granted, problem):
    delegation_id = delegate(app, ctx_of, by, **granted)
    violation_id = with_minutes(ctx_of)
    signed = DECISION | {"deputy": [delegation_id]}
    if problem is not None:
        fields = refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **signed))
        assert problem in fields["deputy"][0]
        return
    move(ctx_of, "ubnd.xa", violation_id, "decide", **signed)
    case = get(ctx_of, violation_id)
    assert (case.delegation_id, case.deputy_name) == (delegation_id, "Nguyễn Văn Phó")


def test_the_decision_of_a_deputy_cites_the_delegation_as_a_ground_and_is_signed_for_the_head(app, ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, deputy=[delegate(app, ctx_of)])
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        paper = served_paper(ctx, case, PaperKind.DECISION, find_paper(ctx, case, PaperKind.DECISION, None))
    assert "Căn cứ Quyết định số 12/QĐ-GQXP ngày 02/11/2026 về việc giao quyền xử phạt;" in paper.grounds
    assert paper.right == ("KT. CHỦ TỊCH, PHÓ CHỦ TỊCH", "Nguyễn Văn Phó")


def test_the_director_of_a_department_has_deputies_of_his_own(app, ctx_of):
    delegation_id = delegate(app, ctx_of, "so.khcn", deputy_post="Phó Giám đốc Sở")
    violation_id = accepted(ctx_of)
    signed = DECISION | {"authority": Authority.LEAD_DIRECTOR, "deputy": [delegation_id]}
    move(ctx_of, "so.khcn", violation_id, "decide", **signed)
    assert get(ctx_of, violation_id).delegation == "Quyết định số 12/QĐ-GQXP ngày 02/11/2026"


def test_the_form_of_a_decision_offers_the_deputies_of_the_office_alone(app, client_of, ctx_of):
    delegate(app, ctx_of)
    delegate(app, ctx_of, deputy_name="Lê Thị Cũ", number="1/GQ", valid_to=date(2026, 11, 20))
    delegate(app, ctx_of, "so.khcn", deputy_name="Phạm Văn Sở")
    page = client_of("ubnd.xa").get(f"/cases/violation/{with_minutes(ctx_of)}/decide").text
    assert "Nguyễn Văn Phó, Phó Chủ tịch UBND phường – 12/QĐ-GQXP" in page
    assert "Lê Thị Cũ" not in page
    assert "Phạm Văn Sở" not in page


def test_a_delegation_that_ended_while_the_form_was_open_is_refused_and_what_was_typed_stays(app, client_of, ctx_of):
    delegation_id, violation_id = delegate(app, ctx_of), with_minutes(ctx_of)
    end(ctx_of, delegation_id, date(2026, 11, 20))
    typed = {
        "version": str(get(ctx_of, violation_id).version),
        "authority": "commune_chair",
        "decision_on": "24/11/2026",
        "fine_vnd": "25.000.000",
        "remedy": "Gắn thẻ nhận biết từng cáp",
        "deputy": str(delegation_id),
    }
    answer = post(client_of("ubnd.xa"), f"/cases/violation/{violation_id}/decide", typed)
    assert answer.status_code == 422
    assert "đến hết 20/11/2026; ngày 24/11/2026 nằm ngoài thời hạn" in answer.text
    assert "Gắn thẻ nhận biết từng cáp" in answer.text
    assert get(ctx_of, violation_id).decision_number is None


def test_enforcement_is_signed_by_a_deputy_who_was_given_that_power(app, ctx_of):
    violation_id = decided(ctx_of)
    delivered = {"delivered_on": date(2026, 11, 24), "how": PaperDelivery.BY_HAND}
    move(ctx_of, "kiemtra1", violation_id, "deliver_decision", **delivered)
    order = {"enforced_on": date(2026, 12, 8), "enforcement_number": "1/QĐ-CC", "text": "Khấu trừ"}
    only_fines = delegate(app, ctx_of)
    fields = refusal(
        lambda: move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at_noon(2026, 12, 8), **order, deputy=[only_fines])
    )
    assert "Cưỡng chế" in fields["deputy"][0]
    both = delegate(app, ctx_of, number="13/QĐ-GQ", powers=("sanction", "enforce"))
    move(ctx_of, "ubnd.xa", violation_id, "enforce", now=at_noon(2026, 12, 8), **order, deputy=[both])


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"signed_on": date(2026, 11, 25)}, ["signed_on", "valid_from"]),
        ({"valid_from": date(2026, 11, 1)}, ["valid_from"]),
        ({"valid_to": date(2026, 11, 8)}, ["valid_to"]),
        ({"signed_on": date(1995, 1, 1)}, ["signed_on"]),
        ({"valid_to": date(2190, 1, 1)}, ["valid_to"]),
        ({"deputy_name": ""}, ["deputy_name"]),
        ({"powers": ()}, ["powers"]),
        ({"sectors": ("air",)}, ["sectors"]),
    ],
)
def test_a_delegation_has_days_in_order_a_deputy_and_something_to_do(app, ctx_of, wrong, fields):
    assert sorted(refusal(lambda: delegate(app, ctx_of, **wrong))) == fields


def test_a_delegation_ends_within_its_term_once_and_not_before_what_was_signed_under_it(app, ctx_of):
    delegation_id, violation_id = delegate(app, ctx_of), with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, deputy=[delegation_id])
    assert "24/11/2026" in refusal(lambda: end(ctx_of, delegation_id, date(2026, 11, 23)))["ended_on"][0]
    assert "31/12/2026" in refusal(lambda: end(ctx_of, delegation_id, date(2027, 1, 1)))["ended_on"][0]
    assert end(ctx_of, delegation_id, date(2026, 11, 30)) == date(2026, 11, 30)
    with pytest.raises(MoveRefused, match="30/11/2026"):
        end(ctx_of, delegation_id, date(2026, 12, 1))


def test_an_annulled_decision_rests_on_no_delegation_any_more(app, ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION, deputy=[delegate(app, ctx_of)])
    annulled = {"annulment_number": None, "annulled_on": date(2026, 11, 24), "text": "Sai đối tượng"}
    move(ctx_of, "ubnd.tinh", violation_id, "annul", **annulled)
    case = get(ctx_of, violation_id)
    assert (case.delegation_id, case.delegation, case.deputy_name) == (None, None, None)


def test_offices_read_their_own_delegations_with_the_scan_alone(app, client_of, ctx_of):
    delegation_id = delegate(app, ctx_of, scan=SCAN)
    page = client_of("ubnd.xa").get(f"/violations/delegations/{delegation_id}").text
    assert "giao-quyen.pdf" in page
    assert "12/QĐ-GQXP" in client_of("ubnd.xa").get("/violations/delegations").text
    assert client_of("so.khcn").get(f"/violations/delegations/{delegation_id}").status_code == 404
    assert "12/QĐ-GQXP" not in client_of("so.khcn").get("/violations/delegations").text
    with ctx_of("ubnd.tinh", now=NOW, read_only=True) as ctx, pytest.raises(NotFound):
        get_delegation(ctx, delegation_id)


def test_a_paper_is_entered_once_and_the_form_keeps_what_was_typed(app, client_of, ctx_of):
    delegate(app, ctx_of)
    typed = {name: value for name, value in DELEGATION.items() if isinstance(value, str)}
    days = {"signed_on": "02/11/2026", "valid_from": "09/11/2026", "valid_to": "31/12/2026"}
    data = typed | days | {"powers": "sanction", "sectors": ["telecom", "price"], "scope": "Khi Chủ tịch vắng mặt"}
    client, address = client_of("ubnd.xa"), "/violations/delegations/new"
    answer = post(client, address, data)
    assert answer.status_code == 422
    assert "Sổ giao quyền đã có văn bản cùng số" in answer.text
    assert "Khi Chủ tịch vắng mặt" in answer.text
    assert post(client, address, data | {"number": "14/GQ"}).status_code == 303


def test_amounts_stay_those_of_the_office_whoever_signs(app, ctx_of):
    violation_id = with_minutes(ctx_of, kind="destroy_works")
    signed = DECISION | {"fine_vnd": Decimal(120_000_000), "deputy": [delegate(app, ctx_of)]}
    assert "authority" in refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **signed))
