"""The pages of units, open to everybody, and the commands."""

import re

import pytest

from tests.support.boundaries import UNIT, feature, square, write_collection


def address_of(public, name, **query):
    """The page of the unit of that name as the list links it."""
    page = public.get("/territory", query_string={"q": name, **query})
    marker = '<a href="/territory/'
    start = page.text.index(marker) + len('<a href="')
    return page.text[start : page.text.index('"', start)]


def test_anyone_sees_the_communes_of_today_and_that_their_outlines_are_approximate(public):
    page = public.get("/territory")
    assert page.status_code == 200
    assert page.text.count('<a href="/territory/') == 166
    assert "Ranh giới gần đúng" in page.text


def test_the_list_is_that_of_the_chosen_day_with_the_parents_of_then(public):
    page = public.get("/territory?on=2024-06-01")
    assert page.text.count('<a href="/territory/') == 558
    assert "Huyện Đông Sơn" in page.text
    assert "Huyện Đông Sơn" not in public.get("/territory?on=2025-01-01").text


def test_the_day_of_the_list_is_typed_as_everywhere_else(public):
    page = public.get("/territory?on=01/06/2024")
    assert page.text.count('<a href="/territory/') == 558
    assert re.search(r'<input[^>]* name="on"[^>]* value="01/06/2024">', page.text)


def test_districts_of_today_are_none_and_the_page_says_why(public):
    page = public.get("/territory?level=district")
    assert page.status_code == 200
    assert "Cấp huyện kết thúc hoạt động sau ngày 30/06/2025" in page.text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("on=30/06", "Thời điểm (on): “30/06” không phải ngày; cần dạng ngày/tháng/năm"),
        ("on=31/06/2025", "Thời điểm (on): Ngày “31/06/2025” không có trong lịch"),
        ("level=x", "Trường level: giá trị “x” không hợp lệ"),
        ("q=%00", "ký tự điều khiển"),
    ],
)
def test_a_wrong_question_is_refused_in_words(public, query, sentence):
    page = public.get(f"/territory?{query}")
    assert page.status_code == 422
    assert sentence in page.text


def test_a_unit_tells_where_it_came_from(public):
    page = public.get(address_of(public, "Xã Thạch Lập"))
    assert page.status_code == 200
    assert "Xã Quang Trung (đến 30/06/2025)" in page.text
    assert "Nghị quyết 1686/NQ-UBTVQH15" in page.text
    assert "Ranh giới của đơn vị này chỉ là gần đúng" in page.text


def test_a_district_tells_that_it_ended_and_what_was_below_it(public):
    page = public.get(address_of(public, "405", level="district", on="2024-12-31"))
    assert "Huyện Đông Sơn (đến 31/12/2024)" in page.text
    assert "Xã Đông Hoàng" in page.text


@pytest.mark.parametrize("address", ["/territory/999999", "/territory/999999/boundary.geojson"])
def test_an_unknown_unit_is_not_found(public, address):
    assert public.get(address).status_code == 404


def test_outlines_come_as_geojson_and_only_once(public):
    answer = public.get("/territory/boundaries.geojson?level=district&on=2025-06-30")
    assert answer.mimetype == "application/geo+json"
    assert len(answer.get_json(force=True)["features"]) == 26
    again = public.get(
        "/territory/boundaries.geojson?level=district&on=2025-06-30", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")
    assert "public" in again.headers["Cache-Control"]


def test_the_outline_of_one_unit_is_its_own(public):
    answer = public.get(address_of(public, "Xã Thạch Lập") + "/boundary.geojson")
    (only,) = answer.get_json(force=True)["features"]
    assert only["properties"]["name"] == "Xã Thạch Lập"
    assert only["properties"]["extent_quality"] == "approximate"


def test_the_command_imports_a_folder_and_says_what_changed(app, tmp_path):
    write_collection(tmp_path / "communes.geojson", feature(square(105.7, 19.8), **UNIT))
    first = app.test_cli_runner().invoke(args=["territory", "import", str(tmp_path)])
    assert (first.exit_code, first.output.split(":")[0]) == (0, "1 thay đổi")
    second = app.test_cli_runner().invoke(args=["territory", "import", str(tmp_path)])
    assert (second.exit_code, second.output.split(":")[0]) == (0, "0 thay đổi")


def test_the_command_says_each_refusal_and_fails(app, tmp_path):
    write_collection(tmp_path / "communes.geojson", feature(square(105.7, 19.8), **(UNIT | {"code": "99999"})))
    result = app.test_cli_runner().invoke(args=["territory", "import", str(tmp_path)])
    assert result.exit_code == 1
    assert "Tệp communes.geojson, đối tượng 1, trường code: giá trị “99999”" in result.output


def test_the_seed_command_says_what_it_added(app):
    result = app.test_cli_runner().invoke(args=["territory", "seed"])
    assert (result.exit_code, result.output) == (0, "Đã thêm 0 đơn vị và 0 quan hệ kế thừa.\n")
