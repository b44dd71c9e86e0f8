"""Boards: figures of all rows of a list and by groups of them; each number opens the list that it counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select

from registry.kernel.context import Context

FiguresT = TypeVar("FiguresT")


@dataclass(frozen=True)
class Counted(Generic[FiguresT]):
    """What a board counts: rows without columns, a count for each field of `figures`, the order of its lines."""

    rows: Select[Any]
    counts: Mapping[str, Any]
    figures: Callable[..., FiguresT]
    #: Fields of the figures; lines with the highest come first, then by name.
    order: Sequence[str]


@dataclass(frozen=True)
class BoardLine(Generic[FiguresT]):
    """The figures of one group; `key` is the value of the filter of the list that shows its rows."""

    key: Any
    name: str
    figures: FiguresT


def read_total(ctx: Context[Any], counted: Counted[FiguresT]) -> FiguresT:
    return counted.figures(**ctx.session.execute(counted.rows.with_only_columns(*_columns(counted))).one()._mapping)


def read_lines(
    ctx: Context[Any],
    counted: Counted[FiguresT],
    key: Any,
    name: Any,
    *,
    is_name_counted: bool = False,
    label: Callable[[Any], str] = str,
) -> list[BoardLine[FiguresT]]:
    """A line for each value of `key`; `is_name_counted`: the name is an aggregate of the group.

    `label` makes the text of a name.
    """
    query = counted.rows.with_only_columns(key.label("key"), name.label("name"), *_columns(counted))
    lines = []
    for row in ctx.session.execute(query.group_by(key, *(() if is_name_counted else (name,)))):
        values = dict(row._mapping)
        lines.append(BoardLine(values.pop("key"), label(values.pop("name")), counted.figures(**values)))
    return sorted(lines, key=lambda line: (*(-getattr(line.figures, field) for field in counted.order), line.name))


def _columns(counted: Counted[Any]) -> list[Any]:
    return [count.label(name) for name, count in counted.counts.items()]
