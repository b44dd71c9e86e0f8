"""The check of data quality: built since the first day of the rule, without a notice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from registry.authz.actors import Ctx
from registry.building_notices.codes import BuildingNoticeState, NoticeRegime
from registry.building_notices.models import BuildingNotice
from registry.building_notices.settings import REQUIRED
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.models import Structure


def asked_spans(ctx: Ctx) -> dict[NoticeRegime, list[tuple[date, date | None]]]:
    """The days on which the law asks for a notice: first day, and the first day on which it does not any more."""
    query = (
        select(DatedSetting)
        .where(DatedSetting.key == REQUIRED, DatedSetting.withdrawn_at.is_(None), DatedSetting.valid_from <= ctx.today)
        .order_by(DatedSetting.valid_from)
    )
    rows = list(ctx.session.scalars(query))
    ends = [row.valid_from for row in rows[1:]] + [None]
    return {
        regime: [(row.valid_from, end) for row, end in zip(rows, ends, strict=True) if row.value[regime.value]]
        for regime in NoticeRegime
    }


def _lacks(regime: NoticeRegime, days: Sequence[tuple[date, date | None]]) -> ColumnElement[bool]:
    spans = [
        and_(Structure.built_on >= first, Structure.built_on < end) if end else Structure.built_on >= first
        for first, end in days
    ]
    notice = select(BuildingNotice.id).where(
        BuildingNotice.structure_id == Structure.id,
        BuildingNotice.regime == regime,
        BuildingNotice.state != BuildingNoticeState.WITHDRAWN,
    )
    return and_(or_(*spans) if spans else false(), ~notice.correlate(Structure).exists())


def _without_notice(ctx: Ctx) -> ColumnElement[bool]:
    """A number of a notice that was sent on paper, in the record of the structure, stands for one here."""
    on_paper = func.coalesce(func.btrim(Structure.permit_number), "") != ""
    return and_(~on_paper, or_(*(_lacks(regime, days) for regime, days in asked_spans(ctx).items())))


def changed_by_notices(since: datetime) -> Select[Any]:
    """The structures of notices that changed."""
    version = history_of(BuildingNotice)
    return select(version.c.structure_id).where(version.c.recorded_from >= since, version.c.structure_id.is_not(None))


WITHOUT_NOTICE: Final = Check(
    "without_notice",
    _l("Xây dựng không có thông báo"),
    _l(
        "Công trình xây dựng từ ngày pháp luật yêu cầu thông báo nhưng cơ sở dữ liệu chưa có thông báo xây dựng hoặc "
        "thông báo khởi công; gửi thông báo, ghi công trình vào thông báo đã gửi, hoặc ghi số thông báo bằng văn bản."
    ),
    _without_notice,
    is_recorded=True,
)
