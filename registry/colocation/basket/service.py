"""Writes of the basket: collect structures, fill in all drafts at once, send them; each in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, or_, select

from registry.audit.chain import attempt
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require, visible
from registry.colocation.basket.queries import MOST_LINES, Basket, BasketGroup, BasketLine, read_basket, summarise
from registry.colocation.codes import ColocationState, RequestKind
from registry.colocation.commands import RemoveItem
from registry.colocation.models import ColocationItem, ColocationRequest
from registry.colocation.queries import list_items, own_drafts, structure_rows
from registry.colocation.rules import nothing_selected, selection_problem
from registry.colocation.service import lock_drafts_of_actor, put_into_draft, read_contact, remove_item, title_of
from registry.colocation.workflow import COLOCATION
from registry.kernel.errors import Conflict, DomainError, Forbidden, Invalid, MoveRefused
from registry.kernel.i18n import _, _n
from registry.structures.kinds.kind import Hosting
from registry.structures.models import Structure
from registry.workflow.engine import fire, open_case, touch

#: Refusals of single structures that are named one by one.
_MOST_NAMED = 3
#: Content of a request that all drafts share.
SHARED_FIELDS = ("contact_name", "contact_phone", "contact_email", "purpose", "wanted_from", "term_months")


@dataclass(frozen=True)
class AddToBasket:
    """Structures to collect, by code (lists, forms) or by number (map)."""

    codes: tuple[str, ...] = ()
    ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Added:
    """How many structures are new in the basket, and one sentence for each that is not."""

    count: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class SaveBasket:
    """What the page of the basket held: the versions that it showed, and the typed values."""

    versions: Mapping[int, int]
    content: Mapping[str, Any]
    #: Hosting -> values of the equipment to install.
    equipment: Mapping[Hosting, Mapping[str, Any]] = field(default_factory=dict)
    #: Item -> chosen slot, 0 for none.
    places: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Sent:
    """A request that was sent, with the number of its structures, and what was left in the basket."""

    number: str
    owner: str
    count: int
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class NotSent:
    """A draft that stays, and why."""

    owner: str
    reasons: tuple[str, ...]


def add_to_basket(ctx: Ctx, command: AddToBasket) -> Added:
    """Put structures into the drafts to their owners; those that cannot be requested are skipped and named.

    Invalid where nothing was chosen or the basket would hold more than MOST_LINES: then nothing is added.
    """
    require(ctx, P.COLOCATION_REQUEST)
    if ctx.actor.organisation_id is None:
        raise Forbidden
    codes = tuple(dict.fromkeys(code.strip() for code in command.codes if code.strip() and "\0" not in code))
    ids = tuple(dict.fromkeys(command.ids))
    _check_count(len(codes) + len(ids), 0)
    lock_drafts_of_actor(ctx)
    rows = _rows(ctx, codes, ids)
    own = ctx.actor.organisation_ids
    structure_ids = set(summarise(ctx).structure_ids)
    fresh, notes, again = [], [], 0
    for row in rows:
        if not row.exact:
            continue
        if (problem := selection_problem(row, own)) is not None:
            notes.append(problem)
        elif row.id in structure_ids:
            again += 1
        else:
            fresh.append(row)
    # A structure may be named by its code and by its number: `rows` has it once.
    hidden = max(len(codes) + len(ids) - len([row for row in rows if row.exact]), 0)
    notices = tuple(_notes(notes, hidden, again))
    if not fresh and not again:
        raise Invalid({"": list(notices)})
    _check_count(len(fresh), len(structure_ids))
    by_owner: dict[int, list[Row[Any]]] = {}
    for row in fresh:
        by_owner.setdefault(row.owner_organisation_id, []).append(row)
    for owner_id, structures in by_owner.items():
        put_into_draft(ctx, owner_id, structures)
    return Added(len(fresh), notices)


def _check_count(fresh: int, present: int) -> None:
    if fresh + present == 0:
        raise Invalid({"": nothing_selected()})
    if fresh > MOST_LINES and not present:
        raise Invalid(
            {
                "": _n(
                    "Đã chọn %(count)d công trình, giỏ chứa tối đa %(most)d; chưa thêm gì, hãy chọn ít hơn.",
                    fresh,
                    count=fresh,
                    most=MOST_LINES,
                )
            }
        )
    if fresh and fresh + present > MOST_LINES:
        raise Invalid(
            {
                "": _(
                    "Giỏ đã có %(known)d công trình, tối đa %(most)d; chưa thêm %(count)d công trình vừa chọn.",
                    known=present,
                    most=MOST_LINES,
                    count=fresh,
                )
            }
        )


def _rows(ctx: Ctx, codes: Sequence[str], ids: Sequence[int]) -> list[Row[Any]]:
    named: list[ColumnElement[bool]] = [Structure.code.in_(codes)] if codes else []
    numbered: list[ColumnElement[bool]] = [Structure.id.in_(ids)] if ids else []
    return list(ctx.session.execute(structure_rows(ctx, or_(*named, *numbered))))


def _notes(problems: list[str], hidden: int, present: int) -> list[str]:
    """Refusals: few by their sentence, the others counted. Missing and hidden structures get the same words."""
    sentences = problems[:_MOST_NAMED]
    if len(problems) > _MOST_NAMED:
        sentences.append(_n("%(num)d công trình khác không đề nghị được.", len(problems) - _MOST_NAMED))
    if hidden > 0:
        sentences.append(
            _n(
                "Bỏ qua %(num)d công trình: không có, hoặc chủ sở hữu chưa công bố dùng chung nên chưa đề nghị được.",
                hidden,
            )
        )
    if present > 0:
        sentences.append(_n("%(num)d công trình đã có trong giỏ.", present))
    return sentences


def take_out(ctx: Ctx, *, item_id: int | None = None, structure_id: int | None = None) -> bool:
    """Take a structure out of the basket, by its line or its number; False where it is not (any more) in it.

    A draft without structures is discarded.
    """
    require(ctx, P.COLOCATION_REQUEST)
    lock_drafts_of_actor(ctx)
    wanted = ColocationItem.id == item_id if item_id is not None else ColocationItem.structure_id == structure_id
    query = (
        select(ColocationItem, ColocationRequest)
        .join(ColocationRequest, ColocationRequest.id == ColocationItem.request_id)
        .where(*own_drafts(ctx), wanted)
    )
    row = ctx.session.execute(query.execution_options(populate_existing=True)).first()
    if row is None:
        return False
    item, draft = row
    remove_item(ctx, RemoveItem(draft.id, item.id, draft.version))
    if not list_items(ctx, draft):
        fire(ctx, COLOCATION, draft.id, "discard", version=draft.version)
    return True


def discard(ctx: Ctx, draft_id: int, version: int | None) -> None:
    """Give up the draft to one owner with all its structures."""
    require(ctx, P.COLOCATION_REQUEST)
    lock_drafts_of_actor(ctx)
    fire(ctx, COLOCATION, draft_id, "discard", version=version)


def save_basket(ctx: Ctx, command: SaveBasket) -> Basket:
    """Write the typed values into all drafts; Conflict where one of them changed since the page was shown.

    A changed value replaces the one that the page showed; a draft or structure with another value of its
    own keeps it.
    """
    basket = _locked(ctx, command.versions)
    if not basket.groups:
        raise MoveRefused(_("Giỏ đề nghị đang trống; hãy chọn công trình trên bản đồ hoặc trong danh sách."))
    content = read_contact(ctx, command.content)
    first = {name: getattr(basket.groups[0].draft, name) for name in SHARED_FIELDS}
    shown = {
        hosting: {name: getattr(line.item, name) for name in command.equipment.get(hosting, ())}
        for hosting, line in basket.shown.items()
    }
    for group in basket.groups:
        changed = _write(group.draft, content, first)
        for line in group.lines:
            if line.structure.exact:
                changed |= _write(line.item, command.equipment.get(line.hosting, {}), shown.get(line.hosting, {}))
                changed |= _choose_place(line, command.places)
        if changed:
            touch(ctx, COLOCATION, group.draft, "edit")
    return read_basket(ctx)


def _locked(ctx: Ctx, versions: Mapping[int, int]) -> Basket:
    """The basket, locked, if it is the one that the page showed."""
    require(ctx, P.COLOCATION_REQUEST)
    lock_drafts_of_actor(ctx)
    mine = select(ColocationRequest.id).where(*own_drafts(ctx)).order_by(ColocationRequest.id)
    ctx.session.execute(mine.with_for_update(of=ColocationRequest))
    basket = read_basket(ctx)
    check_versions(ctx, basket, versions)
    return basket


def check_versions(ctx: Ctx, basket: Basket, versions: Mapping[int, int]) -> None:
    """Conflict unless the page showed these drafts in these versions; names those that another window has sent."""
    if basket.versions == dict(versions):
        return
    gone = select(ColocationRequest.number).where(
        ColocationRequest.id.in_(set(versions) - set(basket.versions)),
        ColocationRequest.number.is_not(None),
        visible(ctx, ColocationRequest, P.COLOCATION_READ),
    )
    numbers = sorted(number for number in ctx.session.scalars(gone) if number)
    if numbers:
        raise Conflict(
            _("Đã gửi ở cửa sổ khác: %(numbers)s; không gửi lần nữa. Hãy xem lại giỏ.", numbers=", ".join(numbers))
        )
    raise Conflict(
        _("Giỏ đã thay đổi ở cửa sổ khác sau khi mở trang; nội dung đang nhập được giữ, hãy xem lại rồi thực hiện lại.")
    )


def _write(row: Any, values: Mapping[str, Any], shown: Mapping[str, Any]) -> bool:
    """Set the values of a row that it shares with what was shown, and those that it has not; whether any changed."""
    changed = False
    for name, value in values.items():
        now = getattr(row, name)
        if value != now and (now is None or now == shown.get(name)):
            setattr(row, name, value)
            changed = True
    return changed


def _choose_place(line: BasketLine, places: Mapping[int, int]) -> bool:
    if line.item.id not in places:
        return False
    slot_id = places[line.item.id] or None
    if slot_id is not None and slot_id not in {slot.id for slot in line.places}:
        raise Invalid({f"place__{line.item.id}": _("Vị trí này không thuộc công trình; hãy chọn trong danh sách.")})
    if slot_id == line.item.place_id:
        return False
    line.item.place_id = slot_id
    return True


def send_drafts(ctx: Ctx, draft_ids: Sequence[int]) -> list[Sent | NotSent]:
    """Send drafts of the saved basket, each apart: what keeps one of them keeps none of the others.

    Structures that cannot be sent now are left in the basket, in a draft of their own.
    """
    outcomes: list[Sent | NotSent] = []
    for group in sorted(read_basket(ctx).groups, key=lambda draft_group: draft_group.draft.id):
        if group.draft.id in draft_ids:
            try:
                with attempt(ctx):
                    outcomes.append(_send(ctx, group))
            except DomainError as refused:
                texts = refused.sentences if isinstance(refused, Invalid) else []
                outcomes.append(NotSent(group.owner, tuple(texts or [refused.message])))
    return outcomes


def _send(ctx: Ctx, group: BasketGroup) -> Sent | NotSent:
    left_out = tuple(line.obstacle for line in group.left_out)
    if not group.ready:
        return NotSent(group.owner, left_out or (_("Chưa chọn công trình nào; hãy thêm ít nhất một công trình."),))
    if group.missing:
        return NotSent(group.owner, tuple(group.missing))
    if group.left_out:
        _split(ctx, group)
    request = fire(ctx, COLOCATION, group.draft.id, "submit", {}, version=group.draft.version)
    return Sent(request.number or "", group.owner, len(group.ready), left_out)


def _split(ctx: Ctx, group: BasketGroup) -> None:
    """Move the lines that are left out into a new draft with the same content."""
    draft = group.draft
    rest = ColocationRequest(
        title="",
        version=1,
        requester_organisation_id=draft.requester_organisation_id,
        owner_organisation_id=draft.owner_organisation_id,
        is_defence=draft.is_defence,
        kind=RequestKind.NEW,
        state=ColocationState.DRAFT,
        **{name: getattr(draft, name) for name in SHARED_FIELDS},
    )
    rest.title = title_of(ctx, rest, [line.structure for line in group.left_out])
    open_case(ctx, COLOCATION, rest)
    for line in group.left_out:
        line.item.request_id = rest.id
    draft.title = title_of(ctx, draft, [line.structure for line in group.ready])
    codes = ", ".join(line.structure.code for line in group.left_out)
    touch(ctx, COLOCATION, draft, "remove_item", structure=codes)
