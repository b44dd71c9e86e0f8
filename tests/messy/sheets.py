"""Workbooks of every habit: XLSX, XLS and ODS with several sheets, merged cells, dates, errors, totals."""

from datetime import date

from registry.imports.reading.protocol import ReadOptions
from tests.messy.making import HEADER, ROWS, TITLE, Case, ods, xlsx
from tests.messy.separators import GROUPED, GROUPED_ROWS, JOINED
from tests.messy.xls import xls

FIRST = {"Tên trạm": "Trạm Ngọc Liên", "X (m)": "2.222.689,10"}
OFDS_NODES = (
    ("id", "nodes/0/id", "nodes/0/name", "nodes/0/status", "nodes/0/location/type", "nodes/0/location/coordinates"),
    ("net", "n1", "Bể cáp 1", "operational", "Point", "105.776;19.807"),
    ("net", "n2", "Bể cáp 2", "proposed", "Point", "105.777;19.808"),
)
ROUTE = "105.776,19.807;105.7765,19.8075;105.777,19.808"
OFDS_SPANS = (
    ("id", "spans/0/id", "spans/0/name", "spans/0/status", "spans/0/start", "spans/0/end", "spans/0/route/type",
     "spans/0/route/coordinates"),
    ("net", "s1", "Cống 1-2", "operational", "n1", "n2", "LineString", ROUTE),
)  # fmt: skip

