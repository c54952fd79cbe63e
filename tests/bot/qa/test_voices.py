"""A question means the same with thanks, a greeting or a story around it, and several questions are each answered."""

from __future__ import annotations

from datetime import date

import pytest

from bot.qa.pipeline import Context, Pipeline
from bot.qa.types import Kind
from tests.questions.judge import Verdict, entries, score
from tests.questions.world import build

FACTS = build().facts
PIPELINE = Pipeline()
TODAY = date(2026, 6, 15)


def _cells(question: str, today: date = TODAY, context: Context | None = None) -> tuple[Kind, set[tuple[str, int]]]:
    reply, _ = PIPELINE.respond(question, FACTS, context, today)
    return reply.kind, {(f.cell, f.year) for f in reply.figures}


AROUND = ("{}，劳驾告知一下", "你好，我是外地回来的，{}", "麻烦您了哈 {}", "{}，谢谢啊", "我就是随便打听打听，{}")


@pytest.mark.parametrize("around", AROUND)
def test_politeness_and_stories_change_nothing(around: str) -> None:
    asked = [(e["turns"][0]["q"].rstrip("？?。！!"), e["today"]) for e in entries("open") if len(e["turns"]) == 1]
    plain = [(q, date.fromisoformat(t)) for q, t in asked]
    answered = [(q, t, _cells(q, t)) for q, t in plain]
    answered = [(q, t, found) for q, t, found in answered if found[0] is Kind.ANSWER and found[1]]
    changed = [q for q, t, found in answered if _cells(around.format(q), t) != found]
    assert len(changed) <= len(answered) * 0.02, changed


@pytest.mark.parametrize(
    ("question", "cells"),
    [
        ("2023年复议案件多少件，维持了几件", {"t4.review.total", "t4.review.upheld"}),
        ("24年收到多少件申请其中企业几件", {"t3.new.total", "t3.new.business"}),
        ("2024年企业申请多少件，给公开了几件", {"t3.new.business", "t3.granted.business"}),
    ],
)
def test_every_question_of_a_message_is_answered(question: str, cells: set[str]) -> None:
    kind, found = _cells(question)
    assert kind is Kind.ANSWER
    assert cells <= {cell for cell, _ in found}


@pytest.mark.parametrize("word", ["二手房", "外卖站", "出租车"])
def test_a_word_that_narrows_and_is_not_known_is_asked_back(word: str) -> None:
    for question in ("2023年{}公众号发了多少条", "2023年{}行政许可多少件", "2023年收到{}申请多少件"):
        kind, found = _cells(question.format(word))
        assert kind is not Kind.ANSWER, question
        assert not found


@pytest.mark.parametrize(
    ("typed", "cell"),
    [
        ("2023年不予共开几件", "t3.secret.total"),
        ("2023年共众号发了多少条", "f.wechat"),
        ("2024年从复申请几件", "t3.repeat.total"),
        ("2023年结传下年度几件", "t3.carried_out.total"),
    ],
)
def test_one_wrong_character_of_the_same_sound(typed: str, cell: str) -> None:
    kind, found = _cells(typed)
    assert kind is Kind.ANSWER
    assert cell in {c for c, _ in found}


def test_no_open_entry_gets_a_wrong_figure() -> None:
    world = build()
    talks: dict[str, Context | None] = {}

    def ask(session: str, question: str, today: str) -> dict[str, object]:
        reply, talks[session] = PIPELINE.respond(question, world.facts, talks.get(session), date.fromisoformat(today))
        return {"kind": reply.kind.value, "text": reply.text, "figures": reply.figures}

    result = score(world.truth, entries("open"), ask)
    assert [q for _, q, verdict, _ in result.others if verdict is Verdict.WRONG] == []
    assert result.counts[Verdict.MISS] <= 0.01 * sum(result.counts.values())
