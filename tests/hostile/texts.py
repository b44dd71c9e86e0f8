"""Text files and files of other kinds under any name."""

from __future__ import annotations

import gzip
import io
import random
import tarfile

from tests.hostile.cases import Case

_HEAD = "Mã trạm;Tên trạm\r\n"


def in_utf8(text: str) -> bytes:
    """Bytes of a text."""
    return text.encode()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as packed:
        packed.addfile(tarfile.TarInfo("x"), io.BytesIO())
    return out.getvalue()


def _noise() -> bytes:
    return random.Random(7).randbytes(200_000)  # noqa: S311


REFUSED = {
    "empty": Case(lambda: b"", "rỗng"),
    "one blank": Case(lambda: b" ", "rỗng"),
    "one byte": Case(lambda: b"a", "không có dòng"),
    "byte order mark only": Case(lambda: b"\xef\xbb\xbf", "không có"),
    "zeros only": Case(lambda: b"\x00" * 50_000, "rỗng"),
    "header only": Case(lambda: in_utf8(_HEAD), "không có dòng dữ liệu"),
    "noise": Case(_noise, "nhị phân"),
    "10,000 columns": Case(lambda: in_utf8(";".join(f"c{n}" for n in range(10_000)) + "\r\n" + ";" * 9_999), "cột"),
    "a row too many": Case(lambda: in_utf8(_HEAD + "T;x\r\n" * 501), "200.000", most_rows=500),
    "200,001 rows": Case(lambda: in_utf8(_HEAD + "T;x\r\n" * 200_001), "200.000", is_long=True),
    "cell of a million letters": Case(lambda: in_utf8(_HEAD + "x" * 1_000_000 + ";y\r\n"), "ô"),
    "quote never closed": Case(lambda: in_utf8(_HEAD + '"' + "x;y\r\n" * 400_000), "dòng 2"),
    "line of 90 MB": Case(lambda: _HEAD.encode() + b"x" * 90_000_000 + b";y\r\n", "ô", is_long=True),
    "quote of 90 MB never closed": Case(lambda: in_utf8(_HEAD + '"' + "x;y\r\n" * 18_000_000), "dòng 2", is_long=True),
    "more than 100 MB": Case(lambda: _HEAD.encode() + b"x;y\r\n" * 21_500_000, "100 MB", is_long=True),
    "PDF": Case(lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"x" * 500, "PDF"),
    "PNG": Case(lambda: b"\x89PNG\r\n\x1a\n" + b"\x00" * 100, "PNG"),
    "JPEG": Case(lambda: b"\xff\xd8\xff\xe0" + b"\x00" * 100, "JPEG"),
    "RAR": Case(lambda: b"Rar!\x1a\x07\x01\x00" + b"\x00" * 100, "RAR"),
    "7Z": Case(lambda: b"7z\xbc\xaf\x27\x1c" + b"\x00" * 100, "7Z"),
    "GZIP of a CSV": Case(lambda: gzip.compress(_HEAD.encode()), "GZIP"),
    "TAR": Case(_tar, "TAR"),
    "DWG": Case(lambda: b"AC1032\x00\x00" + b"\x00" * 200, "DWG"),
    "DXF": Case(lambda: b"  0\nSECTION\n  2\nHEADER\n  0\nENDSEC\n  0\nEOF\n", "DXF"),
    "MapInfo TAB": Case(lambda: b"!table\n!version 300\n!charset WindowsLatin1\n", "TAB"),
    "MapInfo MIF": Case(lambda: b'Version 300\nCharset "UTF-8"\nDelimiter ","\n', "MIF"),
    "program": Case(lambda: b"\x7fELF\x02\x01\x01" + b"\x00" * 500, "ELF"),
    "program of Windows": Case(lambda: b"MZ\x90\x00" + b"\x00" * 500, "EXE"),
    "script": Case(lambda: b"#!/bin/sh\nrm -rf /\n", "script"),
    "rich text": Case(lambda: b"{\\rtf1\\ansi x}", "RTF"),
    "PostScript": Case(lambda: b"%!PS-Adobe-3.0\n(/etc/passwd) (r) file\n", "PostScript"),
    "picture before an archive (polyglot)": Case(lambda: b"GIF89a" + b"\x00" * 20 + b"PK\x03\x04", "GIF"),
    "bare DBF": Case(lambda: b"\x03\x7c\x0b\x18" + b"\x01\x00\x00\x00A\x00\x0b\x00" + b"\x00" * 100, "DBF"),
    "bare SHP": Case(lambda: b"\x00\x00\x27\x0a" + b"\x00" * 96, "SHP"),
    "web page": Case(lambda: b"<!DOCTYPE html><html><body><table><tr><td>x</td></tr></table></html>", "HTML"),
    "Excel 2003 XML": Case(
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "2003"
    ),
}

HARMLESS = {
    "formulas": Case(lambda: in_utf8(_HEAD + "=cmd|' /C calc'!A0;+1+1\r\n"), "=cmd|"),
    "zero inside a word": Case(lambda: in_utf8(_HEAD + "A\x00B;y\r\n" + "T1;Trạm 1\r\n" * 20), "A\ufffdB"),
    "control characters": Case(lambda: in_utf8(_HEAD + "A\x1b[31m;y\r\n"), "A\ufffd[31m"),
    "letters that turn the line": Case(lambda: in_utf8(_HEAD + "A\u202etxt.exe;y\r\n"), "A"),
    "commands of a database": Case(lambda: in_utf8(_HEAD + "'); DROP TABLE structure; --;y\r\n"), "DROP TABLE"),
    "markup": Case(lambda: in_utf8(_HEAD + "<script>alert(1)</script>;y\r\n"), "<script>"),
    "words of a template": Case(lambda: in_utf8(_HEAD + "%(x)s {{ 7*7 }};y\r\n"), "{{ 7*7 }}"),
    "a path as a name": Case(lambda: in_utf8(_HEAD + "../../etc/passwd;y\r\n"), "../../etc/passwd"),
}
