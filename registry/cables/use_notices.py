"""Notices to the owner of a structure over which a cable of another was recorded without a contract."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, select, text

from registry.accounts.models import Organisation
from registry.authz.actors import Ctx
from registry.kernel.i18n import _l, _n
from registry.notices.events import Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText

KIND: Final = "cable_use"
#: Most codes that a notice names.
_NAMED: Final = 5


@dataclass(frozen=True)
class RecordedUse:
    """The owner of the structures over which cables of another were recorded."""

    owner_id: int


_UNDECLARED: Final = text(
    "SELECT e.organisation_id AS owner_id, e.holder_id, cable.code AS cable, carrier.code AS carrier"
    " FROM cable_use u JOIN capacity_entry e ON e.id = u.entry_id JOIN structure cable ON cable.id = u.cable_id"
    " JOIN structure carrier ON carrier.id = u.structure_id"
    " WHERE u.cable_id = ANY(:cables) AND e.cable_id IS NOT NULL AND e.holder_id <> e.organisation_id"
)
EVENTS: Final = declare_events(
    KIND,
    _l("Cáp đi qua công trình của đơn vị khác"),
    {"owner": organisation_party(_l("Chủ sở hữu công trình"), lambda use: use.owner_id)},
    {"recorded": (_l("Cáp được khai đi qua mà không có hợp đồng"), Recipients(affected=("owner",)))},
)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about cables over structures of others."""
    carriers = notice.params.get("carriers", [])
    sentence = _n(
        "%(holder)s khai cáp (%(cables)s) đi qua %(num)d công trình của đơn vị (%(carriers)s) mà sổ sức chứa "
        "không có mục sử dụng; hãy ghi đơn vị sử dụng, hoặc lập hồ sơ chiếm dụng ở trang công trình.",
        int(notice.params.get("count", 1)),
        holder=notice.params.get("holder", ""),
        cables=", ".join(notice.params.get("cables", [])),
        carriers=", ".join(carriers),
    )
    return NoticeText(sentence, "structures.detail", {"code": carriers[0] if carriers else ""})


def uses_without_contract(ctx: Ctx, cable_ids: Collection[int]) -> set[Row[Any]]:
    """The uses of structures of others by these cables of which the owner declared none: the database made them."""
    return set(ctx.session.execute(_UNDECLARED, {"cables": list(cable_ids)}))


def notify_owners(ctx: Ctx, uses: Iterable[Row[Any]]) -> None:
    """One notice to each owner for each holder of recorded uses."""
    by_parties: dict[tuple[int, int], list[Row[Any]]] = {}
    for use in uses:
        by_parties.setdefault((use.owner_id, use.holder_id), []).append(use)
    if not by_parties:
        return
    holders = select(Organisation.id, Organisation.short_name).where(
        Organisation.id.in_({holder_id for _owner, holder_id in by_parties})
    )
    names = {row.id: row.short_name for row in ctx.session.execute(holders)}
    for (owner_id, holder_id), rows in sorted(by_parties.items()):
        carriers, cables = sorted({row.carrier for row in rows}), sorted({row.cable for row in rows})
        notify(
            ctx,
            EVENTS["recorded"],
            owner_id,
            RecordedUse(owner_id),
            holder=names[holder_id],
            count=len(carriers),
            carriers=carriers[:_NAMED],
            cables=cables[:_NAMED],
        )
