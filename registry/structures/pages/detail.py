"""The page of one structure, of today and of the past: attributes, position, panels of other features, history."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from registry.accounts.models import OwnerCategory
from registry.accounts.queries import describe_holder
from registry.audit.access_log import log_access
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import allowed
from registry.kernel.errors import NotFound
from registry.kernel.fields import Field, display_value
from registry.kernel.geo.bounds import box_of
from registry.kernel.geo.coordinates import format_dms, format_vn2000, format_wgs84
from registry.kernel.i18n import _, format_number
from registry.structures import positions
from registry.structures.codes import Provenance, SharingStatus, Status
from registry.structures.forms import GROUPS, fields_for
from registry.structures.history import get_record, timeline_entries
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import ValueProblem, year_flag_of
from registry.structures.kinds.value_checks import warnings_of
from registry.structures.models import Structure
from registry.structures.pages.blueprint import bp, code_labels, moment
from registry.structures.pages.panels import (
    CELL_PANELS,
    HEAD_PARTS,
    Panel,
    Section,
    TimelineKind,
    data_of,
    panels_of,
    parts_of,
    past_panels_of,
)
from registry.structures.positions import geojson_of, given_of
from registry.structures.positions.mast_spacing import masts_too_near, shown_metres
from registry.structures.positions.moment import When, read_when
from registry.structures.positions.references import visible_values
from registry.structures.queries import get_coarse, get_code, get_structure
from registry.structures.writing.create_edit import current_values
from registry.structures.writing.locate import acceptance_bounds
from registry.territory.models import AdminUnit, UnitLevel
from registry.territory.queries import UnitHit, get_unit, units_at
from registry.territory.reforms import LAST_DISTRICT_DAY

#: Degrees around a structure on its small map, about 500 m.
_MARGIN = 0.005
_KEY_FACTS = 4
#: Entries of the timeline before the rest is folded.
_LATEST = 5
#: Panels of cases that share a line with the documents, two in a line.
_BRIEF_CASES = 5
STEPS = {
    "confirm": P.STRUCTURE_CONFIRM,
    "suspend": P.STRUCTURE_SUSPEND,
    "resume": P.STRUCTURE_SUSPEND,
    "decommission": P.STRUCTURE_DECOMMISSION,
}


def groups_of(kind: str, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The declared fields as text, group by group; a date of which only the year is known as a year."""
    fields = fields_for(kind)
    flags = {flag: field.name for field in fields.values() if (flag := year_flag_of(field, fields))}
    years = {name for flag, name in flags.items() if values.get(flag)}

    def text_of(field: Field) -> str:
        value = values.get(field.name)
        return str(value.year) if field.name in years and value is not None else display_value(field, value)

    return [
        {
            "code": code,
            "title": title,
            "rows": [
                (field.label, text_of(field), field.name)
                for field in fields.values()
                if field.group == code and field.name not in flags
            ],
        }
        for code, title in GROUPS
    ]


@dataclass(frozen=True)
class Completeness:
    """How many of the declared fields of a structure are filled."""

    filled: int
    of: int

    @property
    def percent(self) -> int:
        return self.filled * 100 // self.of

    @classmethod
    def over(cls, groups: list[dict[str, Any]]) -> Completeness:
        """Of the fields of all groups."""
        texts = [row[1] for group in groups for row in group["rows"]]
        return cls(sum(1 for text in texts if text), len(texts))


def key_facts(groups: list[dict[str, Any]]) -> list[tuple[Any, str]]:
    """The first facts of the kind that are known, for the head of the page."""
    rows = [row for group in groups if group["code"] in ("kind", "life") for row in group["rows"]]
    return [(label, text) for label, text, _name in rows if text][:_KEY_FACTS]


