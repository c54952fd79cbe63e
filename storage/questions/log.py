"""The question log, written in batches off the reply path: a reply never waits for the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from base64 import urlsafe_b64encode
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from types import TracebackType
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, StatementError
from sqlmodel import SQLModel, col
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.chance import random_bytes
from storage.database import DATABASE_ERRORS, Database
from storage.many import insert_new
from storage.models.questions import Turn
from storage.questions import people
from storage.questions.rulings import fold
from storage.values import immutable

log = logging.getLogger(__name__)

_TURNS = SQLModel.metadata.tables[str(Turn.__tablename__)]

_LONGEST_TEXT = 4000


class Cited(Protocol):
    """A figure in a reply with the cell that it comes from."""

    @property
    def value(self) -> Decimal:
        """The number."""

    @property
    def unit(self) -> str:
        """Its unit."""

    @property
    def agency(self) -> str:
        """Whose report."""

    @property
    def year(self) -> int:
        """Which year's report."""

    @property
    def cell(self) -> str:
        """Which cell."""

    @property
    def source(self) -> str:
        """Where it stands, in words."""


def new_key() -> str:
    """A key for a turn that nobody can guess; a vote names it.

    It begins with the second, so that the keys of one time lie together in their index: else each new row would
    change a page of its own.
    """
    return urlsafe_b64encode(int(time.time()).to_bytes(4, "big") + random_bytes(8)).decode()


@immutable
class Asked:
    """One turn as it was answered.

    Attributes:
        agency_id: of the agency that answered, `None` where none could.
        asked_at: the moment, UTC.
        person: keyed hash of the openid (`people.person_key`).
        text: what was typed.
        normalised: the same, normalised; turns with the same one are the same question.
        kind: answer, choice, none or guide.
        topic: key of what was asked; groups misses of one meaning.
        reply: the text that was sent.
        figures: the stored figures that the reply states or uses.
        versions: ids of the report versions that it used.
        elapsed_us: microseconds from question to finished reply.
        key: names the turn in a vote.
        aided: a language model proposed how the question may be meant.
    """

    agency_id: int | None
    asked_at: datetime
    person: str
    text: str
    normalised: str
    kind: str
    topic: str
    reply: str
    elapsed_us: int
    figures: Sequence[Cited] = ()
    versions: Sequence[int] = ()
    key: str = field(default_factory=new_key)
    aided: bool = False


@dataclass(frozen=True, slots=True)
class Vote:
    """有用 or 没用 for a reply, by the person who got it."""

    key: str
    person: str
    useful: bool
    at: datetime
    reason: str | None = None


