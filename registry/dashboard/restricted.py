"""Restricted structures in the figures of those who see them: their owner and the two departments.

They are in no figure of others (docs/hidden.md). Here they have a chart of their own, and each total that holds some of
them says how many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from flask import url_for
from werkzeug.datastructures import MultiDict

from registry.authz.actors import Ctx
from registry.dashboard.board import Part, View
from registry.dashboard.chart import Cell, Chart, Column, Row, Shape
from registry.dashboard.figures import count_groups
from registry.kernel.i18n import _, _l, format_number
from registry.structures import positions
from registry.structures.codes import SharingStatus
from registry.structures.filtering.url import read_filter
from registry.structures.kinds import KINDS

Args = Mapping[str, Any]
_TITLE: Final = _l("Công trình hạn chế (quốc phòng, an ninh)")
_STATUS: Final = "sharing_status"
_RESTRICTED: Final[dict[str, Any]] = {_STATUS: SharingStatus.RESTRICTED.value}
_MEMO: Final = "dashboard.restricted"


def stating_restricted(
    build: Callable[[Ctx, View], Chart | None], counted: Callable[[Ctx, View], Sequence[Args]]
) -> Callable[[Ctx, View], Chart | None]:
    """A chart with a note on the restricted structures in it; `counted` are the filters of the lists that it counts."""

    def stated(ctx: Ctx, view: View) -> Chart | None:
        chart = build(ctx, view)
        if chart is None or not sum(_by_kind(ctx, view, {}).values()):
            return chart
        number = sum(sum(_by_kind(ctx, view, args).values()) for args in counted(ctx, view) if _STATUS not in args)
        if not number:
            return chart
        sentence = _(
            "Trong đó có %(count)s công trình hạn chế (quốc phòng, an ninh), không có trong số liệu của người đọc"
            " khác.",
            count=format_number(number),
        )
        return replace(chart, note=f"{chart.note} {sentence}".strip())

    return stated


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
        chosen = replace(read_filter(MultiDict(pairs)), when=view.when)
        memo[key] = {kind: number for (kind,), number in count_groups(ctx, chosen, "kind").items()}
    found: Mapping[str, int] = memo[key]
    return found


def _chart(ctx: Ctx, view: View) -> Chart | None:
    counts = _by_kind(ctx, view, {})
    rows = tuple(
        Row(str(kind.label), (Cell(counts[code], url_for("structures.list", kind=code, **_RESTRICTED, **view.time)),))
        for code, kind in KINDS.items()
        if counts.get(code)
    )
    if not rows:
        return None
    note = _("Chỉ chủ sở hữu và hai Sở xem được; không có trong số liệu, tỷ lệ và báo cáo của người đọc khác.")
    return Chart(
        "restricted",
        str(_TITLE),
        Shape.BARS,
        _("Loại công trình"),
        (Column(_("Công trình")),),
        rows,
        note=note,
        icon="shield",
    )


RESTRICTED_PART: Final = Part("restricted", _TITLE, _chart, lambda ctx: not positions.counts_province(ctx), past=True)
