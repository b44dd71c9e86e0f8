"""Papers that were issued are served as they were; drafts bear no day."""

import io
import re
import zipfile
from datetime import date, timedelta

import docx
import pytest
from sqlalchemy import select, update

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.documents.issued import IssuedPaper, issued_paper, official_paper
from registry.documents.official import as_sentence
from registry.structures.models import Structure
from registry.violations.codes import CODE as VIOLATION
from registry.violations.codes import PaperKind
from registry.violations.service import number_paper
from tests.factories import colocation
from tests.factories.inspections import inspect, item_of, plan, tower
from tests.factories.inspections import move as move_plan
from tests.factories.routelists import LIST, a_list, agreed, issue
from tests.factories.routelists import move as move_list
from tests.factories.violations import decided, log, move, with_minutes

#: Each answer that is printed or edited as a paper: what keeps it as it was issued, or why it follows the register.
PAPERS = {
    "campaigns.docx": "frozen",
    "campaigns.own": "frozen",
    "campaigns.pdf": "frozen",
    "campaigns.xlsx": "frozen",
    "colocation.dossier": "an extract that names its moment",
    "colocation.receipt": "frozen",
    "inspection_papers.item": "frozen",
    "inspection_papers.plan": "frozen",
    "inspection_papers.results": "frozen",
    "labels.paper": "stickers: a new print bears the present hotline",
    "labels.pdf": "stickers: a new print bears the present hotline",
    "operator_reports.docx": "frozen",
    "operator_reports.pdf": "frozen",
    "routelists.agreed_print": "frozen",
    "violation_papers.docx": "frozen",
    "violation_papers.pdf": "frozen",
}
_PAPER_RULE = re.compile(r"\.(pdf|docx)$|/(print|receipt|dossier|<extension>|<size>)$|versions/.*(/own|xlsx)$")


def test_each_paper_is_frozen_or_says_why_it_is_not(app):
    """A new paper: freeze it (`registry.documents.issued`), then its line in PAPERS."""
    rules = {rule.endpoint for rule in app.url_map.iter_rules() if _PAPER_RULE.search(rule.rule)}
    rules |= {endpoint for endpoint in app.view_functions if endpoint.startswith("inspection_papers.")}
    assert rules - set(PAPERS) == set()
    assert set(PAPERS) <= set(app.view_functions)


def text_of(answer):
    """All text of a DOCX file."""
    assert answer.status_code == 200, answer.text
    document = docx.Document(io.BytesIO(answer.data))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(part.text for block in (document, *cells) for part in block.paragraphs)


@pytest.fixture
def rename(ctx_of):
    """A function: everything that papers cite gets another name, days later."""

    def change(clock):
        clock.advance(timedelta(days=3))
        with ctx_of("so.khcn") as ctx:
            ctx.session.execute(update(Organisation).values(name=Organisation.name + " (mới)"))
            ctx.session.execute(update(Structure).values(name=Structure.name + " (mới)"))
            record(ctx, "organisation.change", "organisation", ctx.actor.organisation_id)

    return change


def test_a_plan_prints_what_was_so_when_it_was_issued_and_its_results_are_a_paper_of_their_own(
    client_of, ctx_of, rename, clock
):
    code, structure_id = tower(ctx_of)
    number = plan(ctx_of, codes=[code], issued=True)
    client, address = client_of("kiemtra1"), f"/inspections/{number}"
    item = item_of(ctx_of, number, structure_id)[0]
    before = text_of(client.get(f"{address}/plan.docx"))
    form = text_of(client.get(f"{address}/items/{item}/minutes.docx"))
    assert "ngày ..... tháng ....." in form
    inspect(ctx_of, number, item, 1, failing=("common_mark",), note="Chưa có biển")
    minutes = text_of(client.get(f"{address}/items/{item}/minutes.docx"))
    rename(clock)
    client = client_of("kiemtra1")
    assert text_of(client.get(f"{address}/plan.docx")) == before
    assert text_of(client.get(f"{address}/items/{item}/minutes.docx")) == minutes
    running = text_of(client.get(f"{address}/results.docx"))
    assert "Bản dự thảo, số liệu đến ngày" in running
    assert "ngày ..... tháng ....." in running
    assert "Không đạt" not in before
    assert "Không đạt" in running
    move_plan(ctx_of, "ubnd.xa", number, "finish", text=None)
    final = text_of(client.get(f"{address}/results.docx"))
    assert "Bản dự thảo" not in final
    rename(clock)
    client = client_of("kiemtra1")
    assert text_of(client.get(f"{address}/results.docx")) == final


def test_a_draft_of_a_plan_bears_no_day(client_of, ctx_of):
    number = plan(ctx_of, codes=[tower(ctx_of)[0]])
    draft = text_of(client_of("so.khcn").get(f"/inspections/{number}/plan.docx"))
    assert "ngày ..... tháng ..... năm ....." in draft
    assert "Bản dự thảo, chưa ban hành" in draft


