"""The register rebuilt in Python: statements about structures replayed one after another, for any day and moment."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def start_of(day):
    """The first moment of a day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=HANOI).astimezone(UTC)


@dataclass(frozen=True)
class Statement:
    """What was said of a structure: from when on which fields have which values, and when that was recorded."""

    recorded_at: datetime
    holds_from: datetime
    values: dict


@dataclass
class Rebuilt:
    """One structure by its statements; the first one registers it."""

    code: str
    statements: list = field(default_factory=list)

    def say(self, recorded_at, values, day=None):
        """Add a statement that holds from its own moment, or from the beginning of a day."""
        holds_from = recorded_at if day is None else start_of(day)
        if self.statements:
            holds_from = max(holds_from, self.statements[0].holds_from)
        self.statements.append(Statement(recorded_at, min(holds_from, recorded_at), dict(values)))

    def at(self, day, known_at):
        """The values on a day as they were known at a moment; None where there was nothing."""
        over = start_of(day + timedelta(days=1))
        statements_before = [
            stated for stated in self.statements if stated.recorded_at <= known_at and stated.holds_from < over
        ]
        if not statements_before or statements_before[0] is not self.statements[0]:
            return None
        values = {}
        for statement in statements_before:
            values |= statement.values
        return values

    @property
    def now(self):
        """The values of the present."""
        values = {}
        for statement in self.statements:
            values |= statement.values
        return values
