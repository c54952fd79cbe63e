"""Keeps the ledger of what may be sent to whom while pushes come in, off their path to the answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from bot.wechat import events, messages
from bot.wechat.push import Push
from storage import allowance
from storage.allowance import Grant
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.models.allowance import AllowanceKind

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
SWEEP_EVERY = timedelta(hours=1)
REVOKED = "user_authorization_revoke"
_KEPT = 10_000
"""Pushes that wait to be entered while the database is away. What is dropped is only a message not sent."""
_TAPS = (events.MenuClicked, events.CodeScanned, events.Subscribed, events.Scanned)
_TELLING = (messages.Message, *_TAPS, events.Unsubscribed, events.ProfileChanged, events.NoticesChosen)


class Ledger:
    """The ledger of one account. `seen` only notes; a task enters the notes every second."""

    def __init__(
        self,
        database: Database,
        account: str,
        person: Callable[[str], str],
        clock: Clock,
        seal: Callable[[str], str] = lambda _: "",
    ) -> None:
        """Take what the ledger needs.

        Args:
            database: where to write.
            account: the account's name.
            person: an openid as the keyed hash that stands for it.
            clock: the time.
            seal: an openid as it is kept while something may be sent to it; without it none is kept.
        """
        self._seal = seal
        self._database = database
        self._account = account
        self._person = person
        self._clock = clock
        self._pushes: list[Push] = []
        self._entering = asyncio.Lock()

    def seen(self, push: Push) -> None:
        """Note a push that gives or takes an allowance."""
        if isinstance(push, _TELLING):
            if len(self._pushes) >= _KEPT:
                del self._pushes[: _KEPT // 2]
            self._pushes.append(push)

    async def run(self) -> None:
        """Enter what was noted, every second, until cancelled, then once more; ended windows go every hour."""
        swept_at = None
        try:
            while True:
                with suppress(*DATABASE_ERRORS):
                    await self.enter()
                    if swept_at is None or self._clock.now() - swept_at >= SWEEP_EVERY:
                        swept_at = self._clock.now()
                        await self._sweep()
                await asyncio.sleep(EVERY_SECONDS)
        finally:
            with suppress(*DATABASE_ERRORS):
                await self.enter()

    async def enter(self) -> None:
        """Enter what was noted, in the order in which it came."""
        async with self._entering:
            pushes, self._pushes = self._pushes, []
            if not pushes:
                return
            try:
                await self._enter(pushes)
            except BaseException:
                self._pushes[:0] = pushes
                raise

    async def _sweep(self) -> None:
        async with self._database.write() as session:
            await allowance.sweep(session, self._clock.now())

    async def _enter(self, pushes: list[Push]) -> None:
        grants: list[Grant] = []
        async with self._database.write() as session:
            for push in pushes:
                person = self._person(push.from_user)
                if isinstance(push, events.ProfileChanged) and push.name != REVOKED:
                    continue
                if isinstance(push, events.Unsubscribed | events.ProfileChanged):
                    grants = [g for g in grants if g.person != person]
                    await allowance.forget(session, self._account, person)
                elif isinstance(push, events.NoticesChosen):
                    for choice in push.choices:
                        await allowance.consent(
                            session,
                            self._account,
                            person,
                            choice.template_id,
                            accepted=choice.accepted,
                            now=self._clock.now(),
                        )
                else:
                    grants.append(Grant(person, _kind(push), self._moment(push), self._seal(push.from_user)))
            await allowance.grant(session, self._account, grants)

    def _moment(self, push: Push) -> datetime:
        """When WeChat says it happened, but never later than now."""
        now = self._clock.now()
        return now if push.created > now.timestamp() else datetime.fromtimestamp(push.created, UTC)

    async def take(self, openid: str) -> AllowanceKind | None:
        """Use one customer-service message to a person; `None`: none may be sent."""
        await self.enter()
        async with self._database.write() as session:
            return await allowance.take(session, self._account, self._person(openid), self._clock.now())

    async def give_back(self, openid: str, kind: AllowanceKind) -> None:
        """A message surely did not go out."""
        async with self._database.write() as session:
            await allowance.give_back(session, self._account, self._person(openid), kind)

    async def exhaust(self, openid: str) -> None:
        """WeChat says that nothing may be sent to a person."""
        async with self._database.write() as session:
            await allowance.exhaust(session, self._account, self._person(openid))

    async def left(self, openid: str) -> int:
        """How many customer-service messages may go to a person now."""
        await self.enter()
        async with self._database.read() as session:
            return await allowance.left(session, self._account, self._person(openid), self._clock.now())

    async def consent(self, openid: str, template_id: str, *, accepted: bool) -> None:
        """Enter a consent to one notice, or that there is none any more."""
        async with self._database.write() as session:
            now, person = self._clock.now(), self._person(openid)
            await allowance.consent(session, self._account, person, template_id, accepted=accepted, now=now)

    async def take_consent(self, openid: str, template_id: str) -> bool:
        """Use a person's consent to one notice; false: there is none."""
        await self.enter()
        async with self._database.write() as session:
            return await allowance.take_consent(session, self._account, self._person(openid), template_id)


def _kind(push: Push) -> AllowanceKind:
    """Tapping an entry of a menu message counts as a tap, though it arrives as text."""
    if isinstance(push, _TAPS) or (isinstance(push, messages.TextMessage) and push.menu_id):
        return AllowanceKind.TAP
    return AllowanceKind.MESSAGE
