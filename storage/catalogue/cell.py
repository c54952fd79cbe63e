"""A cell of the form and where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from storage.catalogue.groups import GROUPS
from storage.catalogue.terms import Edition, Term

TABLE_NAMES: Mapping[str, str] = MappingProxyType({"t2": "表二", "t3": "表三", "t4": "表四"})


@dataclass(frozen=True, slots=True)
class Cell:
    """One numeric cell of the form: its id, the path of labels that leads to it and the unit of its number."""

    id: str
    table: str
    row: Term
    column: Term | None
    unit: str
    editions: frozenset[Edition]

    @property
    def place(self) -> str:
        """Where the cell stands, as a citizen reads it: 表三·本年新收·总计."""
        parts = [TABLE_NAMES[self.table]]
        if self.row.group:
            parts.append(GROUPS[self.row.group].short)
        parts.append(self.row.short)
        if self.column is not None:
            parts.append(self.column.short)
        return "·".join(parts)
