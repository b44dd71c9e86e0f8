"""The page of one structure as it was: the same facts, and nothing that can be changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import render_template

from registry.accounts.models import OwnerCategory
from registry.authz.actors import Ctx
from registry.structures.codes import Provenance, SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.pages.blueprint import words
from registry.structures.pages.facts import cell_of, groups_of, position_of
from registry.structures.panels import past_panels_of
from registry.structures.past.positions import geojson_at, given_at
from registry.structures.past.records import get_record
from registry.structures.past.when import AS_OF, RECORDED_AT, When, known_text
from registry.structures.references import visible_values
from registry.territory.queries import get_unit


def past_page(ctx: Ctx, code: str, when: When) -> str:
    """The full page for who sees the structure exactly today, else kind, owner category and cell."""
    record = get_record(ctx, code, when)
    row = record.row
    time = moment(ctx, when)
    if not record.exact:
        cell = cell_of(ctx, geojson_at(ctx, when, row.id))
        return render_template("structures/coarse.html", row=row, moment=time, **cell, **words())
    values = visible_values(ctx, row.kind, record.values["owner_organisation_id"], record.values)
    panels = past_panels_of(ctx, record, when)
    return render_template(
        "structures/past.html",
        row=row,
        kind=KINDS[row.kind],
        groups=groups_of(row.kind, values),
        position=position_of(ctx, given_at(ctx, when, row.id)),
        commune=get_unit(ctx.session, row.commune_then) if row.commune_then is not None else None,
        status=Status(values["status"]),
        sharing_status=SharingStatus(values["sharing_status"]),
        owner_category=OwnerCategory(values["owner_category"]),
        provenance=Provenance(values["provenance"]),
        confirmed_on=values["confirmed_on"],
        version=values["version"],
        moment=time,
        panels=panels,
        **{name: value for panel in panels for name, value in panel.data.items()},
        **words(),
    )


def moment(ctx: Ctx, when: When | None, pairs: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    """What the control and the banner of a page show; `pairs` are the other arguments of its address, to be kept."""
    return {
        "sentence": when.words(ctx.now) if when is not None else None,
        AS_OF: when.as_of if when is not None else None,
        RECORDED_AT: known_text(when.recorded_at) if when is not None and when.recorded_at is not None else "",
        "pairs": [(name, value) for name, value in pairs if value and name not in (AS_OF, RECORDED_AT, "cursor")],
        "query": when.query if when is not None else "",
    }
