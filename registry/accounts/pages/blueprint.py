"""The blueprint that the pages of this feature share."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from registry.accounts.forms import ActionForm
from registry.authz.blueprint import GuardedBlueprint
from registry.kernel.errors import Invalid
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("accounts", __name__, errors=html_errors)


def go(endpoint: str, message: str = "", **values: Any) -> Response:
    """Answer a write by leading on to a page, with a word on what was done."""
    if message:
        flash(message, "success")
    return redirect(url_for(endpoint, **values), 303)


def require_token() -> None:
    """Refuse a button pressed without this browser's token."""
    form = ActionForm()
    if not form.validate_on_submit():
        raise Invalid({"": _("Biểu mẫu không hợp lệ; hãy tải lại trang rồi gửi lại.")})
