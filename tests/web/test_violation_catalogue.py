"""The catalogue of acts is kept by the lead department: rows by day, history, confirmed sources."""

import html
import re
from datetime import date

import pytest

from registry.violations.catalogue import rows_of_competence, rows_of_kind
from registry.violations.codes import Authority, Sector
from registry.violations.models import Violation
from registry.violations.queries import find_competence, find_kind, list_kinds
from tests.factories.violations import log
from tests.permissions.cases import token_in

ROW = {
    "act": "Treo cáp trái phép trên cột",
    "kind_group": "cables",
    "sector": "construction",
    "remedies": ["restore"],
    "valid_from": "01/03/2027",
    "fine_min_vnd": "30.000.000",
    "fine_max_vnd": "50.000.000",
    "owner_first": "false",
    "decree": "Nghị định 9/2027/NĐ-CP",
    "article": "Đ12.3",
    "needs_verification": "false",
    "reason": "Nghị định mới",
}


@pytest.fixture
def officer(client_of):
    return client_of("so.khcn")


def post(client, address, **fields):
    return client.post(address, data=fields | {"csrf_token": token_in(client.get(address))})


def words(answer):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_new_row_applies_from_its_day_and_ends_the_one_before(officer, ctx_of):
    before, after = date(2027, 2, 28), date(2027, 3, 1)
    saved = post(officer, "/violations/kinds/hang_without_consent/new", **ROW)
    assert saved.status_code == 303, words(saved)
    with ctx_of("kiemtra1", read_only=True) as ctx:
        old = find_kind(ctx.session, "hang_without_consent", before, before)
        new = find_kind(ctx.session, "hang_without_consent", after, after)
        assert (old.decree, old.valid_to) == ("Nghị định 16/2022/NĐ-CP", before)
        assert (new.decree, int(new.fine_max_vnd)) == (ROW["decree"], 50_000_000)
        # An act of before, discovered later, keeps its law.
        assert find_kind(ctx.session, "hang_without_consent", before, before).id == old.id
    page = words(officer.get("/violations/kinds/hang_without_consent"))
    assert "01/03/2027" in page
    assert "Nghị định mới" in page


def test_a_new_act_is_offered_from_its_day(officer, ctx_of):
    saved = post(officer, "/violations/kinds/new", **ROW | {"code": "cable_over_road", "act": "Cáp sà xuống đường"})
    assert saved.status_code == 303, words(saved)
    with ctx_of("kiemtra1", read_only=True) as ctx:
        codes = [
            {kind.code for kind in list_kinds(ctx.session, day, day)} for day in (date(2027, 2, 1), date(2027, 3, 1))
        ]
        assert ["cable_over_road" in codes_of_day for codes_of_day in codes] == [False, True]


@pytest.mark.parametrize(
    ("address", "sent", "sentence"),
    [
        ("hang_without_consent/new", {"valid_from": "28/01/2022"}, "Đã có dòng có hiệu lực từ ngày 28/01/2022"),
        ("hang_without_consent/new", {"valid_from": "01/01/2020"}, "Đã có dòng có hiệu lực từ ngày 28/01/2022"),
        ("hang_without_consent/new", {"valid_from": "01/01/1999"}, "cần từ 01/01/2000"),
        ("hang_without_consent/new", {"valid_to": "01/01/2027"}, "cần từ “Có hiệu lực từ ngày”"),
        ("hang_without_consent/new", {"fine_max_vnd": ""}, "cần cả mức phạt thấp nhất và cao nhất"),
        ("hang_without_consent/new", {"fine_max_vnd": "1.000.000"}, "Mức cao nhất nhỏ hơn mức thấp nhất"),
        ("hang_without_consent/new", {"fine_max_vnd": "nhiều"}, "nhiều"),
        ("hang_without_consent/new", {"reason": ""}, "Chưa nhập"),
        ("hang_without_consent/new", {"decree": "a\0b"}, "ký tự"),
        ("new", {"code": "hang_without_consent"}, "đã có"),
        ("new", {"code": "Mã Lạ"}, "không dùng được"),
        ("new", {"code": "rows"}, "không dùng được"),
        ("hang_without_consent/new", {"remedies": ["tịch thu"]}, "Không có biện pháp nào mang mã “tịch thu”"),
        ("hang_without_consent/new", {"sector": "y tế"}, "y tế"),
    ],
)
def test_a_refusal_names_field_and_value_and_changes_nothing(officer, ctx_of, address, sent, sentence):
    answer = post(officer, f"/violations/kinds/{address}", **{"code": "x_y"} | ROW | sent)
    assert answer.status_code == 422
    assert sentence in words(answer)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert len(rows_of_kind(ctx, "hang_without_consent")) == 1


def test_a_row_is_confirmed_once_with_its_source(officer, ctx_of):
    with ctx_of("so.khcn", read_only=True) as ctx:
        number = rows_of_kind(ctx, "hang_without_consent")[0].id
    address = f"/violations/kinds/rows/{number}/confirm"
    assert post(officer, address, decree="Nghị định 16/2022/NĐ-CP", article="Đ57.1.a").status_code == 303
    assert post(officer, address, decree="x", article="").status_code == 409
    with ctx_of("so.khcn", read_only=True) as ctx:
        row = rows_of_kind(ctx, "hang_without_consent")[0]
        assert (row.article, row.needs_verification) == ("Đ57.1.a", False)


def row_from(ctx_of, act, day):
    with ctx_of("so.khcn", read_only=True) as ctx:
        return next(row.id for row in rows_of_kind(ctx, act) if row.valid_from == day)


