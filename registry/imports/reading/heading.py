"""Headers of tables: normalised keys, position of the header rows, units of columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain
from typing import Final

from registry.imports.reading.limits import MAX_COLUMNS, MAX_TITLE, SEARCHED_ROWS, excerpt, refuse, storable
from registry.kernel.i18n import _, _n
from registry.kernel.text import TextRefused, fold
from registry.kernel.units import unit_of

_UNIT: Final = re.compile(r"\([^)]*\)|\[[^\]]*\]|\*")
_NOT_WORD: Final = re.compile(r"[^0-9a-z]+")
#: Separates the header of a group of columns from that of a single column.
GROUP_MARK: Final = " / "
#: A cell that marks a total row.
_TOTAL: Final = re.compile(r"(tong cong|tong so|tong|cong|cong cong|grand total|total|sum|subtotal)( cong)?\b.{0,20}")
#: Cheap test before normalising, since it almost always fails.
_MAY_BE_TOTAL: Final = re.compile(r"\W*(?:t[oổô]ng|c[oộô]ng|total|sum|sub|grand)", re.IGNORECASE)
#: First cells by which templates mark example rows.
EXAMPLE_MARKS: Final = frozenset({"vi du", "vd", "example"})
NOT_READ: Final = "khong nhap trang nay"
_FIRST_CELLS: Final = 3
_FEWEST_OF_TABLE: Final = 4
_MOST_OF_SECTION: Final = 2
#: Number of a section: I, IV., A, b).
_ORDINAL: Final = re.compile(r"(?:[IVXLC]{1,6}|[A-Za-z])\s*[.):/]?")
_SHORTEST_KEY: Final = 6
_LONGEST_EXAMPLE: Final = 10
_SHORTEST_WORD: Final = 4
_MOST_WORDS: Final = 3


@lru_cache(maxsize=8_192)
def header_key(header: str) -> str:
    """Normalised header: no diacritics, no bracketed unit, single blanks."""
    try:
        folded = fold(_UNIT.sub(" ", header))
    except TextRefused:
        return ""
    return _NOT_WORD.sub(" ", folded).strip()


def plain_key(header: str) -> str:
    """As `header_key`, including the text in brackets."""
    try:
        return _NOT_WORD.sub(" ", fold(header)).strip()
    except TextRefused:
        return ""


def is_example(cells: list[str] | tuple[str, ...]) -> bool:
    """Whether the first filled cell marks the row as an example."""
    first = next((cell for cell in cells if cell.strip()), "")
    return len(first) <= _LONGEST_EXAMPLE and header_key(first) in EXAMPLE_MARKS


def is_not_read(cells: list[str] | tuple[str, ...]) -> bool:
    """Whether the first row marks a sheet as notes or lists of a template."""
    return any(NOT_READ in header_key(cell) for cell in cells[:1])


def is_section(cells: Sequence[str]) -> bool:
    """Whether a row is no data by its shape: a name of a group ("I. Huyện Hà Trung"), a place for signatures.

    One or two texts: one at the left, or words anywhere; two are an ordinal and a name, or words without any digit.
    """
    filled = [(index, cell.strip()) for index, cell in enumerate(cells) if cell.strip()]
    if not filled or len(cells) < _FEWEST_OF_TABLE or len(filled) > _MOST_OF_SECTION:
        return False
    index, first = filled[0]
    if len(filled) == 1:
        is_left = index < _FIRST_CELLS or not any(map(str.isdigit, first))
        return is_left and " " in first and any(map(str.isalpha, first))
    second = filled[1][1]
    is_named = index < _FIRST_CELLS and _ORDINAL.fullmatch(first) is not None and any(map(str.isalpha, second))
    is_words = all(" " in cell and not any(map(str.isdigit, cell)) for cell in (first, second))
    return is_named or is_words


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row is a total: "Tổng cộng" among its first texts, and mostly numbers otherwise."""
    if not any(map(_MAY_BE_TOTAL.match, cells)):
        return False
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not any(map(_says_total, filled[:_FIRST_CELLS])):
        return False
    # "627m" and "8 tuyến" are numbers, too.
    words = [cell for cell in filled if any(map(str.isalpha, cell)) and not cell[0].isdigit()]
    return len(words) <= _MOST_WORDS and sum(map(_says_total, words)) >= len(words) / 2


