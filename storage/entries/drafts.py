"""Drafts of entries: new ones, changes of what is live, and what the desk lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage import audit
from storage.acting import By
from storage.entries.content import AnswerText, answer_from, answer_values, rule_from, rule_values
from storage.errors import Conflict, NotFound
from storage.facts import RuleText
from storage.models.entries import Entry, EntryKind, EntryVersion
from storage.models.reports import VersionState
from storage.reports.agencies import insert

Content = RuleText | AnswerText
OPEN = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED)


@dataclass(frozen=True, slots=True)
class Written:
    """A version with its entry.

    Attributes:
        entry: the rule or answer that it is a version of.
        version: the row.
        content: what it says.
    """

    entry: Entry
    version: EntryVersion
    content: Content

    @property
    def id(self) -> int:
        """The version's id."""
        assert self.version.id is not None
        return self.version.id

    @property
    def title(self) -> str:
        """What it is called."""
        return self.content.title

    @property
    def live(self) -> bool:
        """Whether citizens get it."""
        return self.entry.live == self.version.number and not self.entry.off


def values_of(content: Content) -> dict[str, Any]:
    """The content as it is stored."""
    return rule_values(content) if isinstance(content, RuleText) else answer_values(content)


def content_of(kind: str, values: Mapping[str, Any]) -> Content:
    """The content that `values_of` made these from."""
    return rule_from(values) if kind == EntryKind.RULE else answer_from(values)


async def propose(session: AsyncSession, agency_id: int, key: str, content: Content, by: By) -> Written:
    """A new draft of the entry of that key, which is made where there is none.

    Args:
        session: of the caller's unit of work.
        agency_id: whose.
        key: of a bundled rule or of an entry; a new one for a new entry.
        content: checked (`storage.entries.content`).
        by: who writes.

    Raises:
        Conflict: somebody is at a draft of it, or it is in review.
    """
    kind = EntryKind.RULE if isinstance(content, RuleText) else EntryKind.ANSWER
    entry = await ensure(session, agency_id, kind, key, by)
    assert entry.id is not None
    known = (await session.exec(select(EntryVersion).where(EntryVersion.entry_id == entry.id))).all()
    unfinished = next((v for v in known if v.state in OPEN), None)
    if unfinished is not None:
        raise Conflict("这一条已经有一份稿子在改或在审，请在那份上修改，或等它办完。您刚才填的没有保存。")
    version = EntryVersion(
        entry_id=entry.id,
        number=max((v.number for v in known), default=0) + 1,
        content=values_of(content),
        created_by=by.actor,
        created_at=by.now,
    )
    session.add(version)
    await session.flush()
    await _record(session, "entry.draft", version, content, by)
    return Written(entry, version, content)


async def ensure(session: AsyncSession, agency_id: int, kind: EntryKind, key: str, by: By) -> Entry:
    """The entry of that key, locked; made where there is none."""
    values = {"agency_id": agency_id, "kind": kind.value, "key": key, "off": False, "created_at": by.now}
    row = insert(session, Entry).values(values)
    await session.exec(row.on_conflict_do_nothing(index_elements=["agency_id", "kind", "key"]))
    of = select(Entry).where(Entry.agency_id == agency_id, Entry.kind == kind, Entry.key == key)
    return (await session.exec(of.with_for_update())).one()


async def change(session: AsyncSession, version_id: int, content: Content, *, revision: int, by: By) -> Written:
    """Change a draft.

    Raises:
        NotFound: there is none of that id.
        Conflict: it is no draft any more, or somebody changed it since the form was opened.
    """
    written = await get(session, version_id, lock=True)
    version = written.version
    if version.state != VersionState.DRAFT or version.published_at is not None:
        raise Conflict("这份稿子已经提交，不能再改。您刚才填的没有保存。")
    if version.revision != revision:
        raise Conflict("这份稿子刚被别人改过，请看过现在的内容再改。您刚才填的没有保存。")
    version.content = values_of(content)
    version.revision += 1
    session.add(version)
    await session.flush()
    await _record(session, "entry.change", version, content, by, before=values_of(written.content))
    return Written(written.entry, version, content)


async def _record(
    session: AsyncSession,
    action: str,
    version: EntryVersion,
    content: Content,
    by: By,
    before: dict[str, Any] | None = None,
) -> None:
    await audit.record(
        session,
        actor=by.actor,
        action=action,
        subject=f"entry {version.entry_id} version {version.number}",
        before=before,
        after=values_of(content),
        origin=by.origin,
        at=by.now,
    )


async def get(session: AsyncSession, version_id: int, *, lock: bool = False) -> Written:
    """One version; with `lock` its entry and it are locked for the unit of work.

    Raises:
        NotFound: there is none of that id.
    """
    query = select(EntryVersion).where(EntryVersion.id == version_id)
    version = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if version is None:
        raise NotFound("没有这份稿子。")
    of = select(Entry).where(Entry.id == version.entry_id)
    entry = (await session.exec(of.with_for_update() if lock else of)).one()
    return Written(entry, version, content_of(entry.kind, version.content))


async def entries_of(session: AsyncSession, agency_id: int) -> Sequence[Entry]:
    """All entries of an agency, the oldest first."""
    query = select(Entry).where(Entry.agency_id == agency_id).order_by(col(Entry.id))
    return (await session.exec(query)).all()


async def versions_of(session: AsyncSession, entries: Sequence[Entry]) -> list[Written]:
    """Every version of these entries, of each the newest first."""
    by_id = {e.id: e for e in entries}
    query = select(EntryVersion).where(col(EntryVersion.entry_id).in_(list(by_id)))
    rows = await session.exec(query.order_by(col(EntryVersion.entry_id), col(EntryVersion.number).desc()))
    found = ((by_id[v.entry_id], v) for v in rows)
    return [Written(e, v, content_of(e.kind, v.content)) for e, v in found]


async def entry_of(session: AsyncSession, agency_id: int, kind: EntryKind, key: str) -> Entry | None:
    """The entry of that key, if there is one."""
    query = select(Entry).where(Entry.agency_id == agency_id, Entry.kind == kind, Entry.key == key)
    return (await session.exec(query)).one_or_none()


async def phrases_in_work(session: AsyncSession, agency_id: int) -> dict[str, int]:
    """Ways of asking whose answer is being written or reviewed, by key: the id of the version."""
    query = (
        select(EntryVersion)
        .join(Entry, col(Entry.id) == col(EntryVersion.entry_id))
        .where(Entry.agency_id == agency_id, Entry.kind == EntryKind.ANSWER, col(EntryVersion.state).in_(OPEN))
    )
    return {p.key: v.id for v in await session.exec(query) if v.id is not None for p in answer_from(v.content).phrases}
