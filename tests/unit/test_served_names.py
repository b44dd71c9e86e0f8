"""The name under which a file is given out says its type, and small sizes are bytes."""

import pytest

from registry.files.types import MAX_NAME_LENGTH, TYPES, served_name
from registry.kernel.i18n import format_size

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize("sent", sorted(TYPES))
@pytest.mark.parametrize("served", sorted(set(TYPES.values())))
def test_name_and_type_agree_for_every_pair(sent, served):
    name = served_name(f"ảnh cột.{sent.upper()}", served)
    assert TYPES[name.rpartition(".")[2].lower()] == served
    assert name.startswith("ảnh cột.")
    # What agreed before keeps its spelling.
    assert TYPES[sent] != served or name == f"ảnh cột.{sent.upper()}"


def test_a_long_name_stays_within_the_limit():
    longest = "a" * (MAX_NAME_LENGTH - 4) + ".png"
    assert len(served_name(longest, "image/webp")) == MAX_NAME_LENGTH


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1, f"1{SPACE}byte"),
        (1023, f"1.023{SPACE}byte"),
        (1024, f"1,0{SPACE}KB"),
        (1536, f"1,5{SPACE}KB"),
        (20_480, f"20{SPACE}KB"),
        (5 * 1024 * 1024, f"5,0{SPACE}MB"),
        (None, ""),
    ],
)
def test_sizes_are_shown_in_the_unit_that_fits(count, shown):
    assert format_size(count) == shown
