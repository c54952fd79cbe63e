"""Ten thousand mixed messages over two accounts against the strict WeChat: `pytest tests/bench/test_mixed_run.py -s`."""

from __future__ import annotations

from time import perf_counter

from storage.clock import FixedClock
from tests.journeys.conftest import Start, data, start, wechat
from tests.journeys.test_citizens import assert_no_fault, mixed_run

__all__ = ["data", "start", "wechat"]


async def test_wechat_finds_no_fault_in_ten_thousand_mixed_messages(start: Start, clock: FixedClock) -> None:
    deployment = await start(wechat_per_minute=10**6)
    began = perf_counter()
    counts = await mixed_run(deployment, clock, 10_000, seed=11)
    tokens = deployment.wechat.count("/cgi-bin/stable_token")
    print(f"{counts}, {tokens} tokens fetched, {perf_counter() - began:.0f} s")
    assert_no_fault(deployment, counts)
