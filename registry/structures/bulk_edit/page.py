"""Pages of bulk edits: choose a field, preview, apply; the batches and their undo."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import parse_qsl

from flask import flash, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.errors import Invalid
from registry.kernel.fields import display_value, fields_of
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l, _n
from registry.kernel.lists.choice import COLUMNS
from registry.structures.bulk_edit.commands import ApplyBulkEdit, BulkChange, Target
from registry.structures.bulk_edit.forms import ChangeForm, UndoForm, change_form
from registry.structures.bulk_edit.jobs import defer_work
from registry.structures.bulk_edit.models import BulkEdit, BulkState
from registry.structures.bulk_edit.queries import (
    CHANGES,
    COMPANION,
    MANAGER,
    PREVIEWED,
    SAME,
    bulk_fields,
    changed_codes,
    changed_since,
    get_batch,
    list_batches,
    list_managers,
    may_undo,
    preview,
    target_ids,
)
from registry.structures.bulk_edit.service import AT_ONCE, apply_bulk_edit, read_change, undo_bulk_edit
from registry.structures.filtering.url import MAP_ARGS, query_string, read_filter
from registry.structures.listing.saved_filters import expand_saved
from registry.structures.listing.selection import Selection
from registry.structures.models import Structure
from registry.structures.pages.blueprint import bp, code_labels
from registry.structures.writing.revert import UNDO_DAYS

#: Arguments of the address that are not part of the filter.
_OWN: Final = ("all", "field", "cursor", "sort", "order", COLUMNS, "code", *MAP_ARGS)
BULK_SELECTION: Final = Selection(
    "structures.bulk_edit",
    P.STRUCTURE_EDIT,
    _l("Sửa hàng loạt"),
    lambda ctx, row: row.owner_organisation_id in ctx.actor.organisation_ids,
    method="get",
    all_label=_l("Sửa tất cả theo bộ lọc"),
)
_TONES: Final = {
    BulkState.WAITING: "info",
    BulkState.APPLIED: "good",
    BulkState.REFUSED: "bad",
    BulkState.UNDOING: "info",
    BulkState.UNDONE: "neutral",
}


@bp.get("/structures/bulk-edit", permission=P.STRUCTURE_EDIT)
def bulk_edit(ctx: Ctx) -> str:
    """Choose the field, then its value: selected structures by `code`, all of the filter with `all`."""
    target = _target(ctx, request.args)
    count = len(target_ids(ctx, target))
    name = request.args.get("field", "")
    form = _form(ctx, name) if name in bulk_fields() else None
    if form is not None:
        form.field.data = name
    return _form_page(target, count, form)


@bp.post("/structures/bulk-edit/preview", permission=P.STRUCTURE_EDIT, costly=True)
def bulk_preview(ctx: Ctx) -> Page:
    """The preview, row by row; nothing is written."""
    target = _posted_target(ctx)
    form = _form(ctx, _field_of_form())
    change = submit(ctx, form, lambda: _read(ctx, form))
    if change is None:
        return _form_page(target, len(target_ids(ctx, target)), form), form.refusal_status
    return _preview_page(ctx, target, form, change)


@bp.post("/structures/bulk-edit", permission=P.STRUCTURE_EDIT, costly=True)
def bulk_apply(ctx: Ctx) -> Page:
    """Apply the previewed batch; 409 with a new preview where any structure changed since."""
    target = _posted_target(ctx)
    form = _form(ctx, _field_of_form())
    change = submit(ctx, form, lambda: _read(ctx, form))
    if change is None:
        return _form_page(target, len(target_ids(ctx, target)), form), form.refusal_status
    command = ApplyBulkEdit(target, change, form.reason.data or "", form.digest.data or "")
    batch = submit(ctx, form, lambda: apply_bulk_edit(ctx, command, defer_work))
    if batch is None:
        return _preview_page(ctx, target, form, change), form.refusal_status
    if batch.state is BulkState.WAITING:
        flash(_n("Lô có %(num)d công trình nên được xử lý nền; hệ thống sẽ thông báo khi xong.", batch.matched))
    else:
        flash_done(ctx, _n("Đã sửa %(num)d công trình.", batch.changed))
    return redirect(url_for("structures.bulk_batch", batch_id=batch.id), code=303)


@bp.get("/structures/bulk-edits", permission=P.STRUCTURE_EDIT)
def bulk_batches(ctx: Ctx) -> str:
    """The batches of the actor's organisation."""
    rows = [(row.BulkEdit, row.full_name, _label_and_value(ctx, row.BulkEdit)) for row in list_batches(ctx)]
    return render_template(
        "structures/bulk_batches.html", rows=rows, tones=_TONES, may_undo=lambda batch: may_undo(ctx, batch)
    )


@bp.get("/structures/bulk-edits/<int:batch_id>", permission=P.STRUCTURE_EDIT)
def bulk_batch(ctx: Ctx, batch_id: int) -> str:
    """One batch: what was changed, why, and whether it can be undone."""
    batch = get_batch(ctx, batch_id)
    return _batch_page(ctx, batch, UndoForm(version=str(batch.version)))


