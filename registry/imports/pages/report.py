"""What is wrong in a file, as files to take away."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final, TypeVar

from flask import Response, request, send_file

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.errorfile import Rows, format_of, write_errors
from registry.imports.models import FileFormat
from registry.imports.pages.blueprint import bp
from registry.imports.queries import get_batch, stream_problems
from registry.imports.report import write_problems
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.i18n import _

ChoiceT = TypeVar("ChoiceT", Rows, FileFormat)
_TYPES: Final = {
    FileFormat.CSV: "text/csv",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@bp.get("/<int:batch_id>/problems.csv", permission=P.IMPORT_RUN, costly=True)
def problems(ctx: Ctx, batch_id: int) -> Response:
    """All problems as a file for whoever mends the data."""
    batch = get_batch(ctx, batch_id)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "problems"
        write_problems(path, stream_problems(ctx, batch))
        # Open before the folder goes: the content is read while it is sent, and is gone afterwards.
        content = path.open("rb")
    name = f"import-{batch.id}-problems.csv"
    response: Response = send_file(content, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0)
    response.headers["Cache-Control"] = "private, no-store"
    return response


@bp.get("/<int:batch_id>/errors", permission=P.IMPORT_RUN, costly=True)
def error_file(ctx: Ctx, batch_id: int) -> Response:
    """The file's own table with a column of reasons, to be mended and uploaded again."""
    batch = get_batch(ctx, batch_id)
    if batch.checked_at is None:
        raise Conflict(_("Lô nhập chưa được kiểm tra nên chưa có tệp lỗi."))
    rows = _one_of(Rows, "rows", Rows.REFUSED.value)
    file_format = _one_of(FileFormat, "format", format_of(batch, rows).value)
    if file_format not in _TYPES:
        raise Invalid({"format": _("Tệp lỗi chỉ có dạng CSV hoặc XLSX.")})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "errors"
        write_errors(ctx, batch, path, rows, file_format)
        # Open before the folder goes: the content is read while it is sent, and is gone afterwards.
        content = path.open("rb")
    response: Response = send_file(
        content,
        mimetype=_TYPES[file_format],
        as_attachment=True,
        download_name=f"{Path(batch.file_name).stem[:100]}-{batch.id}-loi.{file_format.value}",
        max_age=0,
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _one_of(choices: type[ChoiceT], name: str, default: str) -> ChoiceT:
    code = request.args.get(name, default)
    if code not in set(choices):
        raise Invalid({name: _("Không có lựa chọn «%(code)s».", code=code[:60])})
    return choices(code)
