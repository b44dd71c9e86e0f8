"""Writes of bulk edits: apply at once or in the worker, undo; each is one change with one audit event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Text, cast, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from registry.accounts.models import Organisation
from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.errors import Conflict, DomainError, Invalid
from registry.kernel.fields import Field, ValueRefused, parse_value
from registry.kernel.i18n import _, _l, _n
from registry.kernel.text import TextRefused, normalise
from registry.notices.events import Recipients, declare_events, organisation_party
from registry.notices.models import Notice
from registry.notices.service import notify
from registry.notices.texts import NoticeText
from registry.structures.bulk_edit.commands import ApplyBulkEdit, BulkChange, Target, UndoBulkEdit
from registry.structures.bulk_edit.models import BulkEdit, BulkState
from registry.structures.bulk_edit.queries import (
    CHANGES,
    COMPANION,
    MANAGER,
    SAME,
    TABLE,
    among,
    bulk_fields,
    changed_since,
    check_change,
    digest_of,
    former_values,
    get_batch,
    may_undo,
    target_ids,
    verdict_of,
    written_by,
)
from registry.structures.codes import NotShareableReason, SharingStatus
from registry.structures.models import Structure
from registry.structures.writing.create_edit import street_of
from registry.structures.writing.restricting import BASIS, announce_closed
from registry.structures.writing.revert import UNDO_DAYS
from registry.structures.writing.shown_nodes import require_agreed_for

#: Most structures that are changed within the request; more are left to the worker.
AT_ONCE: Final = 2_000
#: Most structures whose ids the audit event lists.
_NAMED: Final = 200
KIND: Final = "bulk_edit"
_OWNER: Final = Recipients(affected=("owner",))
EVENTS: Final = declare_events(
    KIND,
    _l("Lô sửa hàng loạt"),
    {"owner": organisation_party(_l("Chủ sở hữu công trình"), lambda batch: batch.organisation_id)},
    {
        "applied": (_l("Lô đã được thực hiện"), _OWNER),
        "undone": (_l("Lô đã được hoàn tác"), _OWNER),
        "failed": (_l("Lô không thực hiện được"), _OWNER),
    },
)


def read_notice(notice: Notice) -> NoticeText:
    """The sentence of a notice about a batch."""
    batch, count = notice.subject_id, int(notice.params.get("count", 0))
    if notice.event == "applied":
        sentence = _n("Lô sửa hàng loạt số %(batch)d đã xong: %(num)d công trình được sửa.", count, batch=batch)
    elif notice.event == "undone":
        sentence = _n("Lô sửa hàng loạt số %(batch)d đã được hoàn tác: %(num)d công trình.", count, batch=batch)
    else:
        sentence = _("Lô sửa hàng loạt số %(batch)d không thực hiện được; mở lô để xem lý do.", batch=batch)
    return NoticeText(sentence, "structures.bulk_batch", {"batch_id": notice.subject_id})


Later = Callable[[Ctx, str, int], None]


def read_change(ctx: Ctx, field: str, typed: str | None, companion: str | None = None) -> BulkChange:
    """The change of typed values; Invalid at `field`, `value` or `companion`."""
    declared = bulk_fields().get(field)
    if declared is None:
        raise Invalid({"field": _("Không thể sửa hàng loạt trường “%(field)s”.", field=field[:60])})
    value = _parsed(ctx, declared, typed)
    reason = NotShareableReason(companion) if field in COMPANION and companion in set(NotShareableReason) else None
    change = BulkChange(field, value, typed or None, reason)
    check_change(change, ctx.today)
    return change


def _parsed(ctx: Ctx, declared: Field, typed: str | None) -> Any:
    try:
        value = parse_value(declared, typed)
    except ValueRefused as refused:
        raise Invalid({"value": str(refused)}) from refused
    if declared.name == MANAGER and value is not None:
        organisation = select(Organisation.id).where(Organisation.id == value)
        if ctx.session.scalar(organisation) is None:
            raise Invalid({"value": _("Không có tổ chức số %(number)d; hãy chọn trong danh sách.", number=value)})
    return value


def apply_bulk_edit(ctx: Ctx, command: ApplyBulkEdit, later: Later) -> BulkEdit:
    """Change the previewed structures, at once or (more than AT_ONCE) in the worker; all or nothing.

    Conflict where any of them changed since the preview, or the filter now matches others.
    """
    require(ctx, P.STRUCTURE_EDIT)
    reason = _reason(command.reason, _("Chưa nhập lý do; hãy nêu ngắn gọn lý do sửa."))
    ids = target_ids(ctx, command.target)
    if not ids:
        raise Invalid({"target": _("Không có công trình nào của đơn vị trong lựa chọn này.")})
    if len(ids) <= AT_ONCE:
        _lock(ctx, ids)
    _require_fresh(ctx, ids, command.digest)
    batch = BulkEdit(
        organisation_id=ctx.actor.organisation_id,
        field=command.change.field,
        value=command.change.typed,
        companion=command.change.companion,
        target=command.target.as_json(),
        reason=reason,
        digest=command.digest,
        state=BulkState.WAITING,
        matched=len(ids),
        changed=0,
        refused=0,
        created_at=ctx.now,
        created_by_id=ctx.actor.id,
    )
    ctx.session.add(batch)
    ctx.session.flush()
    if len(ids) > AT_ONCE:
        _record(ctx, "structure.bulk_request", batch, count=len(ids))
        later(ctx, "apply", batch.id)
    else:
        _change(ctx, batch, ids, command.change)
    return batch


def apply_waiting(ctx: Ctx, batch_id: int, target: Target) -> BulkEdit:
    """The worker's part: apply a waiting batch if its structures are as previewed; idempotent."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state is not BulkState.WAITING:
        return batch
    ids = target_ids(ctx, target)
    _lock(ctx, ids)
    _require_fresh(ctx, ids, batch.digest)
    _change(ctx, batch, ids, read_change(ctx, batch.field, batch.value, batch.companion))
    _notify(ctx, batch, "applied", count=batch.changed)
    return batch


