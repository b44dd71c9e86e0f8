"""Pages of values: what each distinct value of a column means; facets, clusters, find and replace of one column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import BooleanField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.commands import ReplaceText, SetValues
from registry.imports.jobs import start
from registry.imports.mapping.aliases import member_of
from registry.imports.mapping.date_patterns import DATE_PATTERNS
from registry.imports.models import ImportBatch
from registry.imports.pages.blueprint import bp, redirect_to_batch, store
from registry.imports.queries import get_batch, log_batch_access, owner_of
from registry.imports.service.values import (
    ColumnValues,
    Facet,
    ListedValue,
    as_searched,
    facet_of,
    list_values,
    merge_cluster,
    preview_replacement,
    replace_text,
    require_mapping,
    set_code_prefix,
    set_values,
    undo_replacement,
)
from registry.kernel.errors import Invalid, NotFound, errors_at
from registry.kernel.fields import Field
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import VersionedForm
from registry.kernel.forms.submit import act, submit
from registry.kernel.i18n import _, _l
from registry.kernel.units import UNITS
from registry.structures.kinds import KINDS

_VALUE: Final = "value_"
_EMPTY: Final = "empty_"
_PATTERN: Final = "pattern_"
_UNIT: Final = "unit_"
#: Choices of a value: as the file has it, nothing.
_AS_WRITTEN: Final = ""
_NOTHING: Final = "!empty"
_LONGEST: Final = 500


class ValuesFormBase(VersionedForm):
    """Base of the form of values; each listed value and each column of days or measures adds fields."""

    columns: Sequence[ColumnValues] = ()

    def field_of(self, prefix: str, column: int, value: int | None = None) -> Any:
        name = f"{prefix}{column}" if value is None else f"{prefix}{column}_{value}"
        return self._fields.get(name)

    def to_command(self, batch: ImportBatch, *, accepts: bool) -> SetValues:
        values: dict[str, dict[str, str | None]] = {}
        patterns: dict[str, str] = {}
        units: dict[str, str] = {}
        for at, column in enumerate(self.columns):
            name = column.field.name
            for number, value in enumerate(column.values):
                meant = self._meant(at, number)
                if meant != value.decided:
                    values.setdefault(name, {})[value.text] = meant
            pattern, unit = self.field_of(_PATTERN, at), self.field_of(_UNIT, at)
            if pattern is not None and (pattern.data or "") != (column.pattern or ""):
                patterns[name] = pattern.data or ""
            if unit is not None and unit.data:
                units[name] = unit.data
        return SetValues(batch.id, self.read_version, values, patterns, units, accepts_suggestions=accepts)

    def _meant(self, column: int, value: int) -> str | None:
        if (empty := self.field_of(_EMPTY, column, value)) is not None and empty.data:
            return ""
        text = (self.field_of(_VALUE, column, value).data or "").strip()
        if text == _NOTHING:
            return ""
        return None if text == _AS_WRITTEN else text


def values_form(batch: ImportBatch, columns: Sequence[ColumnValues]) -> ValuesFormBase:
    fields: dict[str, Any] = {}
    for at, column in enumerate(columns):
        for number, value in enumerate(column.values):
            fields |= _value_fields(column.field, value, f"{at}_{number}")
        if column.suggested_pattern or column.pattern or (column.field.python_type.__name__ == "date"):
            fields[f"{_PATTERN}{at}"] = _pattern_field(column)
        if column.suggested_unit or column.unit:
            fields[f"{_UNIT}{at}"] = _unit_field(column)
    listed = {"columns": tuple(columns)}
    form_class: type[ValuesFormBase] = type("ValuesForm", (ValuesFormBase,), fields | listed)
    return form_class(data={"version": str(batch.version)})


def _value_fields(field: Field, value: ListedValue, key: str) -> dict[str, Any]:
    label = _("Nghĩa của “%(text)s”", text=value.text)
    options = _options_of(field)
    if options is None:
        return {
            f"{_VALUE}{key}": StringField(
                label,
                validators=[Optional(), Length(max=_LONGEST)],
                default=value.decided or "",
                description=_hint(field, value),
            ),
            f"{_EMPTY}{key}": BooleanField(_("Để trống ô có “%(text)s”", text=value.text), default=value.decided == ""),
        }
    default = _AS_WRITTEN if value.decided is None else _NOTHING if value.decided == "" else _code(field, value.decided)
    head = [SelectChoice(_AS_WRITTEN, _("— như trong tệp —"))]
    head += [] if field.required else [SelectChoice(_NOTHING, _("(để trống)"))]
    return {
        f"{_VALUE}{key}": SelectField(
            label, choices=[*head, *options], default=default, description=_hint(field, value)
        )
    }


def _options_of(field: Field) -> list[SelectChoice] | None:
    if field.choices is not None:
        return [SelectChoice(member.value, str(member.label)) for member in field.choices]
    return [SelectChoice("có", _("Có")), SelectChoice("không", _("Không"))] if field.python_type is bool else None


def _code(field: Field, text: str) -> str:
    member = member_of(field.name, field.choices, text) if field.choices is not None else None
    return str(member.value) if member is not None else text


def _hint(field: Field, value: ListedValue) -> str:
    if value.suggested is None:
        return ""
    text = value.suggested
    if field.choices is not None and text:
        text = next((str(member.label) for member in field.choices if member.value == text), text)
    return _("Gợi ý: %(meaning)s", meaning=text or _("(để trống)"))


def _pattern_field(column: ColumnValues) -> SelectField:
    suggested = DATE_PATTERNS.get(column.suggested_pattern or "")
    options = [("", _("ngày/tháng/năm")), *((code, str(each.label)) for code, each in DATE_PATTERNS.items())]
    return SelectField(
        _("Mẫu ngày của cột “%(column)s”", column=column.column),
        choices=[SelectChoice(*pair) for pair in options],
        default=column.pattern or "",
        description=_("Gợi ý: %(meaning)s", meaning=suggested.label) if suggested else "",
    )


def _unit_field(column: ColumnValues) -> SelectField:
    own = UNITS[column.suggested_unit or column.unit or ""]
    return SelectField(
        _("Đơn vị ghi trong ô của cột “%(column)s”", column=column.column),
        choices=[
            SelectChoice("", _("— từ chối ô có đơn vị —")),
            SelectChoice(
                own.code, _("đổi theo đơn vị của từng ô; ô không có đơn vị tính bằng %(unit)s", unit=own.symbol)
            ),
        ],
        default=column.unit or "",
        description="" if column.unit else _("Gợi ý: đổi theo đơn vị của từng ô."),
    )


@bp.get("/<int:batch_id>/values", permission=P.IMPORT_RUN)
def values(ctx: Ctx, batch_id: int) -> str:
    """Distinct values of the columns; Conflict before the columns are confirmed and after the import."""
    batch = _open(ctx, batch_id)
    return _values(ctx, batch, values_form(batch, list_values(ctx, batch)))


@bp.post("/<int:batch_id>/values", permission=P.IMPORT_RUN, endpoint="values_post")
def values_post(ctx: Ctx, batch_id: int) -> Response | tuple[str, int]:
    """Save the meanings and check the rows again; 422 where a field cannot have one."""
    batch = _open(ctx, batch_id)
    form = values_form(batch, list_values(ctx, batch))

    def save() -> ImportBatch:
        with errors_at(""):
            return set_values(ctx, form.to_command(batch, accepts="accept" in request.form))

    saved = submit(ctx, form, save)
    if saved is None:
        return _values(ctx, batch, form), form.refusal_status
    start(ctx, store(), "check", saved)
    flash_done(ctx, _("Đã ghi nghĩa của các giá trị; mọi dòng được kiểm tra lại."))
    return redirect_to_batch(batch_id)


def _open(ctx: Ctx, batch_id: int) -> ImportBatch:
    batch = get_batch(ctx, batch_id)
    require_mapping(batch)
    return batch


def _values(ctx: Ctx, batch: ImportBatch, form: ValuesFormBase) -> str:
    log_batch_access(ctx, batch)
    return render_template(
        "imports/values.html",
        batch=batch,
        form=form,
        prefixes={"value": _VALUE, "empty": _EMPTY, "pattern": _PATTERN, "unit": _UNIT},
        has_suggestions=any(column.has_suggestions for column in form.columns),
        others=[
            (url_for("imports.column", batch_id=batch.id, field=name), word) for name, word in batch.mapping.items()
        ],
        subtitle=_subtitle(ctx, batch),
    )


def _subtitle(ctx: Ctx, batch: ImportBatch) -> str:
    return _("%(kind)s của %(owner)s", kind=KINDS[batch.kind].label, owner=owner_of(ctx, batch).short_name)


@bp.post("/<int:batch_id>/prefix", permission=P.IMPORT_RUN)
def prefix(ctx: Ctx, batch_id: int) -> Response:
    """Put the prefix before all codes of the file, or take it away, and check the rows again."""
    version = VersionedForm().read_version
    saved = act(ctx, lambda: set_code_prefix(ctx, batch_id, version, request.form.get("prefix", "")))
    start(ctx, store(), "check", saved)
    flash_done(ctx, _("Đã đổi tiền tố của mã; mọi dòng được kiểm tra lại."))
    return redirect_to_batch(batch_id)


# --- one column -----------------------------------------------------------------------------------------------------
class ColumnForm(VersionedForm):
    """Find and replace over a column, and the clusters to be merged."""

    searched = StringField(_l("Tìm chữ"), validators=[Optional(strip_whitespace=False), Length(max=_LONGEST)])
    substitute = StringField(
        _l("Thay bằng"),
        validators=[Optional(strip_whitespace=False), Length(max=_LONGEST)],
        description=_l("Để trống thì chữ tìm được bị bỏ đi. Tệp đã tải lên không thay đổi; có thể bỏ lần thay này."),
    )


@bp.get("/<int:batch_id>/values/<field>", permission=P.IMPORT_RUN)
def column(ctx: Ctx, batch_id: int, field: str) -> str:
    """Texts of one column with counts and clusters; 404 where no column is mapped to the field."""
    batch = _open(ctx, batch_id)
    return _column(ctx, batch, _facet(ctx, batch, field), ColumnForm(data={"version": str(batch.version)}))


@bp.post("/<int:batch_id>/values/<field>", permission=P.IMPORT_RUN, endpoint="column_post")
def column_post(ctx: Ctx, batch_id: int, field: str) -> Response | tuple[str, int] | str:
    """Preview or make a replacement, take the last one back, or merge a cluster; the rows are then checked again."""
    batch = _open(ctx, batch_id)
    form = ColumnForm()
    facet = _facet(ctx, batch, field)
    searched, substitute = as_searched(form.searched.data or ""), as_searched(form.substitute.data or "")
    if "preview" in request.form:
        shown = submit(ctx, form, lambda: preview_replacement(ctx, batch, field, searched, substitute))
        return _column(ctx, batch, facet, form, preview=shown), (200 if shown else form.refusal_status)

    def change() -> ImportBatch:
        if "undo" in request.form:
            return undo_replacement(ctx, batch.id, form.read_version, field)
        if "merge" in request.form:
            return _merge(ctx, batch, form, facet)
        return replace_text(ctx, ReplaceText(batch.id, form.read_version, field, searched, substitute))

    saved = submit(ctx, form, change)
    if saved is None:
        return _column(ctx, batch, facet, form), form.refusal_status
    start(ctx, store(), "check", saved)
    flash_done(ctx, _("Đã đổi giá trị của cột; mọi dòng được kiểm tra lại."))
    return redirect(url_for("imports.column", batch_id=batch_id, field=field), code=303)


def _merge(ctx: Ctx, batch: ImportBatch, form: ColumnForm, facet: Facet) -> ImportBatch:
    best = request.form.get("merge", "")
    cluster = next((each for each in facet.clusters if any(text == best for text, _count in each.spellings)), None)
    if cluster is None:
        raise Invalid({"": [_("Nhóm gần giống này không còn trong cột; hãy tải lại trang.")]})
    texts = [text for text, _count in cluster.spellings]
    return merge_cluster(ctx, batch.id, form.read_version, facet.name, texts, best)


def _facet(ctx: Ctx, batch: ImportBatch, field: str) -> Facet:
    facet = facet_of(ctx, batch, field)
    if facet is None:
        raise NotFound(_("Lô nhập không có cột nào ghi vào trường “%(name)s”.", name=field))
    return facet


def _column(ctx: Ctx, batch: ImportBatch, facet: Facet, form: ColumnForm, *, preview: Any = None) -> str:
    log_batch_access(ctx, batch)
    return render_template(
        "imports/column.html", batch=batch, facet=facet, form=form, preview=preview, subtitle=_subtitle(ctx, batch)
    )
