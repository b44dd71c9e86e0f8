"""Pages of agreements: list, agreement, the form of the contract, the report on each structure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template
from werkzeug.wrappers import Response

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.colocation.agreements.forms import (
    SHOWN_FIELDS,
    AsBuiltForm,
    as_built_as_typed,
    contract_as_typed,
    contract_form,
    to_contract,
    to_report,
)
from registry.colocation.agreements.models import AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, as_built_of, get_agreement, request_of
from registry.colocation.agreements.rules import NEEDED, missing_of_contract, price_problem
from registry.colocation.agreements.service import check_state, edit_contract, report_item
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.agreements.workflow.correction import corrected_values
from registry.colocation.codes import RequestKind
from registry.colocation.item_views import view_items
from registry.colocation.queries import parties_of
from registry.files.queries import list_files
from registry.kernel.errors import NotFound
from registry.kernel.http.pages import html_errors
from registry.kernel.i18n import _, format_date
from registry.structures.timeline import shown
from registry.workflow.forms import save_case_form
from registry.workflow.lists import case_list_context
from registry.workflow.referrals import referral_outcomes
from registry.workflow.views import case_view, without_moves

bp = GuardedBlueprint("agreements", __name__, errors=html_errors)
Page = str | tuple[str, int] | Response


@bp.get("/agreements", permission=P.COLOCATION_READ)
def index(ctx: Ctx) -> str:
    """The agreements of both sides, as far as each may see them."""
    return render_template("agreements/list.html", export_list="agreements", **case_list_context(ctx, AGREEMENT))


@bp.get("/agreements/<int:case_id>", permission=P.COLOCATION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    """An agreement: contract, what hangs where, whose turn it is."""
    case = get_agreement(ctx, case_id)
    request = request_of(ctx, case)
    is_removal = request.kind is RequestKind.REMOVE
    view = without_moves(case_view(ctx, AGREEMENT, case), ("propose",) if is_removal else ("start_removal",))
    requester, owner = parties_of(ctx, request)
    agreed = {item.id for item, _row in agreed_items(ctx, case)}
    drafting = case.state is AgreementState.CONTRACTING and not is_removal
    refused = price_problem(case.price_vnd, case.price_period, request)
    return render_template(
        "agreements/detail.html",
        case=case,
        asked=request,
        view=view,
        steps=view.steps,
        items=[item for item in view_items(ctx, request) if item.item.id in agreed],
        built={one.item_id: one for one in as_built_of(ctx, case)},
        content=_content(case),
        renewal=_renewal(case),
        correction=_correction(case),
        requester=requester,
        owner=owner,
        missing=[*missing_of_contract(case), *([refused] if refused else [])] if drafting else [],
        editable=drafting and allowed(ctx, P.COLOCATION_DECIDE, case),
        reporting=case.state is AgreementState.INSTALLING and allowed(ctx, P.COLOCATION_REQUEST, case),
        findings=referral_outcomes(ctx, AGREEMENT.code, case.id),
        links=list_files(ctx, AGREEMENT.code, case.id),
        subject_kind=AGREEMENT.code,
        subject_id=case.id,
        can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD),
        can_withdraw=False,
    )


def _content(case: ColocationAgreement) -> list[tuple[Any, str]]:
    """The labels and values of the contract, with the number of its last annex."""
    rows = [(field.label, shown(field, getattr(case, name))) for name, field in SHOWN_FIELDS.items()]
    if case.annex_number:
        rows.insert(1, (_("Số phụ lục"), case.annex_number))
    return rows


def _renewal(case: ColocationAgreement) -> str | None:
    """The renewal that waits for an answer, in one sentence with what it changes."""
    if case.renewal_by is None or case.renewal_ends_on is None or case.ends_on is None:
        return None
    said = _(
        "%(side)s đề nghị gia hạn đến hết ngày %(day)s (hiện nay đến hết ngày %(now)s), phụ lục số %(annex)s.",
        side=case.renewal_by.label,
        day=format_date(case.renewal_ends_on),
        now=format_date(case.ends_on),
        annex=case.renewal_number,
    )
    price = SHOWN_FIELDS["price_vnd"]
    if case.renewal_price_vnd is None or case.renewal_price_vnd == case.price_vnd:
        change = _("Giá không đổi.")
    else:
        new, old = shown(price, case.renewal_price_vnd), shown(price, case.price_vnd)
        change = _("Giá mới %(new)s, thay cho %(old)s.", new=new, old=old)
    return f"{said} {change}"


def _correction(case: ColocationAgreement) -> tuple[str, list[tuple[str, str, str]]] | None:
    """The correction that waits for an answer: who proposes it and why, and label, old and new value of each field."""
    if case.correction_by is None:
        return None
    said = _(
        "%(side)s đề nghị đính chính hợp đồng đã ký: %(reason)s",
        side=case.correction_by.label,
        reason=case.correction_reason,
    )
    values = ((SHOWN_FIELDS[name], getattr(case, name), value) for name, value in corrected_values(case).items())
    changed = [(str(field.label), shown(field, old), shown(field, new)) for field, old, new in values]
    return said, changed


@bp.get("/agreements/<int:case_id>/contract", permission=P.COLOCATION_DECIDE)
def contract(ctx: Ctx, case_id: int) -> str:
    """The form of the contract."""
    case = _open(ctx, case_id, P.COLOCATION_DECIDE, AgreementState.CONTRACTING)
    items = agreed_items(ctx, case)
    form = contract_form(items)(formdata=None, data=contract_as_typed(case, items))
    return _page(case, form, _("Nội dung hợp đồng"), NEEDED)


@bp.post("/agreements/<int:case_id>/contract", permission=P.COLOCATION_DECIDE, endpoint="contract_post")
def contract_post(ctx: Ctx, case_id: int) -> Page:
    """Save it; 422 keeps what was typed, 409 says that it changed meanwhile and keeps it too."""
    case = _open(ctx, case_id, P.COLOCATION_DECIDE, AgreementState.CONTRACTING)
    items = agreed_items(ctx, case)
    form = contract_form(items)()
    title = _("Nội dung hợp đồng")
    return _saved(ctx, case, form, lambda: edit_contract(ctx, to_contract(form, case_id, items)), title, NEEDED)


@bp.get("/agreements/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST)
def item(ctx: Ctx, case_id: int, item_id: int) -> str:
    """The form of what was really installed on one structure."""
    case = _open(ctx, case_id, P.COLOCATION_REQUEST, AgreementState.INSTALLING)
    code = _code_of(ctx, case, item_id)
    built = {one.item_id: one for one in as_built_of(ctx, case)}.get(item_id)
    return _page(case, AsBuiltForm(formdata=None, data=as_built_as_typed(case, built)), code)


@bp.post("/agreements/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST, endpoint="item_post")
def item_post(ctx: Ctx, case_id: int, item_id: int) -> Page:
    """Save it, as `contract_post` does."""
    case = _open(ctx, case_id, P.COLOCATION_REQUEST, AgreementState.INSTALLING)
    code, form = _code_of(ctx, case, item_id), AsBuiltForm()
    return _saved(ctx, case, form, lambda: report_item(ctx, to_report(form, case_id, item_id)), code)


def _open(ctx: Ctx, case_id: int, permission: P, state: AgreementState) -> ColocationAgreement:
    """The agreement, for who may write this part of it now: said before anything typed is read."""
    case = get_agreement(ctx, case_id)
    require(ctx, permission, case)
    check_state(case, state)
    return case


def _code_of(ctx: Ctx, case: ColocationAgreement, item_id: int) -> str:
    for found, row in agreed_items(ctx, case):
        if found.id == item_id:
            return str(row.code)
    raise NotFound(_("Hợp đồng này không có công trình đó."))


def _saved(
    ctx: Ctx, case: ColocationAgreement, form: Any, call: Callable[[], Any], title: str, needed: Sequence[str] = ()
) -> Page:
    return save_case_form(ctx, case, form, call, lambda: _page(case, form, title, needed), "agreements.detail")


def _page(case: ColocationAgreement, form: Any, title: str, needed: Sequence[str] = ()) -> str:
    return render_template("agreements/form.html", case=case, form=form, title=title, needed=needed)
