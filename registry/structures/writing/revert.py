"""Revert one change of structures, of their kinds' tables and of capacity: of an import, of a bulk edit.

The database reverts it from its history (`revert_step` of the migrations), a few thousand rows of a table at a time:
inserted rows are deleted, changed rows get their former values in a new version. History keeps everything. Tables join
by `make_revertible` in a migration; foreign keys with ON DELETE CASCADE or SET NULL are never an obstacle.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, Row, bindparam, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import ALL, scopes_of
from registry.kernel.errors import Conflict, Forbidden, Invalid
from registry.kernel.i18n import _, _l, _n
from registry.structures.kinds import KINDS
from registry.structures.writing.occupants import the_ledger

#: Days within which imports and bulk edits can be undone (UX: seven days).
UNDO_DAYS: Final = 7
_NAMED: Final = 5
_CHANGED: Final = "changed"
_REFUSED: Final = "40001"
#: Label by the table that refers to a new structure; tables of kinds have theirs, others are “dữ liệu khác”.
_USERS: Final[dict[str, Any]] = {
    "colocation_item": _l("hồ sơ dùng chung"),
    "colocation_screening": _l("hồ sơ dùng chung"),
    "violation": _l("hồ sơ vi phạm"),
    "occupation": _l("hồ sơ chiếm dụng"),
    "attachment_link": _l("tệp đính kèm"),
    "capacity_place": _l("khai báo chỗ lắp đặt"),
    "capacity_entry": _l("khai báo sử dụng chỗ lắp đặt"),
    "cable_member": _l("tuyến cáp đi qua"),
    "structure_label": _l("nhãn đã in"),
    "tariff": _l("giá thuê đã công bố"),
}
_OBSTACLES: Final = text(
    "WITH found AS MATERIALIZED"
    " (SELECT DISTINCT reason, CASE reason WHEN 'used' THEN source ELSE '' END AS source, structure_id"
    " FROM obstacles_of_change(:change)),"
    " named AS (SELECT found.*, (SELECT h.code FROM structure_history h WHERE h.id = found.structure_id"
    " ORDER BY h.history_id + 0 DESC LIMIT 1) AS code FROM found)"
    " SELECT reason, source, count(*) AS structures, (array_agg(code ORDER BY code))[1:5] AS codes"
    " FROM named GROUP BY reason, source ORDER BY reason, source"
)
_TOUCHED: Final = text(
    "SELECT count(*) AS structures, count(*) FILTER (WHERE made) AS made,"
    " array_agg(DISTINCT (SELECT h.owner_organisation_id FROM structure_history h WHERE h.id = structure_id"
    " ORDER BY h.history_id + 0 DESC LIMIT 1)) AS owners"
    " FROM (SELECT structure_id, bool_or(made AND source = 'structure') AS made"
    " FROM structures_of_change(:change) WHERE structure_id <> ALL (:spared) GROUP BY structure_id) touched"
).bindparams(bindparam("spared", type_=ARRAY(BigInteger)))
_OBSTRUCTED: Final = text("SELECT DISTINCT structure_id FROM obstacles_of_change(:change) ORDER BY structure_id")
_CHANGE: Final = bindparam("change", type_=BigInteger)
_BEGIN: Final = text("SELECT begin_revert(:change, :spared)").bindparams(
    _CHANGE, bindparam("spared", type_=ARRAY(BigInteger))
)
_STEPS: Final = text(
    "SELECT source, action, first_id, last_id, found FROM revert_steps(:change, :at_once) ORDER BY step"
).bindparams(_CHANGE)
_STEP: Final = text("SELECT revert_step(:change, :source, :action, :first_id, :last_id)").bindparams(
    _CHANGE, bindparam("first_id", type_=BigInteger), bindparam("last_id", type_=BigInteger)
)
_END: Final = text("SELECT end_revert()")
#: Rows of a table that one step reverts.
AT_ONCE: Final = 5_000


@dataclass(frozen=True)
class Reverted:
    """The result: structures that were deleted, structures that have their former values."""

    change_id: int
    reason: str
    deleted: int
    restored: int

    @property
    def details(self) -> dict[str, Any]:
        """The details for the caller's audit event."""
        return {
            "reverted_change": self.change_id,
            "reason": self.reason,
            "deleted": self.deleted,
            "restored": self.restored,
        }


def can_revert(ctx: Ctx, change_id: int) -> list[str]:
    """Why a change cannot be reverted now, in sentences; empty where it can be."""
    return _reasons(ctx, change_id, _touched(ctx, change_id))


