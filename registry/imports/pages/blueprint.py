"""Blueprint and shared helpers of the import pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import current_app, redirect, request, url_for
from werkzeug.wrappers import Response

from registry.authz.blueprint import GuardedBlueprint
from registry.files.storage import FileStore
from registry.imports.jobs import STORE
from registry.imports.list_view import TONES
from registry.imports.models import BatchState, ImportBatch, RowChoice, RowOutcome
from registry.imports.queries import ResultList
from registry.imports.service import BUSY
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.paging import Cursor, Page, read_cursor, sign_cursor

ROW_TONES: Final = {
    RowOutcome.NEW: "good",
    RowOutcome.CHANGED: "info",
    RowOutcome.UNCHANGED: "neutral",
    RowOutcome.DUPLICATE: "warn",
    RowOutcome.REFUSED: "bad",
}
#: State -> step; other states are past all steps.
_STEPS: Final = {
    BatchState.READING: 0,
    BatchState.CHOOSING: 1,
    BatchState.READ: 1,
    BatchState.CHECKING: 2,
    BatchState.CHECKED: 2,
    BatchState.FAILED: 2,
    BatchState.APPLYING: 3,
}

bp = GuardedBlueprint("imports", __name__, errors=html_errors, url_prefix="/imports")


def store() -> FileStore:
    return STORE.current()


def is_busy(batch: ImportBatch) -> bool:
    return batch.state in BUSY


def redirect_to_batch(batch_id: int) -> Response:
    return redirect(url_for("imports.detail", batch_id=batch_id), code=303)


def template_context() -> dict[str, Any]:
    """Template context shared by the import pages."""
    return {
        "outcomes": RowOutcome,
        "outcome_words": {outcome.value: outcome.label for outcome in RowOutcome},
        "change_items": change_items,
        "choices": RowChoice,
        "states": BatchState,
        "shows": ResultList,
        "tones": TONES,
        "row_tones": ROW_TONES,
    }


def sent_cursor(of: str) -> Cursor | None:
    """The cursor in the address; `of` names the list that it was signed for."""
    return read_cursor(str(current_app.config["SECRET_KEY"]), of, request.args.get("cursor"))


def page_urls(of: str, page: Page[Any], endpoint: str, **values: Any) -> dict[str, str | None]:
    """Addresses of the first, previous and next page of a list; None where there is none."""
    urls: dict[str, str | None] = {"first_url": url_for(endpoint, **values)}
    for name, cursor in (("previous_url", page.previous), ("next_url", page.next)):
        signed = sign_cursor(str(current_app.config["SECRET_KEY"]), of, cursor)
        urls[name] = signed and url_for(endpoint, **values, cursor=signed)
    return urls


def change_items(changes: Mapping[str, list[str]], labels: Mapping[str, str]) -> list[dict[str, str]]:
    """Changes of a row, for the macro of the timeline."""
    return [
        {"label": labels.get(name, name), "before": before, "after": after} for name, (before, after) in changes.items()
    ]


def steps(batch: ImportBatch) -> list[dict[str, Any]]:
    """Steps of an import with their state."""
    at = _STEPS.get(batch.state, 4)
    labels = (_("Tải tệp lên"), _("Chọn cột"), _("Xem trước"), _("Nhập"))
    states = ["done" if step < at else "now" if step == at else "next" for step in range(len(labels))]
    return [{"label": label, "state": word} for label, word in zip(labels, states, strict=True)]