def position_of(ctx: Ctx, stated: Any) -> dict[str, Any]:
    """A position as given and in all systems, with the units of today and of the last day of districts."""
    if stated is None:
        raise NotFound
    shape = json.loads(stated.geojson)
    points = [shape["coordinates"]] if shape["type"] == "Point" else shape["coordinates"]
    (lon, lat), (last_lon, last_lat) = points[0], points[-1]
    x, y = format_vn2000(lon, lat)
    district, commune = units_at(
        ctx.session, lon, lat, [(UnitLevel.DISTRICT, LAST_DISTRICT_DAY), (UnitLevel.COMMUNE, ctx.today)]
    )
    return {
        "wgs84": format_wgs84(lon, lat),
        "dms": format_dms(lon, lat),
        "vn2000": f"X = {x}; Y = {y}",
        "end": format_wgs84(last_lon, last_lat) if len(points) > 1 else None,
        "points": len(points),
        "length_m": stated.length_m if len(points) > 1 else None,
        "given": stated.given_position,
        "srid": stated.given_srid,
        "operation": stated.position_operation,
        "bounds": box_of([shape], _MARGIN),
        "point": points[0] if len(points) == 1 else None,
        "district": district,
        "now": commune,
    }


def cell_of(ctx: Ctx, geojson: str | None) -> dict[str, Any]:
    """The cells that the actor may see, as an outline since neighbours may be drawn too, and their bounds."""
    if geojson is None:
        box = acceptance_bounds(ctx.session, ctx.today)
        return {"outline": None, "bounds": [box.west, box.south, box.east, box.north]}
    outline = json.loads(geojson)
    return {"outline": outline, "bounds": box_of([outline], _MARGIN)}


def past_page(ctx: Ctx, code: str, when: When) -> str:
    """The full page if the actor sees the structure exactly today, else kind, owner category and cell."""
    record = get_record(ctx, code, when)
    row = record.row
    time = moment(ctx, when)
    if not record.exact:
        cell = cell_of(ctx, geojson_of(ctx, row.id, when))
        return render_template("structures/coarse.html", row=row, moment=time, **cell, **code_labels())
    values = visible_values(ctx, row.kind, record.values["owner_organisation_id"], record.values)
    panels = past_panels_of(ctx, record, when)
    return render_template(
        "structures/past.html",
        row=row,
        kind=KINDS[row.kind],
        groups=groups_of(row.kind, values),
        position=position_of(ctx, given_of(ctx, row.id, when)),
        commune=get_unit(ctx.session, row.commune_then) if row.commune_then is not None else None,
        status=Status(values["status"]),
        sharing_status=SharingStatus(values["sharing_status"]),
        owner_category=OwnerCategory(values["owner_category"]),
        provenance=Provenance(values["provenance"]),
        confirmed_on=values["confirmed_on"],
        version=values["version"],
        moment=time,
        panels=panels,
        **data_of(panels),
        **code_labels(),
    )


@bp.get("/structures/by-id/<int:structure_id>", permission=P.PUBLIC)
def by_id(ctx: Ctx, structure_id: int) -> Response:
    """Redirect from the row number of a structure (map, files) to its page, of the same time."""
    when = read_when(request.args)
    address = url_for("structures.detail", code=get_code(ctx, structure_id, when))
    return redirect(f"{address}?{when.query}" if when is not None else address)


