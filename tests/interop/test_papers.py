"""Every kind of paper, opened and converted by LibreOffice: `make interop`."""

import re
from datetime import date

import pytest

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.routelists.workflow import LIST
from registry.violations.codes import PaperKind
from registry.violations.service import number_paper
from tests.factories.campaigns import accepted, campaign, move_campaign
from tests.factories.inspections import inspect, item_of, plan, propose, tower
from tests.factories.routelists import a_list, agreed, issue
from tests.factories.routelists import move as move_route
from tests.factories.structures import organisation_id
from tests.factories.violations import NOW, decided, get, log, move
from tests.support import shared
from tests.support.exports import fetch
from tests.support.figures import generate
from tests.support.soffice import NEEDS_OFFICE, boxes_of, convert, fonts_of, page_count, picture, text_of

pytestmark = [pytest.mark.interop, NEEDS_OFFICE]
database, app, ctx_of, client_of, taken_back = shared.FIXTURES

AGENCY = "UBND phường Nguyễn Nghiêm Quảng Thịnh Đông Sơn"
OFFENDER = (
    "Công ty Cổ phần Đầu tư Hạ tầng Viễn thông và Giải pháp Công nghệ số Bắc Trung Bộ, Chi nhánh khu vực Sầm Sơn,"
    " Quảng Xương và Nghi Sơn"
)
TOWER = "Trạm thu phát sóng thông tin di động Khu đô thị Nguyễn Đình Chiểu, đường Phường Lưỡng, Đông Khuê"
STORY = (
    "Đoàn kiểm tra lập biên bản tại hiện trường.\nDoanh nghiệp treo 12 sợi cáp trên cột điện hạ thế không có thỏa"
    " thuận sử dụng chung, cáp chùng võng thấp hơn 3,2 m so với mặt đường, không gắn thẻ nhận biết chủ sở hữu.\n"
    "Hành vi được phát hiện khi tuần tra tuyến đường Nguyễn Trãi, đoạn từ ngã tư Voi đến cầu Bố."
)
NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
#: Points of a millimetre; margins: left, above, right, below.
MM = 72 / 25.4
MARGINS = (30, 20, 15, 20)
MOTTO = "Độc lập - Tự do - Hạnh phúc"
#: The longest name of a street that a commune of the province has sent.
STREET = "Phố Nguyễn Thượng Hiền kéo dài, khu đô thị Đông Hải"
#: Name -> what its text says, apart from the head of every official paper.
PAPERS = {
    "violation-minutes": ("BIÊN BẢN VI PHẠM HÀNH CHÍNH", OFFENDER, "12 sợi cáp", "Nơi nhận:", "NGƯỜI LẬP BIÊN BẢN"),
    "violation-minutes-draft": ("BIÊN BẢN VI PHẠM HÀNH CHÍNH", "Bản dự thảo, chưa có số", "Lưu: VT"),
    "violation-decision": ("QUYẾT ĐỊNH", OFFENDER, "25.000.000 đồng", "Điều 3.", "CHỦ TỊCH"),
    "violation-notice": ("THÔNG BÁO", OFFENDER, "01/QĐ-XPHC", "THỦ TRƯỞNG CƠ QUAN"),
    "violation-remedy-check": ("BIÊN BẢN KIỂM TRA", OFFENDER, "20/12/2026", "BÊN ĐƯỢC KIỂM TRA"),
    "inspection-plan": ("KẾ HOẠCH", TOWER, "toàn tỉnh", "Tổ chức thực hiện:", "GIÁM ĐỐC"),
    "inspection-minutes": ("BIÊN BẢN KIỂM TRA", TOWER, "Không đạt", "31,5", "ĐẠI DIỆN CHỦ SỞ HỮU"),
    "inspection-form": ("BIÊN BẢN KIỂM TRA", TOWER, "Mẫu ghi tại hiện trường", "NGƯỜI KIỂM TRA"),
    "consolidated-report": ("BÁO CÁO TỔNG HỢP", "Viettel", "SHA-256", "Toàn tỉnh", "GIÁM ĐỐC"),
    "route-list": ("DANH MỤC TUYẾN ĐƯỜNG", "12/QĐ-SXD", STREET, "Tổng cộng", "Nơi nhận:", "GIÁM ĐỐC"),
    "route-differences": ("SO SÁNH DANH MỤC TUYẾN ĐƯỜNG", STREET, "Thêm mới", "Số thay đổi", "Nơi nhận:", "GIÁM ĐỐC"),
    "route-announcement": ("THÔNG BÁO", "12/QĐ-SXD", "doanh nghiệp viễn thông", "Nơi nhận:", "GIÁM ĐỐC"),
    "route-decision": ("QUYẾT ĐỊNH", "Căn cứ", "Điều 3.", "Nơi nhận:", "GIÁM ĐỐC"),
    "route-map": ("SƠ ĐỒ TUYẾN ĐƯỜNG", STREET, "Tổng cộng", "Nơi nhận:", "GIÁM ĐỐC"),
}
#: Workbook -> its address and what it says; that of the consolidated report follows from its case.
WORKBOOKS = {
    "structures": ("/exports/structures.xlsx", (TOWER, "Danh sách")),
    "violations": ("/exports/violations.xlsx", ("Cáp trong công trình dùng chung", "VP-2026-000001")),
    "inspection-items": ("/exports/inspection-items.xlsx", (TOWER, "Không đạt")),
    "reports": ("/exports/operator_reports.xlsx", ("Viettel Thanh Hóa", "Lãnh đạo đã chấp nhận")),
    "template": ("/imports/templates/antenna_tower.xlsx", ("Danh sách công trình: Cột ăng ten", "Chiều cao")),
    "indicator-values": ("/indicators/import/template.xlsx", ("Thuê bao băng rộng di động trên 100 dân",)),
    "consolidated": (None, ("Toàn tỉnh", "Viettel Thanh Hóa", "66.67")),
    "route-list-rows": (None, (STREET, "12/QĐ-SXD")),
    "route-difference-rows": (None, (STREET, "Thêm mới")),
}
#: Workbooks whose addresses are those of papers.
WORKBOOK_PAPERS = {
    "consolidated": "consolidated-report",
    "route-list-rows": "route-list",
    "route-difference-rows": "route-differences",
}


