"""What runs or is fetched when a file is opened by its reader's programs: links to other files, formulas, objects.

A file that one party adds to a case is opened by the other one, so that a file with such content is refused.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from typing import Final
from xml.etree import ElementTree

from registry.kernel.i18n import _
from registry.kernel.text import shown

#: Parts that Office loads objects, programs or data of others from.
_PARTS: Final = re.compile(
    r"(^|/)(externallinks|embeddings|activex|querytables|webextensions|macrosheets|customui)/|(^|/)connections\.xml$"
    r"|vba|\.bin$",
    re.IGNORECASE,
)
#: Settings of a printer, which hold neither programs nor addresses.
_HARMLESS: Final = re.compile(r"(^|/)printersettings/[^/]+\.bin$", re.IGNORECASE)
_DOCTYPE: Final = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_ENCODING: Final = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([^"'>]*)""")
_ENCODINGS: Final = (b"utf-8", b"us-ascii", b"ascii")
_BOM: Final = b"\xef\xbb\xbf"
_XML: Final = (".xml", ".rels", ".vml")
_MOST_RELATIONS: Final = 1024 * 1024
_EXTERNAL_SCHEMES: Final = ("http://", "https://", "mailto:", "tel:")
#: Functions that fetch, send or call, and DDE (`program|'topic'!item`).
_CALLS: Final = re.compile(
    r"\b(WEBSERVICE|FILTERXML|HYPERLINK|IMAGE|RTD|CALL|REGISTER(?:\.ID)?|EXEC|IMPORT(?:XML|DATA|HTML|FEED|RANGE))\s*\("
    r"|[\w.]+\|\s*'[^']{0,200}'\s*!",
    re.IGNORECASE,
)
_FIELDS: Final = re.compile(r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT)\b.{0,20}", re.IGNORECASE)
#: Elements with a formula or the instruction of a field, and what finds whether a part has some.
_ELEMENTS: Final = frozenset(
    {
        *("f", "formula", "formula1", "formula2", "definedName", "calculatedColumnFormula", "totalsRowFormula"),
        *("instrText", "delInstrText", "fldSimple"),
    }
)
_HAS_ELEMENTS: Final = re.compile(
    rb"<(?:[^<>/\s:]+:)?(?:" + "|".join(sorted(_ELEMENTS, reverse=True)).encode() + rb")[\s>/]"
)
_CHUNK: Final = 1 << 16
_OVERLAP: Final = 512
#: A cell of a table in text that a spreadsheet computes: after the end of another one, spaces and quotes.
_CELL: Final = (
    r"(?:^|[\n\r,;\t|])[ \t\xa0\ufeff\"']*([=\uff1d@\uff20][^\n\r;\t]{1,60}"
    r"|[+-][^\n\r;\t]*?(?:[A-Za-z_.]\s*\(|\|\s*'|[!=])[^\n\r;\t]*)"
)
_FORMULA_CELL: Final = re.compile(_CELL)
_SHOWN: Final = 60


class ActiveContent(ValueError):
    """Active content; the message says what and where."""


def examine_office(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo]) -> None:
    """ActiveContent for a workbook or document that loads or calls anything outside itself."""
    for entry in entries:
        name = entry.filename
        if _PARTS.search(name) and not _HARMLESS.search(name):
            raise ActiveContent(_("có phần “%(part)s” (liên kết ngoài, đối tượng nhúng hoặc macro)", part=shown(name)))
        if name.lower().endswith(_XML):
            _examine_xml(archive, entry)
        if name.lower().endswith(".rels"):
            _examine_relations(archive, entry)


def examine_csv(content: bytes) -> None:
    """ActiveContent for a table with a cell that a spreadsheet takes as a formula."""
    text = _decoded(content)
    formula = _FORMULA_CELL.search(text)
    if formula:
        number = text.count("\n", 0, formula.start(1)) + 1
        raise ActiveContent(
            _("có công thức ở dòng %(row)d: “%(cell)s”", row=number, cell=shown(formula[1].strip()[:_SHOWN]))
        )


def _decoded(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    return content.removeprefix(_BOM).decode("utf-8", "replace")


def _examine_xml(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Only XML in UTF-8 without declarations of entities; its formulas and fields."""
    tail, has_elements = b"", False
    with archive.open(entry) as part:
        first = part.read(_CHUNK)
        head = first.removeprefix(_BOM).lstrip()
        encoding = _ENCODING.search(head)
        if head[:1] not in (b"<", b"") or b"\x00" in head or (encoding and encoding[1].lower() not in _ENCODINGS):
            raise ActiveContent(_("có phần “%(part)s” không phải XML mã UTF-8", part=shown(entry.filename)))
        chunk = first
        while chunk:
            if _DOCTYPE.search(tail + chunk):
                raise ActiveContent(_("có khai báo DOCTYPE ở phần “%(part)s”", part=shown(entry.filename)))
            has_elements = has_elements or _HAS_ELEMENTS.search(tail + chunk) is not None
            tail = chunk[-_OVERLAP:]
            chunk = part.read(_CHUNK)
    if has_elements:
        _examine_elements(archive, entry)


def _examine_relations(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        content = part.read(_MOST_RELATIONS + 1)
    if len(content) > _MOST_RELATIONS:
        raise ActiveContent(_("có quá nhiều liên kết ở phần “%(part)s”", part=shown(entry.filename)))
    try:
        relations = list(ElementTree.fromstring(content))  # noqa: S314 - without DOCTYPE
    except ElementTree.ParseError as error:
        raise ActiveContent(_("có phần “%(part)s” không đọc được", part=shown(entry.filename))) from error
    for relation in relations:
        target = relation.get("Target", "")
        is_link = relation.get("Type", "").endswith("/hyperlink")
        is_external = relation.get("TargetMode", "").lower() == "external"
        if is_external and not (is_link and target.strip().lower().startswith(_EXTERNAL_SCHEMES)):
            raise ActiveContent(_("có liên kết ngoài tới “%(target)s”", target=shown(target[:_SHOWN])))


def _examine_elements(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Formulas and fields as a reader of XML has them; the instruction of a field may be cut into many elements."""
    instructions = []
    with archive.open(entry) as part:
        try:
            for _event, element in ElementTree.iterparse(part, ("end",)):  # noqa: S314 - without DOCTYPE
                tag = element.tag.rpartition("}")[2]
                if tag in _ELEMENTS:
                    text = "".join(element.itertext())
                    _refuse_call(text)
                    instructions += [text if "nstr" in tag else "", *element.attrib.values()]
                element.clear()
        except ElementTree.ParseError as error:
            raise ActiveContent(_("có phần “%(part)s” không đọc được", part=shown(entry.filename))) from error
    field = _FIELDS.search("".join(instructions))
    if field and entry.filename.lower().startswith("word/"):
        raise ActiveContent(_("có trường lấy dữ liệu ngoài tệp: “%(field)s”", field=shown(field[0].strip())))


def _refuse_call(formula: str) -> None:
    called = _CALLS.search(formula)
    if called:
        sentence = _("có công thức gọi ra ngoài tệp: “%(formula)s”", formula=shown(called[0].strip()[:_SHOWN]))
        raise ActiveContent(sentence)
