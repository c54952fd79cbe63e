"""The question pipeline as a citizen meets it, over the made-up bureau of the question entries."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date

import pytest

from bot.qa.pipeline import Context, Pipeline
from bot.qa.types import Kind
from tests.questions.judge import Verdict, entries, score
from tests.questions.world import build

WORLD = build()
PIPELINE = Pipeline()
TODAY = date(2026, 6, 15)


def _open_score(name: str) -> object:
    contexts: dict[str, Context] = {}

    def ask(session: str, question: str, today: str) -> dict[str, object]:
        reply, after = PIPELINE.respond(
            question, WORLD.facts, contexts.get(session), date.fromisoformat(today), limit=2048
        )
        contexts[session] = after
        return {"kind": reply.kind.value, "text": reply.text, "figures": list(reply.figures)}

    return score(WORLD.truth, entries(name), ask)


def test_what_was_answered_before_is_answered_as_if_it_were_new() -> None:
    """Courtesies and conversations differ; an answer that is kept fits wherever its question is asked."""
    chance, conversations = random.Random(5), [Context()]
    asked = sorted({turn["q"] for entry in entries("open") for turn in entry["turns"]})
    for number, question in enumerate(chance.sample(asked, 250) * 4):
        polite = f"{chance.choice(['', '您好，', '请问'])}{question}{chance.choice(['', '，谢谢', '。谢谢您'])}"
        before = chance.choice(conversations[-20:])
        warm = PIPELINE.respond(polite, WORLD.facts, before, TODAY)
        if number >= 250:
            assert warm == Pipeline().respond(polite, WORLD.facts, before, TODAY), (polite, before)
        conversations.append(warm[1])


def test_an_answer_is_not_kept_beyond_its_facts_and_its_day() -> None:
    pipeline = Pipeline()
    question = "去年公众号发了多少条信息"
    first, _ = pipeline.respond(question, WORLD.facts, None, date(2025, 6, 15))
    assert [f.year for f in first.figures] == [2024]
    second, _ = pipeline.respond(question, WORLD.facts, None, date(2026, 6, 15))
    assert [f.year for f in second.figures] == [2025]
    only = replace(WORLD.facts, reports={2023: WORLD.facts.reports[2023]})
    third, _ = pipeline.respond(question, only, None, date(2026, 6, 15))
    assert not third.figures


@pytest.mark.parametrize("said", ["{}", "您好，{}", "{}，谢谢", "您好，{}。谢谢。辛苦了"])
def test_a_list_of_years_after_a_space_is_no_question_of_its_own(said: str) -> None:
    reply, _ = PIPELINE.respond(said.format("予以公开件数 2019-2021 每年"), WORLD.facts, None, TODAY)
    assert [f.year for f in reply.figures] == [2019, 2020, 2021]


def test_the_open_entries_are_answered() -> None:
    result = _open_score("open")
    report = "\n".join(f"{v} {i} {q}: {why}" for i, q, v, why in result.others)
    assert result.share(Verdict.RIGHT) >= FLOOR, report
    assert result.share(Verdict.WRONG) <= CEILING, report


FLOOR = 0.95
CEILING = 0.015


def test_a_cut_text_goes_on_with_more() -> None:
    reply, context = PIPELINE.respond("2023年年报的总体情况", WORLD.facts, None, TODAY, limit=200)
    assert len(reply.text.encode()) <= 200
    assert "继续" in reply.suggestions
    rest, _ = PIPELINE.respond("继续", WORLD.facts, context, TODAY)
    whole = WORLD.facts.reports[2023].texts["x.overview"]
    assert whole.endswith(rest.text[-20:])


@pytest.mark.parametrize("stored", [b"", b"{", b"[]", b'{"v":0}', b'{"v":2,"q":[1]}', b"\xff\xfe", b"null"])
def test_a_context_that_is_not_ours_is_forgotten(stored: bytes) -> None:
    assert Context.load(stored) is None


def test_a_context_survives_storing() -> None:
    _, context = PIPELINE.respond("2023年企业新收多少件", WORLD.facts, None, TODAY)
    assert Context.load(context.dump()) == context


@pytest.mark.parametrize("empty", ["", "   ", "😀😀", "？？？", "。"])
def test_an_empty_message_gets_help(empty: str) -> None:
    reply, _ = PIPELINE.respond(empty, WORLD.facts, None, TODAY)
    assert reply.kind is Kind.GUIDE


def test_a_share_of_what_was_added_up_after_a_passage_is_not_made_up() -> None:
    _, context = PIPELINE.respond("2023年其他需要报告的事项", WORLD.facts, None, TODAY)
    reply, _ = PIPELINE.respond("合起来占办结总数多大比例", WORLD.facts, context, TODAY)
    assert "%" not in reply.text


@pytest.mark.parametrize(
    ("question", "asked_back", "said"),
    [
        ("收到多少件申请", "说的是哪年？", "是2025年的。您没有说年份"),
        ("2022年公众号发了多少条", "这是哪一年的数据", "是2022年的"),
        ("近三年收到多少件申请", "您刚才说的都是哪几年的数", "是2023年至2025年的"),
        ("申请最多的是哪一年", "哪年来着", "得出的是2020年"),
        ("2023年年报存在的主要问题", "你说的是哪一年的", "是2023年的"),
    ],
)
def test_of_which_year_the_last_answer_was(question: str, asked_back: str, said: str) -> None:
    _, context = PIPELINE.respond(question, WORLD.facts, None, TODAY)
    reply, after = PIPELINE.respond(asked_back, WORLD.facts, context, TODAY)
    assert said in reply.text
    assert after.query == context.query, "the conversation goes on about the same"
    for suggestion in reply.suggestions:
        assert PIPELINE.respond(suggestion, WORLD.facts, after, TODAY)[0].kind is Kind.ANSWER


def test_an_agency_whose_name_is_one_character_is_no_endless_loop() -> None:
    reply, _ = Pipeline().respond("2023年公众号发了多少条", replace(WORLD.facts, name="局", aliases=()), None, TODAY)
    assert reply.kind is Kind.ANSWER


@pytest.mark.parametrize("said", ["收到", "对的", "知道啦", "行"])
def test_a_short_word_after_an_answer_acknowledges_it(said: str) -> None:
    _, after = PIPELINE.respond("2023年新收申请多少件", WORLD.facts, None, TODAY)
    reply, later = PIPELINE.respond(said, WORLD.facts, after, TODAY)
    assert reply.topic == "guide.thanks"
    assert not reply.figures
    assert PIPELINE.respond("企业的呢", WORLD.facts, later, TODAY)[0].figures[0].cell == "t3.new.business"
