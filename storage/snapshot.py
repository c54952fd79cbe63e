"""Published facts in memory: what answers read instead of the database.

Each agency is one immutable `AgencyFacts`, loaded when it is first asked for and kept in a bounded cache. `get` answers
from memory without waiting; a poller sees within a second when another process publishes, rolls back or withdraws.
While the database is away everything that is in memory keeps answering.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from dataclasses import dataclass
from types import MappingProxyType, TracebackType

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.database import DATABASE_ERRORS, Database
from storage.entries.live import load_rules
from storage.errors import NotFound, Refused
from storage.facts import AgencyFacts, ReportFacts
from storage.models.reports import Agency
from storage.questions.rulings import load_rulings
from storage.reports.agencies import change_count, find_agency
from storage.reports.loading import live_versions, load_reports

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Facts of one agency and the change count from before they were read: what changed later is not in them."""

    facts: AgencyFacts
    seen: int


class Snapshots:
    """The facts of the agencies that are asked about, in memory.

    Used as an async context manager it polls for changes; without that it answers from what `load` and `refresh` bring.
    """

    def __init__(self, database: Database, *, capacity: int = 5000, poll_seconds: float = 0.5) -> None:
        """Nothing is loaded yet.

        Args:
            database: where published versions are.
            capacity: how many reports are kept, over all agencies; the agency asked for longest ago goes first. One
                agency is always kept whole.
            poll_seconds: how often changes of other processes are looked for.
        """
        self._database = database
        self._capacity = capacity
        self._poll_seconds = poll_seconds
        self._entries: OrderedDict[int, _Entry] = OrderedDict()
        self._ids: dict[str | None, int] = {}
        self._loading: dict[str | None, asyncio.Task[AgencyFacts]] = {}
        self._refreshing = asyncio.Lock()
        self._seen = 0
        self._poller: asyncio.Task[None] | None = None
        self._away = False

    async def __aenter__(self) -> Snapshots:
        """Start to look for changes."""
        self._poller = asyncio.create_task(self._poll(), name="snapshots")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop looking for changes."""
        if self._poller is not None:
            self._poller.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._poller

    def get(self, name: str | None = None) -> AgencyFacts | None:
        """The facts of an agency from memory at once; `None` when they are to be loaded first.

        Args:
            name: of the agency; without it the only one that has live reports.
        """
        agency_id = self._ids.get(name)
        entry = self._entries.get(agency_id) if agency_id is not None else None
        if entry is None or agency_id is None:
            return None
        self._entries.move_to_end(agency_id)
        return entry.facts

    async def load(self, name: str | None = None) -> AgencyFacts:
        """The facts of an agency, read from the database where they are not in memory.

        Raises:
            NotFound: no such agency, or without a name: none has live reports.
            Refused: no name given and several agencies have live reports.
        """
        found = self.get(name)
        if found is not None:
            return found
        task = self._loading.get(name)
        if task is None:
            task = self._loading[name] = asyncio.create_task(self._load(name))
            task.add_done_callback(lambda done: self._loaded(name, done))
        return await asyncio.shield(task)

    def _loaded(self, name: str | None, task: asyncio.Task[AgencyFacts]) -> None:
        self._loading.pop(name, None)
        if not task.cancelled():
            task.exception()  # whoever waited got it; nobody may have

    async def _load(self, name: str | None) -> AgencyFacts:
        while True:
            async with self._database.read() as session:
                seen = await change_count(session)
                agency = await find_agency(session, name)
                facts = await read_agency(session, agency)
            if seen >= self._seen:
                break  # else something changed while this was being read: read again
        self._keep(facts, seen, name)
        return facts

    def _keep(self, facts: AgencyFacts, seen: int, name: str | None) -> None:
        self._ids[name] = self._ids[facts.name] = facts.id
        self._entries[facts.id] = _Entry(facts, seen)
        self._entries.move_to_end(facts.id)
        size = sum(len(e.facts.reports) for e in self._entries.values())
        while size > self._capacity and len(self._entries) > 1:
            gone, entry = self._entries.popitem(last=False)
            size -= len(entry.facts.reports)
            self._ids = {n: i for n, i in self._ids.items() if i != gone}

    async def refresh(self) -> None:
        """Take in whatever was published, rolled back or withdrawn since the last look; call it after publishing."""
        async with self._refreshing, self._database.read() as session:
            count = await change_count(session)
            if count == self._seen:
                return
            changed = await session.exec(
                select(Agency).where(col(Agency.revision) > self._seen, col(Agency.id).in_(list(self._entries)))
            )
            for agency in changed.all():
                assert agency.id is not None
                entry = self._entries.get(agency.id)
                if entry is not None and entry.seen < agency.revision:
                    facts = await read_agency(session, agency, known=entry.facts)
                    self._entries[agency.id] = _Entry(facts, count)
            await self._resolve_default(session)
            self._seen = count

    async def _resolve_default(self, session: AsyncSession) -> None:
        """Real reports may have come beside a sample; where the choice is no longer clear the one so far goes on."""
        if None not in self._ids:
            return
        try:
            agency = await find_agency(session, None)
        except NotFound:
            del self._ids[None]
        except Refused as error:
            log.warning("%s", error)
        else:
            if agency.id is not None and agency.id in self._entries:
                self._ids[None] = agency.id
            else:
                del self._ids[None]

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            try:
                await self.refresh()
            except DATABASE_ERRORS as error:
                if not self._away:
                    log.warning("the database does not answer; going on with what is in memory: %s", error)
                self._away = True
            else:
                if self._away:
                    log.info("the database answers again")
                self._away = False


async def read_agency(session: AsyncSession, agency: Agency, known: AgencyFacts | None = None) -> AgencyFacts:
    """The facts of an agency from the database; reports that `known` has in the live version are not read again."""
    assert agency.id is not None
    live = await live_versions(session, agency.id)
    have: dict[int, ReportFacts] = {r.version_id: r for r in known.reports.values()} if known is not None else {}
    loaded = have | await load_reports(session, [v for v in live.values() if v not in have])
    aliases, answers = await load_rulings(session, agency.id)
    return AgencyFacts(
        id=agency.id,
        name=agency.name,
        aliases=tuple(agency.aliases),
        reports=MappingProxyType({year: loaded[live[year]] for year in sorted(live)}),
        alias_questions=MappingProxyType(aliases),
        reviewed_answers=MappingProxyType(answers),
        rules=MappingProxyType(await load_rules(session, agency.id)),
    )


async def load_agency(session: AsyncSession, name: str | None = None) -> AgencyFacts:
    """The facts of one agency for a single use (command line), by name or the only one that has live reports.

    Raises:
        NotFound: no such agency, or none has live reports.
        Refused: no name given and several agencies have live reports.
    """
    return await read_agency(session, await find_agency(session, name))
