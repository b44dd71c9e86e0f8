"""Bad input of route lists: a huge line, a list issued under an edit, two editions at once; nothing typed is lost."""

import pytest
from sqlalchemy import func, select

from registry.kernel.errors import Conflict, MoveRefused
from registry.routelists.models import RouteList, RouteListEdition
from registry.routelists.workflow import LIST
from registry.workflow.engine import fire
from tests.factories.routelists import FORM, YEAR, a_list, agreed, issue, move, propose
from tests.permissions.cases import token_in
from tests.support.clock import NOW


def test_a_line_of_fifty_thousand_points_is_refused_and_the_rest_stays(ctx_of, client_of):
    list_id = a_list(ctx_of)
    client = client_of("ubnd.xa")
    page = client.get(f"/route-lists/items/new?year={YEAR}")
    points = "\n".join(f"19.8, {105 + number / 100_000:.5f}" for number in range(50_000))
    fields = FORM | {"csrf_token": token_in(page), "route_list": str(list_id), "position": points}
    answer = client.post("/route-lists/items/new", data=fields)
    assert answer.status_code == 422
    assert "đã nhập 50000" in answer.text.replace("50.000", "50000")
    assert FORM["street_name"] in answer.text


def test_a_draft_that_is_edited_while_its_list_is_issued_is_refused_with_what_was_typed(ctx_of, client_of):
    draft = propose(ctx_of, street_name="Phố Nháp")
    agreed(ctx_of)
    client = client_of("ubnd.xa")
    page = client.get(f"/route-lists/items/{draft}/edit")
    issue(ctx_of, a_list(ctx_of), NOW.date())
    position = page.text.split('name="position"')[1].split(">", 1)[1].split("</textarea>")[0].strip()
    fields = FORM | {"csrf_token": token_in(page), "version": "1", "position": position, "echoed": position}
    answer = client.post(f"/route-lists/items/{draft}/edit", data=fields | {"reason": "Lý do vừa gõ"})
    assert answer.status_code == 409
    assert "đã ban hành theo Quyết định" in answer.text
    assert "Lý do vừa gõ" in answer.text


def test_of_two_editions_at_once_one_is_issued(ctx_of):
    agreed(ctx_of)
    list_id = a_list(ctx_of)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        version = ctx.session.get_one(RouteList, list_id).version
    issue(ctx_of, list_id, NOW.date())
    decision = {"decision_number": "13/QĐ-SXD", "decided_on": NOW.date(), "files": ["quyet-dinh-2.pdf"]}
    with pytest.raises((Conflict, MoveRefused)), ctx_of("so.xaydung") as ctx:
        fire(ctx, LIST, list_id, "issue", decision, version=version)
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bổ sung")
    with pytest.raises(Conflict), ctx_of("so.xaydung") as ctx:
        fire(ctx, LIST, list_id, "reopen", {"reason": "Bổ sung"}, version=version + 1)
    with ctx_of("so.xaydung", read_only=True) as ctx:
        assert ctx.session.scalar(select(func.count()).select_from(RouteListEdition)) == 1
        assert ctx.session.get_one(RouteList, list_id).edition == 2
