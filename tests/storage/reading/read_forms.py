"""A true report with random but balanced numbers, rendered as the kinds of file that bureaus have."""

from __future__ import annotations

import io
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import docx
import openpyxl

from storage.catalogue import APPLICANTS, COLUMNS, GROUPS, OUTCOMES, REMEDIES, RESULTS, T3_ROWS
from storage.facts import Reading

AGENCY = "云岭县人力资源和社会保障局"
TITLE = f"{AGENCY}2024年政府信息公开工作年度报告"
Cell = tuple[int, int, int, int, str]
"""Row, column, row span, column span, text."""


@dataclass(frozen=True)
class Form:
    """The numbers by cell id and the report's blocks: lines and tables in order."""

    values: Mapping[str, Decimal]
    blocks: tuple[str | tuple[Cell, ...], ...]


def balanced(seed: int, *, largest: int = 40) -> dict[str, Decimal]:
    """Numbers of a 2021-edition report whose sums all hold."""
    rng = random.Random(seed)

    def some() -> int:
        return rng.choice([0, 0, rng.randrange(4), rng.randrange(largest)])

    values: dict[str, int] = {}
    for row in ("rules", "normative"):
        for column in ("made", "repealed", "valid"):
            values[f"t2.{row}.{column}"] = some()
    for row in ("licence", "penalty", "coercion"):
        values[f"t2.{row}"] = rng.randrange(20_000)
    for applicant in APPLICANTS:
        done = 0
        for outcome in OUTCOMES:
            done += values.setdefault(f"t3.{outcome.id}.{applicant.id}", some())
        values[f"t3.done.{applicant.id}"] = done
        out = rng.randrange(min(done, 5) + 1)
        carried = rng.randrange(min(done + out, 5) + 1)
        values[f"t3.carried_out.{applicant.id}"] = out
        values[f"t3.carried_in.{applicant.id}"] = carried
        values[f"t3.new.{applicant.id}"] = done + out - carried
    for row in T3_ROWS:
        values[f"t3.{row.id}.total"] = sum(values[f"t3.{row.id}.{a.id}"] for a in APPLICANTS)
    for remedy in REMEDIES:
        for result in RESULTS[:-1]:
            values[f"t4.{remedy.id}.{result.id}"] = some()
        values[f"t4.{remedy.id}.total"] = sum(values[f"t4.{remedy.id}.{r.id}"] for r in RESULTS[:-1])
    numbers = {key: Decimal(value) for key, value in values.items()}
    numbers["t2.fee"] = Decimal(rng.randrange(100_000)) / 100
    return numbers


def form(seed: int = 1) -> Form:
    """A whole report."""
    values = balanced(seed)
    shown = {key: f"{value:f}" for key, value in values.items()}
    return Form(
        values,
        (
            TITLE,
            "一、总体情况",
            "2024年，我局扎实做好政务公开各项工作，县政府网站发布新闻稿件97条。",
            "二、主动公开政府信息情况",
            tuple(_two(shown)),
            "三、收到和处理政府信息公开申请情况",
            tuple(_three(shown)),
            "四、政府信息公开行政复议、行政诉讼情况",
            tuple(_four(shown)),
            "五、存在的主要问题及改进情况",
            "存在的主要问题：部分栏目更新不够及时。改进措施：建立台账，定期巡查。",
            "六、其他需要报告的事项",
            "本年度没有收取信息处理费。",
        ),
    )


def wrong(reading: Reading, values: Mapping[str, Decimal]) -> dict[str, object]:
    """Cells whose number was read as another one: must never hold any."""
    return {
        key: (value, reading.cells[key].value)
        for key, value in values.items()
        if key in reading.cells and reading.cells[key].value not in (None, value)
    }


def missed(reading: Reading, values: Mapping[str, Decimal]) -> list[str]:
    """Cells that the document holds and that were not read."""
    return [key for key in values if key not in reading.cells or reading.cells[key].value is None]


def _two(v: Mapping[str, str]) -> Iterable[Cell]:
    row = 0
    for head, names, columns in (
        ("第二十条第（一）项", (("rules", "规章"), ("normative", "行政规范性文件")), ("made", "repealed", "valid")),
        ("第二十条第（五）项", (("licence", "行政许可"),), ()),
        ("第二十条第（六）项", (("penalty", "行政处罚"), ("coercion", "行政强制")), ()),
        ("第二十条第（八）项", (("fee", "行政事业性收费"),), ()),
    ):
        yield row, 0, 1, 4, head
        yield row + 1, 0, 1, 1, "信息内容"
        if columns:
            for c, label in enumerate(("本年制发件数", "本年废止件数", "现行有效件数"), 1):
                yield row + 1, c, 1, 1, label
        else:
            yield row + 1, 1, 1, 3, "本年收费金额（单位：万元）" if names[0][0] == "fee" else "本年处理决定数量"
        row += 2
        for name, label in names:
            yield row, 0, 1, 1, label
            if columns:
                for c, column in enumerate(columns, 1):
                    yield row, c, 1, 1, v[f"t2.{name}.{column}"]
            else:
                yield row, 1, 1, 3, v[f"t2.{name}"]
            row += 1


