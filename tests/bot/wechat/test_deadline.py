"""Work with a deadline: what waits for nothing needs no timer; what waits is bounded, cancelled and told of errors."""

from __future__ import annotations

import asyncio

import pytest

from bot.wechat.deadline import by


def _now() -> float:
    return asyncio.get_running_loop().time()


async def test_what_is_there_comes_even_after_the_deadline() -> None:
    async def at_once() -> str:
        return "here"

    assert await by(_now() - 1, at_once()) == "here"


async def test_what_waits_comes_with_what_it_waited_for() -> None:
    async def waits() -> list[int]:
        found = []
        for number in range(3):
            await asyncio.sleep(0)
            found.append(await asyncio.to_thread(lambda n=number: n * n))
        return found

    assert await by(_now() + 60, waits()) == [0, 1, 4]


async def test_what_takes_too_long_is_cancelled() -> None:
    ended = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        await by(_now(), waits())
    assert ended.is_set()


@pytest.mark.parametrize("waits", [False, True])
async def test_an_error_comes_through(waits: bool) -> None:
    async def fails() -> None:
        if waits:
            await asyncio.sleep(0)
        raise LookupError("nothing")

    with pytest.raises(LookupError):
        await by(_now() + 60, fails())


async def test_work_may_go_on_after_an_error_that_it_waited_for() -> None:
    async def refused() -> None:
        await asyncio.sleep(0)
        raise ConnectionError

    async def tries_again() -> str:
        try:
            await asyncio.create_task(refused())
        except ConnectionError:
            await asyncio.sleep(0)
        return "second"

    assert await by(_now() + 60, tries_again()) == "second"


async def test_cancelling_from_outside_reaches_the_work() -> None:
    reached = asyncio.Event()

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            reached.set()
            raise

    task = asyncio.create_task(by(_now() + 60, waits()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert reached.is_set()
