"""The answer to an accepted form: a redirect with a sentence that says whether anything was written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from flask import flash, redirect, url_for
from werkzeug.wrappers import Response

from registry.kernel.context import Context
from registry.kernel.feature import ExtensionPoint
from registry.kernel.i18n import _

#: What a route that takes a form returns: a page, a page with its status, or a redirect.
Page: TypeAlias = str | tuple[str, int] | Response


#: The category of the address that takes back what the message before it says; layout/_messages.html has its button.
UNDO: Final = "undo"


#: Who knows the address of the post that takes back what a transaction has written; "" where it cannot be.
UNDO_ADDRESS = ExtensionPoint[Callable[[Context[Any]], str]]("forms.undo")


def flash_done(ctx: Context[Any], sentence: str, *, unchanged: str = "") -> None:
    """Say on the next page what a request did; where it wrote no row, say `unchanged` or that nothing changed.

    What can be taken back has a button for it.
    """
    if ctx.has_written():
        flash(sentence, "success")
        for address in filter(None, (address_of(ctx) for address_of in UNDO_ADDRESS)):
            flash(address, UNDO)
    else:
        flash(unchanged or _("Không có gì thay đổi: nội dung gửi lên giống nội dung đang lưu."), "info")


def go(ctx: Context[Any], endpoint: str, sentence: str = "", **values: Any) -> Response:
    """Redirect (303) after a write; `sentence` says what was done."""
    if sentence:
        flash_done(ctx, sentence)
    return redirect(url_for(endpoint, **values), 303)
