"""Twelve sheets as operators, departments and contractors write them, and what their author meant by each row.

Letterheads, merged heads, section rows, totals, mixed units and dates, communes of before and after 01/07/2025, three
zones of VN-2000. `truth` has the good rows; every other row must stay out. `answers` are what the author says when the
page asks for the meaning of a value, `columns` and `system` what the author says of columns and coordinates.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.messy.making import as_tcvn3
from tests.support.sheet_making import BIM_SON, HA_TRUNG, HAC_THANH, NGHI_SON, NGOC_LAC, as_csv, as_xlsx, at, dms, plane


@dataclass(frozen=True)
class Sheet:
    """A file of one kind; `truth`: own code -> field -> value in the register, with `lon` and `lat`."""

    file: str
    kind: str
    content: bytes
    truth: Mapping[str, Mapping[str, object]]
    #: Rows that are structures and are wrong: they must stay out.
    bad: int = 0
    #: Field -> text of the file -> what the author means by it, "" for nothing.
    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Heading -> field, where the page asks.
    columns: Mapping[str, str] = field(default_factory=dict)
    system: str = ""
    #: Position of two that disagree, where the page asks: plane, angles.
    position: str = ""
    #: Field -> value of every row.
    constants: Mapping[str, str] = field(default_factory=dict)
    tolerance_m: float = 1

    def __str__(self) -> str:
        return self.file


LETTERHEAD = (
    ("TẬP ĐOÀN CÔNG NGHIỆP - VIỄN THÔNG QUÂN ĐỘI", "", "", "", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
    ("VIETTEL THANH HÓA", "", "", "", "Độc lập - Tự do - Hạnh phúc"),
    ("Số: 1245/BC-VTTH", "", "", "", "Thanh Hóa, ngày 14 tháng 10 năm 2026"),
    ("",),
)


def _truth(points, codes, **fields):
    """Rows of the register: `fields` have one value for all or a list."""
    rows = {}
    for index, (code, (lon, lat)) in enumerate(zip(codes, points, strict=True)):
        values = {name: value[index] if isinstance(value, list) else value for name, value in fields.items()}
        rows[code] = {"lon": lon, "lat": lat} | values
    return rows


def annual_report():
    """An operator's annual report: letterhead, two rows of headings, sections by former district, total."""
    spots = [*(at(HA_TRUNG, index) for index in range(5)), *(at(HAC_THANH, index) for index in range(5))]
    codes = [f"THA{index:04d}" for index in range(1, 11)]
    heights = ["42m", "45 m", "42m", "138 ft", "36m", "42m", "30 m", "42m", "45 m", "42m"]
    metres = ["42", "45", "42", "42.0624", "36", "42", "30", "42", "45", "42"]
    years = ["6/2019", "12/2018", "2015", "6/2019", "3/2020", "6/2019", "2015", "11/2021", "6/2019", "2015"]
    shares = ["Có", "Không", "Có", "Có", "Không", "Có", "Có", "Không", "Có", "Có"]
    header = (
        *("STT", "Mã trạm", "Tên trạm", "Loại cột", "Chiều cao cột", "Xã/phường (cũ)", "Tọa độ VN-2000, KTT 105°00'"),
        *("", "Khả năng dùng chung", "Số vị trí lắp đặt", "Đã sử dụng", "Năm đưa vào sử dụng", "Ghi chú"),
    )
    rows = [
        *LETTERHEAD,
        ("DANH SÁCH CỘT ĂNG TEN PHỤC VỤ DÙNG CHUNG NĂM 2026",),
        ("",),
        header,
        ("", "", "", "", "", "", "X (m)", "Y (m)"),
        tuple(f"({number})" for number in range(1, 14)),
    ]
    for index, code in enumerate(codes):
        commune = HA_TRUNG if index < 5 else HAC_THANH
        if index in (0, 5):
            rows.append((("A", "B")[index // 5], f"{commune[2].upper()} (CŨ)"))
        rows.append(
            (
                *(str(index + 1), code, f"Trạm {commune[1]} {index + 1}", "A2b", heights[index]),
                *(f"{commune[1]}, {commune[2]}", *plane(spots[index])),
                *(shares[index], "3", "1", years[index], "-"),
            )
        )
    rows += [
        ("", "Tổng cộng", "", "", "", "", "", "", "", "30", "10"),
        ("",),
        ("", "Người lập biểu", "", "", "Giám đốc"),
    ]
    dates = [f"{year[-4:]}-{int(year.partition('/')[0]) if '/' in year else 1:02d}-01" for year in years]
    truth = _truth(
        *(spots, codes),
        mast_class="A2b",
        height_m=metres,
        sharing_status=["available" if word == "Có" else "exclusive_full" for word in shares],
        in_service_on=dates,
        in_service_year_only=[True if "/" not in year else None for year in years],
        note=None,
    )
    answers = {
        "sharing_status": {"Có": "Còn khả năng dùng chung", "Không": "Dùng riêng, hết khả năng"},
        "note": {"-": ""},
    }
    return Sheet("bao_cao_nam_viettel.xlsx", "antenna_tower", as_xlsx(rows), truth, answers=answers)


def degrees_of_the_field():
    """A field team's list: degrees with letters, forms of masts in own words, dashes for nothing."""
    spots = [at(NGOC_LAC, index) for index in range(9)]
    codes = [f"NLC-{index:02d}" for index in range(1, 10)]
    forms = [
        "Cột tự đứng",
        "Cột dây co",
        "cột tự đứng",
        "Cột dây néo",
        "Cột tự đứng",
        "-",
        "Cột dây co",
        "Tự đứng",
        "-",
    ]
    meant = [
        "self_supporting",
        "guyed",
        "self_supporting",
        "guyed",
        "self_supporting",
        None,
        "guyed",
        "self_supporting",
    ]
    rows = [("Mã trạm", "Tên trạm", "Phân loại", "Kết cấu cột", "Cao (m)", "Xã", "Vĩ độ", "Kinh độ", "Ngày phát sóng")]
    days = ["15/06/2019", "-", "01/12/2020", "-", "7/3/2018", "15/06/2019", "-", "02/02/2022", "15/06/2019"]
    for index, (code, (lon, lat)) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                *(code, f"Ngọc Lặc {index + 1}", "A2b", forms[index], "42", NGOC_LAC[index % 2]),
                *(dms(lat, "N"), dms(lon, "E"), days[index]),
            )
        )
    rows.append(("NLC-10", "Ngọc Lặc 10", "A2b", "Cột tự đứng", "42", "Ngọc Lặc", "", "", ""))
    iso = [None if day == "-" else "-".join(part.zfill(2) for part in reversed(day.split("/"))) for day in days]
    truth = _truth(spots, codes, mast_form=[*meant, None], height_m="42", in_service_on=iso)
    return Sheet(
        *("khao_sat_ngoc_lac.csv", "antenna_tower", as_csv(rows), truth),
        bad=1,
        answers={
            "mast_form": {"Cột dây néo": "Dây co", "-": "", "Cột tự đứng": "Tự đứng", "cột tự đứng": "Tự đứng"},
            "in_service_on": {"-": ""},
        },
        columns={"Phân loại": "mast_class", "Cao (m)": "height_m"},
        tolerance_m=0.5,
    )


def poles_in_feet():
    """Poles of a contractor in the zone of 105°30': metres and feet in one column, subtotals by road."""
    spots = [at(HAC_THANH, index) for index in range(10)]
    codes = [f"QT-{index}" for index in range(1, 11)]
    lengths = ["8,5m", "28 ft", "8,5m", "10 m", "8,5m", "8.5 m", "28 ft", "10 m", "8,5m", "8,5m"]
    metres = ["8.5", "8.5344", "8.5", "10", "8.5", "8.5", "8.5344", "10", "8.5", "8.5"]
    words = ["BTLT", "Cột BTLT", "BTLT", "Sắt mạ", "BTLT", "btlt", "BTLT", "Sắt mạ", "Bê tông ly tâm", "BTLT"]
    rows = [
        ("CÔNG TY TNHH XÂY LẮP VIỄN THÔNG LAM KINH",),
        ("BẢNG KÊ CỘT TREO CÁP (hệ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°)",),
        ("TT", "Số hiệu cột", "Chiều dài cột", "Vật liệu", "Phường", "X", "Y", "Tuyến đường", "Số cáp đang treo"),
    ]
    for index, (code, spot) in enumerate(zip(codes, spots, strict=True)):
        road = "Quang Trung" if index < 6 else "Lê Hoàn"
        if index in (0, 6):
            rows.append((f"Tuyến {road}",))
        metres_of = plane(spot, "105.5", grouped=False)
        rows.append((str(index + 1), code, lengths[index], words[index], HAC_THANH[0], *metres_of, road, "2"))
        if index in (5, 9):
            rows.append(("", f"Cộng tuyến {road}", "", "", "", "", "", "", "12" if index == 5 else "8"))
    rows.append(("", "Tổng cộng: 10 cột"))
    material = ["steel" if word == "Sắt mạ" else "concrete" for word in words]
    truth = _truth(spots, codes, length_m=metres, material=material, road_name=["Quang Trung"] * 6 + ["Lê Hoàn"] * 4)
    answers = {"material": {"Sắt mạ": "Thép", "Cột BTLT": "Bê tông ly tâm"}}
    return Sheet("bang_ke_cot.xlsx", "cable_pole", as_xlsx(rows), truth, answers=answers)


def exported_gis():
    """An export of a foreign asset program: its own states, no Vietnamese, degrees."""
    spots = [at(BIM_SON, index) for index in range(10)]
    codes = [f"P{index:05d}" for index in range(1, 11)]
    states = ["Aktif", "Aktif", "Rosak", "Aktif", "Aktif", "Tidak aktif", "Aktif", "Aktif", "Tidak aktif", "Aktif"]
    meant = {"Aktif": "active", "Tidak aktif": "suspended", "Rosak": "suspended"}
    rows = [("pole_id", "status", "material", "pole_height", "latitude", "longitude", "inspected", "inspector")]
    days = ["2024-03-15", "2024-03-15", "n/a", "2024-04-02", "n/a", "2024-04-02", "n/a", "2024-05-20", "n/a", "n/a"]
    for index, (code, (lon, lat)) in enumerate(zip(codes, spots, strict=True)):
        rows.append((code, states[index], "Concrete", "8.5", f"{lat:.6f}", f"{lon:.6f}", days[index], "LHT"))
    truth = _truth(
        *(spots, codes),
        status=[meant[word] for word in states],
        material="concrete",
        length_m="8.5",
        last_inspected_on=[None if day == "n/a" else day for day in days],
    )
    answers = {
        "status": {"Aktif": "Đang khai thác", "Tidak aktif": "Tạm ngừng", "Rosak": "Tạm ngừng"},
        "last_inspected_on": {"n/a": ""},
    }
    content = as_csv(rows, ",")
    return Sheet(
        *("assets_export.csv", "power_pole_shared", content, truth),
        answers=answers,
        columns={"inspected": "last_inspected_on"},
    )


def manholes_by_ticks():
    """Manholes with ticks, depths in metres and centimetres, months in words."""
    spots = [at(HAC_THANH, index) for index in range(9)]
    codes = [f"BC.{index:02d}" for index in range(1, 10)]
    depths = ["1,2m", "120cm", "1,5m", "1,2m", "150 cm", "1,2m", "0,9m", "120cm", "1,2m"]
    metres = ["1.2", "1.2", "1.5", "1.2", "1.5", "1.2", "0.9", "1.2", "1.2"]
    water = ["x", "", "x", "-", "", "x", "", "x", "-"]
    built = ["Tháng 12 năm 2020", "Tháng 3 năm 2021", "2019", "12/2020", "2019", "Tháng 12 năm 2020"]
    built += ["Tháng 3 năm 2021", "2019", "12/2020"]
    dates = ["2020-12-01", "2021-03-01", "2019-01-01", "2020-12-01", "2019-01-01", "2020-12-01"]
    dates += ["2021-03-01", "2019-01-01", "2020-12-01"]
    rows = [
        ("DANH MỤC BỂ CÁP TRÊN ĐỊA BÀN PHƯỜNG HẠC THÀNH",),
        ("Hệ tọa độ VN2000 - kinh tuyến trục 105 độ, múi chiếu 3 độ",),
        ("STT", "Mã bể", "Tên bể", "Chiều sâu bể", "Đọng nước", "Ngày xây dựng", "Phường/xã", "Tọa độ", "", ""),
        ("", "", "", "", "", "", "", "X", "Y", ""),
    ]
    for index, (code, spot) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                *(index + 1, code, f"Bể {index + 1}", depths[index], water[index], built[index]),
                *("P. Hạc Thành", *plane(spot, grouped=False), "đã kiểm tra" if index == 4 else ""),
            )
        )
    truth = _truth(
        *(spots, codes),
        depth_m=metres,
        has_water=[True if word == "x" else None if word == "" else False for word in water],
        built_on=dates,
        built_year_only=[True if word == "2019" else None for word in built],
    )
    answers = {"has_water": {"-": "Không"}}
    return Sheet("danh_muc_be_cap.xlsx", "manhole", as_xlsx(rows), truth, answers=answers)