def _change(ctx: Ctx, batch: BulkEdit, ids: list[int], change: BulkChange) -> None:
    verdict, _reasons = verdict_of(change)
    judged = select(Structure.id, verdict.label("verdict")).where(among(ids)).order_by(Structure.id)
    rows = ctx.session.execute(judged).all()
    changing_ids = [row.id for row in rows if row.verdict == CHANGES]
    values: dict[str, Any] = {change.field: change.value, "updated_at": ctx.now, "version": TABLE.c.version + 1}
    if change.field in COMPANION:
        values[COMPANION[change.field]] = change.companion
    if change.value is SharingStatus.RESTRICTED:
        values[BASIS] = batch.reason
    if not changing_ids:
        raise Invalid({"target": _("Không công trình nào đổi: tất cả đã mang giá trị này hoặc không nhận nó.")})
    if change.field == "road_name":
        values["street_id"] = _streets(ctx, changing_ids, change.value)
    ctx.session.execute(update(TABLE).where(among(changing_ids)).values(values))
    ctx.session.expire_all()
    require_agreed_for(ctx, changing_ids)
    if change.field == "sharing_status":
        announce_closed(ctx, changing_ids)
    batch.state = BulkState.APPLIED
    batch.applied_at = ctx.now
    batch.applied_change_id = ctx.change_id
    batch.changed = len(changing_ids)
    batch.refused = sum(row.verdict not in (CHANGES, SAME) for row in rows)
    ctx.session.flush()
    named = {"ids": changing_ids} if len(changing_ids) <= _NAMED else {}
    _record(
        ctx, "structure.bulk_edit", batch, count=len(changing_ids), digest=batch.digest, reason=batch.reason, **named
    )


def _streets(ctx: Ctx, ids: list[int], name: str | None) -> ColumnElement[int | None]:
    """SQL: the registered street of the name in the commune of each structure."""
    communes = ctx.session.scalars(select(Structure.commune_id).where(among(ids)).distinct()).all()
    street_ids = {str(commune): street_of(ctx.session, name, commune) for commune in communes}
    return cast(cast(street_ids, JSONB).op("->>")(cast(TABLE.c.commune_id, Text)), BigInteger)


