"""Consolidated reports: each figure equals the list that it opens, and all are computed again after later changes."""

import io
import re
import zipfile
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from docx import Document
from python_calamine import CalamineWorkbook
from sqlalchemy import select, text
from werkzeug.datastructures import MultiDict

from registry.accounts.commands import AddSuccession
from registry.accounts.service import add_succession
from registry.audit.chain import record
from registry.campaigns.consolidation import (
    indicators_at,
    is_recomputed,
    is_untouched,
    last_consolidation,
    register_figures,
)
from registry.campaigns.documents import UNIT_COLUMNS
from registry.campaigns.measures import COUNTED_STATUSES, MEASURES, count_restricted, read_counts
from registry.campaigns.submission import former_submission, recompute
from registry.capacity.commands import AddEntry, SetPlace
from registry.capacity.models import PlaceUnit, Technology
from registry.capacity.service import add_entry, set_place
from registry.capacity.sharing_ratio import sharing_ratio
from registry.structures.codes import SharingStatus
from registry.structures.commands import EditStructure
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS
from registry.structures.listing.query import count_structures
from registry.structures.models import Structure
from registry.structures.positions.moment import When
from registry.structures.writing import edit_structure
from tests.factories.campaigns import accepted, campaign, move_campaign, text_of_version
from tests.factories.structures import make, organisation_id
from tests.permissions.cases import token_in
from tests.support import shared
from tests.support.clock import NOW
from tests.support.figures import HIDDEN_WORDS, generate

database, app, ctx_of, client_of, taken_back = shared.FIXTURES
LATER = NOW + timedelta(days=2)


@pytest.fixture(scope="module")
def locked(ctx_of):
    """A campaign of three operators over a generated register, consolidated: its id and that of Viettel's report."""
    generate(ctx_of, seed=3, count=45)
    campaign_id = campaign(ctx_of, codes=("viettel", "vnpt", "pc_thanhhoa"))
    mine = accepted(ctx_of, campaign_id, "viettel", towers=(999, "Có 999 cột trên giấy; =1+1"))
    accepted(ctx_of, campaign_id, "vnpt")
    accepted(ctx_of, campaign_id, "pc_thanhhoa", username="dienluc")
    move_campaign(ctx_of, campaign_id, "lock")
    return campaign_id, mine


def links_of(page):
    """Every figure of a page that opens a list of structures: the figure and the address."""
    links = re.findall(rf'<a href="(/structures\?[^"]+)">\s*([\d.]+)\s*{HIDDEN_WORDS}</a>', page)
    return [(int(number.replace(".", "")), unescape(address)) for address, number in links]


def test_every_figure_equals_the_list_that_it_opens(locked, client_of, ctx_of):
    campaign_id, mine = locked
    client = client_of("so.khcn")
    submission = client.get(f"/operator-reports/{mine}/submissions/1").text
    links = links_of(text_of_version(client, f"/campaigns/{campaign_id}/versions/1") + submission)
    assert len(links) > 30
    wrong = []
    with ctx_of("so.khcn", now=LATER, read_only=True) as ctx:
        for number, address in links:
            structure_filter = read_filter(MultiDict(parse_qsl(urlsplit(address).query)))
            count = count_structures(ctx, structure_filter)
            if count != number:
                wrong.append(f"{number} is shown, {count} are listed: {address}")
    assert not wrong, "\n".join(wrong)


def test_the_columns_of_units_hold_every_kind_once():
    kinds = [kind for column in UNIT_COLUMNS.values() for kind in column]
    assert sorted(kinds) == sorted(KINDS)


