"""Text files in the encodings that Vietnamese offices use and used."""

import unicodedata

from registry.imports.reading.encodings.legacy import TCVN3, VNI
from registry.imports.reading.protocol import ReadOptions
from tests.messy.making import (
    HEADER,
    ROWS,
    TITLE,
    Case,
    as_1258,
    as_tcvn3,
    as_viscii,
    as_vni,
    in_font,
    text,
    twice,
    xlsx,
)

FIRST = {"Tên trạm": "Trạm Ngọc Liên", "X (m)": "2.222.689,10"}
TITLED = text(((TITLE,), (), HEADER, *ROWS))
ON_TCVN3 = tuple(in_font(word, TCVN3) for word in HEADER)
ON_VNI = tuple(in_font(word, VNI) for word in HEADER)

CASES = (
    Case("UTF-8 without a mark", text().encode(), encoding="utf-8", first=FIRST, separator=";"),
    Case("UTF-8 with a byte order mark", text().encode("utf-8-sig"), encoding="utf-8-sig", first=FIRST),
    Case("UTF-16 little endian with a mark", text().encode("utf-16"), encoding="utf-16", first=FIRST),
    Case(
        "UTF-16 big endian with a mark",
        b"\xfe\xff" + text().encode("utf-16-be"),
        encoding="utf-16",
        first=FIRST,
    ),
    Case("UTF-16 little endian without a mark", text().encode("utf-16-le"), encoding="utf-16-le", first=FIRST),
    Case("UTF-16 big endian without a mark", text().encode("utf-16-be"), encoding="utf-16-be", first=FIRST),
    Case(
        "Windows-1258, whose tones follow their letters, becomes composed letters",
        as_1258(TITLED),
        encoding="cp1258",
        first=FIRST,
        header_row=3,
        system="vn2000",
        notes=("Windows-1258",),
    ),
    Case(
        "TCVN3 of an old Excel list",
        as_tcvn3(text()),
        encoding="tcvn3",
        first=FIRST,
        notes=("TCVN3", "từ khác nhau"),
    ),
    Case(
        "TCVN3 in capitals, whose toned letters are small ones of a capital font",
        as_tcvn3(text((tuple(word.upper() for word in HEADER), *ROWS))),
        encoding="tcvn3",
        header=tuple(word.upper() for word in HEADER),
        first={"TÊN TRẠM": "Trạm Ngọc Liên"},
    ),
    Case("VNI for Windows", as_vni(text()), encoding="vni", first=FIRST, notes=("VNI",)),
    Case("VISCII", as_viscii(text()), encoding="viscii", first=FIRST, notes=("VISCII",)),
    Case(
        "Unicode with letters and marks apart is composed, and that is said",
        unicodedata.normalize("NFD", text()).encode(),
        encoding="utf-8",
        first=FIRST,
        notes=("NFC",),
    ),
    Case(
        "UTF-8 that was encoded twice stays as it is; the repair is offered",
        twice(text()),
        encoding="utf-8",
        offered="utf-8-twice",
        sure=False,
        header=tuple(twice(word).decode() for word in HEADER),
        notes=("hai lần",),
    ),
    Case(
        "UTF-8 that was encoded twice, read as a person chose",
        twice(text()),
        options=ReadOptions(encoding="utf-8-twice"),
        encoding="utf-8-twice",
        first=FIRST,
    ),
    Case(
        "letters of a .VnTime font in a UTF-8 file stay as they are; TCVN3 is offered",
        in_font(text(), TCVN3).encode(),
        encoding="utf-8",
        offered="tcvn3",
        sure=False,
        header=ON_TCVN3,
        notes=("TCVN3",),
    ),
    Case(
        "letters of a VNI font in a UTF-16 file, read as a person chose",
        in_font(text(), VNI).encode("utf-16"),
        options=ReadOptions(encoding="vni"),
        encoding="vni",
        first=FIRST,
    ),
    Case(
        "a workbook in a .VnTime font is offered TCVN3",
        xlsx((ON_TCVN3, *(tuple(in_font(cell, TCVN3) for cell in row) for row in ROWS))),
        file_format="xlsx",
        header=ON_TCVN3,
        offered="tcvn3",
        sure=False,
        notes=("TCVN3",),
    ),
    Case(
        "a workbook in a .VnTime font, with one column in Unicode, read as a person chose",
        xlsx((ON_TCVN3, *((row[0], in_font(row[1], TCVN3), *row[2:]) for row in ROWS))),
        file_format="xlsx",
        options=ReadOptions(encoding="tcvn3"),
        encoding="tcvn3",
        first={"Tên trạm": "Trạm Ngọc Liên", "Xã/phường": "Xã Ngọc Liên"},
    ),
    Case(
        "a workbook in a VNI font, read as a person chose",
        xlsx((ON_VNI, *(tuple(in_font(cell, VNI) for cell in row) for row in ROWS))),
        file_format="xlsx",
        options=ReadOptions(encoding="vni"),
        encoding="vni",
        first=FIRST,
    ),
    Case(
        "French words are no Vietnamese of any table, so a person is asked",
        "Nom;Hauteur\r\nPylône d'Orléans;12\r\nChâteau deux;13\r\nÉlevé;14\r\n".encode("cp1252"),
        header=("Nom", "Hauteur"),
        first={"Nom": "Pylône d'Orléans"},
        encoding="cp1252",
        sure=False,
        notes=("Không nhận ra bảng mã",),
    ),
    Case(
        "two words are too few to be sure of TCVN3",
        "id;note\r\n1;Hµ Néi\r\n2;x\r\n3;y\r\n".encode("latin-1"),
        header=("id", "note"),
        first={"note": "Hà Nội"},
        encoding="tcvn3",
        sure=False,
        notes=("Chưa chắc",),
    ),
    Case(
        "UTF-8 with one damaged letter is read, the damage is marked",
        (text() * 3).encode().replace("ạm Hoằng".encode(), b"\xe1\xbam Ho\xe1\xba\xb1ng", 1),
        encoding="utf-8",
        sure=False,
        rows=9,
        notes=("bị hỏng",),
    ),
)
