"""The statutory annual-report format as data (政府信息公开工作年度报告格式).

Everything that knows a table, a row, a column or a sum reads it from here: the importer, the cross-checks,
question understanding, pages and documents. Adding an indicator or a synonym touches one module here.

Editions:
    * 2021: 国办公开办函〔2021〕30号, reports of 2021 and later.
    * 2019: 国办公开办函〔2019〕60号, reports of 2019 and 2020. Its table two counts other things; tables three and
      four carry the same labels except (六)其他处理, which is one row without sub-items.

Cell ids are public (`t3.new.total`): JSON, CSV and permalinks use them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from storage.catalogue import table_four, table_three, table_two
from storage.catalogue.cell import TABLE_NAMES, Cell
from storage.catalogue.groups import GROUPS
from storage.catalogue.narrative import INDICATORS, SECTIONS, TEXTS
from storage.catalogue.table_four import CASES, DECIDED_WORDS, REMEDIES, RESULTS, SUITS
from storage.catalogue.table_three import (
    APPLICANTS,
    CARRIED_IN,
    CARRIED_OUT,
    COLUMNS,
    DONE,
    NEW,
    ORGANISATION_WORDS,
    ORGANISATIONS,
    OTHER_ALL_ROW,
    OUTCOMES,
    ROWS_OF,
    T3_ROWS,
    TOTAL,
)
from storage.catalogue.table_two import (
    AMOUNT,
    CHANGE,
    COERCION,
    CREATED,
    DECISIONS,
    DECISIONS_2019,
    FEE,
    HELD,
    ITEMS,
    LICENCE,
    MADE,
    NORMATIVE,
    OPENED,
    PENALTY,
    PROCUREMENT,
    PURCHASE_SUM,
    PURCHASES,
    REPEALED,
    RULES,
    SERVICES,
    VALID,
)
from storage.catalogue.terms import Edition, Meaning, Sum, Term

CELLS: Mapping[str, Cell] = MappingProxyType(
    {c.id: c for c in (*table_two.cells(), *table_three.cells(), *table_four.cells())}
)
"""Every cell of every edition, in the order of the form."""


def cells_of(edition: Edition) -> tuple[str, ...]:
    """Ids of the cells that the form of `edition` prints, in order; the one-row (六)其他处理 only for 2019."""
    return tuple(
        c.id
        for c in CELLS.values()
        if edition in c.editions and not (edition is Edition.E2021 and c.row is OTHER_ALL_ROW)
    )


@lru_cache(maxsize=2)
def sums(*, single_other_row: bool) -> tuple[Sum, ...]:
    """The cross-checks (勾稽关系) of tables three and four.

    Args:
        single_other_row: (六)其他处理 stands as one row (`t3.other_all.*`) and not as three.
    """
    outcomes = [t.id for t in OUTCOMES if not (single_other_row and t.group == "other_all")]
    if single_other_row:
        outcomes.append(OTHER_ALL_ROW.id)
    rows = [NEW.id, CARRIED_IN.id, *outcomes, DONE.id, CARRIED_OUT.id]
    found = [
        Sum("T3-1", (f"t3.new.{c.id}", f"t3.carried_in.{c.id}"), (f"t3.done.{c.id}", f"t3.carried_out.{c.id}"))
        for c in COLUMNS
    ]
    found += [Sum("T3-2", tuple(f"t3.{r}.{c.id}" for r in outcomes), (f"t3.done.{c.id}",)) for c in COLUMNS]
    found += [Sum("T3-3", tuple(f"t3.{r}.{c.id}" for c in APPLICANTS), (f"t3.{r}.total",)) for r in rows]
    found += [
        Sum("T4-1", tuple(f"t4.{g.id}.{r.id}" for r in RESULTS if r is not TOTAL), (f"t4.{g.id}.total",))
        for g in REMEDIES
    ]
    return tuple(found)


__all__ = [
    "AMOUNT",
    "APPLICANTS",
    "CARRIED_IN",
    "CARRIED_OUT",
    "CASES",
    "CELLS",
    "CHANGE",
    "COERCION",
    "COLUMNS",
    "CREATED",
    "DECIDED_WORDS",
    "DECISIONS",
    "DECISIONS_2019",
    "DONE",
    "FEE",
    "GROUPS",
    "HELD",
    "INDICATORS",
    "ITEMS",
    "LICENCE",
    "MADE",
    "NEW",
    "NORMATIVE",
    "OPENED",
    "ORGANISATIONS",
    "ORGANISATION_WORDS",
    "OTHER_ALL_ROW",
    "OUTCOMES",
    "PENALTY",
    "PROCUREMENT",
    "PURCHASES",
    "PURCHASE_SUM",
    "REMEDIES",
    "REPEALED",
    "RESULTS",
    "ROWS_OF",
    "RULES",
    "SECTIONS",
    "SERVICES",
    "SUITS",
    "T3_ROWS",
    "TABLE_NAMES",
    "TEXTS",
    "TOTAL",
    "VALID",
    "Cell",
    "Edition",
    "Meaning",
    "Sum",
    "Term",
    "cells_of",
    "sums",
]
