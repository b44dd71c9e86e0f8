"""Pages around an inspection: the facts of a draft, its map, photos, papers and figures."""

import html
import io
import re

import docx
import pytest

from registry.files.models import AttachmentLink
from registry.inspections.models import InspectionItem, InspectionPlan
from tests.factories.inspections import inspect, item_of, move, plan, shared_unit, tower
from tests.permissions.cases import token_in
from tests.permissions.violations import PHOTO
from tests.support.clock import NOW
from tests.support.figures import HIDDEN_WORDS
from tests.web.test_inspections import send

FACTS = {"purpose": "Kiểm tra sau bão", "starts_on": "10/11/2026", "ends_on": "20/12/2026"}


@pytest.fixture
def plans(ctx_of):
    """A plan of the commune and one of the province with a hidden structure, both issued; codes and rows."""
    visible_code, seen_id = tower(ctx_of)
    hidden, hidden_id = tower(ctx_of, sharing_status="restricted")
    own = plan(ctx_of, codes=[visible_code], issued=True)
    whole = plan(ctx_of, by="so.khcn", unit_id=None, codes=[visible_code, hidden], issued=True)
    return {
        "own": own,
        "whole": whole,
        "item": item_of(ctx_of, own, seen_id)[0],
        "hidden item": item_of(ctx_of, whole, hidden_id)[0],
        "seen": visible_code,
        "hidden": hidden,
    }


def read_docx(answer):
    assert answer.status_code == 200, answer.text
    return docx.Document(io.BytesIO(answer.data))


def text_of(answer):
    """All text of a DOCX file."""
    return text_in(read_docx(answer))


def text_in(document):
    cells = (cell for table in document.tables for row in table.rows for cell in row.cells)
    return "\n".join(part.text for block in (document, *cells) for part in block.paragraphs)


def test_the_facts_of_a_draft_are_edited_and_a_stale_form_is_refused(client_of, ctx_of):
    code, _id = tower(ctx_of)
    plan_id, commune = plan(ctx_of, codes=[code]), client_of("ubnd.xa")
    page, unit = f"/inspections/{plan_id}", shared_unit(ctx_of)
    form = html.unescape(commune.get(f"{page}/edit").text)
    assert "Kiểm tra trước mùa mưa bão</textarea>" in form
    read = re.search(r'name="version"[^>]*value="(\d+)"', form)[1]
    facts = FACTS | {"unit": unit, "version": read}
    wrong = send(commune, f"{page}/edit", **facts | {"ends_on": "01/11/2026"})
    assert wrong.status_code == 422
    assert "“Đến hết ngày” là 01/11/2026; cần từ “Từ ngày”" in html.unescape(wrong.text)
    assert send(commune, f"{page}/edit", **facts).status_code == 303
    shown = html.unescape(commune.get(page).text)
    assert "Kiểm tra sau bão" in shown
    assert "từ 10/11/2026 đến 20/12/2026" in shown
    # The same form once more, opened before that.
    stale = send(commune, f"{page}/edit", **facts | {"purpose": "Ghi đè"})
    assert stale.status_code == 409
    assert "đã thay đổi kể từ khi mở" in html.unescape(stale.text)
    assert "Ghi đè</textarea>" in html.unescape(stale.text)
    assert "Ghi đè" not in html.unescape(commune.get(page).text)
    # An area that the structures of the plan are not in.
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        version = ctx.session.get_one(InspectionPlan, plan_id).version
    department = client_of("so.khcn")
    units = re.findall(r'<option[^>]*value="(\d+)"', department.get(f"{page}/edit").text)
    other = next(unit_id for unit_id in units if unit_id not in {"0", str(unit)})
    moved = send(department, f"{page}/edit", **facts | {"version": version, "unit": other})
    assert moved.status_code == 422
    assert "Kế hoạch có 1 công trình ngoài" in html.unescape(moved.text)
    province = send(department, f"{page}/edit", **facts | {"version": version, "unit": "0"})
    assert province.status_code == 422
    move(ctx_of, "ubnd.xa", plan_id, "issue", decision_number="9/KH", decided_on=NOW.date())
    assert commune.get(f"{page}/edit").status_code == 409
    assert f'href="{page}/edit"' not in commune.get(page).text
    refused = send(commune, f"{page}/edit", "/account", **facts | {"version": version + 1})
    assert refused.status_code == 409
    assert "Đang thực hiện" in html.unescape(refused.text)


def test_photos_of_a_result_are_evidence_for_the_readers_of_the_structure(client_of, ctx_of, plans):
    inspector, where = client_of("kiemtra1"), f"/inspections/{plans['own']}/items/{plans['item']}"
    facts = {"version": "1", "inspected_on": "25/11/2026", "reach": "no_access"}
    wrong = send(inspector, where, **facts, photos=(io.BytesIO(b"%PDF-1.7"), "a.pdf"))
    assert wrong.status_code == 422
    assert "Tệp “a.pdf” không phải ảnh" in html.unescape(wrong.text)
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert ctx.session.get_one(InspectionItem, plans["item"]).outcome is None
    assert send(inspector, where, **facts, camera=(io.BytesIO(PHOTO[1]), PHOTO[0])).status_code == 303
    page = inspector.get(where)
    address = re.search(r'href="(/files/\d+)"', page.text)[1]
    assert "Ảnh kiểm tra tại chỗ" in page.text
    answers = {}
    for name in ("kiemtra1", "ubnd.xa", "so.khcn", "kiemtra2", "viettel", "vnpt"):
        with client_of(name).get(address) as answer:
            answers[name] = answer.status_code
    assert list(answers.values()) == [200, 200, 200, 404, 404, 404], answers
    # Nobody takes it away, and it leads back to its structure.
    with ctx_of("so.khcn", read_only=True) as ctx:
        link = ctx.session.query(AttachmentLink).filter_by(subject_kind="inspection_item").one()
        file = link.attachment_id, link.subject_id
    withdraw = f"/files/inspection_item/{file[1]}/{file[0]}/withdraw"
    assert inspector.post(withdraw, data={"csrf_token": token_in(page)}).status_code in (403, 409)
    assert inspector.get(f"/inspection-items/{file[1]}").headers["Location"].endswith(where)
    assert inspector.get(f"/inspection-items/{plans['hidden item']}").status_code == 404


