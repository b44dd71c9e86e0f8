"""Pages of cables: the structures that carry one, the cables over a structure, the list behind undergrounding."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, url_for

from registry.authz.actors import Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.authz.scopes import allowed, require
from registry.cables.carriers import recorded_findings
from registry.cables.figures import sums_of
from registry.cables.forms import MembersForm
from registry.cables.list_view import CABLES, PART_LABELS, filter_of
from registry.cables.queries import MemberView, list_members, list_members_at, list_occupants, member_codes
from registry.cables.rules import laying_of, laying_remark
from registry.cables.service import set_members
from registry.capacity.queries import may_see_holders
from registry.kernel.errors import NotFound
from registry.kernel.forms.answers import Page, flash_done
from registry.kernel.forms.submit import submit
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _
from registry.kernel.lists.page import list_page
from registry.structures import positions
from registry.structures.history import HistoryRecord
from registry.structures.kinds import HOSTS, KINDS
from registry.structures.kinds.cable_route import CableRoute
from registry.structures.models import Structure
from registry.structures.pages.blueprint import STATUS_TONES
from registry.structures.pages.panels import Panel, Section
from registry.structures.positions.moment import When
from registry.structures.queries import get_structure

bp = GuardedBlueprint("cables", __name__, errors=html_errors)

_MEMBERS = "cables/members_panel.html"


def members_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The structures that carry a cable, in order; None for other kinds."""
    if not isinstance(structure, CableRoute):
        return None
    members = list_members(ctx, structure)
    data = _members_data(members)
    remark = laying_remark(structure.laying, data["cable_derived"])
    may_edit = allowed(ctx, P.STRUCTURE_EDIT, structure)
    data |= {"cable_remark": remark, "may_edit_members": may_edit}
    if members and (may_edit or positions.sees_all(ctx)):
        data["cable_findings"] = [finding.sentence for finding in recorded_findings(ctx, structure.id)]
    return Panel("cable-members", _MEMBERS, data, Section.CAPACITY)


def past_members_panel(ctx: Ctx, record: HistoryRecord, when: When) -> Panel | None:
    """The structures that carried a cable, in order; None for other kinds."""
    if KINDS[record.row.kind].model is not CableRoute:
        return None
    data = _members_data(list_members_at(ctx, record.row.id, record.row.code, when))
    return Panel("cable-members", _MEMBERS, data | {"cable_time": when.address})


def _members_data(members: list[MemberView]) -> dict[str, Any]:
    derived = laying_of(member.kind for member in members if member.kind)
    data = {"cable_members": members, "cable_derived": derived, "cable_kinds": KINDS, "cable_time": {}}
    return data | {"cable_remark": None, "cable_findings": [], "may_edit_members": False}


def occupants_panel(ctx: Ctx, structure: Structure) -> Panel | None:
    """The cables over a structure, as far as the reader may know them; None where there are none."""
    if structure.kind not in HOSTS:
        return None
    cables = list_occupants(ctx, structure)
    if not cables:
        return None
    data = {
        "cables_over": cables,
        "cables_all": may_see_holders(ctx, structure),
        "cable_tones": STATUS_TONES,
    }
    return Panel("cables-over", "cables/occupants_panel.html", data, Section.CAPACITY)


@bp.get("/structures/<code>/members", permission=P.STRUCTURE_EDIT)
def members(ctx: Ctx, code: str) -> str:
    """The form with the current list."""
    cable = _editable(ctx, code)
    typed = {"members": "\n".join(member_codes(ctx.session, cable)), "version": str(cable.version)}
    return _form_page(MembersForm(formdata=None, data=typed), cable)


@bp.post("/structures/<code>/members", permission=P.STRUCTURE_EDIT, endpoint="members_post")
def members_post(ctx: Ctx, code: str) -> Page:
    """Replace the list, or show it again with every wrong code (422) or with a concurrent change (409)."""
    cable, form = _editable(ctx, code), MembersForm()
    saved = submit(ctx, form, lambda: set_members(ctx, form.to_command(code)), current=cable)
    if saved is None:
        return _form_page(form, cable), form.refusal_status
    flash_done(ctx, _("Đã lưu các công trình mà tuyến cáp %(code)s đi qua.", code=code))
    return redirect(url_for("structures.detail", code=code) + "#cable-members", code=303)


def _editable(ctx: Ctx, code: str) -> CableRoute:
    """The cable; the permission is checked before the form."""
    structure = get_structure(ctx, code)
    require(ctx, P.STRUCTURE_EDIT, structure)
    if not isinstance(structure, CableRoute):
        raise NotFound(_("%(code)s không phải tuyến cáp nên không có danh sách công trình mà cáp đi qua.", code=code))
    return structure


def _form_page(form: MembersForm, cable: CableRoute) -> str:
    return render_template("cables/form.html", form=form, structure=cable)


@bp.get("/cables", permission=P.DASHBOARD_READ)
def index(ctx: Ctx) -> str:
    """The cables in use on a day, with their lengths: the list behind the share underground."""
    listing = list_page(ctx, CABLES)
    views = [
        {
            "label": label,
            "url": listing.address({**listing.chosen, "laying": part}),
            "active": part == listing.chosen["laying"],
        }
        for part, label in PART_LABELS.items()
    ]
    return render_template(
        "cables/index.html",
        listing=listing,
        on=listing.chosen["on"],
        title=PART_LABELS[listing.chosen["laying"]],
        views=views,
        sums=sums_of(ctx, filter_of(listing.chosen)),
        knows_as_of=True,
    )
