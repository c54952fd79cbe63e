"""Rows of table three whose labels are lost: placed where the sums prove it, in doubt everywhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from storage.catalogue import Meaning
from storage.facts import Level, Reading
from storage.reading.reader import read_bytes
from tests.storage.reading.read_forms import Cell, as_html, form, missed, wrong

FORM = form(3)
THREE = 6
ROW = {"partial": 6, "secret": 7, "repeat": 19, "carried_out": 27}


def _read(change: Callable[[Cell], Cell | None]) -> Reading:
    three = FORM.blocks[THREE]
    assert isinstance(three, tuple)
    cells = tuple(c for c in map(change, three) if c is not None)
    return read_bytes(as_html((*FORM.blocks[:THREE], cells, *FORM.blocks[THREE + 1 :])))


def _unlabelled(*rows: int, zeros: bool = False) -> Reading:
    def change(cell: Cell) -> Cell:
        r, c, height, width, _ = cell
        if r not in rows:
            return cell
        if c < 3 and height == 1:
            return r, c, height, width, ""
        return (r, c, height, width, "0") if zeros and c >= 3 else cell

    return _read(change)


@pytest.mark.parametrize("name", ["partial", "secret", "repeat", "carried_out"])
def test_one_lost_label_is_proved_by_the_sums_of_the_table(name: str) -> None:
    reading = _unlabelled(ROW[name])
    assert wrong(reading, FORM.values) == {}
    assert missed(reading, FORM.values) == []
    assert [(f.level, f.code, f.cell) for f in reading.findings] == [
        (Level.NOTICE, "t3.row.proved", f"t3.{name}.total")
    ]


def test_zeros_prove_nothing() -> None:
    reading = _unlabelled(ROW["secret"], zeros=True)
    row = [c for k, c in reading.cells.items() if k.startswith("t3.secret.")]
    assert {c.meaning for c in row} == {Meaning.UNREADABLE}
    assert {c.raw for c in row} == {"0 0 0 0 0 0 0"}
    assert [f.cell for f in reading.findings if f.code == "t3.row.unnamed"] == ["t3.secret.total"]


def test_two_lost_labels_side_by_side_leave_both_rows_open() -> None:
    reading = _unlabelled(ROW["secret"], ROW["secret"] + 1)
    assert wrong(reading, FORM.values) == {}
    lost = {k.split(".")[1] for k, c in reading.cells.items() if c.meaning is Meaning.UNREADABLE}
    assert lost == {"secret", "forbidden"}
    (finding,) = [f for f in reading.findings if f.level is Level.ERROR]
    assert finding.place is not None
    assert "共2行" in finding.message


def test_a_lost_row_next_to_one_that_is_gone_proves_nothing() -> None:
    gone = ROW["secret"] + 1

    def change(cell: Cell) -> Cell | None:
        r, c, height, width, _ = cell
        if r == gone and c >= 2:
            return None
        return (r, c, height, width, "") if r == ROW["secret"] and c == 2 else cell

    reading = _read(change)
    assert wrong(reading, FORM.values) == {}
    assert {"t3.secret.total", "t3.forbidden.total"} <= set(missed(reading, FORM.values))


def _with_subtotal(own_label: str, *, kept: bool = True) -> Reading:
    """An office's own row 其他 right above 总计; without the rows of (六) above it where they are not `kept`."""
    three = FORM.blocks[THREE]
    assert isinstance(three, tuple)
    at = ROW["carried_out"] - 1
    cells: list[Cell] = []
    for r, c, height, width, text in three:
        if (r < at and r + height == at and c < 2) or r < at < r + height:
            height += 1
        if kept or c < 2 or not at - 3 <= r < at:
            cells.append((r + (r >= at), c, height, width, own_label if text == "3.其他" else text))
    cells += [(at, 2, 1, 1, "其他"), *((at, 3 + i, 1, 1, str(900 + i)) for i in range(7))]
    return read_bytes(as_html((*FORM.blocks[:THREE], tuple(sorted(cells)), *FORM.blocks[THREE + 1 :])))


def test_a_subtotal_called_other_is_not_the_row_that_the_form_numbers() -> None:
    reading = _with_subtotal("3.其他")
    assert wrong(reading, FORM.values) == {}
    assert missed(reading, FORM.values) == []


@pytest.mark.parametrize("kept", [True, False])
def test_a_subtotal_called_other_without_the_numbered_row_is_in_doubt(kept: bool) -> None:
    reading = _with_subtotal("其他", kept=kept)
    assert wrong(reading, FORM.values) == {}
    row = [c for k, c in reading.cells.items() if k.startswith("t3.other_handling.")]
    assert {c.meaning for c in row} == {Meaning.UNREADABLE}
    assert any(f.level is Level.ERROR and (f.cell or "").startswith("t3.") for f in reading.findings)


def test_a_row_with_a_blank_and_a_cell_too_many_is_in_doubt() -> None:
    three = FORM.blocks[THREE]
    assert isinstance(three, tuple)
    cells = [c for c in three if c[0] != ROW["repeat"] or c[1] < 3]
    cells += [(ROW["repeat"], 3 + i, 1, 1, text) for i, text in enumerate(("", "5", "0", "0", "0", "0", "0", ""))]
    reading = read_bytes(as_html((*FORM.blocks[:THREE], tuple(sorted(cells)), *FORM.blocks[THREE + 1 :])))
    row = [c for k, c in reading.cells.items() if k.startswith("t3.repeat.")]
    assert {c.meaning for c in row} == {Meaning.UNREADABLE}
    assert [f.cell for f in reading.findings if f.code == "t3.row.width"] == ["t3.repeat.total"]
