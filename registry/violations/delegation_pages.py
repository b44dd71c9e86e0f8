"""Pages of the register of delegations of an office: list, a new one, one with its scan and its end."""

from __future__ import annotations

from typing import Any, Final

from flask import render_template
from flask_wtf.file import FileField
from wtforms import SelectChoice, SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.files.pages import STORE, files_part
from registry.files.types import MAX_BYTES
from registry.kernel.fields import facts_of, fields_named, required_fields
from registry.kernel.forms.answers import Page, go
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.builder import declared_form, values_of
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, format_date
from registry.kernel.lists.page import list_page
from registry.violations.codes import DelegatedPower, Sector
from registry.violations.delegation_models import DAY_ORDERS, NEW_DELEGATION, ViolationDelegation
from registry.violations.delegations import (
    DELEGATION,
    AddDelegation,
    EndDelegation,
    add_delegation,
    end_delegation,
    get_delegation,
)
from registry.violations.list_view import DELEGATIONS
from registry.violations.rules import labels_of_codes

bp = GuardedBlueprint("violation_delegations", __name__, errors=html_errors, url_prefix="/violations/delegations")


def _boxes(label: Any, choices: Any, hint: Any = "") -> SelectMultipleField:
    return SelectMultipleField(
        label,
        choices=[SelectChoice(choice.value, choice.label) for choice in choices],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
        description=hint,
    )


class _Granted(BaseForm):
    powers = _boxes(_l("Quyền được giao"), DelegatedPower)
    sectors = _boxes(_l("Lĩnh vực được giao"), Sector, _l("Quyết định trong lĩnh vực khác không do cấp phó này ký."))
    file = FileField(_l("Bản chụp văn bản giao quyền"), render_kw={"accept": ".pdf,image/*"})

    def to_command(self) -> AddDelegation:
        sent = self.file.data
        return AddDelegation(
            values_of(self, NEW_DELEGATION),
            self.powers.data or (),
            self.sectors.data or (),
            (sent.filename or "") if sent else "",
            sent.stream.read(MAX_BYTES + 1) if sent else b"",
        )


AddForm = declared_form("AddForm", fields_named(ViolationDelegation, *NEW_DELEGATION), _Granted, DAY_ORDERS)


class _End(BaseForm):
    def to_command(self, delegation_id: int) -> EndDelegation:
        return EndDelegation(delegation_id, self["ended_on"].value, self["end_reason"].value)


EndForm = declared_form(
    "EndForm",
    required_fields(ViolationDelegation, "ended_on", "end_reason"),
    _End,
)
_FACTS: Final = (*NEW_DELEGATION, "ended_on", "end_reason")


@bp.get("", permission=P.DELEGATION_KEEP)
def index(ctx: Ctx) -> str:
    return render_template("violations/delegations.html", listing=list_page(ctx, DELEGATIONS))


@bp.get("/new", permission=P.DELEGATION_KEEP)
def new(_ctx: Ctx) -> str:
    return _new_page(AddForm(formdata=None))


@bp.post("/new", permission=P.DELEGATION_KEEP)
def create(ctx: Ctx) -> Page:
    """Enter a delegation with its scan; 422 keeps what was typed."""
    form: Any = AddForm()
    row = submit(ctx, form, lambda: add_delegation(ctx, STORE.current(), form.to_command()))
    if row is None:
        return _new_page(form), form.refusal_status
    done = _("Đã ghi văn bản giao quyền %(number)s.", number=row.number)
    return go(ctx, "violation_delegations.detail", done, delegation_id=row.id)


@bp.get("/<int:delegation_id>", permission=P.DELEGATION_KEEP)
def detail(ctx: Ctx, delegation_id: int) -> str:
    form = EndForm(formdata=None, data={"ended_on": format_date(ctx.today)})
    return _page(ctx, get_delegation(ctx, delegation_id), form)


@bp.post("/<int:delegation_id>/end", permission=P.DELEGATION_KEEP)
def end(ctx: Ctx, delegation_id: int) -> Page:
    """End a delegation before its term; 422 keeps what was typed."""
    row = get_delegation(ctx, delegation_id)
    form: Any = EndForm()
    if submit(ctx, form, lambda: end_delegation(ctx, form.to_command(delegation_id))) is None:
        return _page(ctx, row, form), form.refusal_status
    done = _("Đã ghi chấm dứt giao quyền; văn bản vẫn được giữ trong sổ giao quyền.")
    return go(ctx, "violation_delegations.detail", done, delegation_id=row.id)


def _new_page(form: BaseForm) -> str:
    return render_template("violations/delegation_form.html", form=form)


def _page(ctx: Ctx, row: ViolationDelegation, form: BaseForm) -> str:
    return render_template(
        "violations/delegation.html",
        row=row,
        facts=facts_of(row, *_FACTS),
        powers=labels_of_codes(DelegatedPower, row.powers),
        sectors=labels_of_codes(Sector, row.sectors),
        form=form,
        may_end=row.ended_on is None and row.valid_to >= ctx.today,
        **files_part(ctx, DELEGATION, row.id),
    )
