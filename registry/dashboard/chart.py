"""A chart: a table of figures with the lists behind them, and the shape in which a script draws it.

The table is the only copy of the figures: the page, its file and the drawing read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from registry.kernel.db.base import Choice
from registry.kernel.i18n import _l


class ChartShape(Choice):
    """How a chart is drawn."""

    BARS = "bars", _l("Cột ngang")
    STACKED = "stacked", _l("Cột ngang chồng")
    #: The first column is the value, the second its target.
    TARGET = "target", _l("Giá trị và chỉ tiêu")
    #: The rows are years or days, in order.
    LINE = "line", _l("Đường theo thời gian")
    #: The rows are communes, `Row.key` their ids; the first column is drawn.
    MAP = "map", _l("Bản đồ theo xã, phường")


class ChartTone(Choice):
    """What a colour means in every chart; charts.mjs has one colour for each, and no other figure takes one of them."""

    ALL = "all", _l("Tất cả")
    OPEN = "open", _l("Đang mở")
    OVERDUE = "overdue", _l("Quá hạn")
    DANGER = "danger", _l("Chưa bảo đảm an toàn")
    MINE = "mine", _l("Chờ tôi xử lý")
    FREE = "free", _l("Còn khả năng dùng chung")
    UPGRADABLE = "upgradable", _l("Cần cải tạo")
    FULL = "full", _l("Hết khả năng")
    CLOSED = "closed", _l("Không dùng chung được")
    #: Not assessed, not declared, or known as a cell alone.
    UNKNOWN = "unknown", _l("Chưa có thông tin")


@dataclass(frozen=True)
class ChartCell:
    """A figure; `url` opens the list of the rows that it counts. Without a value: not known, or not shown (`note`)."""

    value: float | None
    url: str | None = None
    note: str = ""


@dataclass(frozen=True)
class ChartRow:
    """The figures of one thing, in the order of the columns. `remark` is a line below its label."""

    label: str
    cells: tuple[ChartCell, ...]
    key: str = ""
    remark: str = ""


@dataclass(frozen=True)
class ChartColumn:
    """A column of figures. `unit` stands behind each; one that is not `drawn` is in the table alone.

    `tone` says the colour of a figure that other charts have, too; without one it follows from the place.
    """

    label: str
    unit: str = ""
    decimals: int = 0
    drawn: bool = True
    tone: ChartTone | None = None


def toned(tone: ChartTone) -> ChartColumn:
    """A column that is named after its tone."""
    return ChartColumn(str(tone.label), tone=tone)


@dataclass(frozen=True)
class Chart:
    """A titled table of figures; `head` is the label of the column that names the rows.

    `on` is the day (ISO) of a map's boundaries. `late` marks a chart that was not computed within the time of a page.
    """

    code: str
    title: str
    shape: ChartShape
    head: str
    columns: tuple[ChartColumn, ...]
    rows: tuple[ChartRow, ...]
    note: str = ""
    on: str = ""
    icon: str = "chart-column"
    late: bool = False

    def as_json(self) -> dict[str, Any]:
        """The chart as a JSON object, for results of jobs."""
        return asdict(self) | {"shape": self.shape.value}


def chart_from_json(document: Mapping[str, Any]) -> Chart:
    """The chart that `as_json` wrote."""
    rows = tuple(
        ChartRow(row["label"], tuple(ChartCell(**cell) for cell in row["cells"]), row["key"], row["remark"])
        for row in document["rows"]
    )
    columns = tuple(
        ChartColumn(**{**column, "tone": ChartTone(column["tone"]) if column.get("tone") else None})
        for column in document["columns"]
    )
    return Chart(**{**document, "shape": ChartShape(document["shape"]), "rows": rows, "columns": columns})
