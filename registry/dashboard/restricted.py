"""Restricted structures in the figures of those who see them: their owner and the two departments.

They are in no figure of others (docs/hidden.md), and in no total of theirs either: each chart has a line of them, and
one chart has them by kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.dashboard.board import Part, View
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape
from registry.dashboard.figures import WITHOUT_RESTRICTED, count_groups
from registry.kernel.i18n import _, _l
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS

Args = Mapping[str, Any]
_TITLE: Final = _l("Công trình hạn chế (quốc phòng, an ninh)")
_STATUS: Final = "sharing_status"
_RESTRICTED: Final[dict[str, Any]] = {_STATUS: SharingStatus.RESTRICTED.value}
_MEMO: Final = "dashboard.restricted"


def open_args(ctx: Ctx, *views: View) -> dict[str, str]:
    """What the filters of a chart add: nothing where the actor sees no restricted structure."""
    return dict(WITHOUT_RESTRICTED) if any(sum(_by_kind(ctx, view, {}).values()) for view in views) else {}


def own_line(ctx: Ctx, columns: Sequence[tuple[View, Args | None]]) -> tuple[ChartRow, ...]:
    """The line of restricted structures of a chart: for each column its view and filter, None for an empty cell.

    No line where the actor sees none of them.
    """
    if not open_args(ctx, *(view for view, _args in columns)):
        return ()
    cells = tuple(
        ChartCell(None)
        if args is None or _STATUS in args
        else ChartCell(
            sum(_by_kind(ctx, view, args).values()),
            url_for("structures.list", **{**args, **_RESTRICTED}, **view.time),
        )
        for view, args in columns
    )
    return (ChartRow(str(_TITLE), cells),)


def _by_kind(ctx: Ctx, view: View, args: Args) -> Mapping[str, int]:
    """Restricted structures of a filter that the actor sees, by kind."""
    pairs = [
        (name, str(value))
        for name, values in {**args, **_RESTRICTED}.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    memo = ctx.memo.setdefault(_MEMO, {})
    key = (view.when, tuple(pairs))
    if key not in memo:
        structure_filter = replace(read_filter(MultiDict(pairs)), when=view.when)
        memo[key] = {kind: number for (kind,), number in count_groups(ctx, structure_filter, "kind").items()}
    numbers: Mapping[str, int] = memo[key]
    return numbers


def _chart(ctx: Ctx, view: View) -> Chart | None:
    counts = _by_kind(ctx, view, {})
    rows = tuple(
        ChartRow(
            str(kind.label),
            (ChartCell(counts[code], url_for("structures.list", kind=code, **_RESTRICTED, **view.time)),),
        )
        for code, kind in KINDS.items()
        if counts.get(code)
    )
    if not rows:
        return None
    note = _("Chỉ chủ sở hữu và hai Sở xem được; không có trong số liệu, tỷ lệ và báo cáo của người đọc khác.")
    return Chart(
        "restricted",
        str(_TITLE),
        ChartShape.BARS,
        _("Loại công trình"),
        (ChartColumn(_("Công trình")),),
        rows,
        note=note,
        icon="shield",
    )


RESTRICTED_PART: Final = Part("restricted", _TITLE, _chart, lambda ctx: not positions.counts_province(ctx), past=True)
