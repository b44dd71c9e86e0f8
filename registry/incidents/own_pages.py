"""Pages of the reports that an account sent."""

from __future__ import annotations

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.incidents.codes import SATISFACTION
from registry.incidents.models import Incident
from registry.incidents.own_reports import get_own_report, list_own_reports
from registry.incidents.public_pages import bp
from registry.kernel.dated_settings import setting
from registry.kernel.fields import fields_of


@bp.get("/mine", permission=P.ACCOUNT_SELF)
def own_reports(ctx: Ctx) -> str:
    """The own reports with their numbers and states."""
    days = setting(ctx.session, "incident.contact_days", ctx.today)
    kind_label = fields_of(Incident)["kind"].label
    return render_template(
        "incidents/own_reports.html", reports=list_own_reports(ctx), days=days, kind_label=kind_label
    )


@bp.get("/mine/<int:report_id>", permission=P.ACCOUNT_SELF)
def own_report(ctx: Ctx, report_id: int) -> str:
    """One own report: its state and steps, as its tracking code shows them."""
    return render_template("incidents/own_report.html", view=get_own_report(ctx, report_id), levels=SATISFACTION)
