"""From value tokens to cell readings, with the finding that a doubt needs."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from storage.catalogue import CELLS, CHANGE, GROUPS, OTHER_ALL_ROW, T3_ROWS, Meaning
from storage.facts import CellReading, Finding, Level, Place
from storage.reading.align_items import LIKE_ZERO, Token

_T3_TERMS = {t.id: t for t in (*T3_ROWS, OTHER_ALL_ROW)}


def row_name(name: str) -> str:
    """A row of table three as an office worker reads it: 表三“（三）不予公开·1.属于国家秘密”."""
    term = _T3_TERMS[name]
    group = GROUPS[term.group].label + "·" if term.group else ""
    return f"表三“{group}{term.label}”"


def lost(cell_id: str, raw: str | None, place: Place | None) -> CellReading:
    """A cell that could not be read."""
    return CellReading(cell_id, Meaning.UNREADABLE, raw=raw, place=place)


def blank_or_number(cell_id: str, token: Token, findings: list[Finding]) -> CellReading:
    """Read one placed token; unreadable if neither number nor blank, in a wrong unit, or negative.

    Only 本年增/减 can be less than nothing.
    """
    if token.blank:
        return CellReading(cell_id, Meaning.BLANK, raw=token.raw, place=token.place)
    number = in_unit(token, CELLS[cell_id].unit)
    name = CELLS[cell_id].place
    if number is not None and (number >= 0 or cell_id.endswith(f".{CHANGE.id}")):
        if unicodedata.normalize("NFKC", token.raw) in LIKE_ZERO:
            text = f"{name}一格写的是“{token.raw}”，按0读取，请对照原文核对。"
            findings.append(Finding(Level.WARNING, f"{cell_id[:2]}.cell.letter", text, cell_id, token.place))
        return CellReading(cell_id, Meaning.NUMBER, number, token.raw, token.place)
    text = f"{name}一格写的是“{token.raw}”，不能确定是什么数，请对照原文填写。"
    findings.append(Finding(Level.ERROR, f"{cell_id[:2]}.cell.unreadable", text, cell_id, token.place))
    return lost(cell_id, token.raw, token.place)


def in_unit(token: Token, unit: str) -> Decimal | None:
    """The token's number in the cell's own unit, `None` if the cell prints a unit that does not fit."""
    if token.number is None or not token.unit:
        return token.number
    yuan = token.in_yuan()
    if unit in ("元", "万元"):
        return None if yuan is None else yuan / (10_000 if unit == "万元" else 1)
    return token.number if yuan is None else None
