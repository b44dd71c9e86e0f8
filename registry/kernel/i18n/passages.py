"""The language of passages: what stays Vietnamese on an English page says so, for readers who hear it (WCAG 3.1.2).

Names, reasons, descriptions and quoted law are stored as they were written. They stand in hundreds of places, so the
page is marked as a whole when it is sent, not each place in its template.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from flask import Flask, Response

from registry.kernel.i18n import DEFAULT_LANGUAGE, current_locale

#: Letters that only Vietnamese has.
LETTERS: Final = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
#: A text in which this share of the words has such letters is Vietnamese; an English sentence with a name has less.
SHARE: Final = 0.4
_LETTERS: Final = LETTERS + LETTERS.upper()
_LETTER: Final = re.compile(f"[{_LETTERS}]")
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENTITY: Final = re.compile(r"&\w+;")
_UNREAD: Final = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
_OPENING: Final = re.compile(r"<(?!(?:br|hr|img|input|wbr)\b)[a-z][\w-]*(?=[\s/>])", re.IGNORECASE)
_IS_VIETNAMESE_PAGE: Final = re.compile(r'\s*<!doctype html>\s*<html lang="vi"', re.IGNORECASE)


@lru_cache(maxsize=4096)
def is_vietnamese(text: str) -> bool:
    words = _WORD.findall(_ENTITY.sub(" ", text))
    return bool(words) and sum(_LETTER.search(word) is not None for word in words) >= SHARE * len(words)


def marked(page: str) -> str:
    """An English page whose Vietnamese texts stand in elements with `lang="vi"`; no other text changes."""
    if _IS_VIETNAMESE_PAGE.match(page):
        return page
    unread = [match.span() for match in _UNREAD.finditer(page)]
    parts: list[str] = []
    written = at = 0
    # From letter to letter: on an English page they are few.
    while letter := _LETTER.search(page, at):
        position = letter.start()
        end_of_unread = next((end for begin, end in unread if begin <= position < end), None)
        tag_end = page.rfind(">", 0, position) + 1
        if end_of_unread is not None:
            at = end_of_unread
        elif page.find("<", tag_end, position) >= 0:
            # Within a tag.
            at = page.find(">", position) + 1 or len(page)
        else:
            end = page.find("<", position)
            at = len(page) if end < 0 else end
            # A sign ">" behind the letter: it stands in an attribute that holds such a sign itself.
            if page.find(">", position, at) < 0 and is_vietnamese(page[tag_end:at]):
                tag_begin = max(page.rfind("<", 0, tag_end), 0)
                parts += (
                    page[written:tag_begin],
                    _marked_node(page[tag_begin:tag_end], page[tag_end:at], page[at : at + 2]),
                )
                written = at
    return "".join((*parts, page[written:]))


def _marked_node(tag: str, text: str, after: str) -> str:
    """A text with the tag in front of it; `after` is how the next tag begins."""
    opening = _OPENING.match(tag)
    if opening and after == "</" and not tag.endswith("/>"):
        # The text is all of the element, which may be one that holds no other elements (option, title, text).
        return tag + text if " lang=" in tag else f'{opening[0]} lang="vi"{tag[opening.end() :]}{text}'
    return f'{tag}<span lang="vi">{text}</span>'


def init_passages(app: Flask) -> None:
    @app.after_request
    def mark_passages(response: Response) -> Response:
        if response.mimetype == "text/html" and response.is_sequence and current_locale() != DEFAULT_LANGUAGE:
            response.set_data(marked(response.get_data(as_text=True)))
        return response