@bp.post("/structures/bulk-edits/<int:batch_id>/undo", permission=P.STRUCTURE_EDIT, costly=True)
def bulk_undo(ctx: Ctx, batch_id: int) -> Page:
    """Undo the batch, except for the structures that were changed since."""
    form = UndoForm()
    batch = submit(ctx, form, lambda: undo_bulk_edit(ctx, form.to_command(batch_id), defer_work))
    if batch is None:
        return _batch_page(ctx, get_batch(ctx, batch_id), form), form.refusal_status
    if batch.state is BulkState.UNDOING:
        flash(_("Lô lớn được hoàn tác bằng xử lý nền; hệ thống sẽ thông báo khi xong."))
    else:
        flash_done(ctx, _("Đã hoàn tác lô sửa số %(number)d.", number=batch.id))
    return redirect(url_for("structures.bulk_batch", batch_id=batch.id), code=303)


def _target(ctx: Ctx, args: MultiDict[str, str]) -> Target:
    if not args.get("all"):
        return Target(codes=tuple(dict.fromkeys(code for code in args.getlist("code") if code)))
    filter_args = MultiDict(
        (name, value) for name, value in expand_saved(ctx, args).items(multi=True) if name not in _OWN
    )
    structure_filter = read_filter(filter_args)
    if structure_filter.when is not None:
        raise Invalid({"as_of": _("Chỉ sửa được dữ liệu hiện tại; hãy bỏ ngày xem khỏi bộ lọc.")})
    return Target(query=query_string(filter_args), chosen=structure_filter)


def _posted_target(ctx: Ctx) -> Target:
    if not request.form.get("all"):
        return _target(ctx, request.form)
    return _target(ctx, MultiDict([*parse_qsl(request.form.get("query", "")), ("all", "1")]))


def _field_of_form() -> str:
    name = request.form.get("field", "")
    if name not in bulk_fields():
        raise Invalid({"field": _("Không thể sửa hàng loạt trường “%(field)s”.", field=name[:60])})
    return name


def _form(ctx: Ctx, name: str) -> ChangeForm:
    managers = [(row.id, row.short_name) for row in list_managers(ctx)] if name == MANAGER else []
    return change_form(name, managers)


def _read(ctx: Ctx, form: ChangeForm) -> BulkChange:
    companion = form.companion.data if "companion" in form else None
    return read_change(ctx, form.field.data or "", form.value.data, companion)


def _form_page(target: Target, count: int, form: ChangeForm | None) -> str:
    pairs = parse_qsl(target.query)
    return render_template(
        "structures/bulk_form.html", target=target, count=count, form=form, fields=bulk_fields(), pairs=pairs
    )


def _preview_page(ctx: Ctx, target: Target, form: ChangeForm, change: BulkChange) -> str:
    changes_preview = preview(ctx, target, change)
    form.digest.data = changes_preview.digest
    format_value = _formatter(ctx, change.field)
    after = format_value(change.value, change.companion)
    notes = {SAME: _("không đổi"), CHANGES: ""} | dict(enumerate(changes_preview.sentences))
    rows = [
        {
            "code": row.code,
            "name": row.name,
            "kind": code_labels()["kinds"][row.kind],
            "before": format_value(row.before, getattr(row, "companion_before", None)),
            "after": after if row.verdict == CHANGES else "",
            "note": notes[row.verdict],
            "refused": row.verdict >= 0,
        }
        for row in changes_preview.rows
    ]
    return render_template(
        "structures/bulk_preview.html",
        target=target,
        form=form,
        found=changes_preview,
        rows=rows,
        after=after,
        label=bulk_fields()[change.field].label,
        at_once=AT_ONCE,
        previewed=PREVIEWED,
    )


def _formatter(ctx: Ctx, name: str) -> Any:
    """A function: stored value and companion -> text."""
    declared = bulk_fields()[name]
    managers = {row.id: row.short_name for row in list_managers(ctx)} if name == MANAGER else {}
    partner = fields_of(Structure)[COMPANION[name]] if name in COMPANION else None

    def format_value(value: Any, companion: Any = None) -> str:
        text = managers.get(value, "") if name == MANAGER else display_value(declared, value)
        return f"{text} ({display_value(partner, companion)})" if partner is not None and companion else text

    return format_value


def _label_and_value(ctx: Ctx, batch: BulkEdit) -> tuple[str, str]:
    """Label and new value of a batch as text; a value that is no longer valid is shown as typed."""
    label = str(bulk_fields()[batch.field].label) if batch.field in bulk_fields() else batch.field
    try:
        change = read_change(ctx, batch.field, batch.value, batch.companion)
    except Invalid:
        return label, batch.value or ""
    return label, _formatter(ctx, batch.field)(change.value, change.companion)


def _batch_page(ctx: Ctx, batch: BulkEdit, form: UndoForm) -> str:
    undoable = may_undo(ctx, batch)
    label, value = _label_and_value(ctx, batch)
    return render_template(
        "structures/bulk_batch.html",
        batch=batch,
        form=form,
        label=label,
        value=value,
        tones=_TONES,
        undoable=undoable,
        changed_since=changed_since(ctx, batch) if undoable and not form.errors else [],
        codes=changed_codes(ctx, batch) if batch.applied_change_id else [],
        undo_days=UNDO_DAYS,
    )
