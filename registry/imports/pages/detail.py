"""Page of one import: state, tables, reading options, columns, preview."""

from __future__ import annotations

from typing import Any, Final

from flask import Response, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.imports.commands import SplitColumn
from registry.imports.forms import (
    ReadingForm,
    TablesFormBase,
    encoding_name,
    reading_form,
    separator_name,
    tables_form,
)
from registry.imports.jobs import defer_work, start
from registry.imports.mapping.coordinate_systems import declared_name, swap_offered
from registry.imports.models import BatchState, ImportBatch
from registry.imports.outcome.map_rows import bounds
from registry.imports.outcome.merging import doubles
from registry.imports.outcome.missing import count_missing
from registry.imports.pages.blueprint import bp, is_busy, redirect_to_batch, steps, store, template_context
from registry.imports.pages.mapping_form import MappingFormBase, field_errors, mapping_form
from registry.imports.progress import progress_views
from registry.imports.queries import (
    ResultList,
    batches_of_same_file,
    declared_in,
    far_move_m,
    first_cells,
    get_batch,
    group_problems,
    hint_of_batch,
    list_problem_rows,
    log_batch_access,
    owner_of,
)
from registry.imports.service import (
    can_apply,
    cancel_batch,
    choose_tables,
    good_rows,
    layout_of,
    request_apply,
    set_mapping,
    set_reading,
)
from registry.imports.service.split import join_column, split_column, split_columns
from registry.kernel.errors import Invalid
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l
from registry.structures.kinds import KINDS

#: Problems of the preview, and the rows that they are grouped of.
_SHOWN_PROBLEMS: Final = 40
_GROUPED_ROWS: Final = 100
#: States in which the mapping may be changed.
_OPEN: Final = (BatchState.READ, BatchState.CHECKED, BatchState.FAILED)


@bp.get("/<int:batch_id>", permission=P.IMPORT_RUN)
def detail(ctx: Ctx, batch_id: int) -> str:
    return _detail(ctx, get_batch(ctx, batch_id))


