"""Exactly one of several processes works: the one that holds the lease in the database.

APScheduler has no say in this: two processes on one of its job stores both fire. Here every process keeps its own
timers, and a timer that goes off in a process without the lease does nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from storage import jobs
from storage.database import DATABASE_ERRORS, Database

log = logging.getLogger(__name__)

NAME = "watch"
RENEW_SECONDS = 5.0
_MARGIN = 4.0
"""Seconds before the lease runs out from which the holder no longer trusts it: a slow renewal must not make two."""


class Leader:
    """Takes the lease when it is free and renews it; `holds` says whether this process may work."""

    def __init__(self, database: Database, holder: str, gained: Callable[[], Awaitable[None]]) -> None:
        self._database = database
        self._holder = holder
        self._gained = gained
        self._until = 0.0

    @property
    def holds(self) -> bool:
        """Whether the lease is this process's, by the clock that nobody can set back."""
        return time.monotonic() < self._until

    async def attempt(self) -> bool:
        """Take or renew the lease once; a database out of reach is no lease."""
        before, asked = self.holds, time.monotonic()
        try:
            taken = await jobs.take_lease(self._database, NAME, self._holder)
        except DATABASE_ERRORS as error:
            log.warning("the lease could not be renewed: %s", error)
            return self.holds
        self._until = asked + jobs.LEASE_LIFE.total_seconds() - _MARGIN if taken else 0.0
        if taken and not before:
            log.info("%s has the watch", self._holder)
            await self._gained()
        return taken

    async def keep(self) -> None:
        """Attempt for ever."""
        while True:
            await self.attempt()
            await asyncio.sleep(RENEW_SECONDS)

    async def let_go(self) -> None:
        """Give the lease up, so that the next process need not wait for it to run out."""
        if self.holds:
            self._until = 0.0
            await jobs.give_up_lease(self._database, NAME, self._holder)
