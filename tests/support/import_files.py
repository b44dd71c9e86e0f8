"""Small files of the shapes that operators send, made on the spot."""

import csv
import io
import json

import xlsxwriter

from registry.kernel.geo.vn2000 import to_plane

TITLE = "DANH SÁCH CỘT ĂNG TEN ĐỀ NGHỊ ĐĂNG KÝ (hệ tọa độ VN-2000, kinh tuyến trục 105°00', múi chiếu 3°)"
HEADER = [
    "STT", "Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột (m)", "Xã/phường", "X (m)", "Y (m)", "Đơn vị chủ quản",
    "Số vị trí lắp đặt", "Đã sử dụng", "Hiện trạng dùng chung", "Ghi chú",
]  # fmt: skip
#: Inside Phường Hạc Thành, also by approximate extents.
PLACE = (105.776, 19.807)
STEP = 0.0005


def vietnamese(metres):
    """2191076.73 as 2.191.076,73."""
    return f"{metres:,.2f}".replace(",", " ").replace(".", ",").replace(" ", ".")


def site(number, **changes):
    """One row of a list of antenna towers, 50 m from the one before it; `changes` by column."""
    point = to_plane(PLACE[0] + number * STEP, PLACE[1])
    row = {
        "STT": str(number),
        "Mã trạm": f"THA-{number:04d}",
        "Tên trạm": f"Trạm Hạc Thành {number}",
        "Loại cột": "A2b",
        "Chiều cao cột (m)": "42",
        "Xã/phường": "Phường Hạc Thành",
        "X (m)": vietnamese(point.x_northing),
        "Y (m)": vietnamese(point.y_easting),
        "Đơn vị chủ quản": "Viettel Thanh Hóa" if number % 2 else "VIETTEL THANH HÓA",
        "Số vị trí lắp đặt": "3",
        "Đã sử dụng": "1",
        "Hiện trạng dùng chung": "Còn khả năng dùng chung",
        "Ghi chú": "",
    }
    return list((row | changes).values())


def swapped(number):
    """The changes that put X and Y in each other's place."""
    row = dict(zip(HEADER, site(number), strict=True))
    return {"X (m)": row["Y (m)"], "Y (m)": row["X (m)"]}


#: STT -> what is wrong there, and the words that the reason must hold.
BAD = {
    3: ({"Xã/phường": "Xã Mường Lát"}, "Xã Mường Lát đã khai"),
    4: (swapped(4), "X và Y bị đổi chỗ"),
    5: ({"Mã trạm": "THA-0002"}, "đã có ở dòng 5"),
    6: ({"Chiều cao cột (m)": "45m"}, "không ghi đơn vị"),
    7: ({"Chiều cao cột (m)": "bốn mươi"}, "không phải là số"),
    8: ({"Đã sử dụng": "9"}, "nhiều hơn tổng số 3"),
    9: ({"Loại cột": "B7"}, "không có trong danh mục"),
    10: ({"Xã/phường": "Xã Không Có"}, "Không có xã, phường nào"),
    11: ({"X (m)": ""}, "Chưa nhập"),
    12: ({"X (m)": "19°48'25\"N"}, "là độ, không phải mét"),
    13: ({"Số vị trí lắp đặt": ""}, "cần tổng số vị trí"),
    14: ({"Hiện trạng dùng chung": ""}, "bắt buộc"),
    15: ({"Đã sử dụng": "-1"}, "khoảng cho phép"),
    16: ({"Đơn vị chủ quản": "VNPT"}, "khác chủ sở hữu đã chọn"),
}
GOOD = (1, 2, 17, 18)


def rows_of_sites():
    """Good rows, one of each bad kind, an empty line, and two full ones."""
    rows = [site(number, **BAD[number][0]) if number in BAD else site(number) for number in range(1, 17)]
    full = {"Hiện trạng dùng chung": "Hết khả năng"}
    return [
        *rows,
        [""] * len(HEADER),
        site(17, **full, **{"Số vị trí lắp đặt": "1"}),
        site(18, **full, **{"Số vị trí lắp đặt": "2", "Đã sử dụng": "2"}),
    ]


def row_number(stt):
    """The row of the file in which a site stands: title, empty line, header, and one empty line after STT 16."""
    return stt + 3 + (stt > 16)


def as_csv(rows, *, title=TITLE, header=HEADER, separator=";", encoding="utf-8-sig"):
    """The bytes of a CSV file with a title and an empty line above the header."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, lineterminator="\r\n")
    if title:
        writer.writerows([[title], []])
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode(encoding)


def as_xlsx(rows, *, title=TITLE, header=HEADER, numbers=("STT", "Số vị trí lắp đặt")):
    """The bytes of a workbook with the same rows; some columns hold real numbers."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("Cột ăng ten")
        sheet.write(0, 0, title)
        for at, cells in enumerate((header, *rows), 2):
            for column, (word, cell) in enumerate(zip(header, cells, strict=True)):
                if cell and word in numbers and cell != word:
                    sheet.write_number(at, column, float(cell))
                else:
                    sheet.write_string(at, column, cell)
    return out.getvalue()


def as_geojson(*features, **members):
    """The bytes of a feature collection; each feature is (geometry, properties)."""
    collection = {
        "type": "FeatureCollection",
        "features": [{"type": "Feature", "geometry": shape, "properties": words} for shape, words in features],
    }
    return json.dumps(collection | members, ensure_ascii=False).encode()
