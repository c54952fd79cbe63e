"""Table three printed without rules: rows put together from where the words stand.

Its labels wrap over many lines and its groups stand beside them, so no single line says which row a figure is of.
Every label begins with a number of its own (一、 （三） 1.), and figures stand beside the label they belong to, at its
top or its middle: that is enough to tell the rows, and the columns of full rows tell where a blank is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from storage.catalogue import COLUMNS
from storage.reading.document import Word
from storage.reading.pdf_join import Item
from storage.reading.pdf_page import PageCell, PageTable
from storage.reading.pdf_text import TextLine

_START = re.compile(r"收到和处理政府信息公开申请情况\s*$")
_END = re.compile(r"政府信息公开行政复议|存在的主要问题")
_MARK = re.compile(r"(?:[(（]?[一二三四五六七八九十]+(?:[)）]|、)|[(（][一二三四五六七]$|\d[.．、](?!\d))")
_VALUE = re.compile(r"[\d.,]+(?: [\d.,]+)*|[-—–/／]+")
_SAME = 8.0
_FEWEST_ROWS = 5


@dataclass(slots=True)
class _Label:
    """A label cell: its extent and its lines as (page, top, bottom)."""

    left: float
    right: float
    text: str
    lines: list[tuple[int, float, float]] = field(default_factory=list)

    def goes_on(self, word: Word, page: int, line: TextLine) -> bool:
        """Whether a word is its next line: under its text, with no line left out between."""
        last, _, bottom = self.lines[-1]
        under = min(self.right, word.right) - max(self.left, word.left) > 0
        return under and (last < page or line.top - bottom < 0.8 * line.size)

    def beside(self, page: int, line: TextLine) -> bool:
        """Whether a line stands beside it."""
        middle = (line.top + line.bottom) / 2
        own = [(top, bottom) for number, top, bottom in self.lines if number == page]
        return bool(own) and min(t for t, _ in own) <= middle <= max(b for _, b in own)


def rebuilt(items: Sequence[Item]) -> list[Item]:
    """The same with table three as a table, where it was printed without rules and its rows can be told."""
    texts = [item.text if isinstance(item, TextLine) else "" for _, item in items]
    start = next((i for i, text in enumerate(texts) if _START.search(text)), None)
    if start is None:
        return list(items)
    end = next((i for i in range(start + 1, len(items)) if _END.search(texts[i])), len(items))
    region = [(page, item) for page, item in items[start + 1 : end] if isinstance(item, TextLine)]
    columns = _columns(region)
    if len(region) < end - start - 1 or columns is None:
        return list(items)
    first = next((i for i, (_, line) in enumerate(region) if _begins(line, columns[0])), None)
    if first is None:
        return list(items)
    table = _table(region[first:], columns)
    return [*items[: start + 1], *region[:first], (region[first][0], table), *items[end:]]


def _begins(line: TextLine, left: float) -> bool:
    return line.words[0].left < left and _MARK.match(line.words[0].text) is not None


def _columns(region: Sequence[Item]) -> list[float] | None:
    """The middles of the value columns as full rows set them; `None` where there are too few, or they do not agree."""
    full = []
    for _, line in region:
        if isinstance(line, TextLine):
            values = [w for w in line.words if _VALUE.fullmatch(w.text)]
            if len(values) == len(COLUMNS) and values == line.words[-len(COLUMNS) :]:
                full.append(values)
    if len(full) < _FEWEST_ROWS:
        return None
    spans = [(min(w.left for w in column), max(w.right for w in column)) for column in zip(*full, strict=True)]
    if any(a[1] >= b[0] for a, b in pairwise(spans)):
        return None
    return [(left + right) / 2 for left, right in spans]


def _table(region: Sequence[Item], columns: list[float]) -> PageTable:
    """The rows; figures right below others, without a label that begins there, are the rest of broken numbers."""
    labels = _labels(region, columns)
    rows: dict[int, list[list[str]]] = {}
    pages: dict[int, int] = {}
    latest: tuple[int, int, TextLine] | None = None
    for page, line in region:
        if not isinstance(line, TextLine):
            continue
        values = [(_column(word, columns), word.text) for word in line.words if _is_value(word, columns)]
        if values:
            at = _leaf(labels, page, line)
            if latest is not None and latest[1] == page and line.top - latest[2].bottom < 0.8 * line.size:
                own = at >= 0 and not labels[at].beside(page, latest[2])
                at = at if own else latest[0]
            latest = (at, page, line)
            cells = rows.setdefault(at, [[] for _ in columns])
            pages.setdefault(at, page)
            for column, text in values:
                cells[column].append(text)
    for at in _leaves_without_values(labels, rows):
        rows[at] = [[] for _ in columns]
        pages[at] = labels[at].lines[0][0]
    found: list[PageCell] = []
    for number, at in enumerate(sorted(rows)):
        text = labels[at].text if at >= 0 else ""
        found.append(PageCell(number, 0, 1, 1, text, pages[at]))
        found += [PageCell(number, c, 1, 1, "\n".join(texts), pages[at]) for c, texts in enumerate(rows[at], start=1)]
    edges = [labels[0].left if labels else 0.0, *columns, columns[-1] + 20]
    return PageTable(found, edges, len(rows), 0.0, 0.0, region[0][0])


def _labels(region: Sequence[Item], columns: list[float]) -> list[_Label]:
    """The label cells in the order in which they begin; what has no mark goes on the cell right above."""
    found: list[_Label] = []
    for page, line in region:
        if not isinstance(line, TextLine):
            continue
        for word in line.words:
            if word.left >= columns[0] or _is_value(word, columns):
                continue
            place = (page, line.top, line.bottom)
            above = next((x for x in reversed(found) if x.goes_on(word, page, line)), None)
            if above is None or _MARK.match(word.text):
                found.append(_Label(word.left, word.right, word.text, [place]))
            else:
                above.text += word.text
                above.left, above.right = min(above.left, word.left), max(above.right, word.right)
                above.lines.append(place)
    return found


def _is_value(word: Word, columns: list[float]) -> bool:
    pitch = columns[1] - columns[0]
    return word.right > columns[0] - pitch / 2 and _VALUE.fullmatch(word.text) is not None


def _column(word: Word, columns: list[float]) -> int:
    middle = (word.left + word.right) / 2
    return min(range(len(columns)), key=lambda c: abs(columns[c] - middle))


def _leaf(labels: Sequence[_Label], page: int, line: TextLine) -> int:
    """The index of the rightmost label beside a line of values, -1 where none is."""
    beside = [i for i, label in enumerate(labels) if label.beside(page, line)]
    return max(beside, key=lambda i: labels[i].left, default=-1)


def _leaves_without_values(labels: Sequence[_Label], rows: dict[int, list[list[str]]]) -> list[int]:
    """Labels at the edge of the innermost labels that have no figure beside them: rows that are blank."""
    inner = max((labels[at].left for at in rows if at >= 0), default=0.0)
    return [i for i, label in enumerate(labels) if i not in rows and abs(label.left - inner) < _SAME]
