"""`gongkai export`: stored reports as JSON or CSV, and the file that a version was read from."""

from __future__ import annotations

import asyncio
import csv
import io
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli import app, common
from storage.catalogue import CELLS, INDICATORS
from storage.errors import NotFound
from storage.facts import ReportFacts
from storage.reports.loading import load_reports
from storage.reports.versions import VersionRow, cells_of_version, list_versions, source_file


class Format(StrEnum):
    """What an export looks like."""

    JSON = "json"
    CSV = "csv"
    FILE = "file"


COLUMNS = (
    "agency",
    "year",
    "version",
    "cell",
    "place",
    "value",
    "unit",
    "meaning",
    "raw",
    "where",
    "settled_by",
    "reason",
)


@app.command("export")
def export(
    agency: Annotated[str | None, typer.Option("--agency", help="Only this agency.")] = None,
    year: Annotated[int | None, typer.Option("--year", help="Only this year.")] = None,
    version: Annotated[
        int | None, typer.Option("--version", help="Number of the version; the live one where left out.")
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="json, csv, or file: the very file that was imported.")
    ] = Format.JSON,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; printed where left out.")] = None,
) -> None:
    """Export live reports, or one version: every cell with its evidence, narrative figures and texts."""
    if format_ is Format.FILE and output is None:
        common.fail("导出原文件要用 --output 写明存到哪里。", 2)
    common.run(_export(agency, year, version, format_, output))


async def _export(
    agency: str | None, year: int | None, number: int | None, format_: Format, output: Path | None
) -> None:
    async with common.open_database(common.load_settings()) as database, database.read() as session:
        rows = await list_versions(session, agency=agency, year=year, limit=100_000)
        rows = [r for r in rows if (r.live if number is None else r.number == number)]
        if not rows:
            raise NotFound("没有符合条件的年报。")
        if format_ is Format.FILE and output is not None:
            if len(rows) > 1:
                common.fail("原文件一次只能导出一份，请用 --agency、--year、--version 写明。", 2)
            content = (await source_file(session, rows[0].id)).content
            await asyncio.to_thread(output.write_bytes, content)
            typer.echo(f"已写入 {output}。", err=True)
            return
        facts = await load_reports(session, [r.id for r in rows])
        reports = [(row, facts[row.id], await _cells(session, row, facts[row.id])) for row in rows]
    if format_ is Format.JSON:
        common.print_json([_report(*report) for report in reports], output)
    else:
        common.write_text(_csv([cell for _, _, cells in reports for cell in cells]), output)


async def _cells(session: Any, row: VersionRow, report: ReportFacts) -> list[dict[str, Any]]:
    """A line for each cell in the order of the form, then the narrative figures."""
    stored = await cells_of_version(session, row.id)
    head = {"agency": row.agency, "year": row.year, "version": row.number}
    lines: list[dict[str, Any]] = [
        head
        | {
            "cell": i,
            "place": CELLS[i].place,
            "value": c.value,
            "unit": CELLS[i].unit,
            "meaning": c.meaning.value,
            "raw": c.raw,
            "where": str(c.place) if c.place else None,
            "settled_by": c.settled_by,
            "reason": c.settled_reason,
        }
        for i, c in ((i, stored[i]) for i in CELLS if i in stored)
    ]
    for indicator in INDICATORS:
        fact = report.facts.get(indicator)
        if fact is not None:
            lines.append(
                head
                | {
                    "cell": indicator,
                    "place": fact.label,
                    "value": fact.value,
                    "unit": fact.unit,
                    "meaning": fact.meaning.value,
                    "raw": fact.raw,
                    "where": fact.sentence,
                }
            )
    lines += [
        head
        | {"place": f.label, "value": f.value, "unit": f.unit, "meaning": "number", "raw": f.raw, "where": f.sentence}
        for f in report.other_figures
    ]
    return lines


def _report(row: VersionRow, report: ReportFacts, cells: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "agency": row.agency,
        "year": row.year,
        "version": row.number,
        "live": row.live,
        "format": report.edition.value,
        "title": row.title,
        "source_url": row.source_url,
        "file": row.file_name,
        "file_sha256": row.file_sha256,
        "cells": [{k: v for k, v in c.items() if k not in ("agency", "year", "version")} for c in cells],
        "texts": dict(report.texts),
    }


def _csv(lines: list[dict[str, Any]]) -> str:
    """CSV with a byte-order mark for spreadsheet programs; no text in it acts as a formula."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({k: _harmless(v) for k, v in line.items()})
    return "\ufeff" + text.getvalue().rstrip("\n")


def _harmless(value: Any) -> Any:
    text = "" if value is None else str(value)
    return f"'{text}" if isinstance(value, str) and text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
