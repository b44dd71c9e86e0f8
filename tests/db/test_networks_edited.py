"""Networks of three owners, edited at random: ledger and cables stay one, every owner concerned has its notice."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from registry.audit.chain import record
from registry.cables.carriers import CARRIERS, find_broken, recorded_routes
from registry.cables.commands import SetMembers
from registry.cables.service import set_members
from registry.capacity.commands import AddEntry, EndEntry, SetPlace
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState, PlaceUnit
from registry.capacity.service import add_entry, end_entry, set_place
from registry.kernel.errors import DomainError
from registry.notices.models import Notice
from registry.structures import positions
from registry.structures.codes import Status
from registry.structures.commands import ChangeStatus, EditStructure
from registry.structures.filtering.checks import CHECKS
from registry.structures.models import Structure
from registry.structures.queries import get_structure
from registry.structures.relations import Hardness
from registry.structures.writing import decommission, edit_structure, resume, revert_change, suspend
from tests.factories.cables import LAT, LON, cable
from tests.factories.structures import make
from tests.support.cable_ledger import ledger_differences, uses
from tests.support.rounds import sizes

#: Account -> code of its organisation.
OWNERS = {"viettel": "viettel", "vnpt": "vnpt", "dienluc": "pc_thanhhoa"}
HUNG = "Vị trí treo cáp"


class Network:
    """Poles, ducts and cables of three owners along one street."""

    def __init__(self, ctx_of, chance, steps):
        self.ctx_of, self.chance, self.steps = ctx_of, chance, steps
        self.poles, self.cables = {}, {}
        for number, owner in enumerate(OWNERS):
            with ctx_of(owner) as ctx:
                poles = [self._pole(ctx, owner, 3 * step + number) for step in range(2)]
                self.poles[owner] = [pole.code for pole in poles]
                self.cables[owner] = [cable(ctx, *chance.sample(poles, chance.randint(0, 2)), owner=OWNERS[owner]).code]

    def _pole(self, ctx, owner, step):
        kind = self.chance.choice(("cable_pole", "cable_pole", "manhole"))
        at = (LON + step * 0.0003, LAT + step * 0.0003)
        pole = make(ctx, owner=OWNERS[owner], kind=kind, sharing_status="available", at=at)
        if self.chance.random() < 0.5:
            set_place(ctx, SetPlace(pole.code, HUNG, PlaceUnit.CABLE, self.chance.choice((None, 1, 3))))
        return pole

    def every_pole(self):
        return [code for codes in self.poles.values() for code in codes]

    def route(self, ctx, owner):
        route = get_structure(ctx, self.chance.choice(self.cables[owner]))
        codes = self.chance.sample(self.every_pole(), self.chance.randint(0, 4))
        set_members(ctx, SetMembers(route.code, route.version, tuple(codes), reason="thử"))

    def kill(self, ctx, owner):
        route = get_structure(ctx, self.chance.choice(self.cables[owner]))
        values = self.chance.choice(
            (
                {"removed_on": ctx.today},
                {"dead_flag": True, "dead_on": ctx.today, "dead_evidence": "khảo sát"},
                {"sharing_status": "restricted", "restriction_basis": "Công văn 1"},
                {"sharing_status": "not_applicable"},
            )
        )
        edit_structure(ctx, EditStructure(route.code, route.version, values))

    def lay(self, ctx, owner):
        self.cables[owner].append(cable(ctx, *self.chance.sample(self.every_pole(), 2), owner=OWNERS[owner]).code)

    def declare(self, ctx, owner):
        code = self.chance.choice(self.poles[owner])
        add_entry(
            ctx, AddEntry(code, HUNG, self.chance.randint(1, 2), holder=self.chance.choice(("", *OWNERS.values())))
        )

    def end(self, ctx, owner):
        ids = (
            select(CapacityEntry.id)
            .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
            .join(Structure, Structure.id == CapacityPlace.structure_id)
            .where(Structure.code.in_(self.poles[owner]), CapacityEntry.state == EntryState.USED)
        )
        if listed := ctx.session.scalars(ids.order_by(CapacityEntry.id)).all():
            end_entry(ctx, EndEntry(self.chance.choice(listed), ctx.today))

    def take_down(self, ctx, owner):
        pole = get_structure(ctx, self.chance.choice(self.poles[owner]))
        occupants = self.chance.choice(("end", "move"))
        decommission(
            ctx, ChangeStatus(pole.code, pole.version, "hỏng", occupants=occupants, move_to=self.poles[owner][0])
        )

    def pause(self, ctx, owner):
        pole = get_structure(ctx, self.chance.choice(self.poles[owner]))
        (resume if pole.status is Status.SUSPENDED else suspend)(ctx, ChangeStatus(pole.code, pole.version, "bão"))


ACTS = (Network.route, Network.route, Network.kill, Network.lay, Network.declare, Network.end, Network.take_down)


def ended_of_others(ctx, since):
    """Structure and holder of the entries of others that a change ended on structures of their owners."""
    query = (
        select(CapacityEntry.id, CapacityEntry.holder_id, CapacityEntry.organisation_id)
        .where(CapacityEntry.state == EntryState.ENDED, CapacityEntry.id.not_in(since))
        .where(CapacityEntry.holder_id.is_not(None), CapacityEntry.holder_id != CapacityEntry.organisation_id)
    )
    return ctx.session.execute(query).all()


@pytest.mark.parametrize(("seed", "is_whole"), sizes(2, 500))
def test_an_edited_network_keeps_one_ledger_its_remarks_and_its_notices(ctx_of, clock, seed, is_whole):
    chance = random.Random(seed)  # noqa: S311 -- chances of a test
    network = Network(ctx_of, chance, 12 if is_whole else 6)
    for _step in range(network.steps):
        # What a change deleted is known by its moment.
        clock.advance(timedelta(minutes=1))
        owner, act = chance.choice(list(OWNERS)), chance.choice((*ACTS, Network.pause))
        with ctx_of(owner) as ctx:
            before, change = uses(ctx.session), ctx.change_id
            ended = set(ctx.session.scalars(select(CapacityEntry.id).where(CapacityEntry.state == EntryState.ENDED)))
            notices = ctx.session.scalar(select(func.count(Notice.id)))
            is_done = True
            try:
                with ctx.session.begin_nested():
                    act(network, ctx, owner)
            except (DomainError, IntegrityError):
                # Also of a use that does not fit its place.
                is_done = False
            assert not ledger_differences(ctx.session)
            lost = [row for row in ended_of_others(ctx, ended) if row.holder_id not in ctx.actor.organisation_ids]
            sent = ctx.session.scalars(select(Notice).order_by(Notice.id).offset(notices)).all()
            reached = {number for notice in sent for number in notice.organisation_ids}
            assert {row.holder_id for row in lost} <= reached
            broken = {
                key
                for key, findings in find_broken(ctx, recorded_routes().subquery("routes")).items()
                if any(finding.rule.hardness is not Hardness.REMARK for finding in findings)
            }
            ids = select(Structure.id).where(CHECKS[CARRIERS.code].clause(ctx))
            assert set(positions.run(ctx, ids).scalars()) == broken
        if is_done and act is Network.route and chance.random() < 0.5:
            clock.advance(timedelta(minutes=1))
            with ctx_of(owner) as ctx:
                if not ctx.session.scalar(select(func.count()).where(Structure.code.in_(network.cables[owner]))):
                    continue
                try:
                    reverted = revert_change(ctx, change, reason="nhầm")
                except DomainError:
                    # The act changed nothing.
                    continue
                record(ctx, "test.revert", "structure", None, **reverted.details)
                assert uses(ctx.session) == before
                assert not ledger_differences(ctx.session)
