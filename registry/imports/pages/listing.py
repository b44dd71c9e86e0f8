"""List of imports, upload form and templates."""

from __future__ import annotations

from typing import Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.forms import UploadForm
from registry.imports.jobs import start
from registry.imports.list_view import IMPORTS
from registry.imports.mapping.template import Positions, workbook
from registry.imports.pages.blueprint import bp, store, template_context
from registry.imports.queries import list_owners
from registry.imports.service import upload
from registry.kernel.errors import NotFound
from registry.kernel.exports.workbook import XLSX
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import current_locale
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS

#: Coordinates of templates, by URL parameter.
_POSITIONS: Final[dict[str, Positions]] = {"vn2000": "vn2000", "wgs84": "wgs84"}


@bp.get("", permission=P.IMPORT_RUN)
def index(ctx: Ctx) -> str:
    return _index(ctx, UploadForm())


@bp.post("", permission=P.IMPORT_RUN, endpoint="upload")
def upload_post(ctx: Ctx) -> Response | tuple[str, int]:
    """Store the file and start reading; 422 with field errors."""
    form = UploadForm().offer(_owners(ctx))
    batch = submit(ctx, form, lambda: start(ctx, store(), "read", upload(ctx, store(), form.to_command())))
    if batch is None:
        return _index(ctx, form), form.refusal_status
    return redirect(url_for("imports.detail", batch_id=batch.id), code=303)


@bp.get("/templates/<kind>.xlsx", permission=P.IMPORT_RUN, costly=True)
def template(ctx: Ctx, kind: str) -> Response:
    """Template workbook of a kind."""
    del ctx
    positions = request.args.get("positions", "vn2000")
    if kind not in KINDS or positions not in _POSITIONS:
        raise NotFound
    content = workbook(kind, str(current_locale()), _POSITIONS[positions])
    response = Response(content, mimetype=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="mau-{kind}-{positions}.xlsx"'
    return response


def _index(ctx: Ctx, form: UploadForm) -> str:
    return render_template(
        "imports/index.html",
        form=form.offer(_owners(ctx)),
        listing=list_page(ctx, IMPORTS),
        kinds=KINDS,
        **template_context(),
    )


def _owners(ctx: Ctx) -> list[tuple[int, str]]:
    return [(owner.id, owner.short_name) for owner in list_owners(ctx)]
