"""Notices to an organisation whose use of a structure of another ends, moves or is recorded."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Row, select

from registry.authz.actors import Ctx
from registry.capacity.models import CapacityEntry, CapacityPlace, EntryState
from registry.kernel.i18n import _, _l, _n
from registry.notices.events import NoticeEvent, Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.models import Structure

KIND: Final = "capacity_use"


@dataclass(frozen=True)
class EndedUse:
    """The organisation whose use of a structure changes."""

    holder_id: int


_HOLDER: Final = Recipients(affected=("holder",))
EVENTS: Final = declare_events(
    KIND,
    _l("Đơn vị sử dụng công trình"),
    {"holder": organisation_party(_l("Đơn vị sử dụng"), lambda use: use.holder_id)},
    {
        "ended": (_l("Chủ sở hữu ghi kết thúc sử dụng"), _HOLDER),
        "suspended": (_l("Công trình đang sử dụng bị tạm ngừng"), _HOLDER),
        "closed": (_l("Công trình đang sử dụng bị hạn chế hoặc ngừng chia sẻ"), _HOLDER),
        "moved": (_l("Chủ sở hữu chuyển sử dụng sang công trình khác"), _HOLDER),
    },
)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about the use of a structure."""
    code, count = notice.params.get("code", ""), int(notice.params.get("count", 1))
    if notice.event == "moved":
        sentence = _n(
            "Chủ sở hữu đã chuyển %(count)d mục sử dụng của đơn vị từ công trình %(code)s sang %(to)s; hãy sửa các"
            " tuyến cáp đi qua đó.",
            count,
            count=count,
            code=code,
            to=notice.params.get("to", ""),
        )
        return NoticeText(sentence, "structures.detail", {"code": notice.params.get("to", "")})
    if notice.event == "suspended":
        sentence = _(
            "Chủ sở hữu đã tạm ngừng công trình %(code)s mà đơn vị đang sử dụng (%(count)d mục).",
            code=code,
            count=count,
        )
        return NoticeText(sentence, "structures.detail", {"code": code})
    if notice.event == "closed":
        sentence = _(
            "Chủ sở hữu đã ghi “Hạn chế” hoặc “Không đủ điều kiện” cho công trình %(code)s mà đơn vị đang sử "
            "dụng (%(count)d mục).",
            code=code,
            count=count,
        )
        return NoticeText(sentence, "structures.detail", {"code": code})
    sentence = _n(
        "Chủ sở hữu đã ghi kết thúc %(num)d mục sử dụng của đơn vị trên công trình %(code)s.", count, code=code
    )
    return NoticeText(sentence, "structures.detail", {"code": code})


class Held(Protocol):
    """A row with the organisation that uses a place."""

    @property
    def holder_id(self) -> int | None: ...


def holders_on(ctx: Ctx, structure_ids: Collection[int]) -> dict[int, list[CapacityEntry]]:
    """By structure: the open entries of its users."""
    query = (
        select(CapacityPlace.structure_id, CapacityEntry)
        .join(CapacityEntry, CapacityEntry.place_id == CapacityPlace.id)
        .where(
            CapacityPlace.structure_id.in_(structure_ids),
            CapacityEntry.state.in_((EntryState.USED, EntryState.RESERVED)),
            CapacityEntry.holder_id.is_not(None),
        )
        .order_by(CapacityEntry.id)
    )
    entries: dict[int, list[CapacityEntry]] = {}
    for structure_id, entry in ctx.session.execute(query):
        entries.setdefault(structure_id, []).append(entry)
    return entries


@dataclass(frozen=True)
class UsedStructure:
    """What a notice says of a structure, which a revert may have deleted meanwhile."""

    id: int
    code: str
    owner_organisation_id: int


def holders_of_entries(ctx: Ctx, *where: ColumnElement[bool]) -> list[Row[Any]]:
    """Of the entries in force that an organisation has: id, holder, and id, code and owner of the structure."""
    query = (
        select(
            CapacityEntry.id,
            CapacityEntry.holder_id,
            Structure.id.label("structure_id"),
            Structure.code,
            Structure.owner_organisation_id,
        )
        .join(CapacityPlace, CapacityPlace.id == CapacityEntry.place_id)
        .join(Structure, Structure.id == CapacityPlace.structure_id)
        .where(
            CapacityEntry.state.in_((EntryState.USED, EntryState.RESERVED)),
            CapacityEntry.holder_id.is_not(None),
            *where,
        )
        .order_by(CapacityEntry.id)
    )
    return list(ctx.session.execute(query))


def notify_holders(
    ctx: Ctx, event: NoticeEvent, structure: Structure | UsedStructure, entries: Iterable[Held], *, to: str = ""
) -> None:
    """One notice to each organisation, other than the owner and the actor's, whose entries an act ends or moves."""
    counts: dict[int, int] = {}
    for entry in entries:
        is_other = entry.holder_id is not None and entry.holder_id != structure.owner_organisation_id
        if entry.holder_id is not None and is_other and entry.holder_id not in ctx.actor.organisation_ids:
            counts[entry.holder_id] = counts.get(entry.holder_id, 0) + 1
    for holder_id, count in sorted(counts.items()):
        notify(ctx, event, structure.id, EndedUse(holder_id), code=structure.code, count=count, to=to)
