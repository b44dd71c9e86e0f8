"""Sample cases, made by the services as their actors make them, so that every desk has something to do.

Days are counted back from the day of making: the same day gives the same cases.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from registry.accounts.actor import actor_of
from registry.accounts.models import Organisation, UserAccount
from registry.authz.actors import SYSTEM_ACTOR, Actor, Ctx
from registry.capacity.models import CapacityPlace
from registry.colocation.codes import RefusalGround
from registry.colocation.commands import EditItem, EditRequest, StartRequests
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.service import edit_item, edit_request, start_requests
from registry.colocation.workflow import COLOCATION
from registry.demo import case_words as words
from registry.kernel.clock import LOCAL_ZONE, local_date, utc_now
from registry.kernel.db.session import Database
from registry.structures import positions
from registry.structures.codes import PUBLISHED, Status
from registry.structures.models import Structure
from registry.workflow.definition import Workflow
from registry.workflow.engine import fire, fire_by_clock, lock_case

_ORIGIN: Final = "demo"
_MORNING: Final = time(9, 30)
#: Long after the owner's answer was due.
_SILENT: Final = 40
#: Kinds that carry others' cables.
POLES: Final = ("power_pole_shared",)


@dataclass
class Stage:
    """Where the cases are played: the database, the moment of making, and how many steps were played already."""

    database: Database
    now: datetime = field(default_factory=utc_now)
    steps: int = 0

    def moment(self, days: int) -> datetime:
        """So many days ago in the morning, each step a minute after the one before; 0 is the present."""
        if days == 0:
            return utc_now()
        self.steps += 1
        day = local_date(self.now) - timedelta(days=days)
        return datetime.combine(day, _MORNING, LOCAL_ZONE) + timedelta(minutes=self.steps)

    @contextmanager
    def acting(self, username: str, days: int) -> Iterator[Ctx]:
        """A transaction of one of the demonstration's accounts, so many days ago."""
        moment = self.moment(days)

        def actor(session: Session) -> Actor:
            return actor_of(session, _account(session, username), moment)

        with self.database.transaction(actor, now=moment, origin=_ORIGIN) as ctx:
            yield ctx

    def move(self, username: str, days: int, workflow: Workflow, case_id: int, name: str, **data: Any) -> None:
        """One step of a case by one of the accounts."""
        with self.acting(username, days) as ctx:
            version = ctx.session.scalars(select(workflow.model.version).where(workflow.model.id == case_id)).one()
            fire(ctx, workflow, case_id, name, data, version=version)

    def lapse(self, days: int, workflow: Workflow, case_id: int, name: str) -> None:
        """The step that the job of the clocks makes where nobody acted."""
        machine: Actor = SYSTEM_ACTOR
        with self.database.transaction(machine, now=self.moment(days), origin=_ORIGIN) as ctx:
            fire_by_clock(ctx, workflow, lock_case(ctx, workflow, case_id), name)


@dataclass(frozen=True)
class Spot:
    """A sample structure of the commune that the demonstration's committee governs."""

    code: str
    lon: float
    lat: float


def play_requests(stage: Stage) -> None:
    """Requests in all the states in which somebody has work to do."""
    towers = {owner: iter(shareable(stage, asker, owner, ("antenna_tower",))) for asker, owner in _PAIRS}
    poles = iter(shareable(stage, "vnpt", "pc_thanhhoa", POLES))
    filed_request(stage, "vnpt", 2, next(towers["viettel"]))
    filed_request(stage, "viettel", 1, next(towers["vnpt"]))
    filed_request(stage, "viettel", 3, next(poles))
    back = filed_request(stage, "vnpt", 4, next(poles), next(poles))
    stage.move("dienluc", 1, COLOCATION, back, "return", missing=words.MISSING)
    stage.lapse(1, COLOCATION, filed_request(stage, "viettel", _SILENT, next(poles)), "lapse")
    refused = filed_request(stage, "viettel", 5, next(towers["vnpt"]))
    items = items_of_request(stage, refused)
    ground = {"ground": RefusalGround.OFF_PLAN, "files": []}
    stage.move("vnpt", 2, COLOCATION, refused, "reject", items=items, **ground, **words.REFUSAL)
    # What is held is counted from now on: places have no past of their own.
    accepted = filed_request(stage, "vnpt", 6, next(towers["viettel"]), next(towers["viettel"]))
    stage.move("viettel", 0, COLOCATION, accepted, "accept", items=items_of_request(stage, accepted), answer=None)
    # Of an owner whom nobody else asks: who asks the same owner again goes on with the draft.
    with stage.acting("vnpt", 1) as ctx:
        start_requests(ctx, StartRequests((next(towers["thap_xu_thanh"]),)))


