"""Rows of table two that lost or gained a cell, and figures that its cells cannot have."""

from __future__ import annotations

from decimal import Decimal

import pytest

from storage.catalogue import Meaning
from storage.facts import Level, Reading
from storage.reading.reader import read_bytes

HEADS_2019 = "| 信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量 |"
HEADS_2021 = "| 信息内容 | 本年制发件数 | 本年废止件数 | 现行有效件数 |"


def _read(title: str, heads: str, row: str, year: int) -> Reading:
    lines = (
        f"# 云岭县民政局{year}年政府信息公开工作年度报告",
        "## 二、主动公开政府信息情况",
        f"| {title} | | | |",
        "|---|---|---|---|",
        heads,
        row,
        "",
        "## 三、收到和处理政府信息公开申请情况",
        "| 一、本年新收政府信息公开申请数量 | 0 | 0 | 0 | 0 | 0 | 0 | 0 |",
    )
    return read_bytes("\n".join(lines).encode(), name="报告.md")


@pytest.mark.parametrize(
    "row",
    [
        "| 行政许可 | 9515 | -7 |",
        "| 行政许可 | | 9515 | -7 | |",
        "| 行政许可 | 9515 | | -7 | |",
        "| 行政许可 | | 12 |",
        "| 行政许可 | | | 12 | |",
    ],
)
def test_a_row_of_blanks_and_figures_without_as_many_cells_as_its_heads_is_in_doubt(row: str) -> None:
    reading = _read("第二十条第（五）项", HEADS_2019, row, 2019)
    cells = {c.meaning for k, c in reading.cells.items() if k.startswith("t2.licence")}
    assert cells == {Meaning.UNREADABLE}
    assert any(f.level is Level.ERROR and (f.cell or "").startswith("t2.licence") for f in reading.findings)


@pytest.mark.parametrize(
    ("row", "values"),
    [("| 行政许可 | 9515 | -7 | |", (9515, -7, None)), ("| 行政许可 | | 3 | |", (None, 3, None)),
     ("| 行政许可 | 9515 | 0 | 2 | |", (9515, 0, 2))],
)  # fmt: skip
def test_a_row_with_as_many_cells_as_its_heads_or_no_blank_is_read(row: str, values: tuple[int | None, ...]) -> None:
    reading = _read("第二十条第（五）项", HEADS_2019, row, 2019)
    read = [reading.cells[k].value for k in ("t2.licence.items", "t2.licence.change", "t2.licence")]
    assert read == [None if v is None else Decimal(v) for v in values]


def test_only_a_change_can_be_negative() -> None:
    reading = _read("第二十条第（一）项", HEADS_2021, "| 规章 | 3 | -1 | 2 |", 2023)
    read = {k: (c.value, c.meaning) for k, c in reading.cells.items() if k.startswith("t2.rules")}
    assert read == {
        "t2.rules.made": (Decimal(3), Meaning.NUMBER),
        "t2.rules.repealed": (None, Meaning.UNREADABLE),
        "t2.rules.valid": (Decimal(2), Meaning.NUMBER),
    }
    assert [f.code for f in reading.findings if f.cell == "t2.rules.repealed"] == ["t2.cell.unreadable"]


def test_figures_repeated_under_a_repeated_head_are_one_figure() -> None:
    heads = "| 信息内容 | 采购项目数量 | 采购总金额 | 采购总金额 |"
    whole = _read("第二十条第（九）项", heads, "| 政府集中采购 | | 25 | 25 |", 2019)
    assert [whole.cells[f"t2.procurement.{c}"].value for c in ("items", "amount")] == [None, Decimal(25)]
    short = _read("第二十条第（九）项", heads, "| 政府集中采购 | 25 | 25 |", 2019)
    assert {short.cells[f"t2.procurement.{c}"].meaning for c in ("items", "amount")} == {Meaning.UNREADABLE}
