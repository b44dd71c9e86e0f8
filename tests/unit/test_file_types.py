"""Which files are taken: name, first bytes and a look inside must agree."""

import io
import zipfile

import pytest

from registry.files.types import DOCX, MAX_BYTES, FileRefused, check_type, clean_name

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n"


def workbook(parts: dict[str, bytes] | None = None, main: str = "xl/workbook.xml") -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr(main, "<workbook/>")
        for name, content in (parts or {}).items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ảnh cột.JPG", "ảnh cột.JPG"),
        ("../../etc/cau hinh.pdf", "cau hinh.pdf"),
        ("C:\\Users\\Hòa\\danh sách.xlsx", "danh sách.xlsx"),
        ("a\u200bb.png", "ab.png"),
        ("x" * 300 + ".png", "x" * 146 + ".png"),
    ],
)
def test_names_are_kept_without_folders(name: str, kept: str) -> None:
    assert clean_name(name) == kept


@pytest.mark.parametrize("name", ["", "khong-duoi", ".htaccess", "a\x00.png", "/", "anh\ud800.png"])
def test_names_without_a_usable_end_are_refused(name: str) -> None:
    with pytest.raises(FileRefused):
        clean_name(name)


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("a.pdf", PDF, "application/pdf"),
        ("a.csv", "STT;Tên\n1;Trạm".encode(), "text/csv"),
        ("a.csv", "STT;Tên\n1;Trạm".encode("utf-16"), "text/csv"),
        ("a.XLSX", workbook(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_honest_documents_are_taken(name: str, content: bytes, media_type: str) -> None:
    assert check_type(name, content) == media_type


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jpg", b"", "trống"),
        ("a.jpg", b"\xff\xd8\xff" + b"\x00" * MAX_BYTES, "lớn hơn 20 MB"),
        ("a.exe", b"MZ", "Loại tệp"),
        ("a.svg", b"<svg onload='alert(1)'/>", "Loại tệp"),
        ("a.html", b"<script>", "Loại tệp"),
        ("a.jpg", POSTSCRIPT, "không phải là JPG"),
        ("a.jpg", PDF, "không phải là JPG"),
        ("a.png", b"\xff\xd8\xff\xe0", "không phải là PNG"),
        ("a.heic", b"\x00\x00\x00\x18ftypisom", "không phải là HEIC"),
        ("a.pdf", b"GIF89a" + PDF, "không phải là PDF"),
        ("a.pdf", b"%PDF-1.7 cut off", "không phải là PDF"),
        ("a.csv", b"a;b\n\x00;1", "không phải là CSV"),
        ("a.csv", b"\xff\xfea", "không phải là CSV"),
        ("a.xlsx", b"PK\x03\x04 broken", "bị hỏng"),
        ("a.xlsx", workbook()[:-30], "bị hỏng"),
        ("a.xlsx", workbook({"xl/vbaProject.bin": b"x"}), "macro"),
        ("a.xlsx", workbook({"../outside.xml": b"x"}), "bất thường"),
        ("a.xlsx", workbook({"xl/bomb.xml": b"0" * 5_000_000}), "bất thường"),
        ("a.xlsx", workbook({f"xl/{n}.xml": b"" for n in range(1001)}), "bất thường"),
    ],
)
def test_hostile_files_are_refused_in_words(name: str, content: bytes, words: str) -> None:
    with pytest.raises(FileRefused) as refused:
        check_type(name, content)
    assert words in str(refused.value)
    assert name in str(refused.value)


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(FileRefused, match="XLSX"):
        check_type("a.xlsx", target.getvalue())


def test_a_header_that_lies_about_its_size_does_not_help() -> None:
    content = bytearray(workbook({"xl/big.xml": b"0" * 5_000_000}))
    true_size = (5_000_000).to_bytes(4, "little")
    lie = (10).to_bytes(4, "little")
    with pytest.raises(FileRefused):
        check_type("a.xlsx", bytes(content.replace(true_size, lie)))


def test_a_text_document_is_taken_only_where_it_is_asked_for_and_never_with_macros_or_another_content() -> None:
    document, refused = workbook(main="word/document.xml"), "không phải tệp DOCX không có macro"
    assert check_type("a.docx", document, DOCX) == DOCX["docx"]
    for content, more, words in (
        (document, {}, "không được nhận"),
        (workbook(), DOCX, refused),
        (workbook({"word/vbaProject.bin": b"x"}, main="word/document.xml"), DOCX, refused),
        (workbook({"../outside.xml": b"x"}, main="word/document.xml"), DOCX, "bất thường"),
        (PDF, DOCX, "Nội dung"),
    ):
        with pytest.raises(FileRefused, match=words):
            check_type("a.docx", content, more)