#: Who asks whom for towers.
_PAIRS: Final = (("vnpt", "viettel"), ("viettel", "vnpt"), ("vnpt", "thap_xu_thanh"))


def spots(stage: Stage) -> list[Spot]:
    """Sample structures where both the inspector and the committee of the commune have their area, by code."""
    with stage.acting("ubnd.xa", 0) as ctx:
        seen = positions.readable(ctx)
        middle = func.ST_Centroid(seen.c.geom)
        query = (
            select(seen.c.code, func.ST_X(middle).label("lon"), func.ST_Y(middle).label("lat"))
            .where(seen.c.exact, seen.c.is_sample, seen.c.commune_id.in_(ctx.actor.unit_ids))
            .order_by(seen.c.own_code)
        )
        return [Spot(row.code, row.lon, row.lat) for row in positions.run(ctx, query)]


def _account(session: Session, username: str) -> UserAccount:
    query = select(UserAccount).where(UserAccount.username == username).options(joinedload(UserAccount.organisation))
    return session.scalars(query).one()


def shareable(stage: Stage, asker: str, owner: str, kinds: tuple[str, ...]) -> list[str]:
    """Codes of an owner's sample structures with room for others, by its own codes."""
    with stage.acting(asker, 0) as ctx:
        query = (
            select(Structure.code)
            .join(Organisation, Organisation.id == Structure.owner_organisation_id)
            .where(
                Organisation.code == owner,
                Structure.is_sample,
                Structure.kind.in_(kinds),
                Structure.status == Status.ACTIVE,
                Structure.sharing_status.in_(PUBLISHED),
                Structure.id.in_(select(CapacityPlace.structure_id).where(CapacityPlace.free >= 1)),
            )
            .order_by(Structure.own_code)
        )
        return list(ctx.session.scalars(query))


def filed_request(stage: Stage, asker: str, days: int, *codes: str) -> int:
    """The id of a request that was filled in and sent so many days ago."""
    with stage.acting(asker, days) as ctx:
        (request,) = start_requests(ctx, StartRequests(codes))
        wanted_from = local_date(stage.now) + timedelta(days=60)
        content = words.REQUEST | {"contact_name": words.CONTACTS[asker], "wanted_from": wanted_from}
        edit_request(ctx, EditRequest(request.id, request.version, content))
        for item in _items_of(ctx, request):
            kind = ctx.session.scalars(select(Structure.kind).where(Structure.id == item.structure_id)).one()
            values = words.ON_A_POLE if kind in POLES else words.ON_A_MAST
            place = (
                select(CapacityPlace.id)
                .where(CapacityPlace.structure_id == item.structure_id, CapacityPlace.free >= 1)
                .order_by(CapacityPlace.id)
                .limit(1)
            )
            edit_item(ctx, EditItem(request.id, item.id, request.version, ctx.session.scalar(place), values))
        fire(ctx, COLOCATION, request.id, "submit", {}, version=request.version)
        return request.id


def _items_of(ctx: Ctx, request: ColocationRequest) -> list[ColocationItem]:
    query = select(ColocationItem).where(ColocationItem.request_id == request.id).order_by(ColocationItem.id)
    return list(ctx.session.scalars(query))


def items_of_request(stage: Stage, request_id: int) -> list[int]:
    """The ids of the items of a request."""
    with stage.acting("so.khcn", 0) as ctx:
        query = select(ColocationItem.id).where(ColocationItem.request_id == request_id)
        return list(ctx.session.scalars(query))
