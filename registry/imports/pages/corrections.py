"""Page of one row, with correction of its cells."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.forms import CorrectionFormBase, add_row_problems, correction_form
from registry.imports.jobs import start
from registry.imports.models import BatchState, ImportBatch, RowOutcome
from registry.imports.outcome.corrections import correct_row, no_row_message, row_digest
from registry.imports.outcome.map_rows import commune_sentences, row_position
from registry.imports.pages.blueprint import bp, is_busy, store, template_context
from registry.imports.pages.results import labels
from registry.imports.queries import (
    ResultList,
    ResultRow,
    compare_with_register,
    field_cells,
    get_batch,
    get_result,
)
from registry.kernel.errors import NotFound
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.geo.bounds import widened
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS

#: Degrees around the row on its map, about 500 m.
_MARGIN: Final = 0.005


@bp.get("/<int:batch_id>/rows/<int:number>", permission=P.IMPORT_RUN)
def row(ctx: Ctx, batch_id: int, number: int) -> str:
    """A row with the problems of its cells."""
    batch = get_batch(ctx, batch_id)
    result = _found(ctx, batch, number)
    form = correction_form(batch, result, row_digest(batch, result.row))
    return _row(ctx, batch, result, form, add_row_problems(form, batch, result))


@bp.post("/<int:batch_id>/rows/<int:number>", permission=P.IMPORT_RUN, endpoint="correct_row")
def correct_row_post(ctx: Ctx, batch_id: int, number: int) -> Response | tuple[str, int]:
    """Save corrected cells and check again; 422 and 409 keep the input."""
    batch = get_batch(ctx, batch_id)
    result = _found(ctx, batch, number)
    form = correction_form(batch, result, row_digest(batch, result.row))
    done = submit(ctx, form, lambda: correct_row(ctx, form.to_command(batch, number)))
    if done is None:
        return _row(ctx, batch, result, form, []), form.refusal_status
    start(ctx, store(), "check", done)
    if is_busy(done):
        flash_done(ctx, _("Đã sửa dòng %(number)d; tệp đang được kiểm tra lại.", number=number))
        return redirect(url_for("imports.detail", batch_id=batch_id), code=303)
    after = _found(ctx, done, number)
    outcome = after.result.outcome
    if outcome is RowOutcome.REFUSED:
        flash(_("Đã sửa dòng %(number)d nhưng dòng vẫn chưa nhập được.", number=number), "warning")
        return redirect(url_for("imports.row", batch_id=batch_id, number=number), code=303)
    flash_done(ctx, _("Đã sửa dòng %(number)d: %(outcome)s.", number=number, outcome=outcome.label))
    return redirect(url_for("imports.rows", batch_id=batch_id, show=ResultList.REFUSED.value), code=303)


def _found(ctx: Ctx, batch: ImportBatch, number: int) -> ResultRow:
    result = get_result(ctx, batch, number)
    if result is None:
        raise NotFound(no_row_message(number))
    return result


def _row(ctx: Ctx, batch: ImportBatch, result: ResultRow, form: CorrectionFormBase, others: list[str]) -> str:
    header: list[str] = batch.found["header"]
    original = result.row.original or result.row.cells
    point = row_position(ctx, batch, result.number)
    cells = list(zip(header, result.row.cells, strict=True))
    used = set(batch.mapping.values())
    return render_template(
        "imports/row.html",
        batch=batch,
        kind=KINDS[batch.kind],
        found=result,
        form=form,
        others=others,
        stale=form.conflict is not None,
        may_mend=batch.state in (BatchState.CHECKED, BatchState.FAILED),
        name=" · ".join(field_cells(batch, result.row, "own_code", "name")),
        labels=labels(batch),
        compared=compare_with_register(ctx, batch, [result]).get(result.number, []),
        changed=[
            {"label": word, "before": before, "after": after}
            for word, before, after in zip(header, original, result.row.cells, strict=True)
            if before != after
        ],
        mapped=[pair for pair in cells if pair[0] in used],
        unmapped=[pair for pair in cells if pair[0] not in used and pair[1].strip()],
        point=point,
        commune=commune_sentences(ctx, batch, [result.number]).get(result.number) if point else None,
        bounds=widened([*point, *point], _MARGIN) if point else None,
        **template_context(),
    )
