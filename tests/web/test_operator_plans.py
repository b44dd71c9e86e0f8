"""The pages of yearly plans: a file that is filed, one that is refused, who filed."""

import io

from tests.factories.sites import away, hosting
from tests.permissions.cases import token_in

HEADINGS = "Tên công trình;Loại công trình;Vĩ độ hoặc X (m);Kinh độ hoặc Y (m);Xã, phường;Chiều cao (m);Ghi chú"


def line(metres=0.0, kind="Cột ăng ten"):
    lon, lat = away(metres)
    return f"Trạm dự kiến;{kind};{str(round(lat, 6)).replace('.', ',')};{str(round(lon, 6)).replace('.', ',')};;42;"


def file(client, *lines, year="2027"):
    content = "\n".join((HEADINGS, *lines)).encode()
    data = {"csrf_token": token_in(client.get("/operator-plans/new")), "year": year, "system": "wgs84"}
    return client.post("/operator-plans/new", data=data | {"file": (io.BytesIO(content), "ke-hoach.csv")})


def test_an_operator_files_its_plan_and_the_department_sees_it_in_the_list_of_the_year(client_of):
    operator, department = client_of("viettel"), client_of("so.khcn")
    answer = file(operator, line(), line(2000))
    assert answer.status_code == 303
    page = answer.headers["Location"]
    assert "Trạm dự kiến" in operator.get(page).text
    listing = department.get("/operator-plans?year=2027").text
    assert f'href="{page}"' in listing
    assert "VNPT Thanh Hóa" in listing
    assert "VNPT Thanh Hóa" not in operator.get("/operator-plans").text
    assert department.get(page).status_code == 200
    assert client_of("vnpt").get(page).status_code == 404
    again = file(operator, line()).headers["Location"]
    former = operator.get(page).text
    assert "Lần nộp này đã được thay" in former
    assert f'href="{again}"' in former


def test_the_page_names_masts_too_near_what_can_be_shared_and_the_plans_of_others_for_the_departments(
    client_of, ctx_of
):
    with ctx_of("vnpt") as ctx:
        tower = hosting(ctx, 100, ("Sàn 32 m", "position", 3), owner="vnpt", name="Trạm N chung")
    operator, rival = client_of("viettel"), client_of("vnpt")
    page = file(operator, line()).headers["Location"]
    other = file(rival, line(60)).headers["Location"]
    own = operator.get(page).text
    assert own.count(f'href="/structures/{tower.code}"') == 2
    assert "quy định tối thiểu" in own
    assert "Dùng chung được" in own
    assert other not in own
    department = client_of("so.khcn").get(page).text
    assert f'href="{other}"' in department
    assert "Cùng vị trí" in department


def test_a_refused_file_names_its_rows_and_files_nothing(client_of):
    operator = client_of("viettel")
    answer = file(operator, line(), line(2, kind="Tháp nước"))
    assert answer.status_code == 422
    assert "Dòng 3: không có loại công trình “Tháp nước”" in answer.text
    assert "Đã nộp" not in operator.get("/operator-plans").text
    missing = operator.post(
        "/operator-plans/new", data={"csrf_token": token_in(operator.get("/operator-plans/new")), "year": "2027"}
    )
    assert missing.status_code == 422
    assert "Chưa chọn tệp" in missing.text


def test_a_file_with_vietnamese_headings_and_kinds_is_read_by_a_reader_of_english(client_of):
    operator = client_of("viettel")
    operator.get("/language/en?next=/")
    answer = file(operator, line())
    assert answer.status_code == 303
    assert "Building plan of 2027" in operator.get(answer.headers["Location"]).text


def test_the_template_has_the_columns(client_of):
    with client_of("viettel").get("/operator-plans/new/template.xlsx") as answer:
        assert answer.status_code == 200
        assert answer.data[:2] == b"PK"


def test_a_plan_in_time_is_filed_in_both_languages_and_not_paid(client_of):
    operator = client_of("viettel")
    assert "Đã nộp đúng hạn" in operator.get(file(operator, line()).headers["Location"]).text
    operator.set_cookie("language", "en")
    english = operator.get("/operator-plans").text
    assert "Filed in time" in english
    assert "Paid" not in english