@pytest.fixture(scope="module")
def addresses(app, ctx_of):
    """Name of a paper -> who reads it and its address without the ending."""
    with ctx_of("so.khcn", now=NOW) as ctx:
        agency = ctx.session.get_one(Organisation, organisation_id(ctx.session, "ubnd_xa_mau"))
        agency.name = AGENCY
        record(ctx, "organisation.edit", "organisation", agency.id)
    violation_id = decided(ctx_of, minutes={"text": STORY, "offender_name": OFFENDER})
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 20))
    with ctx_of("kiemtra1", now=NOW) as ctx:
        number_paper(ctx, violation_id, PaperKind.NOTICE)
    draft = log(ctx_of, description=STORY)
    move(ctx_of, "kiemtra1", draft, "verify")
    towers = [tower(ctx_of, name=f"{TOWER} số {number}") for number in range(1, 16)]
    inspection = plan(ctx_of, by="so.khcn", unit_id=None, codes=[code for code, _id in towers], issued=True)
    (item, version), (empty, _version) = (item_of(ctx_of, inspection, towers[index][1]) for index in (0, 1))
    propose(ctx_of, inspection, item)
    inspect(ctx_of, inspection, item, version, failing=("lightning", "label"), note=STORY.replace("\n", " "))
    generate(ctx_of, seed=3, count=45)
    its = campaign(ctx_of, codes=("viettel", "vnpt"))
    for code in ("viettel", "vnpt"):
        accepted(ctx_of, its, code)
    move_campaign(ctx_of, its, "lock")
    route_list = amended_list(ctx_of)
    assert get(ctx_of, violation_id).number
    return {
        "violation-minutes": ("kiemtra1", f"/violations/{violation_id}/papers/minutes"),
        "violation-minutes-draft": ("kiemtra1", f"/violations/{draft}/papers/minutes"),
        "violation-decision": ("kiemtra1", f"/violations/{violation_id}/papers/decision"),
        "violation-notice": ("kiemtra1", f"/violations/{violation_id}/papers/notice"),
        "violation-remedy-check": ("kiemtra1", f"/violations/{violation_id}/papers/remedy_check"),
        "inspection-plan": ("so.khcn", f"/inspections/{inspection}/plan"),
        "inspection-minutes": ("so.khcn", f"/inspections/{inspection}/items/{item}/minutes"),
        "inspection-form": ("so.khcn", f"/inspections/{inspection}/items/{empty}/minutes"),
        "consolidated-report": ("so.khcn", f"/campaigns/{its}/versions/1"),
        "route-list": ("so.khcn", f"{route_list}/danh-muc"),
        "route-differences": ("so.khcn", f"{route_list}/so-sanh"),
        "route-announcement": ("so.khcn", f"{route_list}/thong-bao"),
        "route-decision": ("so.khcn", f"{route_list}/quyet-dinh"),
        "route-map": ("so.khcn", f"{route_list}/so-do"),
    }


