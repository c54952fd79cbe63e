"""The knowledge files are sound, and no reply fails on hostile input."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.qa import outside, rules
from bot.qa.pipeline import Contacts, Context, Pipeline
from bot.qa.types import Kind
from bot.qa.vocabulary import lexicon
from tests.questions.world import build

WORLD = build().facts
PIPELINE = Pipeline(Contacts(office="办公室", phone="0000-0000000"))
TODAY = date(2026, 6, 15)
RULES = rules.book().rules


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda r: r.id)
def test_a_rule_names_its_article_and_day_and_is_found_by_its_own_questions(rule: rules.Rule) -> None:
    assert re.search(r"第.+条|国务院令", rule.source) or rule.id == "workdays"
    date.fromisoformat(rule.since)
    assert rule.text.endswith("。")
    assert all(m in RULES for m in rule.more)
    for question in rule.asks:
        reply, _ = PIPELINE.respond(question, WORLD, None, TODAY)
        assert reply.topic.startswith("rule."), question
        assert reply.kind is Kind.ANSWER, question
    first, _ = PIPELINE.respond(rule.asks[0], WORLD, None, TODAY)
    assert first.topic == f"rule.{rule.id}", rule.asks[0]


def test_entries_that_fit_equally_well_come_by_their_ids_whatever_order_a_set_has() -> None:
    some = sorted(RULES.values(), key=lambda r: r.id)[:8]
    words = {f"词{rule.id}": (rules.Combination(rule.id, (frozenset({f"词{rule.id}"}),)),) for rule in some}
    keys = frozenset(words)
    book = rules.Book(RULES, words, keys, keys, dict.fromkeys(keys, 1.0), ())
    assert [hit.rule for hit in book.find(keys)] == some


def test_a_refusal_gives_no_figure() -> None:
    for topic in outside.topics().values():
        for word in topic.words:
            reply, _ = PIPELINE.respond(f"{word}怎么办理", WORLD, None, TODAY)
            assert not reply.figures, word


def test_suggestions_are_questions_that_are_answered() -> None:
    asked = [
        "2024年公众号多少条",
        "2023年企业新收多少",
        "2023年的存在问题",
        "2024年复议维持几件",
        "你好",
        "怎么申请公开",
    ]
    for question in asked:
        reply, _ = PIPELINE.respond(question, WORLD, None, TODAY)
        assert reply.suggestions, question
        for suggestion in reply.suggestions:
            answer, _ = PIPELINE.respond(suggestion, WORLD, None, TODAY)
            assert answer.kind is Kind.ANSWER, suggestion


def test_contact_data_come_from_the_settings_and_are_never_made_up() -> None:
    known, _ = PIPELINE.respond("你们电话是多少", WORLD, None, TODAY)
    assert "0000-0000000" in known.text
    unknown, _ = Pipeline().respond("你们电话是多少", WORLD, None, TODAY)
    assert unknown.kind is Kind.NONE
    assert not re.search(r"\d{5,}", unknown.text)


def test_the_vocabulary_knows_no_empty_word() -> None:
    assert all(word.strip() == word and word for word in lexicon().words)


PIECES = st.sampled_from(
    [
        "2023年",
        "去年",
        "二三年",
        "企业",
        "的呢",
        "占多少",
        "一共",
        "差多少",
        "不予公开",
        "12333",
        "第8项",
        "三(六)",
        "说错了",
        "继续",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=6).map("".join)), max_size=5))
def test_no_conversation_breaks_it(turns: list[str]) -> None:
    context: Context | None = None
    for question in turns:
        reply, context = PIPELINE.respond(question, WORLD, context, TODAY, limit=600)
        assert reply.text
        assert len(reply.text.encode()) <= 600
        context = Context.load(context.dump())
        assert context is not None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_no_stored_bytes_break_it(stored: bytes) -> None:
    Context.load(stored)
