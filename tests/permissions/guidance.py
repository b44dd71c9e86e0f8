"""A document of the library."""

import re

from registry.authz.actors import Role
from registry.files.pages import STORE
from registry.guidance.commands import PublishDocument
from registry.guidance.models import GuidanceKind
from registry.guidance.queries import files_of
from registry.guidance.service import publish
from tests.support.clock import NOW

PAPER = b"%PDF-1.4\n1 0 obj\n<</Kept true>>\nendobj\n%%EOF\n"
GUIDANCE_FIELDS = {
    "guidance.create": {"kind": "form", "title": "Biểu mẫu", "file": ("mau.pdf", re.sub(b"Kept", b"New", PAPER))},
    "guidance.replace": {"kind": "form", "title": "Biểu mẫu 2", "file": ("mau.pdf", re.sub(b"Kept", b"Two", PAPER))},
    "guidance.withdraw": {"reason": "Đã có mẫu mới"},
}


def guidance_objects(app, ctx_of):
    """Object of the table -> what fills addresses."""
    with ctx_of("so.khcn", now=NOW) as ctx:
        command = PublishDocument(
            GuidanceKind.FORM,
            "Biểu mẫu",
            None,
            None,
            None,
            "mau.pdf",
            PAPER,
            is_public=True,
            addressees=(Role.OPERATOR, Role.COMMUNE_PC),
        )
        document = publish(ctx, STORE.of(app), command)
        return {"document": {"document_id": document.id, "attachment_id": files_of(ctx, document)[0].id}}