def department_list():
    """A department's list: former communes with their districts, one cell of degrees, classes in short."""
    spots = [*(at(NGHI_SON, index) for index in range(5)), *(at(BIM_SON, index) for index in range(4))]
    codes = [f"BTS-{index:03d}" for index in range(1, 10)]
    classes = ["A2b", "Loại A2b", "A1", "A2", "A2b", "A1", "A2", "loại A2b", "A2b"]
    meant = ["A2b", "A2b", "A1b", "A2b", "A2b", "A1b", "A2b", "A2b", "A2b"]
    rows = [
        ("SỞ KHOA HỌC VÀ CÔNG NGHỆ", "", "", "", "Phụ lục II"),
        ("TỔNG HỢP VỊ TRÍ CỘT ĂNG TEN TRÊN ĐỊA BÀN TỈNH (tọa độ WGS84)",),
        ("TT", "Tên trạm", "Mã trạm", "Huyện", "Xã", "Loại cột", "Chiều cao", "Tọa độ", "Chủ sở hữu", "Hiện trạng"),
    ]
    for index, (code, (lon, lat)) in enumerate(zip(codes, spots, strict=True)):
        commune = NGHI_SON if index < 5 else BIM_SON
        if index in (0, 5):
            rows.append((("I", "II")[index // 5], commune[2].upper(), "", "", "", "", "", "", "", ""))
        rows.append(
            (
                *(index + 1, f"{commune[1]} {index + 1}", code, commune[2], commune[1], classes[index], "42m"),
                *(f"{lat:.6f}, {lon:.6f}", "Viettel", "Hoạt động tốt" if index % 2 else "Đang hoạt động"),
            )
        )
    rows.append(
        (10, "Hải Thượng 10", "BTS-001", NGHI_SON[2], NGHI_SON[1], "A2b", "42m", "19.341, 105.781", "Viettel", "")
    )
    rows.append(("", "TỔNG CỘNG", "10 trạm"))
    truth = _truth(spots, codes, mast_class=meant, height_m="42", status="active")
    answers = {
        "mast_class": {"A1": "A1b", "A2": "A2b"},
        "status": {"Hoạt động tốt": "Đang khai thác"},
    }
    columns = {"Hiện trạng": "status"}
    return Sheet(
        *("phu_luc_ii.xlsx", "antenna_tower", as_xlsx(rows), truth),
        bad=1,
        answers=answers,
        columns=columns,
        system="wgs84",
    )


def houses_in_tcvn3():
    """Station houses in an old font: areas with their unit, grouped metres of the zone of 104°45'."""
    spots = [at(NGOC_LAC, index) for index in range(8)]
    codes = [f"NT{index:02d}" for index in range(1, 9)]
    areas = ["12 m2", "15m2", "12 m2", "20 m²", "12 m2", "15m2", "18 m2", "12 m2"]
    rows = [
        ("Danh sách nhà trạm viễn thông huyện Ngọc Lặc (VN-2000, kinh tuyến trục 104°45', múi 3°)",),
        ("STT", "Mã nhà trạm", "Tên nhà trạm", "Diện tích sàn", "Xã", "X (m)", "Y (m)", "Là tài sản công"),
    ]
    public = ["Có", "Không", "Không", "Có", "K", "Không", "C", "Không"]
    for index, (code, spot) in enumerate(zip(codes, spots, strict=True)):
        metres_of = plane(spot, "104.75")
        rows.append(
            (
                *(str(index + 1), code, f"Nhà trạm số {index + 1}", areas[index].replace("²", "2")),
                *("Thúy Sơn", *metres_of, public[index]),
            )
        )
    rows.append(("", "Cộng", "", "116", "", "", "", ""))
    truth = _truth(
        *(spots, codes),
        floor_area_m2=["12", "15", "12", "20", "12", "15", "18", "12"],
        is_public_asset=[word.startswith("C") for word in public],
    )
    answers = {"is_public_asset": {"K": "Không", "C": "Có"}}
    content = as_tcvn3(as_csv(rows).decode("utf-8-sig"))
    return Sheet("nha_tram_abc.csv", "site_house", content, truth, answers=answers)


def tower_company():
    """A tower company's English list: heights with units, American days, states of its own."""
    spots = [at(HAC_THANH, index) for index in range(10)]
    codes = [f"TWR-{index:03d}" for index in range(1, 11)]
    heights = ["138 ft", "42 m", "150 ft", "42 m", "138 ft", "45 m", "150 ft", "42 m", "138 ft", "42 m"]
    metres = ["42.0624", "42", "45.72", "42", "42.0624", "45", "45.72", "42", "42.0624", "42"]
    days = ["06/15/2019", "12/31/2020", "03/04/2018", "06/15/2019", "11/20/2021"] * 2
    states = ["On air", "On air", "Off air", "On air", "On-air"] * 2
    types = ["Self support", "Guyed mast", "Monopole", "Self-supporting", "Guyed"] * 2
    rows = [
        (
            *("Site ID", "Site name", "Mast class", "Tower type", "Tower height", "Latitude", "Longitude"),
            *("In service date", "Status", "Tenants"),
        )
    ]
    for index, (code, (lon, lat)) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                *(code, f"Hac Thanh {index + 1}", "A2b", types[index], heights[index], f"{lat:.6f}", f"{lon:.6f}"),
                *(days[index], states[index], "2"),
            )
        )
    form = ["self_supporting", "guyed", "monopole", "self_supporting", "guyed"] * 2
    iso = ["2019-06-15", "2020-12-31", "2018-03-04", "2019-06-15", "2021-11-20"] * 2
    truth = _truth(
        *(spots, codes),
        mast_form=form,
        height_m=metres,
        in_service_on=iso,
        status=["suspended" if word == "Off air" else "active" for word in states],
    )
    answers = {
        "mast_form": {
            "Self support": "Tự đứng",
            "Self-supporting": "Tự đứng",
            "Guyed mast": "Dây co",
            "Guyed": "Dây co",
            "Monopole": "Đơn thân (monopole)",
        },
        "status": {"On air": "Đang khai thác", "On-air": "Đang khai thác", "Off air": "Tạm ngừng"},
        "in_service_on": {"pattern": "mdy"},
    }
    return Sheet("towerco_sites.csv", "antenna_tower", as_csv(rows, ","), truth, answers=answers, system="wgs84")


def two_positions():
    """An acceptance file with plane and geographic positions that lie 224 m apart: degrees of VN-2000."""
    spots = [at(HA_TRUNG, index) for index in range(8)]
    codes = [f"HT-{index:02d}" for index in range(1, 9)]
    rows = [
        ("HỒ SƠ HOÀN CÔNG - BẢNG TỌA ĐỘ CỘT (VN-2000, KTT 105-00, múi 3 độ)",),
        ("STT", "Mã cột", "Chiều cao cột (m)", "Loại cột", "X", "Y", "Vĩ độ", "Kinh độ", "Tên cột"),
    ]
    for index, (code, (lon, lat)) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                index + 1,
                code,
                42,
                "A2b",
                *plane((lon, lat), grouped=False),
                lat + 0.001,
                lon - 0.0018,
                f"Cột {index + 1}",
            )
        )
    truth = _truth(spots, codes, mast_class="A2b", height_m="42")
    return Sheet("hoan_cong.xlsx", "antenna_tower", as_xlsx(rows), truth, position="plane")


