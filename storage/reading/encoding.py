"""Bytes to text: byte order marks, declarations that may lie, GB18030 and its subsets, UTF-16, Big5."""

from __future__ import annotations

import codecs
import re

from storage.reading.errors import UnknownFormat

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset\s*=|encoding\s*=)\s*["']?\s*([A-Za-z0-9_\-]+)""", re.I)
_PAIR = re.compile(rb"[\xa1-\xfe][\x40-\xfe]")
_CHINESE = {"gb2312", "gbk", "gb18030", "x-gbk", "cp936", "gb_2312-80", "gb-2312"}
_SAMPLE = 200_000
TOLERATED = 0.002
"""Share of undecodable characters up to which a file still counts as text (a cut end, a broken advertisement)."""


def declared(content: bytes) -> str | None:
    """The encoding that the head of a page or XML file declares."""
    match = _DECLARED.search(content[:4096])
    return match.group(1).decode("ascii").lower() if match else None


def decode(content: bytes, hint: str | None = None) -> str:
    """The text of a file.

    A byte order mark decides; else valid UTF-8 is UTF-8 whatever is declared; else the declared encoding, GB18030,
    Big5, in this order; else the one with the fewest undecodable characters, if there are few.

    Raises:
        UnknownFormat: it is not text.
    """
    for mark, name in _MARKS:
        if content.startswith(mark):
            return content.decode(name, "replace").lstrip("\ufeff")
    if wide := _wide(content):
        return content.decode(wide, "replace")
    if b"\x00" in content[:_SAMPLE]:
        content = content.replace(b"\x00", b"")
    names = _candidates(content, hint)
    for name in names:
        try:
            return content.decode(name)
        except UnicodeDecodeError:
            continue
    tries = [content.decode(name, "replace") for name in names]
    best = min(tries, key=lambda text: text.count("\ufffd"))
    if best.count("\ufffd") > max(2, len(best) * TOLERATED):
        raise UnknownFormat("无法识别文件的文字编码，它可能不是文本文件。请上传网页、Word、Excel、PDF或文本文件。")
    return best


def _candidates(content: bytes, hint: str | None) -> list[str]:
    names = ["utf-8"]
    if hint and hint not in _CHINESE:
        try:
            if codecs.lookup(hint).name.startswith(("big5", "gb", "euc", "cp950", "hz", "utf")):
                names.append(codecs.lookup(hint).name)
        except LookupError:
            pass
    names += ["big5hkscs", "gb18030"] if _looks_like_big5(content[:_SAMPLE]) else ["gb18030", "big5hkscs"]
    return names


def _looks_like_big5(sample: bytes) -> bool:
    """The second byte of a common character is above A0 in GB encodings, and often below 7F in Big5."""
    pairs: list[bytes] = _PAIR.findall(sample)
    return sum(pair[1] < 0x7F for pair in pairs) > 0.15 * len(pairs)


def _wide(content: bytes) -> str | None:
    """UTF-16 without a mark: line ends or digits leave a zero in every second byte."""
    sample = content[:_SAMPLE]
    zeros = sample.count(0)
    if len(sample) < 8 or zeros < len(sample) // 50:
        return None
    if sample[1::2].count(0) > 4 * sample[::2].count(0):
        return "utf-16-le"
    if sample[::2].count(0) > 4 * sample[1::2].count(0):
        return "utf-16-be"
    return None
