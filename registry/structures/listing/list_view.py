"""The columns of the list of structures, for its page and the API; files have all fields of the kind (exports).

A structure that the reader sees as a cell has its code, kind and category of its owner, and no other value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from registry.accounts.models import OwnerCategory
from registry.authz.actors import Ctx
from registry.authz.permissions import P
from registry.kernel.i18n import _, _l, _n_noop, format_date
from registry.kernel.lists.columns import Column, On
from registry.kernel.lists.markup import anchor, check_box, sub_text
from registry.kernel.lists.view import ListView
from registry.structures.kinds import KINDS
from registry.structures.listing.selection import Selection
from registry.structures.pages.blueprint import Badges, badges

_ROW_TEXTS: Final = "structures.row_texts"
#: Stands for a code while a text around it is made.
_CODE: Final = "CODE"


@dataclass(frozen=True)
class RowTexts:
    """What is the same in all rows of a page, in the reader's language."""

    #: Row id -> the form of its check box.
    boxes: Mapping[int, Selection]
    badges: Badges
    kinds: Mapping[str, str]
    categories: Mapping[Any, str]
    #: The address of a structure and the label of a check box, each before and after the code.
    address: tuple[str, str]
    label: tuple[str, str]


def prepare_rows(ctx: Ctx, boxes: Mapping[int, Selection], time: Mapping[str, str]) -> None:
    """Make what the rows of a page share; `time` are the arguments of a past time."""
    before, _mark, after = url_for("structures.detail", code=_CODE, **time).partition(_CODE)  # type: ignore[arg-type]
    first, _mark, last = _("Chọn %(code)s", code=_CODE).partition(_CODE)
    ctx.memo[_ROW_TEXTS] = RowTexts(
        boxes,
        badges(),
        {code: str(kind.label) for code, kind in KINDS.items()},
        {member: str(member.label) for member in OwnerCategory},
        (before, after),
        (first, last),
    )


def _if_exact(show: Callable[[RowTexts, Any], Any]) -> Callable[[Ctx, Any], Any]:
    return lambda ctx, row: show(ctx.memo[_ROW_TEXTS], row) if row.exact else None


def _code(ctx: Ctx, row: Any) -> Markup:
    texts: RowTexts = ctx.memo[_ROW_TEXTS]
    code = row.code
    parts = [anchor(texts.address[0] + code + texts.address[1], code)]
    box = texts.boxes.get(row.id)
    if box is not None:
        parts.insert(0, check_box(box.form_id, "code", code, texts.label[0] + code + texts.label[1]))
    if row.exact and row.own_code:
        parts.append(sub_text(row.own_code))
    return Markup(" ").join(parts)


def _name(ctx: Ctx, row: Any) -> Any:
    texts: RowTexts = ctx.memo[_ROW_TEXTS]
    return row.name if row.exact else texts.badges.cell


def _kind(ctx: Ctx, row: Any) -> str:
    texts: RowTexts = ctx.memo[_ROW_TEXTS]
    return texts.kinds[row.kind]


def _owner(ctx: Ctx, row: Any) -> Any:
    texts: RowTexts = ctx.memo[_ROW_TEXTS]
    return row.owner_name or texts.categories[row.owner_category]


def _owner_category(ctx: Ctx, row: Any) -> str:
    texts: RowTexts = ctx.memo[_ROW_TEXTS]
    return texts.categories[row.owner_category]


#: The API has all of them.
COLUMNS: Final = (
    Column("code", _l("Mã"), main=True, sortable=True, show=_code),
    Column("exact", _l("Mức chính xác"), kind=bool, on=On.FILES),
    Column("name", _l("Tên"), sortable=True, show=_name),
    Column("kind", _l("Loại"), sortable=True, show=_kind),
    Column(
        "sharing_status", _l("Dùng chung"), show=_if_exact(lambda texts, row: texts.badges.sharing[row.sharing_status])
    ),
    Column("status", _l("Trạng thái"), show=_if_exact(lambda texts, row: texts.badges.status[row.status])),
    Column("owner", _l("Chủ sở hữu"), "owner_name", sortable=True, show=_owner),
    Column("owner_category", _l("Nhóm chủ sở hữu"), optional=True, show=_owner_category),
    Column("own_code", _l("Mã của chủ sở hữu"), optional=True, show=_if_exact(lambda _texts, row: row.own_code)),
    Column("commune", _l("Địa bàn"), "commune_name", sortable=True),
    Column(
        "updated_at",
        _l("Cập nhật"),
        kind=datetime,
        sortable=True,
        show=_if_exact(lambda _texts, row: format_date(row.updated_at)),
    ),
)
STRUCTURES: Final = ListView(
    code="structures",
    label=_l("Danh sách công trình"),
    endpoint="structures.list",
    permission=P.PUBLIC,
    columns=COLUMNS,
    row_id=attrgetter("id"),
    count=_n_noop("%(count)s công trình"),
    count_more=_l("Hơn 10.000 công trình"),
)
#: What the API has of a structure that the reader sees as a cell.
PUBLIC: Final = ("code", "exact", "kind", "owner_category")
