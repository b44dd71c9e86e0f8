"""Detect the encoding of a text by its content, with a confidence; the user may choose another."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from registry.imports.reading.encodings import LEGACY, NAMES, TWICE, codec_of, converter, to_nfc
from registry.imports.reading.encodings.syllables import score
from registry.kernel.i18n import _, _n

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_CHUNK: Final = 1024 * 1024
#: Bytes sampled after the first byte beyond ASCII of each chunk, and in total.
_WINDOW: Final = 64 * 1024
_SAMPLE: Final = 256 * 1024
_HEAD: Final = 4096
#: Share of zero bytes that occurs in UTF-16 only.
_ZEROS: Final = 0.3
#: Minimum share of Vietnamese words, its lead over the next encoding, and number of distinct words for a sure
#: detection: single syllables occur in any encoding.
_SURE_SHARE: Final = 0.6
_SURE_MARGIN: Final = 0.2
_SURE_WORDS: Final = 6
_FEWEST_WORDS: Final = 3
#: Signs of Windows-1252 where only signs stand: 19°48', 3 m², ±5, “…”, –.
_SIGNS: Final = re.compile(
    r"(?<=\d)\s?[\xb0\xba]|(?<![^\W\d_])(?:[kcd]?m|ha)\s?[\xb2\xb3](?![^\W\d_])|(?<=\d)[\xb2\xb3]|\xb1(?=\s?\d)"
    r"|(?<=[\s;,(])[\x91\x93](?=\w)|(?<=[\w.])[\x92\x94](?=[\s;,).]|$)|(?<=\s)[\x95\x96\x97](?=\s)",
    re.ASCII,
)
#: With this ratio of valid to damaged characters the file is damaged UTF-8.
_WHOLE_FOR_DAMAGED: Final = 20


@dataclass(frozen=True)
class DetectedEncoding:
    """A detected encoding; `sure` is False where the user must confirm, `offered` another one that reads better.

    `container` is the Unicode encoding of the bytes, or "latin-1".
    """

    encoding: str
    container: str
    sure: bool = True
    offered: str | None = None
    notes: tuple[str, ...] = ()


def detect_file(path: Path) -> DetectedEncoding:
    """Detect by one pass over the file."""
    with path.open("rb") as source:
        head = source.read(_HEAD)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _unicode(name, _decoded(path, name))
    wide = _without_mark(head)
    if wide is not None:
        return _unicode(wide, _decoded(path, wide))
    sample, is_utf8 = _sample(path)
    return _unicode("utf-8", sample.decode("utf-8", "ignore")) if is_utf8 else _bytes(sample)


def detect_texts(texts: Iterable[str]) -> DetectedEncoding:
    """Detect letters of a legacy font in texts that are Unicode already, as in workbooks."""
    return _unicode("", "\n".join(texts))


def _without_mark(head: bytes) -> str | None:
    """Detect UTF-16 without a byte order mark: every second byte of digits and plain letters is zero."""
    half = len(head) // 2
    if half == 0 or head.count(0) < _ZEROS * half:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < _ZEROS * half or min(even, odd) > max(even, odd) / 4:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decoded(path: Path, encoding: str) -> str:
    with path.open("rb") as source:
        return source.read(_SAMPLE).decode(encoding, "ignore")


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _sample(path: Path) -> tuple[bytes, bool]:
    """Bytes around those beyond ASCII, and whether the whole file is UTF-8."""
    decoder, is_utf8, sample = codecs.getincrementaldecoder("utf-8")(), True, b""
    for chunk in _chunks(path):
        if is_utf8:
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(sample) < _SAMPLE and not chunk.isascii():
            at = next(index for index, byte in enumerate(chunk) if byte >= 0x80)  # noqa: PLR2004 - the end of ASCII
            sample += chunk[max(0, at - _HEAD) : at + _WINDOW]
    if is_utf8:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            is_utf8 = False
    return sample, is_utf8


def _unicode(encoding: str, text: str) -> DetectedEncoding:
    """Unicode bytes; the letters may be of a legacy font, or encoded twice."""
    as_is = score(text)
    notes: tuple[str, ...] = ()
    if not text.isascii() and len(to_nfc(text)) < len(text):
        notes = (_("Chữ trong tệp ở dạng Unicode tổ hợp; đã chuyển sang dựng sẵn (NFC)."),)
    if as_is.total < _FEWEST_WORDS:
        # Too few words for a decision.
        return DetectedEncoding(encoding, encoding, notes=notes)
    converted = {name: score(_converted(name, text)) for name in (*LEGACY, TWICE)}
    best = max(converted, key=lambda name: converted[name].share)
    read = converted[best]
    if read.distinct < _FEWEST_WORDS or read.share < _SURE_SHARE or read.share < as_is.share + _SURE_MARGIN:
        return DetectedEncoding(encoding, encoding, notes=notes)
    words = _("Chữ trong tệp giống bảng mã %(name)s; nếu chữ hiện sai, hãy chọn bảng mã này.", name=NAMES[best])
    if best == TWICE:
        words = _("Chữ trong tệp bị mã hóa UTF-8 hai lần; nếu chữ hiện sai, hãy chọn “%(name)s”.", name=NAMES[best])
    return DetectedEncoding(encoding, encoding, sure=False, offered=best, notes=(*notes, words))


def _converted(name: str, text: str) -> str:
    to_unicode = converter(name)
    return "\n".join(to_unicode(word) for word in text.split())


def _bytes(sample: bytes) -> DetectedEncoding:
    """Bytes that are no Unicode: the encoding with the largest share of Vietnamese words."""
    whole = sample.decode("utf-8", "ignore")
    damaged = sample.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}") - whole.count("\ufffd")
    letters = sum(not character.isascii() for character in whole)
    if letters > _WHOLE_FOR_DAMAGED * damaged:
        words = _("Tệp là UTF-8 nhưng có chữ bị hỏng; chỗ hỏng hiện dấu “%(mark)s”.", mark="\N{REPLACEMENT CHARACTER}")
        return DetectedEncoding("utf-8", "utf-8", sure=False, notes=(words,))
    bare = _SIGNS.sub(" ", sample.decode("latin-1")).encode("latin-1")
    if bare.isascii():
        words = _("Tệp ANSI không có chữ có dấu, chỉ có ký hiệu như ° hoặc ²; đọc theo Windows-1252.")
        return DetectedEncoding("cp1252", "latin-1", notes=(words,))
    scores = {name: score(_read(bare, name)) for name in ("cp1258", *LEGACY, "cp1252")}
    ranked = sorted(scores, key=lambda name: scores[name].share, reverse=True)
    best, second = ranked[0], ranked[1]
    score_of_best = scores[best]
    if score_of_best.distinct == 0:
        words = _("Không nhận ra bảng mã của tệp; hãy xem các dòng mẫu rồi chọn bảng mã.")
        return DetectedEncoding("cp1252", "latin-1", sure=False, notes=(words,))
    sure = (
        score_of_best.distinct >= _SURE_WORDS
        and score_of_best.share >= _SURE_SHARE
        and score_of_best.share >= scores[second].share + _SURE_MARGIN
    )
    words = _n(
        "Bảng mã nhận ra: %(name)s (%(valid)d trên %(num)d từ có dấu đọc thành tiếng Việt, trong đó %(distinct)d từ"
        " khác nhau).",
        score_of_best.total,
        name=NAMES[best],
        valid=score_of_best.valid,
        distinct=score_of_best.distinct,
    )
    few = _("Chưa chắc bảng mã: có ít hơn %(least)d từ khác nhau; hãy xem các dòng mẫu rồi chọn.", least=_SURE_WORDS)
    doubt = few if score_of_best.distinct < _SURE_WORDS else _("Chưa chắc bảng mã; hãy xem các dòng mẫu rồi chọn.")
    notes = (words,) if sure else (words, doubt)
    return DetectedEncoding(best, "latin-1", sure=sure, notes=notes)


def _read(sample: bytes, encoding: str) -> str:
    codec = codec_of(encoding, "latin-1")
    return codec.to_unicode(sample.decode(codec.container, "ignore"))
