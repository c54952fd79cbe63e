"""Pages to one run: paragraphs whose lines the page broke, tables and labels that a page break tore apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

from storage.catalogue import APPLICANTS, COLUMNS, GROUPS, REMEDIES, RESULTS, T3_ROWS
from storage.reading.pdf_page import Page, PageCell, PageTable
from storage.reading.pdf_text import TextLine

_SAME = 6.0
_MARK = re.compile(
    r"\s*(?:[(（]\s*[一二三四五六七八九十\d]+\s*[)）]|[一二三四五六七八九十]+\s*[、.．]|\d+\s*[、.．]"
    r"|第[一二三四五六七八九十]+[条项])"
)
_CHINESE = re.compile("[\u4e00-\u9fff]")
_BARE = re.compile("[^\u4e00-\u9fff]")
_PARAGRAPH_START = re.compile(
    r"\s*(?:[(（]?[一二三四五六七八九十]+[)）、]|第[一二三四五六七八九十]+[条部章]|\d+[.．、])"
)
_NAMES = frozenset(
    _BARE.sub("", t.label) for t in (*T3_ROWS, *GROUPS.values(), *REMEDIES, *RESULTS, *COLUMNS, *APPLICANTS)
) | {"规章", "行政规范性文件", "规范性文件", "行政许可", "行政处罚", "行政强制", "行政事业性收费", "信息内容"}

Item = tuple[int, TextLine | PageTable]


def running(pages: Sequence[Page]) -> list[Item]:
    """All items with their page, repeated page headers and footers left out, torn tables joined."""
    repeated = _repeated(pages)
    joined: list[Item] = []
    for page in pages:
        items = [i for i in page.items if not (isinstance(i, TextLine) and _fingerprint(i, page) in repeated)]
        for at, item in enumerate(items):
            last = joined[-1][1] if joined else None
            if isinstance(item, PageTable) and isinstance(last, PageTable) and _continues(last, item, first=at == 0):
                join(last, item)
                last.page = item.page
                continue
            joined.append((page.number, item))
    return joined


def _fingerprint(line: TextLine, page: Page) -> str:
    """What a repeated header or footer has in common on all pages; empty for lines within the page."""
    if line.top < 0.09 * page.height or line.bottom > 0.91 * page.height:
        return re.sub(r"\d+", "#", line.text)
    return ""


def _repeated(pages: Sequence[Page]) -> set[str]:
    counts = Counter(
        print_ for page in pages for print_ in {_fingerprint(i, page) for i in page.items if isinstance(i, TextLine)}
    )
    return {text for text, n in counts.items() if text and n >= 3 and n >= 0.5 * len(pages)}


def _continues(upper: PageTable, lower: PageTable, *, first: bool) -> bool:
    """Whether the second is the rest of the first: `first` on a later page, or to the right, with the same columns."""
    beside = upper.page == lower.page and lower.edges[0] >= upper.edges[-1]
    if not beside and not (first and upper.page < lower.page):
        return False
    edges = _shifted(upper, lower)
    if abs(upper.edges[-1] - edges[-1]) > _SAME:
        return False
    few, many = sorted((upper.edges, edges), key=len)
    return all(min(abs(edge - other) for other in many) <= _SAME for edge in few)


def _shifted(upper: PageTable, lower: PageTable) -> list[float]:
    """The edges of `lower` as if it began where `upper` does: margins of pages and halves of a sheet differ."""
    return [edge + upper.edges[0] - lower.edges[0] for edge in lower.edges]


def join(upper: PageTable, lower: PageTable) -> None:
    """Append the rows of `lower` to `upper`: repeated heads dropped, a torn row mended, torn spans extended."""
    lower.edges = _shifted(upper, lower)
    edges = upper.edges if len(upper.edges) >= len(lower.edges) else lower.edges
    for table in (upper, lower):
        _onto(table, edges)
    skip = _repeated_head(upper, lower)
    cells = [c for c in lower.cells if c.row >= skip]
    for cell in cells:
        cell.row += upper.rows - skip
    first = upper.rows
    bottom = {c.column: c for c in upper.cells if c.row + c.row_span == upper.rows}
    top = [c for c in cells if c.row == first]
    torn = _is_torn(bottom, top)
    kept = [c for c in cells if not (c.row == first and _extend(bottom.get(c.column), c, torn=torn))]
    if torn:
        for cell in kept:
            if cell.row > first:
                cell.row -= 1
        for cell in bottom.values():
            if cell.row + cell.row_span > upper.rows:
                cell.row_span -= 1
    upper.cells += kept
    upper.rows += lower.rows - skip - torn
    upper.edges = edges


def _onto(table: PageTable, edges: list[float]) -> None:
    """Number the columns by another set of edges."""
    if table.edges is edges:
        return

    def index(at: int) -> int:
        return min(range(len(edges)), key=lambda i: abs(edges[i] - table.edges[at]))

    for cell in table.cells:
        start, end = index(cell.column), index(cell.column + cell.column_span)
        cell.column, cell.column_span = start, max(1, end - start)


def _repeated_head(upper: PageTable, lower: PageTable) -> int:
    """How many rows at the top of `lower` repeat the head of `upper`."""

    def row(table: PageTable, number: int) -> list[tuple[int, str]]:
        return [(c.column, re.sub(r"\s", "", c.text)) for c in table.cells if c.row == number]

    count = 0
    while count < min(upper.rows, lower.rows, 6) and row(lower, count) == row(upper, count):
        if not any(_CHINESE.search(text) for _, text in row(lower, count)):
            break
        count += 1
    return count


def _is_torn(bottom: dict[int, PageCell], top: Sequence[PageCell]) -> bool:
    """Whether the first row of a page is the rest of the last row of the page before.

    No column may have a number in both, and its label must be none that can begin a row.
    """
    single = [c for c in top if c.row_span == 1]
    if any(c.column not in bottom or bottom[c.column].column_span != c.column_span for c in single):
        return False
    labels = [c for c in single if _CHINESE.search(c.text)]
    if any(c.text and bottom[c.column].text and not _CHINESE.search(c.text) for c in single):
        return False
    if any(not _CHINESE.search(bottom[c.column].text) for c in labels):
        return False
    return bool(labels) and not any(_begins(c.text) for c in labels)


def _begins(text: str) -> bool:
    return _MARK.match(text) is not None or _BARE.sub("", text) in _NAMES


def _extend(above: PageCell | None, cell: PageCell, *, torn: bool) -> bool:
    """Give a torn cell its rest: the row's own cells if the row is torn, else spans of labels; whether it was taken."""
    if above is None or above.column_span != cell.column_span:
        return False
    if torn and cell.row_span == 1:
        above.text = "\n".join(t for t in (above.text, cell.text) if t)
        return True
    label = _CHINESE.search(above.text) is not None
    if not label or _begins(cell.text) or (cell.text and not _CHINESE.search(cell.text)):
        return False
    if above.row_span == 1 and cell.row_span == 1 and not cell.text:
        return False
    above.text = "\n".join(t for t in (above.text, cell.text) if t)
    above.row_span += cell.row_span
    return True


