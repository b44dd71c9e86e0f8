"""How sure an encoding is: earned by many different words, and said."""

import random

import pytest

from registry.imports.reading.encodings.detect import detect_file, detect_texts
from tests.messy.making import as_1258, as_tcvn3, as_viscii, as_vni

#: Words with marks, as lists of structures have them.
WORDS = [
    "trạm",
    "cột",
    "chiều",
    "cao",
    "xã",
    "phường",
    "tọa",
    "độ",
    "vị",
    "trí",
    "hiện",
    "trạng",
    "đường",
    "phố",
    "bể",
    "cáp",
    "cống",
    "tuyến",
    "nhà",
    "mạng",
    "tên",
    "mã",
    "loại",
    "số",
    "lượng",
    "ghi",
    "chú",
    "ngày",
    "xây",
    "dựng",
    "đơn",
    "vị",
    "quản",
    "lý",
    "khoảng",
    "cách",
    "vật",
    "liệu",
    "bê",
    "tông",
    "thép",
]
MARKED = [word for word in WORDS if not word.isascii()]
WRITERS = {"tcvn3": as_tcvn3, "vni": as_vni, "viscii": as_viscii, "cp1258": as_1258}


def guessed(tmp_path, content):
    path = tmp_path / "f"
    path.write_bytes(content)
    return detect_file(path)


@pytest.mark.parametrize("sign", ["°", "²", "m²", "m³", "±5", "°C", "km²"])
def test_signs_of_an_ansi_file_are_no_letters_of_an_old_font(tmp_path, sign):
    dice = random.Random(sign)  # noqa: S311  # a fixed seed
    lines = ["ma;ten;dien tich (m²);vi do"]
    for number in range(dice.randint(1, 60)):
        value = f"{dice.randint(1, 99)}{'' if sign[0] in '°²' else ' '}{sign}" if sign[0] != "±" else f"x {sign}"
        lines.append(f"C{number};Cot {number};{value};{dice.randint(8, 23)}°{dice.randint(0, 59)}'")
    detected = guessed(tmp_path, "\n".join(lines).encode("cp1252"))
    assert (detected.encoding, detected.sure) == ("cp1252", True)
    assert "Windows-1252" in detected.notes[0]


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_few_words_are_never_sure_and_many_are(tmp_path, name):
    dice = random.Random(name)  # noqa: S311  # a fixed seed
    for count in (1, 2, 3, 5, 12, 20):
        words = dice.sample(sorted(set(MARKED)), count)
        content = "\n".join(["ma;ten", *(f"C{index};{word}" for index, word in enumerate(words * 5))])
        detected = guessed(tmp_path, WRITERS[name](content))
        if count < 6:
            assert not detected.sure, (words, detected)
        elif count >= 12:
            assert (detected.encoding, detected.sure) == (name, True), words
        assert detected.notes


def test_how_many_words_speak_for_an_encoding_is_said(tmp_path):
    detected = guessed(tmp_path, as_viscii("Trạm Hạc Thành, Trạm Hàm Rồng"))
    assert not detected.sure
    assert "VISCII (6 trên 6 từ có dấu đọc thành tiếng Việt, trong đó 5 từ khác nhau)" in detected.notes[0]
    assert "ít hơn 6 từ khác nhau" in detected.notes[1]


def test_one_syllable_repeated_proves_nothing(tmp_path):
    detected = guessed(tmp_path, b"ma;ghi chu\n" + b"C1;H\xb0\n" * 200)
    assert not detected.sure


@pytest.mark.parametrize("text", ["25 m² 19°48'", "Ø30 × 4", "Café, Pylône, Señor"])
def test_signs_of_a_workbook_offer_no_old_font(text):
    assert detect_texts([text] * 50).offered is None
