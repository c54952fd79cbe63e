"""A published report as JSON and CSV, and published reports as an Atom feed (RFC 4287)."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from storage.catalogue import CELLS, INDICATORS, Meaning
from storage.facts import ReportFacts
from storage.reports.live import LiveReport
from storage.sheets import write_csv

_HEADER = ("机关", "年度", "编号", "位置", "数值", "单位", "状态", "原文", "链接")
_STATES = {"number": "数字", "blank": "空白", "unreadable": "未认清"}
_ATOM = "http://www.w3.org/2005/Atom"
_ILLEGAL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a passage."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def cells(report: ReportFacts, address: str) -> Iterator[dict[str, Any]]:
    """Every cell of the tables in the order of the form; a blank cell has no value, and is not a zero."""
    for name, known in CELLS.items():
        fact = report.facts.get(name)
        if fact is None or fact.meaning is Meaning.NOT_IN_EDITION:
            continue
        yield {
            "cell": name,
            "place": known.place,
            "meaning": fact.meaning.value,
            "value": fact.value,
            "unit": known.unit,
            "raw": fact.raw,
            "doubtful": name in report.doubtful,
            "url": f"{address}#{name}",
        }


def figures(report: ReportFacts, address: str) -> Iterator[dict[str, Any]]:
    """The figures of the narrative: those that the catalogue knows by their id, then the others."""
    for name in INDICATORS:
        fact = report.facts.get(name)
        if fact is not None:
            yield {
                "cell": name,
                "label": fact.label,
                "value": fact.value,
                "unit": fact.unit,
                "approximate": fact.approximate,
                "sentence": fact.sentence,
                "url": f"{address}#{name}",
            }
    for other in report.other_figures:
        yield {
            "cell": None,
            "label": other.label,
            "value": other.value,
            "unit": other.unit,
            "approximate": other.approximate,
            "sentence": other.sentence,
            "url": address,
        }


def as_json(one: LiveReport, report: ReportFacts, address: str) -> bytes:
    """The report whole, with what it is of and where it comes from."""
    values = {
        "agency": one.agency,
        "year": one.year,
        "title": one.title,
        "format": report.edition.value,
        "version": one.number,
        "published_at": one.live_since,
        "url": address,
        "source_url": one.source_url,
        "source_sha256": one.file_sha256,
        "sample": one.sample,
        "cells": list(cells(report, address)),
        "figures": list(figures(report, address)),
        "texts": dict(report.texts),
    }
    return json.dumps(values, ensure_ascii=False, default=_plain).encode()


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)


def as_csv(one: LiveReport, report: ReportFacts, address: str) -> bytes:
    """Cells and figures, a line each, as spreadsheet programs open it."""
    lines: list[tuple[object, ...]] = [
        (c["cell"], c["place"], c["value"], c["unit"], _STATES.get(c["meaning"], c["meaning"]), c["raw"], c["url"])
        for c in cells(report, address)
    ]
    lines += [
        (f["cell"], f["label"], f["value"], f["unit"], "约数" if f["approximate"] else "数字", f["sentence"], f["url"])
        for f in figures(report, address)
    ]
    return write_csv(_HEADER, [(one.agency, one.year, *line) for line in lines])


def as_atom(found: Sequence[tuple[LiveReport, str]], address: str, title: str) -> bytes:
    """Live versions with their addresses, the latest first; each version is an entry of its own."""
    ET.register_namespace("", _ATOM)
    latest = sorted(found, key=lambda f: f[0].live_since, reverse=True)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    moment = latest[0][0].live_since if latest else datetime(2026, 1, 1, tzinfo=UTC)
    _tell(feed, id=address, title=title, updated=moment.isoformat())
    ET.SubElement(feed, f"{{{_ATOM}}}link", rel="self", href=address)
    for one, link in latest:
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        name = one.title or f"{one.agency}{one.year}年政府信息公开工作年度报告"
        since = one.live_since.isoformat()
        _tell(entry, id=f"{link}#v{one.number}", title=name, updated=since, published=since)
        _tell(ET.SubElement(entry, f"{{{_ATOM}}}author"), name=one.agency)
        ET.SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=link)
        again = f"（第{one.number}版）" if one.number > 1 else ""
        _tell(
            entry,
            summary=f"{one.agency}{one.year}年政府信息公开工作年度报告{again}已发布，可查看全部表格、数字和文字。",
        )
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _tell(element: ET.Element, **texts: str) -> None:
    for name, text in texts.items():
        ET.SubElement(element, f"{{{_ATOM}}}{name}").text = _ILLEGAL.sub("", text)
