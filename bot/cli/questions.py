"""`gongkai misses` and `gongkai people`: what was not answered and what to do about it; one person's data."""

from __future__ import annotations

from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.accounts import keys_of_person
from bot.app import state_of
from bot.cli import app, common
from bot.qa.normalise import normalise
from bot.settings import BotSettings
from storage.clock import SystemClock
from storage.errors import NotFound
from storage.models.questions import RulingKind
from storage.questions import people
from storage.questions.misses import MissGroup, list_misses
from storage.questions.rulings import Phrase, fold, list_rulings, reopen, rule
from storage.reports.agencies import find_agency
from storage.secrets import secret_for

misses = typer.Typer(help="Questions that were asked back or refused, and what to do about them.", no_args_is_help=True)
app.add_typer(misses, name="misses")
persons = typer.Typer(help="One person's data: export and deletion; deletion by age.", no_args_is_help=True)
app.add_typer(persons, name="people")

Agency = Annotated[
    str | None, typer.Option("--agency", help="Full name of the agency; may be left out where there is one only.")
]
Question = Annotated[str, typer.Argument(help="The way of asking.")]
Similar = Annotated[bool, typer.Option("--similar", help="Also decide about its near-duplicates.")]

KINDS = {RulingKind.ALIAS: "等同于", RulingKind.ANSWER: "答复", RulingKind.DISMISSED: "不属于受理范围"}
SHOWN = 50


