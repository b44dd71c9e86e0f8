"""Places and occupants on a structure's page, and the forms of its owner."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.capacity.card import slot_sums
from registry.capacity.forms import EndEntryForm, EntryForm, EntryKind, PlaceForm, place_as_typed
from registry.capacity.queries import get_entry_owner, list_places, list_places_at, may_see_holders, place_labelled
from registry.capacity.rules import out_of_service
from registry.capacity.service import add_entry, end_entry, set_place
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.base import BaseForm
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.structures.history import HistoryRecord
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.models import Structure
from registry.structures.pages.panels import Panel, Section
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure

bp = GuardedBlueprint("capacity", __name__, errors=html_errors)


def capacity_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The places of a structure; entries for actors who may know the holders. None for kinds without places."""
    if structure.kind not in HOSTS:
        return None
    places = list_places(ctx, structure)
    data = {
        "places": places,
        "may_edit_capacity": allowed(ctx, P.CAPACITY_EDIT, structure),
        "takes_no_more": out_of_service(structure.code, structure.status),
        "sees_holders": may_see_holders(ctx, structure),
        "slot_sums": slot_sums(slot for slot in places if not slot.is_unplaced),
    }
    return Panel("capacity", "capacity/panel.html", data, Section.CAPACITY, "capacity/_head.html")


def past_capacity_panel(ctx: Ctx, record: HistoryRecord, when: When) -> Panel | None:
    """The places of a structure as they were, without entries."""
    if record.row.kind not in HOSTS:
        return None
    places = list_places_at(ctx, record.row.id, when)
    data = {"places": places, "may_edit_capacity": False, "sees_holders": True}
    return Panel("capacity", "capacity/panel.html", data)


@bp.get("/structures/<code>/places/new", permission=P.CAPACITY_EDIT)
def place(ctx: Ctx, code: str) -> str:
    """The form of a place: new, or filled with the place that `label` names."""
    structure = _editable(ctx, code)
    slot = place_labelled(ctx, structure, request.args.get("label", ""))
    form = PlaceForm(formdata=None) if slot is None else PlaceForm(formdata=None, data=place_as_typed(slot))
    return _form_page(ctx, structure, form, _place_title(form))


@bp.post("/structures/<code>/places/new", permission=P.CAPACITY_EDIT, endpoint="place_post")
def place_post(ctx: Ctx, code: str) -> Page:
    """Add a place, or change the one with this label."""
    structure, form = _editable(ctx, code), PlaceForm()
    return _saved(ctx, structure, form, lambda: set_place(ctx, form.to_command(code)), _place_title(form))


@bp.get("/structures/<code>/entries/new", permission=P.CAPACITY_EDIT)
def entry(ctx: Ctx, code: str) -> str:
    """The form of an occupant; `cable` names the entry of a passing cable, for which it starts filled in.

    What is declared for its owner takes the place of that entry in the ledger.
    """
    structure = _editable(ctx, code)
    form = EntryForm(formdata=None, data=_use_of_cable(ctx, structure, request.args.get("cable", "")))
    return _form_page(ctx, structure, form, _("Ghi đơn vị sử dụng"))


def _use_of_cable(ctx: Ctx, structure: Structure, entry_id: str) -> dict[str, str]:
    listed = (entry for slot in list_places(ctx, structure) for entry in slot.entries)
    entry = next((entry for entry in listed if entry.of_cable and str(entry.id) == entry_id), None)
    if entry is None:
        return {}
    return {
        "state": EntryKind.USED.value,
        "quantity": str(entry.quantity),
        "holder": entry.holder,
        "equipment": entry.equipment,
    }


@bp.post("/structures/<code>/entries/new", permission=P.CAPACITY_EDIT, endpoint="entry_post")
def entry_post(ctx: Ctx, code: str) -> Page:
    """Add an entry to a place."""
    structure, form = _editable(ctx, code), EntryForm()
    return _saved(ctx, structure, form, lambda: add_entry(ctx, form.to_command(code)), _("Ghi đơn vị sử dụng"))


@bp.get("/structures/<code>/entries/<int:entry_id>/end", permission=P.CAPACITY_EDIT)
def entry_end(ctx: Ctx, code: str, entry_id: int) -> str:
    """The form of the last day of an entry."""
    structure = _editable(ctx, code)
    get_entry_owner(ctx, entry_id, code)
    return _form_page(ctx, structure, EndEntryForm(formdata=None), _("Kết thúc sử dụng"))


@bp.post("/structures/<code>/entries/<int:entry_id>/end", permission=P.CAPACITY_EDIT, endpoint="entry_end_post")
def entry_end_post(ctx: Ctx, code: str, entry_id: int) -> Page:
    """End an entry; its units are free again."""
    structure, form = _editable(ctx, code), EndEntryForm()
    get_entry_owner(ctx, entry_id, code)
    return _saved(ctx, structure, form, lambda: end_entry(ctx, form.to_command(entry_id)), _("Kết thúc sử dụng"))


def _place_title(form: PlaceForm) -> str:
    return _("Sửa vị trí lắp đặt") if form.known.data else _("Khai vị trí lắp đặt")


def _editable(ctx: Ctx, code: str) -> Structure:
    """The structure; the permission is checked before the form."""
    structure = get_structure(ctx, code)
    require(ctx, P.CAPACITY_EDIT, structure)
    return structure


def _saved(ctx: Ctx, structure: Structure, form: BaseForm, call: Callable[[], Any], title: str) -> Page:
    saved = submit(ctx, form, call)
    if saved is None:
        return _form_page(ctx, structure, form, title), form.refusal_status
    flash_done(ctx, _("Đã lưu sức chứa của công trình %(code)s.", code=structure.code))
    return redirect(url_for("structures.detail", code=structure.code) + "#capacity", code=303)


def _form_page(ctx: Ctx, structure: Structure, form: BaseForm, title: str) -> str:
    places = [item.label for item in list_places(ctx, structure)]
    if isinstance(form, PlaceForm):
        form.offer_units(KINDS[structure.kind])
    return render_template("capacity/form.html", form=form, structure=structure, title=title, places=places)
