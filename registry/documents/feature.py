"""PDF files of pages, and digital signatures of PDF files."""

from __future__ import annotations

from flask import Flask

from registry.documents import issued  # noqa: F401 - its table
from registry.documents.pdf import check_pdf
from registry.documents.signatures import SIGNATURE_ROOTS
from registry.kernel.cli.doctor import INSTALLATION_CHECKS
from registry.kernel.feature import Feature
from registry.kernel.installation import Installation


def _set_up(app: Flask, installation: Installation) -> None:
    SIGNATURE_ROOTS.put(app, installation.signature_roots)


FEATURE = Feature(name="documents", set_up=_set_up, provides=(INSTALLATION_CHECKS.of(check_pdf, order=20),))