def amended_list(ctx_of):
    """The address of the papers of a list that was issued with 24 streets and is prepared again with another one."""
    for number in range(24):
        agreed(ctx_of, street_name=f"{STREET}, ngõ {number + 1}")
    list_id = issue(ctx_of, a_list(ctx_of), date(2026, 10, 1))
    move_route(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Thêm một tuyến")
    agreed(ctx_of, street_name=f"{STREET}, đoạn mới")
    return f"/route-lists/{list_id}/papers"


@pytest.fixture(scope="module")
def folder(addresses, client_of, tmp_path_factory):
    """All papers of the program, and what LibreOffice makes of those that it can open: `<name>.office.pdf`."""
    own, office = (tmp_path_factory.mktemp(name) for name in ("own", "office"))
    for name, (username, address) in addresses.items():
        client = client_of(username)
        (own / f"{name}.pdf").write_bytes(_body(client, f"{address}.pdf"))
        (office / f"{name}.docx").write_bytes(_body(client, f"{address}.docx"))
    client = client_of("so.khcn")
    for name, (address, _facts) in WORKBOOKS.items():
        its = address or f"{addresses[WORKBOOK_PAPERS[name]][1]}.xlsx"
        (office / f"{name}.xlsx").write_bytes(_body(client, its))
    output = convert(office, tmp_path_factory.mktemp("profile"))
    assert "error" not in output.lower(), output
    for path in sorted(own.glob("*.pdf")):
        picture(path, f"{path.stem}-own")
    for path in sorted(office.glob("*.pdf")):
        picture(path, f"{path.stem}-office")
    return own, office


def _body(client, address):
    answer = fetch(client, address)
    assert answer.status_code == 200, f"{address}: {answer.text[:500]}"
    return answer.data


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_says_the_same_in_its_file_to_edit_and_in_its_pdf(folder, name):
    own, office = (part / f"{name}.pdf" for part in folder)
    for folder_of_paper in (own, office):
        text = text_of(folder_of_paper)
        assert not unsaid(text, (NATION, MOTTO, *PAPERS[name])), f"{folder_of_paper}: {text[:3000]}"
        assert "{" not in text
    assert abs(page_count(own) - page_count(office)) <= max(1, page_count(own) // 8)
    assert words(own) == words(office)


def unsaid(output, facts):
    """The facts that a text does not say, not even in the columns of a table."""
    its = set(re.findall(r"\w+", output))
    return [fact for fact in facts if not set(re.findall(r"\w+", fact)) <= its]


def words(pdf):
    """The words of a PDF file, once each, without the numbers of pages and hashes, which break at the ends of lines."""
    return {word for word in re.findall(r"\w+", text_of(pdf)) if not re.fullmatch(r"[0-9a-f]+", word)}


@pytest.mark.parametrize("name", WORKBOOKS)
def test_a_workbook_opens_with_its_rows_and_without_an_error_of_a_formula(folder, name):
    _own, office = folder
    text = text_of(office / f"{name}.pdf")
    assert not unsaid(text, WORKBOOKS[name][1]), text[:3000]
    assert not re.search(r"#(NAME|VALUE|REF|DIV/0|N/A)|Err:\d", text)


@pytest.mark.parametrize("name", PAPERS)
def test_a_paper_has_the_sheet_margins_and_letters_of_the_decree(folder, name):
    """A4; left 30 to 35 mm, right 15 to 20, above and below 20 to 25; Times New Roman, here its metric twin."""
    for part in folder:
        pdf_path = part / f"{name}.pdf"
        assert fonts_of(pdf_path) == {"LiberationSerif"}, pdf_path
        for number, ((width, height), boxes) in enumerate(boxes_of(pdf_path)):
            assert (round(width / MM), round(height / MM)) == (210, 297)
            # The number of the page stands in the margin above.
            written = [box for box in boxes if not (number and box[0] == str(number + 1) and box[4] / MM < 20)]
            sides = [(left, above, width - right, height - below) for _word, left, above, right, below in written]
            assert [
                min(side) / MM + 0.8 >= least for side, least in zip(zip(*sides, strict=True), MARGINS, strict=True)
            ] == [True] * 4, (pdf_path, number)


def test_the_name_of_the_country_stands_on_one_line_beside_the_agency(folder):
    for part in folder:
        for name in PAPERS:
            _size, boxes = boxes_of(part / f"{name}.pdf")[0]
            lines = {word: round(above) for word, _left, above, _right, _below in reversed(boxes)}
            assert lines["CỘNG"] == lines["VIỆT"], (part, name)
            left_ends = [
                right for _word, _left, above, right, _below in boxes if above < lines["Độc"] + 4 and right < 250
            ]
            assert max(left_ends) < next(left for word, left, *_rest in boxes if word == "CỘNG"), (part, name)
