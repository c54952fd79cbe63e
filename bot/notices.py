"""The official account as a channel of the watch (`storage.outbox.Channel`): text inside each person's allowance."""

from __future__ import annotations

from bot.sender import NotAllowed, Sender
from bot.wechat.api.errors import Action, Unreachable, WeChatError
from bot.wechat.api.messages import Text, Unsendable, split
from storage.models.outbox import OutboxMessage
from storage.outbox import ChannelError, Outcome


class AccountChannel:
    """Sends a reminder as a customer-service text; where none is allowed it is held for the person's next message.

    The interface knows no idempotency key: after an attempt without answer the message goes another way.
    """

    repeatable = False

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    async def send(self, message: OutboxMessage) -> None:
        """Deliver the first part of the text; a reminder fits into one."""
        try:
            await self._sender.send(message.address, Text(split(f"{message.subject}\n{message.body}")[0]))
        except NotAllowed as error:
            raise ChannelError(Outcome.CLOSED, str(error)) from error
        except Unsendable as error:
            raise ChannelError(Outcome.REFUSED, str(error)) from error
        except Unreachable as error:
            raise ChannelError(Outcome.UNCERTAIN if error.maybe_done else Outcome.RETRY, error.meaning) from error
        except WeChatError as error:
            raise ChannelError(_OUTCOMES.get(error.action, Outcome.REFUSED), f"{error.code} {error.meaning}") from error


_OUTCOMES = {
    Action.BACK_OFF: Outcome.RETRY,
    Action.REFRESH: Outcome.RETRY,
    Action.DROP: Outcome.CLOSED,
}
