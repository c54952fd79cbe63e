"""Messages waiting to be sent (发件箱): stored with the change that caused them, then leased, sent, marked.

`deliver` is the one loop that every sending process runs, each with the channels it has: the scheduler those of the
office (group robot, e-mail, webhook), the web process the official account. What each death leaves behind:

1. before the claim commits: the row waits as it did;
2. after the claim: the lease runs out and the row is claimed again. Where the channel's API knows the message's key
   (`Channel.repeatable`) it is simply sent again and the API drops the repeat. Where it does not, nobody can know
   whether the first attempt arrived, so the message goes on over the person's next channel, or, without one, over the
   same with a line that says so;
3. after the mark: done.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.clock import Clock
from storage.database import Database
from storage.models.outbox import OutboxMessage
from storage.models.watch import MAIN_ACCOUNT, WatchPerson

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=90)
"""Longer than any channel's timeout."""
MAX_ATTEMPTS = 8
_CHUNK = 200
_TABLE = OutboxMessage.__table__  # type: ignore[attr-defined]
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
AGAIN = "【补发】上一次发送的结果未知，如已收到请忽略。\n"
WECHAT = "wechat"
"""The official account; its address is the person's bound openid, wherever it stands among their channels."""


def wechat_of(account: str) -> str:
    """The channel of one official account: its own staff alone are sent to over it."""
    return WECHAT if account == MAIN_ACCOUNT else f"{WECHAT}:{account}"


NOWHERE = "none"
"""The channel of a message to somebody without any."""


class Status(StrEnum):
    """Where a message is on its way."""

    WAITING = "waiting"
    LEASED = "leased"
    SENT = "sent"
    HELD = "held"
    """Cannot be sent now; shown when the person next writes to the account."""
    FAILED = "failed"
    CANCELLED = "cancelled"


class Outcome(StrEnum):
    """What a failure means for the message."""

    RETRY = "retry"
    """Not delivered; try again later."""
    UNCERTAIN = "uncertain"
    """May have been delivered: the answer did not come."""
    REFUSED = "refused"
    """This channel will never take it: go on to the next, tell the operator."""
    CLOSED = "closed"
    """The person cannot be reached here at present (48-hour window, unfollowed): go on to the next, or hold."""


class ChannelError(Exception):
    """A channel could not deliver. The message is Chinese and holds no secret."""

    def __init__(self, outcome: Outcome, text: str, *, after: timedelta | None = None) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.after = after
        """When to try again, where the channel said so."""


class Channel(Protocol):
    """A way to a person."""

    @property
    def repeatable(self) -> bool:
        """Whether sending the same key twice reaches the person once."""
        ...

    async def send(self, message: OutboxMessage) -> str | None:
        """Deliver one message, or raise `ChannelError`; the channel's number of it where it has one (`undelivered`)."""
        ...


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is addressed.

    Attributes:
        key: what makes it the same message; stored once.
        subject: one line.
        body: the text.
        case_id: the case it is about.
        not_before: when it may be sent; at once where it is not given.
        data: fields for channels that want them (template message values, the link of the first action).
    """

    key: str
    subject: str
    body: str
    case_id: int | None = None
    not_before: datetime | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def channels_of(person: WatchPerson) -> list[tuple[str, str]]:
    """A person's channels in the order to try: (kind, address). The account comes first where it is bound."""
    listed = [(c["kind"], c["to"]) for c in person.channels]
    if not any(kind == WECHAT for kind, _ in listed):
        listed.insert(0, (WECHAT, ""))
    openid = person.openid
    if openid is None:
        return [(kind, to) for kind, to in listed if kind != WECHAT]
    return [(wechat_of(person.account), openid) if kind == WECHAT else (kind, to) for kind, to in listed]


async def put(session: AsyncSession, person: WatchPerson, letter: Letter, clock: Clock) -> bool:
    """Store a message to a person over their first channel; `False` where that message is stored already."""
    return await put_all(session, [(person, letter)], clock) == 1


async def put_all(session: AsyncSession, letters: Sequence[tuple[WatchPerson, Letter]], clock: Clock) -> int:
    """Store messages to people over the first channel of each; how many were not stored already."""
    count = 0
    for start in range(0, len(letters), _CHUNK):
        rows = []
        for person, letter in letters[start : start + _CHUNK]:
            channels = channels_of(person)
            rows.append(_row(person, letter, *(channels[0] if channels else (NOWHERE, "")), clock))
        count += await _insert(session, rows)
    return count


