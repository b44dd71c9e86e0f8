"""What imports put on the start page."""

from __future__ import annotations

from flask import url_for

from registry.authz.actors import Ctx
from registry.imports.missing import list_open_deliveries
from registry.kernel.i18n import _, format_number
from registry.workflow.worklist import WorklistTask


def open_deliveries(ctx: Ctx) -> list[WorklistTask]:
    """Each full delivery with structures that wait for a decision."""
    return [
        WorklistTask(
            _(
                "%(owner)s: %(left)s công trình không có trong tệp «%(file)s»",
                owner=item.owner,
                left=format_number(item.left),
                file=item.file_name,
            ),
            url_for("imports.missing", batch_id=item.batch_id),
            _("Chờ quyết định"),
        )
        for item in list_open_deliveries(ctx)
    ]
