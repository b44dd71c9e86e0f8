"""Header aliases of fields, in addition to their names, labels and own aliases.

Keys are normalised by `header_key`. An alias of two fields is listed for one of them only, or not at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

#: Field of a structure -> header aliases; used for kinds with that field.
FIELD_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "own_code": (
        *("post id", "pole id", "id", "ma so", "ma doi tuong", "ma cong trinh", "stt cot", "so hieu", "so hieu cot"),
        *("ma hieu", "ky hieu", "ma nha tram", "ma be", "ma be cap", "ma cong", "ma tuyen", "ma vi tri", "ma bts"),
        *("asset id", "structure id", "pole no", "pole number", "site code", "station code", "bts id", "duct id"),
        *("manhole id", "tower id", "span id", "node id", "ma hao", "ma tuy nen", "ma nha"),
    ),
    "name": (
        *("ten cot", "ten diem", "station name", "site name", "ten nha tram", "ten be", "ten be cap", "ten tuyen"),
        *("ten doi tuong", "ten bts", "ten vi tri", "tower name", "structure name", "ten hao", "ten cong"),
    ),
    "status": ("status", "trang thai hoat dong", "tinh trang hoat dong", "operational status", "tinh trang su dung"),
    "sharing_status": ("tinh trang dung chung", "trang thai dung chung", "sharing", "sharing status", "chia se"),
    "position_method": ("cach xac dinh vi tri", "phuong phap do", "nguon toa do"),
    "accuracy_m": ("do chinh xac", "accuracy", "sai so do"),
    "surveyed_on": ("ngay khao sat", "survey date", "surveyed on"),
    "address": ("address", "vi tri lap dat", "dia diem", "dia chi lap dat", "address streetaddress"),
    "road_name": ("road", "street", "road name", "street name", "ten tuyen duong", "ten duong pho", "pho", "tuyen pho"),
    "chainage_km": ("chainage", "km ly trinh", "ly trinh km"),
    "built_on": ("ngay xay", "year built", "built on", "nam xay", "ngay hoan thanh", "ngay xay lap"),
    "in_service_on": (
        *("ngay hoat dong", "ngay phat song", "in service date", "ngay su dung", "nam dua vao su dung"),
        *("readyforservicedate", "ready for service date"),
    ),
    "condition": ("hien trang ky thuat", "tinh trang cot", "chat luong cong trinh", "condition"),
    "last_inspected_on": ("ngay kiem tra", "ngay kiem tra gan nhat", "last inspection", "kiem tra gan nhat"),
    "has_identification_mark": ("bien bao", "co bien", "gan bien", "bien ten"),
    "permit_number": ("giay phep", "so gpxd", "gpxd", "giay phep xay dung", "so giay phep xay dung", "permit number"),
    "permit_on": ("ngay cap phep", "ngay giay phep", "permit date"),
    "note": ("comment", "comments", "mo ta", "description", "dien giai", "ghi chu khac"),
    "mast_class": ("hang cot", "tower class", "mast class", "phan loai cot", "loai cot a1 a2"),
    "mast_form": ("loai ket cau", "tower type", "kieu cot", "dang cot", "ket cau cot", "structure type"),
    "mount": ("vi tri dat cot", "mat dat mai nha", "vi tri dat"),
    "height_m": ("do cao cot", "tower height", "structure height", "mast height", "height m", "chieu cao cot ang ten"),
    "length_m": ("pole height", "pole length", "do cao", "height", "do cao cot", "chieu cao m"),
    "material": ("material", "chat lieu", "loai vat lieu", "loai cot", "pole material"),
    "pole_role": ("vi tri cot", "chuc nang cot", "loai vi tri"),
    "bore_count": ("ducts", "duct count", "number of ducts", "so ong cong", "sl ong"),
    "bore_diameter_mm": ("diameter", "duct diameter", "phi", "phi ong", "duong kinh trong"),
    "duct_material": ("material", "chat lieu", "loai ong"),
    "stated_length_m": ("length", "chieu dai tuyen", "cu ly", "chieu dai ong", "do dai"),
    "cover_depth_m": ("depth", "do sau chon", "chieu sau chon", "do sau chon ong"),
    "depth_m": ("depth", "do sau be", "chieu sau be"),
    "inner_length_m": ("dai", "chieu dai be", "chieu dai"),
    "inner_width_m": ("rong", "chieu rong be", "width", "be rong"),
    "inner_height_m": ("cao", "height"),
    "lid_count": ("so luong nap", "lids"),
    "pole_count": ("so luong cot", "pole count", "sl cot"),
    "usual_span_m": ("khoang cot", "khoang vuot", "span"),
    "voltage_kv": ("voltage", "dien ap kv"),
    "floor_area_m2": ("area", "dien tich m2", "dien tich nha"),
    "power_kva": ("cong suat", "power"),
}
#: Part of an angle -> suffixes of the header of latitude or longitude; "" is the degrees.
ANGLE_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "": ("do", "deg", "degree", "degrees", "d"),
    "minutes": ("phut", "min", "minute", "minutes", "m"),
    "seconds": ("giay", "sec", "second", "seconds", "s"),
    "hemisphere": ("ban cau", "huong", "hemisphere", "hemi", "hem", "direction", "dir", "n s", "e w", "b n", "d t"),
}
#: Coordinate system in the header of an axis: "X VN-2000 KTT 105°00'".
SYSTEM: Final = re.compile(
    r"\b(?:he toa do|he|ktt|kinh tuyen truc|mui chieu|mui|vn ?2000|wgs ?(?:19)?84|utm|epsg|zone)\b"
    r"(?: (?:\d+n?|do|phut|m)\b)*"
)
X: Final = (
    *("x", "toa do x", "bac", "northing", "x bac", "toa do bac", "bac x", "x n", "n", "north", "x vn2000", "vn2000 x"),
    *("x vn 2000", "toa do x vn2000", "toa do x vn 2000", "northing m", "toa do x m"),
)
Y: Final = (
    *(
        "y",
        "toa do y",
        "dong",
        "easting",
        "y dong",
        "toa do dong",
        "dong y",
        "y e",
        "e",
        "east",
        "y vn2000",
        "vn2000 y",
    ),
    *("y vn 2000", "toa do y vn2000", "toa do y vn 2000", "easting m", "toa do y m"),
)
LATITUDE: Final = (
    *("vi do", "lat", "latitude", "vi do b", "vi do wgs84", "vi do wgs 84", "wgs84 vi do", "lat wgs84", "toa do vi do"),
    *("vi do bac", "latitude n", "lat dd", "latitude dd", "vi do n"),
)
LONGITUDE: Final = (
    *("kinh do", "lon", "lng", "long", "longitude", "kinh do d", "kinh do wgs84", "kinh do wgs 84", "wgs84 kinh do"),
    *(
        "long wgs84",
        "lon wgs84",
        "toa do kinh do",
        "kinh do dong",
        "longitude e",
        "lon dd",
        "longitude dd",
        "kinh do e",
    ),
)
POSITION: Final = (
    *("toa do", "geometry", "coordinates", "wkt", "vi tri toa do", "lat long", "lat lon", "vi do kinh do", "gps"),
    *("toa do wgs 84", "toa do wgs84", "coordinates wgs 84", "wgs 84 coordinates"),
    *("toa do gps", "location coordinates", "route coordinates", "cac diem", "danh sach toa do", "toa do cac diem"),
)
COMMUNE: Final = (
    *("xa phuong", "xa", "phuong", "phuong xa", "xa phuong thi tran", "commune", "dia ban", "ten xa", "xa phuong moi"),
    *("xa moi", "phuong xa dac khu", "xa phuong dac khu", "ward", "don vi hanh chinh", "ten xa phuong", "dia phuong"),
    *("xa phuong sau sap nhap", "ten phuong xa", "xa p"),
)
DISTRICT: Final = (
    *("huyen", "quan huyen", "huyen thi xa thanh pho", "huyen thi", "huyen tx tp", "ten huyen", "district", "huyen cu"),
    *("huyen thi thanh pho", "huyen thanh pho", "huyen tp tx", "tx tp huyen", "quan huyen thi xa", "huyen truoc day"),
)
OWNER: Final = (
    *("don vi chu quan", "chu so huu", "chu quan", "don vi quan ly", "doanh nghiep", "owner", "don vi so huu"),
    *("chu dau tu", "company", "chu so huu cong trinh", "doanh nghiep vien thong", "nha mang so huu"),
    *("physicalinfrastructureprovider name", "physical infrastructure provider"),
)
CAPACITY_TOTAL: Final = (
    *(
        "so vi tri lap dat",
        "tong so vi tri",
        "so vi tri",
        "suc chua",
        "dung luong",
        "so vi tri treo cap",
        "tong vi tri",
    ),
    *("so luong vi tri", "capacity", "total slots", "tong dung luong", "so cap toi da"),
)
CAPACITY_USED: Final = (
    *("da su dung", "so vi tri da dung", "da dung", "dang su dung", "used", "used slots", "so vi tri dang su dung"),
    *("so luong da su dung", "so cap dang treo"),
)
CAPACITY_HEIGHT: Final = ("cao do cua vi tri", "cao do vi tri", "cao do san", "cao do san lap dat", "slot height")
CAPACITY_DIAMETER: Final = ("duong kinh cua vi tri", "duong kinh vi tri", "slot diameter")
CAPACITY_LEVEL: Final = ("vi tri o tang thu", "tang thu", "slot level")
HOLDER: Final = (
    *("don vi su dung", "don vi treo", "don vi dung chung", "holder", "tenant", "doanh nghiep thue", "don vi thue"),
    *("nha mang dung chung", "occupants"),
)
