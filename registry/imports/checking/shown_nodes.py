"""Lines that an import will not publish, because they would show unpublished nodes of their owner (ADR 0021)."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Text, column, insert, select, table

from registry.imports.checking.batch import BatchCheck, scratch_table
from registry.imports.checking.changes import join_register, merged_columns
from registry.imports.checking.codes import MATCHES
from registry.imports.checking.stage import stage_table
from registry.imports.mapping.fields import in_vietnamese
from registry.kernel.i18n import _, format_number
from registry.structures.codes import SharingStatus
from registry.structures.positions.shown_nodes import staged_pairs

_FIELDS: Final = ("status", "sharing_status", "shows_nodes")
_ROWS: Final = scratch_table(
    "check_published",
    Column("number", BigInteger),
    Column("structure_id", BigInteger),
    Column("status", Text),
    Column("sharing_status", Text),
    Column("shows_nodes", Boolean),
)
_TO_WRITE: Final[Any] = (
    select(column("number")).select_from(table("check_outcome")).where(column("outcome").in_(("new", "changed")))
)
#: Most pairs that the note names.
_NAMED: Final = 5


def notes_on_shown_nodes(check: BatchCheck) -> list[str]:
    """The note on the lines that will be withheld from publication, once the outcomes of the rows are decided.

    Empty for users who do not see all structures of the owner.
    """
    if not check.sees_owner:
        return []
    _fill(check)
    pairs = staged_pairs(check.ctx, check.plan.kind, check.owner.id, _ROWS.name)
    if not pairs:
        return []
    lines = {pair.number if check.kind.shows_nodes else pair.code for pair in pairs}
    with in_vietnamese():
        named = [_("dòng %(number)d: %(code)s", number=pair.number, code=pair.code) for pair in pairs[:_NAMED]]
        return [
            _(
                "%(count)s tuyến sẽ không được công bố mà ghi là “%(status)s”, vì sẽ cho thấy nút chưa công bố của đơn"
                " vị (%(pairs)s); hãy công bố các nút, hoặc đánh dấu đồng ý trên tuyến rồi công bố lại.",
                count=format_number(len(lines)),
                status=SharingStatus.NOT_ASSESSED.label,
                pairs="; ".join(named) + ("; ..." if pairs[_NAMED:] else ""),
            )
        ]


def _fill(check: BatchCheck) -> None:
    """The rows to write as they will be."""
    check.create(_ROWS)
    stage = stage_table(check)
    merged = merged_columns(check, stage)
    names = [name for name in _FIELDS if name in merged]
    query = join_register(check, stage).with_only_columns(
        stage.c.number, MATCHES.c.structure_id, *(merged[name].label(name) for name in names)
    )
    query = query.where(stage.c.number.in_(_TO_WRITE))
    check.ctx.session.execute(insert(_ROWS).from_select(["number", "structure_id", *names], query))
    check.analyse(_ROWS)
