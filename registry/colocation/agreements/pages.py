"""Pages of agreements: list, detail, the contract form, the as-built report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, holds, require
from registry.colocation.agreements.forms import (
    DISPLAY_FIELDS,
    AsBuiltForm,
    as_built_as_typed,
    contract_as_typed,
    contract_form,
    to_contract,
    to_report,
)
from registry.colocation.agreements.models import AgreementState, ColocationAgreement
from registry.colocation.agreements.queries import agreed_items, as_built_of, get_agreement, granted_items, request_of
from registry.colocation.agreements.rules import REQUIRED_FIELDS, price_problem
from registry.colocation.agreements.service import check_state, edit_contract, report_item
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.agreements.workflow.corrections import corrected_changes
from registry.colocation.codes import RequestKind
from registry.colocation.item_views import view_items
from registry.colocation.list_view import AGREEMENTS
from registry.colocation.queries import parties_of
from registry.colocation.rules import RequestProblem, missing_fields
from registry.files.pages import files_part
from registry.kernel.errors import NotFound
from registry.kernel.fields import display_value
from registry.kernel.forms.answers import Page
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, format_date
from registry.kernel.lists.page import list_page
from registry.workflow.forms import save_case_form
from registry.workflow.referrals import referral_outcomes
from registry.workflow.views import case_view, without_moves

bp = GuardedBlueprint("agreements", __name__, errors=html_errors)


@bp.get("/agreements", permission=P.COLOCATION_READ)
def index(ctx: Ctx) -> str:
    return render_template("lists/list.html", listing=list_page(ctx, AGREEMENTS))


def _missing(case: ColocationAgreement, refused: str | None) -> list[RequestProblem]:
    """What is to be filled in or mended before the agreement can be made."""
    of_price = [RequestProblem(refused, "price_vnd")] if refused else []
    return [*missing_fields(case, REQUIRED_FIELDS), *of_price]


@bp.get("/agreements/<int:case_id>", permission=P.COLOCATION_READ)
def detail(ctx: Ctx, case_id: int) -> str:
    case = get_agreement(ctx, case_id)
    request = request_of(ctx, case)
    is_removal = request.kind is RequestKind.REMOVE
    view = without_moves(case_view(ctx, AGREEMENT, case), ("propose",) if is_removal else ("start_removal",))
    requester, owner = parties_of(ctx, request)
    granted = {item.id for item, _row in granted_items(ctx, case)}
    drafting = case.state is AgreementState.CONTRACTING and not is_removal
    refused = price_problem(case.price_vnd, case.price_period, request)
    return render_template(
        "agreements/detail.html",
        case=case,
        asked=request,
        view=view,
        steps=view.steps,
        items=[item for item in view_items(ctx, request) if item.item.id in granted],
        built={
            organisations_by_name.item_id: organisations_by_name for organisations_by_name in as_built_of(ctx, case)
        },
        content=_content(case),
        renewal=_renewal(case),
        correction=_correction(ctx, case),
        ending=_ending(case),
        notice_given=_notice(case),
        requester=requester,
        owner=owner,
        missing=_missing(case, refused) if drafting else [],
        editable=drafting and allowed(ctx, P.COLOCATION_DECIDE, case),
        reporting=case.state is AgreementState.INSTALLING and allowed(ctx, P.COLOCATION_REQUEST, case),
        findings=referral_outcomes(ctx, AGREEMENT.code, case.id),
        **files_part(ctx, AGREEMENT.code, case.id, can_add=bool(view.moves) and holds(ctx.actor, P.FILE_ADD)),
        can_withdraw=False,
    )


def _content(case: ColocationAgreement) -> list[tuple[Any, str]]:
    """Labels and values of the contract, with the number of its last annex."""
    rows = [(field.label, display_value(field, getattr(case, name))) for name, field in DISPLAY_FIELDS.items()]
    if case.annex_number:
        rows.insert(1, (_("Số phụ lục"), case.annex_number))
    return rows


def _renewal(case: ColocationAgreement) -> str | None:
    """The proposed renewal in one sentence."""
    if case.renewal_by is None or case.renewal_ends_on is None or case.ends_on is None:
        return None
    text = _(
        "%(side)s đề nghị gia hạn đến hết ngày %(day)s (hiện nay đến hết ngày %(now)s), phụ lục số %(annex)s.",
        side=case.renewal_by.label,
        day=format_date(case.renewal_ends_on),
        now=format_date(case.ends_on),
        annex=case.renewal_number,
    )
    price = DISPLAY_FIELDS["price_vnd"]
    if case.renewal_price_vnd is None or case.renewal_price_vnd == case.price_vnd:
        change = _("Giá không đổi.")
    else:
        new, old = display_value(price, case.renewal_price_vnd), display_value(price, case.price_vnd)
        change = _("Giá mới %(new)s, thay cho %(old)s.", new=new, old=old)
    return f"{text} {change}"


def _ending(case: ColocationAgreement) -> str | None:
    """The proposed end by agreement in one sentence."""
    if case.ending_by is None:
        return None
    return _(
        "%(side)s đề nghị chấm dứt hợp đồng theo thỏa thuận: %(reason)s",
        side=case.ending_by.label,
        reason=case.ending_reason,
    )


def _notice(case: ColocationAgreement) -> str | None:
    """The notice by which one side ends the contract alone, in one sentence."""
    if case.notice_by is None or case.notice_ground is None:
        return None
    return _(
        "%(side)s đơn phương chấm dứt hợp đồng; căn cứ: %(ground)s. %(reason)s",
        side=case.notice_by.label,
        ground=case.notice_ground.label,
        reason=case.notice_reason,
    )


def _correction(ctx: Ctx, case: ColocationAgreement) -> tuple[str, list[tuple[str, str, str]]] | None:
    """The proposed correction: who and why, and label, old and new value of each field."""
    if case.correction_by is None:
        return None
    text = _(
        "%(side)s đề nghị đính chính hợp đồng đã ký: %(reason)s",
        side=case.correction_by.label,
        reason=case.correction_reason,
    )
    changes = corrected_changes(ctx, case, {})
    changed = [(str(field.label), display_value(field, old), display_value(field, new)) for field, old, new in changes]
    return text, changed


@bp.get("/agreements/<int:case_id>/contract", permission=P.COLOCATION_DECIDE)
def contract(ctx: Ctx, case_id: int) -> str:
    case = _open(ctx, case_id, P.COLOCATION_DECIDE, AgreementState.CONTRACTING)
    items = agreed_items(ctx, case)
    form = contract_form(items)(formdata=None, data=contract_as_typed(case, items))
    return _page(case, form, _("Nội dung hợp đồng"), REQUIRED_FIELDS)


@bp.post("/agreements/<int:case_id>/contract", permission=P.COLOCATION_DECIDE, endpoint="contract_post")
def contract_post(ctx: Ctx, case_id: int) -> Page:
    """422 and 409 (edited meanwhile) show the form again with the typed values."""
    case = _open(ctx, case_id, P.COLOCATION_DECIDE, AgreementState.CONTRACTING)
    items = agreed_items(ctx, case)
    form = contract_form(items)()
    title = _("Nội dung hợp đồng")
    return _saved(
        ctx, case, form, lambda: edit_contract(ctx, to_contract(form, case_id, items)), title, REQUIRED_FIELDS
    )


@bp.get("/agreements/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST)
def item(ctx: Ctx, case_id: int, item_id: int) -> str:
    case = _open(ctx, case_id, P.COLOCATION_REQUEST, AgreementState.INSTALLING)
    code = _code_of(ctx, case, item_id)
    built = {organisation.item_id: organisation for organisation in as_built_of(ctx, case)}.get(item_id)
    return _page(case, AsBuiltForm(formdata=None, data=as_built_as_typed(case, built)), _as_built_title(code))


@bp.post("/agreements/<int:case_id>/items/<int:item_id>", permission=P.COLOCATION_REQUEST, endpoint="item_post")
def item_post(ctx: Ctx, case_id: int, item_id: int) -> Page:
    case = _open(ctx, case_id, P.COLOCATION_REQUEST, AgreementState.INSTALLING)
    code, form = _code_of(ctx, case, item_id), AsBuiltForm()
    return _saved(ctx, case, form, lambda: report_item(ctx, to_report(form, case_id, item_id)), _as_built_title(code))


def _open(ctx: Ctx, case_id: int, permission: P, state: AgreementState) -> ColocationAgreement:
    """The agreement, if the actor may write this part in its present state; checked before the form is read."""
    case = get_agreement(ctx, case_id)
    require(ctx, permission, case)
    check_state(case, state)
    return case


def _code_of(ctx: Ctx, case: ColocationAgreement, item_id: int) -> str:
    for agreed, row in agreed_items(ctx, case):
        if agreed.id == item_id:
            return str(row.code)
    raise NotFound(_("Hợp đồng này không có công trình đó."))


def _as_built_title(code: str) -> str:
    return _("Hiện trạng lắp đặt tại %(code)s", code=code)


def _saved(
    ctx: Ctx, case: ColocationAgreement, form: Any, call: Callable[[], Any], title: str, needed: Sequence[str] = ()
) -> Page:
    return save_case_form(ctx, case, form, call, lambda: _page(case, form, title, needed), "agreements.detail")


def _page(case: ColocationAgreement, form: Any, title: str, needed: Sequence[str] = ()) -> str:
    return render_template("agreements/form.html", case=case, form=form, title=title, needed=needed)
