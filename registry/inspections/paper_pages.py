"""The papers of inspections as files to print and to edit."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Final

from flask import Response, send_file

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.documents.official import DOCX, OfficialPaper, write_docx, write_pdf
from registry.inspections.papers import PLAN_PAPER, RESULTS_PAPER, served_minutes, served_plan
from registry.inspections.queries import get_item, get_plan
from registry.kernel.errors import NotFound
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import DEFAULT_LANGUAGE, _, force_locale

bp = GuardedBlueprint("inspection_papers", __name__, errors=html_errors, url_prefix="/inspections/<int:case_id>")
_FORMAT: Final = "<extension>"
_WRITERS: Final[Mapping[str, tuple[Callable[[OfficialPaper], bytes], str]]] = {
    "pdf": (write_pdf, "application/pdf"),
    "docx": (write_docx, DOCX),
}


@bp.get(f"/plan.{_FORMAT}", permission=P.INSPECTION_READ, costly=True)
def plan(ctx: Ctx, case_id: int, extension: str) -> Response:
    """The plan with its structures."""
    inspection_plan = get_plan(ctx, case_id)
    with force_locale(DEFAULT_LANGUAGE):
        paper = served_plan(ctx, inspection_plan, PLAN_PAPER)
    return _sent(paper, f"{inspection_plan.number}", extension)


@bp.get(f"/results.{_FORMAT}", permission=P.INSPECTION_READ, costly=True)
def results(ctx: Ctx, case_id: int, extension: str) -> Response:
    """The results of an issued plan."""
    inspection_plan = get_plan(ctx, case_id)
    if inspection_plan.decision_number is None:
        raise NotFound(
            _("Kế hoạch %(number)s chưa ban hành nên chưa có kết quả kiểm tra.", number=inspection_plan.number)
        )
    with force_locale(DEFAULT_LANGUAGE):
        paper = served_plan(ctx, inspection_plan, RESULTS_PAPER)
    return _sent(paper, f"{inspection_plan.number}-ket-qua", extension)


@bp.get(f"/items/<int:item_id>/minutes.{_FORMAT}", permission=P.INSPECTION_READ, costly=True)
def item(ctx: Ctx, case_id: int, item_id: int, extension: str) -> Response:
    """The minutes of one structure, or the form to fill in on site."""
    inspection_plan = get_plan(ctx, case_id)
    view = get_item(ctx, inspection_plan, item_id)
    with force_locale(DEFAULT_LANGUAGE):
        paper = served_minutes(ctx, inspection_plan, view)
    return _sent(paper, f"{inspection_plan.number}-{view.structure.code}", extension)


def _sent(paper: OfficialPaper, name: str, extension: str) -> Response:
    if extension not in _WRITERS:
        raise NotFound(_("Không có bản “%(extension)s” của văn bản này; có bản pdf và docx.", extension=extension[:20]))
    write, media_type = _WRITERS[extension]
    content = io.BytesIO(write(paper))
    return send_file(content, mimetype=media_type, as_attachment=True, download_name=f"{name}.{extension}", max_age=0)
