"""Changes of the catalogue of acts and of the competence to fine: dated rows, kept by the lead department."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import func, select

from registry.audit.chain import record
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.authz.scopes import require
from registry.kernel.db.history import history_of
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, _n, format_date, format_datetime, format_number
from registry.violations.codes import Authority, KindGroup, Sector
from registry.violations.models import Violation, ViolationCompetence, ViolationKind

FIRST_YEAR, LAST_YEAR = 2000, 2100
_LOCK = select(func.pg_advisory_xact_lock(func.hashtext("violation_catalogue")))
_CODE = re.compile(r"[a-z][a-z_]{1,39}")
#: Words that stand in the addresses of other pages.
_RESERVED = frozenset({"new", "rows"})
RowT = TypeVar("RowT", ViolationKind, ViolationCompetence)


@dataclass(frozen=True)
class SaveKind:
    """A row of an act from a day on; fines in đồng for organisations, both None where no range is known."""

    code: str
    kind_group: KindGroup
    act: str
    sector: Sector
    remedies: list[str]
    valid_from: date
    valid_to: date | None
    acts_until: date | None
    fine_min_vnd: Decimal | None
    fine_max_vnd: Decimal | None
    decree: str
    article: str
    owner_first: bool
    needs_verification: bool
    reason: str


@dataclass(frozen=True)
class SaveCompetence:
    """The highest fine and the remedies of an authority in a field of law from a day on."""

    authority: Authority
    sector: Sector
    remedies: list[str]
    valid_from: date
    valid_to: date | None
    fine_max_vnd: Decimal
    decree: str
    article: str
    needs_verification: bool
    reason: str


def rows_of_kind(ctx: Ctx, code: str) -> Sequence[ViolationKind]:
    """The rows of an act with the withdrawn ones, newest first; NotFound for an unknown code."""
    query = (
        select(ViolationKind)
        .where(ViolationKind.code == code)
        .order_by(ViolationKind.valid_from.desc(), ViolationKind.id.desc())
    )
    rows = ctx.session.scalars(query).all() if code.isascii() and code.isprintable() else []
    if not rows:
        raise NotFound(_("Không có hành vi nào mang mã «%(code)s».", code=code[:60]))
    return rows


def rows_of_competence(ctx: Ctx, authority: str) -> Sequence[ViolationCompetence]:
    """The rows of an authority with the withdrawn ones, newest first; NotFound for an unknown one."""
    if authority not in set(Authority):
        raise NotFound(_("Không có người ra quyết định nào mang mã «%(code)s».", code=authority[:60]))
    where = ViolationCompetence.authority == Authority(authority)
    order = (ViolationCompetence.valid_from.desc(), ViolationCompetence.sector.desc(), ViolationCompetence.id.desc())
    return ctx.session.scalars(select(ViolationCompetence).where(where).order_by(*order)).all()


def add_kind(ctx: Ctx, command: SaveKind, *, is_new: bool) -> ViolationKind:
    """Add a row of an act; the row before it ends the day before.

    Invalid for a code that exists already (`is_new`), days that overlap another row, or fines that are no range.
    """
    _begin(ctx)
    rows = ctx.session.scalars(select(ViolationKind).where(ViolationKind.code == command.code)).all()
    if is_new and (not _CODE.fullmatch(command.code) or command.code in _RESERVED):
        sentence = _(
            "Mã «%(code)s» không dùng được; cần 2 đến 40 chữ thường không dấu hoặc gạch dưới, bắt đầu bằng chữ.",
            code=command.code,
        )
        raise Invalid({"code": sentence})
    if is_new and rows:
        raise Invalid({"code": _("Mã «%(code)s» đã có; hãy thêm dòng ở trang của hành vi đó.", code=command.code)})
    if (command.fine_min_vnd is None) != (command.fine_max_vnd is None):
        missing = "fine_min_vnd" if command.fine_min_vnd is None else "fine_max_vnd"
        raise Invalid({missing: _("Còn trống; mức phạt cần cả mức thấp nhất và cao nhất, hoặc để trống cả hai.")})
    if (
        command.fine_min_vnd is not None
        and command.fine_max_vnd is not None
        and command.fine_min_vnd > command.fine_max_vnd
    ):
        raise Invalid({"fine_max_vnd": _("Mức cao nhất nhỏ hơn mức thấp nhất; cần lớn hơn hoặc bằng.")})
    row = ViolationKind(**vars(command))
    return _add(ctx, rows, row, "violation_kind", command.code)


def add_competence(ctx: Ctx, command: SaveCompetence) -> ViolationCompetence:
    """Add a row of an authority; its row before in this field of law ends the day before."""
    _begin(ctx)
    rows = [row for row in rows_of_competence(ctx, command.authority.value) if row.sector is command.sector]
    return _add(ctx, rows, ViolationCompetence(**vars(command)), "violation_competence", command.authority.value)


def _begin(ctx: Ctx) -> None:
    require(ctx, P.SETTING_EDIT)
    ctx.session.execute(_LOCK)


def _add(ctx: Ctx, rows: Sequence[RowT], row: RowT, table: str, key: str) -> RowT:
    standing = [standing_row for standing_row in rows if standing_row.withdrawn_at is None]
    _check_days(standing, row.valid_from, row.valid_to)
    for before in standing:
        if before.valid_from < row.valid_from and (before.valid_to is None or before.valid_to >= row.valid_from):
            before.valid_to = row.valid_from - timedelta(days=1)
    ctx.session.flush()
    ctx.session.add(row)
    ctx.session.flush()
    record(ctx, "catalogue.add", table, row.id, key=key, valid_from=row.valid_from.isoformat())
    return row


def _check_days(rows: Sequence[Any], first: date, last: date | None) -> None:
    if not FIRST_YEAR <= first.year <= LAST_YEAR:
        sentence = _(
            "Ngày %(day)s ngoài phạm vi; cần năm từ %(first)d đến %(last)d.",
            day=format_date(first),
            first=FIRST_YEAR,
            last=LAST_YEAR,
        )
        raise Invalid({"valid_from": sentence})
    if last is not None and last < first:
        raise Invalid({"valid_to": _("Ngày cuối %(day)s trước ngày đầu; cần ngày sau.", day=format_date(last))})
    for row in rows:
        if row.valid_from >= first and (last is None or last >= row.valid_from):
            sentence = _(
                "Đã có dòng có hiệu lực từ ngày %(day)s; dòng mới phải bắt đầu sau đó, hoặc kết thúc trước đó.",
                day=format_date(row.valid_from),
            )
            raise Invalid({"valid_from": sentence})


def get_row(ctx: Ctx, model: type[RowT], row_id: int) -> RowT:
    """One row of either table; NotFound without one."""
    row = ctx.session.get(model, row_id)
    if row is None:
        raise NotFound
    return row


def confirm_row(ctx: Ctx, model: type[RowT], row_id: int, decree: str, article: str) -> RowT:
    """Record that a row was compared with its decree; Conflict if it was confirmed already."""
    _begin(ctx)
    row = ctx.session.get(model, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None or not row.needs_verification:
        raise Conflict(_("Dòng từ %(day)s không còn chờ xác nhận.", day=format_date(row.valid_from)))
    row.decree, row.article, row.needs_verification = decree, article, False
    ctx.session.flush()
    record(ctx, "catalogue.confirm", model.__tablename__, row.id)
    return row


def withdraw_row(ctx: Ctx, model: type[RowT], row_id: int, reason: str) -> RowT:
    """Withdraw a mistaken row; the row before it applies again for as long as it did before.

    Conflict if it was withdrawn already; Invalid if a case cites it, or if it is the first row of an authority.
    """
    _begin(ctx)
    row = ctx.session.get(model, row_id, with_for_update=True)
    if row is None:
        raise NotFound
    if row.withdrawn_at is not None:
        sentence = _(
            "Dòng có hiệu lực từ %(day)s đã được rút lúc %(moment)s.",
            day=format_date(row.valid_from),
            moment=format_datetime(row.withdrawn_at),
        )
        raise Conflict(sentence)
    standing = [standing_row for standing_row in _rows_beside(ctx, row) if standing_row.withdrawn_at is None]
    _check_unused(ctx, row, standing)
    row.withdrawn_at, row.withdrawn_reason = ctx.now, reason
    ctx.session.flush()
    _lengthen_before(ctx, row, [standing_row for standing_row in standing if standing_row is not row])
    record(ctx, "catalogue.withdraw", model.__tablename__, row.id, valid_from=row.valid_from.isoformat())
    return row


def _rows_beside(ctx: Ctx, row: Any) -> Sequence[Any]:
    if isinstance(row, ViolationKind):
        return rows_of_kind(ctx, row.code)
    return [other for other in rows_of_competence(ctx, row.authority.value) if other.sector is row.sector]


def _check_unused(ctx: Ctx, row: Any, standing: Sequence[Any]) -> None:
    if isinstance(row, ViolationKind):
        cited = ctx.session.scalar(select(func.count()).select_from(Violation).where(Violation.kind_id == row.id)) or 0
        if cited:
            sentence = _n(
                "Dòng từ %(day)s đang được %(count)s hồ sơ vi phạm viện dẫn nên không rút được; cần thêm dòng đúng từ"
                " một ngày sau đó.",
                cited,
                day=format_date(row.valid_from),
                count=format_number(cited),
            )
            raise Invalid({"reason": sentence})
    elif row.valid_from == min(version.valid_from for version in standing):
        sentence = _(
            "Dòng từ %(day)s là dòng đầu tiên nên không rút được; cần thêm dòng đúng từ một ngày sau đó.",
            day=format_date(row.valid_from),
        )
        raise Invalid({"reason": sentence})


def _lengthen_before(ctx: Ctx, row: Any, others: Sequence[Any]) -> None:
    """Give the row before back the last day that it had before `row` was added, up to the next standing row."""
    before = max(
        (version for version in others if version.valid_from < row.valid_from),
        key=lambda version: version.valid_from,
        default=None,
    )
    if before is None or before.valid_to != row.valid_from - timedelta(days=1):
        return
    history = history_of(type(row)).c
    added = (
        select(history.change_id).where(history.id == row.id).order_by(history.history_id).limit(1).scalar_subquery()
    )
    versions = ctx.session.execute(
        select(history.valid_to, (history.change_id == added).label("is_shortened"))
        .where(history.id == before.id)
        .order_by(history.history_id)
    ).all()
    former = next(
        (
            version
            for version, after in itertools.pairwise(versions)
            if after.is_shortened and after.valid_to == before.valid_to
        ),
        None,
    )
    if former is None:
        return
    following = min((version.valid_from for version in others if version.valid_from > row.valid_from), default=None)
    last_days = [day for day in (former.valid_to, following and following - timedelta(days=1)) if day]
    before.valid_to = min(last_days, default=None)
    ctx.session.flush()
