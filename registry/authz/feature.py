"""Permissions: the matrix, the rows that follow from it, the generated document."""

from __future__ import annotations

import registry.authz.matrix
import registry.authz.row_access
from registry.authz.documents import permissions_document
from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import Feature

FEATURE = Feature(
    name="authz",
    modules=(registry.authz.matrix, registry.authz.row_access),
    provides=(DOCUMENTS.named({"docs/permissions.md": permissions_document}),),
)
