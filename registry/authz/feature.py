"""Permissions: the generated document."""

from __future__ import annotations

import registry.authz.matrix
from registry.authz.documents import permissions_document
from registry.kernel.documents import DOCUMENTS
from registry.kernel.feature import Feature

FEATURE = Feature(
    name="authz",
    modules=(registry.authz.matrix,),
    provides=(DOCUMENTS.named({"docs/permissions.md": permissions_document}),),
)