def _says_total(cell: str) -> bool:
    return _TOTAL.fullmatch(header_key(cell)) is not None


def is_typo(key: str, other: str) -> bool:
    """Whether two keys differ by one letter (wrong, missing, extra or transposed) of a longer word."""
    if abs(len(key) - len(other)) > 1 or min(len(key), len(other)) < _SHORTEST_KEY or key == other:
        return False
    mine, others = key.split(), other.split()
    if len(mine) != len(others):
        return key.replace(" ", "") == other.replace(" ", "")
    different = [(letter, two) for letter, two in zip(mine, others, strict=True) if letter != two]
    return len(different) == 1 and _one_letter(*different[0])


def _one_letter(first: str, second: str) -> bool:
    short, long = sorted((first, second), key=len)
    if len(long) < _SHORTEST_WORD:
        return False
    at = next((index for index, letter in enumerate(short) if letter != long[index]), len(short))
    if len(short) < len(long):
        return short[at:] == long[at + 1 :]
    exchanged = short[at : at + 2] == long[at : at + 2][::-1] and short[at + 2 :] == long[at + 2 :]
    return short[at + 1 :] == long[at + 1 :] or exchanged


# --- units of columns ---------------------------------------------------------------------------------------------
_BRACKETS: Final = re.compile(r"[(\[]\s*([^()\[\]]{1,15}?)\s*[)\]]\s*\*?\s*$")
_AFTER: Final = re.compile(r"(?:,|_|:|\bbằng|\btính bằng)\s*([^\W\d_]{1,6}|m2|m²|%)\s*$")
#: A number with its unit: 45m, 45 m, 220', 12,5 kVA.
QUANTITY: Final = re.compile(r"\s*([+-]?\d[\d.,\s\u00a0]*?)\s*([^\W\d_]{1,12}[²2]?|m/s|''|['\"′″%°])\.?\s*")
#: Minimum share of cells with the same unit.
_SHARE: Final = 0.6
_FEWEST: Final = 1


def units_of(header: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, str]:
    """Header -> unit code, by its cells or the header itself."""
    units = {}
    for at, word in enumerate(header):
        code = unit_of_cells([row[at] for row in samples]) or unit_of_heading(word)
        if code:
            units[word] = code
    return units


def unit_of_heading(word: str) -> str | None:
    """Unit code in a header: "Chiều cao (ft)", "height_ft", "Chiều dài, km"."""
    for pattern in (_BRACKETS, _AFTER):
        match = pattern.search(word)
        unit = unit_of(match[1]) if match else None
        if unit is not None:
            return unit.code
    return None


def unit_of_cells(cells: Sequence[str]) -> str | None:
    """Unit code that most filled cells carry after their number."""
    filled = [cell for cell in cells if cell.strip()]
    codes: Counter[str] = Counter()
    for cell in filled:
        match = QUANTITY.fullmatch(cell)
        unit = unit_of(match[2]) if match else None
        if unit is not None:
            codes[unit.code] += 1
    code, count = codes.most_common(1)[0] if codes else ("", 0)
    return code if count >= max(_FEWEST, _SHARE * len(filled)) else None


# --- header rows --------------------------------------------------------------------------------------------------
Numbered = tuple[int, list[str]]
#: Last row that a user may choose as header row.
MAX_HEADER_ROW: Final = 1_000
_NUMBER: Final = re.compile(r"[\s(\[]*[A-Za-z]{0,2}\d{1,3}[\s)\]]*")
_NUMERIC: Final = re.compile(r"[\s\d.,+°'\"-]*\d[\s\d.,+°'\"-]*")
_FEWEST_NUMBERED: Final = 3
_FEWEST_KNOWN: Final = 2
_SHOWN_OUTSIDE: Final = 40


@dataclass(frozen=True)
class Heading:
    """Headers of a table, each unique; `first` is the index of the first column with a header."""

    words: tuple[str, ...]
    #: Number of the (lower) header row in the file.
    row: int
    first: int
    title: str
    #: The header rows as given, to skip repetitions in printed lists.
    raw: tuple[tuple[str, ...], ...]
    #: Data rows read so far.
    read: tuple[Numbered, ...]
    #: Cells of the header row with empty ones at its end: a longer row has a cell too many.
    width: int = 0