CASES = (
    Case(
        "an XLS of Excel 97 with a title above the headings",
        xls({"Trạm": ((TITLE,), (), HEADER, *ROWS)}),
        file_format="xls",
        header_row=3,
        system="vn2000",
        first=FIRST,
    ),
    Case(
        "an XLS with real numbers and two empty columns before the table",
        xls(
            {
                "Trạm": tuple(
                    (None, None, *row) for row in (("Mã trạm", "X (m)", "Y (m)"), ("T1", 2191076.73, 581102.24))
                )
            }
        ),
        file_format="xls",
        header=("Mã trạm", "X (m)", "Y (m)"),
        rows=1,
        first={"X (m)": "2191076,73", "Y (m)": "581102,24"},
    ),
    Case(
        "an ODS of LibreOffice with two sheets",
        ods({"Ghi chú": (("Người lập", "Ngày"), ("An", "1/2/2026")), "Trạm": (HEADER, *ROWS)}),
        file_format="ods",
        table="Trạm",
        tables=("Ghi chú", "Trạm"),
        first=FIRST,
    ),
    Case(
        "an ODS with numbers as numbers",
        ods({"Trạm": (("Mã trạm", "Chiều cao"), ("T1", 42.5), ("T2", 36))}),
        file_format="ods",
        header=("Mã trạm", "Chiều cao"),
        rows=2,
        first={"Chiều cao": "42,5"},
    ),
    Case(
        "a workbook whose first sheet is empty and whose third is hidden",
        xlsx((), name="Trống", more={"Trạm": (HEADER, *ROWS), "Cũ": (HEADER, *ROWS)}, hidden=("Cũ",)),
        file_format="xlsx",
        table="Trạm",
        tables=("Trạm", "Cũ"),
        first=FIRST,
        notes=("Cũ: Trang tính này bị ẩn",),
    ),
    Case(
        "each sheet has headings of its own",
        xlsx((HEADER, *ROWS), more={"Cột treo cáp": ((TITLE,), ("Mã cột", "Vĩ độ", "Kinh độ"), ("C1", 19.8, 105.7))}),
        file_format="xlsx",
        kind="cable_pole",
        table="Cột treo cáp",
        header=("Mã cột", "Vĩ độ", "Kinh độ"),
        header_row=2,
        rows=1,
        first={"Vĩ độ": "19,8"},
    ),
    Case(
        "one sheet of several is asked for",
        xlsx((HEADER, *ROWS), more={"Khác": (("Mã trạm", "Tên trạm"), ("K1", "Khác"))}),
        file_format="xlsx",
        options=ReadOptions(table="Khác"),
        tables=("Khác",),
        header=("Mã trạm", "Tên trạm"),
        rows=1,
    ),
    Case(
        "a merged title and merged headings over two rows",
        xlsx(
            ((TITLE, *[""] * 6), *GROUPED, *GROUPED_ROWS),
            merged=((0, 0, 0, 6), (1, 5, 1, 6), *((1, column, 2, column) for column in range(5))),
        ),
        file_format="xlsx",
        header=JOINED,
        header_row=3,
        title=TITLE,
        system="vn2000",
        first={"Mã trạm": "T1", "Tọa độ VN-2000 / Y (m)": "548.975,07"},
    ),
    Case(
        "a commune merged over the rows of its stations counts for each of them",
        xlsx(
            (HEADER, *((*row[:4], "Xã Ngọc Liên" if at == 0 else "", *row[5:]) for at, row in enumerate(ROWS))),
            merged=((1, 4, 3, 4),),
        ),
        file_format="xlsx",
        first={"Xã/phường": "Xã Ngọc Liên"},
        notes=("Ô gộp",),
    ),
    Case(
        "dates are dates, numbers may be text, text may look like a number",
        xlsx(
            (("Mã trạm", "Ngày xây dựng", "Chiều cao"), ("00123", date(2019, 5, 7), "42,5"), (123.0, "7/5/2019", 42.5))
        ),
        file_format="xlsx",
        header=("Mã trạm", "Ngày xây dựng", "Chiều cao"),
        rows=2,
        first={"Mã trạm": "00123", "Ngày xây dựng": "07/05/2019", "Chiều cao": "42,5"},
    ),
    Case(
        "cells with errors keep the error's own word, to be refused by it",
        xlsx((HEADER, ("T1", "#N/A", "A2b", "#REF!", *ROWS[0][4:]), *ROWS[1:])),
        file_format="xlsx",
        first={"Tên trạm": "#N/A", "Chiều cao cột (m)": "#REF!", "Mã trạm": "T1"},
    ),
    Case(
        "errors of an old XLS keep their words too",
        xls({"Trạm": ((TITLE,), HEADER, ("T1", "#N/A", "A2b", "#REF!", *ROWS[0][4:]), *ROWS[1:])}),
        file_format="xls",
        header_row=2,
        first={"Tên trạm": "#N/A", "Chiều cao cột (m)": "#REF!"},
    ),
    Case(
        "errors of an ODS keep their words too, on the sheet that has them",
        ods(
            {
                "Khác": (("a", "b"), ("#N/A", "1")),
                "Trạm": (HEADER, ("T1", "#N/A", "A2b", "42", *ROWS[0][4:]), *ROWS[1:]),
            }
        ),
        file_format="ods",
        table="Trạm",
        first={"Tên trạm": "#N/A", "Chiều cao cột (m)": "42"},
    ),
    Case(
        "a total of a workbook is a row",
        xlsx((HEADER, *ROWS, ("", "Tổng cộng", "", 93.0, "", "", ""))),
        file_format="xlsx",
        rows=4,
    ),
    Case(
        "a table that starts at cell C5",
        xlsx(at=(4, 2)),
        file_format="xlsx",
        header_row=5,
        first=FIRST,
    ),
    Case(
        "nodes of the Open Fibre Data Standard have points",
        xlsx(OFDS_NODES, name="nodes", more={"spans": OFDS_SPANS}),
        file_format="xlsx",
        kind="manhole",
        table="nodes",
        tables=("nodes", "spans"),
        header=("network/id", "id", "name", "status"),
        rows=2,
        first={"id": "n1", "status": "operational"},
        role="ofds.nodes",
        geometry_type="Point",
        geometry="POINT (105.776 19.807)",
        system="wgs84",
    ),
    Case(
        "spans of the Open Fibre Data Standard have lines",
        xlsx(OFDS_NODES, name="nodes", more={"spans": OFDS_SPANS}),
        file_format="xlsx",
        kind="cable_duct",
        table="spans",
        header=("network/id", "id", "name", "status", "start", "end"),
        rows=1,
        role="ofds.spans",
        geometry_type="LineString",
        geometry="LINESTRING (105.776 19.807, 105.7765 19.8075, 105.777 19.808)",
        system="wgs84",
    ),
)