@misses.command("list")
def list_(
    agency: Agency = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Only the last so many days.")] = None,
    decided: Annotated[bool, typer.Option("--decided", help="List what was decided.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List what was asked back or refused, most asked first, near-duplicates together."""
    common.run(_decided(agency, as_json) if decided else _list(agency, days, as_json))


async def _list(agency: str | None, days: int | None, as_json: bool) -> None:
    since = None if days is None else SystemClock().now() - timedelta(days=days)
    settings = common.load_settings()
    async with common.open_database(settings) as database, database.read() as session:
        found = await find_agency(session, agency or settings.agency)
        groups = await list_misses(session, found.id or 0, since=since)
    if as_json:
        common.print_json([_values(g) for g in groups])
        return
    if not groups:
        typer.echo("没有待处理的问题。")
        return
    table = Table("次数", "人数", "最近", "问法", "近似问法")
    for g in groups[:SHOWN]:
        others = "；".join(m.text for m in g.misses[1:4]) + ("……" if len(g.misses) > 4 else "")
        first = g.misses[0]
        table.add_row(
            str(g.count), str(first.people), f"{g.latest.astimezone():%m-%d}", escape(first.text), escape(others)
        )
    common.screen.print(table)
    if len(groups) > SHOWN:
        typer.echo(f"另有{len(groups) - SHOWN}组，见 --json。")


def _values(group: MissGroup) -> dict[str, Any]:
    fields = ("text", "key", "kind", "topic", "count", "people", "latest")
    return {
        "count": group.count,
        "latest": group.latest,
        "misses": [{f: getattr(m, f) for f in fields} for m in group.misses],
    }


async def _decided(agency: str | None, as_json: bool) -> None:
    settings = common.load_settings()
    async with common.open_database(settings) as database, database.read() as session:
        found = await find_agency(session, agency or settings.agency)
        rulings = await list_rulings(session, found.id or 0)
    if as_json:
        common.print_json([r.model_dump(exclude={"id", "agency_id"}) for r in rulings])
        return
    table = Table("问法", "处理", "内容", "日期")
    for r in rulings:
        table.add_row(
            escape(r.phrase), KINDS[RulingKind(r.kind)], escape(r.content), f"{r.decided_at.astimezone():%Y-%m-%d}"
        )
    common.screen.print(table)


@misses.command("alias")
def alias(
    question: Question,
    means: Annotated[str, typer.Argument(help="The question that it means.")],
    similar: Similar = False,
    agency: Agency = None,
) -> None:
    """Let a way of asking mean another question."""
    common.run(_rule(question, RulingKind.ALIAS, means, similar, agency))


@misses.command("answer")
def answer(
    question: Question,
    text: Annotated[str, typer.Argument(help="The reviewed answer.")],
    similar: Similar = False,
    agency: Agency = None,
) -> None:
    """Attach a reviewed answer to a way of asking."""
    common.run(_rule(question, RulingKind.ANSWER, text, similar, agency))


@misses.command("dismiss")
def dismiss(question: Question, similar: Similar = False, agency: Agency = None) -> None:
    """Mark a way of asking as out of scope."""
    common.run(_rule(question, RulingKind.DISMISSED, "", similar, agency))


async def _rule(question: str, kind: RulingKind, content: str, similar: bool, agency: str | None) -> None:
    settings = common.load_settings()
    async with common.open_database(settings) as database, database.write() as session:
        found = await find_agency(session, agency or settings.agency)
        phrases = [Phrase(question, key_of(question))]
        if similar:
            groups = await list_misses(session, found.id or 0)
            home = next((g for g in groups if any(m.key == phrases[0].key for m in g.misses)), None)
            if home is None:
                raise NotFound(f"待处理的问题里没有“{question}”。")
            phrases = home.phrases
        await rule(session, found.id or 0, phrases, kind, content=content, actor=common.ACTOR, now=SystemClock().now())
    typer.echo(f"已处理{len(phrases)}种问法，两秒内生效。")


@misses.command("reopen")
def reopen_(question: Question, agency: Agency = None) -> None:
    """Take back what was decided about a way of asking."""
    common.run(_reopen(question, agency))


async def _reopen(question: str, agency: str | None) -> None:
    settings = common.load_settings()
    async with common.open_database(settings) as database, database.write() as session:
        found = await find_agency(session, agency or settings.agency)
        await reopen(session, found.id or 0, [Phrase(question, key_of(question))], actor=common.ACTOR)
    typer.echo("已撤回，两秒内生效。")


def key_of(question: str) -> str:
    """The key under which a question as typed is logged."""
    return fold(normalise(question))


Person = Annotated[str, typer.Argument(help="The person's openid.")]


@persons.command("export")
def export(
    openid: Person,
    output: Annotated[Path | None, typer.Option("--output", help="File to write; printed where left out.")] = None,
) -> None:
    """Export everything that is stored of one person, as JSON: questions, what they said to staff, replies."""
    common.run(_export(openid, output))


async def _export(openid: str, output: Path | None) -> None:
    settings = common.load_settings()
    keys = keys_of_person(settings, secret_for(settings, "people"), openid)
    async with common.open_database(settings) as database, database.read() as session:
        found = [row for key in keys.values() for row in await people.export(session, key)]
    common.print_json(found, output)


@persons.command("forget")
def forget(openid: Person) -> None:
    """Delete everything that is stored of one person: questions, conversations, replies, what may be sent to them."""
    common.run(_forget(openid))


async def _forget(openid: str) -> None:
    settings = common.load_settings()
    persons = keys_of_person(settings, secret_for(settings, "people"), openid).values()
    async with common.open_database(settings) as database, aclosing(state_of(settings)) as state:
        async with database.write() as session:
            count = sum([await people.forget(session, person) for person in persons])
        for person in persons:
            await state.forget(person)
    typer.echo(f"已删除{count}条记录。")


@persons.command("purge")
def purge(
    days: Annotated[
        int | None, typer.Option("--days", min=1, help="How many days are kept; what the settings say where left out.")
    ] = None,
) -> None:
    """Delete everybody's questions, conversations and replies that are older than so many days."""
    settings = common.load_settings()
    common.run(_purge(settings, days or settings.question_days))


async def _purge(settings: BotSettings, days: int) -> None:
    async with common.open_database(settings) as database:
        count = await people.purge_all(database, SystemClock().now() - timedelta(days=days))
    typer.echo(f"已删除{count}条早于{days}天的记录。")
