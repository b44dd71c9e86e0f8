"""What names, numbers and devices are read as, and which are refused."""

import pytest
from pwdlib.hashers.argon2 import Argon2Hasher

from registry.accounts import rules
from registry.accounts.service import passwords
from registry.accounts.service.passwords import verify_password
from registry.accounts.sessions import device_label
from registry.kernel.errors import Invalid
from tests.support.passwords import NOBODYS, OF_THE_PRODUCT

EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"
COC_COC = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 coc_coc_browser/140.0 Chrome/134.0 Safari/537.36"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0912 345 678", "+84912345678"),
        ("(0237) 3.852.246", "+842373852246"),
        ("+84 912-345-678", "+84912345678"),
        ("", None),
        (None, None),
    ],
)
def test_a_telephone_number_is_kept_in_its_international_form(text: str | None, number: str | None) -> None:
    assert rules.read_phone(text) == number


@pytest.mark.parametrize("text", ["912345678", "00 84 912 345 678", "+0912", "091234567x", "+84" + "1" * 20])
def test_a_telephone_number_of_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(Invalid, match="ví dụ đúng: 0912 345 678"):
        rules.read_phone(text)


@pytest.mark.parametrize(
    ("text", "number"), [("119", "119"), ("1800 1091", "18001091"), ("0912345678", "+84912345678")]
)
def test_a_hotline_may_be_a_short_number(text: str, number: str) -> None:
    assert rules.read_hotline(text) == number


@pytest.mark.parametrize(
    ("text", "code"), [("0100233488", "0100233488"), ("0314409058-002", "0314409058002"), (" ", None)]
)
def test_a_tax_code_is_kept_as_digits(text: str, code: str | None) -> None:
    assert rules.read_tax_code(text) == code


@pytest.mark.parametrize("text", ["0100233480", "12345", "abc"])
def test_a_tax_code_with_a_wrong_check_digit_or_length_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Mã số thuế"):
        rules.read_tax_code(text)


@pytest.mark.parametrize(("text", "sign"), [(" SXD ", "SXD"), ("SNN&MT", "SNN&MT"), ("SKHĐT", "SKHĐT"), ("", None)])
def test_the_sign_of_an_agency_is_kept_as_its_papers_have_it(text: str, sign: str | None) -> None:
    assert rules.read_paper_sign(text) == sign


@pytest.mark.parametrize("text", ["12/QĐ-SXD", "S X D", "-SXD", "SXD."])
def test_a_sign_that_no_number_can_have_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules.read_paper_sign(text)


@pytest.mark.parametrize("text", ["ab", "có.dấu", "a b c", "-abc", "x" * 65, "", "admin\x00"])
def test_an_account_name_of_other_characters_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Tên đăng nhập"):
        rules.read_username(text)


def test_an_account_name_is_folded() -> None:
    assert rules.read_username("  An.NGUYEN-2 ") == "an.nguyen-2"


@pytest.mark.parametrize("length", [0, 11, 201])
def test_a_password_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(Invalid, match="cần từ 12 đến 200 ký tự"):
        rules.read_password("ă" * length)


@pytest.mark.parametrize("character", [*map(chr, range(32)), "\x7f", "\x80", "\x9f", "\ud800"])
def test_a_password_holds_no_control_characters(character: str) -> None:
    with pytest.raises(Invalid, match=f"U\\+{ord(character):04X}"):
        rules.read_password(f"một câu dài{character} dễ nhớ")


@pytest.mark.parametrize("text", ["an.nguyen.1234", "an.nguyen@123456", "hatang12345678", "Thanh Hoá hạ tầng 1"])
def test_a_password_is_more_than_names_with_what_is_added_to_them(text: str) -> None:
    with pytest.raises(Invalid, match="gần như chỉ gồm tên"):
        rules.read_password(text, names=("an.nguyen", "Nguyễn Văn An"))


@pytest.mark.parametrize("text", ["an nguyen thích phở mới sáng", "Xk9#pQ2!vB7z", "con mèo trèo cây cau"])
def test_a_sentence_with_a_name_in_it_is_a_good_password(text: str) -> None:
    assert rules.read_password(text, names=("an.nguyen", "Nguyễn Văn An")) == text


@pytest.mark.parametrize("text", ["a@b", "a b@c.vn", "@c.vn", "a@c..vn", "a@c.vn\nBcc: x@y.vn", "x" * 65 + "@c.vn"])
def test_an_address_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="Địa chỉ thư điện tử"):
        rules.read_email(text)


@pytest.mark.parametrize(
    ("description", "label"),
    [
        (EDGE, "Microsoft Edge trên Windows"),
        (IPHONE, "Safari trên iPhone"),
        (COC_COC, "Cốc Cốc trên Windows"),
        ("", "Thiết bị không rõ"),
    ],
)
def test_a_device_is_named_by_browser_and_system(description: str, label: str) -> None:
    assert device_label(description) == label


def test_nobody_matches_where_there_is_no_password() -> None:
    assert verify_password("một câu dài dễ nhớ", None) == (False, None)


def test_what_is_checked_without_an_account_takes_the_work_of_a_password_of_today() -> None:
    password_hash = OF_THE_PRODUCT.hash("một câu dài dễ nhớ")
    assert NOBODYS.split("$")[:4] == password_hash.split("$")[:4]
    assert [len(part) for part in NOBODYS.split("$")] == [len(part) for part in password_hash.split("$")]


def test_a_hash_of_weaker_parameters_is_renewed_on_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", OF_THE_PRODUCT)
    password = "một câu dài dễ nhớ"
    weak = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1).hash(password)
    right, renewed = verify_password(password, weak)
    assert right
    assert renewed is not None
    assert renewed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert verify_password(password, renewed) == (True, None)
