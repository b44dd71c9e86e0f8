"""Spellings of one code, as people and their programs write it."""

import unicodedata

_WIDE = str.maketrans({character: chr(ord(character) + 0xFEE0) for character in map(chr, range(0x21, 0x7F))})
_CYRILLIC = str.maketrans("ABEKMHOPCTYXabekmhopctyx", "АВЕКМНОРСТУХавекмнорстух")
_WAYS = (
    str.lower,
    str.upper,
    lambda code: unicodedata.normalize("NFD", code),
    lambda code: code.translate(_WIDE),
    lambda code: code.translate(_CYRILLIC),
    lambda code: code.replace("-", "\N{NON-BREAKING HYPHEN}"),
    lambda code: code.replace("-", "\N{EN DASH}"),
    lambda code: code.replace(" ", "\N{NO-BREAK SPACE} "),
    lambda code: f"{code}.0" if code.isascii() and code.isdigit() else code,
)


def respelt(chance, code):
    """The code in another spelling, by up to three ways that follow each other."""
    for way in chance.sample(_WAYS, chance.randint(1, 3)):
        code = way(code)
    return code
