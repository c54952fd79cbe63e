"""Brings the watch's notices to the staff's WeChat: the official account as a channel of the outbox.

A template message where the account may and a template is set, because WeChat drops a repeat of it by its
client_msg_id; else customer-service text inside the person's allowance; else a subscription notice (订阅通知) for which
the person has given a consent; else the outbox goes on to the next channel.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from bot.sender import NotAllowed, Sender
from bot.wechat.api.capabilities import Capabilities, Feature
from bot.wechat.api.client import WeChatClient
from bot.wechat.api.errors import Action, Unreachable, WeChatError
from bot.wechat.api.messages import KEYWORD_LIMITS, TEMPLATE, Notice, Text, Unsendable, template
from bot.wechat.replies import fit
from storage import outbox
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.errors import Refused
from storage.models.outbox import OutboxMessage
from storage.outbox import ChannelError, Outcome

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0
SOURCES = ("title", "due", "subject", "body")
"""What a template's keyword can show: the obligation, its due day, the notice's subject, its text."""
_DAY_USED_UP = 45009
_OUTCOMES = {
    Action.BACK_OFF: Outcome.RETRY,
    Action.REFRESH: Outcome.RETRY,
    Action.DROP: Outcome.CLOSED,
}
"""What an error means for the message; every other one needs a person."""


@dataclass(frozen=True, slots=True)
class NoticeTemplate:
    """A template of the account and what each of its keywords shows."""

    template_id: str
    keywords: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, text: str) -> NoticeTemplate:
        """Read the setting: `TEMPLATE_ID thing1=title time2=due`.

        Raises:
            Refused: no keyword, or one that is not known.
        """
        template_id, *pairs = text.split()
        keywords = tuple((name, source) for name, _, source in (p.partition("=") for p in pairs))
        wrong = [n for n, s in keywords if s not in SOURCES or n.rstrip("0123456789") not in KEYWORD_LIMITS]
        if not keywords or wrong:
            named = f"（{'、'.join(wrong)}）" if wrong else ""
            raise Refused(
                f"提醒模板的写法不对{named}：应像 模板ID thing1=title time2=due，等号右边可写 {'、'.join(SOURCES)}。"
            )
        return cls(template_id, keywords)

    def notice(self, message: OutboxMessage) -> Notice:
        """The notice of an outbox row; its key, hashed to 32 characters, is the client_msg_id."""
        texts = {"subject": message.subject, "body": message.body, "title": message.subject, "due": ""}
        texts |= {name: str(message.data[name]) for name in ("title", "due") if message.data.get(name)}
        values = {name: texts[source] for name, source in self.keywords if texts[source]}
        client_id = hashlib.blake2b(message.key.encode(), digest_size=16).hexdigest()
        return Notice(self.template_id, values, str(message.data.get("link", "")), client_id)


@dataclass(frozen=True, slots=True)
class Outbound:
    """What an account with an AppSecret sends with."""

    client: WeChatClient
    capabilities: Capabilities
    sender: Sender


class AccountChannel:
    """The official account as a channel (`storage.outbox.Channel`). Without `outbound` it sends everybody onward."""

    def __init__(
        self,
        outbound: Outbound | None,
        notice_template: NoticeTemplate | None,
        subscription: NoticeTemplate | None = None,
    ) -> None:
        """Take what sends, the template of template messages (模板消息) and that of subscription notices."""
        self._outbound = outbound
        self._template = notice_template
        self._subscription = subscription

    @property
    def repeatable(self) -> bool:
        """Whether a repeat reaches the person once: with template messages it does."""
        return self._may_use_template() is not None

    def _may_use_template(self) -> NoticeTemplate | None:
        able = self._outbound is not None and self._outbound.capabilities.may(Feature.TEMPLATE)
        return self._template if able else None

    async def send(self, message: OutboxMessage) -> str | None:
        """Deliver one message, or raise `ChannelError`; WeChat's number of a template message."""
        if self._outbound is None:
            raise ChannelError(Outcome.CLOSED, "公众号没有设置 AppSecret，不能主动发消息")
        try:
            if (chosen := self._may_use_template()) is not None:
                return await self._send_template(self._outbound, chosen, message)
            await self._send_in_window(self._outbound, message)
        except NotAllowed as error:
            raise ChannelError(Outcome.CLOSED, str(error)) from None
        except Unsendable as error:
            raise ChannelError(Outcome.REFUSED, str(error)) from None
        except WeChatError as error:
            raise channel_error(error) from None
        except DATABASE_ERRORS as error:
            raise ChannelError(Outcome.UNCERTAIN, f"数据库没有应答（{type(error).__name__}）") from error
        return None

    async def _send_in_window(self, outbound: Outbound, message: OutboxMessage) -> None:
        """As text; where nothing may be sent to the person now, by what they subscribed to."""
        try:
            await outbound.sender.send(message.address, Text(fit(f"{message.subject}\n{message.body}")))
        except NotAllowed:
            if self._subscription is None or not outbound.capabilities.may(Feature.SUBSCRIPTION_NOTICE):
                raise
            await outbound.sender.notify(message.address, self._subscription.notice(message))

    async def _send_template(self, outbound: Outbound, chosen: NoticeTemplate, message: OutboxMessage) -> str | None:
        """Accepted is not arrived: what became of it comes as an event with the same number."""
        try:
            answer = await outbound.client.post(TEMPLATE, template(message.address, chosen.notice(message)))
        except WeChatError as error:
            outbound.capabilities.refused(TEMPLATE, error)
            if error.action is not Action.DONE:
                raise
            return None
        return str(answer["msgid"])[:40] if answer.get("msgid") else None


def channel_error(error: WeChatError) -> ChannelError:
    """What an error of WeChat means for a message in the outbox."""
    if isinstance(error, Unreachable):
        return ChannelError(Outcome.UNCERTAIN if error.maybe_done else Outcome.RETRY, error.meaning)
    text = f"{error.code}：{error.meaning}。{error.advice}"
    if error.code == _DAY_USED_UP:
        return ChannelError(Outcome.RETRY, text, after=timedelta(hours=1))
    return ChannelError(_OUTCOMES.get(error.action, Outcome.REFUSED), text)


async def deliver_notices(
    database: Database, account: str, channel: AccountChannel, holder: str, clock: Clock, stop: asyncio.Event
) -> None:
    """Send what is due to an account's staff, every two seconds, until `stop`; a database that is away is waited for.

    It stops between messages: one that is being sent is sent and marked.
    """
    while not stop.is_set():
        try:
            await outbox.deliver(database, {outbox.wechat_of(account): channel}, holder, clock)
        except DATABASE_ERRORS as error:
            log.warning("notices wait: %s", type(error).__name__)
        except Exception:
            log.exception("notices wait")
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_SECONDS)
