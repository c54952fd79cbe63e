"""Misses: near-duplicates together, different questions apart, and what is decided takes effect."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from storage.clock import FixedClock
from storage.database import Database
from storage.errors import NotFound, Refused
from storage.facts import AgencyFacts
from storage.models.questions import RulingKind
from storage.questions.changes import compare_answers, known_questions, with_version
from storage.questions.log import Asked, QuestionLog
from storage.questions.misses import Miss, group, list_misses
from storage.questions.rulings import Phrase, fold, reopen, rule
from storage.snapshot import Snapshots, load_agency
from tests.builders import AGENCY, add_live, make_reading


def miss(key: str, count: int = 1, topic: str = "", kind: str = "none") -> Miss:
    return Miss(key, key, kind, topic, count, 1, datetime(2026, 1, 1, tzinfo=UTC))


def grouped(*misses: Miss) -> list[set[str]]:
    return [{m.key for m in g.misses} for g in group(misses)]


def test_near_duplicates_come_together_under_the_most_frequent() -> None:
    groups = group(
        [
            miss("社保卡在哪里补办", 2),
            miss("社保卡在哪里补办呢", 5),
            miss("请问社保卡在哪补办", 1),
            miss("今天天气怎么样"),
        ]
    )
    assert [[m.key for m in g.misses] for g in groups] == [
        ["社保卡在哪里补办呢", "社保卡在哪里补办", "请问社保卡在哪补办"],
        ["今天天气怎么样"],
    ]
    assert groups[0].count == 8


def test_one_meaning_comes_together_however_it_is_said() -> None:
    assert grouped(miss("我的养老金有多少", topic="out.pension"), miss("退休工资咋还没到", topic="out.pension")) == [
        {"我的养老金有多少", "退休工资咋还没到"}
    ]


def test_another_year_or_another_meaning_is_another_question() -> None:
    assert len(grouped(miss("2017年收到多少件申请"), miss("2018年收到多少件申请"))) == 2
    assert (
        len(
            grouped(miss("企业申请多少件", topic="t3.new.business"), miss("企业申请多少件呢", topic="t3.done.business"))
        )
        == 2
    )
    assert len(grouped(miss("收到多少", topic="none"), miss("天气如何", topic="none"))) == 2


def test_punctuation_and_spaces_make_no_other_question() -> None:
    assert fold("社保卡，在哪 补办？！😀") == "社保卡在哪补办"


async def ask(database: Database, clock: FixedClock, agency_id: int, *texts: str, kind: str = "none") -> None:
    async with QuestionLog(database, seconds=60) as log:
        for n, text in enumerate(texts):
            log.record(Asked(agency_id, clock.now(), f"p{n}", text, text, kind, "", "没有。", 100))


async def test_what_is_decided_leaves_the_queue_and_is_live(database: Database, clock: FixedClock) -> None:
    await add_live(database, clock)
    snapshots = Snapshots(database)
    facts = await snapshots.load(AGENCY)
    await ask(database, clock, facts.id, "收了几份材料", "收了几份材料？", "办公电话", "天气")
    await ask(database, clock, facts.id, "答得出的", kind="answer")
    async with database.read() as session:
        queue = await list_misses(session, facts.id)
    assert [(g.misses[0].key, g.count) for g in queue] == [("收了几份材料", 2), ("办公电话", 1), ("天气", 1)]
    assert queue[0].misses[0].people == 2

    async def decide(group_: int, kind: RulingKind, content: str = "") -> None:
        async with database.write() as session:
            phrases = queue[group_].phrases
            await rule(session, facts.id, phrases, kind, content=content, actor="tester", now=clock.now())

    await decide(0, RulingKind.ALIAS, "去年收到多少件申请")
    await decide(1, RulingKind.ANSWER, "请拨打总机。")
    await decide(2, RulingKind.DISMISSED)
    await snapshots.refresh()
    live = snapshots.get(AGENCY)
    assert live is not None
    assert dict(live.alias_questions) == {"收了几份材料": "去年收到多少件申请"}
    assert dict(live.reviewed_answers) == {"办公电话": "请拨打总机。"}
    async with database.read() as session:
        assert await list_misses(session, facts.id) == []

    async with database.write() as session:
        await reopen(session, facts.id, queue[1].phrases, actor="tester")
    await snapshots.refresh()
    live = snapshots.get(AGENCY)
    assert live is not None
    assert dict(live.reviewed_answers) == {}
    async with database.read() as session:
        assert [g.misses[0].key for g in await list_misses(session, facts.id)] == ["办公电话"]


async def test_rulings_that_make_no_sense_are_refused(sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock)
    phrase = Phrase("收了几份？", "收了几份")
    async with sqlite.write() as session:
        for phrases, kind, content in (
            ([], RulingKind.DISMISSED, ""),
            ([phrase], RulingKind.ALIAS, " "),
            ([phrase], RulingKind.ALIAS, "收了几份？"),
            ([phrase], RulingKind.ANSWER, "长" * 3000),
        ):
            with pytest.raises(Refused):
                await rule(session, 1, phrases, kind, content=content, actor="a", now=clock.now())
        with pytest.raises(NotFound):
            await reopen(session, 1, [phrase], actor="a")


async def test_what_publishing_does_to_known_questions(sqlite: Database, clock: FixedClock) -> None:
    await add_live(sqlite, clock, make_reading(cells={"t3.new.total": 5, "t3.done.total": 5, "t2.licence": None}))
    async with sqlite.read() as session:
        before = await load_agency(session)
    await ask(sqlite, clock, before.id, "收到多少", "办结多少", "许可多少", "收到多少")
    after_reading = make_reading(cells={"t3.new.total": 6, "t3.done.total": None, "t2.licence": 3})
    await add_live(sqlite, clock, after_reading)
    async with sqlite.read() as session:
        report = (await load_agency(session)).reports[2023]
        questions = await known_questions(session, before.id)
    cells = {"收到多少": "t3.new.total", "办结多少": "t3.done.total", "许可多少": "t2.licence"}

    def answer(question: str, facts: AgencyFacts) -> SimpleNamespace:
        value = facts.reports[2023].facts[cells[question]].value
        return SimpleNamespace(kind="none" if value is None else "answer", text=f"{value}")

    changes = compare_answers(questions, answer, before, with_version(before, report))
    assert [(c.question, c.before, c.after) for c in changes.changed] == [("收到多少", "5", "6")]
    assert [c.question for c in changes.lost] == ["办结多少"]
    assert [c.question for c in changes.gained] == ["许可多少"]
    assert compare_answers(questions, answer, before, replace(before)).same == 3
