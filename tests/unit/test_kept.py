"""Answers are kept by version, up to a size, and never where nothing tells the version."""

from registry.kernel.cache import VersionedCache


def test_an_answer_is_made_once_for_a_version():
    kept, made = VersionedCache(10), []

    def make():
        made.append(1)
        return len(made)

    assert [kept.get("a", b"1", make), kept.get("a", b"1", make), kept.get("b", b"1", make)] == [1, 1, 2]
    assert kept.get("a", b"2", make) == 3


def test_nothing_is_kept_without_a_version():
    kept, made = VersionedCache(10), []
    for _turn in range(2):
        kept.get("a", None, lambda: made.append(1))
    assert len(made) == 2


def test_the_oldest_make_room_and_what_is_too_large_is_not_kept():
    kept, made = VersionedCache(10, len), []

    def answer(text):
        def make():
            made.append(text)
            return text

        return kept.get(text, b"1", make)

    for text in ("aaaaa", "bbbbb", "ccccc", "aaaaa", "ccccc", "x" * 11, "x" * 11):
        assert answer(text) == text
    assert made == ["aaaaa", "bbbbb", "ccccc", "aaaaa", "x" * 11, "x" * 11]
