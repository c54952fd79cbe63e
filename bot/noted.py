"""Work that was accepted and must be done, also when the database is away and the process ends meanwhile.

It is noted as a small file before it is tried, and the note goes once it is done: whatever ends in between, the next
look does it. So it may be done twice, and must come to the same then.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
_UNFINISHED = ".part"


class Noted:
    """One kind of work of one account."""

    def __init__(self, folder: Path, work: Callable[[str, bytes], Awaitable[object]]) -> None:
        """Take where to note, and what does the work that a name and some content stand for."""
        self._folder = folder
        self._work = work

    async def do(self, name: str, content: bytes = b"") -> None:
        """Do a piece of work now, or as soon as the database answers; returns when that is certain.

        Args:
            name: tells it from every other, and is fit for a file's name.
            content: what `work` needs besides.

        Raises:
            OSError: it could be neither noted nor done.
        """
        try:
            await asyncio.to_thread(self._note, name, content)
        except OSError as error:
            log.error("nothing can be noted in %s: %s", self._folder, error.strerror)
            await self._work(name, content)
            return
        await self._try(name, content)

    async def run(self) -> None:
        """Do what is left over from before, and again every minute, until cancelled."""
        while True:
            await self.catch_up()
            await asyncio.sleep(EVERY_SECONDS)

    async def catch_up(self) -> None:
        """Do what is noted."""
        for name, content in await asyncio.to_thread(self._noted):
            await self._try(name, content)

    async def _try(self, name: str, content: bytes) -> None:
        try:
            await self._work(name, content)
        except DATABASE_ERRORS as error:
            log.warning("%s: not done yet: %s", self._folder.name, type(error).__name__)
        else:
            with suppress(OSError):
                await asyncio.to_thread((self._folder / name).unlink, missing_ok=True)

    def _note(self, name: str, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{name}{_UNFINISHED}"
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _noted(self) -> list[tuple[str, bytes]]:
        try:
            notes = [path for path in self._folder.iterdir() if path.suffix != _UNFINISHED]
            return [(path.name, path.read_bytes()) for path in notes]
        except OSError:
            return []