def _three(v: Mapping[str, str]) -> Iterable[Cell]:
    yield 0, 0, 3, 3, "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    yield 0, 3, 1, 7, "申请人情况"
    yield 1, 3, 2, 1, "自然人"
    yield 1, 4, 1, 5, "法人或其他组织"
    yield 1, 9, 2, 1, "总计"
    for c, term in enumerate(APPLICANTS[1:], 4):
        yield 2, c, 1, 1, term.label
    group = ""
    for r, term in enumerate(T3_ROWS, 3):
        if term.id == "granted":
            yield r, 0, 22, 1, "三、本年度办理结果"
        if term.group and term.group != group:
            yield r, 1, sum(t.group == term.group for t in OUTCOMES), 1, GROUPS[term.group].label
        group = term.group
        if term.group:
            yield r, 2, 1, 1, term.label
        elif term.id in ("new", "carried_in", "carried_out"):
            yield r, 0, 1, 3, term.label
        else:
            yield r, 1, 1, 2, term.label
        for c, column in enumerate(COLUMNS, 3):
            yield r, c, 1, 1, v[f"t3.{term.id}.{column.id}"]


def _four(v: Mapping[str, str]) -> Iterable[Cell]:
    yield 0, 0, 1, 5, "行政复议"
    yield 0, 5, 1, 10, "行政诉讼"
    yield 1, 5, 1, 5, "未经复议直接起诉"
    yield 1, 10, 1, 5, "复议后起诉"
    for c in range(15):
        yield (1, c, 2, 1, RESULTS[c].label) if c < 5 else (2, c, 1, 1, RESULTS[c % 5].label)
    for c in range(15):
        yield 3, c, 1, 1, v[f"t4.{REMEDIES[c // 5].id}.{RESULTS[c % 5].id}"]


def as_html(blocks: Iterable[str | tuple[Cell, ...]], *, cell: str = "{}", wrap: str = "{}") -> bytes:
    """A web page; `cell` decorates the text of each cell, `wrap` the whole body."""
    out = []
    for block in blocks:
        if isinstance(block, str):
            out.append(f"<p>{block}</p>")
            continue
        rows: dict[int, list[str]] = {}
        for r, _, height, width, text in sorted(block):
            rows.setdefault(r, []).append(f"<td rowspan={height} colspan={width}>{cell.format(text)}</td>")
        out.append("<table border=1>" + "".join(f"<tr>{''.join(cells)}</tr>" for cells in rows.values()) + "</table>")
    return ("<html><head><meta charset=utf-8></head><body>" + wrap.format("\n".join(out)) + "</body></html>").encode()


def as_docx(blocks: Iterable[str | tuple[Cell, ...]], *, style: str | None = "Table Grid") -> bytes:
    """A Word file with merged cells."""
    document = docx.Document()
    for block in blocks:
        if isinstance(block, str):
            document.add_paragraph(block)
            continue
        height, width = max(c[0] + c[2] for c in block), max(c[1] + c[3] for c in block)
        table = document.add_table(height, width)
        if style:
            table.style = style
        for r, c, rows, columns, text in block:
            cell = table.cell(r, c)
            if rows > 1 or columns > 1:
                cell = cell.merge(table.cell(r + rows - 1, c + columns - 1))
            cell.text = text
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def as_xlsx(
    blocks: Iterable[str | tuple[Cell, ...]], *, sheets: bool = False, left: int = 1, numbers: bool = True
) -> bytes:
    """A workbook: all on one sheet, or a sheet for each table; numbers as numbers or as text."""
    book = openpyxl.Workbook()
    sheet = book.active
    row = 1
    for block in blocks:
        if isinstance(block, str):
            sheet.cell(row, left, block)
            if len(block) > 30:
                sheet.merge_cells(start_row=row, end_row=row, start_column=left, end_column=left + 9)
            row += 1
            continue
        if sheets:
            sheet, row = book.create_sheet(f"表{len(book.worksheets)}"), 1
        for r, c, rows, columns, text in block:
            value = float(text) if numbers and text.replace(".", "").isdigit() else text
            sheet.cell(row + r, left + c, value)
            if rows > 1 or columns > 1:
                sheet.merge_cells(
                    start_row=row + r,
                    end_row=row + r + rows - 1,
                    start_column=left + c,
                    end_column=left + c + columns - 1,
                )
        row += max(c[0] + c[2] for c in block) + 1
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
