"""The call of a year and the comments on its draft: who is asked, answers, is late and is reminded; comments."""

import html
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from registry.accounts.models import Organisation
from registry.kernel.errors import Forbidden, Invalid, MoveRefused, NotFound
from registry.notices.models import Notice
from registry.notices.queries import addressed_to
from registry.routelists.comments import comment, comment_parts, read_notice, reply
from registry.routelists.queries import get_item, get_list
from registry.routelists.round_models import RoundKind
from registry.routelists.rounds import answer, asked_organisations, last_round, round_tasks, unanswered
from registry.routelists.workflow import LIST
from tests.factories.routelists import a_list, agreed, issue, line, move, propose, sent
from tests.permissions.cases import token_in
from tests.support.clock import clock

__all__ = ["clock"]
DUE = date(2026, 12, 20)


def opened(ctx_of, name="call", list_id=None, **data):
    """The id of a list with a round."""
    list_id = list_id or a_list(ctx_of)
    return move(ctx_of, "so.xaydung", list_id, name, workflow=LIST, due_on=DUE, **data)


def asked_of(ctx_of, list_id, kind=RoundKind.CALL, username="so.xaydung", now=None):
    """Name -> organisation of the round, as an account sees it."""
    with ctx_of(username, read_only=True, now=now) as ctx:
        route_list = get_list(ctx, list_id)
        return {each.name: each for each in asked_organisations(ctx, route_list, last_round(ctx, route_list, kind))}


def say(ctx_of, username, list_id, kind=RoundKind.CALL, text="Không có tuyến nào"):
    with ctx_of(username) as ctx:
        answer(ctx, get_list(ctx, list_id), kind, text)


def notices_of(ctx_of, username, event):
    with ctx_of(username, read_only=True) as ctx:
        return len(
            list(
                ctx.session.scalars(
                    select(Notice).where(
                        Notice.subject_kind == "routelist", Notice.event == event, addressed_to(ctx.actor)
                    )
                )
            )
        )