def test_all_is_computed_again_after_corrections_and_mergers(locked, ctx_of):
    campaign_id, mine = locked
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        query = select(Structure).where(
            Structure.status.in_(COUNTED_STATUSES),
            Structure.owner_organisation_id == organisation_id(ctx.session, "viettel"),
            Structure.sharing_status == "available",
        )
        structure = ctx.session.scalars(query.order_by(Structure.id)).first()
        code, version, commune = structure.code, structure.version, structure.commune_id
    with ctx_of("viettel", now=LATER) as ctx:
        # Recorded after the freeze, valid long before the cut-off.
        values = {"sharing_status": SharingStatus.NOT_ASSESSED}
        edit_structure(ctx, EditStructure(code, version, values, effective_on=date(2026, 10, 1)))
    with ctx_of("quantri", now=LATER) as ctx:
        ends = {name: organisation_id(ctx.session, name) for name in ("vnpt", "mobifone")}
        command = AddSuccession(
            predecessor_id=ends["vnpt"],
            successor_id=ends["mobifone"],
            effective_on=date(2026, 11, 24),
            legal_basis="Quyết định 9",
        )
        add_succession(ctx, command)
        ended = "UPDATE admin_unit SET valid_to = '2026-10-31', name = 'Xã đã nhập' WHERE id = :id"
        ctx.session.execute(text(ended), {"id": commune})
        record(ctx, "admin_unit.edit", "admin_unit", commune)
    with ctx_of("so.khcn", now=LATER, read_only=True) as ctx:
        sent, frozen = former_submission(ctx, mine), last_consolidation(ctx, campaign_id)
        assert all(figure.is_equal for figure in recompute(ctx, sent))
        assert is_recomputed(ctx, frozen)
        assert is_untouched(frozen)


def test_the_papers_say_what_was_frozen(locked, client_of):
    campaign_id, _mine = locked
    client = client_of("so.khcn")
    address = f"/campaigns/{campaign_id}/versions/1"
    page = client.get(f"{address}/check").text
    assert "mọi số liệu bằng đúng số liệu đã khóa" in page
    paper = Document(io.BytesIO(client.get(f"{address}.docx").data))
    texts = [paragraph.text for paragraph in paper.paragraphs]
    assert "BÁO CÁO TỔNG HỢP" in texts
    assert "Số đơn vị phải báo cáo: 3; đã có báo cáo được chấp nhận: 3 (100%); gửi đúng hạn: 3 (100%)." in texts
    cells = [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    assert "Có 999 cột trên giấy; =1+1" in cells
    assert any("Bộ Khoa học và Công nghệ (Cục Viễn thông)" in cell for cell in cells)
    assert not [rendered for rendered in texts + cells if "{{" in rendered or "{%" in rendered]
    workbook = client.get(f"{address}.xlsx").data
    # Its properties have the moment of the version, not that of the download.
    assert client.get(f"{address}.xlsx").data == workbook
    assert NOW.date().isoformat() in zipfile.ZipFile(io.BytesIO(workbook)).read("docProps/core.xml").decode()
    book = CalamineWorkbook.from_filelike(io.BytesIO(workbook))
    name = next(name for name in book.sheet_names if "Chênh lệch" in name)
    rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    assert rows[4][:3] == ["Viettel Thanh Hóa", "Cột ăng ten đang sử dụng", 999]
    assert client.get(f"/campaigns/{campaign_id}/versions/2").status_code == 404


def test_the_province_reads_the_report_and_no_list(locked, client_of):
    campaign_id, mine = locked
    for name in ("ubnd.tinh", "bo.khcn"):
        client = client_of(name)
        answer = client.get(f"/campaigns/{campaign_id}/versions/1")
        assert answer.status_code == 200
        assert "/structures?" not in text_of_version(client, f"/campaigns/{campaign_id}/versions/1")
        assert client.get(f"/campaigns/{campaign_id}/versions/1/check").status_code == 403
        assert client.get(f"/operator-reports/{mine}").status_code in (403, 404)
    for name in ("viettel", "so.xaydung", "kiemtra1"):
        assert client_of(name).get(f"/campaigns/{campaign_id}/versions/1").status_code == 403


def test_the_sharing_ratio_of_a_moment_is_that_of_now_while_nothing_is_written(locked, ctx_of):
    with ctx_of("so.khcn", now=LATER, read_only=True) as ctx:
        for day in (date(2025, 6, 30), date(2026, 1, 31), date(2026, 11, 20)):
            ratio = sharing_ratio(ctx, day)
            assert sharing_ratio(ctx, day, LATER) == ratio, day
            assert ratio.stations > 0, day


def own_template(*paragraphs):
    """A DOCX file with these paragraphs."""
    document, target = Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(target)
    return target.getvalue()


def fill(client, address, content, name="mau.docx"):
    token = token_in(client.get(address))
    return client.post(f"{address}/own", data={"csrf_token": token, "template": (io.BytesIO(content), name)})


def test_the_own_template_of_the_department_is_filled_in(locked, client_of):
    campaign_id, _mine = locked
    template = own_template("Kính gửi: {{ recipients[0] }}", "{{ parts|length }} đoạn; {{ tables[0].title }}{{ '.' }}")
    answer = fill(client_of("so.khcn"), f"/campaigns/{campaign_id}/versions/1", template)
    assert answer.status_code == 200
    texts = [paragraph.text for paragraph in Document(io.BytesIO(answer.data)).paragraphs]
    assert texts[0] == "Kính gửi: UBND tỉnh (để báo cáo)"
    assert "Chỉ tiêu của các kế hoạch" in texts[1]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (own_template("{{ ''.__class__.__mro__[1].__subclasses__() }}"), "không được phép"),
        (own_template("{{ recipients.__init__.__globals__['os'].system('id') }}"), "không"),
        (own_template("{{ cycler.__init__.__globals__.os.popen('touch /tmp/owned').read() }}"), "không"),
        (own_template("{% include '/etc/passwd' %}"), "không điền được"),
        (own_template("{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"), "quá phức tạp"),
        (own_template("{{ khong_co }}"), "một mục không có"),
        (own_template("{{ title "), "viết sai"),
        (b"PK\x03\x04" + b"\x00" * 200, "bị hỏng"),
        (b"khong phai docx", "không phải DOCX"),
    ],
)
def test_a_hostile_template_runs_no_code_and_is_refused_in_one_sentence(locked, client_of, content, sentence):
    campaign_id, _mine = locked
    answer = fill(client_of("so.khcn"), f"/campaigns/{campaign_id}/versions/1", content)
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert sentence in page
    assert "root:" not in page
    assert "Traceback" not in page
    assert not Path("/tmp/owned").exists()  # noqa: S108 - what the hostile template would have made


