"""Each paper of a case states what the form of the law asks for, and nothing that is internal to the program."""

import io
from datetime import date
from decimal import Decimal

import docx
import pytest

from registry.documents.official import write_docx
from registry.kernel.errors import NotFound
from registry.violations.codes import Offender, PaperDelivery, PaperKind, Receiver
from registry.violations.papers import find_paper, served_paper
from registry.violations.queries import get_violation
from tests.factories.violations import (
    AMENDMENT,
    ANNULMENT,
    COMPLAINT,
    CORRECTION,
    DECISION,
    MINUTES,
    NOW,
    PROSECUTION,
    RECORD,
    REMEDIES_ONLY,
    at_noon,
    log,
    move,
    with_minutes,
)

LATER = at_noon(2026, 12, 21)
DAY = LATER.date()
STATED = {
    "offender_name": "Công ty Cổ phần Viễn thông Sao Mai",
    "text": "Đoàn kiểm tra phát hiện 12 sợi cáp không gắn thẻ.",
    "drawn_place": "trước số 15 đường Lê Lợi",
    "drawn_hours": "09 giờ 10 đến 09 giờ 40",
    "officer_post": "chuyên viên",
    "offender_address": "số 9 Trần Phú",
    "offender_code": "2800123456",
    "representative": "Lê Văn Giám, Giám đốc",
    "witness": "Phạm Thị Chứng, tổ trưởng tổ dân phố 3",
    "injured": "Công ty Điện lực, cột bị nghiêng",
    "measures": "tạm giữ 02 cuộn cáp",
    "summons": "08 giờ ngày 27/11/2026 tại UBND phường",
    "opinion": "Xin khắc phục ngay",
    "copies": 3,
}
#: Paper -> what the list of items of its form asks for, as this case states it.
ITEMS = {
    PaperKind.MINUTES: (
        *("BB-VPHC", "09 giờ 10", "số 15 đường Lê Lợi", "chuyên viên", "Sao Mai", "số 9 Trần Phú", "2800123456"),
        *(
            "Lê Văn Giám",
            "Phạm Thị Chứng",
            "Người phiên dịch",
            "xảy ra ngày 23/11/2026",
            "phát hiện lúc 10 giờ 00 ngày 24/11/2026",
        ),
        *("Nghị định 174/2026", "Khung phạt", "Công ty Điện lực", "Xin khắc phục ngay", "chấm dứt ngay hành vi"),
        *("tạm giữ 02 cuộn cáp", "giải trình bằng văn bản trong 5 ngày làm việc", "gửi người có thẩm quyền xử phạt"),
        *("08 giờ ngày 27/11/2026", "03 bản", "giao cho bên vi phạm 01 bản"),
    ),
    PaperKind.VERIFICATION: ("BB-XM", "24/11/2026", "BB-VPHC", "Đã đối chiếu sơ đồ tuyến", "giữ nguyên"),
    PaperKind.HEARING: ("BB-GTTT", "yêu cầu giải trình ngày 24/11/2026", "Ảnh, sơ đồ", "Đã gắn thẻ", "Lê Văn Giám"),
    PaperKind.DECISION: (
        *(
            "QĐ-XPHC",
            "Luật Xử lý vi phạm hành chính",
            "về thẩm quyền xử phạt",
            "BB-VPHC",
            "Biên bản xác minh",
            "Sao Mai",
        ),
        *(
            "phiên giải trình trực tiếp",
            "yêu cầu giải trình ngày",
            "số 9 Trần Phú",
            "2800123456",
            "Tình tiết giảm nhẹ: 1",
        ),
        *("22.000.000 đồng", "Hai mươi hai triệu", "xử phạt bổ sung: không", "Gắn thẻ", "30 ngày", "chi phí do bên"),
        *("có hiệu lực kể từ ngày ký", "10 ngày kể từ ngày nhận", "tài khoản số", "cưỡng chế", "0,05%", "khiếu nại"),
        *("khởi kiện", "Kho bạc Nhà nước nơi thu tiền phạt", "CHỦ TỊCH"),
    ),
    PaperKind.SETTLEMENT: ("QĐ-GQKN", "lần đầu", "đơn khiếu nại ngày 21/12/2026", "Giữ nguyên", "QĐ-XPHC", "khởi kiện"),
    PaperKind.CORRECTION: ("QĐ-ĐCXPHC", "Điều 18", "QĐ-XPHC", "Sai tên đường", "CHỦ TỊCH ỦY BAN NHÂN DÂN"),
    PaperKind.AMENDMENT: ("QĐ-SĐXPHC", "20.000.000 đồng", "Hai mươi triệu", "Có tình tiết giảm nhẹ", "khiếu nại"),
    PaperKind.ENFORCEMENT: ("QĐ-CC", "Điều 86", "296/2025", "QĐ-XPHC", "20.000.000 đồng", "Khấu trừ", "chi phí"),
    PaperKind.ANNULMENT: ("QĐ-HBXPHC", "Hủy bỏ toàn bộ", "QĐ-XPHC", "Sai đối tượng", "CHỦ TỊCH ỦY BAN NHÂN DÂN"),
    PaperKind.TRANSFER: ("PC-VPHC", "Giám đốc Sở Khoa học và Công nghệ", "Vượt thẩm quyền", "BB-VPHC", "Sao Mai"),
    PaperKind.PROSECUTION: ("QĐ-CHS", "truy cứu trách nhiệm hình sự", "Có dấu hiệu tội phạm", "GIÁM ĐỐC SỞ"),
    PaperKind.REMEDIES_DECISION: ("QĐ-KPHQ", "Lý do không ra quyết định xử phạt", "Khôi phục tuyến cáp", "khởi kiện"),
}
#: What no paper says: names of states, of fields and of parts of the program, and texts that were not read.
INTERNAL = (
    "None",
    "chưa đọc được",
    "trạng thái",
    "commune_chair",
    "{",
    "NGƯỜI CÓ THẨM QUYỀN",
    "&amp;",
    "::",
    "tại Phường",
    "tại Xã",
)