def own_name(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        return ctx.session.get_one(Organisation, ctx.actor.organisation_id).name


def test_a_call_asks_communes_operators_and_departments_and_notifies_them(ctx_of):
    list_id = opened(ctx_of, text="Kèm biểu mẫu")
    asked = asked_of(ctx_of, list_id)
    for username in ("ubnd.xa", "viettel", "dienluc", "so.khcn"):
        assert own_name(ctx_of, username) in asked
        assert notices_of(ctx_of, username, "call") == 1
    for username in ("bo.khcn", "so.taichinh", "quansu"):
        assert own_name(ctx_of, username) not in asked
        assert notices_of(ctx_of, username, "call") == 0


def test_a_round_ends_after_today(ctx_of):
    list_id = a_list(ctx_of)
    with pytest.raises(Invalid, match="không sau hôm nay"):
        move(ctx_of, "so.xaydung", list_id, "call", workflow=LIST, due_on=date(2026, 1, 2))


def test_who_sends_a_street_or_says_that_there_is_none_has_answered(ctx_of):
    list_id = opened(ctx_of)
    propose(ctx_of)
    commune = own_name(ctx_of, "ubnd.xa")
    assert not asked_of(ctx_of, list_id)[commune].has_answered
    sent(ctx_of)
    say(ctx_of, "viettel", list_id)
    asked = asked_of(ctx_of, list_id)
    assert asked[commune].proposals == 1
    assert asked[commune].has_answered
    assert asked[own_name(ctx_of, "viettel")].text == "Không có tuyến nào"
    # An organisation sees its own answer alone.
    assert set(asked_of(ctx_of, list_id, username="vnpt")) == {own_name(ctx_of, "vnpt")}


def test_who_is_late_is_listed_first_and_reminded(ctx_of, clock):
    list_id = opened(ctx_of)
    for username in ("viettel", "so.khcn"):
        say(ctx_of, username, list_id)
    clock.advance(timedelta(days=60))
    asked = list(asked_of(ctx_of, list_id).values())
    assert [each.is_late for each in asked] == sorted((each.is_late for each in asked), reverse=True)
    assert asked[0].is_late
    move(ctx_of, "so.xaydung", list_id, "remind", workflow=LIST)
    assert notices_of(ctx_of, "vnpt", "remind") == 1
    assert notices_of(ctx_of, "viettel", "remind") == 0
    say(ctx_of, "vnpt", list_id)
    assert asked_of(ctx_of, list_id)[own_name(ctx_of, "vnpt")].has_answered


def test_nobody_is_reminded_without_a_round(ctx_of):
    list_id = a_list(ctx_of)
    with pytest.raises(MoveRefused, match="chưa trả lời"):
        move(ctx_of, "so.xaydung", list_id, "remind", workflow=LIST)


def tasks(app, ctx_of, username):
    with app.test_request_context(), ctx_of(username, read_only=True) as ctx:
        return [(task.text, task.state) for task in round_tasks(ctx)]


def test_a_round_is_a_task_until_it_is_answered(app, ctx_of, clock):
    list_id = opened(ctx_of)
    ((text, state),) = tasks(app, ctx_of, "viettel")
    assert text == "Đề xuất tuyến đường, danh mục tuyến đường năm 2027"
    assert "20/12/2026" in state
    assert tasks(app, ctx_of, "so.xaydung") == tasks(app, ctx_of, "kiemtra1") == []
    clock.advance(timedelta(days=60))
    assert tasks(app, ctx_of, "viettel")[0][1] == "Quá hạn từ ngày 20/12/2026"
    say(ctx_of, "viettel", list_id)
    assert tasks(app, ctx_of, "viettel") == []


def test_a_list_is_not_issued_while_comments_on_its_draft_are_awaited(ctx_of, clock):
    agreed(ctx_of)
    list_id = opened(ctx_of, "consult")
    with pytest.raises(MoveRefused, match="chưa thể ban hành"):
        issue(ctx_of, list_id, date(2026, 10, 1))
    with ctx_of("so.xaydung", read_only=True) as ctx:
        waiting = unanswered(ctx, get_list(ctx, list_id))
        assert ctx.actor.organisation_id not in waiting
    for username in ("viettel", "vnpt", "dienluc", "so.khcn"):
        say(ctx_of, username, list_id, RoundKind.COMMENTS, "Thống nhất")
    with ctx_of("so.xaydung", read_only=True) as ctx:
        left = unanswered(ctx, get_list(ctx, list_id))
    if left:
        clock.advance(timedelta(days=60))
    issue(ctx_of, list_id, date(2026, 10, 1))
    with pytest.raises(MoveRefused):
        say(ctx_of, "viettel", list_id, RoundKind.COMMENTS, "Muộn")


def test_a_draft_without_a_street_is_not_sent_for_comments(ctx_of):
    with pytest.raises(MoveRefused, match="chưa có tuyến nào"):
        opened(ctx_of, "consult")


def test_who_is_not_asked_cannot_answer(ctx_of):
    agreed(ctx_of)
    list_id = opened(ctx_of, "consult")
    with pytest.raises(Forbidden):
        say(ctx_of, "ubnd.xa", list_id, RoundKind.COMMENTS)
    with pytest.raises(Invalid, match="Chưa nhập nội dung"):
        say(ctx_of, "viettel", list_id, RoundKind.COMMENTS, "  ")


READERS = ("viettel", "vnpt", "so.xaydung", "so.khcn", "ubnd.xa")


def readers_of(app, ctx_of, item_id):
    """Who reads a comment on an item."""
    readers = set()
    for username in READERS:
        with app.test_request_context(), ctx_of(username, read_only=True) as ctx:
            if comment_parts(ctx, get_item(ctx, item_id))["comments"]:
                readers.add(username)
    return readers


@pytest.mark.parametrize(
    ("writer", "readers"),
    [
        ("viettel", {"viettel", "so.xaydung", "so.khcn"}),
        ("so.xaydung", {"so.xaydung", "so.khcn", "ubnd.xa"}),
        ("so.khcn", {"so.xaydung", "so.khcn", "ubnd.xa"}),
        ("ubnd.xa", {"so.xaydung", "so.khcn", "ubnd.xa"}),
    ],
)
def test_the_proposer_reads_comments_of_offices_and_not_those_of_an_operator(app, ctx_of, writer, readers):
    item_id = agreed(ctx_of)
    with ctx_of(writer) as ctx:
        comment(ctx, item_id, "Trùng tuyến cáp", None)
    assert readers_of(app, ctx_of, item_id) == readers


def test_the_comments_of_offices_on_the_street_of_an_operator_are_read_by_it_and_by_no_rival(app, ctx_of):
    item_id = propose(ctx_of, username="viettel", position=line((105.776, 19.807), (105.779, 19.809)))
    move(ctx_of, "viettel", item_id, "submit")
    move(ctx_of, "so.xaydung", item_id, "agree")
    with ctx_of("so.xaydung") as ctx:
        comment(ctx, item_id, "Cần thêm ống", None)
    with ctx_of("vnpt") as ctx:
        comment(ctx, item_id, "Có cáp của VNPT", None)
    for username, count in (("viettel", 1), ("vnpt", 1), ("so.xaydung", 2)):
        with app.test_request_context(), ctx_of(username, read_only=True) as ctx:
            assert len(comment_parts(ctx, get_item(ctx, item_id))["comments"]) == count, username


def test_a_comment_is_answered_and_closed_by_its_writer_or_the_department_of_construction(app, ctx_of):
    item_id = agreed(ctx_of)
    with ctx_of("so.khcn") as ctx:
        comment_id = comment(ctx, item_id, "Đoạn này có ống cũ", None).id
    with ctx_of("ubnd.xa") as ctx:
        reply(ctx, comment_id, "Đã kiểm tra, ống hỏng")
    with ctx_of("ubnd.xa") as ctx, pytest.raises(Forbidden, match="đóng được góp ý"):
        reply(ctx, comment_id, "Xong", closes=True)
    for stranger in ("viettel", "vnpt"):
        with ctx_of(stranger) as ctx, pytest.raises(NotFound):
            reply(ctx, comment_id, "Cho tôi xem")
    with ctx_of("so.xaydung") as ctx, pytest.raises(Invalid, match="Chưa nhập nội dung"):
        reply(ctx, comment_id, " ", closes=True)
    with ctx_of("so.xaydung") as ctx:
        reply(ctx, comment_id, "Bỏ ống cũ", closes=True)
    with ctx_of("so.khcn") as ctx, pytest.raises(MoveRefused, match="đã đóng"):
        reply(ctx, comment_id, "Còn nữa")
    with app.test_request_context(), ctx_of("ubnd.xa", read_only=True) as ctx:
        (shown,) = comment_parts(ctx, get_item(ctx, item_id))["comments"]
        assert [each.text for each in shown.replies] == ["Đã kiểm tra, ống hỏng", "Bỏ ống cũ"]
        assert (shown.is_closed, shown.may_close) == (True, False)


def test_who_reads_a_comment_is_notified_of_it_and_of_its_answers_without_a_word_of_them(ctx_of):
    item_id = agreed(ctx_of)
    proposer, lead, operator = (organisation_of(ctx_of, name) for name in ("ubnd.xa", "so.khcn", "viettel"))
    with ctx_of("so.khcn") as ctx:
        comment_id = comment(ctx, item_id, "Bí mật", None).id
        reply(ctx, comment_id, "Thêm")
    with ctx_of("ubnd.xa") as ctx:
        reply(ctx, comment_id, "Đã rõ")
    with ctx_of("viettel") as ctx:
        own_id = comment(ctx, item_id, "Cáp của chúng tôi", None).id
    with ctx_of("so.xaydung") as ctx:
        reply(ctx, own_id, "Đã ghi nhận", closes=True)
        query = select(Notice).where(Notice.subject_kind == "routecomment").order_by(Notice.id)
        notices = list(ctx.session.scalars(query))
    assert [(each.event, set(each.organisation_ids)) for each in notices] == [
        ("written", {proposer}),
        ("answered", {proposer}),
        ("answered", {lead}),
        ("written", set()),
        ("closed", {operator}),
    ]
    assert all("Bí mật" not in str(each.params) for each in notices)
    assert all(read_notice(each).sentence for each in notices)


def organisation_of(ctx_of, username):
    with ctx_of(username, read_only=True) as ctx:
        return ctx.actor.organisation_id


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("19,807; 105,776", "tại 19.807000, 105.776000"), ("19,807; 105,776\n19,808; 105,777", "đến 19.808000")],
)
def test_a_comment_names_a_point_or_a_stretch_and_a_bad_one_keeps_the_text(ctx_of, client_of, typed, shown):
    item_id = agreed(ctx_of)
    client = client_of("so.xaydung")
    address = f"/route-lists/items/{item_id}"
    body = {"csrf_token": token_in(client.get(address)), "text": "Cột sát mép đường"}
    for wrong in ("xyz", "19,8; 105,7\n19,8; 105,7", "1,0; 1,0"):
        refused = client.post(f"{address}/comments", data=body | {"position": wrong})
        assert refused.status_code == 422
        assert "Cột sát mép đường" in html.unescape(refused.text)
    assert client.post(f"{address}/comments", data=body | {"position": typed}).status_code == 303
    assert shown in html.unescape(client.get(address).text)


