"""Vietnamese text: one normal form for storage and a folded form for search."""

import re
import unicodedata
from typing import Final

from registry.kernel.i18n import _

_SPACES: Final = re.compile(r"\s+")
# Characters that people paste without seeing them; PostgreSQL refuses NUL, UTF-8 refuses lone surrogates.
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufdd0-\ufdef\ufffe\uffff]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")
# Zero-width marks, direction marks and soft hyphens make two equal words unequal.
_INVISIBLE: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_SHOWN_LENGTH: Final = 40


class TextRefused(ValueError):
    """A text that cannot be stored; the message gives the reason."""


class ControlCharacter(TextRefused):
    """A text with NUL or another control character."""

    def __init__(self, text: str, character: str) -> None:
        code = f"U+{ord(character):04X}"
        super().__init__(
            _("Văn bản “%(text)s” có ký tự điều khiển %(code)s; hãy xóa ký tự này.", text=shown(text), code=code)
        )


class BrokenCharacter(TextRefused):
    """A text with a lone surrogate, which no encoding can write."""

    def __init__(self, text: str) -> None:
        super().__init__(_("Văn bản “%(text)s” có ký tự bị hỏng; hãy nhập lại bằng bảng mã Unicode.", text=shown(text)))


def shown(text: str) -> str:
    """The text as messages quote it: printable, at most 40 characters."""
    printable = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return printable if len(printable) <= _SHOWN_LENGTH else printable[: _SHOWN_LENGTH - 1] + "…"


def check_characters(text: str) -> None:
    """Raise ControlCharacter or BrokenCharacter for text that the database cannot store; line breaks pass."""
    if _SURROGATE.search(text):
        raise BrokenCharacter(text)
    control = _CONTROL.search(text)
    if control:
        raise ControlCharacter(text, control[0])


def normalise(text: str) -> str:
    """One line of text as it is stored: NFC, single spaces, trimmed, no invisible characters.

    Raises ControlCharacter or BrokenCharacter.
    """
    check_characters(text)
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", composed).strip()


def normalise_lines(text: str) -> str:
    """A text of several lines as it is stored: each line normalised, no empty lines around."""
    check_characters(text)
    lines = (normalise(line) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip("\n")


# --- order --------------------------------------------------------------------------------------------------------
_ALPHABET: Final = {letter: at for at, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
#: In the order of dictionaries: none, huyền, hỏi, ngã, sắc, nặng.
_TONE_ORDER: Final = "\u0300\u0309\u0303\u0301\u0323"
_TOKENS: Final = re.compile(r"\d+|\D")


def natural_key(text: str) -> tuple[list[tuple[int, int]], list[int], str]:
    """Orders names as the collation `vi_natural` of the database: Vietnamese letters, numbers by value, then tones."""
    letters: list[tuple[int, int]] = []
    tones: list[int] = []
    for token in _TOKENS.findall(unicodedata.normalize("NFC", text).lower()):
        parts = unicodedata.normalize("NFD", token)
        letter = unicodedata.normalize("NFC", "".join(mark for mark in parts if mark not in _TONE_ORDER))
        tones.append(next((_TONE_ORDER.index(mark) + 1 for mark in parts if mark in _TONE_ORDER), 0))
        if token.isdecimal():
            letters.append((1, int(token)))
        elif letter in _ALPHABET:
            letters.append((2, _ALPHABET[letter]))
        else:
            letters.append((3 if letter.isalpha() else 0, ord(letter[0])))
    return letters, tones, text


# --- placing of the tone mark -------------------------------------------------------------------------------------
_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
# A rhyme of two vowels that ends its syllable carries the tone on the first (hòa, thủy, khỏe); "qu" and "gi" are
# consonants, so "quý" keeps its place, and a final consonant moves the tone (hoàn), so only word ends are touched.
_NEW_STYLE: Final = re.compile(rf"(?<![qQ])(o[ae]|uy)([{_TONES}])(?![\w\u0300-\u036f])", re.IGNORECASE)


def _old_place(match: re.Match[str]) -> str:
    rhyme, tone = match.groups()
    return f"{rhyme[0]}{tone}{rhyme[1]}"


def place_tones(text: str) -> str:
    """Put the tone mark of oa, oe and uy where official names of the province put it: Hoà -> Hòa, Thuỷ -> Thủy.

    The result is NFC. Words with another final (hoàn, quỳnh) and "quý" are the same in both conventions.
    """
    decomposed = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _NEW_STYLE.sub(_old_place, decomposed))


def normalise_name(text: str) -> str:
    """A name as it is stored and compared: `normalise` and `place_tones`."""
    return place_tones(normalise(text))


# --- codes --------------------------------------------------------------------------------------------------------
#: Hyphens, and Cyrillic letters of the shape of Latin ones, as in the SQL function `code_key`.
_CODE_LETTERS: Final = str.maketrans("‐‑‒–—−авекмнорстухіјѕ", "------abekmhopctyxijs")
_WHOLE_NUMBER: Final = re.compile(r"([0-9]+)[.,]0{1,2}")


def code_key(text: str) -> str:
    """What all spellings of one code have in common, as the SQL function `code_key` has it for a stored text."""
    spaced = " ".join(unicodedata.normalize("NFKC", text).lower().split()).translate(_CODE_LETTERS)
    number = _WHOLE_NUMBER.fullmatch(spaced)
    return number[1] if number else spaced


def register_code(text: str) -> str:
    """A code that the register gives (of a structure, a case), from any spelling of it."""
    return code_key(text).upper()


# --- folding for search -------------------------------------------------------------------------------------------
# Letters that do not decompose, and the typographic marks of Vietnamese texts, as in the rules of unaccent.
_PLAIN: Final = str.maketrans(
    {"đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "“": '"', "”": '"', "‘": "'", "’": "'", "«": "<<", "»": ">>"}
    | dict.fromkeys("‐‑‒–—−", "-")
    | {"…": "...", "×": "*", "÷": "/", "№": "No", "½": " 1/2", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L"}
)


def fold(text: str) -> str:
    """The text as search compares it: lower case, no diacritics, đ as d, single spaces.

    For Vietnamese text it equals PostgreSQL's `lower(unaccent(x))` of a normalised x.
    """
    decomposed = unicodedata.normalize("NFD", normalise(text).translate(_PLAIN))
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    return unicodedata.normalize("NFC", bare).lower()


def fold_in_place(text: str) -> tuple[str, tuple[int, ...]]:
    """The folded text with its spaces unchanged, and for each of its characters the index in `text`."""
    folded, places = [], []
    for index, character in enumerate(text):
        decomposed = unicodedata.normalize("NFD", character.translate(_PLAIN))
        bare = "".join(part for part in decomposed if not unicodedata.combining(part)).lower()
        folded.append(bare)
        places += [index] * len(bare)
    return "".join(folded), tuple(places)