def figures_at(ctx_of, day):
    """Everything that a consolidated report says of the register, and the measures of Viettel."""
    with ctx_of("so.khcn", now=LATER, read_only=True) as ctx:
        when = When(day, LATER)
        register = register_figures(ctx, when)
        counts = read_counts(ctx, organisation_id(ctx.session, "viettel"), when)
        measures = {code: measure.read(counts) for code, measure in MEASURES.items()}
        return register, indicators_at(ctx, day, register["sharing"]), measures, count_restricted(ctx, when)


def test_restricted_structures_are_in_no_report(locked, ctx_of):
    assert locked
    day = NOW.date()
    *before, left_out = figures_at(ctx_of, day)
    with ctx_of("viettel") as ctx:
        for texts in ({}, {"kind": "cable_route"}):
            structure = make(ctx, sharing_status="restricted", **texts)
            if structure.kind == "antenna_tower":
                set_place(ctx, SetPlace(structure.code, "Sàn 1", PlaceUnit.POSITION, 5))
                add_entry(ctx, AddEntry(structure.code, "Sàn 1", 1, technology=Technology.G4))
    *after, left_out_later = figures_at(ctx_of, day)
    assert after == before
    assert left_out_later == left_out + 2


def test_what_became_restricted_by_the_moment_is_in_no_report(locked, ctx_of):
    assert locked
    with ctx_of("viettel") as ctx:
        structure = make(ctx, name="Trạm thường")
        code, version = structure.code, structure.version
    before = figures_at(ctx_of, NOW.date())[0]
    with ctx_of("viettel", now=NOW + timedelta(days=1)) as ctx:
        values = {"sharing_status": SharingStatus.RESTRICTED, "restriction_basis": "Công văn 3"}
        edit_structure(ctx, EditStructure(code, version, values))
    after = figures_at(ctx_of, NOW.date())[0]
    counts = [
        sum(sum(unit["kinds"].values()) for unit in (*figures["units"], {"kinds": figures["unplaced"]}))
        for figures in (before, after)
    ]
    assert counts[0] - counts[1] == 1


def test_a_table_is_read_by_pages_of_one_address_each(locked, client_of):
    campaign_id, _mine = locked
    client = client_of("so.khcn")
    address = f"/campaigns/{campaign_id}/versions/1"
    whole = text_of_version(client, address)
    tables = set(re.findall(rf"{address}\?table=(\w+)", whole))
    assert len(tables) > 3
    counted = sum(int(count) for count in re.findall(r'id="table-title">[^<]*<span class="count">(\d+)</span>', whole))
    assert counted
    for page in (address, f"{address}?table={max(tables)}&from=9999", f"{address}?table=gone&from=x"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert len(answer.data) < 250_000