def _row(person: WatchPerson, letter: Letter, kind: str, address: str, clock: Clock) -> dict[str, Any]:
    nowhere = kind == NOWHERE
    return {
        "key": letter.key,
        "person_id": person.id,
        "case_id": letter.case_id,
        "channel": kind,
        "address": address,
        "subject": letter.subject[:200],
        "body": letter.body,
        "data": dict(letter.data),
        "status": Status.HELD if nowhere else Status.WAITING,
        "not_before": letter.not_before or clock.now(),
        "attempts": 0,
        "created_at": clock.now(),
        "error": "没有登记任何通知渠道" if nowhere else "",
    }


async def _insert(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> int:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(_TABLE).on_conflict_do_nothing(index_elements=["key"]).returning(_TABLE.c.id)
    return len((await session.exec(statement, params=[dict(row) for row in rows])).all())


async def cancel(session: AsyncSession, case_id: int) -> None:
    """Take back what has not been sent about a case: it is settled, or the notice would be out of date."""
    await session.exec(
        update(OutboxMessage)
        .where(col(OutboxMessage.case_id) == case_id, col(OutboxMessage.status).in_([Status.WAITING, Status.HELD]))
        .values(status=Status.CANCELLED)
        .execution_options(synchronize_session=False)
    )


async def cancel_prefixed(session: AsyncSession, prefix: str, *, keep: Sequence[str]) -> None:
    """Take back what has not been sent of the messages whose keys begin with `prefix`, but not with one of `keep`."""
    key = col(OutboxMessage.key)
    unsent = col(OutboxMessage.status).in_([Status.WAITING, Status.HELD])
    await session.exec(
        update(OutboxMessage)
        .where(unsent, key.startswith(prefix, autoescape=True), *(~key.startswith(k, autoescape=True) for k in keep))
        .values(status=Status.CANCELLED)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process alone may send until the lease runs out.

    Attributes:
        message: the row as claimed.
        interrupted: an earlier attempt ended without a word: it may have been delivered.
    """

    message: OutboxMessage
    interrupted: bool


async def claim(database: Database, kinds: Sequence[str], holder: str, clock: Clock) -> Claim | None:
    """Lease the oldest message that is due on one of these channels.

    1. Pick a row that waits and is due, or whose lease ran out.
    2. Take it by an update that names the attempt seen; nobody else's succeeds then.
    """
    now = clock.now()
    due = (col(OutboxMessage.status) == Status.WAITING) & (col(OutboxMessage.not_before) <= now)
    lost = (col(OutboxMessage.status) == Status.LEASED) & (col(OutboxMessage.lease_until) < now)
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.channel).in_(kinds), due | lost)
        .order_by(col(OutboxMessage.not_before), col(OutboxMessage.id))
        .limit(1)
    )
    async with database.read() as session:
        if (await session.exec(query)).first() is None:
            return None
    async with database.write() as session:
        if not database.is_sqlite:
            query = query.with_for_update(skip_locked=True)
        message = (await session.exec(query)).first()
        if message is None:
            return None
        interrupted = message.status == Status.LEASED
        message.status, message.lease_holder, message.lease_until = Status.LEASED, holder, now + LEASE
        message.attempts += 1
        session.add(message)
    return Claim(message, interrupted)


async def deliver(database: Database, channels: Mapping[str, Channel], holder: str, clock: Clock) -> int:
    """Send everything that is due over these channels; how many were sent. One message's failure stops no other."""
    sent = 0
    while (found := await claim(database, list(channels), holder, clock)) is not None:
        channel = channels[found.message.channel]
        try:
            if found.interrupted and not channel.repeatable:
                raise ChannelError(Outcome.UNCERTAIN, "上一次发送中断，结果未知")
            if found.message.attempts > MAX_ATTEMPTS:
                raise ChannelError(Outcome.REFUSED, f"试了{MAX_ATTEMPTS}次都没有送达")
            receipt = await channel.send(found.message)
        except ChannelError as error:
            await _failed(database, found.message, channel, error, clock)
        except Exception:
            log.exception("channel %s failed in an unforeseen way", found.message.channel)
            unforeseen = ChannelError(Outcome.UNCERTAIN, "发送时出现意外错误，详见日志")
            await _failed(database, found.message, channel, unforeseen, clock)
        else:
            await _sent(database, found.message, holder, clock, receipt)
            sent += 1
    return sent


async def _sent(database: Database, message: OutboxMessage, holder: str, clock: Clock, receipt: str | None) -> None:
    async with database.write() as session:
        await session.exec(
            update(OutboxMessage)
            .where(col(OutboxMessage.id) == message.id, col(OutboxMessage.lease_holder) == holder)
            .values(status=Status.SENT, sent_at=clock.now(), lease_until=None, error="", receipt=receipt)
            .execution_options(synchronize_session=False)
        )


async def undelivered(session: AsyncSession, channel: str, receipt: str, reason: str, clock: Clock) -> bool:
    """A channel that had taken a message says that it did not arrive: it goes on over the person's next channel.

    Args:
        session: a unit of work.
        channel: the channel.
        receipt: the number that it gave the message.
        reason: why, for the operator.
        clock: the time.

    Returns:
        Whether there is such a message.
    """
    query = select(OutboxMessage).where(col(OutboxMessage.channel) == channel, col(OutboxMessage.receipt) == receipt)
    row = (await session.exec(query)).first()
    if row is None:
        return False
    if row.status == Status.SENT:
        row.error = reason[:500]
        await _onward(session, row, ChannelError(Outcome.CLOSED, reason), clock)
    return True


def backoff(attempts: int) -> timedelta:
    """How long to wait after so many attempts: doubling from half a minute to an hour, a quarter of it by chance."""
    wait: timedelta = min(_LONGEST_WAIT, _FIRST_WAIT * (1 << min(20, max(0, attempts - 1))))
    return wait * random.uniform(0.75, 1.25)


async def _failed(
    database: Database, message: OutboxMessage, channel: Channel, error: ChannelError, clock: Clock
) -> None:
    again = error.outcome is Outcome.RETRY or (error.outcome is Outcome.UNCERTAIN and channel.repeatable)
    async with database.write() as session:
        row = await session.get_one(OutboxMessage, message.id)
        row.error, row.lease_until = str(error)[:500], None
        if again and row.attempts < MAX_ATTEMPTS:
            row.status, row.not_before = Status.WAITING, clock.now() + (error.after or backoff(row.attempts))
            session.add(row)
            return
        await _onward(session, row, error, clock)


async def _onward(session: AsyncSession, row: OutboxMessage, error: ChannelError, clock: Clock) -> None:
    """Over the person's next channel; the last one is said again, held or reported."""
    person = await session.get_one(WatchPerson, row.person_id)
    channels = channels_of(person)
    place = next((n for n, (kind, _) in enumerate(channels) if kind == row.channel), len(channels) - 1)
    onward = channels[place + 1 : place + 2]
    row.status = Status.FAILED
    session.add(row)
    await session.flush()
    letter = Letter(f"{row.key}>", row.subject, row.body, row.case_id, clock.now(), row.data)
    if onward:
        await _insert(session, [_row(person, letter, *onward[0], clock)])
    elif error.outcome is Outcome.UNCERTAIN and not row.body.startswith(AGAIN):
        again = Letter(f"{row.key}>", row.subject, AGAIN + row.body, row.case_id, clock.now() + backoff(1), row.data)
        await _insert(session, [_row(person, again, row.channel, row.address, clock)])
    else:
        row.status = Status.HELD
        session.add(row)
    if error.outcome is Outcome.REFUSED:
        await tell_operators(
            session,
            f"refused:{row.channel}:{row.person_id}:{clock.today()}",
            "通知送不出去",
            f"给{person.name}的通知（{row.channel}）没有送达：{error}。已改用下一个渠道；没有下一个渠道的，留待本人查看待办时显示。",
            clock,
            but=row.person_id,
        )


async def tell_operators(
    session: AsyncSession, key: str, subject: str, body: str, clock: Clock, *, but: int | None = None
) -> None:
    """A message to everybody with the role of operator, once per key; `but` is left out, lest failures breed."""
    query = select(WatchPerson).where(col(WatchPerson.role) == "operator", col(WatchPerson.active))
    for person in (await session.exec(query)).all():
        if person.id != but:
            await put(session, person, Letter(f"{key}:{person.id}", subject, body), clock)


async def take_held(session: AsyncSession, person: WatchPerson, clock: Clock, limit: int = 5) -> list[OutboxMessage]:
    """Messages that could not be sent, to be shown now that the person writes; they count as sent from here."""
    query = (
        select(OutboxMessage)
        .where(col(OutboxMessage.person_id) == person.id, col(OutboxMessage.status) == Status.HELD)
        .order_by(col(OutboxMessage.id))
        .limit(limit)
    )
    rows = list((await session.exec(query)).all())
    for row in rows:
        row.status, row.sent_at = Status.SENT, clock.now()
        session.add(row)
    await session.flush()
    return rows
