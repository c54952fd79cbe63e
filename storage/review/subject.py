"""What a kind of thing must know to pass through review."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlmodel.ext.asyncio.session import AsyncSession

from storage.acting import By
from storage.models.review import ItemState, ReviewItem


class Subject(Protocol):
    """A kind of thing that is reviewed: its drafts, and what becomes of them as their item moves.

    Every function does its part of the caller's unit of work; the item is locked before the thing is. What is refused
    is raised as `Refused`, what came too late as `Conflict`.
    """

    @property
    def kind(self) -> str:
        """Names the kind in `ReviewItem.kind`; at most 20 characters, never changed."""

    @property
    def at_once(self) -> bool:
        """Whether the last signature releases it, so that nobody orders its publishing (a reply to one person)."""

    @property
    def personal(self) -> bool:
        """Whether it is said to one citizen: words about it go with that person's data, so the audit log has none."""

    async def draft(self, session: AsyncSession, subject_id: int) -> str:
        """Lock a draft that is to be handed in and say what it is called.

        Raises:
            NotFound: there is none of that id.
            Conflict: it is no draft any more.
        """

    async def move(self, session: AsyncSession, subject_id: int, state: ItemState, by: By) -> None:
        """Its item was handed in, returned, approved or discarded: IN_REVIEW, RETURNED, APPROVED, DISCARDED."""

    async def fault(self, session: AsyncSession, subject_id: int, accepted: Collection[str]) -> str | None:
        """What stands in the way of the last signature; `None` where nothing does.

        Args:
            session: of the caller's unit of work.
            subject_id: the thing.
            accepted: codes of errors that the signer takes responsibility for.
        """

    async def release(self, session: AsyncSession, item: ReviewItem, expected: int | None, by: By) -> None:
        """Make it what citizens get: publish it, send it.

        Args:
            session: of the caller's unit of work.
            item: approved; `accepted` holds the codes that the last signature took responsibility for.
            expected: what the caller saw live in its place.
            by: who publishes; with `at_once` who signed last.

        Raises:
            Conflict: something else is live by now.
        """

    async def withdraw(self, session: AsyncSession, subject_id: int, reason: str, by: By) -> None:
        """Take it from citizens at once.

        Raises:
            Conflict: it is not live any more.
        """

    async def restore(self, session: AsyncSession, subject_id: int, expected: int | None, by: By) -> None:
        """Make what was live before live again.

        Raises:
            Conflict: something else is live by now, or it was never live.
        """
