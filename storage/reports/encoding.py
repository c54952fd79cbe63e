"""Findings, places and readings as the plain values that are stored in JSON columns and printed by `--json`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from storage.facts import CellReading, Figure, Finding, Level, Place, Reading


def place_values(place: Place | None) -> dict[str, int] | None:
    """A place without what does not apply; `None` where nothing is known."""
    return None if place is None else {k: v for k, v in asdict(place).items() if v is not None} or None


def place_from(values: Mapping[str, int] | None) -> Place | None:
    """The place that `place_values` made these from."""
    return None if values is None else Place(**values)


def finding_values(finding: Finding) -> dict[str, Any]:
    """A finding as `gongkai check --json` prints it, with its place."""
    return {
        "level": finding.level.value,
        "code": finding.code,
        "cell": finding.cell,
        "message": finding.message,
        "place": place_values(finding.place),
    }


def finding_from(values: Mapping[str, Any]) -> Finding:
    """The finding that `finding_values` made these from."""
    return Finding(
        Level(values["level"]), values["code"], values["message"], values["cell"], place_from(values.get("place"))
    )


def cell_values(cell: CellReading) -> dict[str, Any]:
    """A cell as a row of `report_cell`, without its version."""
    return {
        "cell": cell.id,
        "meaning": cell.meaning.value,
        "value": cell.value,
        "raw": cell.raw,
        "place": place_values(cell.place),
    }


def figure_values(position: int, figure: Figure) -> dict[str, Any]:
    """A narrative figure as a row of `report_figure`, without its version."""
    values = asdict(figure)
    values["indicator"] = values.pop("id")
    return values | {"position": position}


def reading_hash(reading: Reading) -> str:
    """SHA-256 over everything that was read, so that the same file read the same way is recognised."""
    content = {
        "edition": reading.edition.value,
        "title": reading.title,
        "cells": [cell_values(reading.cells[i]) for i in sorted(reading.cells)],
        "figures": [figure_values(n, f) for n, f in enumerate(reading.figures)],
        "texts": dict(sorted(reading.texts.items())),
        "findings": [finding_values(f) for f in reading.findings],
    }
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
