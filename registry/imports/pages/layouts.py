"""Remembered columns of files: the list, and the page on which one is corrected or deleted."""

from __future__ import annotations

from typing import Any, Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.list_view import LAYOUTS
from registry.imports.mapping.date_patterns import DATE_PATTERNS
from registry.imports.mapping.fields import import_fields
from registry.imports.models import RememberedLayout
from registry.imports.pages.blueprint import bp
from registry.imports.service import delete_layout, edit_layout, forget_values, get_layout
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures.kinds import KINDS

_COLUMN: Final = "column_"
_SHOWN_MEANINGS: Final = 200


class LayoutFormBase(VersionedForm):
    """Base of the form of a layout; each column with values adds a select field."""

    column_names: tuple[str, ...] = ()

    def columns(self) -> list[Any]:
        return [self[name] for name in self.column_names]

    def fields_of(self, layout: RememberedLayout) -> dict[str, str | None]:
        """Heading -> chosen field, None for an ignored column."""
        places = [int(name.removeprefix(_COLUMN)) for name in self.column_names]
        return {layout.header[index]: self[f"{_COLUMN}{index}"].data or None for index in places}


def layout_form(layout: RememberedLayout) -> LayoutFormBase:
    options = [SelectChoice("", _("— bỏ qua —"))]
    options += [SelectChoice(name, target.label) for name, target in import_fields(layout.kind).items()]
    fields: dict[str, Any] = {
        f"{_COLUMN}{index}": SelectField(word, choices=options, default=layout.fields[word] or "")
        for index, word in enumerate(layout.header)
        if word in layout.fields
    }
    form_class: type[LayoutFormBase] = type("LayoutForm", (LayoutFormBase,), fields | {"column_names": tuple(fields)})
    return form_class(data={"version": str(layout.version)})


@bp.get("/layouts", permission=P.IMPORT_RUN)
def layouts(ctx: Ctx) -> str:
    return render_template("imports/layouts.html", listing=list_page(ctx, LAYOUTS))


@bp.get("/layouts/<int:layout_id>", permission=P.IMPORT_RUN)
def layout(ctx: Ctx, layout_id: int) -> str:
    shown = get_layout(ctx, layout_id)
    return _page(shown, layout_form(shown))


@bp.post("/layouts/<int:layout_id>", permission=P.IMPORT_RUN, endpoint="layout_post")
def layout_post(ctx: Ctx, layout_id: int) -> Response | tuple[str, int]:
    """Save or delete a layout, or forget its meanings of values; 422 where two columns have one field."""
    shown = get_layout(ctx, layout_id)
    form = layout_form(shown)
    version = form.read_version
    if "delete" in request.form:
        delete_layout(ctx, layout_id, version)
        flash_done(ctx, _("Đã xóa mẫu cột; tệp sau được gợi ý theo tên cột."))
    elif "forget" in request.form:
        forget_values(ctx, layout_id, version)
        flash_done(ctx, _("Đã quên nghĩa của các giá trị, các lần thay và tách; cột vẫn được nhớ."))
    else:
        if submit(ctx, form, lambda: edit_layout(ctx, layout_id, version, form.fields_of(shown))) is None:
            return _page(shown, form), form.refusal_status
        flash_done(ctx, _("Đã lưu mẫu cột; tệp sau có cùng tiêu đề được gợi ý như vậy."))
    return redirect(url_for("imports.layouts"), code=303)


def _page(shown: RememberedLayout, form: LayoutFormBase) -> str:
    fields = import_fields(shown.kind)
    meanings = [
        (fields[name].label if name in fields else name, text, meaning)
        for name, texts in (shown.meanings.get("values") or {}).items()
        for text, meaning in texts.items()
    ]
    patterns = [
        (fields[name].label if name in fields else name, DATE_PATTERNS[code].label)
        for name, code in (shown.meanings.get("date_patterns") or {}).items()
        if code in DATE_PATTERNS
    ]
    replacements = [
        (fields[name].label if name in fields else name, *pair)
        for name, pairs in (shown.meanings.get("replacements") or {}).items()
        for pair in pairs
    ]
    splits = [
        (split["column"], split["at"], [name for name, _field in split["fields"]])
        for split in shown.meanings.get("splits") or ()
    ]
    return render_template(
        "imports/layout.html",
        layout=shown,
        kind=KINDS[shown.kind],
        form=form,
        meanings=meanings[:_SHOWN_MEANINGS],
        more=max(len(meanings) - _SHOWN_MEANINGS, 0),
        patterns=patterns,
        replacements=replacements,
        splits=splits,
    )