def merged_communes():
    """A commune's list of poles: merged cells, an unnamed column, remarks to the right of the headings."""
    spots = [*(at(HA_TRUNG, index) for index in range(5)), *(at(HAC_THANH, index) for index in range(5))]
    codes = [f"C{index:02d}" for index in range(1, 11)]
    states = ["Tốt", "Nghiêng", "Tốt", "Bình thường", "Tốt", "Tốt", "Nghiêng nhẹ", "Tốt", "Bình thường", "Tốt"]
    meant = {"Tốt": "good", "Bình thường": "fair", "Nghiêng": "degraded", "Nghiêng nhẹ": "degraded"}
    rows = [
        ("ỦY BAN NHÂN DÂN XÃ",),
        ("THỐNG KÊ CỘT TREO CÁP VIỄN THÔNG (VN-2000, kinh tuyến trục 105°00', múi 3°)",),
        ("STT", "Xã, phường", "Mã cột", "", "Chiều cao cột (m)", "Tình trạng kỹ thuật", "X (m)", "Y (m)"),
    ]
    for index, (code, spot) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                *(index + 1, "", code, "đ/c Hùng", "8,5" if index % 2 else "10", states[index]),
                *(*plane(spot, grouped=False), "gần chợ" if index == 3 else "", "xem ảnh" if index == 3 else ""),
            )
        )

    def merged(sheet):
        sheet.merge_range(3, 1, 7, 1, HA_TRUNG[0])
        sheet.merge_range(8, 1, 12, 1, HAC_THANH[0])

    truth = _truth(
        *(spots, codes),
        length_m=["8.5" if index % 2 else "10" for index in range(10)],
        condition=[meant[word] for word in states],
    )
    answers = {"condition": {"Nghiêng": "Xuống cấp", "Nghiêng nhẹ": "Xuống cấp"}}
    return Sheet("thong_ke_cot_xa.xlsx", "cable_pole", as_xlsx(rows, merged), truth, answers=answers)


