"""All questions about what others have not published share one daily quota and have numbers; owners are notified."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from registry.audit.chain import record
from registry.audit.models import AuditNote
from registry.notices.models import Notice
from registry.structures.nearby.questions import notify_owners
from tests.factories.structures import HAC_THANH, make, organisation_id
from tests.support.import_files import as_csv, site
from tests.web.test_import_rows import checked

MAST = f"/planned-sites/new-mast?at={HAC_THANH[1]}%3B+{HAC_THANH[0]}"


def set_to(ctx_of, key, value):
    with ctx_of("so.khcn") as ctx:
        ctx.session.execute(
            text("UPDATE dated_setting SET value = to_jsonb(CAST(:value AS int)) WHERE key = :key"),
            {"key": key, "value": value},
        )
        record(ctx, "test.limit", "dated_setting", None)


def upload(client, number):
    """The page of a checked file with one tower of VNPT at the place of a number."""
    address = checked(client, as_csv([site(number, **{"Đơn vị chủ quản": "VNPT"})]))
    return client.get(address).text


def questions(ctx_of):
    """The notes of questions in their order: number, cells with a yes, owners concerned."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        notes = ctx.session.scalars(select(AuditNote).where(AuditNote.action == "question").order_by(AuditNote.id))
        return [
            (look["number"], look["cells"], note.owner_ids)
            for note in notes
            for look in note.details["looks"]
            if "number" in look
        ]


@pytest.fixture
def viettel(ctx_of):
    """The id of an owner with an unpublished tower near the first site of the files."""
    with ctx_of("viettel") as ctx:
        make(ctx)
        return organisation_id(ctx.session, "viettel")


def test_imports_and_masts_count_together_and_end_together(client_of, ctx_of, viettel):
    client = client_of("vnpt")
    assert "đã tra cứu 1 lượt" in client.get(MAST).text
    assert "lượt tra cứu thứ 2 trong ngày" in upload(client, 0)
    assert "đã tra cứu 3 lượt" in client.get(MAST).text
    # Three kilometres to the east.
    far = upload(client, 60)
    assert "lượt tra cứu thứ 4 trong ngày" in far
    assert "không có trong 1 ô lưới" in far
    assert questions(ctx_of) == [(1, 1, [viettel]), (2, 1, [viettel]), (3, 1, [viettel]), (4, 0, [])]
    set_to(ctx_of, "position.questions_a_day", 4)
    refused = upload(client, 1)
    assert "đã tra cứu hết 4 lượt" in refused
    assert "tâm ô" not in refused
    assert "hết số lượt của một ngày" in client.get(MAST).text
    assert len(questions(ctx_of)) == 4
    # Another organisation has its own.
    assert "đã tra cứu 1 lượt" in client_of("viettel").get(MAST).text


def test_the_owner_reads_each_question_and_is_notified_once_a_day_when_there_are_many(client_of, ctx_of, viettel):
    client = client_of("vnpt")
    for _number in range(2):
        client.get(MAST)
    assert "Lượt tra cứu thứ 2 trong ngày: 1 ô lưới" in client_of("viettel").get("/looks").text
    assert "Lượt tra cứu thứ" not in client_of("dienluc").get("/looks").text
    set_to(ctx_of, "position.questions_notified_from", 3)
    with ctx_of("so.khcn") as ctx:
        assert notify_owners(ctx) == 0
    upload(client, 0)
    for expected in (1, 0):
        with ctx_of(None) as ctx:
            assert notify_owners(ctx) == expected
    with ctx_of(None, read_only=True) as ctx:
        notice = ctx.session.scalars(select(Notice).where(Notice.subject_kind == "position_questions")).one()
        assert (notice.organisation_ids, notice.params["asked"]) == ([viettel], 3)
        tomorrow = ctx.now + timedelta(days=1)
    page = client_of("viettel").get("/notices").text
    assert "đã tra cứu 3 lượt" in page
    assert "VNPT" in page
    assert "đã tra cứu 3 lượt" not in client_of("dienluc").get("/notices").text
    # Questions of yesterday are no reason.
    with ctx_of("so.khcn", now=tomorrow) as ctx:
        assert notify_owners(ctx) == 0
