"""The look-up of a report by its tracking code: its state, the satisfaction of its sender, its reopening."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.codes import SATISFACTION
from registry.incidents.commands import RateReport
from registry.incidents.forms import CodeForm, RatingForm, ReopenForm
from registry.incidents.public_forms import (
    is_proved,
    limits_of_app,
    photos_of_request,
    sender_of_request,
    topic_of,
    work_of,
)
from registry.incidents.public_pages import bp, reopened
from registry.incidents.queries import PublicView, find_by_code
from registry.incidents.reporting import reopening_problem_of
from registry.incidents.rules import new_draft, read_tracking_code
from registry.incidents.satisfaction import rate_report
from registry.kernel.base32 import grouped
from registry.kernel.errors import NotFound
from registry.kernel.forms.answers import Page
from registry.kernel.forms.submit import submit
from registry.kernel.i18n import _
from registry.kernel.text import normalise_lines


@bp.get("/status", permission=P.PUBLIC)
def look_up(ctx: Ctx) -> str:
    """The form of the look-up."""
    del ctx
    return render_template("incidents/look_up.html", form=CodeForm(formdata=None))


@bp.post("/status", permission=P.PUBLIC, endpoint="look_up_post")
def look_up_post(ctx: Ctx) -> Page:
    del ctx
    form = CodeForm()
    if not form.validate_on_submit():
        return render_template("incidents/look_up.html", form=form), form.refusal_status
    return redirect(url_for("report.status", code=(form.code.data or "").strip()[:60]), code=303)


@bp.get("/status/<code>", permission=P.PUBLIC)
def status(ctx: Ctx, code: str) -> Page:
    """The state of the incident of a code. A wrong code is answered like any other, and slowed."""
    return _status_page(ctx, _seen(ctx, code), code)


@bp.post("/status/<code>/reopen", permission=P.PUBLIC, costly=photos_of_request)
def reopen(ctx: Ctx, code: str) -> Page:
    """Reopen an incident with a photo of its present state."""
    view = _seen(ctx, code)
    return reopened(ctx, view, lambda form: _status_page(ctx, view, code, form))


@bp.post("/status/<code>/rate", permission=P.PUBLIC)
def rate(ctx: Ctx, code: str) -> Page:
    """How satisfied the holder of a code is with an incident that has ended."""
    view, form = _seen(ctx, code), RatingForm()
    topic = topic_of(view)
    if not is_proved(ctx, form, topic):
        return _status_page(ctx, view, code, rating=form), form.refusal_status
    sender = sender_of_request()

    def run() -> bool:
        command = RateReport(
            code=read_tracking_code(code) or "",
            satisfaction=int(form.satisfaction.data),
            text=normalise_lines(form.satisfaction_text.data or "") or None,
        )
        return rate_report(ctx, command)

    if submit(ctx, form, run) is None:
        return _status_page(ctx, view, code, rating=form), form.refusal_status
    limits_of_app().count(ctx, sender, topic)
    return redirect(url_for("report.status", code=code, _anchor="rating"), code=303)


def _status_page(
    ctx: Ctx, view: PublicView, code: str, form: ReopenForm | None = None, rating: RatingForm | None = None
) -> str:
    draft = new_draft()
    shown = form or ReopenForm(formdata=None, draft=draft)
    if rating is None:
        answer = {"satisfaction": str(view.satisfaction or ""), "satisfaction_text": view.satisfaction_text}
        rating = RatingForm(formdata=None, draft=draft, data=answer)
    return render_template(
        "incidents/status.html",
        view=view,
        code=grouped(read_tracking_code(code) or ""),
        is_new=bool(request.args.get("new")),
        form=shown,
        rating=rating,
        levels=SATISFACTION,
        problem=reopening_problem_of(ctx, view.incident_id),
        **work_of(ctx, rating if rating.errors else shown, topic_of(view)),
    )


def _seen(ctx: Ctx, code: str) -> PublicView:
    """The incident of a code; NotFound for an unknown code, TooManyRequests once its network was wrong too often.

    A right code is answered however often others of its network were wrong: it cannot be guessed.
    """
    view = find_by_code(ctx, read_tracking_code(code))
    if view is None:
        unknown = NotFound(_("Không có phản ánh nào mang mã này; hãy kiểm tra lại mã đã nhận khi gửi."))
        limits, sender = limits_of_app(), sender_of_request()
        unknown.afterwards = lambda: limits.take_wrong_guess(sender)
        raise unknown
    return view
