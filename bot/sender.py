"""Sends by itself where an account may: late answers to citizens, typing while they wait, text inside its allowance."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from bot.ledger import Ledger
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Unreachable, WeChatError
from bot.wechat.api.media import Media
from bot.wechat.api.messages import (
    CUSTOM,
    SUBSCRIPTION,
    Image,
    News,
    Notice,
    Outgoing,
    Text,
    Unsendable,
    custom,
    split,
    subscription,
    typing,
)
from bot.wechat.messages import Message
from bot.wechat.push import Push
from bot.wechat.replies import ImageReply, NewsReply, Reply, TextReply
from bot.wechat.webhook import Handler, Outcome, Turn
from storage.database import DATABASE_ERRORS

log = logging.getLogger(__name__)

NOT_ALLOWED = frozenset({45015, 45047, 43101})
"""The window is closed, its messages are used up, or there is no consent."""
Undo = Callable[[], Awaitable[None]]
TYPING_AFTER = 1.5
"""Seconds of work after which a person sees 对方正在输入."""

PICTURE_AFTER = 1.0
"""Seconds after the reply was handed over: the picture is to come below it."""


class NotAllowed(Exception):
    """Nothing may be sent to this person now: the account may not, or the person's allowance is used up."""


class Sender:
    """Customer-service messages of one account, inside each person's allowance."""

    def __init__(self, client: WeChatClient, capabilities: Capabilities, ledger: Ledger, media: Media) -> None:
        self._client = client
        self._media = media
        self._capabilities = capabilities
        self._ledger = ledger

    async def send(self, openid: str, message: Outgoing) -> None:
        """Send one message. The allowance is used before the call and given back where nothing went out.

        Raises:
            NotAllowed: not tried, or refused because nothing is allowed.
            Unsendable: WeChat would refuse the message itself.
            WeChatError: it failed; `Unreachable.maybe_done` where it may have arrived.
        """
        body = custom(openid, message)
        if not self._capabilities.may(Feature.CUSTOM_MESSAGE):
            raise NotAllowed("这个公众号没有客服消息权限")
        kind = await self._ledger.take(openid)
        if kind is None:
            raise NotAllowed("对方 48 小时内没有发来消息，或可发的条数已用完")
        await self._post(
            CUSTOM, body, lambda: self._ledger.give_back(openid, kind), lambda: self._ledger.exhaust(openid)
        )

    async def notify(self, openid: str, notice: Notice) -> None:
        """Send a subscription notice (订阅通知) for one consent of the person; used and given back like an allowance.

        Raises:
            NotAllowed: the account may not, or the person has not agreed to this notice.
            Unsendable: see `bot.wechat.api.messages.subscription`.
            WeChatError: it failed; `Unreachable.maybe_done` where it may have arrived.
        """
        body = subscription(openid, notice)
        if not self._capabilities.may(Feature.SUBSCRIPTION_NOTICE):
            raise NotAllowed("这个公众号没有订阅通知权限")
        if not await self._ledger.take_consent(openid, notice.template_id):
            raise NotAllowed("对方没有订阅这类通知")

        async def consented(*, accepted: bool) -> None:
            await self._ledger.consent(openid, notice.template_id, accepted=accepted)

        await self._post(SUBSCRIPTION, body, partial(consented, accepted=True), partial(consented, accepted=False))

    async def _post(self, path: str, body: dict[str, Any], give_back: Undo, close: Undo) -> None:
        """Call; `give_back` where nothing went out, `close` where WeChat says that nothing is allowed."""
        try:
            await self._client.post(path, body)
        except Unreachable as error:
            if not error.maybe_done:
                await give_back()
            raise
        except WeChatError as error:
            if error.code in NOT_ALLOWED:
                await close()
                raise NotAllowed(error.meaning) from None
            await give_back()
            self._capabilities.refused(path, error)
            raise

    async def show_typing(self, openid: str) -> None:
        """Show 对方正在输入, where the account may."""
        if self._capabilities.may(Feature.TYPING):
            await typing(self._client, openid)

    def may_send_pictures(self) -> bool:
        """Whether the account may send a picture after a reply."""
        return self._capabilities.may(Feature.CUSTOM_MESSAGE) and self._capabilities.may(Feature.MEDIA)

    async def send_picture(self, openid: str, make: Callable[[], Awaitable[bytes | None]]) -> None:
        """Send what `make` draws; the reply says the same in words, so that a failure costs nobody anything."""
        try:
            content = await make()
            if content is not None:
                await self._media.use(content, lambda media_id: self.send(openid, Image(media_id)))
        except (NotAllowed, Unsendable, WeChatError, *DATABASE_ERRORS) as error:
            log.info("picture is not sent: %s", error)


class LateSender:
    """Sends answers that came too late for their push (`bot.wechat.webhook.LateAnswers`)."""

    def __init__(self, sender: Sender, capabilities: Capabilities) -> None:
        self._sender = sender
        self._capabilities = capabilities

    def may_send(self, push: Push) -> bool:
        """Whether a late answer to `push` can be sent: the push itself gives the allowance."""
        return isinstance(push, Message) and self._capabilities.may(Feature.CUSTOM_MESSAGE)

    async def send(self, push: Push, reply: Reply) -> bool:
        """Send a late answer; false where it is better kept for the person's next message.

        An answer in several pieces counts as sent once its first piece is.
        """
        sent = False
        for piece in _pieces(reply):
            try:
                await self._sender.send(push.from_user, piece)
            except (NotAllowed, Unsendable, WeChatError, *DATABASE_ERRORS) as error:
                log.warning("late answer is kept: %s", error)
                return sent
            sent = True
        return sent


def _pieces(reply: Reply) -> Sequence[Outgoing]:
    match reply:
        case TextReply(content):
            return [Text(piece) for piece in split(content)]
        case ImageReply(media_id):
            return [Image(media_id)]
        case NewsReply(title, description, picture_url, url):
            return [News(title, description, url, picture_url)]
        case _:
            return []


class Attended:
    """A handler whose pushes are entered in the ledger.

    While it is slow the person sees 对方正在输入; the picture that goes with a reply is sent after it.
    """

    def __init__(self, handler: Handler, ledger: Ledger, sender: Sender) -> None:
        self._handler = handler
        self._ledger = ledger
        self._sender = sender
        self._running: set[asyncio.Task[None]] = set()

    def __call__(self, push: Push, turn: Turn) -> Outcome | Coroutine[Any, Any, Outcome]:
        """Answer; see `bot.wechat.webhook.Handler`."""
        self._ledger.seen(push)
        outcome = self._handler(push, turn)
        if isinstance(outcome, Outcome):
            return self._with_picture(push, outcome)
        return self._attend(push, outcome)

    async def _attend(self, push: Push, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        if not isinstance(push, Message):
            return self._with_picture(push, await work)
        timer = asyncio.get_running_loop().call_later(
            TYPING_AFTER, lambda: self._start(self._sender.show_typing(push.from_user))
        )
        try:
            return self._with_picture(push, await work)
        finally:
            timer.cancel()

    def _with_picture(self, push: Push, outcome: Outcome) -> Outcome:
        make = outcome.picture
        if make is not None and self._sender.may_send_pictures():
            loop = asyncio.get_running_loop()
            loop.call_later(PICTURE_AFTER, lambda: self._start(self._sender.send_picture(push.from_user, make)))
        return outcome

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
