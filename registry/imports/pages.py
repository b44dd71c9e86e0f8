"""Imports over HTTP: upload, choose the columns, look at the preview, let the worker import."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, current_app, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response as BaseResponse

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.files.storage import FileStore
from registry.imports.forms import MappingFormBase, UploadForm, field_errors, mapping_form
from registry.imports.jobs import STORE, defer_work
from registry.imports.models import BatchState, ImportBatch, RowOutcome
from registry.imports.queries import get_batch, list_batches, list_owners, list_problem_rows, list_rows, owner_of
from registry.imports.report import problems_csv
from registry.imports.service import cancel_batch, check_batch, good_rows, request_apply, set_mapping, upload
from registry.kernel.errors import Invalid
from registry.kernel.forms.submit import add_errors, submit
from registry.kernel.http.pages import html_errors
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS

#: Files up to this size are checked while the person waits, larger ones by the worker.
CHECKED_AT_ONCE: Final = 2_000
_SHOWN_PROBLEMS: Final = 200
_SHOWN_ROWS: Final = 20
_TONES: Final = {
    BatchState.UPLOADED: "info",
    BatchState.CHECKED: "info",
    BatchState.APPLYING: "warn",
    BatchState.APPLIED: "good",
    BatchState.FAILED: "bad",
    BatchState.CANCELLED: "dark",
}
_ROW_TONES: Final = {
    RowOutcome.NEW: "good",
    RowOutcome.WARNING: "warn",
    RowOutcome.EXISTING: "neutral",
    RowOutcome.REFUSED: "bad",
}

bp = GuardedBlueprint("imports", __name__, errors=html_errors, url_prefix="/imports")


def _store() -> FileStore:
    store: FileStore = current_app.extensions[STORE]
    return store


@bp.get("", permission=P.IMPORT_RUN)
def index(ctx: Ctx) -> str:
    """Earlier imports and the form of a new one."""
    return _index(ctx, UploadForm())


@bp.post("", permission=P.IMPORT_RUN, endpoint="upload")
def upload_post(ctx: Ctx) -> BaseResponse | tuple[str, int]:
    """Keep the file and go on to its columns, or say at its field why not (422)."""
    form = UploadForm().offer(_owners(ctx))
    batch = submit(ctx, form, lambda: upload(ctx, _store(), form.to_command()))
    if batch is None:
        return _index(ctx, form), 422
    return redirect(url_for("imports.detail", batch_id=batch.id), code=303)


def _index(ctx: Ctx, form: UploadForm) -> str:
    return render_template(
        "imports/index.html", form=form.offer(_owners(ctx)), batches=list_batches(ctx), kinds=KINDS, tones=_TONES
    )


def _owners(ctx: Ctx) -> list[tuple[int, str]]:
    return [(owner.id, owner.short_name) for owner in list_owners(ctx)]


@bp.get("/<int:batch_id>", permission=P.IMPORT_RUN)
def detail(ctx: Ctx, batch_id: int) -> str:
    """Where the import stands: columns, preview, result."""
    batch = get_batch(ctx, batch_id)
    return _detail(ctx, batch, _form(ctx, batch))


@bp.post("/<int:batch_id>/mapping", permission=P.IMPORT_RUN)
def mapping(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Take the columns and check all rows, here or in the worker; 422 where the columns are not enough."""
    batch = get_batch(ctx, batch_id)
    form = _form(ctx, batch)
    if form.validate_on_submit():
        try:
            batch = set_mapping(ctx, form.to_command(batch))
        except Invalid as refused:
            add_errors(form, field_errors(form, refused.fields))
        else:
            if batch.counts["rows"] <= CHECKED_AT_ONCE:
                check_batch(ctx, _store(), batch.id)
            else:
                defer_work(ctx, "check", batch.id)
            return _back(batch_id)
    return _detail(ctx, batch, form), 422


@bp.post("/<int:batch_id>/apply", permission=P.IMPORT_RUN)
def apply(ctx: Ctx, batch_id: int) -> BaseResponse:
    """Let the worker import the good rows; a second click changes nothing."""
    if request_apply(ctx, batch_id):
        defer_work(ctx, "apply", batch_id)
    return _back(batch_id)


@bp.post("/<int:batch_id>/cancel", permission=P.IMPORT_RUN)
def cancel(ctx: Ctx, batch_id: int) -> BaseResponse:
    """Give the import up."""
    cancel_batch(ctx, batch_id)
    flash(_("Đã hủy lô nhập; không có công trình nào được tạo."), "success")
    return _back(batch_id)


@bp.get("/<int:batch_id>/status", permission=P.IMPORT_RUN)
def status(ctx: Ctx, batch_id: int) -> Response:
    """The part of the page that is asked for again while the worker works; it makes the page load anew at the end."""
    batch = get_batch(ctx, batch_id)
    response = Response(render_template("imports/_status.html", batch=batch, busy=_busy(batch), tones=_TONES))
    if not _busy(batch):
        response.headers["HX-Refresh"] = "true"
    return response


@bp.get("/<int:batch_id>/problems.csv", permission=P.IMPORT_RUN)
def problems(ctx: Ctx, batch_id: int) -> Response:
    """All problems as a file for whoever mends the data."""
    batch = get_batch(ctx, batch_id)
    response = Response(problems_csv(list_problem_rows(ctx, batch)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="import-{batch.id}-problems.csv"'
    return response


def _back(batch_id: int) -> BaseResponse:
    return redirect(url_for("imports.detail", batch_id=batch_id), code=303)


def _form(ctx: Ctx, batch: ImportBatch) -> MappingFormBase:
    return mapping_form(batch, may_outside=holds(ctx.actor, P.STRUCTURE_OUTSIDE_AREA))


def _busy(batch: ImportBatch) -> bool:
    """Whether the worker has something to do with the batch; an uploaded one waits for its columns to be confirmed."""
    return batch.state is BatchState.APPLYING or (batch.state is BatchState.UPLOADED and _is_confirmed(batch))


def _is_confirmed(batch: ImportBatch) -> bool:
    return bool(batch.options.get("confirmed"))


def _detail(ctx: Ctx, batch: ImportBatch, form: MappingFormBase) -> str:
    return render_template(
        "imports/detail.html",
        batch=batch,
        owner=owner_of(ctx, batch),
        kind=KINDS[batch.kind],
        form=form,
        busy=_busy(batch),
        open=batch.state in (BatchState.UPLOADED, BatchState.CHECKED, BatchState.FAILED),
        good=good_rows(batch),
        problem_rows=list_problem_rows(ctx, batch, limit=_SHOWN_PROBLEMS),
        rows=list_rows(ctx, batch, (RowOutcome.NEW, RowOutcome.WARNING), limit=_SHOWN_ROWS),
        steps=_steps(batch),
        outcomes=RowOutcome,
        states=BatchState,
        tones=_TONES,
        row_tones=_ROW_TONES,
        shown_problems=_SHOWN_PROBLEMS,
    )


def _steps(batch: ImportBatch) -> list[dict[str, Any]]:
    at = {BatchState.UPLOADED: 1, BatchState.CHECKED: 2, BatchState.FAILED: 2, BatchState.APPLYING: 3}.get(
        batch.state, 4
    )
    labels = (_("Tải tệp lên"), _("Chọn cột"), _("Xem trước"), _("Nhập"))
    words = ["done" if place < at else "now" if place == at else "next" for place in range(len(labels))]
    return [{"label": label, "state": word} for label, word in zip(labels, words, strict=True)]
