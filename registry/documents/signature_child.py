"""Program that checks the digital signatures of one PDF file in the sandbox.

Started by `signatures.py`. Its input is a line of JSON (the trusted certificates as PEM, the moment as ISO text), then
the file; its answer is JSON: the signatures, or why there are none. It opens no connection: whether a certificate was
revoked is not looked up.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import pkgutil
import sys
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509
from asn1crypto.pem import unarmor
from cryptography import hazmat
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import ValueErrorWithMessage
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from registry.documents.signature_codes import BROKEN, CPU_S, NO_SIGNATURE
from registry.kernel import sandbox

_MEMORY_BYTES: Final = 400 * sandbox.MEGABYTE
#: Modules that the library imports on first use, which the sandbox would not let it.
_LATE: Final = (
    *(
        "lxml.etree",
        "pyhanko.pdf_utils.crypt.pdfmac",
        "pyhanko.pdf_utils.filters",
        "pyhanko.pdf_utils.metadata.xmp_xml",
    ),
    *("pyhanko.sign.diff_analysis", "pyhanko_certvalidator.path", "pyhanko_certvalidator.validate"),
)
#: Errors of the library for files that are no sound PDF; any other error is a defect.
_ERRORS: Final = (PdfError, ValueErrorWithMessage, ValueError, KeyError, IndexError, TypeError, OSError, RecursionError)


def main() -> None:
    """Answer on the standard output."""
    sandbox.apply_limits(CPU_S)
    header, _newline, content = sys.stdin.buffer.read().partition(b"\n")
    asked = json.loads(header)
    roots = [x509.Certificate.load(der) for _kind, _headers, der in unarmor(asked["roots"].encode(), multiple=True)]
    _load_algorithms()
    # Its sockets are opened before the sandbox forbids them.
    loop = asyncio.new_event_loop()
    sandbox.enter_sandbox(Path.cwd(), memory_bytes=_MEMORY_BYTES)
    try:
        answer = loop.run_until_complete(_check(content, roots, datetime.fromisoformat(asked["moment"])))
    except Exception as error:  # the parent logs it; a person reads that the file cannot be read
        answer = {"refused": BROKEN, "failed": f"{type(error).__name__}: {error}"[:500]}
    sys.stdout.buffer.write(json.dumps(answer).encode())
    sys.stdout.buffer.flush()


async def _check(content: bytes, roots: list[x509.Certificate], moment: datetime) -> dict[str, Any]:
    try:
        reader = PdfFileReader(io.BytesIO(content))
        embedded = reader.embedded_regular_signatures
    except _ERRORS:
        return {"refused": BROKEN}
    if not embedded:
        return {"refused": NO_SIGNATURE}
    signatures = []
    for signature in embedded:
        context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment, revocation_mode="soft-fail")
        try:
            status = await async_validate_pdf_signature(signature, signer_validation_context=context)
        except _ERRORS:
            return {"refused": BROKEN}
        stated = status.signer_reported_dt
        stamp = status.timestamp_validity
        signatures.append(
            {
                "name": _name(status.signing_cert.subject),
                "issuer": _name(status.signing_cert.issuer),
                "serial": format(status.signing_cert.serial_number, "x"),
                "signed_at": stamp.timestamp.isoformat() if stamp else stated.isoformat() if stated else None,
                "is_stamped": stamp is not None and bool(stamp.trusted),
                "is_intact": bool(status.intact and status.valid),
                "is_trusted": bool(status.trusted),
                "is_unchanged": status.coverage is SignatureCoverageLevel.ENTIRE_FILE
                or (status.coverage is SignatureCoverageLevel.ENTIRE_REVISION and bool(status.docmdp_ok)),
            }
        )
    return {"signatures": signatures}


def _load_algorithms() -> None:
    """Import what signatures of any kind need, which the sandbox would not let the library."""
    algorithms = pkgutil.walk_packages(hazmat.__path__, "cryptography.hazmat.")
    for name in (*_LATE, *(algorithm.name for algorithm in algorithms)):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)


def _name(name: x509.Name) -> str:
    common = name.native.get("common_name") if isinstance(name.native, dict) else None
    return str(common or name.human_friendly)[:200]
