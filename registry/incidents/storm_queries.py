"""Reads of storms: what is out and what is restored, by organisation and by commune; the files sent."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, func, select

from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import get_visible, visible
from registry.incidents.models import Incident, Storm, StormFile
from registry.incidents.public_place import unit_for
from registry.incidents.workflow import INCIDENT
from registry.kernel.clock import LOCAL_ZONE
from registry.kernel.i18n import _
from registry.structures.models import Structure
from registry.territory.models import AdminUnit
from registry.workflow.lists import overdue_clause

_MOST_FILES: Final = 50


def list_storms(ctx: Ctx) -> Sequence[Row[Any]]:
    """All storms, those that go on first, with the incidents of each that the actor may follow."""
    counted = (
        select(Incident.storm_id, func.count().label("count"), _out().label("out"))
        .where(Incident.storm_id.is_not(None), visible(ctx, Incident, P.INCIDENT_FOLLOW))
        .group_by(Incident.storm_id)
        .subquery()
    )
    query = select(
        Storm, func.coalesce(counted.c.count, 0).label("count"), func.coalesce(counted.c.out, 0).label("out")
    )
    query = query.outerjoin(counted, counted.c.storm_id == Storm.id)
    return ctx.session.execute(query.order_by(Storm.ended_at.desc().nulls_first(), Storm.id.desc())).all()


def counts_by_organisation(ctx: Ctx, storm_id: int) -> Sequence[Row[Any]]:
    """Organisation -> incidents reported, out, restored and overdue, and the last change; those it may follow."""
    query = _counts(ctx, storm_id, Organisation.id, Organisation.short_name.label("name"))
    query = query.join(Organisation, Organisation.id == Incident.organisation_id)
    return ctx.session.execute(query.group_by(Organisation.id).order_by(_out().desc(), Organisation.short_name)).all()


def counts_by_unit(ctx: Ctx, storm_id: int) -> Sequence[Row[Any]]:
    """The same by commune."""
    query = _counts(ctx, storm_id, AdminUnit.id, AdminUnit.name)
    query = query.join(AdminUnit, AdminUnit.id == unit_for(ctx))
    return ctx.session.execute(query.group_by(AdminUnit.id).order_by(_out().desc(), AdminUnit.name)).all()


def _counts(ctx: Ctx, storm_id: int, *columns: Any) -> Any:
    late = func.count().filter(Incident.safe_at.is_(None), overdue_clause(ctx, INCIDENT))
    return (
        select(
            *columns,
            func.count().label("reported"),
            _out().label("out"),
            func.count().filter(Incident.was_made_safe_rule()).label("restored"),
            late.label("late"),
            func.max(Incident.state_since).label("changed_at"),
        )
        .select_from(Incident)
        .where(Incident.storm_id == storm_id, visible(ctx, Incident, P.INCIDENT_FOLLOW))
    )


def _out() -> Any:
    return func.count().filter(Incident.is_unsafe_rule())


def list_files(ctx: Ctx, storm_id: int) -> Sequence[Row[Any]]:
    """The newest files of a storm that the actor may read, with their senders."""
    query = (
        select(StormFile, Organisation.short_name.label("organisation"), UserAccount.full_name.label("sender"))
        .outerjoin(Organisation, Organisation.id == StormFile.organisation_id)
        .outerjoin(UserAccount, UserAccount.id == StormFile.sent_by_id)
        .where(StormFile.storm_id == storm_id, visible(ctx, StormFile, P.INCIDENT_BULK))
    )
    return [*ctx.session.execute(query.order_by(StormFile.id.desc()).limit(_MOST_FILES))]


def get_file(ctx: Ctx, file_id: int) -> StormFile:
    """A file that the actor may read; NotFound otherwise."""
    message = _("Không có danh sách này, hoặc không có quyền xem.")
    storm_file: StormFile = get_visible(ctx, StormFile, P.INCIDENT_BULK, StormFile.id == file_id, message=message)
    return storm_file


def list_out(ctx: Ctx, storm_id: int) -> list[tuple[str, str, str, str]]:
    """Code, organisation, kind and beginning of what is still out, for the list to be sent back."""
    query = (
        select(Structure.code, Organisation.short_name, Incident.kind, Incident.began_at)
        .join(Structure, Structure.id == Incident.structure_id)
        .join(Organisation, Organisation.id == Incident.organisation_id)
        .where(Incident.storm_id == storm_id, Incident.is_unsafe_rule(), visible(ctx, Incident, P.INCIDENT_FOLLOW))
        .order_by(Organisation.short_name, Structure.code)
    )
    return [
        (code, name, str(kind.label), f"{began.astimezone(LOCAL_ZONE):%d/%m/%Y %H:%M}" if began else "")
        for code, name, kind, began in ctx.session.execute(query)
    ]
