"""Saving a form of a case: what was typed stays where it is refused, also where the case changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.kernel.errors import Conflict
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _

_INVALID, _CONFLICT = 422, 409


def save_case_form(
    ctx: Ctx, case: Any, form: Any, call: Callable[[], Any], page: Callable[[], str], endpoint: str
) -> str | tuple[str, int] | Response:
    """Call the service; then the case's page, or the form again with 422, or with 409 and the version that is now."""
    try:
        saved = submit(ctx, form, call)
    except Conflict as conflict:
        form.form_errors = [*form.form_errors, conflict.message]
        form.version.data = str(case.version)
        return page(), _CONFLICT
    if saved is None:
        return page(), _INVALID
    flash(_("Đã lưu."), "success")
    return redirect(url_for(endpoint, case_id=case.id), code=303)
