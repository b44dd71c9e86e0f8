"""Lists of cases as files: what every case has, and what its feature adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select

from registry.authz.actors import Ctx
from registry.kernel.exports.lists import Args, Cell, Source, query_source
from registry.kernel.i18n import _l
from registry.workflow.definition import Workflow
from registry.workflow.list_pages import chips_of, read_case_filter
from registry.workflow.lists import filter_clauses


def case_cells(of: Callable[[Any], Any]) -> list[Cell]:
    """The columns of every list of cases; `of` finds the case in a row."""
    return [
        Cell("number", _l("Số hồ sơ"), lambda row: of(row).number),
        Cell("title", _l("Nội dung"), lambda row: of(row).title),
        Cell("state", _l("Trạng thái"), lambda row: of(row).state),
        Cell("state_since", _l("Từ lúc"), lambda row: of(row).state_since, datetime),
        Cell("due_at", _l("Thời hạn"), lambda row: of(row).due_at, datetime),
        Cell("created_at", _l("Lập lúc"), lambda row: of(row).created_at, datetime),
    ]


def case_source(
    ctx: Ctx,
    workflow: Workflow,
    args: Args,
    query: Select[Any],
    cells: Sequence[Cell],
    *,
    chosen: tuple[tuple[str, str], ...] = (),
    geometry: Callable[[Any], bytes | None] | None = None,
) -> Source:
    """The cases of `query` that the filter of an address shows to the actor, the newest first.

    `query` selects the workflow's model as its first column; `chosen` are the feature's own conditions in words.
    """
    wanted = read_case_filter(workflow, args)
    words = tuple((chip["label"], chip["value"]) for chip in chips_of("", workflow, wanted, {}))
    found = query.where(*filter_clauses(ctx, workflow, wanted)).order_by(workflow.model.id.desc())
    return query_source(
        ctx,
        found,
        [*case_cells(lambda row: row[0]), *cells],
        chosen=(*chosen, *words),
        geometry=geometry,
        name_column="number",
    )
