"""Document -> Reading: tables two to four and the narrative, found by meaning. Deterministic and pure.

A cell is right, or it is unreadable with a finding that says where and why.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

from storage import checks
from storage.catalogue import CELLS, OTHER_ALL_ROW, TABLE_NAMES, Edition, Meaning, cells_of
from storage.facts import CellReading, Finding, Level, Reading
from storage.reading.align_cells import lost
from storage.reading.align_items import Item, items
from storage.reading.align_stacked import unstacked
from storage.reading.align_t2 import ROW_ORDER, columns_of, edition_of, heads_in, read_table_two
from storage.reading.align_t3 import LONG_FORM, read_table_three
from storage.reading.align_t4 import read_table_four, start_of
from storage.reading.document import Document
from storage.reading.identity import identify
from storage.reading.labels import ITEM_TITLE, T2_ROWS, T3_LABELS
from storage.reading.narrative import SECTION_TITLES, read_narrative
from storage.reading.statements import check_narrative


@dataclass(frozen=True, slots=True)
class Regions:
    """The items of each table, each from its head to the next section."""

    two: Sequence[Item]
    three: Sequence[Item]
    four: Sequence[Item]


def read_document(document: Document) -> Reading:
    """Read a report from the blocks of its file."""
    document = unstacked(document)
    sequence = items(document)
    regions = find_regions(sequence)
    identity = identify(document)
    narrative = read_narrative(document, identity.year)
    edition = _edition(regions, identity.year, narrative.sections_found)
    findings = [*document.findings, *identity.findings]
    if edition is Edition.OTHER:
        findings.append(_other_finding(identity.year))
        cells: dict[str, CellReading] = {}
    else:
        cells = _read_tables(regions, document, edition, findings)
        findings.extend(_other_reports(sequence, regions))
    if edition is not Edition.OTHER:
        findings.extend(checks.check_cells(cells))
    findings.extend(narrative.findings)
    findings.extend(check_narrative(cells, narrative.sentences))
    return Reading(
        agency=identity.agency,
        year=identity.year,
        edition=edition,
        cells=MappingProxyType(cells),
        figures=narrative.figures,
        texts=MappingProxyType(dict(narrative.texts)),
        findings=tuple(findings),
        title=identity.title,
    )


def find_regions(sequence: Sequence[Item]) -> Regions:
    """Where each table stands among the items; an empty region where there is none."""
    end = len(sequence)
    start3 = _start_three(sequence)
    start4 = start_of(sequence, start3 if start3 < end else 0, end)
    start2 = next(
        (i for i, item in enumerate(sequence[: min(start3, start4)]) if _begins_two(item)),
        end,
    )
    end2 = _first_section(sequence, start2, "3456", min(start3, start4))
    end3 = _first_section(sequence, start3, "456", start4)
    end4 = _first_section(sequence, start4, "56", end)
    return Regions(sequence[start2:end2], sequence[start3:end3], sequence[start4:end4])


def _begins_two(item: Item) -> bool:
    """Whether a block title, the heads or the first row of table two stand here."""
    heads = len(set(heads_in(item.text))) >= 3
    return heads or ITEM_TITLE.search(item.text) is not None or T2_ROWS.find(item.text) == "rules"


def _start_three(sequence: Sequence[Item]) -> int:
    """The first item of table three: its head, or its first row."""
    first = next((i for i, item in enumerate(sequence) if _is_new(item)), None)
    heads = [i for i, item in enumerate(sequence) if "勾稽关系" in item.text or "申请人情况" in item.text]
    if first is None:
        return heads[0] if heads else len(sequence)
    near = [i for i in heads if first - 14 <= i < first]
    return near[0] if near else first


def _first_section(sequence: Sequence[Item], start: int, numbers: str, limit: int) -> int:
    """Index of the first section title after `start`, or `limit`."""
    for index in range(start + 1, limit):
        item = sequence[index]
        if not item.values and len(item.text) <= 40 and (SECTION_TITLES.find(item.text) or "-") in numbers:
            return index
    return limit


def _edition(regions: Regions, year: int | None, sections: int) -> Edition:
    by_heads = edition_of(regions.two)
    if by_heads is not None:
        return by_heads
    if regions.three or regions.four or any(T2_ROWS.find(i.text) for i in regions.two):
        return Edition.E2019 if year in (2019, 2020) else Edition.E2021
    if year is not None and year >= 2021 and sections >= 3:
        return Edition.E2021
    return Edition.OTHER


def _other_reports(sequence: Sequence[Item], regions: Regions) -> list[Finding]:
    """Whether another table three follows, of another year or agency: only the first report of a file is read."""
    last = regions.four or regions.three
    end = next((i for i, item in enumerate(sequence) if last and item is last[-1]), len(sequence))
    again = [item for item in sequence[end + 1 :] if _is_new(item) and (item.values or item.glued)]
    if not again:
        return []
    text = "文件里不止一份报告的统计表，只读取了第一份；请核对读到的是不是这一年、这个单位的，其余的请分开上传。"
    return [Finding(Level.ERROR, "report.several", text, None, again[0].place)]


def _is_new(item: Item) -> bool:
    return any(T3_LABELS.find(text) == "new" for text in item.texts)


def _other_finding(year: int | None) -> Finding:
    if year is not None and year < 2019:
        text = f"{year}年的报告早于现行表式（2019年起），没有统一的表格，只读取正文。"
        return Finding(Level.NOTICE, "edition.other", text)
    text = "没有认出政府信息公开工作年度报告的统计表，请确认文件是否完整，或者表格是不是图片。"
    return Finding(Level.ERROR, "edition.other", text)


def _read_tables(
    regions: Regions, document: Document, edition: Edition, findings: list[Finding]
) -> dict[str, CellReading]:
    two = read_table_two(regions.two, edition, followed=bool(regions.three or regions.four))
    three = read_table_three(regions.three, document, edition, followed=bool(regions.four))
    four = read_table_four(regions.four, document)
    read = {**two.cells, **three.cells, **four.cells}
    empty = not any(c.value is not None for c in read.values()) and _nothing_lost(regions)
    if empty:
        return {i: CellReading(i, Meaning.BLANK) for i in cells_of(edition)}
    findings.extend((*two.findings, *three.findings, *four.findings))
    for table, found in (("t2", two.found), ("t3", three.found), ("t4", four.found)):
        if not found:
            findings.append(_missing(table))
    cells: dict[str, CellReading] = {}
    for cell_id in cells_of(edition):
        if cell_id in read:
            cells[cell_id] = read[cell_id]
        elif three.single_other_row and CELLS[cell_id].row.group == OTHER_ALL_ROW.id:
            cells[cell_id] = CellReading(cell_id, Meaning.NOT_IN_EDITION)
        else:
            cells[cell_id] = lost(cell_id, None, None)
    for cell_id, cell in read.items():
        cells.setdefault(cell_id, cell)
    if three.single_other_row and edition is Edition.E2021:
        text = "表三“（六）其他处理”在本报告里只有一行，没有分列三个小项，按一行读取。"
        findings.append(Finding(Level.NOTICE, "t3.other_all.single", text, "t3.other_all.total"))
    findings.extend(_lost_rows_of_two(two.found, cells, edition))
    return cells


def _nothing_lost(regions: Regions) -> bool:
    """Whether the whole form is there, so that no number in it means that it is blank."""
    labels = {T3_LABELS.find(text) for item in regions.three for text in item.texts}
    parts = (*regions.two, *regions.three, *regions.four)
    values = any(item.glued or any(not t.blank for t in item.values) for item in parts)
    values = values or any(re.search(r"\d(?!\s*[.、])", text) for item in parts for text in item.texts)
    return len(labels & set(LONG_FORM)) >= len(LONG_FORM) - 1 and bool(regions.four) and not values


def _missing(table: str) -> Finding:
    text = f"没有读到{TABLE_NAMES[table]}的数字，请确认文件是否完整，或者表格是不是图片。"
    return Finding(Level.ERROR, f"{table}.missing", text)


def _lost_rows_of_two(found: bool, cells: dict[str, CellReading], edition: Edition) -> list[Finding]:
    if not found:
        return []
    findings = []
    for row in ROW_ORDER:
        ids = columns_of(edition, row)
        if ids and all(cells[i].meaning is Meaning.UNREADABLE and cells[i].place is None for i in ids):
            text = f"表二“{CELLS[ids[0]].row.label}”一行没有读到，请对照原文填写。"
            findings.append(Finding(Level.ERROR, "t2.row.lost", text, ids[-1]))
    return findings
