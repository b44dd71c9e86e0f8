"""The process that renders a PDF: HTML on its standard input, the file on its standard output.

It loads style sheets and fonts of the program and data: URLs: no network, no other files.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from registry.documents import MISSING

try:
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse
except OSError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(MISSING)

#: Base URL of a page; only the files below STATIC exist there.
BASE: Final = "https://packaged.invalid/"
STATIC: Final = Path(__file__).resolve().parents[1] / "static"
_PREFIX: Final = "/static/"
_TYPES: Final = {".css": "text/css", ".woff2": "font/woff2"}


class PackagedFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Fetches style sheets and fonts of the program, and data: URLs."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=("data",), allow_redirects=False)

    def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
        """One resource; ValueError for any other URL, which is then left out of the page."""
        if not url.startswith(BASE):
            return super().fetch(url, headers)
        path = (STATIC / unquote(urlsplit(url).path).removeprefix(_PREFIX)).resolve()
        if not path.is_relative_to(STATIC) or path.suffix not in _TYPES or not path.is_file():
            message = f"not a packaged file: {url}"
            raise ValueError(message)
        return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": _TYPES[path.suffix]})


def main() -> None:
    source = sys.stdin.buffer.read()
    page = weasyprint.HTML(string=source.decode(), base_url=BASE, url_fetcher=PackagedFiles())
    # The widths of columns are attributes. The identifier follows the page, so that equal pages are equal files.
    identifier = hashlib.sha256(source).digest()[:16]
    sys.stdout.buffer.write(page.write_pdf(presentational_hints=True, pdf_identifier=identifier))
