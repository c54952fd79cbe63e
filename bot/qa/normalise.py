"""One spelling for what people type: width, script and spaces; digits of years beside it.

Normalising keeps a text's characters one to one wherever it can, so that places in it stay comparable.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

DIGITS = str.maketrans("〇零○一壹二贰两三叁四肆五伍六陆七柒八捌九玖", "0001122233445566778899")
"""Chinese digits as Arabic ones, character by character."""

_SPACE = re.compile(r"(?<![0-9a-z])[ \t\r\n\u3000]+|[ \t\r\n\u3000]+(?![0-9a-z])")
_JUNK = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


@lru_cache(maxsize=1)
def simplified() -> dict[int, str]:
    """Traditional characters to simplified ones, one to one, for `str.translate`."""
    characters = [chr(code) for code in range(0x3400, 0xA000)]
    converted = opencc.OpenCC("t2s").convert("\n".join(characters)).split("\n")
    table = {ord(a): b for a, b in zip(characters, converted, strict=True) if a != b and len(b) == 1}
    return table | {
        ord("唔"): "不",
        ord("哋"): "们",
        ord("佢"): "他",
        ord("冇"): "没",
        ord("咗"): "了",
        ord("啲"): "些",
        ord("著"): "着",
        ord("妳"): "你",
        ord("祂"): "他",
        ord("喺"): "在",
        ord("嘅"): "的",
    }


_CHINESE = "〇零○一壹二贰两三叁四肆五伍六陆七柒八捌九玖"
_TWENTY = re.compile(r"廿(?=[1-9一二三四五六七八九])")
_RUN = re.compile(
    rf"[{_CHINESE}](?:(?<![\d十拾百].)[{_CHINESE}]+(?![\d十百千万])|(?<=\d.)(?<=[〇零○])(?=\d))", re.DOTALL
)


@lru_cache(maxsize=1)
def _unusual() -> re.Pattern[str]:
    """A character that normalising changes beside width and case; most questions have none."""
    blank, junk = r" \t\r\n\u3000", _JUNK.pattern[1:-1]
    return re.compile(f"[{blank}{junk}{''.join(map(chr, simplified()))}]")


def _unified(text: str) -> str:
    """In half width and lower case."""
    return unicodedata.normalize("NFKC", text).lower()


@lru_cache(maxsize=64)
def normalise(text: str) -> str:
    """The text in simplified script, half width and lower case, without spaces between Chinese characters.

    A space between two digits or Latin letters stays, since it parts them (23 24 25三年). A question is asked for it
    several times.
    """
    text = _unified(text)
    if _unusual().search(text):
        text = _SPACE.sub("", _plain(text))
    return (_HOTLINE.sub("12333 ", text) if "12333" in text else text).strip()


_HOTLINE = re.compile(rf"12333(?=(?:20|二[{_CHINESE}])?[\d{_CHINESE}]{{2}}年)")
"""咨询热线12333一九年: the number of the hotline ends before the year."""


def breaks(text: str) -> frozenset[int]:
    """The places in the normalised text where a space was typed, as people do instead of a comma."""
    if not _BLANK.search(text):
        return _NO_BREAKS
    text = _unified(text).strip()
    found, gone = set(), 0
    for match in _SPACE.finditer(_plain(text)):
        found.add(match.start() - gone)
        gone += match.end() - match.start()
    return frozenset(found)


_BLANK = re.compile(r"[ \t\r\n\u3000]")
_NO_BREAKS: frozenset[int] = frozenset()


def _plain(text: str) -> str:
    return _JUNK.sub("", text.translate(simplified()))


def digits(text: str) -> str:
    """The text with runs of Chinese digits as Arabic ones, of the same length: 二〇二三年, 二三年, but not 三年.

    A run that follows an Arabic digit is not part of it: 2025三年 are the year and three years.
    """
    return _RUN.sub(lambda m: m[0].translate(DIGITS), _TWENTY.sub("二", text) if "廿" in text else text)
