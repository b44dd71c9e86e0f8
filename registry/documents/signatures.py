"""Digital signatures of PDF files, checked by pyHanko in the sandbox against the trusted certificates of a setting."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from registry.documents.signature_codes import BROKEN, CPU_S, NO_SIGNATURE
from registry.kernel.errors import DomainError
from registry.kernel.i18n import _
from registry.kernel.sandbox_process import PREFIX, end_program, start_program
from registry.kernel.services import Service

logger = logging.getLogger(__name__)

#: The file of the trusted certificates, or None.
SIGNATURE_ROOTS = Service[Path | None]("registry.signature_roots", default=None)
_PDF: Final = b"%PDF-"
#: Seconds to wait on a busy machine.
_WAIT_S: Final = CPU_S * 3
_MOST_ANSWER: Final = 1024 * 1024


@dataclass(frozen=True)
class Signature:
    """One signature of a PDF file.

    `is_intact`: what it covers is as it was signed; `is_unchanged`: nothing was added since but further signatures;
    `is_trusted`: its certificate leads to a trusted one and was valid at the moment of the check. Revocation is not
    looked up. `signed_at` is by the signer's clock, unless `is_stamped`.
    """

    name: str
    issuer: str
    serial: str
    signed_at: datetime | None
    is_stamped: bool
    is_intact: bool
    is_trusted: bool
    is_unchanged: bool


class SignatureRefused(DomainError):
    """The file is no signed PDF, or nothing can be checked here; the sentence says which."""

    status = 422
    title = "No signature"


def read_signatures(content: bytes, roots: Path | None, moment: datetime) -> Sequence[Signature]:
    """The signatures of a PDF file in their order; SignatureRefused for another file, or without trusted roots."""
    if roots is None or not roots.is_file():
        raise SignatureRefused(
            _(
                "Máy chủ chưa khai báo chứng thư gốc được tin cậy nên không kiểm tra được chữ ký số; hãy báo người quản"
                " trị đặt REGISTRY_SIGNATURE_ROOTS, hoặc lập biên bản giấy."
            )
        )
    if not content.startswith(_PDF):
        raise SignatureRefused(_("Tệp không phải PDF; hãy gửi bản PDF đã ký số."))
    answer = _answer_of(content, roots.read_text(encoding="ascii"), moment)
    if answer.get("refused") == NO_SIGNATURE:
        raise SignatureRefused(_("Tệp PDF chưa có chữ ký số nào; hãy ký số bản đã tải về rồi gửi lại."))
    signatures = answer.get("signatures")
    if not isinstance(signatures, list):
        logger.warning("the signatures of a file could not be read: %s", answer.get("failed"))
        raise SignatureRefused(_("Tệp PDF bị hỏng hoặc bị sửa nên không đọc được chữ ký; hãy gửi lại bản đã ký số."))
    return [_signature(each) for each in signatures]


def _signature(fields: dict[str, Any]) -> Signature:
    at = datetime.fromisoformat(fields["signed_at"]) if fields["signed_at"] else None
    return Signature(**(fields | {"signed_at": at}))


def _answer_of(content: bytes, roots: str, moment: datetime) -> dict[str, Any]:
    header = json.dumps({"roots": roots, "moment": moment.isoformat()}).encode()
    with tempfile.TemporaryFile() as source:
        source.write(header + b"\n" + content)
        source.seek(0)
        private = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            process = start_program("registry.documents.signature_child", [], private, source.fileno())
            try:
                output, _errors = process.communicate(timeout=_WAIT_S)
            except subprocess.TimeoutExpired:
                return {"refused": BROKEN, "failed": "out of time"}
            finally:
                end_program(process)
        finally:
            shutil.rmtree(private, ignore_errors=True)
    try:
        answer = json.loads(output[:_MOST_ANSWER])
    except ValueError:
        return {"refused": BROKEN, "failed": f"ended with {process.returncode}"}
    return answer if isinstance(answer, dict) else {"refused": BROKEN}
