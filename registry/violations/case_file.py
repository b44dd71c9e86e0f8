"""The whole file of a case for a court: every issued paper and original in one ZIP, numbered, with an inventory."""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Final

from registry.authz.actors import Ctx
from registry.documents.official import OfficialPaper, PaperTable, bare_name, written_day
from registry.files.queries import list_files
from registry.files.storage import FileStore
from registry.kernel.exports.csv_file import csv_text
from registry.kernel.i18n import _, format_datetime
from registry.kernel.text import fold
from registry.territory.models import AdminUnit
from registry.violations.codes import CODE, PaperKind
from registry.violations.models import Violation, ViolationPaper
from registry.violations.numbers import papers_of
from registry.violations.papers import letterhead_of
from registry.violations.workflow import VIOLATION
from registry.workflow.views import case_view

#: In memory up to this size, then on disk.
_SPOOLED: Final = 8 * 1024 * 1024
_HEADS: Final = ("STT", "Tài liệu", "Tệp", "SHA-256")
_WIDTHS: Final = (8, 32, 20, 40)
_WORDS: Final = re.compile(r"[a-z0-9]+")
_LONGEST_NAME: Final = 60
#: Makes the PDF of an issued paper, or reads the one that was served.
PdfOf = Callable[[Ctx, Violation, PaperKind, ViolationPaper | None], bytes]


@dataclass(frozen=True)
class FiledDocument:
    """One file of the archive."""

    title: str
    name: str
    content: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def write_case_file(
    ctx: Ctx, store: FileStore, case: Violation, pdf_of: PdfOf, write_pdf: Callable[[OfficialPaper], bytes]
) -> IO[bytes]:
    """The archive as an open file at its start; the actor handles the case."""
    target = tempfile.SpooledTemporaryFile(max_size=_SPOOLED)  # noqa: SIM115  # the answer closes it
    rows: list[tuple[str, str, str, str]] = []
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, item in enumerate(_items(ctx, store, case, pdf_of), 1):
            name = f"{number:02d}-{item.name}"
            archive.writestr(name, item.content)
            rows.append((str(number), item.title, name, item.sha256))
        archive.writestr("00-muc-luc.csv", csv_text([_HEADS, *rows]))
        archive.writestr("00-muc-luc.pdf", write_pdf(_inventory(ctx, case, rows)))
    target.seek(0)
    return target


def _items(ctx: Ctx, store: FileStore, case: Violation, pdf_of: PdfOf) -> Iterator[FiledDocument]:
    """Issued papers in the order of their days, then files in the order in which they came, then the history."""
    papers = [paper for rows in papers_of(ctx, case).values() for paper in rows]
    for paper in sorted(papers, key=lambda row: (row.given_on, row.id)):
        title = f"{paper.kind.label} số {paper.text}"
        yield FiledDocument(title, f"{_stem(title)}.pdf", pdf_of(ctx, case, paper.kind, paper))
    for link in reversed(list_files(ctx, CODE, case.id)):
        file = link.attachment
        path = store.original_path(file.sha256)
        title = f"{link.caption or file.file_name} ({file.file_name})"
        if not link.is_active:
            title = _("%(title)s, đã gỡ", title=title)
        stem, _dot, extension = file.file_name.rpartition(".")
        yield FiledDocument(title, f"{_stem(stem)}.{extension.lower()}", path.read_bytes())
    yield FiledDocument("Diễn biến của hồ sơ", "dien-bien.csv", _history(ctx, case))


def _history(ctx: Ctx, case: Violation) -> bytes:
    """Every event, oldest first, with what was stated."""
    rows = [
        (
            format_datetime(event["at"]),
            str(event["action"]),
            str(event["actor"]),
            "; ".join(f"{line['label']}: {line['value']}" for line in event["said"]),
        )
        for event in reversed(case_view(ctx, VIOLATION, case).events)
    ]
    return csv_text([("Thời điểm", "Việc", "Người thực hiện", "Nội dung"), *rows]).encode()


def _stem(text: str) -> str:
    """A text as the name of a file: words of letters and digits."""
    return "-".join(_WORDS.findall(fold(text)))[:_LONGEST_NAME].strip("-") or "tai-lieu"


def _inventory(ctx: Ctx, case: Violation, rows: Sequence[Sequence[str]]) -> OfficialPaper:
    unit = ctx.session.get_one(AdminUnit, case.unit_id)
    parent, lines = letterhead_of(ctx, case)
    return OfficialPaper(
        parent=parent,
        agency=lines,
        number="",
        place_and_day=f"{bare_name(unit.name)}, {written_day(ctx.today)}",
        title="MỤC LỤC HỒ SƠ",
        subject=f"Hồ sơ vi phạm {case.number}: {case.title}",
        parts=[("", f"Hồ sơ gồm {len(rows)} tài liệu, lập lúc {format_datetime(ctx.now)}.")],
        recipients=[f"Lưu: hồ sơ {case.number}"],
        right=("NGƯỜI LẬP MỤC LỤC", ctx.actor.display_name),
        table=PaperTable(_HEADS, rows, _WIDTHS),
    )