def undo_bulk_edit(ctx: Ctx, command: UndoBulkEdit, later: Later) -> BulkEdit:
    """Restore the former values of the structures of a batch; those that were changed since are left out and listed."""
    batch = get_batch(ctx, command.batch_id, lock=True)
    reason = _reason(command.reason, _("Chưa nhập lý do; hãy nêu ngắn gọn lý do hoàn tác."))
    if not may_undo(ctx, batch):
        raise Conflict(
            _(
                "Lô sửa đang ở trạng thái “%(state)s”; chỉ hoàn tác được lô đã sửa trong vòng %(days)d ngày.",
                state=batch.state.label,
                days=UNDO_DAYS,
            )
        )
    if batch.version != command.version:
        raise Conflict(_("Lô sửa này đã thay đổi sau khi mở trang; hãy tải lại trang."))
    if batch.changed > AT_ONCE:
        batch.undo_reason = reason
        batch.state = BulkState.UNDOING
        ctx.session.flush()
        _record(ctx, "structure.bulk_undo_request", batch, reason=reason)
        later(ctx, "undo", batch.id)
    else:
        _undo(ctx, batch, reason)
    return batch


def undo_waiting(ctx: Ctx, batch_id: int) -> BulkEdit:
    """The worker's part of undoing; idempotent."""
    batch = get_batch(ctx, batch_id, lock=True)
    if batch.state is BulkState.UNDOING:
        _undo(ctx, batch, batch.undo_reason or "")
        _notify(ctx, batch, "undone", count=batch.changed - len(batch.left_out or ()))
    return batch


def _undo(ctx: Ctx, batch: BulkEdit, reason: str) -> None:
    ctx.session.flush()
    _lock(ctx, [row.id for row in ctx.session.execute(written_by(batch))])
    left_out = changed_since(ctx, batch)
    names = [batch.field, *([COMPANION[batch.field]] if batch.field in COMPANION else [])]
    if batch.field == "road_name":
        names.append("street_id")
    if batch.field == "sharing_status":
        names.append(BASIS)
    former = former_values(batch, names)
    values: dict[str, Any] = {name: former.c[name] for name in names}
    values |= {"updated_at": ctx.now, "version": TABLE.c.version + 1}
    try:
        with ctx.session.begin_nested():
            result = ctx.session.execute(update(TABLE).where(TABLE.c.id == former.c.id).values(values))
    except IntegrityError as error:
        raise Conflict(
            _("Không hoàn tác được: giá trị cũ (tuyến đường, đơn vị quản lý...) nay không còn dùng được.")
        ) from error
    restored = int(getattr(result, "rowcount", 0))
    if not restored:
        raise Conflict(_("Mọi công trình của lô này đã được sửa sau đó; không còn gì để hoàn tác."))
    ctx.session.expire_all()
    batch.left_out = left_out
    batch.state = BulkState.UNDONE
    batch.undo_reason = reason
    batch.undone_at = ctx.now
    batch.undone_by_id = ctx.actor.id
    ctx.session.flush()
    details = {"reverted_change": batch.applied_change_id, "restored": restored, "left_out": len(left_out)}
    _record(ctx, "structure.bulk_undo", batch, reason=reason, **details)


def note_failure(ctx: Ctx, batch_id: int, refused: DomainError) -> None:
    """Record why the worker failed, restore the state of the batch, and notify the organisation."""
    batch = ctx.session.get_one(BulkEdit, batch_id, with_for_update=True)
    batch.failure = refused.message
    batch.state = BulkState.APPLIED if batch.state is BulkState.UNDOING else BulkState.REFUSED
    ctx.session.flush()
    _record(ctx, "structure.bulk_fail", batch, failure=refused.message)
    _notify(ctx, batch, "failed")


def _lock(ctx: Ctx, ids: list[int]) -> None:
    """Lock the structures in the order of their ids, as all writers do, until the end of the transaction."""
    ctx.session.execute(select(Structure.id).where(among(ids)).order_by(Structure.id).with_for_update()).all()


def _require_fresh(ctx: Ctx, ids: list[int], digest: str) -> None:
    if digest_of(ctx, ids) != digest:
        raise Conflict(
            _("Có công trình đã thay đổi, hoặc bộ lọc nay cho kết quả khác, sau khi xem trước; hãy xem trước lại.")
        )


def _reason(typed: str, missing: str) -> str:
    try:
        reason = normalise(typed)
    except TextRefused as refused:
        raise Invalid({"reason": str(refused)}) from refused
    if not reason:
        raise Invalid({"reason": missing})
    return reason


def _notify(ctx: Ctx, batch: BulkEdit, event: str, **params: Any) -> None:
    notify(ctx, EVENTS[event], batch.id, batch, **params)


def _record(ctx: Ctx, action: str, batch: BulkEdit, **details: Any) -> None:
    record(ctx, action, KIND, batch.id, on_behalf_of_id=batch.organisation_id, field=batch.field, **details)
