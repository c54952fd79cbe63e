"""Whose messages may concern staff, known in memory so that everybody else's cost no query.

Every second the process asks the database; by the way it ends conversations whose time has run out and gives up
replies whose sender died. What was decided in another process a moment ago is known by the conversation's mark
(`bot.handover.MARK`) or a second later.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.handover import conversations, replies

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0


class Attention:
    """The people who speak with staff or for whom a reply of theirs waits."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Know nobody until `run` or `look`."""
        self._database = database
        self._clock = clock
        self._listening: set[str] = set()
        self._expected: set[str] = set()
        self._added: set[str] = set()
        self._away = False

    def __contains__(self, person: str) -> bool:
        """Whether a message of the person must be looked at."""
        return person in self._listening or person in self._expected or person in self._added

    def listens(self, person: str) -> bool:
        """Whether what the person says goes to staff, as far as is known here."""
        return person in self._listening or person in self._added

    @property
    def anything_waits(self) -> bool:
        """Whether a reply waits for anybody."""
        return bool(self._expected)

    def add(self, person: str) -> None:
        """Somebody was handed over by this process just now."""
        self._added.add(person)

    async def run(self) -> None:
        """Look every second, until cancelled; while the database is away what was known holds."""
        while True:
            try:
                await self.look()
                self._away = False
            except DATABASE_ERRORS as error:
                if not self._away:
                    log.warning("who speaks with staff is not known anew: %s", type(error).__name__)
                self._away = True
            except Exception:
                log.exception("who speaks with staff is not known anew")
            await asyncio.sleep(EVERY_SECONDS)

    async def look(self) -> None:
        """End what is over, then ask who is left."""
        now, added = self._clock.now(), set(self._added)
        async with self._database.read() as session:
            over = await conversations.any_expired(session, now) or await replies.any_lost(session, now)
            if not over:
                await self._ask(session, now)
        if over:
            async with self._database.write() as session:
                await conversations.expire(session, now)
                await replies.give_up_lost(session, now)
                await self._ask(session, now)
        self._added -= added

    async def _ask(self, session: AsyncSession, now: datetime) -> None:
        self._listening = await conversations.listening(session, now)
        self._expected = await replies.expected_by(session, now)
