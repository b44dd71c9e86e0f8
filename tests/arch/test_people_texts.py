"""What people wrote is Vietnamese on English pages, too: the passage says so to readers of screens."""

import re
from pathlib import Path

from tests.support.offenders import no_offenders

#: A paragraph of a free text that a case stores.
_PROSE = re.compile(r'<p class="prose"(?P<rest>[^>]*)>\{\{')


def test_a_paragraph_of_a_free_text_names_its_language():
    offenders = [
        (path.as_posix(), match[0])
        for path in sorted(Path("templates").rglob("*.html"))
        for match in _PROSE.finditer(path.read_text())
        if 'lang="vi"' not in match["rest"]
    ]
    no_offenders("a free text is marked as Vietnamese", offenders, 'write <p class="prose" lang="vi">')
