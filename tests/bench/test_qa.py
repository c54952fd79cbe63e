"""Cost of one question: understanding, answering and rendering, over the question entries, with nothing kept of them.

Run with `python -m pytest tests/bench/test_qa.py -s`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from statistics import median, quantiles

import pytest
import sqlalchemy as sa

from bot.qa import known
from bot.qa.pipeline import Context, Pipeline
from storage.clock import SystemClock
from storage.database import Database
from storage.facts import AgencyFacts
from storage.models.reports import Agency
from storage.sample import load_sample
from storage.snapshot import Snapshots
from tests.questions.judge import entries
from tests.questions.world import build

MEDIAN_MICROSECONDS = 150
"""On an idle machine; a busy one measures two to three times as much."""
P99_MICROSECONDS = 1000
AT_HAND_MICROSECONDS = 10


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
def test_a_question_is_cheap_however_many_reports_there_are(reports: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "LONGEST", 0)
    costs = _costs(_facts(reports))
    middle, slowest = median(costs), quantiles(costs, n=100)[98]
    print(f"\n{reports} reports: median {middle:.0f} µs, 99th percentile {slowest:.0f} µs")
    assert middle < MEDIAN_MICROSECONDS
    assert slowest < P99_MICROSECONDS


@pytest.mark.parametrize("agencies", [1, 100_000])
async def test_the_facts_to_answer_from_are_at_hand_however_many_agencies_are_stored(
    sqlite: Database, agencies: int
) -> None:
    clock = SystemClock()
    await load_sample(sqlite, clock)
    others = [{"name": f"某县第{n}局", "aliases": [], "created_at": clock.now()} for n in range(1, agencies)]
    if others:
        async with sqlite.write() as session:
            await (await session.connection()).execute(sa.insert(Agency), others)
    async with Snapshots(sqlite) as snapshots:
        began = time.perf_counter_ns()
        await snapshots.load()
        loaded = (time.perf_counter_ns() - began) / 1e6
        costs = []
        for _ in range(1000):
            start = time.thread_time_ns()
            assert snapshots.get() is not None
            costs.append((time.thread_time_ns() - start) / 1000)
    print(f"\n{agencies} agencies: facts read in {loaded:.0f} ms once, then at hand in {median(costs):.2f} µs")
    assert median(costs) < AT_HAND_MICROSECONDS
