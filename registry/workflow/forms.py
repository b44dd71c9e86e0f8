"""The form of a move, built from its needs, and the form of a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for
from flask_wtf.file import MultipleFileField
from wtforms import HiddenField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from registry.authz.actors import Ctx
from registry.files.forms import ACCEPT, FILES_HINT, to_add
from registry.files.service import AddFile
from registry.kernel.fields import Field
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm, VersionedForm
from registry.kernel.forms.builder import NEEDED_WHEN, as_typed, form_field, without_preset
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l
from registry.workflow.definition import FilesNeed, ItemsNeed, Move, Need, Workflow
from registry.workflow.engine import file_needs
from registry.workflow.models import MOST_CHARACTERS


class MoveForm(VersionedForm):
    """The fields of a move's needs are added."""

    #: The decision digest as the page showed it.
    decision_digest = HiddenField()
    #: The questions about files that the page showed.
    asked_files = HiddenField()


class MessageForm(BaseForm):
    """A message to the other parties."""

    text = form_field(Field("text", _l("Nội dung trao đổi"), max_length=MOST_CHARACTERS, required=True, multiline=True))


def form_of(ctx: Ctx, case: Any, move: Move, **options: Any) -> MoveForm:
    """The form of a move of a case."""
    fields = {need.name: _field(ctx, case, need) for need in move.needs_of(ctx, case)}
    form_class: type[MoveForm] = type("MoveFormOf", (MoveForm,), fields)
    form = form_class(**options)
    for name in set(move.one_of) & set(fields):
        form[name].render_kw = {**(form[name].render_kw or {}), "data-one-of": " ".join(move.one_of)}
    for name, hint in (move.hints(ctx, case) if move.hints is not None else {}).items():
        form[name].description = hint
    return form


def presets_of(ctx: Ctx, case: Any, move: Move) -> dict[str, Any]:
    """What is known already, as form data."""
    presets = move.presets(ctx, case) if move.presets is not None else {}
    declared = {need.name: need for need in move.needs if isinstance(need, Field)}
    # A part of the case is preset by its id.
    return {name: as_typed(declared[name], value) if name in declared else value for name, value in presets.items()}


def data_of(ctx: Ctx, case: Any, form: MoveForm, move: Move) -> dict[str, Any]:
    """The values of a valid form by the names of the needs; of files their names.

    A field that came to the case after the form was read has no value.
    """
    return {need.name: _value(form, need) for need in move.needs_of(ctx, case) if need.name in form}


def files_of(form: MoveForm, workflow: Workflow, case_id: int, move: Move) -> list[tuple[str, AddFile]]:
    """The files that were sent with a move, each with the name of its need."""
    return [
        (
            need.name,
            to_add(file, workflow.code, case_id, str(move.done), must_be_new=need.must_be_new),
        )
        for need in file_needs(move)
        for file in form[need.name].data or []
    ]


def _field(ctx: Ctx, case: Any, need: Need) -> Any:
    if isinstance(need, FilesNeed):
        attributes = ACCEPT | {"capture": False} | _marks(need)
        return MultipleFileField(need.label, description=need.hint or FILES_HINT, render_kw=attributes)
    if isinstance(need, ItemsNeed):
        options = need.options(ctx, case)
        if need.is_single:
            return RadioField(
                need.label,
                description=need.hint,
                coerce=int,
                choices=[SelectChoice(number, label) for number, label in options],
                validators=[InputRequired(_l("Chưa chọn mục nào; hãy chọn một mục.")) if need.required else Optional()],
                validate_choice=not need.is_guarded,
                render_kw=_marks(need),
            )
        return SelectMultipleField(
            need.label,
            description=need.hint,
            coerce=int,
            choices=[SelectChoice(number, label, render_kw=_picture(need, number)) for number, label in options],
            default=[number for number, _words in options] if need.is_preset else [],
            widget=ListWidget(prefix_label=False),
            option_widget=CheckboxInput(),
            render_kw=_marks(need),
        )
    field = form_field(need)
    return without_preset(field) if need.choices is not None and need.required else field


def _marks(need: FilesNeed | ItemsNeed) -> dict[str, Any]:
    """Attributes that say whether a need must be met, always or in a case."""
    if need.required:
        return {"aria-required": "true"}
    return {NEEDED_WHEN: need.needed_when} if need.needed_when else {}


def _picture(need: ItemsNeed, number: int) -> dict[str, str]:
    """The address of the picture of a part, for the macro that shows boxes."""
    if not need.picture:
        return {}
    endpoint, argument = need.picture
    values: dict[str, Any] = {argument: number}
    return {"data-picture": url_for(endpoint, **values)}


def _value(form: MoveForm, need: Need) -> Any:
    if isinstance(need, FilesNeed):
        return [sent.filename for sent in form[need.name].data or []]
    if isinstance(need, ItemsNeed):
        selected = form[need.name].data
        if need.is_single:
            return [] if selected is None else [selected]
        return list(selected or [])
    return form[need.name].value


def save_case_form(
    ctx: Ctx, case: Any, form: Any, call: Callable[[], Any], page: Callable[[], str], endpoint: str
) -> Page:
    """Call the service, then redirect to the case; show the form again after a refusal (422) or a conflict (409)."""
    saved = submit(ctx, form, call, current=case)
    if saved is None:
        return page(), form.refusal_status
    return go(ctx, endpoint, _("Đã lưu."), case_id=case.id)
