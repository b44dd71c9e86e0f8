"""Numbers without gaps, electronic minutes with their signed file, and the papers as DOCX."""

import io
from datetime import date
from decimal import Decimal

import docx
import pytest

from registry.accounts.models import UserAccount
from registry.documents.official import write_docx
from registry.files.pages import STORE
from registry.kernel.clock import last_day
from registry.kernel.errors import Invalid, MoveRefused
from registry.violations.codes import Authority, PaperKind
from registry.violations.electronic import accept_signed, prepare_minutes, take_paper
from registry.violations.known_facts import hints_for_minutes
from registry.violations.models import Violation
from registry.violations.numbers import next_number, papers_of
from registry.violations.papers import make_paper
from registry.violations.queries import get_violation
from registry.violations.service import number_paper
from tests.factories.violations import DECISION, MINUTES, NOW, decided, get, log, move, refusal, with_minutes
from tests.support.signing import blank_pdf, changed_after, issue, sign

WITHOUT = {"minutes_number": None}
ROOT = issue("Cơ quan chứng thực thử")


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    path = tmp_path_factory.mktemp("roots") / "roots.pem"
    path.write_bytes(ROOT.pem)
    return path


def of_case(address):
    return int(address.split("/")[0])


def test_papers_get_the_next_number_of_agency_kind_and_year_without_gaps(ctx_of):
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        first = of_case(next_number(ctx, PaperKind.MINUTES, NOW.date()))
    first_case = with_minutes(ctx_of, minutes=WITHOUT)
    # A refused step takes no number.
    failed = log(ctx_of)
    move(ctx_of, "kiemtra1", failed, "verify")
    late = MINUTES | WITHOUT | {"minutes_on": date(2026, 11, 30)}
    assert set(refusal(lambda: move(ctx_of, "kiemtra1", failed, "minutes", **late))) == {"minutes_on"}
    second_case = with_minutes(ctx_of, minutes=WITHOUT)
    numbers = [get(ctx_of, violation_id).minutes_number for violation_id in (first_case, second_case)]
    assert numbers == [f"{first + more:02d}/BB-VPHC" for more in (0, 1)]
    # Another year begins at 1; a number typed that the register gave is refused, one of another book is not.
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        assert next_number(ctx, PaperKind.MINUTES, date(2031, 1, 2)) == "01/BB-VPHC"
        assert f"{first + 2:02d}/BB-VPHC" in hints_for_minutes(ctx, get_violation(ctx, failed))["minutes_number"]
    taken = MINUTES | {"minutes_number": numbers[0].lower()}
    problems = refusal(lambda: move(ctx_of, "kiemtra1", failed, "minutes", **taken))
    assert get(ctx_of, first_case).number in problems["minutes_number"][0]
    move(ctx_of, "kiemtra1", failed, "minutes", **(MINUTES | {"minutes_number": "7/BB-A"}))


def test_a_decision_gets_its_number_where_its_agency_records_it(ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | {"decision_number": None}))
    assert get(ctx_of, violation_id).decision_number.endswith("/QĐ-XPHC")
    with ctx_of("ubnd.xa", now=NOW, read_only=True) as ctx:
        assert [paper.text for paper in papers_of(ctx, get_violation(ctx, violation_id))[PaperKind.DECISION]] == [
            get(ctx_of, violation_id).decision_number
        ]
    passed = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", passed, "transfer", receiver="province_chair", text="Vượt thẩm quyền")
    move(ctx_of, "ubnd.tinh", passed, "accept")
    move(ctx_of, "ubnd.tinh", passed, "decide", **(DECISION | {"authority": Authority.PROVINCE_CHAIR}))
    assert get(ctx_of, passed).decision_number == "01/QĐ-XPHC"


def test_a_notice_is_numbered_when_it_is_signed_once_a_day(ctx_of):
    violation_id = decided(ctx_of)
    with ctx_of("kiemtra1", now=NOW) as ctx:
        number = number_paper(ctx, violation_id, PaperKind.NOTICE)
        assert number.endswith("/TB-VPHC")
        for kind, words in (
            (PaperKind.NOTICE, number),
            (PaperKind.MINUTES, "khi ghi"),
            (PaperKind.REMEDY_CHECK, "chưa"),
        ):
            with pytest.raises(MoveRefused, match=words):
                number_paper(ctx, violation_id, kind)


def test_an_especially_complex_case_is_decided_within_two_months(ctx_of):
    violation_id = with_minutes(ctx_of)
    before = last_day(get(ctx_of, violation_id).due_at)
    move(ctx_of, "ubnd.xa", violation_id, "find_complex", text="Nhiều bên, giá trị lớn", files=[])
    assert (before, last_day(get(ctx_of, violation_id).due_at)) == (date(2026, 12, 3), date(2027, 1, 25))
    with pytest.raises(MoveRefused, match="đã được xác định"):
        move(ctx_of, "ubnd.xa", violation_id, "find_complex", text="Lần nữa", files=[])


def test_each_paper_is_an_editable_file_that_runs_no_template_of_the_case(ctx_of):
    hostile = "Cáp {{ 7 * 7 }} {% for x in y %} <w:p/> & “x”"
    violation_id = decided(ctx_of, minutes={"text": hostile, "offender_name": hostile})
    move(ctx_of, "kiemtra1", violation_id, "remedy", remedy_due_on=date(2026, 12, 20))
    for kind in (PaperKind.MINUTES, PaperKind.NOTICE, PaperKind.DECISION, PaperKind.REMEDY_CHECK):
        with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
            content = write_docx(make_paper(ctx, get_violation(ctx, violation_id), kind, None))
        document = docx.Document(io.BytesIO(content))
        text = "\n".join(
            paragraph.text
            for block in (document, *(cell for table in document.tables for row in table.rows for cell in row.cells))
            for paragraph in block.paragraphs
        )
        for expected in (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
            "Độc lập - Tự do - Hạnh phúc",
            "Nơi nhận:",
            f"/{kind.suffix}",
        ):
            assert expected in text, kind
        assert hostile in text, kind
        margins = [round(side.mm) for side in (document.sections[0].left_margin, document.sections[0].right_margin)]
        assert (margins, document.styles["Normal"].font.name) == ([30, 15], "Times New Roman"), kind


