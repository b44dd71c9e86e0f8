"""Random lives of violations: three offices, an inspector, the accused and the clock, against an oracle of the law.

The oracle computes terms, ranges and who holds a case by itself, from what was entered, and never asks the program.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select

from registry.documents.issued import IssuedPaper
from registry.kernel.errors import DomainError
from registry.violations.codes import (
    Authority,
    DecisionForm,
    NoFineGround,
    Offender,
    PaperDelivery,
    Receiver,
    ViolationState,
)
from registry.violations.models import Violation
from registry.violations.workflow import VIOLATION
from registry.workflow.jobs import run_clocks
from registry.workflow.models import CalendarDay, DayKind
from tests.factories.violations import log, move

S = ViolationState
START = date(2026, 8, 3)
STEPS = 22
#: Acts of NĐ 174/2026 with their ranges for organisations, in million đồng.
ACTS = {
    "bad_cabling": (20, 30),
    "share_without_contract": (10, 20),
    "no_undergrounding": (50, 70),
    "destroy_works": (100, 140),
}
CEILINGS = {Authority.COMMUNE_CHAIR: 100, Authority.LEAD_DIRECTOR: 160, Authority.PROVINCE_CHAIR: 200}
OFFICE = {
    None: "ubnd.xa",
    Receiver.LEAD_DIRECTOR: "so.khcn",
    Receiver.OTHER: "so.khcn",
    Receiver.PROVINCE_CHAIR: "ubnd.tinh",
}
AUTHORITY = {
    "ubnd.xa": Authority.COMMUNE_CHAIR,
    "so.khcn": Authority.LEAD_DIRECTOR,
    "ubnd.tinh": Authority.PROVINCE_CHAIR,
}
ACTORS = ("kiemtra1", "ubnd.xa", "so.khcn", "ubnd.tinh", "vnpt")
#: Moves that a superior of the issuer makes too.
REVIEWS = frozenset({"annul", "amend", "correct", "uphold", "accept_complaint"})
#: Moves that end a life early; few steps are among them.
ENDS = frozenset({"dismiss", "hold_open", "stop", "close", "merge", "settle_elsewhere"})
#: Moves that lead a case on: half of the steps, so that lives come to decisions, also late ones.
USUAL = frozenset({"verify", "minutes", "decide", "accept", "annul", "remedy", "remedied"})
DECIDED = frozenset({S.DECIDED, S.REMEDYING, S.REMEDY_OVERDUE, S.REMEDIED, S.APPEALED, S.COMPLAINT_OVERDUE})


class Life:
    """One case with what the oracle knows of it."""

    def __init__(self, seed, ctx_of, database):
        self.dice = random.Random(seed)  # noqa: S311
        self.ctx_of, self.database = ctx_of, database
        self.today = START + timedelta(days=self.dice.randrange(60))
        self.off, self.worked = calendar(ctx_of)
        self.act = self.dice.choice(list(ACTS))
        found_on = self.today - timedelta(days=self.dice.randrange(3))
        self.offender = self.dice.choice((Offender.ORGANISATION, Offender.INDIVIDUAL))
        self.found_on = found_on
        self.number = log(
            ctx_of,
            now=self.now,
            kind=self.act,
            found_on=found_on,
            occurred_on=found_on - timedelta(days=self.dice.randrange(20)),
        )
        self.papers, self.faults, self.story = {}, [], []
        #: When the term of a decision began, and how long it is: working days or months.
        self.start, self.term = None, (7, "days")

    @property
    def now(self):
        return datetime.combine(self.today, time(3), tzinfo=UTC)

    def case(self):
        with self.ctx_of("so.khcn", now=self.now, read_only=True) as ctx:
            case = ctx.session.get_one(Violation, self.number)
            ctx.session.expunge(case)
            return case

    def live(self):
        """Take random steps; returns what broke a rule."""
        for _step in range(STEPS):
            if self.dice.random() < 0.3:
                self.today += timedelta(days=self.dice.choice((1, 1, 2, 5, 9, 40)))
                run_clocks(self.database, self.now)
                self.check(self.case())
            self.step()
        return self.faults

    def step(self):
        before = self.case()
        names = [m.name for m in VIOLATION.moves_from(before.state) if not m.by_clock]
        if not names:
            self.fault(f"{before.state} has no way out")
            return
        if self.dice.random() < 0.9:
            names = [name for name in names if name not in ENDS] or names
        usual = [name for name in names if name in USUAL]
        name = self.dice.choice(usual if usual and self.dice.random() < 0.5 else names)
        account = self.dice.choice(ACTORS)
        if self.dice.random() < 0.7:
            account = OFFICE[before.transferred_to]
        data = self.data(name, before, account)
        try:
            move(self.ctx_of, account, self.number, name, now=self.now, **data)
        except DomainError as refused:
            self.story.append(f"{self.today} {account} {name}: {type(refused).__name__}")
            return
        self.story.append(f"{self.today} {account} {name}")
        after = self.case()
        self.judge(name, account, data, before, after)
        self.check(after)

    def day(self):
        return self.today - timedelta(days=self.dice.choice((0, 0, 0, 0, 0, 0, 0, 1, 3, -1, 4000)))

    def data(self, name, case, account):
        low, high = (Decimal(million) * 1_000_000 for million in ACTS[self.act])
        half = 2 if case.offender is Offender.INDIVIDUAL else 1
        fine = self.dice.choice((low, (low + high) / 2, high, high, low - 1, high + 1)) / half
        authority = AUTHORITY.get(account, Authority.COMMUNE_CHAIR)
        if self.dice.random() < 0.1:
            authority = self.dice.choice(list(Authority))
        decision = {"authority": authority, "decision_number": None, "decision_on": self.day(), "remedy": "Gắn thẻ"}
        values = {
            "minutes": {
                "minutes_number": None,
                "minutes_on": self.day(),
                "offender": self.offender,
                "offender_name": f"Bên {self.number}",
                "organisation": [0],
                "is_electronic": False,
            },
            "deliver_minutes": {"delivered_on": self.day(), "how": PaperDelivery.POST},
            "explain": {"explained_on": self.day()},
            "hold_hearing": {"heard_on": self.day(), "facts": "Ảnh"},
            "grant_time": {"requested_on": self.day(), "until": self.day() + timedelta(days=9)},
            "decide": decision | {"fine_vnd": fine.to_integral_value(), "fine_reason": "Theo hồ sơ"},
            "order_remedies": decision | {"ground": self.dice.choice(list(NoFineGround)), "remedies": [0]},
            "transfer": {"receiver": self.dice.choice((Receiver.LEAD_DIRECTOR, Receiver.PROVINCE_CHAIR))},
            "return_case": {"returned_on": self.day()},
            "prosecute": {"prosecution_number": None, "prosecuted_on": self.day()},
            "record_facts": {"verification_number": None, "verified_on": self.day()},
            "deliver_decision": {"delivered_on": self.day(), "how": PaperDelivery.BY_HAND},
            "pay": {"paid_on": self.day(), "paid_vnd": case.fine_vnd or fine, "receipt_number": "BL 1"},
            "remedy": {"remedy_due_on": self.day() + timedelta(days=3)},
            "remedied": {"remedied_on": self.day(), "photos": ["sau.jpg"]},
            "remedy_failed": {"remedy_due_on": self.day() + timedelta(days=3), "photos": ["sau.jpg"]},
            "correct": {"correction_number": None, "corrected_on": self.day()},
            "amend": {
                "amendment_number": None,
                "amended_on": self.day(),
                "fine_vnd": fine.to_integral_value(),
                "remedy": "Gắn",
            },
            "annul": {"annulment_number": None, "annulled_on": self.day()},
            "appeal": {"complained_on": self.day()},
            "add_act": {"act": [0], "act_occurred_on": self.found_on},
            "drop_act": {"act": [0]},
            "add_violator": {"violator": [0], "violator_name": "Bên khác"},
            "accept_complaint": {"accepted_on": self.day()},
            "uphold": {"settled_on": self.day()},
            "warn": decision | {"mitigating": 1},
            "name_violator": {"offender": Offender.INDIVIDUAL, "offender_name": "Ông B"},
            "send_proof": {"remedied_on": self.day(), "photos": ["sau.jpg"]},
            "report_payment": {"paid_on": self.day(), "paid_vnd": fine, "receipt_number": "BL 1"},
            "enforce": {"enforced_on": self.day(), "enforcement_number": "1/CC"},
            "relieve": {"relief": "deferral", "granted_on": self.day(), "until": self.day() + timedelta(days=30)},
            "merge": {"other_number": "VP-2026-000001"},
        }
        return {"text": "Theo hồ sơ", "files": []} | values.get(name, {})

    def judge(self, name, account, data, before, after):
        """What a move that was taken may not have done."""
        holder = OFFICE[before.transferred_to]
        holders = {holder, *(("kiemtra1",) if holder == "ubnd.xa" else ())}
        if account not in holders and not (name in REVIEWS and account == "ubnd.tinh"):
            self.fault(f"{account} took {name} of a case that {holder} holds")
        self.follow(name, data, before)
        if name in ("decide", "order_remedies"):
            self.judge_decision(name, data, holder)
        if name == "annul" and (after.decision_number or after.fine_vnd or after.paid_on):
            self.fault("an annulled decision still stands")

    def follow(self, name, data, before):
        """Beginning and length of the term of a decision after a move."""
        if name == "minutes":
            self.start = data["minutes_on"]
        if name in ("explain", "send_explanation", "grant_time") and self.term != (2, "months"):
            self.term = (1, "months")
        if name == "find_complex":
            self.term = (2, "months")
        if name == "transfer" and self.term == (7, "days"):
            self.term = (10, "days")
        if (name == "record_facts" and before.state is S.ANNULLED) or (
            name == "return_case" and before.transferred_to is Receiver.OTHER
        ):
            self.start = data.get("verified_on") or data["returned_on"]
        if name == "return_case" and self.term == (10, "days"):
            self.term = (7, "days")

    def judge_decision(self, name, data, holder):
        due = self.due()
        if name == "decide" and data["decision_on"] > due:
            self.fault(f"fined on {data['decision_on']}, after {due}")
        if name == "order_remedies" and data["ground"] is NoFineGround.LATE and data["decision_on"] <= due:
            self.fault(f"no fine on {data['decision_on']} although the term runs until {due}")
        if AUTHORITY.get(holder) is not data["authority"]:
            self.fault(f"{data['authority']} decided what {holder} holds")

    def due(self):
        """The last day of a fine, counted by the oracle."""
        length, unit = self.term
        day = self.start
        if unit == "days":
            while length:
                day += timedelta(days=1)
                length -= self.is_working(day)
            return day
        month = day.month - 1 + length
        year, month = day.year + month // 12, month % 12 + 1
        last = next(n for n in (day.day, 30, 29, 28) if n <= day.day and is_day(year, month, n))
        day = date(year, month, last)
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def is_working(self, day):
        return day in self.worked or (day.weekday() < 5 and day not in self.off)

    def check(self, case):
        """What is true of a case at any time."""
        with self.ctx_of("so.khcn", now=self.now, read_only=True) as ctx:
            where = (IssuedPaper.subject_kind == "violation", IssuedPaper.subject_id == self.number)
            stored = {
                (row.paper, row.edition): row.digest for row in ctx.session.scalars(select(IssuedPaper).where(*where))
            }
        if not self.papers.items() <= stored.items():
            self.fault("an issued paper changed")
        self.papers = stored
        if case.minutes_on and case.minutes_on < self.found_on:
            self.fault("minutes before the discovery")
        days = (case.minutes_on, case.decision_on, case.decision_delivered_on)
        dated = [day for day in days if day is not None]
        if dated != sorted(dated) or any(day > self.today for day in dated):
            self.fault(f"days out of order: {days}")
        if (case.state in DECIDED) is not (case.decision_number is not None) and case.state is not S.CLOSED:
            self.fault(f"{case.state} with decision {case.decision_number}")
        if case.decision_form is DecisionForm.FINE:
            low, high = (Decimal(million) * 1_000_000 for million in ACTS[self.act])
            half = 2 if case.offender is Offender.INDIVIDUAL else 1
            if not low / half <= case.fine_vnd <= high / half:
                self.fault(f"fine {case.fine_vnd} outside of the range")
            if ACTS[self.act][1] > CEILINGS[case.authority]:
                self.fault(f"{case.authority} fined beyond its competence")
        elif case.fine_vnd:
            self.fault("a fine without a sanction")
        has_end = case.state in VIOLATION.deadlines or case.state is S.CLOSED or VIOLATION.assignees_in(case.state)
        if not has_end or not VIOLATION.moves_from(case.state):
            self.fault(f"{case.state} waits for no act, term or end")

    def fault(self, text):
        self.faults.append(f"{text}; {' | '.join(self.story[-6:])}")


def is_day(year, month, day):
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def calendar(ctx_of):
    """Days off and weekend days that are worked."""
    with ctx_of("so.khcn", read_only=True) as ctx:
        rows = ctx.session.scalars(select(CalendarDay).where(CalendarDay.is_active)).all()
        off = {row.day for row in rows if row.kind is DayKind.DAY_OFF}
        return off, {row.day for row in rows if row.kind is DayKind.WORKED_WEEKEND} - off
