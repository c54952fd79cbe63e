"""E-mail and the many other services that Apprise knows."""

from __future__ import annotations

import asyncio
from urllib.parse import quote

import apprise

from storage.models.outbox import OutboxMessage
from storage.outbox import ChannelError, Outcome

_TIMEOUT = 45.0
"""Shorter than a message's lease, so that a slow mail server never makes two attempts overlap."""


class Apprise:
    """Sends to the Apprise address that is the person's address; blocking work is done in a thread."""

    repeatable = False

    async def send(self, message: OutboxMessage) -> None:
        """Deliver with the subject as title."""
        await self.notify(message.address, message)

    async def notify(self, address: str, message: OutboxMessage) -> None:
        """Deliver to an Apprise address."""
        work = asyncio.to_thread(_notify, address, message.subject, message.body)
        try:
            delivered = await asyncio.wait_for(work, _TIMEOUT)
        except TimeoutError as error:
            raise ChannelError(Outcome.UNCERTAIN, "对方服务器没有应答") from error
        if not delivered:
            raise ChannelError(Outcome.RETRY, "没有送达")


def _notify(address: str, subject: str, body: str) -> bool:
    """Deliver, in a thread: the first address loads every service that Apprise knows, which takes a second."""
    sender = apprise.Apprise()
    if not sender.add(address):
        raise ChannelError(Outcome.REFUSED, "通知地址不是 Apprise 认识的格式")
    return bool(sender.notify(body=body, title=subject))


class Email(Apprise):
    """Sends to the person's e-mail address over the mail server of the settings."""

    def __init__(self, server: str) -> None:
        self._server = server

    async def send(self, message: OutboxMessage) -> None:
        """Deliver as an e-mail."""
        joint = "&" if "?" in self._server else "?"
        await self.notify(f"{self._server}{joint}to={quote(message.address)}", message)