def test_papers_of_a_violation_stay_as_they_were_numbered(client_of, ctx_of, rename, clock):
    case = log(ctx_of)
    move(ctx_of, "kiemtra1", case, "verify")
    client = client_of("so.khcn")
    draft = text_of(client.get(f"/violations/{case}/papers/minutes.docx"))
    assert "ngày ..... tháng ..... năm ....." in draft
    case = decided(ctx_of)
    with ctx_of("kiemtra1") as ctx:
        number_paper(ctx, case, PaperKind.NOTICE)
    addresses = [f"/violations/{case}/papers/{kind}.docx" for kind in ("minutes", "decision", "notice")]
    before = [text_of(client.get(address)) for address in addresses]
    assert not [text for text in before if re.search(r": ?\.(\s|$)", text)]
    rename(clock)
    client = client_of("so.khcn")
    assert [text_of(client.get(address)) for address in addresses] == before


def test_a_paper_is_the_same_file_whenever_it_is_taken(client_of, ctx_of):
    """Nothing in it is of the moment of the download."""
    client, address = client_of("so.khcn"), f"/violations/{with_minutes(ctx_of)}/papers/minutes.docx"
    file = client.get(address).data
    assert {part.date_time[0] for part in zipfile.ZipFile(io.BytesIO(file)).infolist()} == {1980}
    assert client.get(address).data == file


def test_a_paper_of_before_that_was_never_stored_says_so(client_of, ctx_of):
    case = with_minutes(ctx_of)
    with ctx_of(None, read_only=True) as ctx:
        assert (
            official_paper(issued_paper(ctx, VIOLATION, case, "minutes").content).title == "BIÊN BẢN VI PHẠM HÀNH CHÍNH"
        )
    with ctx_of("kiemtra1") as ctx:
        ctx.session.connection().exec_driver_sql("RESET ROLE")
        ctx.session.connection().exec_driver_sql("DELETE FROM issued_paper")
        ctx.session.connection().exec_driver_sql("SET LOCAL ROLE registry_web")
    assert "Bản lập lại ngày" in text_of(client_of("so.khcn").get(f"/violations/{case}/papers/minutes.docx"))


def test_an_annual_list_is_printed_as_it_was_issued_also_after_it_is_opened_again(client_of, ctx_of, rename, clock):
    agreed(ctx_of, street_name="Phố Thứ Nhất")
    list_id = a_list(ctx_of)
    client, address = client_of("so.xaydung"), f"/route-lists/{list_id}/agreed/print"
    draft = client.get(address).text
    assert "Dự thảo, phiên bản 1" in draft
    issue(ctx_of, list_id, date(2026, 10, 1))
    paper = re.compile(r'<article class="paper">.*</article>', re.DOTALL)
    assert "Bộ lọc" not in paper.search(draft).group()
    before = paper.search(client.get(address).text).group()
    rename(clock)
    client = client_of("so.xaydung")
    assert paper.search(client.get(address).text).group() == before
    move_list(ctx_of, "so.xaydung", list_id, "reopen", workflow=LIST, reason="Bổ sung")
    assert paper.search(client.get(address).text).group() == before
    assert "phiên bản 2" in client.get(f"{address}?edition=draft").text
    assert paper.search(client.get(f"{address}?edition=1").text).group() == before
    assert client.get(f"{address}?edition=7").status_code == 404
    assert "lần 1" in client.get(f"/route-lists/{list_id}/agreed").text


def test_a_receipt_says_what_was_sent_in_both_languages(client_of, ctx_of, rename, clock):
    with ctx_of("viettel") as ctx:
        code = colocation.tower(ctx).code
    with ctx_of("vnpt") as ctx:
        request = colocation.filed(ctx, code).id
    client, address = client_of("vnpt"), f"/colocation/{request}/receipt"
    receipt = re.compile(r"Số hồ sơ.*Hãy nêu số hồ sơ", re.DOTALL)
    before = receipt.search(client.get(address).text).group()
    assert "Hạn trả lời khi gửi: hết ngày" in before
    rename(clock)
    client = client_of("vnpt")
    assert receipt.search(client.get(address).text).group() == before
    client.get("/language/en")
    assert "Hạn trả lời" not in client.get(address).text


def test_an_edition_is_never_changed(ctx_of):
    case = with_minutes(ctx_of)
    with ctx_of("so.khcn", read_only=True) as ctx:
        papers = ctx.session.scalars(select(IssuedPaper).where(IssuedPaper.subject_id == case)).all()
    assert [(paper.paper, paper.edition) for paper in papers] == [("minutes", 1)]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("Thu hồi cáp.", "Thu hồi cáp."), ("a; b; ", "a; b."), ("", "." * 32), (" . ", "." * 32), ("........", "." * 32)],
)
def test_a_sentence_has_one_full_stop_and_an_empty_one_is_a_blank(text, sentence):
    assert as_sentence(text) == sentence
