"""A version's cells laid out as the statutory form prints them, with every doubt marked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from bot.web.statutory import plain as plain
from storage.catalogue import CELLS, COLUMNS, GROUPS, RESULTS, SECTIONS, Cell, Meaning, Term
from storage.facts import Finding
from storage.reports.versions import StoredCell

_SECTION = {"t2": 2, "t3": 3, "t4": 4}


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell as the page shows it. `state`: number, blank, unreadable or absent; `doubt`: a finding names it."""

    id: str
    row: str
    text: str
    state: str
    doubt: bool
    settled: bool
    hint: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its id for links, its labels, its cells."""

    id: str
    group: str
    label: str
    cells: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of the form."""

    id: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def row_of(cell: str) -> str:
    """The row that a cell is settled with: the whole row in tables three and four, the cell itself in table two."""
    known = CELLS.get(cell)
    return cell if known is None or known.table == "t2" else f"{known.table}.{known.row.id}"


def cells_of_row(row: str, cells: Mapping[str, StoredCell]) -> list[StoredCell]:
    """The stored cells of a row, in the order of the form."""
    return [cells[i] for i in CELLS if i in cells and row_of(i) == row]


def row_label(row: str) -> str:
    """表三·不予公开·属于国家秘密 for `t3.secret`."""
    known = next((c for i, c in CELLS.items() if row_of(i) == row), None)
    if known is None:
        return row
    return known.place if known.table == "t2" else known.place.rsplit("·", 1)[0]


def say(meaning: Meaning, value: Decimal | None) -> str:
    """What a cell says, in words where it holds no number."""
    if meaning is Meaning.NUMBER and value is not None:
        return plain(value)
    return {Meaning.BLANK: "空白", Meaning.UNREADABLE: "认不清"}.get(meaning, "—")


@dataclass(frozen=True, slots=True)
class RowInDoubt:
    """A row with cells that nobody has settled and that are unreadable or named by a finding."""

    id: str
    label: str
    cells: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many cells."""
        return len(self.cells)


def rows_in_doubt(cells: Mapping[str, StoredCell], findings: Collection[Finding]) -> list[RowInDoubt]:
    """The rows that are still in doubt, in the order of the form, each with its doubtful cells."""
    named = {f.cell for f in findings if f.cell}
    rows: dict[str, list[StoredCell]] = {}
    for i in CELLS:
        cell = cells.get(i)
        if cell is not None and cell.settled_by is None and (cell.meaning is Meaning.UNREADABLE or i in named):
            rows.setdefault(row_of(i), []).append(cell)
    return [RowInDoubt(row, row_label(row), tuple(c.id for c in found)) for row, found in rows.items()]


def grids(cells: Mapping[str, StoredCell], findings: Collection[Finding]) -> list[Grid]:
    """The three tables of the form, as far as the version has them."""
    doubtful = {f.cell for f in findings if f.cell}
    found = [
        Grid("t2", _title("t2"), ("内容", "数量", "单位"), _list_rows(cells, doubtful)),
        Grid("t3", _title("t3"), tuple(c.short for c in COLUMNS), _rows("t3", COLUMNS, cells, doubtful)),
        Grid("t4", _title("t4"), tuple(r.short for r in RESULTS), _rows("t4", RESULTS, cells, doubtful)),
    ]
    return [grid for grid in found if grid.rows]


def _title(table: str) -> str:
    number = _SECTION[table]
    return f"第{'一二三四五六'[number - 1]}部分 {SECTIONS[number]}"


def _list_rows(cells: Mapping[str, StoredCell], doubtful: set[str]) -> tuple[Row, ...]:
    return tuple(
        Row(i, c.row.label, _with_unit(c), (_shown(cells[i], doubtful),))
        for i, c in CELLS.items()
        if c.table == "t2" and i in cells
    )


def _with_unit(cell: Cell) -> str:
    label = cell.column.label if cell.column else ""
    return label if cell.unit in label else f"{label}（{cell.unit}）"


def _rows(
    table: str, columns: tuple[Term, ...], cells: Mapping[str, StoredCell], doubtful: set[str]
) -> tuple[Row, ...]:
    terms: dict[str, Cell] = {c.row.id: c for i, c in CELLS.items() if c.table == table and i in cells}
    return tuple(
        Row(
            f"{table}.{term}",
            GROUPS[first.row.group].label if first.row.group else "",
            first.row.label,
            tuple(
                _shown(cells[i], doubtful) if (i := f"{table}.{term}.{column.id}") in cells else _absent(i)
                for column in columns
            ),
        )
        for term, first in terms.items()
    )


def _shown(cell: StoredCell, doubtful: set[str]) -> Shown:
    parts = [f"原文：{cell.raw}" if cell.raw else "原文没有内容", str(cell.place) if cell.place else ""]
    if cell.settled_by:
        parts.append(f"已核定：{cell.settled_reason or '照原样'}")
    return Shown(
        id=cell.id,
        row=row_of(cell.id),
        text=say(cell.meaning, cell.value),
        state=cell.meaning.value,
        doubt=cell.meaning is Meaning.UNREADABLE or cell.id in doubtful,
        settled=cell.settled_by is not None,
        hint="；".join(p for p in parts if p),
    )


def _absent(cell: str) -> Shown:
    return Shown(cell, row_of(cell), "—", "absent", doubt=False, settled=False, hint="这一版没有这一格")
