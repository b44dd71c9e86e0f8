"""Pages of a list proposed by the budget: ask, follow, stop, and take what is wanted of it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.fields import Field
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.forms.submit import act, submit
from registry.kernel.i18n import _, _l, _n
from registry.kernel.numbers import parse_id
from registry.kernel.units import VND
from registry.routelists.bulk import find_outcome
from registry.routelists.commands import Rank
from registry.routelists.models import RouteList
from registry.routelists.pages import bp
from registry.routelists.proposal import (
    HUNDREDTHS,
    MOST_YEARS,
    PARTS,
    get_run,
    request_proposal,
    runs_of,
    stop_run,
    streets_of,
    take_years,
)
from registry.routelists.queries import get_list

#: The budgets of the years from that of the list on; an empty one ends them.
BUDGETS = tuple(
    Field(
        f"budget_{number}",
        _l("Ngân sách năm thứ %(number)d", number=number),
        unit=VND,
        minimum=Decimal(0),
        maximum=Decimal(10**15),
        decimals=0,
        required=number == 1,
        python_type=Decimal,
    )
    for number in range(1, MOST_YEARS + 1)
)
BudgetForm: Any = declared_form("BudgetForm", BUDGETS)


@bp.get("/route-lists/<int:list_id>/propose", permission=P.ROUTELIST_REVIEW)
def ask_proposal(ctx: Ctx, list_id: int) -> str:
    """The budgets of the years, and the proposals of the actor for the list."""
    return _ask_page(ctx, get_list(ctx, list_id), BudgetForm(formdata=None))


@bp.post("/route-lists/<int:list_id>/propose", permission=P.ROUTELIST_REVIEW)
def send_proposal(ctx: Ctx, list_id: int) -> Page:
    """Let the worker propose a list."""
    route_list, form = get_list(ctx, list_id), BudgetForm()

    def send() -> Any:
        stated = values_of(form, [field.name for field in BUDGETS])
        amounts = [stated[field.name] for field in BUDGETS]
        count = max(number for number, amount in enumerate(amounts, 1) if amount is not None)
        budgets = {route_list.year + number: amounts[number] or Decimal(0) for number in range(count)}
        return request_proposal(ctx, list_id, budgets)

    run = submit(ctx, form, send)
    if run is None:
        return _ask_page(ctx, route_list, form), form.refusal_status
    return redirect(url_for("routelists.proposal", run_id=run.id), code=303)


@bp.get("/route-lists/proposals/<int:run_id>", permission=P.ROUTELIST_REVIEW)
def proposal(ctx: Ctx, run_id: int) -> str:
    """The progress of a proposal, or its result."""
    return _page(ctx, run_id)


@bp.post("/route-lists/proposals/<int:run_id>/stop", permission=P.ROUTELIST_REVIEW)
def stop_proposal(ctx: Ctx, run_id: int) -> Page:
    """Ask a proposal to stop."""
    act(ctx, lambda: stop_run(ctx, run_id))
    return redirect(url_for("routelists.proposal", run_id=run_id), code=303)


@bp.post("/route-lists/proposals/<int:run_id>/take", permission=P.ROUTELIST_REVIEW)
def take_proposal(ctx: Ctx, run_id: int) -> Page:
    """Set the first year of each ticked street as the officer left it; what one is refused for keeps no other back."""
    form = BaseForm()
    outcome = submit(ctx, form, lambda: take_years(ctx, run_id, _taken()))
    if outcome is None:
        return _page(ctx, run_id, form), form.refusal_status
    flash_done(ctx, _n("Đã ghi năm thực hiện của %(num)d tuyến.", outcome.done))
    shown = outcome.id if outcome.refused else None
    return redirect(url_for("routelists.proposal", run_id=run_id, outcome=shown), code=303)


def _taken() -> list[Rank]:
    """The ticked rows: each with its street, the version that the page showed, and the year that was left."""
    ranks = []
    for row in request.form.getlist("row"):
        item_id, version, year = (
            parse_id(request.form.get(f"{name}_{row}", "")) for name in ("item", "version", "year")
        )
        if item_id is not None:
            ranks.append(Rank(item_id, version, year=year))
    return ranks


def _ask_page(ctx: Ctx, route_list: RouteList, form: Any) -> str:
    for number, field in enumerate(BUDGETS):
        form[field.name].label.text = _("Ngân sách năm %(year)d", year=route_list.year + number)
    return render_template(
        "routelists/propose.html",
        found=route_list,
        form=form,
        names=[field.name for field in BUDGETS],
        runs=runs_of(ctx, route_list),
    )


def _page(ctx: Ctx, run_id: int, form: BaseForm | None = None) -> str:
    run = get_run(ctx, run_id)
    outcome = find_outcome(ctx, parse_id(request.args.get("outcome")))
    return render_template(
        "routelists/proposal.html",
        run=run,
        found=get_list(ctx, run.route_list_id),
        result=run.result,
        rest=sum(int(year["budget"]) - int(year["spent"]) for year in run.result["years"]) if run.result else 0,
        streets=streets_of(ctx, run.result) if run.result else {},
        labels=PARTS,
        hundredths=HUNDREDTHS,
        form=form or BaseForm(formdata=None),
        refused=outcome.refused if outcome is not None else (),
    )
