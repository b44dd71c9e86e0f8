"""The language of passages: what stays Vietnamese on an English page says so, for readers who hear it (WCAG 3.1.2).

Names, reasons, descriptions and quoted law are stored as they were written. They stand in hundreds of places, so the
page is marked as a whole when it is sent, not each place in its template.
"""

from __future__ import annotations

import re
from typing import Final

from flask import Flask, Response

from registry.kernel.i18n import DEFAULT_LANGUAGE, current_locale

#: Letters that only Vietnamese has.
LETTERS: Final = "ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
#: A text in which this share of the words has such letters is Vietnamese; an English sentence with a name has less.
SHARE: Final = 0.4
_LETTER: Final = re.compile(f"[{LETTERS}]", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+")
_ENTITY: Final = re.compile(r"&\w+;")
#: A script or style, or a tag with the text behind it and the tag after that.
_NODE: Final = re.compile(
    rf"<(?:script|style)\b.*?</(?:script|style)>|(<[^<>]*>)([^<>]*[{LETTERS}][^<>]*)(?=(</|<|\Z))",
    re.DOTALL | re.IGNORECASE,
)
_OPENING: Final = re.compile(r"<(?!(?:br|hr|img|input|wbr)\b)[a-z][\w-]*(?=[\s/>])", re.IGNORECASE)
_IS_VIETNAMESE_PAGE: Final = re.compile(r'\s*<!doctype html>\s*<html lang="vi"', re.IGNORECASE)


def is_vietnamese(text: str) -> bool:
    words = _WORD.findall(_ENTITY.sub(" ", text))
    return bool(words) and sum(_LETTER.search(word) is not None for word in words) >= SHARE * len(words)


def marked(page: str) -> str:
    """An English page whose Vietnamese texts stand in elements with `lang="vi"`; no other text changes."""
    return page if _IS_VIETNAMESE_PAGE.match(page) else _NODE.sub(_marked_node, page)


def _marked_node(node: re.Match[str]) -> str:
    tag, text, after = node.groups()
    if tag is None or not is_vietnamese(text):
        return node[0]
    opening = _OPENING.match(tag)
    if opening and after == "</" and not tag.endswith("/>"):
        # The text is all of the element, which may be one that holds no other elements (option, title, text).
        return node[0] if " lang=" in tag else f'{opening[0]} lang="vi"{tag[opening.end() :]}{text}'
    return f'{tag}<span lang="vi">{text}</span>'


def init_passages(app: Flask) -> None:
    @app.after_request
    def mark_passages(response: Response) -> Response:
        if response.mimetype == "text/html" and response.is_sequence and current_locale() != DEFAULT_LANGUAGE:
            response.set_data(marked(response.get_data(as_text=True)))
        return response
