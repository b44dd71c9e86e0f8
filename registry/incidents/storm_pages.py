"""Pages of storms: what is out and restored, files of organisations and authorities."""

from __future__ import annotations

import re
from typing import Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import holds
from registry.incidents.forms import StormFileForm, StormForm
from registry.incidents.models import Storm, StormFile
from registry.incidents.storm_file import COLUMNS, MOST_ROWS
from registry.incidents.storm_jobs import defer_rows
from registry.incidents.storm_queries import (
    counts_by_organisation,
    counts_by_unit,
    get_file,
    list_files,
    list_out,
    list_storms,
)
from registry.incidents.storms import (
    count_out,
    end_storm,
    get_storm,
    open_storm,
    receive_file,
    reporting_organisation,
    takes_files,
)
from registry.kernel.exports.csv_file import csv_text
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.numbers import parse_id, whole_percent
from registry.kernel.text import fold, normalise

bp = GuardedBlueprint("storms", __name__, errors=html_errors, url_prefix="/storms")
_NOT_NAME: Final = re.compile(r"[^a-z0-9]+")


@bp.get("", permission=P.INCIDENT_READ)
def index(ctx: Ctx) -> str:
    return _index_page(ctx, StormForm(formdata=None))


@bp.post("", permission=P.INCIDENT_STORM, endpoint="open_post")
def open_post(ctx: Ctx) -> Page:
    """Begin a storm."""
    form = StormForm()
    storm = submit(ctx, form, lambda: open_storm(ctx, normalise(form.name.data or "")))
    if storm is None:
        return _index_page(ctx, form), form.refusal_status
    flash_done(ctx, _("Đã mở đợt “%(name)s”; các đơn vị gửi được danh sách.", name=storm.name))
    return redirect(url_for("storms.detail", storm_id=storm.id), code=303)


@bp.get("/<int:storm_id>", permission=P.INCIDENT_READ)
def detail(ctx: Ctx, storm_id: int) -> str:
    """Restored and out by organisation and commune, as far as the reader may follow; each figure opens its list."""
    return _storm_page(ctx, get_storm(ctx, storm_id), StormFileForm(formdata=None))


@bp.post("/<int:storm_id>/end", permission=P.INCIDENT_STORM)
def end(ctx: Ctx, storm_id: int) -> Page:
    """End a storm; with incidents still out it asks first, with their number."""
    form = BaseForm()
    storm = submit(ctx, form, lambda: end_storm(ctx, storm_id, parse_id(request.form.get("out")) or 0))
    if storm is None:
        question = " ".join(form.form_errors)
        page = _storm_page(ctx, get_storm(ctx, storm_id), StormFileForm(formdata=None), question)
        return page, form.refusal_status
    flash_done(ctx, _("Đã kết thúc đợt “%(name)s”; các hồ sơ vẫn được xử lý tiếp.", name=storm.name))
    return redirect(url_for("storms.detail", storm_id=storm.id), code=303)


@bp.post("/<int:storm_id>/files", permission=P.INCIDENT_BULK, costly=True)
def file_post(ctx: Ctx, storm_id: int) -> Page:
    """Send a file; its good rows are taken, the others are listed on its page."""
    storm, form = get_storm(ctx, storm_id), StormFileForm()
    storm_file = submit(ctx, form, lambda: _received(ctx, storm, form))
    if storm_file is None:
        return _storm_page(ctx, storm, form), form.refusal_status
    return redirect(url_for("storms.file", file_id=storm_file.id), code=303)


@bp.get("/files/<int:file_id>", permission=P.INCIDENT_BULK)
def file(ctx: Ctx, file_id: int) -> str:
    """What became of a file: progress, counts and the rows that were refused."""
    storm_file = get_file(ctx, file_id)
    return render_template("incidents/storm_file.html", file=storm_file, storm=get_storm(ctx, storm_file.storm_id))


@bp.get("/<int:storm_id>/list.csv", permission=P.INCIDENT_BULK, costly=True)
def template(ctx: Ctx, storm_id: int) -> FlaskResponse:
    """The list to fill in: with what is still out, so that only the moment of the restoration is to be added."""
    storm = get_storm(ctx, storm_id)
    names = list(COLUMNS)
    heads = [str(COLUMNS[name][0]) for name in names]
    lines = [[code, operator, kind, began, "", ""] for code, operator, kind, began in list_out(ctx, storm.id)]
    response = FlaskResponse(csv_text([heads, *lines]), mimetype="text/csv")
    stem = _NOT_NAME.sub("-", fold(storm.name)).strip("-")[:60] or "dot-thien-tai"
    response.headers["Content-Disposition"] = f'attachment; filename="{stem}.csv"'
    return response


def _received(ctx: Ctx, storm: Storm, form: StormFileForm) -> StormFile:
    sent = form.file.data
    storm_file = receive_file(ctx, storm.id, sent.filename or "", sent.stream)
    defer_rows(ctx, storm_file)
    return storm_file


def _index_page(ctx: Ctx, form: StormForm) -> str:
    return render_template(
        "incidents/storms.html", storms=list_storms(ctx), form=form, may_open=holds(ctx.actor, P.INCIDENT_STORM)
    )


def _storm_page(ctx: Ctx, storm: Storm, form: StormFileForm, question: str = "") -> str:
    sends = holds(ctx.actor, P.INCIDENT_BULK)
    return render_template(
        "incidents/storm.html",
        storm=storm,
        form=form,
        organisations=counts_by_organisation(ctx, storm.id),
        units=counts_by_unit(ctx, storm.id),
        files=list_files(ctx, storm.id) if sends else [],
        sends=sends and takes_files(ctx, storm),
        question=question,
        still_out=count_out(ctx, storm.id) if question else 0,
        is_own=reporting_organisation(ctx) is not None,
        may_end=holds(ctx.actor, P.INCIDENT_STORM) and storm.ended_at is None,
        most_rows=MOST_ROWS,
        share=whole_percent,
    )
