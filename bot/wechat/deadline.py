"""Work with a deadline that costs nothing where there is nothing to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def by(end: float, work: Coroutine[Any, Any, T]) -> T:
    """What `work` gives, if it does so before the loop's clock shows `end`.

    The work starts at once. What is in memory is there without waiting: a timer is set only for work that waits.

    Raises:
        TimeoutError: time is up; the work has been cancelled.
    """
    try:
        waits_for = work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    async with asyncio.timeout_at(end):
        return await _Started(work, waits_for)


class _Started(Generic[T]):
    """The rest of a coroutine that has begun and waits for something."""

    def __init__(self, work: Coroutine[Any, Any, T], waits_for: object) -> None:
        self._work, self._waits_for = work, waits_for

    def __await__(self) -> Generator[Any, Any, T]:
        waits_for = self._waits_for
        while True:
            step: Callable[[Any], Any] = self._work.send
            given: object
            try:
                given = yield waits_for
            except BaseException as error:
                step, given = self._work.throw, error
            try:
                waits_for = step(given)
            except StopIteration as done:
                result: T = done.value
                return result