@pytest.fixture
def papers(ctx_of):
    """Each kind of paper as it was issued, in the life of three cases."""
    whole, passed, late = (with_minutes(ctx_of, minutes=STATED) for _case in range(3))
    commune, inspector = "ubnd.xa", "kiemtra1"
    move(ctx_of, inspector, whole, "explain", explained_on=NOW.date(), text="Xin giảm nhẹ")
    heard = {"heard_on": NOW.date(), "facts": "Ảnh, sơ đồ", "text": "Đã gắn thẻ", "representative": "Lê Văn Giám"}
    move(ctx_of, inspector, whole, "hold_hearing", **heard)
    move(ctx_of, inspector, whole, "record_facts", **RECORD)
    circumstances = {"mitigating": 1, "circumstances": "Tự nguyện khai báo", "remedy_term": "30 ngày"}
    fine = DECISION | circumstances | {"fine_vnd": Decimal(22_000_000)}
    move(ctx_of, commune, whole, "decide", **fine)
    delivered = {"delivered_on": NOW.date(), "how": PaperDelivery.BY_HAND}
    move(ctx_of, inspector, whole, "deliver_decision", **delivered)
    move(ctx_of, inspector, whole, "appeal", now=LATER, **(COMPLAINT | {"complained_on": DAY}))
    move(ctx_of, commune, whole, "uphold", now=LATER, settled_on=DAY, text="Đúng thẩm quyền, đúng mức")
    move(ctx_of, commune, whole, "correct", now=LATER, **(CORRECTION | {"corrected_on": DAY}))
    move(ctx_of, commune, whole, "amend", now=LATER, **(AMENDMENT | {"amended_on": DAY}))
    move(ctx_of, commune, whole, "enforce", now=LATER, enforced_on=DAY, text="Khấu trừ tiền từ tài khoản")
    move(ctx_of, "ubnd.tinh", whole, "annul", now=LATER, **(ANNULMENT | {"annulled_on": DAY}))
    move(ctx_of, commune, passed, "transfer", receiver=Receiver.LEAD_DIRECTOR, text="Vượt thẩm quyền cấp xã")
    move(ctx_of, "so.khcn", passed, "accept")
    move(ctx_of, "so.khcn", passed, "prosecute", **PROSECUTION)
    move(ctx_of, commune, late, "order_remedies", now=LATER, **(REMEDIES_ONLY | {"decision_on": DAY}))
    issued = {}
    for account, number in ((commune, whole), ("so.khcn", passed), (commune, late)):
        with ctx_of(account, now=LATER, read_only=True) as ctx:
            case = get_violation(ctx, number)
            for kind in ITEMS:
                edition = None if kind is not PaperKind.DECISION else 1
                try:
                    row = find_paper(ctx, case, kind, edition)
                except NotFound:
                    row = None
                if row is not None:
                    issued.setdefault(kind, served_paper(ctx, case, kind, row))
    return issued


def text_of(paper):
    """All that a paper says, in its order."""
    parts = (f"{head} {text}".strip() for head, text in (*paper.parts, *paper.closing))
    foot = (*paper.recipients, *paper.left, *paper.right)
    return "\n".join((paper.number, paper.title, paper.subject, paper.issuer, *paper.grounds, *parts, *foot))


def docx_text(content):
    """All that a paper says as a file to edit."""
    document = docx.Document(io.BytesIO(content))
    cells = [cell for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join(paragraph.text for block in (document, *cells) for paragraph in block.paragraphs)


def test_each_paper_has_the_items_of_its_form_and_nothing_internal(papers):
    assert set(papers) == set(ITEMS)
    missing = {kind.value: [item for item in ITEMS[kind] if item not in text_of(papers[kind])] for kind in ITEMS}
    assert not {kind: items for kind, items in missing.items() if items}
    for kind, items in ITEMS.items():
        text = docx_text(write_docx(papers[kind]))
        missing[kind.value] = [item for item in items if item not in text]
    assert not {kind: items for kind, items in missing.items() if items}
    internal = {kind.value: [word for word in INTERNAL if word in text_of(papers[kind])] for kind in ITEMS}
    assert not {kind: words for kind, words in internal.items() if words}


def test_the_minutes_of_a_person_ask_for_what_identifies_one(ctx_of):
    violation_id = log(ctx_of)
    move(ctx_of, "kiemtra1", violation_id, "verify")
    person = {
        "offender": Offender.INDIVIDUAL,
        "offender_name": "Ông Lê Văn Tám",
        "offender_code": "038090001234",
        "person": "02/3/1990, Việt Nam, thợ điện",
        "waiver": True,
        "is_electronic": True,
    }
    move(ctx_of, "kiemtra1", violation_id, "minutes", **(MINUTES | person | {"minutes_on": date(2026, 11, 24)}))
    with ctx_of("kiemtra1", now=NOW, read_only=True) as ctx:
        case = get_violation(ctx, violation_id)
        text = text_of(served_paper(ctx, case, PaperKind.MINUTES, find_paper(ctx, case, PaperKind.MINUTES, None)))
    for item in ("Số định danh cá nhân 038090001234", "02/3/1990, Việt Nam, thợ điện", "phương thức điện tử"):
        assert item in text, item
    assert "không yêu cầu giải trình" in text or "dưới mức được giải trình" in text
