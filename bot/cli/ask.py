"""`gongkai ask`: a question at the command line, or a whole file of conversations, through the pipeline of the chat."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import aiohttp
import typer
from rich.table import Table

from bot.cli import app, common
from bot.contacts import contacts_of
from bot.handlers import wants_human, where_people_are
from bot.interpreter import interpreter_of
from bot.qa.explain import explain
from bot.qa.pipeline import Context, Pipeline
from bot.qa.query import Query
from bot.qa.replies import UNCLEAR
from bot.qa.turn import available
from bot.qa.types import Kind, Reply
from bot.settings import BotSettings
from storage.clock import SystemClock
from storage.facts import AgencyFacts
from storage.publishing.public import PublicLedger, split_columns
from storage.snapshot import Snapshots

Day = Annotated[str | None, typer.Option("--today", metavar="YYYY-MM-DD", help="提问的日子；不写为今天。")]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file of conversations."""

    session: str
    question: str
    today: date


@app.command("ask")
def ask(
    question: Annotated[str | None, typer.Argument(help="要问的话。")] = None,
    today: Day = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出。")] = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="从标准输入逐行读 {session, q, today}，逐行回答。")] = False,
    show: Annotated[bool, typer.Option("--explain", help="说明是怎样理解的。")] = False,
    agency: Annotated[str | None, typer.Option("--agency", help="机关全称；库里只有一个机关时可不写。")] = None,
) -> None:
    """Ask a question about the published reports or the rules of disclosure."""
    if (question is None) == (not jsonl):
        common.fail("请写要问的话，或者用 --jsonl 从标准输入读。", 2)
    day = _day(today)
    settings = common.load_settings()
    facts, ledger = common.run(_facts(settings, agency))
    pipeline = Pipeline(contacts_of(settings), ledger)
    if jsonl:
        _answer_lines(settings, pipeline, facts, day)
    elif question is not None:
        reply, _ = _respond(settings, pipeline, question, facts, None, day)
        _print(question, reply, as_json=as_json)
        if show:
            _explain(question, facts, day)


def _human(question: str, settings: BotSettings) -> Reply | None:
    """转人工 as the account answers it."""
    if not wants_human(question):
        return None
    return Reply(Kind.GUIDE, where_people_are(contacts_of(settings)), topic="guide.human")


async def _facts(settings: BotSettings, agency: str | None) -> tuple[AgencyFacts, PublicLedger]:
    async with common.open_database(settings) as database:
        ledger = PublicLedger(database, split_columns(settings.public_columns))
        await ledger.refresh()
        return await Snapshots(database).load(agency or settings.agency), ledger


def _day(text: str | None) -> date:
    if text is None:
        return SystemClock().today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        common.fail(f"日期“{text}”不是 YYYY-MM-DD 的样子。", 2)


def _respond(
    settings: BotSettings, pipeline: Pipeline, question: str, facts: AgencyFacts, context: Context | None, day: date
) -> tuple[Reply, Context]:
    """As the chat answers: with the help of a language model where one is set and nothing was understood."""
    human = _human(question, settings)
    if human is not None:
        return human, context or Context()
    reply, after = pipeline.respond(question, facts, context, day)
    proposed = common.run(_propose(settings, question, facts, day)) if reply.topic == UNCLEAR else None
    return (reply, after) if proposed is None else pipeline.respond_to(proposed, facts, context, day)


async def _propose(settings: BotSettings, question: str, facts: AgencyFacts, day: date) -> Query | None:
    async with aiohttp.ClientSession() as session:
        interpreter = interpreter_of(settings, session)
        return None if interpreter is None else await interpreter.propose(question, available(facts, day), day)


def _answer_lines(settings: BotSettings, pipeline: Pipeline, facts: AgencyFacts, day: date) -> None:
    conversations: dict[str, Context] = {}
    for line in _lines(day):
        context = conversations.get(line.session)
        reply, after = _respond(settings, pipeline, line.question, facts, context, line.today)
        if line.session:
            conversations[line.session] = after
        sys.stdout.write(json.dumps(plain(line.question, reply), ensure_ascii=False) + "\n")
        sys.stdout.flush()


def _lines(day: date) -> Iterator[Line]:
    for number, text in enumerate(sys.stdin, 1):
        if not text.strip():
            continue
        try:
            entry = json.loads(text)
            today = date.fromisoformat(entry["today"]) if entry.get("today") else day
            yield Line(str(entry.get("session", "")), str(entry["q"]), today)
        except (ValueError, KeyError, TypeError, AttributeError):
            common.fail(f'第{number}行不是 {{"session", "q", "today"}} 的 JSON。', 2)


def plain(question: str, reply: Reply) -> dict[str, Any]:
    """A reply as JSON says it."""
    figures = [
        {
            "value": common.number(f.value),
            "unit": f.unit,
            "agency": f.agency,
            "year": f.year,
            "cell": f.cell,
            "source": f.source,
        }
        for f in reply.figures
    ]
    return {
        "q": question,
        "kind": reply.kind.value,
        "text": reply.text,
        "figures": figures,
        "suggestions": list(reply.suggestions),
    }


def _print(question: str, reply: Reply, *, as_json: bool) -> None:
    if as_json:
        common.print_json(plain(question, reply))
        return
    typer.echo(reply.text)
    for suggestion in reply.suggestions:
        typer.echo(f"  › {suggestion}")


def _explain(question: str, facts: AgencyFacts, day: date) -> None:
    found = explain(question, facts, None, day)
    words = Table("词", "意思", title="怎样理解的", title_justify="left")
    for word, meaning in found.words:
        words.add_row(word, meaning)
    common.notes.print(words)
    for name, value in found.lines:
        common.notes.print(f"{name}：{value}", highlight=False, markup=False)
