"""Damage that extraction, conversion and hasty typing do to a document; each takes a document and gives a worse one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from opencc import OpenCC

from storage.facts import Place
from storage.reading.document import Block, Document, GridCell, Line, Table

_TRADITIONAL = OpenCC("s2t")
_GLOSS = {
    "數": "數(shù)",
    "據": "據(jù)",
    "規": "規(guī)",
    "業": "業(yè)",
    "現": "現(xiàn)",
    "發": "發(fā)",
    "務": "務(wù)",
}
Damage = Callable[[Document, Random], Document]


def misprint(random: Random) -> Callable[[str], str]:
    """Labels of some length lose, gain or change a character."""

    def relabel(label: str) -> str:
        if len(label) < 9 or random.random() < 0.7:
            return label
        at = random.randint(4, len(label) - 2)
        return label[:at] + random.choice(["", "的", label[at] * 2]) + label[at + 1 :]

    return relabel


def traditional(document: Document, random: Random) -> Document:
    """Converted to traditional characters, with the pinyin glosses that some converters leave."""
    glosses = random.random() < 0.5

    def convert(text: str) -> str:
        changed: str = _TRADITIONAL.convert(text)
        return "".join(_GLOSS.get(c, c) if glosses else c for c in changed)

    return _each_text(document, convert)


def full_width(document: Document, random: Random) -> Document:
    """Digits and brackets in the other width, spaces and line breaks inside labels."""
    table = str.maketrans("0123456789（）", "０１２３４５６７８９()")
    return _each_text(document, lambda text: text.translate(table))


def broken_labels(document: Document, random: Random) -> Document:
    """Line breaks and runs of spaces inside the cells of ruled tables."""

    def tear(text: str) -> str:
        if len(text) < 4 or not _is_label(text):
            return text
        at = random.randint(1, len(text) - 1)
        return text[:at] + random.choice(["\n", " ", "\u3000", "\xa0 \xa0"]) + text[at:]

    return _each_cell(document, tear)


def lost_rows(document: Document, random: Random) -> Document:
    """Some rows or lines are gone."""
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Table):
            rows = sorted({c.row for c in block.cells})
            gone = set(random.sample(rows, random.randint(0, min(3, len(rows) - 1))))
            blocks.append(replace(block, cells=tuple(c for c in block.cells if c.row not in gone)))
        elif random.random() > 0.05:
            blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def lost_labels(document: Document, random: Random) -> Document:
    """Some labels of tables are gone, or a 0 stands in their place."""
    filler = random.choice(["", "0"])
    chance = random.choice([0.1, 0.5, 1.0])

    def lose(text: str) -> str:
        return filler if _is_label(text) and random.random() < chance else text

    blocks = (_changed(b, lose) if isinstance(b, Table) and b.size[0] > 1 else b for b in document.blocks)
    return replace(document, blocks=tuple(blocks))


def doubled_rows(document: Document, random: Random) -> Document:
    """A row or a line of text stands there twice, as heads do at page breaks."""
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Table) and not block.exact:
            row = random.choice([c.row for c in block.cells])
            cells = [c if c.row <= row else replace(c, row=c.row + 1) for c in block.cells]
            cells += [replace(c, row=row + 1) for c in block.cells if c.row == row]
            blocks.append(replace(block, cells=tuple(sorted(cells, key=lambda c: (c.row, c.column)))))
        else:
            head = isinstance(block, Line) and _is_label(block.text) and random.random() < 0.05
            blocks += [block, block] if head else [block]
    return replace(document, blocks=tuple(blocks))


def lost_cells(document: Document, random: Random) -> Document:
    """Cells without a figure drop out of pipes, and figures too, so that rows are short."""
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Table) and not block.exact:
            kept = [c for c in block.cells if _is_label(c.text) or random.random() > 0.03]
            blocks.append(replace(block, cells=_renumbered(kept)))
        else:
            blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def garbled_values(document: Document, random: Random) -> Document:
    """Some figures are misread: O for 0, a stroke for 1, a question mark."""

    def garble(text: str) -> str:
        if not text.isdigit() or random.random() > 0.04:
            return text
        return random.choice([text.replace("0", "O").replace("1", "l").replace("2", "Z") + "?", "?", "*"])

    return _each_cell(document, garble)


def once_only(document: Document, random: Random) -> Document:
    """Lines that were there before are removed, as some extractors do."""
    seen: set[str] = set()
    blocks: list[Block] = []
    for block in document.blocks:
        if isinstance(block, Line):
            if block.text in seen:
                continue
            seen.add(block.text)
        blocks.append(block)
    return replace(document, blocks=tuple(blocks))


def cut_off(document: Document, random: Random) -> Document:
    """The file ends somewhere, even inside a number."""
    blocks = list(document.blocks[: random.randint(1, len(document.blocks))])
    last = blocks[-1]
    if isinstance(last, Line):
        text = last.text[: random.randint(1, len(last.text))].strip()
        blocks[-1:] = [replace(last, text=text, words=())] if text else []
    else:
        cells = list(last.cells[: random.randint(1, len(last.cells))])
        cells[-1] = replace(cells[-1], text=cells[-1].text[: random.randint(0, len(cells[-1].text))])
        blocks[-1] = replace(last, cells=tuple(cells))
    return replace(document, blocks=tuple(blocks))


def lost_heads(document: Document, random: Random) -> Document:
    """Column heads are gone or torn to pieces."""

    def tear(text: str) -> str:
        heads = ("自然人", "商业企业", "科研机构", "社会公益组织", "法律服务机构", "结果维持", "结果纠正", "其他结果")
        return text[: random.randint(0, 2)] if text in heads and random.random() < 0.5 else text

    return _each_cell(document, tear)


def decoys(document: Document, random: Random) -> Document:
    """Other tables around the report: navigation, statistics of departments, a table of last year."""
    rows = [
        ["序号", "单位", "主动公开条数", "依申请公开件数", "总计"],
        ["1", "教育局", "12", "3", "15"],
        ["2", "民政局", "20", "0", "20"],
        ["", "总计", "32", "3", "35"],
        ["", "其他", "1", "2", "3"],
    ]
    table = Table(tuple(GridCell(t, r, c) for r, row in enumerate(rows) for c, t in enumerate(row)))
    links = Table(
        (GridCell("首页", 0, 0), GridCell("政务公开", 0, 1), GridCell("行政许可", 0, 2), GridCell("12345", 0, 3))
    )
    notice = [Line(t, Place()) for t in ("行政处罚", "行政许可 3", "总计 5", "其他 2 2 2 2 2 2 2")]
    return replace(document, blocks=(links, table, *notice, *document.blocks, table, *notice, links))


TO_ANY: tuple[Damage, ...] = (traditional, full_width, broken_labels, decoys)
"""Damage that takes nothing away: what was readable before stays readable."""

HARMFUL: tuple[Damage, ...] = (
    lost_rows, lost_labels, doubled_rows, lost_cells, garbled_values, once_only, cut_off, lost_heads,
)  # fmt: skip
"""Damage after which cells may be beyond proof."""


def _is_label(text: str) -> bool:
    return any("\u4e00" <= c <= "\u9fff" for c in text) and not text.endswith("元")


def _renumbered(cells: Sequence[GridCell]) -> tuple[GridCell, ...]:
    counts: dict[int, int] = {}
    found = []
    for cell in cells:
        column = counts.get(cell.row, 0)
        counts[cell.row] = column + 1
        found.append(replace(cell, column=column))
    return tuple(found)


def _each_cell(document: Document, change: Callable[[str], str]) -> Document:
    return replace(document, blocks=tuple(_changed(b, change) if isinstance(b, Table) else b for b in document.blocks))


def _each_text(document: Document, change: Callable[[str], str]) -> Document:
    blocks = (
        _changed(b, change) if isinstance(b, Table) else replace(b, text=change(b.text), words=())
        for b in document.blocks
    )
    return replace(document, blocks=tuple(blocks))


def _changed(table: Table, change: Callable[[str], str]) -> Table:
    return replace(table, cells=tuple(replace(c, text=change(c.text)) for c in table.cells))