@bp.get("/structures/<code>", permission=P.PUBLIC)
def detail(ctx: Ctx, code: str) -> str:
    """The full page if the actor sees the structure exactly, else kind, owner category and cell; of any time."""
    when = read_when(request.args)
    if when is not None:
        return past_page(ctx, code, when)
    row = get_coarse(ctx, code)
    if not row.exact:
        cell = cell_of(ctx, positions.geojson_of(ctx, row.id))
        head, cell_panels = parts_of(ctx, row, HEAD_PARTS), parts_of(ctx, row, CELL_PANELS)
        return render_template(
            "structures/coarse.html",
            row=row,
            moment=moment(ctx, None),
            head=head,
            panels=cell_panels,
            **data_of((*head, *cell_panels)),
            **cell,
            **code_labels(),
        )
    structure = get_structure(ctx, code, KINDS[row.kind].model)
    head, panels = parts_of(ctx, row, HEAD_PARTS), panels_of(ctx, structure)
    groups = groups_of(
        structure.kind, visible_values(ctx, structure.kind, structure.owner_organisation_id, current_values(structure))
    )
    has_history = allowed(ctx, P.STRUCTURE_HISTORY, structure)
    changes = timeline_entries(ctx, structure) if has_history else []
    happened = [*changes, *(entry for panel in panels for entry in panel.entries)]
    happened.sort(key=lambda entry: entry["at"], reverse=True)
    position = position_of(ctx, positions.given_once(ctx, structure.id))
    return render_template(
        "structures/detail.html",
        structure=structure,
        kind=KINDS[structure.kind],
        groups=groups,
        key_facts=key_facts(groups),
        completeness=Completeness.over(groups),
        sections=_sections(panels),
        is_brief=_is_brief(panels),
        moment=moment(ctx, None),
        position=position,
        owner=describe_holder(ctx.session, structure.owner_organisation_id, row.owner_name, ctx.today),
        commune=_commune(ctx, structure, position["now"]),
        warnings=_warnings(ctx, structure),
        head=head,
        panels=panels,
        **data_of((*head, *panels)),
        timeline=happened,
        latest=_LATEST,
        entry_kinds=[kind for kind in TimelineKind if any(entry["kind"] == kind.code for entry in happened)],
        may={name: allowed(ctx, permission, structure) for name, permission in STEPS.items()},
        may_edit=allowed(ctx, P.STRUCTURE_EDIT, structure),
        **code_labels(),
    )


def _sections(panels: list[Panel]) -> list[tuple[Section, list[Panel]]]:
    """The parts of the page that have content, with their panels."""
    always = (Section.OVERVIEW, Section.TECHNICAL, Section.HISTORY)
    by_section = {section: [panel for panel in panels if panel.section is section] for section in Section}
    return [(section, panels) for section, panels in by_section.items() if panels or section in always]


def _is_brief(panels: list[Panel]) -> bool:
    """Whether cases and documents are short enough to share a line."""
    cases = sum(panel.section is Section.CASES for panel in panels)
    return 1 < cases <= _BRIEF_CASES and not any(panel.data.get("links") for panel in panels)


def _commune(ctx: Ctx, structure: Structure, now: UnitHit | None) -> UnitHit | AdminUnit | None:
    """The recorded commune; mostly it is the one that contains the place now, which is already read."""
    if structure.commune_id is None:
        return None
    return now if now is not None and now.id == structure.commune_id else get_unit(ctx.session, structure.commune_id)


def _warnings(ctx: Ctx, structure: Structure) -> list[ValueProblem]:
    warnings = warnings_of(ctx.session, KINDS[structure.kind], current_values(structure), ctx.today)
    if structure.outside_area:
        warnings.append(
            ValueProblem(
                "position", _("Công trình nằm ngoài địa bàn tỉnh, được quản trị cho phép ghi nhận."), blocks=False
            )
        )
    return [*warnings, *_too_near(ctx, structure)]


def _too_near(ctx: Ctx, structure: Structure) -> list[ValueProblem]:
    """Remarks for the owner and for those who see all structures on masts nearer than the rule allows."""
    if not (positions.sees_all(ctx) or structure.owner_organisation_id in ctx.actor.organisation_ids):
        return []
    rows = masts_too_near(ctx, structure)
    others = [row.owner_id for row in rows if row.owner_id != structure.owner_organisation_id]
    log_access(ctx, "mast_spacing", others, rows=len(others))
    return [
        ValueProblem(
            "position",
            _(
                "Cách cột %(code)s (%(owner)s) %(metres)s m, gần hơn khoảng cách tối thiểu %(required)s m giữa các cột"
                " ăng ten; phải xét dùng chung cột đó.",
                code=row.code,
                owner=row.owner,
                metres=format_number(shown_metres(row)),
                required=format_number(row.required),
            ),
            blocks=False,
        )
        for row in rows
    ]
