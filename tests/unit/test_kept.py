"""Answers are kept by version, up to a size, and never where nothing tells the version."""

from dataclasses import dataclass

from registry.kernel.cache import VersionedCache, bytes_of


def test_an_answer_is_made_once_for_a_version():
    kept, computed = VersionedCache(10_000), []

    def make():
        computed.append(1)
        return len(computed)

    assert [kept.get("a", b"1", make), kept.get("a", b"1", make), kept.get("b", b"1", make)] == [1, 1, 2]
    assert kept.get("a", b"2", make) == 3


def test_nothing_is_kept_without_a_version():
    kept, computed = VersionedCache(10_000), []
    for _turn in range(2):
        kept.get("a", None, lambda: computed.append(1))
    assert len(computed) == 2


def test_the_oldest_make_room_and_what_is_too_large_is_not_kept():
    kept, computed = VersionedCache(5_000, len), []

    def answer(text):
        def make():
            computed.append(text[0])
            return text

        return kept.get(text[0], b"1", make)

    for letter, length in (
        ("a", 1_500),
        ("b", 1_500),
        ("c", 1_500),
        ("a", 1_500),
        ("c", 1_500),
        ("x", 5_001),
        ("x", 5_001),
    ):
        assert answer(letter * length) == letter * length
    assert computed == ["a", "b", "c", "a", "x", "x"]


def test_keys_and_contents_count_and_former_versions_do_not_stay():
    """Else readers who ask for what is not there fill the memory with their questions."""
    kept = VersionedCache(1_000_000)
    for number in range(2_000):
        kept.get(("tile", (("q", "x" * 4_000 + str(number)),)), b"1", lambda: b"")
        kept.get("list", str(number).encode(), lambda: ["ộ" * 1_000] * 3)
    entries = kept._entries
    held = sum(bytes_of(key) + bytes_of(entry[1]) for key, entry in entries.items())
    assert held <= kept.held_bytes <= 1_000_000
    assert len(entries) < 250
    assert [key for key in entries if key == "list"] == ["list"]


def test_the_bytes_of_a_value_are_those_of_its_contents():
    @dataclass
    class Held:
        name: str
        parts: tuple[bytes, ...]

    large = b"x" * 1_000_000
    assert bytes_of(Held("a", (large, large))) > 2_000_000
    assert bytes_of({"a": [large]}) > 1_000_000
    assert bytes_of({large}) > 1_000_000
    assert bytes_of(7) < 100
