"""Sample files of other people, and how each must end: what docs/imports.md says of them is made from this table."""

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Words of the reasons that the samples meet.
OUTSIDE = "nằm ngoài tỉnh Thanh Hóa"
OTHER_OWNER = "khác chủ sở hữu đã chọn"
UNKNOWN_WORD = "không có trong danh mục"
CODE_TWICE = "mỗi công trình cần một mã riêng"
EMPTY = "Chưa nhập; nội dung này là bắt buộc"
POLYGON = "Hình học kiểu Polygon; loại này cần LineString"
NO_COLUMN = "Chưa chọn cột cho trường bắt buộc “{}”"


@dataclass(frozen=True)
class Sample:
    """A file taken as a kind, and what must become of it.

    `mapping` is field -> column, None what is suggested; `reasons` are words -> how many rows they refuse. Where no
    row is looked at, `whole` are the words that refuse the file. `content` is None for the files of other people.
    """

    file: str
    kind: str
    rows: int = 0
    taken: int = 0
    why: str = ""
    how: str = ""
    reasons: Mapping[str, int] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    mapping: Mapping[str, str] | None = None
    table: str | None = None
    outside: bool = False
    content: bytes | None = None

    @property
    def refused(self) -> int:
        """How many rows stay out."""
        return self.rows - self.taken

    def __str__(self) -> str:
        return " ".join(filter(None, (self.file, self.table, self.kind, self.how)))


_NODE = {"own_code": "id", "name": "name", "status": "status"}
_SPAN = _NODE | {"cable_kind": "transmissionMedium", "laying": "deployment"}
_STATION = {"own_code": "record_id", "name": "location", "latitude": "latitude", "longitude": "longitude"}
_MAST = _STATION | {"mast_class": "structure_type", "height_m": "structure_height"}
_AREA = {"own_code": "device_id", "name": "label"}
_ROAD = {"name": "road", "commune": "commune"}
_LEAVE = "outside allowed"
_OWN = "outside allowed, owner's column left out"
_ABROAD = {OUTSIDE: 18, OTHER_OWNER: 18}
_ABROAD_LINES = {OUTSIDE: 21, OTHER_OWNER: 21}
_FAR = "outside the province, and of another owner"

SAMPLES = (
    Sample("thanh_hoa_sites.csv", "antenna_tower", 420, 405, "listed below"),
    Sample("thanh_hoa_sites.xlsx", "antenna_tower", 420, 405, "the same rows"),
    Sample("leyeco_poles.csv", "power_pole_shared", 100, 0, "outside the province", reasons={OUTSIDE: 100}),
    Sample("leyeco_poles.csv", "power_pole_shared", 100, 100, how=_LEAVE, outside=True),
    Sample(
        *("canada_nunavut_stations.csv", "antenna_tower"),
        why="the file: no column holds name and class",
        whole=(NO_COLUMN.format("Tên"), NO_COLUMN.format("Loại cột")),
    ),
    Sample(
        *("canada_nunavut_stations.csv", "antenna_tower", 1669, 0),
        why="outside the province; T, R, O and P are no classes; 1,447 repeat a code that stands above them",
        how="columns by hand",
        reasons={OUTSIDE: 1669, UNKNOWN_WORD: 1669, CODE_TWICE: 1447},
        mapping=_MAST,
    ),
    Sample(
        *("canada_nunavut_stations.csv", "site_house", 1669, 221),
        why="1,447 further records of a code that stands above them; 42 without a name",
        how="columns by hand, outside allowed",
        reasons={CODE_TWICE: 1447, EMPTY: 42},
        mapping=_STATION,
        outside=True,
    ),
    Sample("kenya_liquid_nodes.geojson", "manhole", 18, 0, _FAR, reasons=_ABROAD),
    Sample("kenya_liquid_nodes.geojson", "manhole", 18, 18, how=_OWN, mapping=_NODE, outside=True),
    Sample("kenya_liquid_spans.geojson", "cable_route", 21, 0, _FAR, reasons=_ABROAD_LINES),
    Sample("kenya_liquid_spans.geojson", "cable_route", 21, 21, how=_OWN, mapping=_SPAN, outside=True),
    Sample(
        *("kenya_liquid_spans.geojson", "cable_duct"),
        why="the file: no column holds the number of bores",
        whole=(NO_COLUMN.format("Số ống"),),
    ),
    Sample("kenya_liquid_ofds.xlsx", "manhole", 18, 0, _FAR, reasons=_ABROAD, table="nodes"),
    Sample("kenya_liquid_ofds.xlsx", "manhole", 18, 18, how=_OWN, mapping=_NODE, table="nodes", outside=True),
    Sample("kenya_liquid_ofds.xlsx", "cable_route", 21, 0, _FAR, reasons=_ABROAD_LINES, table="spans"),
    Sample("kenya_liquid_ofds.xlsx", "cable_route", 21, 21, how=_OWN, mapping=_SPAN, table="spans", outside=True),
    Sample(
        *("kenya_liquid_ofds.xlsx", "cable_duct"),
        why="the file: no column holds the number of bores",
        whole=(NO_COLUMN.format("Số ống"),),
        table="spans",
    ),
    Sample(
        *("sabah_transmission.kml", "pole_line"),
        why="the file: no column holds the name",
        whole=(NO_COLUMN.format("Tên"),),
    ),
    Sample(
        *("sabah_transmission.kml", "pole_line", 78, 0),
        why="areas, where a line belongs; 74 have no name",
        how="columns by hand",
        reasons={POLYGON: 78, EMPTY: 74},
        mapping=_AREA,
    ),
    Sample(
        *("named_roads_by_commune.geojson", "pole_line"),
        why="the file: no column holds the name",
        whole=(NO_COLUMN.format("Tên"),),
    ),
    Sample("named_roads_by_commune.geojson", "pole_line", 125, 125, how="road as name", mapping=_ROAD),
)
HEADINGS = ("file", "table", "kind", "columns", "rows", "in", "refused", "why")


def as_table(samples=SAMPLES):
    """The lines of the table in docs/imports.md."""
    lines = [HEADINGS, ("---",) * len(HEADINGS)]
    lines += [
        (
            *(f"`{each.file}`", each.table or "", each.kind, each.how or "as suggested"),
            *((str(each.rows), str(each.taken), str(each.refused)) if each.rows else ("", "0", "all")),
            each.why,
        )
        for each in samples
    ]
    return "\n".join(f"| {' | '.join(cells)} |".replace("|  |", "| |") for cells in lines)