def paragraphs(items: Sequence[Item]) -> Iterator[tuple[int, PageTable | list[TextLine]]]:
    """Tables, and lines gathered into paragraphs where the next line goes on without indent."""
    margins = _margins(items)
    gathered: list[TextLine] = []
    start = 0
    for number, item in items:
        if isinstance(item, TextLine) and gathered and _goes_on(gathered[-1], item, margins):
            gathered.append(item)
            continue
        if gathered:
            yield start, gathered
            gathered = []
        if isinstance(item, PageTable):
            yield number, item
        else:
            gathered, start = [item], number
    if gathered:
        yield start, gathered


def _margins(items: Sequence[Item]) -> tuple[float, float]:
    """Left and right margin of running text: where most of its long lines begin and end."""
    long = [i for _, i in items if isinstance(i, TextLine) and len(i.text) >= 20]
    if len(long) < 3:
        return 0.0, float("inf")
    left = Counter(round(i.left / 2) * 2 for i in long).most_common(1)[0][0]
    right = Counter(round(i.right / 2) * 2 for i in long).most_common(1)[0][0]
    return float(left), float(right)


def _goes_on(above: TextLine, line: TextLine, margins: tuple[float, float]) -> bool:
    size = max(above.size, line.size)
    if abs(above.size - line.size) > 0.2 * size or _has_columns(above) or _has_columns(line):
        return False
    if _PARAGRAPH_START.match(line.text):
        return False
    return above.right > margins[1] - 1.6 * size and line.left < margins[0] + 1.2 * size


def _has_columns(line: TextLine) -> bool:
    """Whether gaps wider than justified text has set columns."""
    return any(b.left - a.right > 2 * line.size for a, b in pairwise(line.words))
