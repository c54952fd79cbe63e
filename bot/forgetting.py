"""Deleting what is stored about a person who leaves (个人信息保护法第四十七条), also when the database is away.

Noted by the person's keyed hash: whoever is told that it is accepted will be deleted, whatever ends in between.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.noted import Noted

_PERSON = re.compile(r"[0-9a-f]{32}")


class Forgetting:
    """The deletions of one account."""

    def __init__(self, folder: Path, delete: Callable[[str], Awaitable[object]]) -> None:
        """Take where to note, and what deletes everything of the person with a keyed hash."""
        self._delete = delete
        self._noted = Noted(folder, self._work)
        self.run = self._noted.run
        self.catch_up = self._noted.catch_up

    async def forget(self, person: str) -> None:
        """Delete a person's data now, or as soon as the database answers; returns when that is certain.

        Raises:
            OSError: it could be neither noted nor done.
        """
        await self._noted.do(person)

    async def _work(self, person: str, _content: bytes) -> None:
        if _PERSON.fullmatch(person):
            await self._delete(person)