def test_a_row_not_yet_valid_is_withdrawn_and_the_one_before_applies_again(officer, ctx_of):
    act, day = "hang_without_consent", date(2027, 3, 1)
    post(officer, f"/violations/kinds/{act}/new", **ROW)
    address = f"/violations/kinds/rows/{row_from(ctx_of, act, day)}/withdraw"
    assert post(officer, address, reason="").status_code == 422
    assert post(officer, address, reason="Nghị định chưa ban hành").status_code == 303
    with ctx_of("so.khcn", read_only=True) as ctx:
        withdrawn, before = rows_of_kind(ctx, act)
        assert (before.valid_to, withdrawn.withdrawn_reason) == (None, "Nghị định chưa ban hành")
        assert find_kind(ctx.session, act, day, day).id == before.id
    page = words(officer.get(f"/violations/kinds/{act}"))
    assert "đã rút" in page
    assert "Nghị định chưa ban hành" in page
    again = post(officer, address, reason="Lần hai")
    assert again.status_code == 409
    assert "đã ngừng áp dụng lúc" in words(again)
    # Its day is free for the right row.
    assert post(officer, f"/violations/kinds/{act}/new", **ROW | {"fine_max_vnd": "40.000.000"}).status_code == 303


def test_a_row_between_two_leaves_no_overlap_when_it_is_withdrawn(officer, ctx_of):
    act = "hang_without_consent"
    post(officer, f"/violations/kinds/{act}/new", **ROW)
    post(officer, f"/violations/kinds/{act}/new", **ROW | {"valid_from": "01/06/2027"})
    middle = row_from(ctx_of, act, date(2027, 3, 1))
    assert post(officer, f"/violations/kinds/rows/{middle}/withdraw", reason="Nhầm").status_code == 303
    with ctx_of("so.khcn", read_only=True) as ctx:
        standing = [row for row in rows_of_kind(ctx, act) if not row.withdrawn_at]
        assert [(row.valid_from, row.valid_to) for row in standing] == [
            (date(2027, 6, 1), None),
            (date(2022, 1, 28), date(2027, 5, 31)),
        ]


def test_a_row_that_a_case_cites_and_the_first_of_an_authority_stay(officer, ctx_of):
    violation = log(ctx_of)
    with ctx_of("kiemtra1", read_only=True) as ctx:
        number = ctx.session.get_one(Violation, violation).kind_id
    refused = post(officer, f"/violations/kinds/rows/{number}/withdraw", reason="Nhầm")
    assert refused.status_code == 422
    assert "1 hồ sơ vi phạm viện dẫn" in words(refused)
    with ctx_of("so.khcn", read_only=True) as ctx:
        first = rows_of_competence(ctx, "commune_chair")[-1].id
    refused = post(officer, f"/violations/competence/rows/{first}/withdraw", reason="Nhầm")
    assert refused.status_code == 422
    assert "là dòng đầu tiên" in words(refused)


def test_a_new_act_that_was_a_mistake_is_offered_no_more(officer, ctx_of):
    post(officer, "/violations/kinds/new", **ROW | {"code": "cable_over_road", "act": "Cáp sà xuống đường"})
    number = row_from(ctx_of, "cable_over_road", date(2027, 3, 1))
    assert post(officer, f"/violations/kinds/rows/{number}/withdraw", reason="Nhầm").status_code == 303
    with ctx_of("kiemtra1", read_only=True) as ctx:
        assert "cable_over_road" not in {row.code for row in list_kinds(ctx.session, date(2027, 3, 1))}
    assert officer.get("/violations/kinds/cable_over_road").status_code == 200


def test_competence_is_kept_alike(officer, ctx_of):
    sent = {name: ROW[name] for name in ("valid_from", "decree", "article", "needs_verification", "reason", "remedies")}
    sent["sector"] = "telecom"
    saved = post(officer, "/violations/competence/commune_chair/new", **sent | {"fine_max_vnd": "120.000.000"})
    assert saved.status_code == 303, words(saved)
    with ctx_of("so.khcn", read_only=True) as ctx:
        competences = [
            find_competence(ctx.session, Authority.COMMUNE_CHAIR, Sector.TELECOM, day)
            for day in (date(2027, 2, 28), date(2027, 3, 1))
        ]
        assert [int(row.fine_max_vnd) for row in competences] == [100_000_000, 120_000_000]
        assert (len(competences[0].remedies), competences[1].remedies) == (5, ["restore"])
        # The row of another field of law goes on.
        building = find_competence(ctx.session, Authority.COMMUNE_CHAIR, Sector.CONSTRUCTION, date(2027, 3, 1))
        assert (int(building.fine_max_vnd), building.valid_to) == (150_000_000, None)


def test_without_a_plan_in_force_nothing_is_off_plan(ctx_of):
    """Planning stopped on 09/04/2025 (Công văn 724/BKHCN-CVT); before and after that day."""
    with ctx_of("kiemtra1", read_only=True) as ctx:
        kinds = [
            {kind.code for kind in list_kinds(ctx.session, date(2026, 8, 1), day)}
            for day in (date(2025, 4, 8), date(2026, 8, 1))
        ]
        assert ["off_plan_build" in kinds_of_day for kinds_of_day in kinds] == [True, False]
        assert "off_plan_build" in {kind.code for kind in list_kinds(ctx.session, date(2026, 8, 1))}


def test_unknown_acts_and_authorities_are_not_found(officer):
    for address in ("kinds/khong_co", "competence/khong_co", "kinds/rows/999999/confirm"):
        assert officer.get(f"/violations/{address}").status_code == 404


@pytest.mark.parametrize("page", ["kinds/no_permit", "competence/district_chair"])
def test_a_page_leads_to_the_confirmation_of_its_row(officer, page):
    address = re.findall(r'href="(/violations/\w+/rows/\d+/confirm)"', officer.get(f"/violations/{page}").text)[0]
    assert officer.get(address).status_code == 200
