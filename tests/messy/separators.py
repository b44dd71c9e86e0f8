"""Text tables of every habit: separators, line ends, titles, headings in two rows, totals."""

from registry.imports.reading.protocol import ReadOptions
from tests.messy.making import HEADER, ROWS, TITLE, Case, text

FIRST = {"Tên trạm": "Trạm Ngọc Liên", "X (m)": "2.222.689,10"}
GROUPED = (
    ("STT", "Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột (m)", "Tọa độ VN-2000", ""),
    ("", "", "", "", "", "X (m)", "Y (m)"),
)
GROUPED_ROWS = tuple((str(at), *row[:4], *row[5:]) for at, row in enumerate(ROWS, 1))
JOINED = (*GROUPED[0][:5], "Tọa độ VN-2000 / X (m)", "Tọa độ VN-2000 / Y (m)")

CASES = (
    Case(
        "commas part the cells, decimal commas stand in quotes",
        text(separator=",").encode(),
        separator=",",
        first=FIRST,
    ),
    Case("tabs part the cells", text(separator="\t").encode(), file_format="tsv", separator="\t", first=FIRST),
    Case("upright bars part the cells", text(separator="|").encode(), separator="|", first=FIRST),
    Case(
        "a first line sep=| names the separator, as Excel writes it, and is no row",
        ("sep=|\r\n" + text(separator="|")).encode("utf-8-sig"),
        separator="|",
        header_row=1,
        first=FIRST,
    ),
    Case("lines end as old Macintosh programs ended them", text(newline="\r").encode(), first=FIRST),
    Case(
        "a cell in quotes goes over two lines",
        text((HEADER, ("T1", "Trạm\nNgọc Liên", *ROWS[0][2:]), *ROWS[1:])).encode(),
        first={"Tên trạm": "Trạm\nNgọc Liên"},
    ),
    Case(
        "a separator that a person chose is kept",
        text(separator=",").encode(),
        options=ReadOptions(separator=","),
        separator=",",
    ),
    Case(
        "the headings stand below a title and an empty line; the title names the system",
        text(((TITLE,), (), HEADER, *ROWS)).encode(),
        title=TITLE,
        header_row=3,
        system="vn2000",
        first=FIRST,
    ),
    Case(
        "a letterhead of four lines stands above the headings",
        text(
            (
                ("TỔNG CÔNG TY VIỄN THÔNG", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
                ("Chi nhánh Thanh Hóa",),
                ("Số: 12/BC",),
                (TITLE,),
                HEADER,
                *ROWS,
            )
        ).encode(),
        header_row=5,
        system="vn2000",
    ),
    Case(
        "a row of column numbers stands below the headings",
        text((HEADER, tuple(f"({at})" for at in range(1, 8)), *ROWS)).encode(),
        header_row=1,
        first=FIRST,
    ),
    Case(
        "headings in two rows: a group above its two columns",
        text((*GROUPED, *GROUPED_ROWS)).encode(),
        header=JOINED,
        system="vn2000",
        first={"Mã trạm": "T1", "Tọa độ VN-2000 / X (m)": "2.222.689,10"},
    ),
    Case(
        "headings in two rows below a title",
        text(((TITLE,), *GROUPED, *GROUPED_ROWS)).encode(),
        header=JOINED,
        system="vn2000",
        first={"Mã trạm": "T1"},
    ),
    Case(
        "two letterheads stand right above the headings and are no groups of them",
        text((("TỔNG CÔNG TY VIỄN THÔNG", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), HEADER, *ROWS)).encode(),
        header_row=2,
        first=FIRST,
    ),
    Case(
        "a column without a heading and an empty number do not make a row of data a heading",
        text((("STT", "Mã trạm", "Tên trạm", ""), ("", "T1", "Trạm Một", "x"), ("2", "T2", "Trạm Hai", "y"))).encode(),
        header=("STT", "Mã trạm", "Tên trạm", "Cột 4"),
        rows=2,
        first={"Tên trạm": "Trạm Một", "Cột 4": "x"},
    ),
    Case(
        "groups above equal words tell them apart",
        text(
            (("Bên bán", "", "Bên mua", ""), ("Mã", "Tên", "Mã", "Tên"), ("a", "b", "c", "d")),
        ).encode(),
        header=("Bên bán / Mã", "Bên bán / Tên", "Bên mua / Mã", "Bên mua / Tên"),
        rows=1,
    ),
    Case(
        "the same heading stands twice",
        text((("Mã trạm", "Ghi chú", "Ghi chú"), ("T1", "a", "b"))).encode(),
        header=("Mã trạm", "Ghi chú", "Ghi chú (2)"),
        rows=1,
        first={"Ghi chú": "a", "Ghi chú (2)": "b"},
    ),
    Case(
        "a printed list repeats its headings on each page",
        text((HEADER, ROWS[0], HEADER, *ROWS[1:], HEADER)).encode(),
        rows=3,
    ),
    Case(
        "two empty columns stand before the table",
        text(tuple(("", "", *row) for row in (HEADER, *ROWS))).encode(),
        first=FIRST,
    ),
    Case(
        "a column without a heading keeps its cells under its place",
        text((("Mã trạm", "", "Tên trạm"), ("T1", "?", "Trạm Một"))).encode(),
        header=("Mã trạm", "Cột 2", "Tên trạm"),
        rows=1,
        first={"Cột 2": "?"},
    ),
    Case(
        "a cell too many is joined to no column",
        text((HEADER, (*ROWS[0], "thừa"), *ROWS[1:])).encode(),
        first={"Y (m)": "548.975,07"},
    ),
    Case("empty lines are no rows", text((HEADER, (), ROWS[0], ("",) * 7, *ROWS[1:], (), ())).encode(), rows=3),
    Case(
        "a total at the end is a row",
        text((HEADER, *ROWS, ("Tổng cộng", "", "", "93", "", "", ""))).encode(),
        rows=4,
    ),
    Case(
        "the headings stand where a person says, though another row looks more like them",
        text(
            (("Mã trạm", "Tên trạm", "X (m)"), ("a", "b", "c"), ("T1", "Trạm Một", "1"), ("T2", "Trạm Hai", "2"))
        ).encode(),
        options=ReadOptions(header_row=2),
        header=("a", "b", "c"),
        header_row=2,
        rows=2,
    ),
    Case(
        "headings in English with one letter wrong are suggested all the same",
        b"post_id,lattitude,longtitude\n1,19.8,105.7\n2,19.9,105.8\n",
        kind="cable_pole",
        header=("post_id", "lattitude", "longtitude"),
        rows=2,
        system="wgs84",
    ),
    Case(
        "headings without marks in capitals are suggested",
        text((("MA TRAM", "TEN TRAM", "VI DO", "KINH DO"), ("T1", "Tram Mot", "19,807", "105,776"))).encode(),
        header=("MA TRAM", "TEN TRAM", "VI DO", "KINH DO"),
        rows=1,
        system="wgs84",
    ),
    Case(
        "one column of many rows is a table too",
        b"ghi chu\nmot\nhai\nba\n",
        header=("ghi chu",),
        rows=3,
    ),
)
