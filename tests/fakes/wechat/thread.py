"""The fake WeChat beside a command that runs its own event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from storage.clock import FixedClock
from tests.fakes.wechat.server import FakeWeChat


@contextmanager
def served(clock: FixedClock) -> Iterator[FakeWeChat]:
    """A fake WeChat on a loop in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, loop).result(120)

    fake = FakeWeChat(clock)
    run(fake.__aenter__())
    try:
        yield fake
    finally:
        run(fake.__aexit__())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