def ducts_with_words():
    """Ducts of a design office: lines in one cell, counts and bores with words."""
    starts = [at(HAC_THANH, index) for index in range(8)]
    codes = [f"OC{index}" for index in range(1, 9)]
    bores = ["4 ống", "2 ống", "4 ống", "6", "2 ống", "4 ống", "4 ống", "2 ống"]
    counts = [4, 2, 4, 6, 2, 4, 4, 2]
    pipes = ["uPVC", "Nhựa uPVC", "HDPE", "uPVC", "Nhựa HDPE", "uPVC", "HDPE", "uPVC"]
    sizes = ["110mm", "110 mm", "110mm", "110mm", "90mm", "110mm", "110mm", "90mm"]
    rows = [("Mã cống", "Tên tuyến cống", "Số ống", "Loại ống", "Đường kính ống", "Chiều dài", "Các điểm", "Hệ tọa độ")]
    for index, (code, (lon, lat)) in enumerate(zip(codes, starts, strict=True)):
        line = f"{lat:.6f},{lon:.6f}; {lat + 0.0004:.6f},{lon:.6f}"
        rows.append((code, f"Tuyến cống {index + 1}", bores[index], pipes[index], sizes[index], "45m", line, "WGS84"))
    truth = _truth(
        *([(lon, lat + 0.0002) for lon, lat in starts], codes),
        bore_count=counts,
        duct_material=["hdpe" if "HDPE" in word else "pvc" for word in pipes],
        bore_diameter_mm=["90" if size == "90mm" else "110" for size in sizes],
        stated_length_m="45",
    )
    answers = {
        "bore_count": {"4 ống": "4", "2 ống": "2"},
        "duct_material": {"Nhựa uPVC": "PVC", "uPVC": "PVC", "Nhựa HDPE": "HDPE"},
    }
    return Sheet("tuyen_cong.csv", "cable_duct", as_csv(rows), truth, answers=answers, system="wgs84")


