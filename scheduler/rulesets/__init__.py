"""Rule files ready to import: the obligations that bureaus of one kind share, each with its basis."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.sheets import Row

SURE = frozenset({"FULL", "PART", "SEC"})
"""How a rule that is switched on must have been read: the whole text, part of it, or quoted on a public page."""


@dataclass(frozen=True, slots=True)
class Ruleset:
    """A rule file.

    Attributes:
        rows: its obligations as rows of an import.
        per_item: what arises item by item and is entered when it does.
    """

    rows: list[Row]
    per_item: list[dict[str, str]]


def names() -> list[str]:
    """The rule files there are."""
    return sorted(p.stem for p in Path(__file__).parent.glob("*.toml"))


def load(name: str) -> Ruleset:
    """One rule file.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    read: dict[str, Any] = tomllib.loads((Path(__file__).parent / f"{name}.toml").read_text(encoding="utf-8"))
    rows = [
        Row(number, {k: v for k, v in entry.items() if k != "可信度"})
        for number, entry in enumerate(read["obligation"], 1)
    ]
    return Ruleset(rows, read["per_item"])