def find_heading(rows: Iterator[Numbered], known_keys: frozenset[str], header_row: int | None) -> Heading:
    """Find the headers; afterwards `rows` continues after `Heading.read`. Invalid without rows or without that row.

    `header_row` 0: there are no headers, and columns are named by their index.
    """
    head = _first_rows(rows, header_row)
    if not head:
        raise refuse(_("Tệp không có dòng nào; cần một dòng tiêu đề cột và ít nhất một dòng dữ liệu."))
    if header_row == 0:
        width = max(len(_trimmed(row)) for _number, row in head)
        return Heading(_by_place(width), 0, 0, "", (), tuple(head), width)
    cells = [row for _number, row in head]
    at = _chosen(head, header_row) if header_row is not None else _best_row(cells, known_keys)
    top, low = _span(cells, at, known_keys)
    words = _join_rows(cells[top], cells[low]) if top < low else cells[low]
    first = next((index for index, word in enumerate(words) if word.strip()), 0)
    if any(row[index].strip() for row in cells[low + 1 :] for index in range(min(first, len(row)))):
        first = 0
    after = low + 1
    if after < len(cells) and _is_numbering(cells[after]):
        after += 1
    title = " ".join(dict.fromkeys(word.strip() for row in cells[:top] for word in row if word.strip()))
    if len(title) > MAX_TITLE:
        raise refuse(
            _(
                "Phần chữ phía trên dòng tiêu đề cột dài %(length)d ký tự, tối đa %(most)d; hãy bỏ bớt.",
                length=len(title),
                most=MAX_TITLE,
            )
        )
    raw = tuple(_trimmed(row) for row in cells[top : low + 1])
    return Heading(
        unique(words[first:]), head[low][0], first, storable(title), raw, tuple(head[after:]), len(cells[low])
    )


def _first_rows(rows: Iterator[Numbered], header_row: int | None) -> list[Numbered]:
    """The first non-empty rows, at least up to `header_row`."""
    if header_row is not None and not 0 <= header_row <= MAX_HEADER_ROW:
        raise refuse(
            _(
                "Dòng tiêu đề %(row)d không hợp lệ; cần từ 1 đến %(most)d, hoặc 0 nếu không có.",
                row=header_row,
                most=MAX_HEADER_ROW,
            )
        )
    head: list[Numbered] = []
    last = (header_row or 0) + 2
    for number, cells in rows:
        if any(cell.strip() for cell in cells):
            head.append((number, cells))
        if len(head) >= SEARCHED_ROWS and number >= last:
            break
    return head


def _chosen(head: list[Numbered], header_row: int) -> int:
    for at, (number, _cells) in enumerate(head):
        if number == header_row:
            return at
    raise refuse(_("Dòng %(row)d của tệp trống; hãy chọn dòng khác làm dòng tiêu đề.", row=header_row))


def _best_row(rows: Sequence[list[str]], known_keys: frozenset[str]) -> int:
    """Index of the row with most known headers, else of the first row with several distinct texts."""
    hits = [_known_count(cells, known_keys) for cells in rows[:SEARCHED_ROWS]]
    if max(hits):
        return hits.index(max(hits))
    filled = [len({cell.strip() for cell in cells if cell.strip()}) for cells in rows]
    return next((at for at, count in enumerate(filled) if count > 1), 0)


def _known_count(cells: Sequence[str], known_keys: frozenset[str]) -> int:
    return len({key for cell in cells if cell.strip() and (key := header_key(cell)) in known_keys})


def _span(rows: Sequence[list[str]], at: int, known_keys: frozenset[str]) -> tuple[int, int]:
    """First and last header row: a row of groups above, or a row of parts below."""
    if at > 0 and _are_groups(rows[at - 1], rows[at], known_keys):
        return at - 1, at
    if at + 1 < len(rows) and _are_groups(rows[at], rows[at + 1], known_keys):
        return at, at + 1
    return at, at


