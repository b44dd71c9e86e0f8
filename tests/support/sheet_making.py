"""Communes with positions in them, and cells as surveyors and offices write them."""

import csv
import io
from collections.abc import Callable

import xlsxwriter

from registry.kernel.geo.vn2000 import ZONES, to_plane

#: Commune of today, one of before 01/07/2025 in it with its district, and a position in both.
HAC_THANH = ("Phường Hạc Thành", "Phường Ba Đình", "TP Thanh Hóa", 105.7731, 19.8032)
HA_TRUNG = ("Xã Hà Trung", "Xã Hà Ngọc", "Huyện Hà Trung", 105.8189, 19.9679)
NGOC_LAC = ("Xã Ngọc Lặc", "Xã Thúy Sơn", "Huyện Ngọc Lặc", 105.3329, 20.1273)
BIM_SON = ("Phường Bỉm Sơn", "Phường Lam Sơn", "Thị xã Bỉm Sơn", 105.8886, 20.0671)
NGHI_SON = ("Phường Nghi Sơn", "Phường Hải Thượng", "Thị xã Nghi Sơn", 105.7799, 19.3397)
_STEP = 0.0006
#: Meridian -> zone of VN-2000.
_ZONES = {str(zone.central_meridian): zone for zone in ZONES.values()}


def at(commune, index):
    """A position in a commune, `index` steps from its middle."""
    return round(commune[3] + index * _STEP, 6), round(commune[4] + (index % 3) * _STEP, 6)


def plane(point, zone="105", *, grouped=True):
    """Northing and easting as a surveyor writes them."""
    metres = to_plane(*point, _ZONES[zone])
    pair = (metres.x_northing, metres.y_easting)
    texts = [f"{part:,.2f}" for part in pair]
    return [part.replace(",", " ").replace(".", ",").replace(" ", "." if grouped else "") for part in texts]


def dms(degrees, letter):
    """Degrees, minutes and seconds with the letter of the hemisphere."""
    minutes, seconds = divmod(round(degrees * 360_000), 6_000)
    whole, rest = divmod(minutes, 60)
    return f"{whole}°{rest:02d}'{seconds / 100:05.2f}\"{letter}"


def as_csv(rows, separator=";"):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows, merged: Callable | None = None):
    """A workbook of one sheet; numbers of Python become numbers of the sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("DS")
        for number, cells in enumerate(rows):
            for column, cell in enumerate(cells):
                if cell != "":
                    sheet.write(number, column, cell)
        if merged is not None:
            merged(sheet)
    return out.getvalue()