def version_of(ctx, violation_id):
    return ctx.session.get_one(Violation, violation_id).version


def electronic(app, ctx_of):
    """A case whose electronic minutes wait for their signed file, and the PDF to be signed."""
    violation_id, pdf = with_minutes(ctx_of, minutes={"is_electronic": True}), blank_pdf()
    with ctx_of("kiemtra1", now=NOW) as ctx:
        prepare_minutes(ctx, STORE.of(app), violation_id, pdf, version_of(ctx, violation_id))
        return violation_id, pdf, ctx.session.get_one(UserAccount, ctx.actor.id).full_name


@pytest.mark.real_reader
def test_signed_minutes_are_kept_with_signer_time_and_hash_and_only_then_decided(app, ctx_of, roots):
    violation_id, pdf, name = electronic(app, ctx_of)
    assert "chưa có bản ký số" in refusal(lambda: move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION))[""][0]
    officer, offender = issue(name.upper(), ROOT), issue("Trần Thị Đại Diện", ROOT)
    with ctx_of("kiemtra1", now=NOW) as ctx:
        kept = accept_signed(
            ctx, STORE.of(app), violation_id, "ky.pdf", sign(pdf, officer, offender, authority=ROOT), roots
        )
        sha256 = kept.sha256
    case = get(ctx_of, violation_id)
    assert (case.signed_pdf, case.signed_by, case.signed_at is not None) == (sha256, name.upper(), True)
    with ctx_of("kiemtra1", now=NOW) as ctx, pytest.raises(MoveRefused, match="đã có bản ký"):
        prepare_minutes(ctx, STORE.of(app), violation_id, pdf, version_of(ctx, violation_id))
    move(ctx_of, "ubnd.xa", violation_id, "decide", **DECISION)


def test_a_signed_file_that_proves_nothing_is_refused_by_its_fault(app, ctx_of, roots):
    violation_id, pdf, name = electronic(app, ctx_of)
    officer, stranger = issue(name, ROOT), issue("Lê Người Khác", ROOT)
    rogue_root = issue("Cơ quan lạ")
    rogue = issue(name, rogue_root)
    signed = sign(pdf, officer, authority=ROOT)
    flipped = bytearray(signed)
    flipped[len(pdf) // 2] ^= 1
    cases = {
        "no PDF": (b"not a pdf", roots, "không phải PDF"),
        "no signature": (pdf, roots, "chưa có chữ ký số"),
        "broken": (b"%PDF-1.7\n" + b"\x00" * 500, roots, "bị hỏng"),
        "another document": (sign(blank_pdf() + b"\n", officer, authority=ROOT), roots, "hệ thống đã tạo để ký"),
        "changed bytes": (bytes(flipped), roots, ""),
        "changed after": (changed_after(signed), roots, "bị sửa sau khi"),
        "signed by another": (sign(pdf, stranger, authority=ROOT), roots, "Lê Người Khác"),
        "unknown authority": (sign(pdf, rogue, authority=rogue_root), roots, "không dẫn tới chứng thư gốc"),
        "no roots here": (signed, None, "REGISTRY_SIGNATURE_ROOTS"),
    }
    wrong = {}
    for label, (content, trusted, expected) in cases.items():
        with ctx_of("kiemtra1", now=NOW) as ctx:
            with pytest.raises(Invalid) as refused:
                accept_signed(ctx, STORE.of(app), violation_id, "ky.pdf", content, trusted)
            sentences = refused.value.fields["file"]
            sentences = sentences if isinstance(sentences, str) else sentences[0]
            if expected not in sentences:
                wrong[label] = sentences
    assert not wrong
    assert get(ctx_of, violation_id).signed_pdf is None
    # The case goes on on paper.
    with ctx_of("kiemtra1", now=NOW) as ctx:
        take_paper(ctx, violation_id, "Bên vi phạm không ký số", version_of(ctx, violation_id))
    move(ctx_of, "ubnd.xa", violation_id, "decide", **(DECISION | {"fine_vnd": Decimal(25_000_000)}))
    with ctx_of("so.khcn", read_only=True) as ctx:
        assert not ctx.session.get_one(Violation, violation_id).is_electronic


def test_a_decision_of_the_chair_of_the_province_has_the_head_of_the_committee_and_cites_the_provision(ctx_of):
    violation_id = with_minutes(ctx_of)
    move(ctx_of, "ubnd.xa", violation_id, "transfer", receiver="province_chair", text="Vượt thẩm quyền")
    move(ctx_of, "ubnd.tinh", violation_id, "accept")
    move(ctx_of, "ubnd.tinh", violation_id, "decide", **(DECISION | {"authority": Authority.PROVINCE_CHAIR}))
    with ctx_of("so.khcn", now=NOW, read_only=True) as ctx:
        paper = make_paper(ctx, get_violation(ctx, violation_id), PaperKind.DECISION, None)
    assert (paper.parent, *paper.agency) == ("", "ỦY BAN NHÂN DÂN", "TỈNH THANH HÓA")
    assert paper.issuer == "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH THANH HÓA"
    assert "Căn cứ điểm b khoản 2 Điều 42 Nghị định 174/2026/NĐ-CP;" in paper.grounds
