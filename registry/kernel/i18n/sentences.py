"""Sentences that were stored in Vietnamese, such as those of an import's report, in the reader's language.

A sentence is stored as it was made, with its values. The message that made it is found again among those of the
catalogue by its fixed words; its values are put into the translation. What no message fits stays as it was stored.
Stored reports need no change for this; a reader in Vietnamese reads what was stored, in the present words (`former`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final

from registry.kernel.i18n import DEFAULT_LANGUAGE, catalogue, current_locale
from registry.kernel.i18n.former import in_present_words

_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)[sd]|%%")
#: Fewer fixed characters do not distinguish a message from what people type.
_LEAST_FIXED: Final = 12
#: Values are sentences or labels themselves; deeper ones are not looked at.
_DEPTH: Final = 3
#: Placeholders with a list of labels, and the end of the names of those with a label of the program, quoted or not.
_LISTS: Final = frozenset({"all", "labels"})
_LABEL: Final = "label"
_COMMA: Final = ", "
_SENTENCE_END: Final = re.compile(r"\.\s(?=\S)")


@dataclass(frozen=True)
class _Form:
    """A message with values: its longest fixed part finds it quickly, `fixed` is the number of fixed characters."""

    message: str
    anchor: str
    fixed: int
    #: Regular expression of the whole sentence, and the values in “quotes”: what people typed stays as it is.
    pattern: str
    typed: frozenset[str]
    #: Whether the translation has a form for one.
    has_count: bool = False

    def values(self, text: str) -> dict[str, str] | None:
        """The values of a sentence that this message made; None for another one."""
        match = _compiled(self.pattern).fullmatch(text) if self.anchor in text else None
        return None if match is None else match.groupdict()


def stored_sentence(text: str | None) -> str:
    """A stored sentence in the reader's language; itself in Vietnamese, and where no message fits."""
    language, text = current_locale(), in_present_words(text or "")
    if not text or language == DEFAULT_LANGUAGE:
        return text
    return _translated(text, language, _DEPTH)


@lru_cache(maxsize=8192)
def _translated(text: str, language: str, depth: int) -> str:
    if not text:
        # The catalogue has its own head under the empty message.
        return text
    whole = catalogue(language).gettext(text)
    if whole != text or depth == 0:
        return whole
    several = _two_sentences(text, language, depth)
    if several:
        return several
    for form in _forms(language):
        found_values = form.values(text)
        if found_values is not None:
            values = {name: _value(form, name, value, language, depth - 1) for name, value in found_values.items()}
            return _filled(_template(form, language, values), values)
    return text


def _two_sentences(text: str, language: str, depth: int) -> str:
    """The translations of two sentences that were stored as one text; "" where they are not both known."""
    for end in _SENTENCE_END.finditer(text):
        first, second = text[: end.start() + 1], text[end.end() :]
        translated = _translated(first, language, depth - 1)
        if translated != first and (rest := _translated(second, language, depth)) != second:
            return f"{translated} {rest}"
    return ""


def _value(form: _Form, name: str, value: str, language: str, depth: int) -> str:
    """A value of a sentence: what people typed as it is, labels and lists of labels of the program translated."""
    if name in _LISTS:
        return _translated_list(value, language)
    if name in form.typed and not name.endswith(_LABEL):
        return value
    return _translated(value, language, depth)


def _translated_list(value: str, language: str) -> str:
    """Labels between commas, which a label may have itself: the longest that the catalogue knows."""
    texts, words, start = catalogue(language), value.split(_COMMA), 0
    translated = []
    while start < len(words):
        end = len(words)
        label = _COMMA.join(words[start:end])
        while end > start + 1 and texts.gettext(label) == label:
            end -= 1
            label = _COMMA.join(words[start:end])
        translated.append(texts.gettext(label) if label else label)
        start = end
    return _COMMA.join(translated)


def _template(form: _Form, language: str, values: Mapping[str, str]) -> str:
    """The translation of a message; of one with a count the form for it, the last value before the forms differ."""
    texts = catalogue(language)
    if not form.has_count:
        return texts.gettext(form.message)
    singular, many = (texts.ngettext(form.message, form.message, number) for number in (1, 2))
    same = next((at for at, pair in enumerate(zip(singular, many, strict=False)) if pair[0] != pair[1]), len(many))
    counts = _PLACEHOLDER.findall(many[:same])
    return singular if counts and values.get(counts[-1]) == "1" else many


def _filled(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda part: "%" if part[0] == "%%" else values.get(part[1], part[0]), template)


@cache
def _forms(language: str) -> tuple[_Form, ...]:
    """The messages with values, those with the most fixed characters first."""
    messages = getattr(catalogue(language), "_catalog", {})
    forms = [_form(message) for message in messages if isinstance(message, str) and "%(" in message]
    # A message with a count stands once for each form of its translation.
    counted = dict.fromkeys(message[0] for message in messages if isinstance(message, tuple))
    forms += [replace(_form(message), has_count=True) for message in counted if "%(" in message]
    usable = [form for form in forms if form.fixed >= _LEAST_FIXED]
    return tuple(sorted(usable, key=lambda form: (-form.fixed, form.message)))


def _form(message: str) -> _Form:
    parts, pattern, at, names_used, typed = [], "", 0, set[str](), set[str]()
    for placeholder in _PLACEHOLDER.finditer(message):
        fixed = message[at : placeholder.start()]
        parts.append(fixed)
        pattern += re.escape(fixed)
        at, name = placeholder.end(), placeholder[1]
        if name is not None and fixed.endswith("“"):
            typed.add(name)
        if name is None:
            pattern += "%"
        elif name in names_used:
            pattern += f"(?P={name})"
        else:
            names_used.add(name)
            pattern += f"(?P<{name}>.*?)"
    parts.append(message[at:])
    pattern += re.escape(message[at:])
    return _Form(message, max(parts, key=len), sum(map(len, parts)), pattern, frozenset(typed))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)