def test_the_proposer_answers_a_comment_on_the_page_of_its_street(ctx_of, client_of):
    item_id = agreed(ctx_of)
    with ctx_of("so.xaydung") as ctx:
        comment_id = comment(ctx, item_id, "Thiếu ảnh", None).id
    client = client_of("ubnd.xa")
    page = client.get(f"/route-lists/items/{item_id}")
    assert "Thiếu ảnh" in html.unescape(page.text)
    address, body = f"/route-lists/comments/{comment_id}/replies", {"csrf_token": token_in(page)}
    assert client.post(address, data=body | {"text": " "}).status_code == 422
    refused = client.post(address, data=body | {"text": "Đã gửi ảnh", "close": "1"})
    assert refused.status_code == 403
    assert client.post(address, data=body | {"text": "Đã gửi ảnh"}).status_code == 303
    assert "Đã gửi ảnh" in html.unescape(client.get(f"/route-lists/items/{item_id}").text)


def test_the_proposer_reads_why_a_street_was_rejected(ctx_of, client_of):
    own = line((105.776, 19.807), (105.779, 19.809))
    list_id = a_list(ctx_of)
    assert list_id
    item_id = propose(ctx_of, username="viettel", position=own)
    move(ctx_of, "viettel", item_id, "submit")
    move(ctx_of, "so.xaydung", item_id, "reject", reason="Đường này đã ngầm hóa năm 2024")
    page = html.unescape(client_of("viettel").get(f"/route-lists/items/{item_id}").text)
    assert "Lý do không đưa vào danh mục" in page
    assert "Đường này đã ngầm hóa năm 2024" in page
    assert client_of("vnpt").get(f"/route-lists/items/{item_id}").status_code == 404


