"""The basket: the drafts of one user, line by line, with what keeps a line from being sent now.

Its lines are the items of drafts, so everything is kept on the server under the versions of the cases: another window,
another browser and the page of a draft show the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.capacity.models import CapacityPlace
from registry.colocation.codes import ItemDecision
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import own_drafts, structure_rows
from registry.colocation.rules import (
    MAX_ITEMS,
    REQUIRED_FIELDS,
    hidden_problem,
    missing_fields,
    missing_of_item,
    selection_problem,
)
from registry.kernel.i18n import _
from registry.structures.codes import SharingStatus, Status
from registry.structures.kinds import KINDS
from registry.structures.kinds.kind import Hosting
from registry.structures.models import Structure

#: Most structures in one basket, of all owners together.
MOST_LINES: Final = MAX_ITEMS


@dataclass(frozen=True)
class BasketLine:
    """One structure of the basket; of one that may no longer be seen only code and kind."""

    item: ColocationItem
    #: Row of `structure_rows`.
    structure: Row[Any]
    #: Its capacity slots, by label; empty unless the actor sees the structure.
    places: tuple[CapacityPlace, ...]
    #: Why it is left out when the basket is sent; "" where nothing is in the way.
    obstacle: str

    @property
    def name(self) -> str:
        return self.structure.name if self.structure.exact else ""

    @property
    def kind_label(self) -> str:
        return str(KINDS[self.structure.kind].label)

    @property
    def hosting(self) -> Hosting:
        template = KINDS[self.structure.kind].hosting
        if template is None:
            raise LookupError(f"a {self.structure.kind} hosts no equipment")
        return template

    @property
    def place_id(self) -> int:
        """The chosen slot; while none is chosen, the first with room; 0 where there is none."""
        if self.item.place_id is not None:
            return self.item.place_id
        roomy = [slot.id for slot in self.places if slot.free is None or slot.free >= self.item.quantity]
        return (roomy or [slot.id for slot in self.places[:1]] or [0])[0]

    @property
    def missing(self) -> list[str]:
        """What is to be filled in before it can be sent."""
        code, kind = self.structure.code, self.structure.kind
        problems = missing_of_item(self.item, kind, code, has_places=bool(self.places))
        return [problem.sentence for problem in problems]


@dataclass(frozen=True)
class BasketGroup:
    """The draft to one owner."""

    draft: ColocationRequest
    owner: str
    lines: tuple[BasketLine, ...]

    @property
    def ready(self) -> list[BasketLine]:
        """The lines that nothing keeps from being sent."""
        return [line for line in self.lines if not line.obstacle]

    @property
    def left_out(self) -> list[BasketLine]:
        return [line for line in self.lines if line.obstacle]

    @property
    def missing(self) -> list[str]:
        """What is to be filled in before the lines that are ready can be sent."""
        of_draft = [problem.sentence for problem in missing_fields(self.draft, REQUIRED_FIELDS)]
        return [*of_draft, *(text for line in self.ready for text in line.missing)]


@dataclass(frozen=True)
class Basket:
    """The drafts of the actor, by owner."""

    groups: tuple[BasketGroup, ...]

    @property
    def lines(self) -> list[BasketLine]:
        return [line for group in self.groups for line in group.lines]

    @property
    def structure_ids(self) -> list[int]:
        return [line.structure.id for line in self.lines]

    @property
    def versions(self) -> dict[int, int]:
        """Version of each draft by its id."""
        return {group.draft.id: group.draft.version for group in self.groups}

    @property
    def shown(self) -> dict[Hosting, BasketLine]:
        """Hosting -> the line whose values stand in the shared fields: the first of a structure that is seen."""
        lines: dict[Hosting, BasketLine] = {}
        for line in self.lines:
            if line.structure.exact:
                lines.setdefault(line.hosting, line)
        return lines


def read_basket(ctx: Ctx) -> Basket:
    """The basket of the actor, in five queries."""
    query = (
        select(ColocationRequest, Organisation.short_name)
        .join(Organisation, Organisation.id == ColocationRequest.owner_organisation_id)
        .where(*own_drafts(ctx))
        .order_by(Organisation.short_name, ColocationRequest.id)
        .execution_options(populate_existing=True)
    )
    drafts = [(row[0], row[1]) for row in ctx.session.execute(query)]
    asked = select(ColocationItem).where(
        ColocationItem.request_id.in_([draft.id for draft, _name in drafts]),
        ColocationItem.decision == ItemDecision.PENDING,
    )
    items = list(ctx.session.scalars(asked.order_by(ColocationItem.id).execution_options(populate_existing=True)))
    ids = [item.structure_id for item in items]
    rows = {row.id: row for row in ctx.session.execute(structure_rows(ctx, Structure.id.in_(ids)))} if ids else {}
    places = _places(ctx, [row.id for row in rows.values() if row.exact])
    return Basket(tuple(_group(draft, name, items, rows, places) for draft, name in drafts))


def _places(ctx: Ctx, structure_ids: Sequence[int]) -> dict[int, tuple[CapacityPlace, ...]]:
    if not structure_ids:
        return {}
    query = select(CapacityPlace).where(CapacityPlace.structure_id.in_(structure_ids)).order_by(CapacityPlace.label)
    slots: dict[int, list[CapacityPlace]] = {}
    for slot in ctx.session.scalars(query.execution_options(populate_existing=True)):
        slots.setdefault(slot.structure_id, []).append(slot)
    return {key: tuple(each) for key, each in slots.items()}


def _group(
    draft: ColocationRequest,
    owner: str,
    items: Iterable[ColocationItem],
    rows: Mapping[int, Row[Any]],
    places: Mapping[int, tuple[CapacityPlace, ...]],
) -> BasketGroup:
    lines = []
    for item in items:
        if item.request_id == draft.id:
            row, here = rows[item.structure_id], places.get(item.structure_id, ())
            lines.append(BasketLine(item, row, here, obstacle_of(draft, item, row, here) or ""))
    lines.sort(key=lambda line: line.structure.code)
    return BasketGroup(draft, owner, tuple(lines))


def obstacle_of(
    draft: ColocationRequest, item: ColocationItem, structure: Row[Any], places: Sequence[CapacityPlace]
) -> str | None:
    """Why a structure cannot be sent with the basket now; None if it can."""
    hidden = hidden_problem(structure)
    if hidden is not None:
        return hidden
    code = structure.code
    if structure.owner_organisation_id != draft.owner_organisation_id:
        return _("%(code)s nay thuộc chủ sở hữu khác; hãy bỏ khỏi giỏ rồi chọn lại.", code=code)
    refused = selection_problem(structure, frozenset())
    if refused is not None:
        return refused
    if structure.status is Status.SUSPENDED:
        return _("%(code)s đang tạm ngừng khai thác; chưa gửi, vẫn để trong giỏ.", code=code)
    return _full(item, structure, places)


def _full(item: ColocationItem, structure: Row[Any], places: Sequence[CapacityPlace]) -> str | None:
    """A structure that its owner would upgrade may be asked for although it is full."""
    if structure.sharing_status is SharingStatus.UPGRADABLE or not places:
        return None
    short = [slot for slot in places if slot.free is not None and slot.free < item.quantity]
    if len(short) == len(places):
        return _(
            "%(code)s không còn đủ %(count)d chỗ; chưa gửi, vẫn để trong giỏ. Để chờ theo thứ tự, gửi từ bản nháp.",
            code=structure.code,
            count=item.quantity,
        )
    selected_slot = next((slot for slot in short if slot.id == item.place_id), None)
    if selected_slot is not None:
        return _(
            "%(code)s: vị trí “%(place)s” còn %(free)d chỗ, cần %(count)d; hãy chọn vị trí khác.",
            code=structure.code,
            place=selected_slot.label,
            free=selected_slot.free,
            count=item.quantity,
        )
    return None


@dataclass(frozen=True)
class Summary:
    """The basket in numbers, and the structures in it, for the bar of the workspace."""

    structure_ids: tuple[int, ...]
    owners: int


def summarise(ctx: Ctx) -> Summary:
    """The basket of the actor in one query."""
    query = (
        select(ColocationItem.structure_id, ColocationRequest.owner_organisation_id)
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(*own_drafts(ctx), ColocationItem.decision == ItemDecision.PENDING)
        .order_by(ColocationItem.structure_id)
    )
    rows = ctx.session.execute(query).all()
    return Summary(tuple(row[0] for row in rows), len({row[1] for row in rows}))
