"""Room in the store of reported photos: quotas in bytes of all photos and of one network, and drafts that make room.

Photos of drafts without a report go after an hour, and earlier where room is short: first those of the network whose
drafts hold most, so that a flood displaces itself. Photos of reports are never displaced.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, delete, func, select, text, update

from registry.authz.actors import Ctx
from registry.files.storage import FileStore
from registry.incidents.models import IncidentDraft, IncidentPhoto
from registry.kernel.dated_settings import setting

QUOTA: Final = "incident.quota"
DRAFT_TERM: Final = timedelta(hours=1)
_WINDOW: Final = timedelta(hours=1)
_MEGABYTE: Final = 1024 * 1024
_LOCK: Final = 7_204_011
_EXCLUSIVE: Final = text("SELECT pg_advisory_xact_lock(:key)")


def lock_room(ctx: Ctx) -> None:
    """From here to the commit one transaction at a time counts, adds and deletes photos."""
    ctx.session.execute(_EXCLUSIVE, {"key": _LOCK})


def make_room(ctx: Ctx, store: FileStore, draft: IncidentDraft, size: int) -> bool:
    """Whether `size` bytes of a draft fit into both quotas, once other drafts have made room; the room is locked."""
    quota = setting(ctx.session, QUOTA, ctx.today)
    most, of_network = quota["store_mb"] * _MEGABYTE, quota["network_mb_an_hour"] * _MEGABYTE
    drop_drafts(ctx, store, IncidentPhoto.received_at < ctx.now - DRAFT_TERM)
    if draft.network is not None:
        own = _photos_of(ctx, draft.network)
        _displace(ctx, store, draft, _held(ctx, own) + size - of_network, own)
        if _held(ctx, own) + size > of_network:
            return False
    _displace(ctx, store, draft, _held(ctx) + size - most)
    return bool(_held(ctx) + size <= most)


def drop_drafts(ctx: Ctx, store: FileStore, which: ColumnElement[bool]) -> int:
    """Delete photos of drafts without a report, and their files after the commit; returns how many.

    A draft that another request is adding to, or sending, keeps its photos.
    """
    waiting = IncidentPhoto.report_id.is_(None)
    digests = select(IncidentPhoto.draft_digest).where(waiting, which)
    free = select(IncidentDraft.digest).where(IncidentDraft.digest.in_(digests)).with_for_update(skip_locked=True)
    rows = ctx.session.execute(
        delete(IncidentPhoto)
        .where(IncidentPhoto.draft_digest.in_(ctx.session.scalars(free).all()), waiting, which)
        .returning(IncidentPhoto.draft_digest, IncidentPhoto.sha256, IncidentPhoto.stored_name)
    ).all()
    for row in rows:
        _leave_out(ctx, row.draft_digest)
    discard_files(ctx, store, {name for row in rows for name in (row.sha256, row.stored_name)})
    return len(rows)


def discard_files(ctx: Ctx, store: FileStore, names: Collection[str]) -> None:
    """Delete files after the commit unless a photo still has them; those of a lost process go by the nightly sweep."""
    if not names:
        return
    engine = ctx.session.connection().engine

    def delete_files() -> None:
        with engine.begin() as connection:
            connection.execute(_EXCLUSIVE, {"key": _LOCK})
            used = set(connection.execute(_USED, {"names": list(names)}).scalars())
            for name in set(names) - used:
                store.discard(name)

    ctx.after_commit.append(delete_files)


_USED: Final = text(
    "SELECT unnest(ARRAY[sha256, stored_name, cleared_name]) FROM incident_photo"
    " WHERE sha256 = ANY(:names) OR stored_name = ANY(:names) OR cleared_name = ANY(:names)"
)


def _displace(
    ctx: Ctx, store: FileStore, draft: IncidentDraft, missing: int, among: ColumnElement[bool] | None = None
) -> None:
    """Drop photos of other drafts until so many bytes are free, or there are none left."""
    if missing <= 0:
        return
    of_network = func.sum(IncidentPhoto.size_bytes).over(partition_by=IncidentDraft.network)
    candidates = (
        select(IncidentPhoto.id, IncidentPhoto.size_bytes)
        .join(IncidentDraft, IncidentDraft.digest == IncidentPhoto.draft_digest)
        .where(IncidentPhoto.report_id.is_(None), IncidentPhoto.draft_digest != draft.digest)
        .order_by(of_network.desc(), IncidentPhoto.received_at, IncidentPhoto.id)
    )
    displaced = []
    for row in ctx.session.execute(candidates if among is None else candidates.where(among)):
        displaced.append(row.id)
        missing -= row.size_bytes
        if missing <= 0:
            break
    drop_drafts(ctx, store, IncidentPhoto.id.in_(displaced))


def _photos_of(ctx: Ctx, network: str) -> ColumnElement[bool]:
    """SQL: sent by a network within the last hour, whether or not their draft became a report."""
    drafts = select(IncidentDraft.digest).where(IncidentDraft.network == network)
    return IncidentPhoto.draft_digest.in_(drafts) & (IncidentPhoto.received_at > ctx.now - _WINDOW)


def _held(ctx: Ctx, among: ColumnElement[bool] | None = None) -> int:
    held = select(func.coalesce(func.sum(IncidentPhoto.size_bytes), 0))
    return int(ctx.session.scalar(held if among is None else held.where(among)) or 0)


def _leave_out(ctx: Ctx, digest: str) -> None:
    row = update(IncidentDraft).where(IncidentDraft.digest == digest)
    ctx.session.execute(row.values(left_out=IncidentDraft.left_out + 1))
