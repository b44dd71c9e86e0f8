"""Run a service call for a form; its refusals become errors of the form's fields."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy.exc import IntegrityError

from registry.kernel.context import Context
from registry.kernel.errors import Conflict, Invalid
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.constraints import as_invalid
from registry.kernel.i18n import _

ResultT = TypeVar("ResultT")


def submit(
    ctx: Context[Any],
    form: BaseForm,
    call: Callable[[], ResultT],
    *,
    before: Callable[[], None] | None = None,
    current: Any = None,
) -> ResultT | None:
    """Validate `form`, then run `call` in a savepoint; None with errors on the form when anything was refused.

    The page then shows the form again with `form.refusal_status`. `before` may raise a conflict that goes before any
    error of the fields. `current`: the record of which that page shows what it holds by now, or a function that gives
    its version; after a conflict the form takes this version, so that sent again it replaces what was shown.
    """
    try:
        if before is not None:
            before()
        if not form.validate_on_submit():
            return None
        with ctx.session.begin_nested():
            return call()
    except Invalid as refusal:
        add_errors(form, refusal.fields)
    except IntegrityError as error:
        add_errors(form, as_invalid(error).fields)
    except Conflict as conflict:
        add_conflict(form, conflict, current)
    return None


def act(ctx: Context[Any], call: Callable[[], ResultT]) -> ResultT:
    """Run `call` for a button, a form without fields; a refusal is raised, since there is no input to keep."""
    form = BaseForm()
    if not form.validate_on_submit():
        raise Invalid({"": [str(sentence) for sentence in form.form_errors or form.errors.values()]})
    with ctx.session.begin_nested():
        return call()


def add_conflict(form: BaseForm, conflict: Conflict, current: Any = None) -> None:
    """Show a conflict above the form, which takes the version of `current` as in `submit`."""
    form.conflict = conflict
    add_errors(form, {"": [conflict.message]})
    if current is not None:
        form["version"].data = str(current() if callable(current) else current.version)


def add_errors(form: BaseForm, errors: Mapping[str, list[str]]) -> None:
    """Add sentences to their fields; those of unknown fields become errors of the form."""
    for name, sentences in errors.items():
        if name in form._fields:
            form[name].errors = [*form[name].errors, *sentences]
        else:
            form.form_errors = [*form.form_errors, *sentences]


def refused(message: str = "") -> str:
    """The sentence above a form that was not accepted."""
    return message or _("Chưa lưu: hãy sửa các mục được đánh dấu.")
