"""The seven reports of the made-up county and the real seed: every cell, figure and text as its truth says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage.catalogue import Meaning
from storage.facts import Level, Reading
from storage.reading.align import read_document
from storage.reading.parse import parse

YEARS = ("2019", "2020", "2021", "2022", "2023", "2024", "2025")


def _read(path: Path) -> Reading:
    return read_document(parse(path.read_bytes(), name=path.name))


def _flat(prefix: str, node: object) -> dict[str, float]:
    if not isinstance(node, dict):
        return {prefix: node}  # type: ignore[dict-item]
    return {k: v for name, part in node.items() for k, v in _flat(f"{prefix}.{name}", part).items()}


@pytest.mark.parametrize("year", YEARS)
def test_every_cell_figure_and_text_is_read_as_it_is(shared: Path, year: str) -> None:
    truth = json.loads((shared / "questions/world/truth.json").read_text(encoding="utf-8"))
    report = truth["years"][year]
    reading = _read(shared / "questions/world" / report["document"])
    cells = {k: v for table in ("t2", "t3", "t4") for k, v in _flat(table, report[table]).items()}
    assert (reading.agency, reading.year) == (truth["agency"], int(year))
    assert {k: None if c.value is None else float(c.value) for k, c in reading.cells.items()} == cells
    assert {f.id: float(f.value) for f in reading.figures if f.id and f.id != "f.info_fee"} == _flat("f", report["f"])
    assert dict(reading.texts) == _flat("x", report["x"])
    assert reading.findings == ()


def test_the_seeds_rows_without_a_label_are_in_doubt_and_the_others_stay(shared: Path) -> None:
    reading = _read(shared / "seed/fengxian-rsj-2023.txt")
    assert reading.year == 2023
    assert [k for k, c in reading.cells.items() if c.meaning is Meaning.BLANK] == ["t2.coercion"]
    doubts = {k for k, c in reading.cells.items() if c.meaning is Meaning.UNREADABLE}
    named = ("new", "carried_in", "other_handling", "done", "carried_out")
    assert doubts == {k for k in reading.cells if k.startswith("t3.") and k.split(".")[1] not in named}
    assert all(c.value == 0 for k, c in reading.cells.items() if k not in doubts | {"t2.coercion"})
    assert [(f.code, f.cell) for f in reading.findings if f.level is Level.ERROR] == [
        ("t3.row.unnamed", "t3.granted.total")
    ]
