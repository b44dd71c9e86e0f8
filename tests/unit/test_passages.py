"""What stays Vietnamese on an English page says so, and nothing else on the page changes."""

import re

import pytest

from registry.kernel.i18n.passages import is_vietnamese, marked

PAGE = '<!doctype html>\n<html lang="en"><body>%s</body></html>'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<p>Cáp rơi xuống sân nhà dân.</p>", '<p lang="vi">Cáp rơi xuống sân nhà dân.</p>'),
        ('<dd class="a">Phường Hàm Rồng</dd>', '<dd lang="vi" class="a">Phường Hàm Rồng</dd>'),
        ("<option value='1'>Xã Hà Vinh</option>", "<option lang=\"vi\" value='1'>Xã Hà Vinh</option>"),
        ("<p><b>Rating:</b> Chờ quá lâu<br>x</p>", '<p><b>Rating:</b><span lang="vi"> Chờ quá lâu</span><br>x</p>'),
        ("<p>x<br>Thiếu ảnh</p>", '<p>x<br><span lang="vi">Thiếu ảnh</span></p>'),
        ("<p>Reported by <b>Lê Văn Bình</b></p>", '<p>Reported by <b lang="vi">Lê Văn Bình</b></p>'),
        ("<text x='1'>Ống số 3</text>", "<text lang=\"vi\" x='1'>Ống số 3</text>"),
    ],
)
def test_a_vietnamese_text_stands_in_an_element_that_says_so(before, after):
    assert marked(PAGE % before) == PAGE % after


@pytest.mark.parametrize(
    "markup",
    [
        "<p>2 structures of Viettel Thanh Hóa are free</p>",
        '<a lang="vi" href="/">Tiếng Việt</a>',
        "<script>const words = '<p>Cáp rơi xuống sân</p>';</script>",
        "<p>Ready, no names &amp; no marks</p>",
        '<p title="Cáp rơi xuống sân">Cable</p>',
        '<p title="a > Cáp rơi xuống sân" class="b">Cable</p>',
        '<p data-words="Cáp > sân">Cable</p>',
        "<p>Fa&ccedil;ade</p>",
    ],
)
def test_english_scripts_and_what_says_its_language_stay_as_they_are(markup):
    assert marked(PAGE % markup) == PAGE % markup


def test_a_page_that_is_vietnamese_as_a_whole_stays_as_it_is():
    paper = '<!doctype html>\n<html lang="vi"><body><p>Biên bản vi phạm hành chính</p></body></html>'
    assert marked(paper) == paper


def test_marks_add_no_text():
    page = PAGE % "<ul><li>Đề nghị dùng chung<li>Sàn 34 m: <i>trống</i> 5/6</ul>"
    assert re.sub(r"<[^>]+>", "", marked(page)) == re.sub(r"<[^>]+>", "", page)
    assert is_vietnamese("Sàn 34 m")