class QuestionLog:
    """Takes turns and votes at once and writes them within a fifth of a second; used as an async context manager.

    While the database is away they wait in memory, up to a limit; what goes over it is dropped, counted and logged.
    """

    def __init__(
        self,
        database: Database,
        *,
        seconds: float = 0.2,
        batch: int = 1000,
        waiting: int = 20_000,
        closing: float = 5.0,
    ) -> None:
        """Nothing is written before the context is entered.

        Args:
            database: where the log is.
            seconds: longest wait before what came in is written.
            batch: so many rows are written at once, and earlier than `seconds`.
            waiting: how many turns and votes wait at most.
            closing: seconds that the last write may take at shutdown.
        """
        self._database = database
        self._seconds = seconds
        self._batch = batch
        self._limit = waiting
        self._closing = closing
        self._waiting: deque[Asked | Vote] = deque()
        self._writing = asyncio.Lock()
        self._full = asyncio.Event()
        self._writer: asyncio.Task[None] | None = None
        self._away = False
        self._stopping = False
        self._reported = 0
        self.dropped = 0
        """How many turns and votes were lost since the start."""

    async def __aenter__(self) -> QuestionLog:
        """Start writing."""
        self._writer = asyncio.create_task(self._run(), name="question log")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits, then stop."""
        self._stopping = True
        self._full.set()
        if self._writer is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._writer, self._closing)
        try:
            async with asyncio.timeout(self._closing):
                await self.flush()
        except DATABASE_ERRORS as problem:
            self.dropped += len(self._waiting)
            log.error("question log: %d entries lost at shutdown: %s", len(self._waiting), problem)

    @property
    def waiting(self) -> int:
        """How many turns and votes are not written yet."""
        return len(self._waiting)

    def record(self, asked: Asked) -> None:
        """Take a turn; it is written later."""
        self._take(asked)

    def vote(self, vote: Vote) -> None:
        """Take a vote; the last one on a turn counts, and only from the person who asked."""
        self._take(vote)

    def _take(self, entry: Asked | Vote) -> None:
        if len(self._waiting) >= self._limit:
            self.dropped += 1
            return
        self._waiting.append(entry)
        if len(self._waiting) >= self._batch:
            self._full.set()

    async def forget(self, person: str) -> int:
        """Delete everything of one person, what waits included; says how many stored turns that were."""
        async with self._writing:
            self._drop(person)
            async with self._database.write() as session:
                return await people.forget(session, person)

    async def drop(self, person: str) -> None:
        """Let go of what waits of one person, after what is being written is written; for who deletes the rest."""
        async with self._writing:
            self._drop(person)

    def _drop(self, person: str) -> None:
        self._waiting = deque(e for e in self._waiting if e.person != person)

    async def flush(self) -> None:
        """Write everything that waits now; what comes meanwhile waits for the next time, so that batches stay large.

        Raises:
            SQLAlchemyError, OSError, TimeoutError: the database is away; everything still waits.
        """
        async with self._writing:
            left = len(self._waiting)
            while left > 0:
                entries = [self._waiting[n] for n in range(min(self._batch, left))]
                await self._write(entries)
                for _ in entries:
                    self._waiting.popleft()
                left -= len(entries)

    async def _run(self) -> None:
        while not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._full.wait()
            self._full.clear()
            try:
                await self.flush()
            except DATABASE_ERRORS as error:
                if not self._away:
                    log.warning("question log: the database does not answer, entries wait: %s", error)
                self._away = True
                await asyncio.sleep(self._seconds)
            else:
                self._away = False
            if self.dropped > self._reported:
                log.error("question log: %d entries dropped, too many waited", self.dropped - self._reported)
                self._reported = self.dropped

    async def _write(self, entries: Sequence[Asked | Vote]) -> None:
        try:
            async with self._database.write() as session:
                await _store(session, entries)
        except Exception as error:
            if not _at_fault(error):
                raise
            if len(entries) == 1:
                self.dropped += 1
                log.error("question log: an entry that cannot be stored was dropped: %s", type(error).__name__)
                return
            for entry in entries:  # one bad entry must not hold up the others
                await self._write([entry])


def _at_fault(error: Exception) -> bool:
    """Whether an entry is to blame, and not a database that is away: trying again would fail for ever."""
    if isinstance(error, DBAPIError):
        refused = isinstance(error, DataError | IntegrityError) or type(error) is DBAPIError
        return refused and not error.connection_invalidated
    return isinstance(error, StatementError | ValueError | TypeError | AttributeError)


async def _store(session: AsyncSession, entries: Sequence[Asked | Vote]) -> None:
    """Turns first, then votes; a turn whose commit was not confirmed and comes again is stored once."""
    rows = [_row(e) for e in entries if isinstance(e, Asked)]
    if rows:
        await insert_new(session, _TURNS, rows, unique="key")
    for vote in entries:
        if isinstance(vote, Vote):
            await session.exec(
                sa.update(Turn)
                .where(col(Turn.key) == vote.key, col(Turn.person) == vote.person)
                .values(useful=vote.useful, reason=_clean(vote.reason) if vote.reason else None, voted_at=vote.at)
            )


def _row(asked: Asked) -> dict[str, Any]:
    return {
        "key": asked.key,
        "agency_id": asked.agency_id,
        "asked_at": asked.asked_at,
        "person": asked.person,
        "text": _clean(asked.text),
        "normalised": fold(_clean(asked.normalised)),
        "kind": asked.kind,
        "topic": _clean(asked.topic)[:100],
        "reply": _clean(asked.reply),
        "figures": [
            {
                "value": format(f.value, "f"),
                "unit": f.unit,
                "agency": f.agency,
                "year": f.year,
                "cell": f.cell,
                "source": f.source,
            }
            for f in asked.figures
        ],
        "versions": list(asked.versions),
        "aided": asked.aided,
        "elapsed_us": min(asked.elapsed_us, 2**31 - 1),
    }


def _clean(text: str) -> str:
    """Text that every database takes: no NUL, no half characters, of bounded length."""
    text = text.replace("\x00", "")
    try:
        text.encode()
    except UnicodeEncodeError:
        text = text.encode("utf-8", "replace").decode()
    return text[:_LONGEST_TEXT]
