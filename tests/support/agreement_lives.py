"""Random lives of agreements, played by both sides, the department and the clock, against a simple oracle."""

import random
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from registry.authz.scopes import allowed
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.colocation.agreements.models import AgreementState as S
from registry.colocation.agreements.models import ColocationAgreement
from registry.colocation.agreements.queries import agreed_items
from registry.colocation.agreements.service import edit_contract
from registry.colocation.agreements.workflow import AGREEMENT
from registry.colocation.commands import EditContract
from registry.kernel.errors import DomainError
from registry.structures.models import Structure
from registry.workflow.definition import FilesNeed, ItemsNeed
from registry.workflow.engine import fire
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CaseEvent
from registry.workflow.views import possible_moves
from tests.factories.agreements import active, agreed_on, contracted, installed, take_down, terms
from tests.support.clock import NOW

ACTORS = ("viettel", "vnpt", "so.khcn")
TOTAL = 3
#: What the two sides agreed on, and the moves that may change it, each with the side that must have proposed it.
AGREED = ("contract_number", "signed_on", "starts_on", "ends_on", "price_vnd", "price_period")
PROPOSED_BY = {
    "confirm_renewal": "viettel",
    "confirm_asked_renewal": "vnpt",
    "confirm_correction": "viettel",
    "confirm_asked_correction": "vnpt",
    "confirm_ending": "viettel",
    "confirm_asked_ending": "vnpt",
}
PROPOSALS = {
    "renew": "viettel",
    "ask_renewal": "vnpt",
    "propose_correction": "viettel",
    "ask_correction": "vnpt",
    "propose_ending": "viettel",
    "ask_ending": "vnpt",
}
#: Moves of one side alone that lead out of a contract in use; each states its ground.
ALONE = {"end_alone": "viettel", "leave": "vnpt"}
DECIDED = "decide_to_go_on"
CLOCKED = {move.name for move in AGREEMENT.moves if move.by_clock}


