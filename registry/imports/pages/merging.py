"""Page on which two rows of a file that are one structure are merged, field by field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response
from wtforms import HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.jobs import start
from registry.imports.models import ImportBatch
from registry.imports.outcome.merging import MergedField, MergeRows, compare_rows, merge_all, merge_rows
from registry.imports.pages.blueprint import bp, redirect_to_batch, store
from registry.imports.queries import get_batch, owner_of
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.i18n import _
from registry.structures.kinds import KINDS

_FIELD: Final = "field_"
_FIRST, _OTHER = "first", "other"


class MergeFormBase(BaseForm):
    """Base of the form of two rows; each mapped column in which they differ adds a select field."""

    digest = HiddenField(validators=[InputRequired()])
    field_names: tuple[str, ...] = ()

    def fields_of_rows(self) -> list[Any]:
        return [self[name] for name in self.field_names]

    def to_command(self, batch: ImportBatch, first: int, other: int) -> MergeRows:
        taken = {int(name.removeprefix(_FIELD)) for name in self.field_names if self[name].data == _OTHER}
        return MergeRows(batch.id, first, other, self.digest.data or "", frozenset(taken))


def merge_form(fields: Sequence[MergedField], seal: str) -> MergeFormBase:
    selects = {
        f"{_FIELD}{each.index}": SelectField(
            each.label,
            choices=[
                SelectChoice(_FIRST, _("dòng trước: %(text)s", text=each.first or "–")),
                SelectChoice(_OTHER, _("dòng sau: %(text)s", text=each.other or "–")),
            ],
            default=_OTHER if each.takes_other else _FIRST,
        )
        for each in fields
        if each.first != each.other
    }
    form_class: type[MergeFormBase] = type("MergeForm", (MergeFormBase,), selects | {"field_names": tuple(selects)})
    return form_class(data={"digest": seal})


@bp.get("/<int:batch_id>/rows/<int:number>/merge/<int:other>", permission=P.IMPORT_RUN)
def merge(ctx: Ctx, batch_id: int, number: int, other: int) -> str:
    """Both rows, and which value the merged row takes; 404 where a row is missing."""
    batch = get_batch(ctx, batch_id)
    fields, seal = compare_rows(ctx, batch, number, other)
    return _page(ctx, batch, merge_form(fields, seal), number, other)


@bp.post("/<int:batch_id>/rows/<int:number>/merge/<int:other>", permission=P.IMPORT_RUN, endpoint="merge_post")
def merge_post(ctx: Ctx, batch_id: int, number: int, other: int) -> Response | tuple[str, int]:
    """Merge the rows and check again; 409 where one of them was changed since."""
    batch = get_batch(ctx, batch_id)
    fields, seal = compare_rows(ctx, batch, number, other)
    form = merge_form(fields, seal)
    merged = submit(ctx, form, lambda: merge_rows(ctx, form.to_command(batch, number, other)))
    if merged is None:
        return _page(ctx, batch, form, number, other), form.refusal_status
    start(ctx, store(), "check", merged)
    flash_done(ctx, _("Đã gộp dòng %(other)d vào dòng %(first)d.", other=other, first=number))
    return redirect(url_for("imports.row", batch_id=batch_id, number=number), code=303)


@bp.post("/<int:batch_id>/merge", permission=P.IMPORT_RUN)
def merge_doubles(ctx: Ctx, batch_id: int) -> Response:
    """Merge all rows of one code: the first row stays, its empty cells take those of the later ones."""
    version = VersionedForm().read_version
    merged = act(ctx, lambda: merge_all(ctx, batch_id, version))
    start(ctx, store(), "check", merged)
    flash_done(ctx, _("Đã gộp các dòng trùng mã; mọi dòng được kiểm tra lại."))
    return redirect_to_batch(batch_id)


def _page(ctx: Ctx, batch: ImportBatch, form: MergeFormBase, first: int, other: int) -> str:
    return render_template(
        "imports/merge.html",
        batch=batch,
        form=form,
        first=first,
        other=other,
        subtitle=_("%(kind)s của %(owner)s", kind=KINDS[batch.kind].label, owner=owner_of(ctx, batch).short_name),
    )
