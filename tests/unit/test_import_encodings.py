"""The old Vietnamese encodings: tables complete and one to one, words told from noise."""

import unicodedata

import pytest

from registry.imports.reading.encodings import LEGACY, TWICE, codec_of, converter, decode_twice_encoded
from registry.imports.reading.encodings.detect import detect_file, detect_texts
from registry.imports.reading.encodings.legacy import TCVN3, VISCII, VNI
from registry.imports.reading.encodings.syllables import is_syllable, score
from tests.messy.making import as_tcvn3, as_viscii, as_vni, in_font, twice

MOTTO = "Cộng hòa xã hội chủ nghĩa Việt Nam, Độc lập - Tự do - Hạnh phúc"
VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
SMALL = [unicodedata.normalize("NFC", vowel + tone) for vowel in VOWELS for tone in TONES] + ["đ"]
BEYOND_ASCII = [letter for letter in SMALL if not letter.isascii()]


@pytest.mark.parametrize(
    ("table", "written"),
    [
        (TCVN3, "Céng hßa x· héi chñ nghÜa ViÖt Nam, §éc lËp - Tù do - H¹nh phóc"),
        (VNI, "Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam, Ñoäc laäp - Töï do - Haïnh phuùc"),
    ],
)
def test_the_motto_is_read_as_old_documents_show_it(table, written):
    assert table.decode(written) == MOTTO


def test_the_motto_in_viscii_has_one_byte_a_letter():
    written = "C\xb5ng hòa xã h\xb5i ch\xfc ngh\xeea Vi\xaet Nam, Ð\xb5c l\xa7p - T\xf1 do - H\xd5nh phúc"
    assert VISCII.decode(written) == MOTTO


@pytest.mark.parametrize("table", [TCVN3, VNI, VISCII])
def test_each_letter_of_the_language_has_a_place_of_its_own(table):
    letters = [letter for sequence, letter in table.letters.items()]
    assert set(BEYOND_ASCII) <= set(letters)
    assert all(table.decode(in_font(letter, table)) == letter for letter in BEYOND_ASCII)


@pytest.mark.parametrize("table", [VNI, VISCII])
def test_capitals_have_places_too(table):
    capitals = [letter.upper() for letter in BEYOND_ASCII]
    assert all(table.decode(in_font(letter, table)) == letter for letter in capitals)


def test_tcvn3_shows_capitals_with_tones_by_a_capital_font():
    assert TCVN3.decode("CéNG HßA X· HéI") == "CỘNG HÒA XÃ HỘI"
    assert TCVN3.decode("Hµ Néi") == "Hà Nội"
    assert TCVN3.decode("Hµ") == "Hà"


def test_signs_beside_the_letters_stay():
    codec = codec_of("tcvn3", "latin-1")
    assert codec.to_unicode(b"45\xb0 \x93Tr\xb9m\x94".decode(codec.container)) == "45° “Trạm”"


@pytest.mark.parametrize(
    "word", ["trường", "Quỳnh", "giếng", "gì", "Nguyễn", "khuỷu", "XÃ", "Đường", "thuở", "ngoằn", "quốc", "Hoà", "Thủy"]
)
def test_syllables_of_the_language_are_known(word):
    assert is_syllable(word)


@pytest.mark.parametrize("word", ["Pylône", "Tr¹m", "tràmp", "hạp̀", "trạM", "còc", "Ação", "è̀"])
def test_what_is_no_syllable_is_told(word):
    assert not is_syllable(word)


def test_plain_words_say_nothing():
    assert score("post_id;latitude;Ha Noi").total == 0


@pytest.mark.parametrize(("name", "encode"), [("tcvn3", as_tcvn3), ("vni", as_vni), ("viscii", as_viscii)])
def test_a_file_of_an_old_encoding_is_known_with_a_margin(name, encode, tmp_path):
    path = tmp_path / "f"
    path.write_bytes(encode(MOTTO))
    detected = detect_file(path)
    assert (detected.encoding, detected.sure, detected.container) == (name, True, "latin-1")


def test_the_marks_may_stand_far_down_in_a_file(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"id;name\n" * 300_000 + as_tcvn3(MOTTO))
    assert detect_file(path).encoding == "tcvn3"


def test_a_letter_cut_at_the_end_of_a_piece_is_no_damage(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"x" * (1024 * 1024 - 1) + "ộ trạm xã".encode() + b"\n")
    assert (detect_file(path).encoding, detect_file(path).sure) == ("utf-8", True)


def test_vietnamese_in_unicode_is_offered_nothing():
    assert detect_texts([MOTTO, "Hà Nội", "cà", "à"]).offered is None


@pytest.mark.parametrize("name", [*LEGACY, TWICE])
def test_cells_that_are_vietnamese_already_are_left_alone(name):
    assert converter(name)("Trạm Ngọc Liên") == "Trạm Ngọc Liên"
    assert converter(name)("plain") == "plain"


def test_what_was_encoded_twice_is_brought_back():
    assert decode_twice_encoded(twice(MOTTO).decode()) == MOTTO
    assert decode_twice_encoded("Pylône") == "Pylône"
