"""Storms: files of outages, restored counts by organisation, refused rows, what each reader sees."""

import io
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from registry.accounts.models import RoleAssignment
from registry.accounts.service import disable_user, end_role
from registry.incidents.codes import IncidentState
from registry.incidents.models import Incident, StormFile
from registry.incidents.storm_jobs import take_all
from registry.kernel.clock import LOCAL_ZONE, utc_now
from registry.notices.models import Notice
from registry.workflow.jobs import run_clocks
from tests.factories.structures import make
from tests.permissions.cases import token_in
from tests.support.fixtures import account

HEAD = "Mã trạm, công trình;Đơn vị;Loại sự cố;Mất liên lạc lúc;Khôi phục lúc;Ghi chú"


def at(hours):
    """A moment so many hours ago, as people type it."""
    return f"{(utc_now() - timedelta(hours=hours)).astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M}"


@pytest.fixture
def storm(client_of):
    """The address of a storm that the lead department has opened."""
    lead = client_of("so.khcn")
    token = token_in(lead.get("/storms"))
    return lead.post("/storms", data={"name": "Bão số 10", "csrf_token": token}).headers["Location"]


@pytest.fixture
def towers(ctx_of):
    """Own codes and public codes of three towers of Viettel."""
    with ctx_of("viettel") as ctx:
        structures = [make(ctx, own_code=f"BAO-{number}") for number in range(3)]
        return [(each.own_code, each.code) for each in structures]


@pytest.fixture
def send(client_of, storm, database, ctx_of):
    """A function: sends a file as somebody and lets the worker take it; the answer and the page of the file."""

    def post(name, *lines, head=HEAD, content=None):
        client = client_of(name)
        body = content if content is not None else "\n".join((head, *lines)).encode()
        data = {"file": (io.BytesIO(body), "mat-lien-lac.csv"), "csrf_token": token_in(client.get(storm))}
        answer = client.post(f"{storm}/files", data=data)
        if answer.status_code != 303:
            return answer
        with ctx_of("so.khcn", read_only=True) as ctx:
            newest = ctx.session.scalars(select(StormFile).order_by(StormFile.id.desc()).limit(1)).one()
        take_all(database, newest.id, newest.sent_by_id)
        return client.get(answer.headers["Location"])

    return post


