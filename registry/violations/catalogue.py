"""Changes of the catalogue of acts and of the competence to fine: dated rows, kept by the lead department."""

from __future__ import annotations

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
from registry.kernel.errors import Conflict, Invalid, NotFound
from registry.kernel.i18n import _, format_date
from registry.violations.codes import Authority, KindGroup, Sector
from registry.violations.models import ViolationCompetence, ViolationKind

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
    """The rows of an act, newest first; NotFound for an unknown code."""
    query = select(ViolationKind).where(ViolationKind.code == code).order_by(ViolationKind.valid_from.desc())
    found = ctx.session.scalars(query).all() if code.isascii() and code.isprintable() else []
    if not found:
        raise NotFound(_("Không có hành vi nào mang mã «%(code)s».", code=code[:60]))
    return found


def rows_of_competence(ctx: Ctx, authority: str) -> Sequence[ViolationCompetence]:
    """The rows of an authority, newest first; NotFound for an unknown one."""
    if authority not in set(Authority):
        raise NotFound(_("Không có người ra quyết định nào mang mã «%(code)s».", code=authority[:60]))
    where = ViolationCompetence.authority == Authority(authority)
    order = (ViolationCompetence.valid_from.desc(), ViolationCompetence.sector.desc())
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
    _check_days(rows, row.valid_from, row.valid_to)
    for before in rows:
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
    if not row.needs_verification:
        raise Conflict(_("Dòng từ %(day)s không còn chờ xác nhận.", day=format_date(row.valid_from)))
    row.decree, row.article, row.needs_verification = decree, article, False
    ctx.session.flush()
    record(ctx, "catalogue.confirm", model.__tablename__, row.id)
    return row
