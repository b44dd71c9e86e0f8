"""The list of incidents."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import aliased

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import visible
from registry.incidents.case_facts import organisation_names
from registry.incidents.codes import Agency, IncidentKind, Severity
from registry.incidents.models import Incident, Storm
from registry.incidents.public_place import shown_point, unit_for
from registry.incidents.workflow import INCIDENT
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.fields import labels_of
from registry.kernel.i18n import _, _l
from registry.kernel.lists.columns import Column, On, declared_columns
from registry.kernel.lists.filters import Chosen, Day, Entity, Flag, MultiChoice
from registry.structures.nearby.corridor import StreetCorridor, corridor_filter
from registry.territory.models import AdminUnit
from registry.territory.queries import commune_choices
from registry.workflow.lists import case_list, count_query

_owner = aliased(Organisation)
_LABELS: Final = labels_of(Incident)


def _joined(ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    # Who only uses the structure does not learn who was made responsible.
    named = case((visible(ctx, Incident, P.INCIDENT_FOLLOW), _owner.short_name))
    return (
        query.add_columns(AdminUnit.name.label("unit_name"), named.label("owner"))
        .select_from(Incident)
        .outerjoin(AdminUnit, AdminUnit.id == unit_for(ctx))
        .outerjoin(_owner, _owner.id == Incident.organisation_id)
    )


def _with_place(ctx: Ctx, _chosen: Chosen, query: Select[Any]) -> Select[Any]:
    """The place of those reported with a position, exact or the middle of its public cell."""
    return query.add_columns(func.ST_AsBinary(shown_point(ctx), "NDR").label("wkb"))


def _remark(_ctx: Ctx, row: Any) -> str:
    incident = row.Incident
    remarks = [row.unit_name or "", row.owner or ""]
    if incident.severity is Severity.URGENT:
        remarks.insert(0, _("Khẩn cấp"))
    if incident.is_repeated:
        remarks.append(_("lặp lại tại vị trí này"))
    return " · ".join(part for part in remarks if part)


def _owner_options(ctx: Ctx) -> list[tuple[int, str]]:
    return sorted(organisation_names(ctx).items(), key=lambda item: item[1])


def _owner_name(ctx: Ctx, number: int) -> str | None:
    return organisation_names(ctx).get(number)


def _unit_name(ctx: Ctx, number: int) -> str | None:
    unit = ctx.session.get(AdminUnit, number)
    return None if unit is None else unit.name


def _storm_options(ctx: Ctx) -> list[tuple[int, str]]:
    rows = ctx.session.execute(select(Storm.id, Storm.name).order_by(Storm.id.desc()))
    return [(row.id, row.name) for row in rows]


def _storm_name(ctx: Ctx, number: int) -> str | None:
    storm = ctx.session.get(Storm, number)
    return None if storm is None else storm.name


def _is_open() -> ColumnElement[bool]:
    return Incident.state.in_(INCIDENT.open_states)


def count_on_street(ctx: Ctx, corridor: StreetCorridor) -> Select[Any]:
    """The number of the incidents within a corridor that are not closed, by the place that the actor may know."""
    return count_query(ctx, INCIDENT, _is_open(), corridor.holds(shown_point(ctx)))


INCIDENTS: Final = case_list(
    INCIDENT,
    code="incidents",
    file_label=_l("Danh sách sự cố"),
    stem="su-co",
    joined=_joined,
    remark=_remark,
    for_files=_with_place,
    geometry=lambda row: None if row.wkb is None else bytes(row.wkb),
    geometry_column="wkb",
    columns=(
        *declared_columns(Incident, "kind", "severity", row="Incident", on=On.FILES),
        Column("unit_name", _l("Xã, phường"), sort="unit_name", optional=True),
        Column("owner", _l("Đơn vị chịu trách nhiệm"), sort="owner", optional=True),
        Column("is_repeated", _l("Lặp lại tại một chỗ"), "Incident.is_repeated", bool, on=On.FILES),
        *declared_columns(
            Incident,
            *("agency", "reported_at", "began_at", "safe_at", "fixed_at", "cause"),
            row="Incident",
            on=On.FILES,
        ),
    ),
    filters=(
        Flag(
            "open",
            _l("Chưa đóng"),
            chip=_l("Hồ sơ"),
            text=_l("chưa đóng"),
            hidden=True,
            where=lambda _ctx, _on: _is_open(),
        ),
        corridor_filter(shown_point),
        MultiChoice("kind", _LABELS["kind"], options=IncidentKind, where=lambda _ctx, kinds: Incident.kind.in_(kinds)),
        MultiChoice(
            "agency",
            _LABELS["agency"],
            options=Agency,
            where=lambda _ctx, filter_values: Incident.agency.in_(filter_values),
        ),
        Flag(
            "urgent",
            _l("Khẩn cấp"),
            chip=_LABELS["severity"],
            text=_l("khẩn cấp"),
            where=lambda _ctx, _on: Incident.severity == Severity.URGENT,
        ),
        Flag(
            "repeated",
            _l("Lặp lại tại một chỗ"),
            chip=_l("Lặp lại"),
            text=_l("có"),
            where=lambda _ctx, _on: Incident.is_repeated.is_(True),
        ),
        Flag(
            "unsafe",
            _l("Chưa bảo đảm an toàn"),
            chip=_l("An toàn"),
            text=_l("chưa bảo đảm"),
            where=lambda _ctx, _on: Incident.is_unsafe_rule(),
        ),
        Flag(
            "made_safe",
            _l("Đã bảo đảm an toàn"),
            chip=_l("Thời gian"),
            text=_l("đã bảo đảm an toàn"),
            where=lambda _ctx, _on: Incident.was_made_safe_rule(),
        ),
        Entity(
            "unit",
            _l("Xã, phường"),
            named=_unit_name,
            options=lambda ctx: commune_choices(ctx.session, ctx.today),
            where=lambda ctx, number: unit_for(ctx) == number,
        ),
        Entity(
            "owner",
            _l("Đơn vị chịu trách nhiệm"),
            named=_owner_name,
            options=_owner_options,
            where=lambda ctx, number: and_(
                Incident.organisation_id == number, visible(ctx, Incident, P.INCIDENT_FOLLOW)
            ),
        ),
        Flag(
            "no_owner",
            _l("Chưa rõ đơn vị chịu trách nhiệm"),
            chip=_l("Đơn vị chịu trách nhiệm"),
            text=_l("chưa rõ"),
            where=lambda ctx, _on: and_(Incident.organisation_id.is_(None), visible(ctx, Incident, P.INCIDENT_FOLLOW)),
        ),
        Entity(
            "storm",
            _l("Đợt thiên tai"),
            named=_storm_name,
            options=_storm_options,
            where=lambda _ctx, number: Incident.storm_id == number,
        ),
        Day(
            "since",
            _l("Phản ánh từ ngày"),
            where=lambda _ctx, day: Incident.reported_at >= datetime.combine(day, time.min, tzinfo=LOCAL_ZONE),
        ),
    ),
)
