"""Conversations between a person and staff (人工会话): opened by 转人工, claimed by one of the staff, ended.

While one listens, what the person types goes to it. It ends by staff, by the person (结束), or by time; what is still
unanswered then becomes a message (留言), which staff answer when they can.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.errors import Conflict, NotFound, Refused
from storage.handover import replies
from storage.models.handover import Conversation, ConversationLine, ConversationState, ReplyState, StaffReply
from storage.models.staff import StaffMember
from storage.reports.agencies import insert

BURST = timedelta(minutes=2)
"""Words that follow each other within this are one burst: the first of it is acknowledged."""
LONGEST_LINE = 2000
SHOWN = 300
"""Lines of a conversation that are shown: the last ones, whoever sends thousands."""
ENDED_BY_STAFF = "本次人工服务已结束，感谢您的咨询。接下来由自动回答为您服务；还要找工作人员，请再发“转人工”。"
ENDED_BY_TIME = "较长时间没有新消息，本次人工服务已结束。接下来由自动回答为您服务；还要找工作人员，请再发“转人工”。"
NOW_A_MESSAGE = "工作人员暂时没能答复，您说的已经记下，答复后会在这里告诉您。接下来由自动回答为您服务。"


class End(StrEnum):
    """What became of a conversation that the person ended."""

    CLOSED = "closed"
    KEPT = "kept"
    """It is a message that staff will answer."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation that listens.

    Attributes:
        id: its row.
        ahead: how many wait before it.
        claimed: somebody of the staff has it already.
    """

    id: int
    ahead: int
    claimed: bool


@dataclass(frozen=True, slots=True)
class Heard:
    """What the person said is stored.

    Attributes:
        id: the conversation.
        first: the first words of a burst, to be acknowledged.
        as_message: it is a message.
        claimed: somebody of the staff has it.
    """

    id: int
    first: bool
    as_message: bool
    claimed: bool


_WAITING, _CLOSED = ConversationState.WAITING, ConversationState.CLOSED


async def open_(
    session: AsyncSession, account: str, person: str, *, as_message: bool, idle: timedelta, now: datetime
) -> Opened:
    """Open a conversation, or let the one that is open listen again.

    One that staff have answered and only not closed is closed first: whoever had it may be away.
    """
    before = await _of_person(session, person)
    if before is not None and before.state == ConversationState.CLAIMED and _answered(before, now):
        await _close(session, before, "staff", now)
    values = {
        "account": account,
        "person": person,
        "state": _WAITING,
        "opened_at": now,
        "as_message": as_message,
        "ended_by": "",
        "revision": 1,
    }
    await session.exec(insert(session, Conversation).values(values).on_conflict_do_nothing())
    row = await _of_person(session, person)
    assert row is not None
    row.listening_until, row.as_message = now + idle, as_message
    row.revision += 1
    session.add(row)
    await session.flush()
    assert row.id is not None
    others = select(func.count()).where(
        Conversation.state == _WAITING, col(Conversation.as_message).is_(False), col(Conversation.id) < row.id
    )
    return Opened(row.id, (await session.exec(others)).one(), row.state != _WAITING)


def _answered(row: Conversation, now: datetime) -> bool:
    """Whether nothing of it is open: the person is out of it and owed no reply."""
    return row.heard_at is None and (row.listening_until is None or row.listening_until <= now)


async def _of_person(session: AsyncSession, person: str) -> Conversation | None:
    query = select(Conversation).where(Conversation.person == person, Conversation.state != _CLOSED)
    return (await session.exec(query.with_for_update())).one_or_none()


async def _listening(session: AsyncSession, person: str, now: datetime) -> Conversation | None:
    row = await _of_person(session, person)
    return row if row is not None and row.listening_until is not None and row.listening_until > now else None


async def hear(
    session: AsyncSession, person: str, words: str, push: str, *, idle: timedelta, now: datetime
) -> Heard | None:
    """Store what a person said in their conversation; `None` where none listens.

    Args:
        session: a unit of work.
        person: who.
        words: what they said.
        push: what names the message; a repeat is stored once.
        idle: how long the conversation listens from now.
        now: the moment.
    """
    row = await _listening(session, person, now)
    if row is None or row.id is None:
        return None
    last = select(func.max(ConversationLine.at)).where(ConversationLine.conversation_id == row.id)
    at: datetime | None = (await session.exec(last)).one()
    text = words.replace("\x00", "").encode("utf-8", "replace").decode()[:LONGEST_LINE]
    line = {"conversation_id": row.id, "push": push, "text": text, "at": now}
    await session.exec(
        insert(session, ConversationLine)
        .values(line)
        .on_conflict_do_nothing(index_elements=["conversation_id", "push"])
    )
    row.listening_until, row.heard_at = now + idle, row.heard_at or now
    row.revision += 1
    session.add(row)
    await session.flush()
    return Heard(row.id, at is None or now - at > BURST, row.as_message, row.state != _WAITING)


async def end_by_person(session: AsyncSession, person: str, now: datetime) -> End | None:
    """The person says 结束: a message with words in it is kept for staff, the rest closes; `None`: none listens."""
    row = await _listening(session, person, now)
    if row is None:
        return None
    if row.as_message and row.heard_at is not None:
        row.listening_until = None
        row.revision += 1
        session.add(row)
        await session.flush()
        return End.KEPT
    await _close(session, row, "person", now)
    return End.CLOSED


async def expire(session: AsyncSession, now: datetime) -> int:
    """End what has listened long enough: unanswered words become a message, the rest closes; how many."""
    query = select(Conversation).where(Conversation.state != _CLOSED, col(Conversation.listening_until) <= now)
    rows = (await session.exec(query.with_for_update(skip_locked=True).limit(100))).all()
    for row in rows:
        assert row.id is not None
        if row.heard_at is None:
            told = "" if row.as_message else ENDED_BY_TIME
            await _close(session, row, "time", now)
        else:
            told = "" if row.as_message else NOW_A_MESSAGE
            row.as_message, row.listening_until = True, None
            row.revision += 1
            session.add(row)
            await session.flush()
        if told:
            await replies.tell(session, row.id, row.person, told, now)
    return len(rows)


async def any_expired(session: AsyncSession, now: datetime) -> bool:
    """Whether there is something to `expire`."""
    query = select(Conversation.id).where(Conversation.state != _CLOSED, col(Conversation.listening_until) <= now)
    return (await session.exec(query.limit(1))).first() is not None


async def listening(session: AsyncSession, now: datetime) -> set[str]:
    """The people whose words go to staff now."""
    query = select(Conversation.person).where(Conversation.state != _CLOSED, col(Conversation.listening_until) > now)
    return set((await session.exec(query)).all())


async def _close(session: AsyncSession, row: Conversation, by: str, now: datetime) -> None:
    row.state, row.closed_at, row.ended_by, row.listening_until, row.heard_at = _CLOSED, now, by, None, None
    row.revision += 1
    session.add(row)
    await session.flush()


# --- at the desk -------------------------------------------------------------------------------------------------


async def get(session: AsyncSession, conversation_id: int, *, lock: bool = False) -> Conversation:
    """One conversation.

    Raises:
        NotFound: it has been deleted.
    """
    query = select(Conversation).where(Conversation.id == conversation_id)
    row = (await session.exec(query.with_for_update() if lock else query)).one_or_none()
    if row is None:
        raise NotFound("没有这个会话，可能已按本人要求删除。")
    return row


async def claim(session: AsyncSession, conversation_id: int, staff_id: int, now: datetime) -> Conversation:
    """Take a waiting conversation; of two who try at once one gets it.

    Raises:
        NotFound: it has been deleted.
        Conflict: somebody else has it, or it is closed; the message says who.
    """
    row = await get(session, conversation_id, lock=True)
    if row.state == _CLOSED:
        raise Conflict("这个会话已经结束了。")
    if row.state == ConversationState.CLAIMED and row.claimed_by != staff_id:
        other = await session.get(StaffMember, row.claimed_by)
        raise Conflict(f"{other.name if other else '同事'}刚刚接待了这位群众，您不用再接。")
    row.state, row.claimed_by, row.claimed_at = ConversationState.CLAIMED, staff_id, now
    row.revision += 1
    session.add(row)
    await session.flush()
    return row


async def release(session: AsyncSession, conversation_id: int) -> Conversation:
    """Put a claimed conversation back into the queue.

    Raises:
        NotFound: it has been deleted.
        Conflict: nobody has it.
    """
    row = await get(session, conversation_id, lock=True)
    if row.state != ConversationState.CLAIMED:
        raise Conflict("这个会话现在没有人接待。")
    row.state, row.claimed_by, row.claimed_at = _WAITING, None, None
    row.revision += 1
    session.add(row)
    await session.flush()
    return row


async def say(
    session: AsyncSession,
    conversation_id: int,
    text: str,
    *,
    staff_id: int,
    review: bool,
    idle: timedelta,
    now: datetime,
    tail: str = "",
) -> StaffReply:
    """Reply in a conversation that one has claimed.

    Raises:
        NotFound: it has been deleted.
        Conflict: it is somebody else's or closed.
        Refused: the text is empty or too long.
    """
    row = await _mine(session, conversation_id, staff_id)
    live = row.listening_until is not None and row.listening_until > now
    reply = await replies.answer_conversation(
        session,
        conversation_id,
        row.person,
        text,
        author_id=staff_id,
        review=review,
        now=now,
        tail="" if live else tail,
    )
    if not review:
        row.heard_at = None
    if live:
        row.listening_until = now + idle
    row.revision += 1
    session.add(row)
    await session.flush()
    return reply


async def answered(session: AsyncSession, conversation_id: int) -> None:
    """A reply in the conversation has passed review: nothing waits for one until the person speaks again."""
    row = await get(session, conversation_id, lock=True)
    row.heard_at = None
    row.revision += 1
    session.add(row)
    await session.flush()


async def _mine(session: AsyncSession, conversation_id: int, staff_id: int) -> Conversation:
    row = await get(session, conversation_id, lock=True)
    if row.state == _CLOSED:
        raise Conflict("这个会话已经结束了。")
    if row.claimed_by != staff_id:
        raise Conflict("这个会话不在您手上，请先接待。")
    return row


async def close(session: AsyncSession, conversation_id: int, staff_id: int, now: datetime) -> Conversation:
    """End a conversation that one has claimed; where the person is still in it they are told.

    Raises:
        NotFound: it has been deleted.
        Conflict: it is somebody else's or closed already.
        Refused: a reply in it waits for review.
    """
    row = await _mine(session, conversation_id, staff_id)
    query = select(StaffReply.id).where(
        StaffReply.conversation_id == conversation_id,
        col(StaffReply.state).in_((ReplyState.DRAFT, ReplyState.REVIEW)),
    )
    if (await session.exec(query)).first() is not None:
        raise Refused("还有回复没有审完，审完或撤回以后再结束。")
    live = row.listening_until is not None and row.listening_until > now
    await _close(session, row, "staff", now)
    if live:
        await replies.tell(session, conversation_id, row.person, ENDED_BY_STAFF, now)
    return row


async def queue(session: AsyncSession) -> list[tuple[Conversation, str | None]]:
    """Open conversations with the name of who has each: those that wait first, the longest waiting before."""
    query = (
        select(Conversation, StaffMember.name)
        .join(StaffMember, col(StaffMember.id) == col(Conversation.claimed_by), isouter=True)
        .where(Conversation.state != _CLOSED)
        .order_by(col(Conversation.state).desc(), col(Conversation.opened_at))
    )
    return list((await session.exec(query)).all())


async def past(session: AsyncSession, limit: int = 30) -> list[tuple[Conversation, str | None]]:
    """Closed conversations, the last one first."""
    query = (
        select(Conversation, StaffMember.name)
        .join(StaffMember, col(StaffMember.id) == col(Conversation.claimed_by), isouter=True)
        .where(Conversation.state == _CLOSED)
        .order_by(col(Conversation.closed_at).desc())
        .limit(limit)
    )
    return list((await session.exec(query)).all())


async def lines(session: AsyncSession, conversation_id: int) -> list[ConversationLine | StaffReply]:
    """What was said last in a conversation by both sides, in order, at most `SHOWN` lines."""
    said = select(ConversationLine).where(ConversationLine.conversation_id == conversation_id)
    said = said.order_by(col(ConversationLine.id).desc()).limit(SHOWN)
    answered = select(StaffReply).where(StaffReply.conversation_id == conversation_id)
    answered = answered.order_by(col(StaffReply.id).desc()).limit(SHOWN)
    both: list[tuple[datetime, int, ConversationLine | StaffReply]] = [
        (line.at, line.id or 0, line) for line in (await session.exec(said)).all()
    ]
    both += [(reply.created_at, reply.id or 0, reply) for reply in (await session.exec(answered)).all()]
    return [entry for _, _, entry in sorted(both, key=lambda e: e[:2])][-SHOWN:]


async def first_words(session: AsyncSession, conversations: list[int]) -> dict[int, str]:
    """What each of the people said first."""
    first = select(func.min(ConversationLine.id)).where(col(ConversationLine.conversation_id).in_(conversations))
    query = select(ConversationLine).where(
        col(ConversationLine.id).in_(first.group_by(col(ConversationLine.conversation_id)))
    )
    return {line.conversation_id: line.text for line in (await session.exec(query)).all()}


async def counted(session: AsyncSession, start: datetime, end: datetime) -> tuple[int, int]:
    """How many conversations were opened and how many replies reached people, from a moment until before another."""
    opened = select(func.count()).where(col(Conversation.opened_at) >= start, col(Conversation.opened_at) < end)
    reached = select(func.count()).where(
        col(StaffReply.author_id).is_not(None), col(StaffReply.done_at) >= start, col(StaffReply.done_at) < end
    )
    return (await session.exec(opened)).one(), (await session.exec(reached)).one()


# --- one person's data -------------------------------------------------------------------------------------------


async def forget(session: AsyncSession, person: str) -> int:
    """Delete a person's conversations and every reply to them; how many records that were."""
    answered = await replies.delete(session, col(StaffReply.person) == person)
    return answered + (await session.exec(sa.delete(Conversation).where(col(Conversation.person) == person))).rowcount


async def purge(session: AsyncSession, before: datetime, limit: int = 1000) -> int:
    """Delete some of what is older than a moment; call again until it says 0."""
    gone = await replies.delete(session, col(StaffReply.created_at) < before, limit)
    over = func.coalesce(Conversation.closed_at, Conversation.opened_at)
    old = select(Conversation.id).where(over < before).limit(limit)
    return gone + (await session.exec(sa.delete(Conversation).where(col(Conversation.id).in_(old)))).rowcount
