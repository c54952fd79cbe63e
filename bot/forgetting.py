"""Deleting what is stored about a person who leaves (个人信息保护法第四十七条), also when the database is away.

A deletion is noted as an empty file named by the person's keyed hash before it is tried, and the note goes once it is
done: whoever is told that it is accepted will be deleted, whatever ends in between.
"""

from __future__ import annotations

import asyncio
import logging
import os
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
_PERSON = re.compile(r"[0-9a-f]{32}")


class Forgetting:
    """The deletions of one account."""

    def __init__(self, folder: Path, delete: Callable[[str], Awaitable[object]]) -> None:
        """Take where to note, and what deletes everything of the person with a keyed hash."""
        self._folder = folder
        self._delete = delete

    async def forget(self, person: str) -> None:
        """Delete a person's data now, or as soon as the database answers; returns when that is certain.

        Raises:
            OSError: it could be neither noted nor done.
        """
        try:
            await asyncio.to_thread(self._note, person)
        except OSError as error:
            log.error("a deletion could not be noted in %s: %s", self._folder, error.strerror)
            await self._delete(person)
            return
        await self._try(person)

    async def run(self) -> None:
        """Do what is left over from before, and again every minute, until cancelled."""
        while True:
            await self.catch_up()
            await asyncio.sleep(EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Do what is noted."""
        for person in await asyncio.to_thread(self._noted):
            await self._try(person)

    async def _try(self, person: str) -> None:
        try:
            await self._delete(person)
        except DATABASE_ERRORS as error:
            log.warning("a person's data could not be deleted yet: %s", type(error).__name__)
        else:
            with suppress(OSError):
                await asyncio.to_thread((self._folder / person).unlink, missing_ok=True)

    def _note(self, person: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / person).touch()
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _noted(self) -> list[str]:
        try:
            return [path.name for path in self._folder.iterdir() if _PERSON.fullmatch(path.name)]
        except OSError:
            return []
