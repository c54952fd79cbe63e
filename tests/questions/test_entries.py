"""The entries, their made-up bureau and their judge are sound, whatever answers them."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest

from storage import catalogue
from storage.catalogue import APPLICANTS, Edition, cells_of
from tests.questions.judge import Verdict, cell, entries, evaluate, judge, score
from tests.questions.world import NAME, SEED, YEARS, build

WORLD = build()
ALL = [*entries("open"), *entries("sealed"), *entries("sealed2")]
GOLDS = [(e, t["q"], t["gold"]) for e in ALL for t in e["turns"]]


def _newest_report(day: str) -> int:
    asked = date.fromisoformat(day)
    return asked.year - (1 if asked >= date(asked.year, 1, 31) else 2)


def test_every_expression_has_one_value_and_asks_only_for_reports_that_were_out() -> None:
    for entry, question, gold in GOLDS:
        for expression in gold.get("expr", ()):
            value = evaluate(WORLD.truth, expression)
            assert not isinstance(value, tuple) or len(value) == 1, f"tie: {question}"
            years = [int(y) for y in re.findall(r"\b20\d\d\b", expression)]
            assert max(years) <= _newest_report(entry["today"]), question


def test_every_entry_is_told_apart_and_the_third_is_sealed() -> None:
    assert len({e["id"] for e in ALL}) == len(ALL) >= 300
    alone = Counter((e["today"], e["turns"][0]["q"]) for e in ALL if len(e["turns"]) == 1)
    assert max(alone.values()) == 1
    assert len(list(entries("sealed"))) >= 140
    assert len(list(entries("sealed2"))) >= 60
    assert not [q for _, q, _ in GOLDS if "青芦" in q]


@pytest.mark.parametrize("seed", [SEED, 2, 3])
def test_the_made_up_bureau_passes_the_cross_checks(seed: int) -> None:
    world = build(seed)
    for year in YEARS:
        report = world.facts.reports[year]
        assert set(cells_of(Edition.E2021)) <= set(report.facts)
        for rule in catalogue.sums(single_other_row=False):
            left = sum(report.facts[c].value or 0 for c in rule.left)
            assert left == sum(report.facts[c].value or 0 for c in rule.right), (year, rule)
        assert all(fact.value is not None and fact.value >= 0 for fact in report.facts.values())
        for kind in APPLICANTS if year > YEARS[0] else ():
            earlier = cell(world.truth, f"t3.carried_out.{kind.id}", year - 1)
            assert cell(world.truth, f"t3.carried_in.{kind.id}", year) == earlier


def test_facts_and_truth_say_the_same() -> None:
    assert WORLD.facts.name == NAME
    for year, report in WORLD.facts.reports.items():
        for name, fact in report.facts.items():
            assert float(fact.value or 0) == pytest.approx(cell(WORLD.truth, name, year))
        for name, text in report.texts.items():
            assert cell(WORLD.truth, name, year) == text
        for name in ("f.wechat", "f.hotline"):
            assert str(report.facts[name].sentence) in report.texts["x.overview"]


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return f"{value[0]}年"
    assert isinstance(value, int | float)
    return f"{abs(value):.2f}" if value != round(value) else f"{abs(value):,.0f}件"


def _perfect(gold: dict[str, object]) -> dict[str, object]:
    """A reply that says exactly what the gold wants."""
    match gold:
        case {"expr": [*wanted]}:
            text = "，".join(_said(evaluate(WORLD.truth, str(e))) for e in wanted)
            return {"kind": "answer", "text": text, "figures": [1]}
        case {"kind": "text", "of": str(of)}:
            name, year = of.split("@")
            return {"kind": "answer", "text": cell(WORLD.truth, name, int(year)), "figures": []}
        case {"contains_all": [*wanted]}:
            return {"kind": "answer", "text": "".join(str(w).split("|")[-1] for w in wanted), "figures": []}
    return {"kind": "none", "text": "报告里没有这一项。", "figures": []}


def test_a_perfect_reply_is_right_and_a_foreign_figure_is_wrong() -> None:
    for _, question, gold in GOLDS:
        assert judge(WORLD.truth, gold, _perfect(gold)) == (Verdict.RIGHT, ""), question
        foreign = {"kind": "answer", "text": "共987654件", "figures": [987654]}
        assert judge(WORLD.truth, gold, foreign)[0] is Verdict.WRONG, question


def test_declining_what_can_be_answered_is_a_miss() -> None:
    for _, question, gold in GOLDS:
        verdict, _ = judge(WORLD.truth, gold, {"kind": "guide", "text": "可以这样问", "figures": []})
        assert verdict is (Verdict.RIGHT if gold["kind"] == "none" else Verdict.MISS), question


def test_asking_back_is_right_only_where_the_question_is_ambiguous() -> None:
    for _, question, gold in GOLDS:
        verdict, _ = judge(WORLD.truth, gold, {"kind": "choice", "text": "您是问哪一个？", "figures": []})
        assert verdict is (Verdict.RIGHT if gold["kind"] in ("either", "none") else Verdict.MISS), question


@pytest.mark.parametrize(
    ("text", "verdict"),
    [("下降10.5%", Verdict.RIGHT), ("10.53%", Verdict.RIGHT), ("约11%", Verdict.WRONG), ("10.7%", Verdict.WRONG)],
)
def test_a_share_is_right_with_one_or_two_decimals(text: str, verdict: Verdict) -> None:
    gold = {"kind": "figure", "expr": ["(204 - 228) / 228 * 100"]}
    assert judge(WORLD.truth, gold, {"kind": "answer", "text": text, "figures": [1]})[0] is verdict


@pytest.mark.parametrize("expression", ["__import__('os')", "t3.new.total", "[1]", "2 ** 9", "open('x')"])
def test_nothing_but_arithmetic_over_cells_is_evaluated(expression: str) -> None:
    with pytest.raises(ValueError, match="not a gold expression"):
        evaluate(WORLD.truth, expression)


def test_a_score_counts_turns_and_keeps_each_session_together() -> None:
    asked: list[str] = []

    def ask(session: str, question: str, today: str) -> dict[str, object]:
        asked.append(session)
        return {"kind": "none", "text": "不知道", "figures": []}

    result = score(WORLD.truth, entries("open"), ask)
    turns = sum(len(e["turns"]) for e in entries("open"))
    assert sum(result.counts.values()) == len(asked) == turns
    assert result.counts[Verdict.WRONG] == 0
    assert len(result.others) == result.counts[Verdict.MISS] > 0
