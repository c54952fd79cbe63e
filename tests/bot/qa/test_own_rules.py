"""Rules that the desk wrote, on top of the bundled ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType

from bot.qa import rules
from bot.qa.pipeline import Pipeline
from bot.qa.types import Kind, Reply
from storage.facts import RuleText
from tests.questions.world import build

WORLD = build().facts
PIPELINE = Pipeline()
TODAY = date(2026, 6, 15)
OWN = RuleText(
    "政务公开专区在哪里",
    "政务公开专区设在政务服务大厅一楼，工作日可以现场查阅。",
    "《某某县政务公开专区管理办法》第三条",
    "2025-03-01",
    ("政务公开专区在哪里", "现场查阅公开信息去哪"),
    words=("专区 公开角 + 在哪 哪里 地址",),
)


def ask(question: str, own: dict[str, RuleText | None]) -> Reply:
    return PIPELINE.respond(question, replace(WORLD, rules=MappingProxyType(own)), None, TODAY)[0]


def test_a_new_rule_is_found_by_its_own_questions_and_words() -> None:
    own: dict[str, RuleText | None] = {"own.1": OWN}
    for question in (*OWN.asks, "公开角地址", "請問政務公開專區在哪里？"):
        reply = ask(question, own)
        assert reply.topic == "rule.own.1", question
        assert "政务服务大厅一楼" in reply.text
        assert "第三条（2025年3月1日起施行）" in reply.text
    assert ask("公开角地址", {}).topic != "rule.own.1"


def test_a_changed_rule_keeps_the_ways_in_and_says_the_new_text() -> None:
    base = rules.texts()["period"]
    own: dict[str, RuleText | None] = {"period": replace(base, text="答复期限的新说法。")}
    for question in base.asks:
        assert "答复期限的新说法。" in ask(question, own).text, question
    assert ask("信息公开申请多少天答复", own).topic == ask("信息公开申请多少天答复", {}).topic == "rule.period"


def test_a_rule_taken_off_says_so_and_nothing_answers_in_its_place() -> None:
    off: dict[str, RuleText | None] = {"period": None}
    for asked in (*rules.texts()["period"].asks, "信息公开申请多少天答复"):
        assert ask(asked, {}).topic == "rule.period", asked
        reply = ask(asked, off)
        assert (reply.kind, reply.topic, reply.figures) == (Kind.NONE, "rule.period", ()), asked
        assert "正在核对" in reply.text
    for other in ("怎么申请公开政府信息", "申请公开要收费吗"):
        reply = ask(other, off)
        assert reply.kind is Kind.ANSWER
        assert rules.texts()["period"].asks[0] not in reply.suggestions


def test_own_rules_leave_other_answers_as_they_were() -> None:
    own: dict[str, RuleText | None] = {"own.1": OWN}
    for rule in rules.texts().values():
        for question in rule.asks:
            assert ask(question, own) == ask(question, {}), question
    for question in ("2024年公众号多少条", "2023年企业新收多少", "你好"):
        assert ask(question, own) == ask(question, {}), question
