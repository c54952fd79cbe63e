"""Cost of one question: understanding, answering and rendering, over the question entries.

Run with `python -m pytest tests/bench/test_qa.py -s`; the targets are those of the README.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from statistics import median, quantiles

import pytest

from bot.qa.pipeline import Context, Pipeline
from storage.facts import AgencyFacts
from tests.questions.judge import entries
from tests.questions.world import build

MEDIAN_MICROSECONDS = 150
"""On an idle machine; a busy one measures two to three times as much."""
P99_MICROSECONDS = 1000


def _facts(reports: int) -> AgencyFacts:
    facts = build().facts
    some = list(facts.reports.values())
    years = range(2025, 2025 - reports, -1)
    return replace(facts, reports={y: replace(some[y % len(some)], year=y) for y in years})


def _costs(facts: AgencyFacts) -> list[float]:
    pipeline = Pipeline()
    asked = [(e["today"], t["q"]) for e in entries("open") for t in e["turns"]]
    costs: list[float] = []
    for round_ in range(4):
        context: Context | None = None
        for today, question in asked:
            day = date.fromisoformat(today)
            start = time.thread_time_ns()
            _, context = pipeline.respond(question, facts, context, day, limit=2048)
            if round_:
                costs.append((time.thread_time_ns() - start) / 1000)
    return costs


@pytest.mark.parametrize("reports", [1, 7, 1000])
def test_a_question_is_cheap_however_many_reports_there_are(reports: int) -> None:
    costs = _costs(_facts(reports))
    middle, slowest = median(costs), quantiles(costs, n=100)[98]
    print(f"\n{reports} reports: median {middle:.0f} µs, 99th percentile {slowest:.0f} µs")
    assert middle < MEDIAN_MICROSECONDS
    assert slowest < P99_MICROSECONDS
