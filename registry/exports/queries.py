"""Reads of files that were asked for: each person's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from registry.authz.actors import Ctx
from registry.exports.models import ExportJob, ExportState
from registry.kernel.errors import NotFound
from registry.kernel.i18n import _

_SHOWN: Final = 50


def list_own(ctx: Ctx) -> Sequence[ExportJob]:
    """The newest files of the actor."""
    query = select(ExportJob).where(ExportJob.user_id == ctx.actor.id).order_by(ExportJob.id.desc()).limit(_SHOWN)
    return ctx.session.scalars(query).all()


def get_finished(ctx: Ctx, job_id: int) -> ExportJob:
    """A file of the actor that can still be given out; NotFound for whom it is not, or once it has expired."""
    query = select(ExportJob).where(ExportJob.id == job_id, ExportJob.user_id == ctx.actor.id)
    found = ctx.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound(_("Không có tệp đã xuất này, hoặc tệp không phải của bạn."))
    over = found.expires_at is not None and found.expires_at <= ctx.now
    if found.state is ExportState.EXPIRED or over:
        raise NotFound(_("Tệp đã hết hạn tải về; hãy lập lại từ danh sách."))
    if found.state is not ExportState.DONE:
        raise NotFound(_("Tệp chưa lập xong; hãy quay lại trang «Tệp đã xuất» sau ít phút."))
    return found
