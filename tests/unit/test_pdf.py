"""PDF of pages: exact sizes, our own fonts, nothing loaded from outside, and one sentence where it cannot be made."""

import re
import subprocess
import threading
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest

from registry.documents import MISSING, pdf
from registry.documents.child import BASE, PackagedFiles
from registry.documents.pdf import PdfUnavailable, check_pdf, make_pdf

PAGE = (
    '<html lang="vi"><head><title>Nhãn</title><link rel="stylesheet" href="/static/fonts/whole.css">'
    '<link rel="stylesheet" href="/static/css/label.css"><link rel="stylesheet" href="/static/css/label-60x40.css">'
    "</head><body>%s</body></html>"
)


def boxes(content):
    """Width and height of each page, in millimetres to a tenth."""
    plain = content + b"".join(_inflated(content))
    boxes_of_media = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", plain)
    return [tuple(round(float(side) / 72 * 25.4, 1) for side in box) for box in boxes_of_media]


def fonts(content):
    """The names of the fonts in a file, without the mark of a subset."""
    plain = content + b"".join(_inflated(content))
    return {name.split(b"+")[-1].decode() for name in re.findall(rb"/BaseFont /([^\s/]+)", plain)}


def _inflated(content):
    for part in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
        try:
            yield zlib.decompress(part)
        except zlib.error:
            continue


def test_a_page_has_its_exact_size_and_our_own_font():
    content = make_pdf(PAGE % '<section class="sheet"><article class="label"><p>Đường dây nóng</p></article></section>')
    assert boxes(content) == [(60.0, 40.0)]
    assert all("Vietnam" in name for name in fonts(content)), fonts(content)
    assert fonts(content)


def test_nothing_is_loaded_from_the_network_or_from_other_files(tmp_path):
    asked = []

    class Listener(BaseHTTPRequestHandler):
        """Remembers who came."""

        def do_GET(self):
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_parts):
            """Nothing."""

    secret = tmp_path / "secret.css"
    secret.write_text("@page { size: 10mm 10mm }")
    with HTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        content = make_pdf(
            PAGE % f'<img src="{there}/picture.png"><link rel="stylesheet" href="{there}/sheet.css">'
            f'<link rel="stylesheet" href="file://{secret}"><p>Nhãn</p>'
        )
        server.shutdown()
    assert asked == []
    assert boxes(content) == [(60.0, 40.0)]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/x.css",
        "https://example.org/x.css",
        "file:///etc/passwd",
        "ftp://example.org/x.css",
        f"{BASE}static/../documents/child.py",
        f"{BASE}static/%2e%2e/%2e%2e/pyproject.toml",
        f"{BASE}static//etc/hosts.css",
        f"{BASE}static/css",
        f"{BASE}static/js/page.mjs",
    ],
)
def test_every_other_address_is_refused(address):
    with pytest.raises(ValueError, match=r"packaged|protocol"):
        PackagedFiles().fetch(address)


def test_packaged_style_sheets_and_fonts_are_given():
    fetcher = PackagedFiles()
    assert fetcher.fetch(f"{BASE}static/css/label.css").content_type == "text/css"
    assert fetcher.fetch(f"{BASE}static/fonts/be-vietnam-pro-400.woff2").read().startswith(b"wOF2")


def answering(monkeypatch, returncode=0, stdout=b"", stderr=b""):
    done = SimpleNamespace(returncode=returncode, stdout=stdout, stderr=stderr)
    monkeypatch.setattr(pdf, "_run", lambda _html: done)


def test_without_the_text_libraries_one_sentence_says_what_to_do(monkeypatch):
    answering(monkeypatch, MISSING, stderr=b"cannot load library 'libpango-1.0-0'\n")
    with pytest.raises(PdfUnavailable, match="dùng bản in bằng trình duyệt") as caught:
        make_pdf("<p>x</p>")
    assert caught.value.status == 503
    finding = check_pdf(None)
    assert not finding.ok
    assert "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0" in finding.detail
    assert "cannot load library" in finding.detail


def test_a_failure_is_logged_and_told_in_one_sentence(monkeypatch, caplog):
    answering(monkeypatch, 1, stderr=b"Traceback: out of paper")
    with pytest.raises(PdfUnavailable, match="lỗi đã được ghi lại"):
        make_pdf("<p>x</p>")
    assert "out of paper" in caplog.text
    assert not check_pdf(None).ok


def test_a_page_that_takes_too_long_is_given_up(monkeypatch):
    def late(_html):
        raise subprocess.TimeoutExpired("pdf", 90)

    monkeypatch.setattr(pdf, "_run", late)
    with pytest.raises(PdfUnavailable, match="quá nhiều thời gian"):
        make_pdf("<p>x</p>")
    assert not pdf._LOCK.locked()


def test_the_doctor_makes_one():
    finding = check_pdf(None)
    assert (finding.check, finding.ok, finding.detail) == ("pdf", True, "WeasyPrint")
