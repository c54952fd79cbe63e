"""The tables of a published report as the statutory form prints them: headings over several rows and columns.

Source: 国办公开办函〔2021〕30号 and 〔2019〕60号, annexes. Which cells there are comes from the report itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from storage.catalogue import (
    APPLICANTS,
    CARRIED_IN,
    CARRIED_OUT,
    CELLS,
    COLUMNS,
    DECISIONS_2019,
    DONE,
    GROUPS,
    NEW,
    OTHER_ALL_ROW,
    OUTCOMES,
    REMEDIES,
    RESULTS,
    TOTAL,
    Cell,
    Edition,
    Meaning,
    Term,
)
from storage.facts import Fact, ReportFacts

SUM_HINT = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
HANDLED = "三、本年度办理结果"
PERSONS, SUITS, APPLICANT_HEAD = "法人或其他组织", "行政诉讼", "申请人情况"
_WIDTH = 4
"""Columns of table two: the kind of information and at most three numbers."""
_ORDER = ("made", "repealed", "valid", "created", "opened", "held", "items", "change", "decisions", "amount")


@dataclass(frozen=True, slots=True)
class Box:
    """A box of a table: a heading, or the cell with `id`. `state`: number, blank, unreadable, absent."""

    text: str
    id: str = ""
    rows: int = 1
    columns: int = 1
    scope: str = ""
    state: str = ""
    doubt: bool = False
    place: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that belong together: some of heading, then the body."""

    head: tuple[tuple[Box, ...], ...]
    body: tuple[tuple[Box, ...], ...]


def plain(value: Decimal) -> str:
    """The digits without a useless tail."""
    return format(value.normalize() if value != value.to_integral_value() else value.quantize(Decimal(1)), "f")


def said(fact: Fact | None) -> tuple[str, str]:
    """What a cell says, in words where it holds no number, and its state."""
    if fact is None:
        return "—", "absent"
    if fact.meaning is Meaning.NUMBER and fact.value is not None:
        return plain(fact.value), "number"
    return {Meaning.BLANK: ("空白", "blank"), Meaning.UNREADABLE: ("未认清", "unreadable")}.get(
        fact.meaning, ("—", "absent")
    )


def table_two(report: ReportFacts) -> tuple[Block, ...]:
    """主动公开政府信息情况: a block for each item of article 20 (第二十条)."""
    articles: dict[str, dict[str, list[Cell]]] = {}
    for cell in CELLS.values():
        if cell.table == "t2" and cell.id in report.facts:
            articles.setdefault(cell.row.article, {}).setdefault(cell.row.id, []).append(cell)
    return tuple(_article(report, article, rows) for article, rows in articles.items())


def _article(report: ReportFacts, article: str, rows: dict[str, list[Cell]]) -> Block:
    for cells in rows.values():
        cells.sort(key=lambda c: _ORDER.index(c.column.id) if c.column else 0)
    first = max(rows.values(), key=len)
    spans = [1] * (len(first) - 1) + [_WIDTH - len(first)]
    titles = [_title(report.edition, c.column) for c in first]
    head = (
        (Box(article, columns=_WIDTH, scope="colgroup"),),
        (
            Box("信息内容", scope="col"),
            *(Box(t, columns=n, scope="col") for t, n in zip(titles, spans, strict=True)),
        ),
    )
    body = tuple(
        (
            Box(cells[0].row.label, scope="row"),
            *(_box(report, c.id, columns=n) for c, n in zip(cells, spans, strict=False)),
        )
        for cells in rows.values()
    )
    return Block(head, body)


def _title(edition: Edition, column: Term | None) -> str:
    if column is None:
        return ""
    is_2019 = edition is Edition.E2019 and column.id == DECISIONS_2019.id
    return DECISIONS_2019.label if is_2019 else column.label


def table_three(report: ReportFacts) -> Block | None:
    """收到和处理政府信息公开申请情况."""
    if f"t3.{NEW.id}.{TOTAL.id}" not in report.facts:
        return None
    natural, *organisations = APPLICANTS
    head = (
        (
            Box(SUM_HINT, rows=3, columns=3, scope="col"),
            Box(APPLICANT_HEAD, columns=len(COLUMNS), scope="colgroup"),
        ),
        (
            Box(natural.label, rows=2, scope="col"),
            Box(PERSONS, columns=len(organisations), scope="colgroup"),
            Box(TOTAL.label, rows=2, scope="col"),
        ),
        tuple(Box(c.label, scope="col") for c in organisations),
    )
    body = (
        _row(report, NEW, Box(NEW.label, columns=3, scope="row")),
        _row(report, CARRIED_IN, Box(CARRIED_IN.label, columns=3, scope="row")),
        *_handled(report),
        _row(report, CARRIED_OUT, Box(CARRIED_OUT.label, columns=3, scope="row")),
    )
    return Block(head, body)


def _handled(report: ReportFacts) -> Iterator[tuple[Box, ...]]:
    """The rows of 三、本年度办理结果, one of them for (六) where the report prints it so."""
    single = f"t3.{OTHER_ALL_ROW.id}.{TOTAL.id}" in report.facts
    terms = [t for t in OUTCOMES if not (single and t.group == OTHER_ALL_ROW.id)]
    terms += [OTHER_ALL_ROW] if single else []
    rows: list[tuple[Term, tuple[Box, ...]]] = []
    seen: set[str] = set()
    for term in terms:
        if not term.group:
            rows.append((term, (Box(term.label, columns=2, scope="row"),)))
            continue
        of_group = sum(t.group == term.group for t in terms)
        above = () if term.group in seen else (Box(GROUPS[term.group].label, rows=of_group, scope="rowgroup"),)
        seen.add(term.group)
        rows.append((term, (*above, Box(term.label, scope="row"))))
    rows.append((DONE, (Box(DONE.label, columns=2, scope="row"),)))
    for number, (term, labels) in enumerate(rows):
        first = () if number else (Box(HANDLED, rows=len(rows), scope="rowgroup"),)
        yield _row(report, term, *first, *labels)


def _row(report: ReportFacts, term: Term, *labels: Box) -> tuple[Box, ...]:
    return (*labels, *(_box(report, f"t3.{term.id}.{c.id}") for c in COLUMNS))


def table_four(report: ReportFacts) -> Block | None:
    """政府信息公开行政复议、行政诉讼情况: one row of fifteen numbers."""
    if f"t4.{REMEDIES[0].id}.{TOTAL.id}" not in report.facts:
        return None
    review, *suits = REMEDIES
    each = len(RESULTS)
    head = (
        (
            Box(review.label, rows=2, columns=each, scope="colgroup"),
            Box(SUITS, columns=each * len(suits), scope="colgroup"),
        ),
        tuple(Box(s.label, columns=each, scope="colgroup") for s in suits),
        tuple(Box(r.label, scope="col") for _ in REMEDIES for r in RESULTS),
    )
    return Block(head, (tuple(_box(report, f"t4.{g.id}.{r.id}") for g in REMEDIES for r in RESULTS),))


def _box(report: ReportFacts, cell: str, *, columns: int = 1) -> Box:
    text, state = said(report.facts.get(cell))
    known = CELLS[cell]
    unit = known.unit if state == "number" else ""
    place = f"{known.place}：{text}{unit}"
    return Box(text, cell, columns=columns, state=state, doubt=cell in report.doubtful, place=place)