def states(ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return ctx.session.scalars(select(Incident.state).order_by(Incident.id)).all()


def test_outages_of_a_file_are_cases_of_their_operator_and_the_next_file_restores_them(
    send, towers, ctx_of, client_of, storm
):
    (own, _), (_, code), (third, _) = towers
    page = send("viettel", f"{own};;;{at(5)};;500 thuê bao", f"{code};;;{at(5)};;", f"{third};;;{at(30)};;")
    assert "Dòng sai" not in page.text
    with ctx_of("so.khcn", read_only=True) as ctx:
        incidents = ctx.session.scalars(select(Incident).order_by(Incident.id)).all()
        assert {case.state for case in incidents} == {IncidentState.ACKNOWLEDGED}
        assert [round((case.due_at - case.began_at) / timedelta(hours=1)) for case in incidents] == [24, 24, 24]
        notices = ctx.session.scalars(select(Notice.subject_kind).where(Notice.created_at >= utc_now())).all()
        assert set(notices) == {"incident_storm"}
    again = send("viettel", f"{own};;;{at(5)};{at(1)};đã phát máy nổ", f"{code};;;{at(5)};;")
    assert "đã khôi phục" in again.text
    assert states(ctx_of) == [IncidentState.FIXED, IncidentState.ACKNOWLEDGED, IncidentState.ACKNOWLEDGED]
    with ctx_of("so.khcn", read_only=True) as ctx:
        last = ctx.session.scalars(select(StormFile).order_by(StormFile.id.desc()).limit(1)).one()
        assert (last.opened, last.restored, last.unchanged, last.done) == (0, 1, 2, 2)
        case = ctx.session.scalars(select(Incident).order_by(Incident.id).limit(1)).one()
        assert round((case.safe_at - case.began_at) / timedelta(hours=1)) == 4
    for reader, rows in (("so.khcn", 1), ("viettel", 1), ("vnpt", 0)):
        page = client_of(reader).get(storm)
        assert page.text.count(">33%<") == rows * 2, reader
    listed = client_of("so.khcn").get(f"/incidents?storm={storm.rsplit('/', 1)[1]}&made_safe=1")
    assert listed.text.count("/incidents/") >= 1
    assert "1 hồ sơ" in listed.text


@pytest.mark.parametrize("ending", ["account", "role"])
def test_a_sender_without_account_or_right_has_no_rows_taken_and_its_organisation_learns_why(
    client_of, storm, towers, ctx_of, database, ending
):
    reader = client_of("so.khcn")
    client, lines = client_of("viettel"), "\n".join((HEAD, f"{towers[0][0]};;;{at(5)};;"))
    data = {"file": (io.BytesIO(lines.encode()), "mat.csv"), "csrf_token": token_in(client.get(storm))}
    address = client.post(f"{storm}/files", data=data).headers["Location"]
    file_id = int(address.rsplit("/", 1)[1])
    with ctx_of("quantri") as ctx:
        user = account(ctx.session, "viettel")
        if ending == "account":
            disable_user(ctx, user.id)
        else:
            for role in ctx.session.scalars(select(RoleAssignment).where(RoleAssignment.user_id == user.id)).all():
                end_role(ctx, user.id, role.id)
    for _again in range(2):
        take_all(database, file_id, user.id)
    assert states(ctx_of) == []
    assert "Còn 1 dòng chưa nhận" in reader.get(address).text
    with ctx_of("so.khcn", read_only=True) as ctx:
        storm_file = ctx.session.get_one(StormFile, file_id)
        assert (storm_file.done, storm_file.finished_at is None, bool(storm_file.failure)) == (0, False, True)
        events = ctx.session.scalars(select(Notice.event).where(Notice.subject_kind == "incident_storm")).all()
        assert events.count("file_stopped") == 1


def test_the_clock_of_an_outage_runs_from_when_it_began_and_sends_one_notice_for_all(send, towers, ctx_of, database):
    send("viettel", *(f"{own};;;{at(30)};;" for own, _code in towers))
    with ctx_of(None, read_only=True) as ctx:
        before = ctx.session.scalar(select(func.max(Notice.id)))
    run_clocks(database, utc_now())
    assert set(states(ctx_of)) == {IncidentState.OVERDUE}
    with ctx_of(None, read_only=True) as ctx:
        late = ctx.session.execute(select(Notice.subject_kind, Notice.event).where(Notice.id > before)).all()
        assert late == [("incident_storm", "miss_safe")]


def test_every_wrong_row_is_named_and_the_good_ones_are_taken(send, towers, ctx_of):
    own, code = towers[0]
    page = send(
        "viettel",
        f"{own};;;{at(5)};;",
        f"{code};;;{at(5)};;",
        "KHONG-CO;;;;;",
        f"{towers[1][0]};VNPT;;;;",
        f"{towers[1][0]};;sấm;;;",
        f"{towers[1][0]};;;31/02/2026 06:00;;",
        f"{towers[1][0]};;;{at(-5)};;",
        f"{towers[1][0]};;;{at(2)};{at(3)};",
        ";;;;;chỉ ghi chú",
    )
    for sentence in (
        "Trùng với dòng 2",
        "Cơ sở dữ liệu không có công trình này",
        "Không phải đơn vị của tài khoản này",
        "“sấm” không có trong danh mục",
        "cần dạng 29/09/2026 06:30",
        "cần thời điểm hiện tại hoặc trước đó",
        "Trước thời điểm mất liên lạc",
        "Chưa nhập; cần mã công trình",
    ):
        assert sentence in page.text, sentence
    assert len(states(ctx_of)) == 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Tệp trống"),
        ("Tên;Ghi chú\nA;B".encode(), "không có cột “Mã trạm, công trình”"),
        (HEAD.encode(), "dòng"),
        (f"{HEAD}\nX1;;;;;\n".encode(), "Không có dòng nào được nhận (1 dòng sai). Dòng 2"),
        (b"\x00\x01\x02" * 50, "file"),
        ((HEAD + "\n" + "A;;;;;\n" * 5001).encode(), "hơn 5.000 dòng"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_its_reason(send, ctx_of, content, sentence):
    answer = send("viettel", content=content)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert states(ctx_of) == []


def test_an_authority_names_the_operator_and_the_operator_has_the_case(send, towers, ctx_of):
    own = towers[0][1]
    refused = send("ubnd.xa", f"{own};;;{at(5)};;", head=HEAD.replace("Đơn vị", "Tên"))
    assert "không có cột “Đơn vị”" in refused.text
    send("so.khcn", f"{own};Viettel;Nghiêng cột treo cáp;{at(5)};;")
    with ctx_of("so.khcn", read_only=True) as ctx:
        case = ctx.session.scalars(select(Incident)).one()
    assert (case.state, case.acknowledged_at) == (IncidentState.ASSIGNED, None)


def test_a_rival_reports_no_structure_of_others_and_reads_no_file_of_theirs(send, towers, client_of, ctx_of):
    code = towers[0][1]
    refused = send("vnpt", f"{code};;;;;")
    missing = send("vnpt", "TTT-000000;;;;;")
    assert refused.status_code == missing.status_code == 422
    reasons = [answer.text.count("Cơ sở dữ liệu không có công trình này") for answer in (refused, missing)]
    assert reasons[0] == reasons[1] > 0
    send("viettel", f"{code};;;{at(5)};;")
    with ctx_of("so.khcn", read_only=True) as ctx:
        newest = ctx.session.scalars(select(StormFile.id).order_by(StormFile.id.desc()).limit(1)).one()
    assert client_of("vnpt").get(f"/storms/files/{newest}").status_code == 404
    assert client_of("ubnd.xa").get(f"/storms/files/{newest}").status_code == 404
    assert client_of("so.xaydung").get(f"/storms/files/{newest}").status_code == 200


def test_the_list_to_send_back_has_what_is_out_and_is_read_again(send, towers, client_of, storm, ctx_of):
    send("viettel", *(f"{own};;;{at(5)};;" for own, _code in towers))
    content = client_of("viettel").get(f"{storm}/list.csv").get_data()
    lines = content.decode("utf-8-sig").splitlines()
    assert len(lines) == 4
    filled = "\n".join([lines[0], *(line.rsplit(";", 2)[0] + f";{at(1)};" for line in lines[1:])])
    send("viettel", content=filled.encode())
    assert set(states(ctx_of)) == {IncidentState.FIXED}
    empty = client_of("vnpt").get(f"{storm}/list.csv").get_data().decode("utf-8-sig").splitlines()
    assert len(empty) == 1


def test_a_storm_that_has_ended_takes_no_file_and_is_opened_by_departments_alone(send, towers, client_of, storm):
    lead = client_of("so.khcn")
    same = lead.post("/storms", data={"name": "Bão số 10", "csrf_token": token_in(lead.get("/storms"))})
    assert "đang mở" in same.text
    rival = client_of("viettel")
    token = token_in(rival.get("/incidents"))
    assert rival.post("/storms", data={"name": "Bão", "csrf_token": token}).status_code == 403
    assert lead.post(f"{storm}/end", data={"csrf_token": token_in(lead.get(storm))}).status_code == 303
    late = send("viettel", f"{towers[0][0]};;;;;")
    assert late.status_code == 409
    assert "đã kết thúc" in late.text


def test_an_end_with_incidents_out_asks_and_takes_restorations_until_all_are_back(
    send, towers, client_of, storm, ctx_of
):
    send("viettel", *(f"{own};;;{at(5)};;" for own, _code in towers[:2]))
    lead = client_of("so.khcn")
    token = token_in(lead.get(storm))
    asked = lead.post(f"{storm}/end", data={"csrf_token": token})
    assert (asked.status_code, "Kết thúc khi còn 2 sự cố" in asked.text) == (409, True)
    assert lead.post(f"{storm}/end", data={"csrf_token": token, "out": "1"}).status_code == 409
    assert lead.post(f"{storm}/end", data={"csrf_token": token, "out": "2"}).status_code == 303
    new = send("viettel", f"{towers[2][0]};;;{at(2)};;")
    assert (new.status_code, "chỉ nhận dòng có thời điểm khôi phục" in new.text) == (422, True)
    lines = client_of("viettel").get(f"{storm}/list.csv").get_data().decode("utf-8-sig").splitlines()
    filled = "\n".join([lines[0], *(line.rsplit(";", 2)[0] + f";{at(1)};" for line in lines[1:])])
    send("viettel", content=filled.encode())
    assert states(ctx_of) == [IncidentState.FIXED] * 2
    assert send("viettel", content=filled.encode()).status_code == 409


@pytest.mark.trial
def test_five_hundred_outages_are_taken_and_restored(send, ctx_of):
    with ctx_of("viettel") as ctx:
        own = [make(ctx, own_code=f"BAO5-{number}").own_code for number in range(500)]
    page = send("viettel", *(f"{code};;;{at(5)};;" for code in own))
    assert "Dòng sai" not in page.text
    send("viettel", *(f"{code};;;{at(5)};{at(1)};" for code in own))
    assert states(ctx_of) == [IncidentState.FIXED] * 500
