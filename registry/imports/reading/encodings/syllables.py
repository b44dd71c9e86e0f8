"""Score how Vietnamese a text is: the share of its accented words that are syllables of the language.

A wrong encoding rarely gives syllables: an onset, a rhyme of a closed list, a tone that the final consonant allows.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_TONES: Final = "\u0300\u0301\u0303\u0309\u0323"
_TONE: Final = re.compile(f"[{_TONES}]")
_STOPPED_TONES: Final = "\u0301\u0323"
_ONSETS: Final = "ngh|ng|nh|gh|gi|qu|ch|kh|ph|th|tr|b|c|d|đ|g|h|k|l|m|n|p|q|r|s|t|v|x|"
_RHYMES: Final = frozenset(
    re.split(
        r"\s+",
        "a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây "
        "e ec em en eng eo ep et ê êch êm ên ênh êp êt êu i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu "
        "o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oc oe oen oeo oet oi om on ong ooc "
        "oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt "
        "u ua uân uâng uât uây uc ui um un ung uôc uôi uôm uôn uông uôt up ut uê uêch uênh uêt uêu uơ uy uya uych uyên "
        "uyêt uyn uynh uyt uyu ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu y yêm yên yêng yêt yêu",
    )
)
_SYLLABLE: Final = re.compile(f"({_ONSETS})(.+)")
#: Letters and all characters beyond ASCII: a wrong encoding puts signs into words.
_WORD: Final = re.compile(r"[A-Za-z\u0080-\U0010ffff]+")
_SIGNS: Final = re.compile(
    "[\u00a0\u00b0\u00b2\u00b3\u00d7\u2010-\u203a\u2070-\u20bf\u2190-\u22ff\u25a0-\u25ff\ufeff]+"
)


@dataclass(frozen=True)
class Score:
    """Accented words: `valid` are Vietnamese, `distinct` are different valid ones of more than one letter."""

    valid: int
    total: int
    distinct: int = 0

    @property
    def share(self) -> float:
        """From 0 to 1; 0 without accented words."""
        return self.valid / self.total if self.total else 0.0


def score(text: str) -> Score:
    text_nfc = unicodedata.normalize("NFC", _SIGNS.sub(" ", text))
    words = [word for word in _WORD.findall(text_nfc) if not word.isascii()]
    valid = [word for word in words if is_syllable(word)]
    return Score(len(valid), len(words), len({word.lower() for word in valid if len(word) > 1}))


@lru_cache(maxsize=65_536)
def is_syllable(word: str) -> bool:
    """Whether a word, in one case or capitalised, is a Vietnamese syllable."""
    if word not in (word.lower(), word.upper(), word.capitalize()):
        return False
    decomposed = unicodedata.normalize("NFD", word.lower())
    tones = _TONE.findall(decomposed)
    if len(tones) > 1:
        return False
    bare = unicodedata.normalize("NFC", _TONE.sub("", decomposed))
    stopped = bare.endswith(("c", "p", "t", "ch"))
    if stopped and (not tones or tones[0] not in _STOPPED_TONES):
        return False
    match = _SYLLABLE.fullmatch(bare)
    if match is None:
        return False
    # The vowel of "gi" and "qu" also belongs to the rhyme: giếng is gi + iêng, quỳnh is qu + uynh, gì is gi alone.
    return match[2] in _RHYMES or (match[1] in ("gi", "qu") and match[1][1] + match[2] in _RHYMES) or bare == "gi"
