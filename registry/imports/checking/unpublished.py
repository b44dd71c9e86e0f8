"""Unpublished structures of other owners: the check states per public grid cell whether there are any."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row

from registry.imports.checking.batch import BatchCheck
from registry.imports.mapping.fields import in_vietnamese
from registry.kernel.i18n import _, _n, format_number
from registry.structures.nearby.questions import reserve_question
from registry.structures.positions import sees_all
from registry.structures.positions.duplicates import cells_of_others

#: Key in the options of a batch: digest of the cells, date, and answer.
_ASKED: Final = "others"
_CELLS_SHOWN: Final = 5
_DECIMALS: Final = 4


def notes_on_unpublished(check: BatchCheck) -> list[str]:
    """The statement on the grid cells of the rows, as a note.

    Empty for users who do not see all structures of the owner, and for those who see all structures of everyone. The
    same cells on the same day count as one question of the daily quota, however often the check runs.
    """
    ctx, batch = check.ctx, check.batch
    if ctx.actor.id is None or sees_all(ctx) or not check.sees_owner:
        return []
    with in_vietnamese():
        cells = cells_of_others(ctx, kind=check.plan.kind)
        if not cells:
            return []
        asked = {"cells": _digest(check, cells), "on": ctx.today.isoformat()}
        before = batch.options.get(_ASKED) or {}
        if {name: before.get(name) for name in asked} == asked:
            return [before["note"]]
        question = reserve_question(ctx)
        if question.is_refused:
            return [_refused(question.most)]
        owned_cells = [cell for cell in cells if cell.owners]
        owners = {owner for cell in owned_cells for owner in cell.owners}
        question.answer(ctx, "import_cells", owners, cells=len(owned_cells), asked=len(cells), batch=batch.id)
        note = " ".join((_answer(cells, owned_cells), _counted(question.number, question.most)))
    batch.options = batch.options | {_ASKED: asked | {"note": note}}
    return [note]


def _digest(check: BatchCheck, cells: Sequence[Row[Any]]) -> str:
    places = sorted((cell.i, cell.j) for cell in cells)
    return sha256(f"{check.plan.kind} {places}".encode()).hexdigest()


def _answer(cells: Sequence[Row[Any]], owned_cells: Sequence[Row[Any]]) -> str:
    if not owned_cells:
        return _n(
            "Công trình cùng loại chưa công bố của đơn vị khác: không có trong %(asked)s ô lưới mà các dòng nằm vào.",
            len(cells),
            asked=format_number(len(cells)),
        )
    return _n(
        "Công trình cùng loại chưa công bố của đơn vị khác: có trong %(found)s trên %(asked)s ô lưới mà các dòng nằm"
        " vào (tâm ô: %(cells)s); hãy đối chiếu với chủ sở hữu trước khi nhập.",
        len(cells),
        found=format_number(len(owned_cells)),
        asked=format_number(len(cells)),
        cells="; ".join(_middle(cell) for cell in owned_cells[:_CELLS_SHOWN])
        + ("; ..." if owned_cells[_CELLS_SHOWN:] else ""),
    )


def _middle(cell: Row[Any]) -> str:
    return f"{cell.lat:.{_DECIMALS}f}, {cell.lon:.{_DECIMALS}f}"


def _counted(number: int, most: int) -> str:
    return _(
        "Đây là lượt tra cứu thứ %(number)s trong ngày của đơn vị (tối đa %(most)s), được ghi lại để chủ sở hữu đọc.",
        number=format_number(number),
        most=format_number(most),
    )


def _refused(most: int) -> str:
    return _(
        "Chưa xét công trình chưa công bố của đơn vị khác: hôm nay đơn vị đã tra cứu hết %(most)s lượt của một "
        "ngày; việc nhập tệp không bị ảnh hưởng.",
        most=format_number(most),
    )
