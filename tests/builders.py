"""Readings and stored reports with good defaults, for tests of any room."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from storage import catalogue
from storage.catalogue import Edition, Meaning, cells_of
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import CellReading, Figure, Finding, Reading
from storage.reports.drafts import Draft, Upload, store_draft
from storage.reports.publish import live_version, publish

AGENCY = "云岭县人力资源和社会保障局"
MAX_BYTES = 50 * 2**20


def make_reading(
    year: int | None = 2023,
    *,
    agency: str | None = AGENCY,
    cells: Mapping[str, int | str | None] | None = None,
    edition: Edition = Edition.E2021,
    figures: tuple[Figure, ...] = (),
    texts: Mapping[str, str] | None = None,
    findings: tuple[Finding, ...] = (),
) -> Reading:
    """A reading whose cells are zero but for `cells`: a number, `None` for blank, other text for unreadable."""
    read = {i: CellReading(i, Meaning.NUMBER, Decimal(0), "0") for i in cells_of(edition)}
    for cell, value in (cells or {}).items():
        if value is None:
            read[cell] = CellReading(cell, Meaning.BLANK, raw="")
        elif isinstance(value, int):
            read[cell] = CellReading(cell, Meaning.NUMBER, Decimal(value), str(value))
        else:
            read[cell] = CellReading(cell, Meaning.UNREADABLE, raw=value)
    return Reading(agency, year, edition, read, figures, dict(texts or {}), findings, f"{agency}{year}年年度报告")


def figure(indicator: str | None, value: int, label: str = "微信公众号发布信息", unit: str = "条") -> Figure:
    """A narrative figure in a sentence of its own."""
    return Figure(indicator, label, Decimal(value), unit, f"{label}{value}{unit}。", raw=str(value))


async def add_draft(
    database: Database, clock: FixedClock, reading: Reading | None = None, *, content: bytes | None = None
) -> Draft:
    """Store a reading as a draft; each reading counts as a file of its own unless `content` is given."""
    reading = reading or make_reading()
    upload = Upload(content or repr(reading).encode(), "report.html")
    async with database.write() as session:
        return await store_draft(session, reading, upload, actor="tester", now=clock.now(), max_bytes=MAX_BYTES)


async def add_live(database: Database, clock: FixedClock, reading: Reading | None = None) -> Draft:
    """Store a reading and take it live, whatever was live before."""
    draft = await add_draft(database, clock, reading)
    async with database.write() as session:
        expected = await live_version(session, draft.report_id)
        await publish(session, draft.version_id, expected=expected, actor="tester", now=clock.now())
    return draft


def report_html(year: int = 2023, *, agency: str = AGENCY, cells: Mapping[str, int | str] | None = None) -> str:
    """A report as a web page in the form of 2021: every cell 0 but for `cells`."""

    def cell(name: str) -> str:
        return f"<td>{(cells or {}).get(name, 0)}</td>"

    def row(*parts: str) -> str:
        return f"<tr>{''.join(parts)}</tr>"

    def label(*texts: str) -> str:
        return "".join(f"<td>{t}</td>" for t in texts)

    two = [row(label("信息内容", "本年制发件数", "本年废止件数", "现行有效件数"))]
    two += [
        row(label(t.label), *(cell(f"t2.{t.id}.{c}") for c in ("made", "repealed", "valid")))
        for t in (catalogue.RULES, catalogue.NORMATIVE)
    ]
    for article, terms in (
        ("第二十条第（五）项", (catalogue.LICENCE,)),
        ("第二十条第（六）项", (catalogue.PENALTY, catalogue.COERCION)),
    ):
        two += [row(label(article)), row(label("信息内容", "本年处理决定数量"))]
        two += [row(label(t.label), cell(f"t2.{t.id}")) for t in terms]
    two += [row(label("第二十条第（八）项")), row(label("信息内容", "本年收费金额（单位：万元）"))]
    two.append(row(label(catalogue.FEE.label), cell("t2.fee")))
    three = [row(label("申请人情况", *(c.label for c in catalogue.COLUMNS)))]
    three += [row(label(t.label), *(cell(f"t3.{t.id}.{c.id}") for c in catalogue.COLUMNS)) for t in catalogue.T3_ROWS]
    four = [
        row(*(f'<td colspan="5">{t}</td>' for t in ("行政复议", "未经复议直接起诉", "复议后起诉"))),
        row(label(*[r.label for r in catalogue.RESULTS] * 3)),
        row(*(cell(f"t4.{g.id}.{r.id}") for g in catalogue.REMEDIES for r in catalogue.RESULTS)),
    ]
    titles = [f"{'一二三四五六'[n - 1]}、{title}" for n, title in catalogue.SECTIONS.items()]
    parts = [f"<p>{year}年照章公开信息。</p>", *(f"<table>{''.join(t)}</table>" for t in (two, three, four))]
    parts += ["<p>一是更新有时不及时。</p>", "<p>没有其他事项。</p>"]
    body = "".join(f"<h2>{t}</h2>{p}" for t, p in zip(titles, parts, strict=True))
    title = f"{agency}{year}年政府信息公开工作年度报告"
    return f"<html><head><meta charset='utf-8'><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
