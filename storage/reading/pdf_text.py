"""Characters of a PDF page to lines: damaged fonts, fake bold, watermarks, gaps that set columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from storage.reading.document import Word
from storage.reading.flow import clean

GAP = 0.6
"""Horizontal gap, in font sizes, that separates words of a line; justified text stays below."""
_RADICALS = str.maketrans(
    "⺠⻚⻓⻔⻋⻅⻛⻬⻢⻩⻉⻄⺟⻰⻥⻦⻝⻘⻆⻌⺁⺝⺪⻣⻤", "民页长门车见风齐马黄贝西母龙鱼鸟食青角走厂月疋骨鬼"
)
_DIGITS = re.compile(r"[\d.,]+")
_ROW_LABEL = re.compile(r"\s*(?:[(（][一二三四五六七八九十]+[)）]|[一二三四五六七八九十]、|\d[.．、][^\d])")
_PADDING = 12.0
"""Points that a cell keeps free left and right of its text, together."""
UNREADABLE = "\ufffd"


@dataclass(slots=True)
class Char:
    """A character and its box; `top` grows downwards."""

    text: str
    x0: float
    x1: float
    top: float
    bottom: float
    size: float

    @property
    def middle(self) -> tuple[float, float]:
        """The centre of the box."""
        return (self.x0 + self.x1) / 2, (self.top + self.bottom) / 2


@dataclass(slots=True)
class TextLine:
    """A line as it stands on the page."""

    words: list[Word]
    top: float
    bottom: float
    size: float

    @property
    def left(self) -> float:
        """Where the text begins."""
        return self.words[0].left

    @property
    def right(self) -> float:
        """Where the text ends."""
        return self.words[-1].right

    @property
    def text(self) -> str:
        """The words with spaces between."""
        return " ".join(w.text for w in self.words)


def characters(page: Any) -> list[Char]:
    """The readable characters of a page: oblique watermarks out, characters printed twice (fake bold) once."""
    found: list[Char] = []
    seen: dict[tuple[str, int, int], list[tuple[float, float]]] = {}
    for char in page.chars:
        text = _mend(char["text"])
        if not text or _oblique(char):
            continue
        key = (text, round(char["x0"]), round(char["top"]))
        near = ((text, key[1] + dx, key[2] + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1))
        if not text.isspace() and any(
            abs(x - char["x0"]) < 1 and abs(y - char["top"]) < 1 for k in near for x, y in seen.get(k, ())
        ):
            continue
        seen.setdefault(key, []).append((char["x0"], char["top"]))
        found.append(Char(text, char["x0"], char["x1"], char["top"], char["bottom"], max(char["size"], 1.0)))
    return found


def _mend(text: str) -> str:
    """Radicals as the characters they look like; what the font cannot name as unreadable."""
    if text.startswith("(cid:"):
        return UNREADABLE
    if len(text) == 1:
        code = ord(text)
        if 0xE000 <= code <= 0xF8FF or code >= 0xF0000:
            return UNREADABLE
        if 0x2E80 <= code <= 0x2FDF or 0xF900 <= code <= 0xFAFF:
            return unicodedata.normalize("NFKC", text.translate(_RADICALS))
    return text


def _oblique(char: Any) -> bool:
    a, b = abs(float(char["matrix"][0])), abs(float(char["matrix"][1]))
    return a > 0.1 * b and b > 0.1 * a


def lines(chars: Iterable[Char]) -> list[TextLine]:
    """Group characters into lines from top to bottom, each split into words at wide gaps."""
    rows: list[list[Char]] = []
    bounds: list[tuple[float, float]] = []
    for char in sorted(chars, key=lambda c: (c.middle[1], c.x0)):
        if char.text.isspace():
            continue
        centre = char.middle[1]
        if rows and centre < bounds[-1][1] and centre - sum(bounds[-1]) / 2 < 0.6 * char.size:
            rows[-1].append(char)
        else:
            rows.append([char])
            bounds.append((char.top, char.bottom))
    return [line for row in rows if (line := _line(row)).words]


def _line(row: list[Char]) -> TextLine:
    row.sort(key=lambda c: c.x0)
    words: list[Word] = []
    text, left, right, size = "", row[0].x0, row[0].x0, row[0].size
    for char in row:
        gap = char.x0 - right
        if text and gap > GAP * min(size, char.size):
            words.append(Word(text, left, right))
            text, left = "", char.x0
        elif text and gap > 0.25 * char.size and text[-1].isascii() and char.text.isascii():
            text += " "
        text += char.text
        right, size = max(char.x1, left), char.size
    words.append(Word(text, left, right))
    words = [Word(t, w.left, w.right) for w in words if (t := clean(w.text))]
    tall = max(row, key=lambda c: c.size)
    return TextLine(words, min(c.top for c in row), max(c.bottom for c in row), tall.size)


def cell_text(chars: list[Char], width: float) -> str:
    """The text of a cell, one line per printed line; raised small characters (note marks) in brackets.

    A number that a cell of this width breaks because no further digit fits is one number.
    """
    if not chars:
        return ""
    normal = max(c.size for c in chars)
    base = [c for c in chars if c.size > 0.75 * normal or c.text.isspace()]
    marks = [c for c in chars if c.size <= 0.75 * normal and not c.text.isspace()]
    printed = lines(base)
    broken = all(_DIGITS.fullmatch(line.text) and len(line.words) == 1 for line in printed)
    filled = all(line.right - line.left + _digit(line) > width - _PADDING for line in printed[:-1])
    text = ("" if broken and filled else "\n").join(line.text for line in printed)
    if marks and (noted := "".join(line.text for line in lines(marks))):
        text += f"[{noted}]"
    return clean(text)


def _digit(line: TextLine) -> float:
    """The width of a digit of a line of digits."""
    return (line.right - line.left) / max(len(line.text), 1)


def mark_wrapped(found: list[TextLine]) -> None:
    """Where no rules show the cells: put a digit that stands right under a number beside it, as its possible rest.

    Nobody can tell whether 11 over 7 is 117, so the row gets a figure too many and is not read.
    """
    for above, line in pairwise(found):
        if line.top - above.top > 1.5 * above.size or any(_ROW_LABEL.match(w.text) for w in line.words):
            continue
        figures = [w for w in above.words if _DIGITS.fullmatch(w.text)]
        rest = [w for w in line.words if _DIGITS.fullmatch(w.text)]
        most = len(figures) - 1 if len(rest) == len(line.words) else len(figures) // 2
        if len(figures) < 4 or len(rest) > most:
            continue
        pitch = min(b.left - a.left for a, b in pairwise(figures))
        for word in rest:
            over = next((w for w in figures if abs(w.left - word.left) < 0.6 * above.size), None)
            if over is not None and (over.right - over.left) * (1 + 1 / len(over.text)) > pitch - _PADDING:
                at = above.words.index(over)
                above.words[at] = Word(f"{over.text} {word.text}", over.left, over.right)


_PAGE_NUMBER = re.compile(
    r"[\s\-—–－_·.~]*(?:第\s*)?(?:\d{1,3}|[IVXivx]{1,6})(?:\s*页)?(?:\s*[/／]?\s*(?:共\s*)?\d{0,3}\s*页?)?[\s\-—–－_·.~]*"
)


def is_page_number(line: TextLine, height: float) -> bool:
    """Whether a line at the edge of the page is only its number."""
    at_edge = line.top > 0.88 * height or line.bottom < 0.08 * height
    return at_edge and len(line.words) <= 3 and _PAGE_NUMBER.fullmatch(line.text) is not None