def test_the_round_of_an_issued_edition_stays_readable_while_the_next_one_is_prepared(ctx_of, client_of):
    list_id = a_list(ctx_of)
    agreed(ctx_of)
    opened(ctx_of, "consult", list_id)
    say(ctx_of, "viettel", list_id, RoundKind.COMMENTS, "Đồng ý dự thảo")
    for each in ("vnpt", "dienluc", "so.khcn"):
        say(ctx_of, each, list_id, RoundKind.COMMENTS)
    issue(ctx_of, list_id, date(2026, 11, 24))
    move(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bổ sung")
    sent(ctx_of, street_name="Phố Sau")
    office, operator = client_of("so.xaydung"), client_of("viettel")
    page = html.unescape(office.get(f"/route-lists/{list_id}").text)
    address = f"/route-lists/{list_id}/rounds/comments"
    assert f'href="{address}?edition=1">Góp ý dự thảo danh mục (lần 1)' in page
    for asked in (address, f"{address}?edition=1"):
        answer_page = office.get(asked)
        assert answer_page.status_code == 200
        assert "Đồng ý dự thảo" in answer_page.text
        own = operator.get(asked)
        assert "Đồng ý dự thảo" in own.text
        assert 'name="text"' not in own.text
    assert office.get(f"{address}?edition=2").status_code == 404
    opened(ctx_of, "consult", list_id)
    assert "Đồng ý dự thảo" not in office.get(address).text
    assert "Đồng ý dự thảo" in office.get(f"{address}?edition=1").text