def test_the_map_and_the_list_of_a_plan_show_what_its_reader_may_see(client_of, plans):
    address = f"/structures?inspection={plans['whole']}"
    pages = {name: client_of(name).get(address).text for name in ("so.khcn", "kiemtra1", "kiemtra2", "vnpt", None)}
    told = {name: [code for code in ("seen", "hidden") if plans[code] in page] for name, page in pages.items()}
    assert told == {"so.khcn": ["seen", "hidden"], "kiemtra1": ["seen"], "kiemtra2": [], "vnpt": [], None: []}
    assert client_of("kiemtra1").get("/structures?inspection=x").status_code == 422
    page = client_of("kiemtra1").get(f"/inspections/{plans['own']}").text
    assert f"mvt?inspection={plans['own']}" in page
    assert "data-bounds" in page
    item = client_of("kiemtra1").get(f"/inspections/{plans['own']}/items/{plans['item']}").text
    assert 'id="item-map"' in item


def test_papers_hold_what_their_reader_may_see_in_vietnamese(client_of, ctx_of, plans):
    department, inspector = client_of("so.khcn"), client_of("kiemtra1")
    inspector.get("/language/en")
    whole, own = f"/inspections/{plans['whole']}/plan.docx", f"/inspections/{plans['own']}"
    assert plans["hidden"] in text_of(department.get(whole))
    extract = text_of(inspector.get(whole))
    assert plans["seen"] in extract
    assert plans["hidden"] not in extract
    assert "Trích các công trình trong địa bàn" in extract
    assert "1 công trình theo danh sách sau" in extract
    blank = text_of(inspector.get(f"{own}/items/{plans['item']}/minutes.docx"))
    assert "Mẫu ghi tại hiện trường" in blank
    assert "Đủ điều kiện miễn giấy phép xây dựng" in blank
    assert inspector.get(f"/inspections/{plans['whole']}/items/{plans['hidden item']}/minutes.docx").status_code == 404
    inspect(ctx_of, plans["own"], plans["item"], 1, failing=("common_mark",), note="Chưa có biển")
    sent = read_docx(inspector.get(f"{own}/items/{plans['item']}/minutes.docx"))
    table, minutes = sent.tables[1], text_in(sent)
    assert [len(table.columns), {len(row.cells) for row in table.rows}] == [5, {5}]
    for words in ("BIÊN BẢN KIỂM TRA", "12/KH-UBND", "Không đạt.", "Chưa có biển", "ĐẠI DIỆN CHỦ SỞ HỮU", "Nơi nhận:"):
        assert words in minutes, words
    assert f"Không đạt, {NOW.strftime('%d/%m/%Y')}" in text_of(inspector.get(f"{own}/results.docx"))
    assert inspector.get(f"{own}/plan.odt").status_code == 404


@pytest.mark.parametrize("kind", ["plan", "minutes"])
def test_a_paper_is_a_pdf(client_of, plans, kind):
    path = "plan.pdf" if kind == "plan" else f"items/{plans['item']}/minutes.pdf"
    answer = client_of("kiemtra1").get(f"/inspections/{plans['own']}/{path}")
    assert (answer.status_code, answer.data[:5]) == (200, b"%PDF-")


def figures_of(page):
    links = re.findall(rf'<a href="(/inspections/items(?:\?[^"]*)?)">([\d.,]+){HIDDEN_WORDS}</a>', page)
    return [(html.unescape(address), int(re.sub(r"\D", "", number))) for address, number in links]


def count_in(client, address):
    match = re.search(r"(\d[\d.,]*) công trình</p>", client.get(address).text)
    return int(re.sub(r"\D", "", match[1])) if match else 0


def test_every_figure_opens_a_list_of_as_many_structures_for_each_reader(client_of, ctx_of, plans):
    inspect(ctx_of, plans["own"], plans["item"], 1, failing=("common_mark",))
    wrong, totals = [], {}
    for reader in ("so.khcn", "kiemtra1", "kiemtra2"):
        client = client_of(reader)
        page = client.get("/inspections/board?from=01/01/2026")
        assert page.status_code == 200
        figures = figures_of(page.text)
        totals[reader] = sum(number for _address, number in figures)
        wrong += [(reader, address, number) for address, number in figures if count_in(client, address) != number]
    assert not wrong
    assert totals["so.khcn"] > totals["kiemtra1"] > totals["kiemtra2"] == 0
    assert plans["hidden"] not in client_of("kiemtra1").get("/inspections/items").text
    assert client_of("vnpt").get("/inspections/board").status_code == 403
    assert client_of("so.khcn").get("/inspections/board?from=mai").status_code == 422
