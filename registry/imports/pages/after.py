"""Pages after an import: undo, and missing structures of a full delivery."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.imports.jobs import defer_work
from registry.imports.models import ImportBatch, MissingChoice
from registry.imports.outcome.missing import (
    MOST_AT_ONCE,
    DecideMissing,
    count_missing,
    decide_missing,
    list_missing,
    list_open_deliveries,
)
from registry.imports.pages.blueprint import bp, page_urls, redirect_to_batch, sent_cursor, template_context
from registry.imports.queries import get_batch, owner_of
from registry.imports.service import request_undo, undo_obstacles, undo_rest
from registry.kernel.forms.answers import flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import NEEDED_WHEN
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _, _l, _n, format_number
from registry.kernel.numbers import parse_ids
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import STATUS_TONES
from registry.workflow.worklist import WorklistTask


class MissingForm(BaseForm):
    """Decision on selected or all missing structures."""

    choice = RadioField(
        _l("Quyết định"),
        choices=[SelectChoice(choice.value, choice.label) for choice in MissingChoice],
        validators=[InputRequired()],
    )
    reason = StringField(
        _l("Lý do"),
        validators=[Length(max=500)],
        description=_l("Được ghi vào lịch sử của từng công trình."),
        render_kw={NEEDED_WHEN: _l("khi ngừng khai thác")},
    )

    def to_command(self, batch: ImportBatch) -> DecideMissing:
        ticked = parse_ids(request.form.getlist("structure"))
        scope = None if request.form.get("scope") == "all" else ticked
        return DecideMissing(batch.id, MissingChoice(self.choice.data), self.reason.data or "", scope)


@bp.get("/<int:batch_id>/undo", permission=P.IMPORT_RUN)
def undo(ctx: Ctx, batch_id: int) -> str:
    """Consequences and obstacles of an undo."""
    batch = get_batch(ctx, batch_id)
    return render_template(
        "imports/undo.html",
        batch=batch,
        owner=owner_of(ctx, batch),
        kind=KINDS[batch.kind],
        obstacles=undo_obstacles(ctx, batch),
        rest=undo_rest(ctx, batch),
        **template_context(),
    )


@bp.post("/<int:batch_id>/undo", permission=P.IMPORT_RUN, endpoint="undo_post")
def undo_post(ctx: Ctx, batch_id: int) -> Response:
    """Start the undo; a second click changes nothing."""
    if request_undo(ctx, batch_id, rest="rest" in request.form):
        defer_work(ctx, "undo", batch_id)
    return redirect_to_batch(batch_id)


@bp.get("/<int:batch_id>/missing", permission=P.IMPORT_RUN)
def missing(ctx: Ctx, batch_id: int) -> str:
    """Missing structures of a delivery."""
    return _missing(ctx, get_batch(ctx, batch_id), MissingForm())


@bp.post("/<int:batch_id>/missing", permission=P.IMPORT_RUN, endpoint="missing_post")
def missing_post(ctx: Ctx, batch_id: int) -> Response | tuple[str, int]:
    """Keep or decommission; 422 without selection or reason."""
    batch = get_batch(ctx, batch_id)
    form = MissingForm()
    done = submit(ctx, form, lambda: decide_missing(ctx, form.to_command(batch)))
    if done is None:
        return _missing(ctx, batch, form), form.refusal_status
    flash_done(ctx, _n("Đã ghi quyết định cho %(num)d công trình.", done))
    return redirect(url_for("imports.missing", batch_id=batch_id), code=303)


def _missing(ctx: Ctx, batch: ImportBatch, form: MissingForm) -> str:
    of = f"import-missing:{batch.id}"
    page = list_missing(ctx, batch, sent_cursor(of))
    open_ones, _decided = count_missing(ctx, batch)
    return render_template(
        "imports/missing.html",
        batch=batch,
        owner=owner_of(ctx, batch),
        kind=KINDS[batch.kind],
        page=page,
        form=form,
        ticked=set(request.form.getlist("structure")),
        open_ones=open_ones,
        most=MOST_AT_ONCE,
        status_tones=STATUS_TONES,
        **page_urls(of, page, "imports.missing", batch_id=batch.id),
        **template_context(),
    )


def open_deliveries(ctx: Ctx) -> list[WorklistTask]:
    """Full deliveries with open decisions, for the start page."""
    return [
        WorklistTask(
            _n(
                "%(owner)s: %(left)s công trình không có trong tệp “%(file)s”",
                item.left,
                owner=item.owner,
                left=format_number(item.left),
                file=item.file_name,
            ),
            url_for("imports.missing", batch_id=item.batch_id),
            _("Chờ quyết định"),
        )
        for item in list_open_deliveries(ctx)
    ]
