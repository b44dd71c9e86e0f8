"""Papers as other programs see them: LibreOffice converts them, poppler reads and pictures the result."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

#: Converts all files of a call in one process; the first start of a new profile takes some seconds of it.
_TIMEOUT_S = 300
#: Where the PDF files and their pictures are left for people to look at; `make interop` names it.
PICTURES = os.environ.get("INTEROP_PICTURES")
MISSING = [tool for tool in ("soffice", "pdftotext", "pdfinfo", "pdftoppm") if shutil.which(tool) is None]
NEEDS_OFFICE = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; run make interop")


def convert(folder, profile):
    """All DOCX and XLSX files of a folder as PDF files of the same folder; what LibreOffice said."""
    sources = [path for path in sorted(folder.iterdir()) if path.suffix in (".docx", ".xlsx")]
    command = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--convert-to", "pdf"]
    done = _run(*command, "--outdir", str(folder), *map(str, sources), timeout=_TIMEOUT_S)
    return done.stdout + done.stderr


def text_of(pdf):
    """The text of a PDF file in one line, as a reader reads it."""
    return flat(_run("pdftotext", "-enc", "UTF-8", str(pdf), "-").stdout)


def flat(text):
    """A text in one line; hyphens and spaces at the ends of lines say nothing of it."""
    return re.sub(r"\s+", " ", text).strip()


def page_count(pdf):
    """The number of pages of a PDF file."""
    return int(re.search(r"^Pages:\s+(\d+)", _run("pdfinfo", str(pdf)).stdout, re.MULTILINE)[1])


def fonts_of(pdf):
    """The families of the fonts of a PDF file, without the mark of a subset and the style."""
    lines = _run("pdffonts", str(pdf)).stdout.splitlines()[2:]
    names = (line.split()[0].split("+")[-1].replace("-", "") for line in lines)
    return {re.sub(r"(Bold|Italic|Regular)+$", "", name) for name in names}


def boxes_of(pdf):
    """The first page's words as (text, left, top, right, bottom), and the size of the page, in points."""
    output = _run("pdftotext", "-bbox", str(pdf), "-").stdout
    pages = re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', output, re.DOTALL)
    word = re.compile(r'<word xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)">(.*?)</word>')
    return [
        (
            (float(width), float(height)),
            [(m[5], *(float(side) for side in m.groups()[:4])) for m in word.finditer(body)],
        )
        for width, height, body in pages
    ]


def picture(pdf, name):
    """The pages of a PDF file as pictures in `INTEROP_PICTURES`, where it is set."""
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        _run("pdftoppm", "-r", "75", "-png", str(pdf), str(Path(PICTURES) / name))


def _run(*command, timeout=60):
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=True)