class Life:
    """One agreement from its first day to its end, or as far as `steps` lead."""

    def __init__(self, ctx_of, database, seed):
        self.ctx_of, self.database = ctx_of, database
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.now = NOW
        self.quantity = self.chance.choice((1, 2))
        self.id, self.codes = agreed_on(ctx_of, self.chance.choice((1, 2, 3)), total=TOTAL, quantity=self.quantity)
        self.returned = set()
        stage = self.chance.choice((None, contracted, installed, active, active, active))
        if stage is not None:
            stage(ctx_of, self.id, prices=self.chance.choice((None, ())))
        self.in_use = stage is active
        self.proposed = {}
        self.story = []

    def play(self, steps):
        """Let somebody, or the clock, act so often; every step keeps what an agreement promises."""
        for _step in range(steps):
            if self.chance.random() < 0.3:
                self._wait()
            elif self.chance.random() < 0.05 and self._stand() in (S.ACTIVE, S.ENDING):
                self._take_down()
            else:
                self._act(self.chance.choice(ACTORS))
            if self._stand() in AGREEMENT.final_states:
                break
        return self.story

    def _wait(self):
        self.now += timedelta(hours=self.chance.choice((3, 30, 24 * 3, 24 * 12, 24 * 12, 24 * 45, 24 * 90)))
        before = self._agreed()
        run = run_clocks(self.database, self.now)
        assert run.failed == 0, self.story
        self.story.append(("clock", run.moved))
        assert self._agreed() == before, self.story
        self._check()

    def _take_down(self):
        """Another case takes down what stands on one tower: the contract follows, with its rent."""
        code = self.chance.choice([code for code in self.codes if code not in self.returned])
        with self.ctx_of("so.khcn", now=self.now, read_only=True) as ctx:
            case = ctx.session.get_one(ColocationAgreement, self.id)
            before = self._values(ctx, case)
            leaving = {item.id for item, row in agreed_items(ctx, case) if row.code == code}
        take_down(self.ctx_of, code, now=self.now)
        self.returned.add(code)
        self.story.append(("both", "take_down", code))
        after = self._agreed()
        left = {item: price for item, price in before["lines"].items() if item not in leaving}
        wanted = {"lines": left, "price_vnd": sum(left.values()) if left else before["price_vnd"]}
        assert after == before | wanted, self.story
        assert (self._stand() is S.TERMINATED) is (self.returned == set(self.codes)), self.story
        self._check()

    def _act(self, actor):
        with self.ctx_of(actor, now=self.now) as ctx:
            case = ctx.session.get_one(ColocationAgreement, self.id)
            before, version = self._values(ctx, case), case.version
            if actor == "viettel" and case.state is S.CONTRACTING and self.chance.random() < 0.7:
                self._write(ctx, case)
                return
            moves = [move for move in AGREEMENT.moves_from(case.state) if not move.by_clock]
            moves = [move for move in moves if allowed(ctx, move.permission, case)]
            offered = {move.name for move in possible_moves(ctx, AGREEMENT, case)}
            if not moves:
                return
            # Disputes are always possible, and would be most of what happens.
            quiet = self.chance.random() < 0.8
            likely = [move for move in moves if move.name in offered and move.tone != "danger"]
            likely = [move for move in likely if not (quiet and move.name.startswith("dispute"))] or moves
            move = self.chance.choice(likely if self.chance.random() < 0.8 else moves)
            data = {need.name: self._said(ctx, case, need) for need in move.needs_of(ctx, case)}
            try:
                with ctx.session.begin_nested():
                    done = fire(ctx, AGREEMENT, self.id, move.name, data, version=version)
            except DomainError:
                ctx.session.expire_all()
                case = ctx.session.get_one(ColocationAgreement, self.id)
                assert (self._values(ctx, case), case.version) == (before, version), self.story
                return
            self.story.append((actor, move.name, done.state.value))
            clocked = ctx.session.scalars(
                select(CaseEvent.move).where(CaseEvent.case_id == self.id).order_by(CaseEvent.id.desc()).limit(3)
            ).all()
            # What was not offered was not made, unless the end of a term has led elsewhere first.
            assert move.name in offered or any(name in CLOCKED for name in clocked), self.story
            self._compare(actor, move.name, before, self._values(ctx, done))
        self._check()

    def _write(self, ctx, case):
        day = (self.now + timedelta(days=self.chance.choice((-400, 0, 0, 0, 60)))).date()
        values = terms(
            ctx.today, starts_on=day, ends_on=day + timedelta(days=self.chance.choice((-1, 30, 400, 90_000)))
        )
        values["price_vnd"] = Decimal(self.chance.choice((0, 2_000_000, 3_500_000)))
        try:
            with ctx.session.begin_nested():
                edit_contract(ctx, EditContract(self.id, case.version, values, self._lines(ctx, case, values)))
        except DomainError:
            return
        self.story.append(("viettel", "write"))

    def _lines(self, ctx, case, values):
        """Prices of the items that add up to the rent, or almost; none half the time."""
        ids = [item.id for item, _row in agreed_items(ctx, case)]
        if self.chance.random() < 0.5:
            return {}
        parts = [Decimal(int(values["price_vnd"]) // len(ids))] * len(ids)
        parts[0] += values["price_vnd"] - sum(parts)
        parts[0] += self.chance.choice((0, 0, 0, 1))
        return dict(zip(ids, parts, strict=True))

    def _said(self, ctx, case, need):
        if isinstance(need, FilesNeed):
            return ["anh.jpg"] if self.chance.random() < 0.9 else []
        if isinstance(need, ItemsNeed):
            return [number for number, _words in need.options(ctx, case)]
        if not need.required and self.chance.random() < 0.5:
            return None
        if need.choices is not None:
            return self.chance.choice(list(need.choices))
        if need.name == "ends_on" and case.ends_on is not None and self.chance.random() < 0.7:
            return case.ends_on + timedelta(days=self.chance.choice((30, 200)))
        return {
            Decimal: lambda: Decimal(self.chance.choice((1_000_000, 999_000_000))),
            str: lambda: f"Nội dung {self.chance.randrange(100)}",
        }.get(need.python_type, self._day)()

    def _day(self):
        return (self.now + timedelta(days=self.chance.choice((-11_000, -3, 0, 0, 0, 0, 40, 60_000)))).date()

    def _compare(self, actor, name, before, after):
        """No sum, day or number changes by one side alone."""
        if name in PROPOSALS:
            assert actor == PROPOSALS[name], self.story
        if name in ALONE:
            assert actor == ALONE[name], self.story
        if name in PROPOSED_BY:
            assert actor != PROPOSED_BY[name], self.story
        elif name == DECIDED:
            changed = {"price_vnd": None, "lines": None}
            assert before | changed == after | changed, self.story
        else:
            assert before == after, self.story
        self.in_use |= name == "confirm_installed"

    def _check(self):
        with self.ctx_of("so.khcn", now=self.now) as ctx:
            case = ctx.session.get_one(ColocationAgreement, self.id)
            clock_moves = ctx.session.scalars(
                select(CaseEvent.move).where(CaseEvent.workflow == AGREEMENT.code, CaseEvent.case_id == self.id)
            ).all()
            self.in_use |= "stand_installed" in clock_moves
            if case.state not in AGREEMENT.final_states:
                assert case.due_at is None or case.due_at > self.now, self.story
                moves = [move for move in AGREEMENT.moves_from(case.state) if not move.by_clock]
                assert case.due_at is not None or moves, self.story
            self._check_ledger(ctx, case)
            self._check_rent(ctx, case)

    def _check_rent(self, ctx, case):
        """The rent is the sum of the prices of the items, where they have any: of all, then."""
        prices = [item.agreed_price_vnd for item, _row in agreed_items(ctx, case)]
        assert len({price is None for price in prices}) <= 1, self.story
        if prices and None not in prices:
            assert sum(prices) == case.price_vnd, self.story

    def _check_ledger(self, ctx, case):
        """What the ledger holds follows from the story: held, in use, or free again."""
        ended = case.state in AGREEMENT.final_states
        for code in self.codes:
            query = select(CapacityPlace).join(Structure, Structure.id == CapacityPlace.structure_id)
            slot = ctx.session.scalars(query.where(Structure.code == code)).one()
            ctx.session.refresh(slot)
            is_free = ended or code in self.returned
            held = 0 if is_free or self.in_use else self.quantity
            used = self.quantity if self.in_use and not is_free else 0
            assert (slot.reserved, slot.used, slot.free) == (held, used, TOTAL - held - used), self.story
            entry = ctx.session.scalars(select(CapacityEntry).where(CapacityEntry.place_id == slot.id)).one()
            wanted = EntryState.ENDED if is_free else EntryState.USED if self.in_use else EntryState.RESERVED
            assert (entry.state, entry.started_on is not None or not self.in_use) == (wanted, True), self.story

    def _stand(self):
        with self.ctx_of("so.khcn", now=self.now, read_only=True) as ctx:
            return ctx.session.get_one(ColocationAgreement, self.id).state

    def _agreed(self):
        with self.ctx_of("so.khcn", now=self.now, read_only=True) as ctx:
            return self._values(ctx, ctx.session.get_one(ColocationAgreement, self.id))

    @staticmethod
    def _values(ctx, case):
        lines = {item.id: item.agreed_price_vnd for item, _row in agreed_items(ctx, case)}
        priced = {item: price for item, price in lines.items() if price is not None}
        return {name: getattr(case, name) for name in AGREED} | {"lines": priced}
