"""The check of data quality: built since the first day of the rule, without an announcement of joint building."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from registry.authz.actors import Ctx
from registry.joint_builds.codes import ENDED
from registry.joint_builds.models import JointBuild
from registry.joint_builds.settings import REQUIRED
from registry.kernel.dated_settings import DatedSetting
from registry.kernel.db.history import history_of
from registry.kernel.i18n import _l
from registry.structures.filtering.checks import Check
from registry.structures.models import Structure


def asked_spans(ctx: Ctx) -> list[tuple[date, date | None, list[str]]]:
    """The days on which kinds are to be announced: first day, first day on which other kinds are, the kinds."""
    query = (
        select(DatedSetting)
        .where(DatedSetting.key == REQUIRED, DatedSetting.withdrawn_at.is_(None), DatedSetting.valid_from <= ctx.today)
        .order_by(DatedSetting.valid_from)
    )
    rows = list(ctx.session.scalars(query))
    ends = [row.valid_from for row in rows[1:]] + [None]
    spans = [
        (row.valid_from, end, sorted(code for code, is_asked in row.value.items() if is_asked))
        for row, end in zip(rows, ends, strict=True)
    ]
    return [span for span in spans if span[2]]


def _without_announcement(ctx: Ctx) -> ColumnElement[bool]:
    spans = [
        and_(
            Structure.kind.in_(kinds),
            Structure.built_on >= first,
            *((Structure.built_on < end,) if end is not None else ()),
        )
        for first, end, kinds in asked_spans(ctx)
    ]
    announced = select(JointBuild.id).where(JointBuild.structure_id == Structure.id, JointBuild.state.in_(ENDED))
    return and_(or_(*spans) if spans else false(), ~announced.correlate(Structure).exists())


def changed_by_announcements(since: datetime) -> Select[Any]:
    """The structures of announcements that changed."""
    version = history_of(JointBuild)
    return select(version.c.structure_id).where(version.c.recorded_from >= since, version.c.structure_id.is_not(None))


WITHOUT_ANNOUNCEMENT: Final = Check(
    "without_joint_build",
    _l("Xây dựng không thông báo phương án dùng chung"),
    _l(
        "Công trình xây dựng từ ngày phải thông báo phương án xây dựng, sử dụng chung nhưng không có phương án đã kết "
        "thúc nhận đăng ký; ghi mã công trình vào phương án của đơn vị."
    ),
    _without_announcement,
    is_recorded=True,
)
