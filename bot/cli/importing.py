"""`gongkai import`: report files and addresses to draft versions, with the plan of what publishing them changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.progress import Progress

from bot.cli import app, common
from bot.cli.check import LEVELS, load_source
from bot.cli.errors import sentence
from bot.qa.pipeline import Pipeline
from bot.qa.types import Reply
from bot.settings import BotSettings
from storage.catalogue import Meaning
from storage.clock import SystemClock
from storage.database import Database
from storage.errors import StorageError
from storage.facts import AgencyFacts, Fact, Level, Reading
from storage.questions.changes import AnswerChanges, known_questions, preview
from storage.reading.reader import read_report
from storage.reports.drafts import Draft, Upload, complete, store_draft
from storage.reports.encoding import finding_values
from storage.reports.plan import CellChange, Plan, make_plan
from storage.reports.publish import publish
from storage.snapshot import Snapshots

_AHEAD = 4
"""Files that are fetched and read while earlier ones are stored."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for beside the files."""

    agency: str | None
    usual_agency: str | None
    """Of the settings; for files that name none."""
    year: int | None
    publish: bool
    accept: tuple[str, ...]
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file; `error` says in a sentence why it was not stored or not published."""

    source: str
    reading: Reading | None = None
    draft: Draft | None = None
    plan: Plan | None = None
    answers: AnswerChanges | None = None
    published: bool = False
    error: str | None = None


@app.command("import")
def import_reports(
    sources: Annotated[list[str], typer.Argument(metavar="FILE|URL...", help="Report files or addresses.")],
    agency: Annotated[
        str | None, typer.Option("--agency", help="Full name of the agency; what the file says where left out.")
    ] = None,
    year: Annotated[int | None, typer.Option("--year", help="Year; what the file says where left out.")] = None,
    publish_: Annotated[bool, typer.Option("--publish", help="Take it live at once.")] = False,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Code of an error to take responsibility for; may be repeated.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON, one item a file.")] = False,
) -> None:
    """Store reports as drafts and show what they would change; --publish takes them live at once."""
    if year is not None and len(sources) > 1:
        common.fail("--year 只能用于一个文件；几份年报的年度不会相同。", 2)
    settings = common.load_settings()
    wanted = Wanted(agency, settings.agency, year, publish_, tuple(accept or ()), settings.max_file_mb * 2**20)
    outcomes = common.run(_import(settings, sources, wanted))
    if as_json:
        common.print_json([_values(o) for o in outcomes])
    else:
        for outcome in outcomes:
            _show(outcome)
    if any(o.error for o in outcomes):
        raise typer.Exit(1)


async def _import(settings: BotSettings, sources: Sequence[str], wanted: Wanted) -> list[Outcome]:
    outcomes: list[Outcome] = []
    async with common.open_database(settings) as database:
        importer = Importer(database, wanted)
        with Progress(console=common.notes, transient=True, disable=len(sources) < 2) as progress:
            task = progress.add_task("导入", total=len(sources))
            async for source, read in _read_all(sources, wanted.max_bytes):
                if isinstance(read, Exception):
                    outcomes.append(Outcome(source, error=sentence(read)))
                else:
                    outcomes.append(await importer.take(source, *read))
                progress.advance(task)
    return outcomes


async def _read_all(
    sources: Sequence[str], max_bytes: int
) -> AsyncIterator[tuple[str, tuple[Upload, Reading] | Exception]]:
    """Each source with what was read, in order, a few of them read ahead."""
    waiting = deque(sources)
    running: deque[tuple[str, asyncio.Task[tuple[Upload, Reading]]]] = deque()
    while waiting or running:
        while waiting and len(running) < _AHEAD:
            source = waiting.popleft()
            running.append((source, asyncio.create_task(_read(source, max_bytes))))
        source, task = running.popleft()
        try:
            yield source, await task
        except (StorageError, OSError) as error:
            yield source, error


async def _read(source: str, max_bytes: int) -> tuple[Upload, Reading]:
    content, name, url = await load_source(source, max_bytes)
    return Upload(content, name, url), await read_report(content, name, url)


class Importer:
    """Stores what was read, says what it changes, and takes it live where that is wanted."""

    def __init__(self, database: Database, wanted: Wanted) -> None:
        self._database = database
        self._wanted = wanted
        self._snapshots = Snapshots(database)
        self._pipeline = Pipeline()

    async def take(self, source: str, upload: Upload, reading: Reading) -> Outcome:
        """One file from what was read to its outcome; what is wrong with it is said there, not raised."""
        wanted, now = self._wanted, SystemClock().now()
        try:
            agency = wanted.agency or (None if reading.agency else wanted.usual_agency)
            reading = complete(reading, agency=agency, year=wanted.year)
            async with self._database.write() as session:
                draft = await store_draft(
                    session, reading, upload, actor=common.ACTOR, now=now, max_bytes=wanted.max_bytes
                )
        except StorageError as error:
            return Outcome(source, reading, error=str(error))
        async with self._database.read() as session:
            plan = await make_plan(session, draft.version_id)
        if plan.live_id == draft.version_id:
            return Outcome(source, reading, draft, plan, published=True)
        outcome = Outcome(source, reading, draft, plan, await self._answers(draft, reading.agency))
        if not wanted.publish:
            return outcome
        try:
            async with self._database.write() as session:
                await publish(
                    session,
                    draft.version_id,
                    expected=plan.live_id,
                    actor=common.ACTOR,
                    now=now,
                    accept=wanted.accept,
                )
        except StorageError as error:
            return replace(outcome, error=str(error))
        await self._snapshots.refresh()
        return replace(outcome, published=True)

    async def _answers(self, draft: Draft, agency: str | None) -> AnswerChanges | None:
        """What publishing does to known questions; `None` where nobody has asked anything yet."""
        async with self._database.read() as session:
            questions = await known_questions(session, draft.agency_id)
            if not questions:
                return None
            before = await self._snapshots.load(agency)
            return await preview(session, before, draft.version_id, questions, self._answer)

    def _answer(self, question: str, facts: AgencyFacts) -> Reply:
        return self._pipeline.respond(question, facts, None, SystemClock().today())[0]


def _values(outcome: Outcome) -> dict[str, Any]:
    reading, draft, plan = outcome.reading, outcome.draft, outcome.plan
    return {
        "source": outcome.source,
        "agency": reading.agency if reading else None,
        "year": reading.year if reading else None,
        "version": draft.number if draft else None,
        "version_id": draft.version_id if draft else None,
        "created": draft.created if draft else False,
        "published": outcome.published,
        "error": outcome.error,
        "findings": [finding_values(f) for f in (plan.findings if plan else reading.findings if reading else ())],
        "against_live": [_change(c) for c in plan.against_live] if plan else [],
        "texts": list(plan.texts) if plan else [],
        "last_year": plan.last_year if plan else None,
        "against_last_year": [_change(c) for c in plan.against_last_year] if plan else [],
        "answers": asdict(outcome.answers) if outcome.answers else None,
    }


def _change(change: CellChange) -> dict[str, Any]:
    return {
        "cell": change.id,
        "label": change.label,
        "before": None if change.before is None else change.before.value,
        "after": None if change.after is None else change.after.value,
        "before_meaning": None if change.before is None else change.before.meaning.value,
        "after_meaning": None if change.after is None else change.after.meaning.value,
    }


def show(line: str) -> None:
    """One line with marks of colour; the terminal folds it."""
    common.screen.print(line, highlight=False, soft_wrap=True)


def _show(outcome: Outcome) -> None:
    """One file's outcome as an operator reads it: what it is, what is in doubt, what changes."""
    reading, draft, plan = outcome.reading, outcome.draft, outcome.plan
    if reading is not None and draft is not None and plan is not None:
        how = "新建草稿" if draft.created else "与已有版本相同，没有改动"
        show(f"{escape(reading.agency or '')}{reading.year}年年报 第{draft.number}版：{how}")
        counts = {level: sum(f.level is level for f in plan.findings) for level in Level}
        show("  " + "，".join(f"{LEVELS[level]}{count}处" for level, count in counts.items()))
        for finding in sorted(plan.findings, key=lambda f: list(Level).index(f.level))[:_SHOWN]:
            place = f"（{finding.place}）" if finding.place else ""
            show(f"  {LEVELS[finding.level]} {escape(finding.code)} {escape(finding.message)}{place}")
        if len(plan.findings) > _SHOWN:
            show(f"  ……另有{len(plan.findings) - _SHOWN}处，见 --json。")
        _show_changes(f"与在线版本相比，{len(plan.against_live)}处不同", plan.against_live)
        if plan.last_year is not None:
            show(f"  与{plan.last_year}年相比，{len(plan.against_last_year)}处不同（见 --json）")
        if outcome.answers is not None and (outcome.answers.changed or outcome.answers.lost):
            changed, lost = len(outcome.answers.changed), len(outcome.answers.lost)
            show(f"  发布后，{changed}个已知问题的答案会变，{lost}个会失去答案（见 --json）")
        if outcome.published:
            show("  [green]已在线[/]")
        elif outcome.error is None:
            show(f"  上线请运行 gongkai publish {reading.year} {draft.number}")
    if outcome.error is not None:
        typer.echo(f"gongkai: {outcome.source}：{outcome.error}", err=True)


def _show_changes(title: str, changes: Sequence[CellChange]) -> None:
    if not changes:
        return
    show(f"  {title}：")
    for change in changes[:_SHOWN]:
        show(f"    {escape(change.label)}：{said(change.before)} → {said(change.after)}")
    if len(changes) > _SHOWN:
        show(f"    ……另有{len(changes) - _SHOWN}处，见 --json。")


def said(fact: Fact | None) -> str:
    """What a report says in a cell, in a word."""
    if fact is None:
        return "没有"
    if fact.value is not None:
        return escape(f"{fact.value}{fact.unit or ''}")
    return {Meaning.BLANK: "空白", Meaning.UNREADABLE: "读不出"}.get(fact.meaning, "本格式没有")
