"""Rules of relations between records: what must hold, how hard, from which day, and where the figures stand.

A relation is declared once. Forms, imports and the checks of data quality evaluate the same clauses over the same
facts, so that none of them is stricter or milder than another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any, Final

from sqlalchemy import ColumnElement

from registry.authz.actors import Ctx
from registry.kernel.feature import ExtensionPoint, KeyedExtensionPoint
from registry.structures.models import Structure

Limits = Mapping[str, Any]


class Hardness(Enum):
    """What happens to a change that breaks a rule; what was recorded before is remarked on only."""

    REFUSE = "refuse"
    #: Accepted with a reason; a file has no place for one, so its row is remarked on.
    REASON = "reason"
    REMARK = "remark"


@dataclass(frozen=True)
class RelationRule:
    """One rule over the facts of a relation; `breaks` and `sentence` also get the limits in force."""

    code: str
    label: Any
    hardness: Hardness
    #: Changes made from this day on are held to it; before, it is a remark.
    since: date
    breaks: Callable[[Any, Limits], ColumnElement[bool]]
    sentence: Callable[[Any, Limits], str]

    def hardness_on(self, day: date) -> Hardness:
        """How hard it is for a change of a day."""
        return self.hardness if day >= self.since else Hardness.REMARK


@dataclass(frozen=True)
class RecordRelation:
    """The rules between two sorts of records; `limits` is the dated setting with their figures."""

    code: str
    label: Any
    rules: tuple[RelationRule, ...]
    limits: str

    def rule(self, code: str) -> RelationRule:
        return next(rule for rule in self.rules if rule.code == code)


@dataclass(frozen=True)
class RelationFinding:
    """A rule that a pair of records breaks; `structure_id` is the record of the pair that is not the subject."""

    rule: RelationRule
    structure_id: int
    sentence: str


#: Called before a structure is registered or changes, with the names of its fields that do and whether it moves. It
#: returns what to call afterwards, which raises Invalid for a rule that the change broke, or None.
RelationWatch = Callable[[Ctx, Structure, Collection[str], bool], Callable[[], None] | None]
RELATION_WATCHES: Final = ExtensionPoint[RelationWatch]("structures.relation_watches")
RELATIONS: Final = KeyedExtensionPoint[RecordRelation]("structures.relations", key=lambda relation: relation.code)


def sorted_by_hardness(
    findings: Sequence[RelationFinding], day: date, accepted: frozenset[tuple[str, int]] = frozenset()
) -> dict[Hardness, list[RelationFinding]]:
    """The findings by what happens to a change of a day; pairs (rule, structure) that were recorded are remarks."""
    by_hardness: dict[Hardness, list[RelationFinding]] = {hardness: [] for hardness in Hardness}
    for finding in findings:
        is_recorded = (finding.rule.code, finding.structure_id) in accepted
        by_hardness[Hardness.REMARK if is_recorded else finding.rule.hardness_on(day)].append(finding)
    return by_hardness
