"""PDF files of pages."""

from __future__ import annotations

from registry.documents.pdf import check_pdf
from registry.kernel.cli.doctor import INSTALLATION_CHECKS
from registry.kernel.feature import Feature

FEATURE = Feature(name="documents", provides=(INSTALLATION_CHECKS.of(check_pdf, order=20),))
