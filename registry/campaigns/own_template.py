"""The consolidated report in a department's own DOCX template, which is hostile until proven otherwise.

The template is read and filled in by a program in the sandbox (no network, no files, bounded memory and time), in
Jinja's sandbox; it is stored nowhere. It may name what `documents.Paper` holds.
"""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from registry.campaigns.documents import Paper
from registry.campaigns.template_codes import BROKEN, CPU_S, FORBIDDEN, MOST_BYTES, SYNTAX, UNKNOWN
from registry.kernel.errors import Invalid
from registry.kernel.i18n import _
from registry.kernel.sandbox_process import PREFIX, end_program, start_program

logger = logging.getLogger(__name__)
#: Seconds to wait on a busy machine.
_WAIT_S: Final = CPU_S * 3
_ZIP: Final = b"PK"


def fill_template(template: bytes, paper: Paper) -> bytes:
    """The template with the content of a paper; Invalid (field `template`) says in one sentence why there is none."""
    if len(template) > MOST_BYTES:
        raise _refusal(_("Mẫu lớn hơn %(most)d MB; cần tệp DOCX nhỏ hơn.", most=MOST_BYTES >> 20))
    if not template.startswith(_ZIP):
        raise _refusal(_("Tệp không phải DOCX; hãy lưu mẫu dưới dạng Word (.docx)."))
    answer, body = _answer_of(template, json.dumps(asdict(paper), default=str).encode())
    code, detail = answer.get("refused"), answer.get("detail", "")
    if code is None and body.startswith(_ZIP):
        return body
    logger.warning("a template could not be filled in: %s", answer)
    sentences = {
        SYNTAX: _("Mẫu có chỗ điền viết sai (%(detail)s); hãy xem lại dấu ngoặc nhọn.", detail=detail),
        UNKNOWN: _("Mẫu gọi một mục không có (%(detail)s); hãy dùng các mục của mẫu gốc.", detail=detail),
        FORBIDDEN: _("Mẫu gọi một lệnh không được phép (%(detail)s); chỉ dùng được các mục số liệu.", detail=detail),
    }
    raise _refusal(sentences.get(str(code), _("Tệp DOCX bị hỏng hoặc quá phức tạp nên không điền được.")))


def _refusal(sentence: str) -> Invalid:
    return Invalid({"template": sentence})


def _answer_of(template: bytes, names: bytes) -> tuple[dict[str, str], bytes]:
    with tempfile.TemporaryFile() as source:
        source.write(names + b"\n" + template)
        source.seek(0)
        private = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            process = start_program("registry.campaigns.template_child", [], private, source.fileno())
            try:
                output, _errors = process.communicate(timeout=_WAIT_S)
            except subprocess.TimeoutExpired:
                return {"refused": BROKEN, "detail": "out of time"}, b""
            finally:
                end_program(process)
        finally:
            shutil.rmtree(private, ignore_errors=True)
    head, _newline, body = output.partition(b"\n")
    try:
        answer = json.loads(head)
    except ValueError:
        return {"refused": BROKEN, "detail": f"ended with {process.returncode}"}, b""
    return (answer if isinstance(answer, dict) else {"refused": BROKEN}), body
