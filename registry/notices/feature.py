"""Notices in the application and by mail."""

from __future__ import annotations

from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import Feature
from registry.notices.documents import NAME, notices_document
from registry.notices.pages import bp

FEATURE = Feature(name="notices", blueprints=(bp,), provides=(DOCUMENTS.named({NAME: notices_document}),))
