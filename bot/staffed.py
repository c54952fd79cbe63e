"""Staff of the watch in WeChat: a handler before the one for citizens (`storage.staffchat`)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from bot.wechat.events import MenuClicked, TemplateSent, Unsubscribed
from bot.wechat.messages import LinkMessage, TextMessage
from bot.wechat.push import Push
from bot.wechat.replies import TextReply, fit
from bot.wechat.webhook import Handler, Outcome, Turn
from storage.database import DATABASE_ERRORS
from storage.staffchat import StaffChat, parse

log = logging.getLogger(__name__)

_LOOKS_AFTER = (0.0, 1.0, 5.0, 20.0)
"""Seconds before each look for a message that did not arrive."""


class Staffed:
    """Hands to `StaffChat` what may be a bound person's, and everything else on at once."""

    def __init__(
        self,
        handler: Handler,
        chat: StaffChat,
        person: Callable[[str], str],
        greets: Callable[[str], bool],
        listens: Callable[[str], bool],
    ) -> None:
        """Take the handler for citizens.

        Args:
            handler: answers whatever is not staff's.
            chat: knows who is bound.
            person: an openid as its keyed hash.
            greets: whether a text is no more than a greeting or a wish for help.
            listens: whether what a person types goes to a conversation with staff (转人工).
        """
        self._handler = handler
        self._chat = chat
        self._person = person
        self._greets = greets
        self._listens = listens

    def __call__(self, push: Push, turn: Turn) -> Outcome | Coroutine[Any, Any, Outcome]:
        """Answer; see `bot.wechat.webhook.Handler`."""
        if isinstance(push, Unsubscribed):
            return self._left(push, turn)
        if isinstance(push, TemplateSent) and not push.delivered:
            return self._not_delivered(push, turn)
        if isinstance(push, TextMessage) and not push.menu_id and self._chat.concerns(push.from_user, push.content):
            waited = turn.late or turn.unanswered or self._listens(turn.person)
            greets = not waited and self._greets(push.content)
            user = self._person(push.from_user)
            return self._staff(push, turn, self._chat.answer(push.from_user, user, push.content, greets=greets))
        if isinstance(push, MenuClicked) and self._is_command(push):
            return self._staff(push, turn, self._chat.answer(push.from_user, self._person(push.from_user), push.key))
        if isinstance(push, LinkMessage) and self._chat.concerns(push.from_user, ""):
            return self._staff(push, turn, self._chat.forwarded(push.from_user, push.title, push.url))
        return self._handler(push, turn)

    def _is_command(self, push: MenuClicked) -> bool:
        """A button of the staff's menu: 我的待办."""
        return parse(push.key) is not None and self._chat.concerns(push.from_user, push.key)

    async def _staff(self, push: Push, turn: Turn, answer: Coroutine[Any, Any, str | None]) -> Outcome:
        try:
            said = await answer
        except DATABASE_ERRORS as error:
            log.warning("whether it is staff cannot be said: %s", type(error).__name__)
            said = None
        return await self._onward(push, turn) if said is None else Outcome(TextReply(fit(said)))

    async def _left(self, push: Push, turn: Turn) -> Outcome:
        try:
            await self._chat.forget(push.from_user)
        except DATABASE_ERRORS as error:
            log.warning("a binding could not be forgotten: %s", type(error).__name__)
        return await self._onward(push, turn)

    async def _not_delivered(self, push: TemplateSent, turn: Turn) -> Outcome:
        """A reminder that WeChat had taken did not arrive; it may tell so before the sender has noted its number."""
        for wait in _LOOKS_AFTER:
            await asyncio.sleep(wait)
            try:
                if await self._chat.undelivered(push.message_id, push.status):
                    break
            except DATABASE_ERRORS as error:
                log.warning("a reminder that did not arrive waits: %s", type(error).__name__)
        return await self._onward(push, turn)

    async def _onward(self, push: Push, turn: Turn) -> Outcome:
        outcome = self._handler(push, turn)
        return outcome if isinstance(outcome, Outcome) else await outcome
