"""Commands of campaigns and their reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from registry.campaigns.codes import RemarkKind
from registry.campaigns.rules import Item


@dataclass(frozen=True)
class WriteCampaign:
    """The facts of a campaign: a new one, or a draft at the version that was read."""

    title: str
    #: Kind, DAYS and instructions.
    values: Mapping[str, Any]
    audience: tuple[int, ...]
    campaign_id: int | None = None
    version: int = 0


@dataclass(frozen=True)
class SaveEntries:
    """What is typed for the items of a report: code -> (figure, reason), and code -> text of an item that is no number;
    None for an empty one.
    """

    report_id: int
    version: int
    entries: Mapping[str, tuple[Decimal | None, str | None]]
    contents: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class ComposeQuestions:
    """The questions of a campaign on request, by the row of the form that they were typed in."""

    campaign_id: int
    version: int
    items: Mapping[int, Item]


@dataclass(frozen=True)
class GrantException:
    """Another last day of entry for one report."""

    report_id: int
    until: date
    reason: str


@dataclass(frozen=True)
class AddRemark:
    """An obstacle, or a proposed change of the plans."""

    report_id: int
    kind: RemarkKind
    text: str


@dataclass(frozen=True)
class AnswerRemark:
    """What the assigned agency answers."""

    remark_id: int
    #: Of the page that was read.
    version: int
    outcome: str


@dataclass(frozen=True)
class HandleRemark:
    """The agency that deals with a remark, by when, and what came of it."""

    remark_id: int
    version: int
    agency_id: int
    due_on: date
    outcome: str | None
