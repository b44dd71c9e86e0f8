"""Where an official paper turns the page."""

import pytest
from flask import Flask, render_template
from weasyprint import CSS, HTML

from config.settings import CHECKOUT
from registry.documents.official import OfficialPaper

STYLE = CSS(filename=str(CHECKOUT / "registry/static/css/official-paper.css"))
SIGNED, RECIPIENTS, LINE = "(Ký, ghi rõ họ tên)", "Nơi nhận:", "Một dòng của biên bản."


@pytest.fixture(scope="module")
def pages_of():
    """A function: an official paper -> the text of each of its pages."""
    app = Flask("papers", template_folder=str(CHECKOUT / "templates"), static_folder=None)
    app.add_url_rule("/static/<filename>", "static")

    def read(paper):
        with app.test_request_context():
            text = render_template("documents/official.html", paper=paper)
        document = HTML(string=text, url_fetcher=lambda _address: {"string": "", "mime_type": "text/css"}).render(
            stylesheets=[STYLE]
        )
        return [
            "".join(box.text for box in page._page_box.descendants() if hasattr(box, "text")) for page in document.pages
        ]

    return read


def paper(lines, left=("NGƯỜI VI PHẠM", "Nguyễn Văn A")):
    """Minutes with so many lines."""
    return OfficialPaper(
        parent="",
        agency=["ỦY BAN NHÂN DÂN", "XÃ THỬ"],
        number="01/BB-VPHC",
        place_and_day="Thử, ngày 01 tháng 02 năm 2026",
        title="BIÊN BẢN",
        subject="Vi phạm hành chính",
        parts=[("", LINE)] * lines,
        recipients=["Như trên", "Lưu: VT"],
        right=("NGƯỜI LẬP BIÊN BẢN", "Trần Thị B"),
        left=left,
    )


@pytest.mark.parametrize("left", [("NGƯỜI VI PHẠM", "Nguyễn Văn A"), ("", "")])
def test_signatures_and_recipients_stand_on_one_page_with_a_line_of_the_paper(pages_of, left):
    turned = set()
    for lines in range(14, 32):
        pages = pages_of(paper(lines, left))
        turned.add(len(pages))
        signed = {number for number, text in enumerate(pages) if SIGNED in text}
        received = {number for number, text in enumerate(pages) if RECIPIENTS in text}
        assert signed == received == {len(pages) - 1}, lines
        assert LINE in pages[-1], lines
    assert turned == {1, 2}
