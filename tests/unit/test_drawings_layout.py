"""Labels of drawings: measured not narrower than the font draws them, cut to their room, moved apart."""

from itertools import pairwise

from fontTools.ttLib import TTFont
from hypothesis import example, given
from hypothesis import strategies as st

from registry.drawings.layout import fit, isolated, plain, spread, text_width, wrap
from tests.support.drawings import ROOT
from tests.support.offenders import no_offenders

FONTS = sorted((ROOT / "registry/static/vendor").glob("be-vietnam-pro-*/files/*.woff2"))
boxes = st.lists(st.tuples(st.floats(-50, 500), st.floats(1, 80)), max_size=30)


@given(boxes, st.floats(0, 40))
def test_boxes_keep_their_order_and_never_overlap(wanted, low):
    wanted = sorted(wanted)
    starts = spread([start for start, _size in wanted], [size for _start, size in wanted], low)
    assert all(start >= low - 1e-9 for start in starts)
    ends = [start + size for start, (_wanted, size) in zip(starts, wanted, strict=True)]
    assert all(after >= end - 1e-6 for end, (_start, after) in zip(ends, pairwise(starts), strict=False))


def test_a_box_with_room_stands_where_it_is_wanted():
    assert spread([10, 100, 105], [20, 20, 20]) == [10, 92.5, 112.5]


def test_no_letter_of_the_font_is_wider_than_it_is_measured():
    assert FONTS
    narrow = []
    for path in FONTS:
        font = TTFont(path)
        for code, glyph in font.getBestCmap().items():
            width = font["hmtx"][glyph][0] / font["head"].unitsPerEm
            if chr(code).isprintable() and width > text_width(chr(code), 1) + 0.011:
                narrow.append((path.name, repr(chr(code)), f"{width:.3f} > {text_width(chr(code), 1):.3f}"))
    no_offenders("letters are not wider than layout.py measures them", narrow, "move the letter to a wider group")


@given(st.text(max_size=80), st.floats(20, 300))
@example("W" * 200, 100)
@example("שלום " * 20, 90)
def test_a_text_is_cut_to_its_room(text, room):
    assert text_width(fit(isolated(text), room, 11), 11) <= room + 0.01
    lines = wrap(isolated(text), room, 11, 3)
    assert len(lines) <= 3
    assert all(text_width(line, 11) <= room + 0.01 for line in lines)


def test_a_name_cannot_turn_or_tower_over_its_neighbours():
    assert plain("a\u202eb\x00c\u200f") == "abc"
    assert plain("ế" + "\u0301" * 9) == plain("ế")
    assert isolated("Viettel") == "Viettel"
    assert isolated("שלום") == "\N{FIRST STRONG ISOLATE}שלום\N{POP DIRECTIONAL ISOLATE}"


def test_a_number_keeps_its_unit():
    assert wrap("ở 31\N{NO-BREAK SPACE}m", 30, 11, 2) == ["ở", "31\N{NO-BREAK SPACE}m"]
