"""Pages of findings: the officer's decision, and the statement of the owner."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.inspections.codes import FINDING_TONES
from registry.inspections.findings import (
    answer_finding,
    code_of,
    decide_finding,
    find_for_officer,
    find_for_owner,
    reinspection_day,
)
from registry.inspections.forms import FindingForm, StatementForm
from registry.inspections.models import InspectionFinding
from registry.inspections.queries import acts_on
from registry.kernel.fields import day_in
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _

bp = GuardedBlueprint("inspection_findings", __name__, errors=html_errors)


@bp.get("/inspection-findings/<int:finding_id>", permission=P.INSPECTION_RECORD)
def show(ctx: Ctx, finding_id: int) -> str:
    """A finding, for the officer who decides on it."""
    return _officer_page(ctx, finding_id, FindingForm(formdata=None))


@bp.post("/inspection-findings/<int:finding_id>", permission=P.INSPECTION_RECORD)
def decide(ctx: Ctx, finding_id: int) -> Page:
    """Turn it into a case, or not; 422 and 409 (it was decided meanwhile) keep what was typed."""
    plan, view, _finding = find_for_officer(ctx, finding_id)
    form = FindingForm()
    decided = submit(ctx, form, lambda: decide_finding(ctx, form.to_command(finding_id)))
    if decided is None:
        return _officer_page(ctx, finding_id, form), form.refusal_status
    flash_done(ctx, _("Đã xử lý phát hiện: %(state)s.", state=decided.state.label))
    return redirect(url_for("inspections.item", case_id=plan.id, item_id=view.item.id), code=303)


@bp.get("/inspection-findings/<int:finding_id>/statement", permission=P.INSPECTION_ANSWER)
def statement(ctx: Ctx, finding_id: int) -> str:
    """A finding, for the owner of the structure."""
    return _owner_page(ctx, find_for_owner(ctx, finding_id), StatementForm(formdata=None))


@bp.post("/inspection-findings/<int:finding_id>/statement", permission=P.INSPECTION_ANSWER)
def answer(ctx: Ctx, finding_id: int) -> Page:
    finding, form = find_for_owner(ctx, finding_id), StatementForm()
    stated = submit(ctx, form, lambda: answer_finding(ctx, form.to_command(finding_id)))
    if stated is None:
        return _owner_page(ctx, finding, form), form.refusal_status
    flash_done(ctx, _("Đã gửi ý kiến về phát hiện."))
    return redirect(url_for("inspection_findings.statement", finding_id=finding_id), code=303)


def _officer_page(ctx: Ctx, finding_id: int, form: Any) -> str:
    plan, view, finding = find_for_officer(ctx, finding_id)
    occurred_on = day_in(form["occurred_on"].data or "") if isinstance(form["occurred_on"].data, str) else None
    acts = acts_on(ctx, finding.inspected_on, occurred_on or finding.inspected_on)
    form.offer(acts, finding.suggested_act)
    return render_template(
        "inspections/finding.html",
        finding=finding,
        code=view.structure.code,
        plan=plan,
        item_url=url_for("inspections.item", case_id=plan.id, item_id=view.item.id),
        suggested=acts.get(finding.suggested_act or ""),
        reinspect_on=reinspection_day(ctx, finding),
        form=form,
        tones=FINDING_TONES,
        is_officer=True,
    )


def _owner_page(ctx: Ctx, finding: InspectionFinding, form: Any) -> str:
    code = code_of(ctx, finding)
    return render_template(
        "inspections/finding.html",
        finding=finding,
        code=code,
        plan=None,
        item_url=url_for("structures.detail", code=code),
        suggested=None,
        reinspect_on=reinspection_day(ctx, finding),
        form=form,
        tones=FINDING_TONES,
        is_officer=False,
    )