def obstructed(ctx: Ctx, change_id: int) -> list[int]:
    """Structures of a change that were changed since or are in use; without them the rest can be reverted."""
    return list(ctx.session.scalars(_OBSTRUCTED, {"change": change_id}))


def count_revertible(ctx: Ctx, change_id: int, spared: Collection[int]) -> int:
    """Number of structures that a revert without the spared ones takes back."""
    return int(_touched(ctx, change_id, spared).structures)


def _unwatched(_done: int, _total: int) -> None:
    """Ignores the progress."""


def revert_change(
    ctx: Ctx,
    change_id: int,
    *,
    reason: str,
    advance: Callable[[int, int], None] = _unwatched,
    spared: Collection[int] = (),
) -> Reverted:
    """Revert one earlier change without the structures `spared`; the caller writes the event (`Reverted.details`).

    `advance` is called with the rows done and the rows of all tables; an exception in it ends the attempt.

    Forbidden where a structure of it belongs to an owner for which the actor may not write. Conflict names the first
    codes and their number where a structure was changed since or is in use. Large changes belong into the worker.
    """
    cleaned = " ".join(reason.split())
    if not cleaned:
        raise Invalid({"reason": _("Chưa nhập lý do; hãy nêu ngắn gọn lý do hoàn tác.")})
    ctx.session.flush()
    touched = _touched(ctx, change_id, spared)
    _require_owners(ctx, touched)
    if not touched.structures:
        raise Conflict(_nothing(change_id))
    ledger = the_ledger()
    notify_users = ledger.watch_revert(ctx, change_id) if ledger is not None else None
    try:
        with ctx.session.begin_nested():
            _run_steps(ctx, change_id, advance, spared)
    except IntegrityError as error:
        raise Conflict(
            _("Không hoàn tác được: giá trị cũ (mã của chủ sở hữu, tuyến đường...) nay trùng hoặc không còn dùng được.")
        ) from error
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _REFUSED:
            raise
        raise Conflict(" ".join(can_revert(ctx, change_id))) from error
    ctx.session.expire_all()
    if notify_users is not None:
        notify_users()
    return Reverted(change_id, cleaned, touched.made, touched.structures - touched.made)


def _run_steps(ctx: Ctx, change_id: int, advance: Callable[[int, int], None], spared: Collection[int]) -> None:
    run, change = ctx.session.execute, {"change": change_id}
    run(_BEGIN, change | {"spared": list(spared)})
    steps = run(_STEPS, change | {"at_once": AT_ONCE}).all()
    done, total = 0, sum(step.found for step in steps)
    for step in steps:
        run(
            _STEP,
            {"source": step.source, "action": step.action, "first_id": step.first_id, "last_id": step.last_id} | change,
        )
        done += step.found
        advance(done, total)
    run(_END)


def _touched(ctx: Ctx, change_id: int, spared: Collection[int] = ()) -> Row[Any]:
    return ctx.session.execute(_TOUCHED, {"change": change_id, "spared": list(spared)}).one()


def _reasons(ctx: Ctx, change_id: int, touched: Row[Any]) -> list[str]:
    if not touched.structures:
        return [_nothing(change_id)]
    return [_sentence(row) for row in ctx.session.execute(_OBSTACLES, {"change": change_id})]


def _nothing(change_id: int) -> str:
    return _("Thay đổi số %(change)d không ghi gì vào công trình nào, nên không có gì để hoàn tác.", change=change_id)


def _require_owners(ctx: Ctx, touched: Row[Any]) -> None:
    """Actors who may register for all owners may revert for all, others only for their own organisation."""
    if ALL in scopes_of(ctx.actor, P.STRUCTURE_CREATE):
        return
    if set(touched.owners or ()) - ctx.actor.organisation_ids:
        raise Forbidden(_("Tài khoản chỉ được hoàn tác thay đổi trên công trình của đơn vị."))


def _sentence(row: Row[Any]) -> str:
    codes = ", ".join(row.codes[:_NAMED])
    more = row.structures - len(row.codes[:_NAMED])
    named = _n("%(codes)s và %(num)d công trình khác", more, codes=codes) if more > 0 else codes
    if row.reason == _CHANGED:
        return _("Không hoàn tác được: %(named)s đã được thay đổi sau đó.", named=named)
    user = KINDS[row.source].label if row.source in KINDS else _USERS.get(row.source, _("dữ liệu khác"))
    return _("Không hoàn tác được: %(named)s đang được dùng trong %(user)s.", named=named, user=user)
