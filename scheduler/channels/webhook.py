"""A webhook of the bureau's own: JSON with an `Idempotency-Key` by which the receiver drops a repeat."""

from __future__ import annotations

import aiohttp

from scheduler.channels.base import post_json
from storage.models.outbox import OutboxMessage


class JsonWebhook:
    """POSTs the message to the person's address."""

    repeatable = True

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def send(self, message: OutboxMessage) -> None:
        """Deliver: key, subject, body and the fields of the message."""
        payload = {"key": message.key, "subject": message.subject, "body": message.body, "data": message.data}
        await post_json(self._http, message.address, payload, {"Idempotency-Key": message.key})