def _are_groups(top: Sequence[str], low: Sequence[str], known_keys: frozenset[str]) -> bool:
    """Whether `low` has the parts of the groups in `top`: texts only, and each group with several parts."""
    filled = [index for index, cell in enumerate(low) if cell.strip()]
    over = [index for index, cell in enumerate(top) if cell.strip()]
    numeric = any(_NUMERIC.fullmatch(cell) for cell in (*top, *low))
    if len(over) < 2 or not filled or numeric:  # noqa: PLR2004 - a title has one
        return False
    parts = {index for index in filled if index not in over}
    alone = {index for index in over if index not in filled}
    if not parts or min(parts) < over[0] or any(index + 1 not in parts for index in filled if index in over):
        return False
    if not alone:
        # Every column has its own header: the row above is needed for equal headers only.
        return len({low[index].strip() for index in filled}) < len(filled)
    return over[0] in alone or _known_count(low, known_keys) >= _FEWEST_KNOWN


def _join_rows(top: Sequence[str], low: Sequence[str]) -> list[str]:
    """One header per column of two rows: "Tọa độ / X"."""
    words, group = [], ""
    for index in range(max(len(top), len(low))):
        above = top[index].strip() if index < len(top) else ""
        below = low[index].strip() if index < len(low) else ""
        group = above or (group if below else "")
        words.append(GROUP_MARK.join(dict.fromkeys(word for word in (group, below) if word)))
    return words


def _is_numbering(cells: Sequence[str]) -> bool:
    """Whether a row only numbers the columns: (1) (2) (3)."""
    filled = [cell for cell in cells if cell.strip()]
    if len(filled) < _FEWEST_NUMBERED or not all(_NUMBER.fullmatch(cell) for cell in filled):
        return False
    digits = [int("".join(filter(str.isdigit, cell))) for cell in filled]
    return digits == list(range(digits[0], digits[0] + len(digits))) and digits[0] in (0, 1)


def unique(cells: Sequence[str]) -> tuple[str, ...]:
    """Unique headers without trailing empty ones."""
    words = list(_trimmed(cells))
    _check_width(len(words))
    return numbered(" ".join(storable(cell).split()) for cell in words)


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Unique names of columns: empty ones are named by index, repeated ones are numbered."""
    names_used: dict[str, None] = {}
    for number, heading in enumerate(names, 1):
        name = heading or _("Cột %(place)d", place=number)
        once, again = name, 2
        while once in names_used:
            once, again = f"{name} ({again})", again + 1
        names_used[once] = None
    return tuple(names_used)


def _by_place(width: int) -> tuple[str, ...]:
    _check_width(width)
    return tuple(_("Cột %(place)d", place=number) for number in range(1, width + 1))


def _check_width(width: int) -> None:
    if width > MAX_COLUMNS:
        raise refuse(_n("Tệp có %(count)d cột, tối đa %(most)d.", width, count=width, most=MAX_COLUMNS))


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return tuple(cells[:end])


#: Number, cells, and why the row cannot be taken as it stands.
DataRow = tuple[int, list[str], str | None]


def widened(heading: Heading, width: int) -> Heading:
    """The headings with unnamed columns up to a width of the table, as far as there may be columns."""
    missing = min(width - heading.first, MAX_COLUMNS) - len(heading.words)
    return heading if missing <= 0 else replace(heading, words=numbered([*heading.words, *[""] * missing]))


def width_of(rows: Iterable[Numbered]) -> int:
    """Number of columns up to the last filled cell."""
    return max((len(_trimmed(cells)) for _number, cells in rows), default=0)


def data_rows(heading: Heading, rows: Iterator[Numbered]) -> Iterator[DataRow]:
    """Data rows, aligned with the headers, without empty rows, repeated headers and examples."""
    width, first = len(heading.words), heading.first
    repeated = frozenset(heading.raw)
    for number, cells in chain(heading.read, rows):
        if not any(map(str.strip, cells)) or _trimmed(cells) in repeated or is_example(cells):
            continue
        if first == 0 and len(cells) == width:
            yield number, cells, None
        else:
            inside = cells[first : first + width]
            outside = [cell.strip() for cell in (*cells[:first], *cells[first + width :]) if cell.strip()]
            yield number, inside + [""] * (width - len(inside)), _outside_sentence(outside) if outside else None


def _outside_sentence(texts: Sequence[str]) -> str:
    """Refusal of a row with texts outside of the columns: joined to a column they would be its value."""
    shown = "; ".join(f"“{excerpt(text, _SHOWN_OUTSIDE)}”" for text in texts[:_FIRST_CELLS])
    return _("Dòng có chữ ngoài các cột của bảng: %(texts)s; hãy bỏ, hoặc đặt tên cột rồi tải lên lại.", texts=shown)