@bp.post("/<int:batch_id>/tables", permission=P.IMPORT_RUN)
def tables(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Import the chosen tables, each as a batch of its own; 422 without a choice."""
    batch = get_batch(ctx, batch_id)
    form = tables_form(batch)

    def choose() -> list[ImportBatch]:
        batches = choose_tables(ctx, batch.id, form.read_version, form.choices(batch))
        return [start(ctx, store(), "read", each) for each in batches]

    if submit(ctx, form, choose) is None:
        return _detail(ctx, batch, tables_sent=form), form.refusal_status
    return redirect_to_batch(batch_id)


@bp.post("/<int:batch_id>/reading", permission=P.IMPORT_RUN)
def reading(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Read the file again with other options; 422 where that fails."""
    batch = get_batch(ctx, batch_id)
    form = reading_form(batch) or ReadingForm()
    done = submit(ctx, form, lambda: start(ctx, store(), "read", set_reading(ctx, form.to_command(batch))))
    if done is None:
        return _detail(ctx, batch, reading_sent=form), form.refusal_status
    return redirect_to_batch(batch_id)


@bp.post("/<int:batch_id>/mapping", permission=P.IMPORT_RUN)
def mapping(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Save the mapping and start the check; 422 where the mapping has problems."""
    batch = get_batch(ctx, batch_id)
    form = _form(ctx, batch)

    def save() -> ImportBatch:
        try:
            return set_mapping(ctx, form.to_command(batch, swap="swap" in request.form))
        except Invalid as refused:
            raise Invalid(field_errors(form, refused.fields)) from refused

    mapped = submit(ctx, form, save)
    if mapped is None:
        return _detail(ctx, batch, mapping_sent=form), form.refusal_status
    start(ctx, store(), "check", mapped)
    return redirect_to_batch(batch_id)


class SplitForm(VersionedForm):
    """A column to split, and the text at which its cells are split."""

    split_column = SelectField(_l("Cột"))
    split_at = StringField(
        _l("Tách tại"),
        validators=[Length(max=20)],
        description=_l("Ví dụ dấu phẩy, hoặc “ - ”; mỗi phần thành một cột ở cuối bảng."),
    )


def _split_form(batch: ImportBatch) -> SplitForm:
    form = SplitForm(data={"version": str(batch.version)})
    form.split_column.choices = [SelectChoice(word, word) for word in batch.found.get("header") or ()]
    return form


@bp.post("/<int:batch_id>/split", permission=P.IMPORT_RUN)
def split(ctx: Ctx, batch_id: int) -> BaseResponse | tuple[str, int]:
    """Split a column, or take that back; the columns are then confirmed again. 422 where nothing can be split."""
    batch = get_batch(ctx, batch_id)
    form = _split_form(batch)

    def change() -> ImportBatch:
        if "join" in request.form:
            return join_column(ctx, batch_id, form.read_version, request.form["join"])
        command = SplitColumn(batch_id, form.read_version, form.split_column.data or "", form.split_at.data or "")
        return split_column(ctx, command)

    if submit(ctx, form, change) is None:
        return _detail(ctx, batch, split_sent=form), form.refusal_status
    return redirect_to_batch(batch_id)


@bp.post("/<int:batch_id>/apply", permission=P.IMPORT_RUN)
def apply(ctx: Ctx, batch_id: int) -> BaseResponse:
    """Start the import of the valid rows; a second click changes nothing."""
    if request_apply(ctx, batch_id):
        defer_work(ctx, "apply", batch_id)
    return redirect_to_batch(batch_id)


@bp.post("/<int:batch_id>/cancel", permission=P.IMPORT_RUN)
def cancel(ctx: Ctx, batch_id: int) -> BaseResponse:
    """Cancel the import; a running step is asked to stop."""
    batch = cancel_batch(ctx, batch_id)
    if is_busy(batch):
        flash_done(ctx, _("Đã yêu cầu dừng; hệ thống sẽ dừng trong giây lát và không ghi gì."))
    elif batch.state is BatchState.CANCELLED:
        flash_done(ctx, _("Đã hủy lô nhập; không có công trình nào được tạo."))
    return redirect_to_batch(batch_id)


@bp.get("/<int:batch_id>/status", permission=P.IMPORT_RUN)
def status(ctx: Ctx, batch_id: int) -> Response:
    """Polled fragment while the worker is busy; at the end it reloads the page."""
    batch = get_batch(ctx, batch_id)
    busy = is_busy(batch)
    watched = progress_views(ctx, [batch]).get(batch.id)
    response = Response(
        render_template("imports/_status.html", batch=batch, busy=busy, watched=watched, **template_context())
    )
    if not busy:
        response.headers["HX-Refresh"] = "true"
    return response


def _form(ctx: Ctx, batch: ImportBatch) -> MappingFormBase:
    may_outside = holds(ctx.actor, P.STRUCTURE_OUTSIDE_AREA)
    return mapping_form(batch, may_outside=may_outside, layout=layout_of(ctx, batch))


def _detail(
    ctx: Ctx,
    batch: ImportBatch,
    *,
    mapping_sent: MappingFormBase | None = None,
    reading_sent: ReadingForm | None = None,
    tables_sent: TablesFormBase | None = None,
    split_sent: SplitForm | None = None,
) -> str:
    log_batch_access(ctx, batch)
    is_open, choosing, has_header = batch.state in _OPEN, batch.state is BatchState.CHOOSING, "header" in batch.found
    owner = owner_of(ctx, batch)
    missing_open, missing_decided = count_missing(ctx, batch)
    problem_rows = list_problem_rows(ctx, batch, limit=_GROUPED_ROWS) if batch.checked_at and has_header else []
    shown: dict[str, Any] = {}
    if is_open and has_header:
        shown = {"form": mapping_sent or _form(ctx, batch)} | _offers(ctx, batch)
        shown |= {"split_form": split_sent or _split_form(batch), "split_columns": split_columns(batch)}
    if is_open or choosing:
        shown["reading_form"] = reading_sent or reading_form(batch)
    return render_template(
        "imports/detail.html",
        batch=batch,
        subtitle=_("%(kind)s của %(owner)s", kind=KINDS[batch.kind].label, owner=owner.short_name),
        busy=is_busy(batch),
        watched=progress_views(ctx, [batch]).get(batch.id),
        open=is_open,
        good=good_rows(batch),
        can_apply=can_apply(batch),
        far=far_move_m(ctx),
        tables_form=(tables_sent or tables_form(batch)) if choosing else None,
        declared_name=declared_name(declared_in(batch)),
        encoding=encoding_name(batch.found.get("encoding")),
        separator=separator_name(batch.found.get("separator")),
        problem_groups=group_problems(problem_rows)[:_SHOWN_PROBLEMS],
        has_more_problems=len(problem_rows) == _GROUPED_ROWS or len(group_problems(problem_rows)) > _SHOWN_PROBLEMS,
        doubles=len(doubles(ctx, batch)) if is_open and batch.counts.get("refused") else 0,
        bounds=bounds(ctx, batch, ResultList.ALL) if batch.state is BatchState.CHECKED else None,
        problem_actions=_problem_actions(batch),
        siblings=batches_of_same_file(ctx, batch),
        kinds=KINDS,
        missing_open=missing_open,
        missing_decided=missing_decided,
        steps=steps(batch),
        structures_url=url_for("structures.list", kind=batch.kind, owner=batch.organisation_id),
        **shown,
        **template_context(),
    )


def _offers(ctx: Ctx, batch: ImportBatch) -> dict[str, str]:
    """Hints on coordinate system and swapped columns; suggestions only."""
    header = tuple(batch.found["header"])
    hint = hint_of_batch(batch, batch.mapping)
    return {"hint": hint.sentence, "swap": swap_offered(header, first_cells(ctx, batch), batch.mapping)}


def _problem_actions(batch: ImportBatch) -> list[dict[str, str]]:
    every = url_for("imports.error_file", batch_id=batch.id, rows="all")
    files = [
        (_("Tệp lỗi, mọi dòng"), every),
        (_("Danh sách vấn đề (CSV)"), url_for("imports.problems", batch_id=batch.id)),
    ]
    if batch.counts.get("refused"):
        files.insert(0, (_("Tệp lỗi để sửa"), url_for("imports.error_file", batch_id=batch.id)))
    return [{"label": label, "url": url, "icon": "download"} for label, url in files]
