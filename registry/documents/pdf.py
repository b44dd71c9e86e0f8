"""PDF from HTML. WeasyPrint is large and not available on every machine, so a child process loads it."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import Final

from registry.documents import MISSING
from registry.kernel.cli.doctor import Finding
from registry.kernel.errors import Busy, DomainError
from registry.kernel.i18n import _
from registry.kernel.installation import CHECKOUT, Installation

logger = logging.getLogger(__name__)

#: Debian packages of the text libraries; deploy/setup.sh installs them.
PACKAGES: Final = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
_START: Final = "import sys; sys.path.insert(0, sys.argv.pop()); from registry.documents.child import main; main()"
#: Two hundred labels take 5 to 10 seconds on an idle machine.
_TIMEOUT_S: Final = 90
#: One PDF at a time per web process bounds its memory; a second request waits, then gets Busy.
_WAIT_S: Final = 5
_RETRY_AFTER_S: Final = 15
_LOCK: Final = threading.Lock()
_PDF: Final = b"%PDF-"
_SMALLEST: Final = "<title>PDF</title>"


class PdfUnavailable(DomainError):
    """No PDF can be rendered here or now; the sentence names the alternative."""

    status = 503
    title = "No PDF"


def make_pdf(html: str) -> bytes:
    """The page as a PDF file; Busy while another one is rendered, PdfUnavailable when it fails."""
    if not _LOCK.acquire(timeout=_WAIT_S):
        raise Busy(_("Máy chủ đang tạo tệp PDF khác; hãy thử lại sau %(s)d giây.", s=_RETRY_AFTER_S), _RETRY_AFTER_S)
    try:
        done = _run(html)
    except subprocess.TimeoutExpired as late:
        raise PdfUnavailable(_("Tạo tệp PDF mất quá nhiều thời gian; hãy thử lại, hoặc chọn ít hơn.")) from late
    finally:
        _LOCK.release()
    if done.returncode == MISSING:
        raise PdfUnavailable(
            _(
                "Máy chủ chưa có thư viện để tạo tệp PDF; hãy dùng bản in bằng trình duyệt, và báo người quản trị chạy"
                " flask --app app doctor."
            )
        )
    if not done.stdout.startswith(_PDF):
        logger.error("no PDF was made: %s", done.stderr[-2000:].decode(errors="replace"))
        raise PdfUnavailable(_("Chưa tạo được tệp PDF, lỗi đã được ghi lại; hãy dùng bản in bằng trình duyệt."))
    return done.stdout


def _run(html: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-I", "-X", "utf8", "-c", _START, str(CHECKOUT)]
    return subprocess.run(command, input=html.encode(), env={}, capture_output=True, timeout=_TIMEOUT_S, check=False)


def check_pdf(settings: Installation) -> Finding:
    del settings
    try:
        done = _run(_SMALLEST)
    except subprocess.TimeoutExpired:
        return Finding("pdf", ok=False, detail=_("không xong trong %(s)d giây", s=_TIMEOUT_S))
    if done.returncode == MISSING:
        why = done.stderr.decode(errors="replace").splitlines()
        remedy = _("thiếu thư viện, cần apt-get install %(packages)s", packages=PACKAGES)
        return Finding("pdf", ok=False, detail=f"{remedy} ({why[0][:120]})" if why else remedy)
    ok = done.stdout.startswith(_PDF)
    return Finding("pdf", ok, "WeasyPrint" if ok else done.stderr[-300:].decode(errors="replace"))
