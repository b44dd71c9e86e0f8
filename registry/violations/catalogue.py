"""Changes of the catalogue of acts and of the competence to fine: dated rows, kept by the lead department."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select

from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.dated_rows.service import add_row, begin, undo_of_added_row
from registry.dated_rows.tables import DatedTable
from registry.kernel.errors import Invalid, NotFound
from registry.kernel.i18n import _, _n, format_date, format_number
from registry.violations.codes import Authority, KindGroup, Sector
from registry.violations.models import Violation, ViolationCompetence, ViolationKind

_CODE = re.compile(r"[a-z][a-z_]{1,39}")
#: Words that stand in the addresses of other pages.
_RESERVED = frozenset({"new", "rows"})


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
    allows_warning: bool | None
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
        raise NotFound(_("Không có hành vi nào mang mã “%(code)s”.", code=code[:60]))
    return rows


def rows_of_competence(ctx: Ctx, authority: str) -> Sequence[ViolationCompetence]:
    """The rows of an authority with the withdrawn ones, newest first; NotFound for an unknown one."""
    if authority not in set(Authority):
        raise NotFound(_("Không có người ra quyết định nào mang mã “%(code)s”.", code=authority[:60]))
    where = ViolationCompetence.authority == Authority(authority)
    order = (ViolationCompetence.valid_from.desc(), ViolationCompetence.sector.desc(), ViolationCompetence.id.desc())
    return ctx.session.scalars(select(ViolationCompetence).where(where).order_by(*order)).all()


def add_kind(ctx: Ctx, command: SaveKind, *, is_new: bool) -> ViolationKind:
    """Add a row of an act; the row before it ends the day before.

    Invalid for a code that exists already (`is_new`), days that overlap another row, or fines that are no range.
    """
    begin(ctx, KINDS)
    if is_new:
        _check_code(ctx, command.code)
    if (command.fine_min_vnd is None) != (command.fine_max_vnd is None):
        missing = "fine_min_vnd" if command.fine_min_vnd is None else "fine_max_vnd"
        raise Invalid({missing: _("Chưa nhập đủ; cần cả mức phạt thấp nhất và cao nhất, hoặc để trống cả hai.")})
    if (
        command.fine_min_vnd is not None
        and command.fine_max_vnd is not None
        and command.fine_min_vnd > command.fine_max_vnd
    ):
        raise Invalid({"fine_max_vnd": _("Mức cao nhất nhỏ hơn mức thấp nhất; cần lớn hơn hoặc bằng.")})
    return add_row(ctx, KINDS, ViolationKind(**vars(command)))


def add_competence(ctx: Ctx, command: SaveCompetence) -> ViolationCompetence:
    """Add a row of an authority; its row before in this field of law ends the day before."""
    return add_row(ctx, COMPETENCES, ViolationCompetence(**vars(command)))


def _check_code(ctx: Ctx, code: str) -> None:
    if not _CODE.fullmatch(code) or code in _RESERVED:
        sentence = _(
            "Mã “%(code)s” không dùng được; cần 2 đến 40 chữ thường không dấu hoặc gạch dưới, bắt đầu bằng chữ.",
            code=code,
        )
        raise Invalid({"code": sentence})
    if ctx.session.scalar(select(ViolationKind.id).where(ViolationKind.code == code).limit(1)) is not None:
        raise Invalid({"code": _("Mã “%(code)s” đã có; hãy thêm dòng ở trang của hành vi đó.", code=code)})


def _check_uncited(ctx: Ctx, row: ViolationKind) -> None:
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


KINDS: Final = DatedTable(
    ViolationKind,
    "catalogue",
    P.SETTING_EDIT,
    ("code",),
    # An act that was a mistake goes with its only row.
    keeps_first=lambda _row: False,
    check_withdrawal=_check_uncited,
)
COMPETENCES: Final = DatedTable(ViolationCompetence, "catalogue", P.SETTING_EDIT, ("authority", "sector"))


UNDO_KIND: Final = undo_of_added_row(KINDS, lambda _ctx, _row: ("violations.kinds", {}))
UNDO_COMPETENCE: Final = undo_of_added_row(COMPETENCES, lambda _ctx, _row: ("violations.kinds", {}))