def inspection_results():
    """Results of an inspection: a column of other words than its heading says, quarters for days."""
    spots = [at(NGHI_SON, index) for index in range(9)]
    codes = [f"KT-{index:02d}" for index in range(1, 10)]
    rows = [
        ("BIÊN BẢN KIỂM TRA, đợt 2 năm 2025 - tọa độ VN-2000 kinh tuyến trục 105°00', múi chiếu 3°",),
        ("STT", "Mã trạm", "Tên trạm", "Loại cột", "Độ cao cột", "Kết cấu", "Ngày kiểm tra", "Xã phường", "X", "Y"),
    ]
    for index, (code, spot) in enumerate(zip(codes, spots, strict=True)):
        rows.append(
            (
                *(index + 1, code, f"Nghi Sơn {index + 1}", "A2b", "42", f"Nhóm {index % 3 + 1}"),
                *("Quý III", NGHI_SON[index % 2], *plane(spot, grouped=False)),
            )
        )
    rows.append((10, "KT-10", "Nghi Sơn 10", "A2b", "42", "Nhóm 1", "Quý III", "Xã Không Có", *plane(at(NGHI_SON, 9))))
    truth = _truth(spots, codes, mast_class="A2b", height_m="42", mast_form=None, last_inspected_on=None)
    return Sheet("bien_ban_kiem_tra.xlsx", "antenna_tower", as_xlsx(rows), truth, bad=1)


SHEETS = (
    annual_report(),
    degrees_of_the_field(),
    poles_in_feet(),
    exported_gis(),
    manholes_by_ticks(),
    department_list(),
    houses_in_tcvn3(),
    tower_company(),
    two_positions(),
    merged_communes(),
    ducts_with_words(),
    inspection_results(),
)
