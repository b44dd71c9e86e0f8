"""Official papers in the form of Decree 30/2020: one content, set as a page for the PDF and as an editable DOCX.

They are in Vietnamese, whatever the reader's language.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Twips
from docxtpl import DocxTemplate
from flask import render_template
from jinja2.sandbox import SandboxedEnvironment

from registry.documents.pdf import make_pdf

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#: Where a hand fills in.
BLANK: Final = "........"
COMMITTEE: Final = "ỦY BAN NHÂN DÂN"
_TEMPLATE: Final = Path(__file__).with_name("official.docx")
#: Width of the text on A4, in twentieths of a point.
_TEXT_TWIPS: Final = 9354
#: Days below ten and the first two months are written with a zero.
_ZERO_DAYS, _ZERO_MONTHS = 10, 3
_RANKS: Final = ("Xã", "Phường", "Thị trấn", "Đặc khu", "Huyện", "Thị xã", "Thành phố", "Tỉnh")
#: Above a signature: what the person is, then the name.
Signature = tuple[str, str]


@dataclass(frozen=True)
class PaperTable:
    """A table with rules; all cells are text. `widths` are those of the columns in percent.

    Columns of numbers are `numeric`: they stand at the right.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]
    numeric: Sequence[int] = ()


@dataclass(frozen=True)
class OfficialPaper:
    """The content of one paper."""

    #: The body above the agency, and the agency in lines, in capitals.
    parent: str
    agency: Sequence[str]
    number: str
    place_and_day: str
    title: str
    subject: str
    #: Paragraphs: what is set bold before the text, and the text.
    parts: Sequence[tuple[str, str]]
    recipients: Sequence[str]
    right: Signature
    #: The second signature, if there is one; else the recipients stand there.
    left: Signature = ("", "")
    table: PaperTable | None = None
    #: Paragraphs after the table.
    closing: Sequence[tuple[str, str]] = ()
    #: What a reader must know of a paper that is not final, such as a draft without number.
    remark: str = ""
    #: Of decisions: who decides, on which grounds, and the line before the first article, all above the paragraphs.
    issuer: str = ""
    grounds: Sequence[str] = ()
    order: str = ""


@dataclass(frozen=True)
class PaperPicture:
    """A picture (JPEG) below its caption, as wide as the text; `description` is read aloud in its place."""

    caption: str
    description: str
    jpeg: bytes

    @property
    def url(self) -> str:
        """The picture as the source of an image of a page."""
        return f"data:image/jpeg;base64,{base64.b64encode(self.jpeg).decode()}"


def write_docx(paper: OfficialPaper, pictures: Sequence[PaperPicture] = ()) -> bytes:
    """The paper as a DOCX file to be edited; its texts are never read as a template.

    Pictures stand above the table.
    """
    tables = [paper.table] if paper.table is not None else []
    return fill_docx(
        _TEMPLATE, paper, [table.widths for table in tables], pictures, [table.numeric for table in tables]
    )


def fill_docx(
    path: Path,
    paper: OfficialPaper,
    widths: Sequence[Sequence[int]],
    pictures: Sequence[PaperPicture] = (),
    numeric: Sequence[Sequence[int]] = (),
) -> bytes:
    """A template of the program, filled in with a paper, as a file; `widths` (percent), `numeric`: of its tables.

    The texts of the paper are never read as a template. The first and the last table of the file are head and foot.
    """
    template, target = DocxTemplate(path), io.BytesIO()
    template.render(asdict(paper), jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
    tables = template.docx.element.body.findall(qn("w:tbl"))[1:-1]
    for table, its in zip(tables, widths, strict=True):
        _set_widths(table, its)
    for table, columns in zip(tables, numeric, strict=False):
        _align_numbers(table, columns)
    if pictures:
        # Below the head, the first table.
        following = template.docx.element.body.findall(qn("w:tbl"))[1]
        for picture in pictures:
            caption, paragraph = template.docx.add_paragraph(), template.docx.add_paragraph()
            caption.add_run(picture.caption).bold = True
            caption.paragraph_format.keep_with_next = True
            shape = paragraph.add_run().add_picture(io.BytesIO(picture.jpeg), width=Twips(_TEXT_TWIPS))
            shape._inline.docPr.set("descr", picture.description)
            following.addprevious(caption._p)
            following.addprevious(paragraph._p)
    template.save(target)
    return without_times(target.getvalue())


def without_times(archive: bytes) -> bytes:
    """The same ZIP without the moments at which its parts were written: one content has one file."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as parts, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for part in parts.infolist():
            # ZipInfo without a date is of 1980.
            copy.writestr(zipfile.ZipInfo(part.filename), parts.read(part), zipfile.ZIP_DEFLATED)
    return target.getvalue()


def _set_widths(table: Any, widths: Sequence[int]) -> None:
    """Widths of a table of which the template has one column."""
    twips = [str(round(width * _TEXT_TWIPS / 100)) for width in widths]
    grid = table.find(qn("w:tblGrid"))
    grid.clear()
    for width in twips:
        column = OxmlElement("w:gridCol")
        column.set(qn("w:w"), width)
        grid.append(column)
    for row in table.iter(qn("w:tr")):
        for cell, width in zip(row.iter(qn("w:tcW")), twips, strict=True):
            cell.set(qn("w:type"), "dxa")
            cell.set(qn("w:w"), width)


def _align_numbers(table: Any, columns: Sequence[int]) -> None:
    """Numbers at the right, below their heading."""
    for row in table.findall(qn("w:tr"))[1:]:
        cells = row.findall(qn("w:tc"))
        for paragraph in (each for column in columns for each in cells[column].findall(qn("w:p"))):
            properties = paragraph.get_or_add_pPr()
            for former in properties.findall(qn("w:jc")):
                properties.remove(former)
            properties.get_or_add_jc().set(qn("w:val"), "right")


def write_pdf(paper: OfficialPaper) -> bytes:
    """The paper as a PDF file; the errors of `make_pdf`."""
    return make_pdf(render_template("documents/official.html", paper=paper))


def agency_lines(name: str) -> list[str]:
    """The name of an agency as it stands above a paper: the committee, then its unit."""
    whole = name.upper().replace("UBND", COMMITTEE)
    rest = whole.removeprefix(COMMITTEE).strip()
    return [COMMITTEE, rest] if rest and rest != whole else [whole]


def bare_name(name: str) -> str:
    """The name of a unit without its rank, as before the day of a paper."""
    rank = _rank_of(name)
    return name[len(rank) :].strip() or name


def within_text(name: str) -> str:
    """The name of a unit as it stands within a line: a rank is no name."""
    rank = _rank_of(name)
    return rank.lower() + name[len(rank) :]


def _rank_of(name: str) -> str:
    return next((rank for rank in _RANKS if name.startswith(f"{rank} ")), "")


def undated(locality: str) -> str:
    """The place and day of a draft: the day is written when it is signed."""
    return f"{locality}, ngày ..... tháng ..... năm ....."


def as_sentence(text: str) -> str:
    """A text with one full stop at its end; a blank that a hand fills in stays as it is."""
    bare = text.rstrip("; .") if text.strip(". ") else ""
    return f"{bare}." if bare else BLANK * 4


def written_day(on: date) -> str:
    """A day in words, as on the first line of a paper."""
    day = f"{on.day:02d}" if on.day < _ZERO_DAYS else str(on.day)
    month = f"{on.month:02d}" if on.month < _ZERO_MONTHS else str(on.month)
    return f"ngày {day} tháng {month} năm {on.year}"
