"""Run a service call for a form; its refusals become errors of the form's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from flask_wtf import FlaskForm
from sqlalchemy.exc import IntegrityError

from registry.kernel.context import Context
from registry.kernel.errors import Invalid
from registry.kernel.forms.constraints import as_invalid
from registry.kernel.i18n import _

ResultT = TypeVar("ResultT")


def submit(ctx: Context[Any], form: FlaskForm, call: Callable[[], ResultT]) -> ResultT | None:
    """Validate `form`, then run `call` in a savepoint; None with errors on the form when anything was refused."""
    if not form.validate_on_submit():
        return None
    try:
        with ctx.session.begin_nested():
            return call()
    except Invalid as refusal:
        add_errors(form, refusal.fields)
    except IntegrityError as error:
        add_errors(form, as_invalid(error).fields)
    return None


def add_errors(form: FlaskForm, errors: Mapping[str, list[str]]) -> None:
    """Add sentences to their fields; those of unknown fields become errors of the form."""
    for name, sentences in errors.items():
        if name in form._fields:
            form[name].errors = [*form[name].errors, *sentences]
        else:
            form.form_errors = [*form.form_errors, *sentences]


def refused(message: str = "") -> str:
    """The sentence above a form that was not accepted."""
    return message or _("Chưa lưu: hãy sửa các mục được đánh dấu.")
