"""Labels of all structures that the filter of the list holds, as far as they are the reader's to label."""

import re

import pytest

from registry.labels import pages, rules
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus
from registry.structures.writing import decommission
from tests.factories.structures import make
from tests.web.test_labels_pages import words


@pytest.fixture
def poles(ctx_of):
    """Poles of Viettel (one out of service, one gone) and one of VNPT, published, on one road: codes by short names."""
    with ctx_of("so.khcn") as ctx:
        codes_by_name = {
            "one": make(ctx, kind="cable_pole", name="Cột 1", road_name="Đường Dãy Thử").code,
            "two": make(ctx, kind="cable_pole", name="Cột 2", road_name="Đường Dãy Thử").code,
            "restricted": make(ctx, name="Trạm kín", road_name="Đường Dãy Thử", sharing_status="restricted").code,
            "gone": make(ctx, kind="cable_pole", name="Cột 3", road_name="Đường Dãy Thử").code,
            "ended": make(ctx, kind="cable_pole", name="Cột 5", road_name="Đường Dãy Thử").code,
            "elsewhere": make(ctx, kind="cable_pole", name="Cột 4", road_name="Đường Khác").code,
            "other": make(
                ctx, owner="vnpt", kind="cable_pole", road_name="Đường Dãy Thử", sharing_status="available"
            ).code,
        }
    with ctx_of("viettel") as ctx:
        decommission(ctx, ChangeStatus(codes_by_name["ended"], 1, "hết dùng"))
        decommission(ctx, ChangeStatus(codes_by_name["gone"], 1, "hết dùng")).status = Status.REMOVED
    return codes_by_name


def filled(answer):
    """The codes in the form."""
    match = re.search(r'<textarea[^>]*name="codes"[^>]*>\s*(.*?)</textarea>', answer.text, re.DOTALL)
    return match.group(1).split()


FILTER = "q=day+thu"


def test_the_list_leads_to_labels_of_all_in_its_filter(client_of, poles):
    page = client_of("viettel").get(f"/structures?{FILTER}&kind=cable_pole&sort=name").text
    address = re.search(r'href="(/labels/new\?[^"]+)"', page).group(1).replace("&amp;", "&")
    assert "sort" not in address
    answer = client_of("viettel").get(address)
    assert filled(answer) == sorted([poles["one"], poles["two"], poles["ended"]])
    assert "3 công trình khớp bộ lọc" in words(answer)
    assert f'href="/structures?{FILTER}&amp;kind=cable_pole"' in answer.text


@pytest.mark.parametrize(
    ("username", "expected"),
    [
        ("viettel", ("one", "two", "restricted", "ended")),
        ("vnpt", ("other",)),
        ("so.khcn", ("one", "two", "restricted", "ended", "other")),
    ],
)
def test_only_what_the_reader_may_label_is_filled_in(client_of, poles, username, expected):
    answer = client_of(username).get(f"/labels/new?all=1&{FILTER}")
    assert sorted(filled(answer)) == sorted(poles[name] for name in expected)


def test_what_was_filled_in_is_issued(client_of, poles):
    client = client_of("viettel")
    form = client.get(f"/labels/new?all=1&{FILTER}")
    fields = dict(re.findall(r'<input[^>]*type="hidden"[^>]*name="(\w+)"[^>]*value="([^"]*)"', form.text))
    answer = client.post("/labels", data=fields | {"codes": "\n".join(filled(form))})
    assert answer.status_code == 303
    sheet = client.get(answer.headers["Location"]).text
    assert all(poles[name] in sheet for name in ("one", "two", "restricted"))


def test_more_than_a_set_holds_is_refused_in_one_sentence(client_of, poles, monkeypatch):
    del poles
    for module in (rules, pages):
        monkeypatch.setattr(module, "MAX_LABELS", 2)
    answer = client_of("viettel").get(f"/labels/new?all=1&{FILTER}")
    assert answer.status_code == 422
    assert (
        "Bộ lọc có hơn 2 công trình mà tài khoản được phép in nhãn, mỗi lần in tối đa 2; hãy thu hẹp bộ lọc"
        in words(answer)
    )
    assert filled(answer) == []


def test_a_filter_without_any_is_refused_in_one_sentence(client_of, poles):
    del poles
    answer = client_of("vnpt").get("/labels/new?all=1&q=khong+co+gi")
    assert answer.status_code == 422
    assert "Bộ lọc không có công trình nào còn tồn tại mà tài khoản được phép in nhãn" in words(answer)


def test_the_past_and_filters_that_are_none_are_refused(client_of, poles):
    del poles
    client = client_of("viettel")
    answer = client.get("/labels/new?all=1&as_of=2026-02-01")
    assert answer.status_code == 422
    assert "Chỉ in được nhãn cho dữ liệu hiện tại" in words(answer)
    assert client.get("/labels/new?all=1&kind=castle").status_code == 422
    assert "/labels/new?" not in client.get("/structures?as_of=2026-02-01").text


@pytest.mark.parametrize("username", ["so.xaydung", "kiemtra1", "bo.khcn", "nguoidan"])
def test_who_issues_no_labels_is_not_led_there(client_of, poles, username):
    del poles
    client = client_of(username)
    assert "/labels/new" not in client.get(f"/structures?{FILTER}").text
    assert client.get(f"/labels/new?all=1&{FILTER}").status_code == 403
