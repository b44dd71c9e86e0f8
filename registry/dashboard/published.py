"""Figures for everyone: structures by commune and kind, counted by public cells.

No count is hidden, however small: the public list has a row with the cells of every structure counted here (ADR 0020).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from flask import render_template, url_for

from registry.audit.queries import register_version
from registry.authz.actors import PUBLIC_ACTOR, Ctx
from registry.authz.blueprint import GuardedBlueprint
from registry.authz.permissions import P
from registry.dashboard.chart import Chart, ChartCell, ChartColumn, ChartRow, ChartShape
from registry.dashboard.figures import EVERYTHING, count_by_kind
from registry.kernel.cache import VersionedCache
from registry.kernel.exports.dataset import TABLES, ExportRecord, FileColumn
from registry.kernel.exports.lists import Args, ExportList, Source
from registry.kernel.exports.open_data import DataTheme, OpenDataAbout, UpdateFrequency
from registry.kernel.http.errors import html_errors
from registry.kernel.i18n import _, _l, format_date
from registry.routelists.published import issued_lists
from registry.structures import positions
from registry.structures.fastpath import coarse_cell_counts
from registry.structures.kinds import KINDS

bp = GuardedBlueprint("published", __name__, errors=html_errors)
CODE: Final = "published-figures"


@dataclass(frozen=True)
class ByCommune:
    """Structures by commune (id, name) and kind; the last count of each commune is its total."""

    kinds: tuple[str, ...]
    communes: tuple[tuple[int, str], ...]
    counts: tuple[tuple[int, ...], ...]
    #: Of the whole province by kind: as many as the public list has.
    totals: dict[str, int]


_CACHE: Final[VersionedCache[ByCommune]] = VersionedCache(1024 * 1024)


def read_published(ctx: Ctx) -> ByCommune:
    """What anyone may know: the same for every reader, cached until the register or the day changes."""
    return _CACHE.get(ctx.today, register_version(ctx), lambda: _read(replace(ctx, actor=PUBLIC_ACTOR, memo={})))


def _read(ctx: Ctx) -> ByCommune:
    totals = {kind_counts.code: kind_counts.total for kind_counts in count_by_kind(ctx) if kind_counts.total}
    kinds = tuple(code for code in KINDS if code in totals)
    groups = coarse_cell_counts.counted_cells(EVERYTHING, kinds)
    rows = []
    if kinds:
        rows = list(positions.run(ctx, positions.by_unit_of_cells(groups.subquery("groups"), ctx.today)))
        rows.sort(key=lambda row: row.name)
    table = [[int(getattr(row, code)) for code in kinds] for row in rows]
    return ByCommune(
        kinds,
        tuple((row.id, row.name) for row in rows),
        tuple((*counts, sum(counts)) for counts in table),
        totals,
    )


def _communes(by_commune: ByCommune, on: str) -> Chart:
    rows = [
        ChartRow(name, tuple(ChartCell(count) for count in (counts[-1], *counts[:-1])), key=str(key))
        for (key, name), counts in zip(by_commune.communes, by_commune.counts, strict=True)
    ]
    total = sum(by_commune.totals.values())
    rows.insert(
        0,
        ChartRow(
            _("Toàn tỉnh"), (ChartCell(total), *(ChartCell(by_commune.totals[code]) for code in by_commune.kinds))
        ),
    )
    columns = (
        ChartColumn(_("Tất cả")),
        *(ChartColumn(str(KINDS[code].label), drawn=False) for code in by_commune.kinds),
    )
    title = _("Công trình theo xã, phường")
    note = _("Mỗi công trình được tính cho xã, phường chứa tâm các ô lưới công khai của công trình.")
    note = " ".join((note, _("Nét đứt trên bản đồ: ranh giới gần đúng.")))
    return Chart("communes", title, ChartShape.MAP, _("Xã, phường"), columns, tuple(rows), note=note, on=on, icon="map")


def _kinds(by_commune: ByCommune) -> Chart:
    rows = tuple(
        ChartRow(str(KINDS[code].label), (ChartCell(by_commune.totals[code], url_for("structures.list", kind=code)),))
        for code in sorted(by_commune.kinds, key=lambda code: -by_commune.totals[code])
    )
    title, head = _("Công trình theo loại, toàn tỉnh"), _("Loại công trình")
    return Chart("kinds", title, ChartShape.BARS, head, (ChartColumn(_("Công trình")),), rows, icon="layers")


@bp.get("/figures", permission=P.PUBLIC)
def index(ctx: Ctx) -> str:
    """The published figures with their map, and the issued lists."""
    published = read_published(ctx)
    return render_template(
        "home/figures.html",
        found=published,
        charts=[_kinds(published), _communes(published, ctx.today.isoformat())],
        files=[
            {"label": label, "url": url_for("exports.make", list_code=CODE, file_format=code)}
            for code, label in (("csv", "CSV"), ("xlsx", "Excel"))
        ],
        issued=issued_lists(ctx),
        now=ctx.now,
    )


def _open(ctx: Ctx, _args: Args) -> Source:
    published = read_published(ctx)
    columns = (
        FileColumn("commune", _("Xã, phường")),
        *(FileColumn(code, str(KINDS[code].label), Decimal) for code in published.kinds),
        FileColumn("total", _("Tất cả"), Decimal),
    )
    note = _("Mỗi công trình được tính cho xã, phường chứa tâm các ô lưới công khai của công trình.")

    def records() -> Iterator[ExportRecord]:
        for (_key, name), counts in zip(published.communes, published.counts, strict=True):
            values: list[Any] = [Decimal(count) for count in counts]
            yield ExportRecord((name, *values))

    filter_labels = ((_("Tại ngày"), format_date(ctx.today)),)
    return Source(
        columns, lambda most: min(len(published.communes), most + 1), records, filter_labels, ((_("Ghi chú"), note),)
    )


PUBLISHED: Final = ExportList(
    CODE,
    _l("Số liệu công bố"),
    "so-lieu-cong-bo",
    P.PUBLIC,
    _open,
    TABLES,
    open_data=OpenDataAbout(
        _l("Số công trình trên bản đồ công khai theo xã, phường và theo loại, tại ngày tải về."),
        DataTheme.TECHNOLOGY,
        UpdateFrequency.CONTINUOUS,
        "published.index",
    ),
)
