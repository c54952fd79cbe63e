"""Replies of staff to one person (工作人员回复): written, reviewed, delivered once.

Two ways lead to the person, and each takes the reply by an update that only one can make:

1. the sending process leases it, sends it as a customer-service message and marks it (`lease`, `sent`). A lease that
   runs out means that the process died in between: whether the message arrived nobody can know, so it is not sent
   again but shown to staff, who decide;
2. the answer to the person's next message carries it (`give`). A repeat of that very push carries it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from storage.allowance import MARGIN
from storage.errors import Conflict, NotFound, Refused
from storage.models.allowance import Allowance
from storage.models.handover import ReplyState, StaffReply
from storage.models.questions import Turn
from storage.models.review import ReviewEntry, ReviewItem

KIND = "reply"
"""What review calls them."""
LIMIT = 1960
"""Bytes of UTF-8 of a whole reply: with a line around it, it fits into one message (2,048 bytes)."""
LONGEST = 600
"""Characters of what staff write."""
LEASE = timedelta(seconds=90)
"""Longer than a call to WeChat can take."""
MAX_ATTEMPTS = 8
AGAIN_WITHIN = timedelta(minutes=1)
"""How long a push may be repeated; WeChat gives up after some 15 s."""
MARK = "【工作人员回复】"
INTERRUPTED = "发送时系统中断，不知道对方收到没有。为避免重复，没有自动再发。"
_QUOTED = 30


def clean(text: str) -> str:
    """What staff typed, fit to be stored and sent.

    Raises:
        Refused: empty or too long.
    """
    text = text.replace("\r\n", "\n").replace("\x00", "").encode("utf-8", "replace").decode().strip()
    if not text:
        raise Refused("请写下回复的内容。")
    if len(text) > LONGEST:
        raise Refused(f"回复不能超过{LONGEST}个字，现在有{len(text)}个字。")
    return text


def _body(text: str, about: str, tail: str) -> str:
    body = f"{MARK}{about}\n{text}{tail}"
    if len(body.encode()) > LIMIT:
        raise Refused("回复太长，一条微信消息放不下，请写短一些。")
    return body


async def answer_turn(
    session: AsyncSession, turn_id: int, text: str, *, author_id: int, review: bool, now: datetime, day: str, tail: str
) -> StaffReply:
    """Reply to a question in the log.

    Args:
        session: a unit of work.
        turn_id: the question.
        text: what staff wrote.
        author_id: who.
        review: it is a draft that must pass review (`storage.review.moves.hand_in`) before it goes out.
        now: the moment.
        day: when the question was asked, as people say it.
        tail: a line below the reply, empty for none.

    Raises:
        NotFound: the question has been deleted.
        Refused: empty or too long.
    """
    turn = await session.get(Turn, turn_id)
    if turn is None:
        raise NotFound("这个提问已经删除，不能回复了。")
    asked = " ".join(turn.text.split())
    asked = asked if len(asked) <= _QUOTED else asked[: _QUOTED - 1] + "…"
    text = clean(text)
    body = _body(text, f"您{day}问的“{asked}”：", tail)
    return await _store(session, turn.person, text, body, turn_id=turn_id, author_id=author_id, review=review, now=now)


async def answer_conversation(
    session: AsyncSession,
    conversation_id: int,
    person: str,
    text: str,
    *,
    author_id: int,
    review: bool,
    now: datetime,
    tail: str = "",
) -> StaffReply:
    """Reply in a conversation.

    Raises:
        Refused: empty or too long.
    """
    text = clean(text)
    return await _store(
        session,
        person,
        text,
        _body(text, "", tail),
        conversation_id=conversation_id,
        author_id=author_id,
        review=review,
        now=now,
    )


async def tell(session: AsyncSession, conversation_id: int, person: str, text: str, now: datetime) -> None:
    """Tell the person something of the desk itself: that the conversation has ended."""
    await _store(session, person, text, text, conversation_id=conversation_id, review=False, now=now)


async def _store(
    session: AsyncSession,
    person: str,
    text: str,
    body: str,
    *,
    turn_id: int | None = None,
    conversation_id: int | None = None,
    author_id: int | None = None,
    review: bool,
    now: datetime,
) -> StaffReply:
    row = StaffReply(
        person=person,
        turn_id=turn_id,
        conversation_id=conversation_id,
        author_id=author_id,
        text=text,
        body=body,
        state=ReplyState.DRAFT if review else ReplyState.WAITING,
        created_at=now,
        not_before=now,
    )
    session.add(row)
    await session.flush()
    return row


async def get(session: AsyncSession, reply_id: int) -> StaffReply:
    """One reply, locked for the unit of work.

    Raises:
        NotFound: it has been deleted.
    """
    query = select(StaffReply).where(StaffReply.id == reply_id).with_for_update()
    row = (await session.exec(query)).one_or_none()
    if row is None:
        raise NotFound("没有这条回复，可能已按本人要求删除。")
    return row


async def move(
    session: AsyncSession, reply_id: int, wanted: Sequence[ReplyState], state: ReplyState, *, now: datetime
) -> StaffReply:
    """Take a reply from one of the states to another: handed in, returned, released, taken back, tried again.

    Raises:
        NotFound: it has been deleted.
        Conflict: it is in none of the states.
    """
    row = await get(session, reply_id)
    if row.state not in wanted:
        raise Conflict("这条回复刚有新的进展，请看过再操作。您刚才的操作没有生效。")
    row.state, row.error, row.attempts, row.not_before = state, "", 0, now
    row.lease_holder, row.lease_until = None, None
    row.revision += 1
    session.add(row)
    await session.flush()
    return row


async def rewrite(session: AsyncSession, reply_id: int, text: str) -> StaffReply:
    """Write a draft anew; its head and tail stay.

    Raises:
        NotFound: it has been deleted.
        Conflict: it is no draft.
        Refused: empty or too long.
    """
    row = await get(session, reply_id)
    if row.state != ReplyState.DRAFT:
        raise Conflict("这条回复已经不是草稿，不能改了。")
    text = clean(text)
    head, _, tail = row.body.rpartition(row.text)
    row.body, row.text = _body(text, head.removeprefix(MARK).removesuffix("\n"), tail), text
    row.revision += 1
    session.add(row)
    await session.flush()
    return row


async def delete(session: AsyncSession, wanted: sa.ColumnElement[bool], limit: int | None = None) -> int:
    """Delete replies with their review; how many."""
    chosen = select(StaffReply.id).where(wanted).limit(limit)
    ids = (await session.exec(chosen)).all()
    items = select(ReviewItem.id).where(ReviewItem.kind == KIND, col(ReviewItem.subject_id).in_(ids))
    await session.exec(sa.delete(ReviewEntry).where(col(ReviewEntry.item_id).in_(items)))
    await session.exec(sa.delete(ReviewItem).where(col(ReviewItem.kind) == KIND, col(ReviewItem.subject_id).in_(ids)))
    return (await session.exec(sa.delete(StaffReply).where(col(StaffReply.id).in_(ids)))).rowcount


async def of_turns(session: AsyncSession, turns: Sequence[int]) -> dict[int, list[StaffReply]]:
    """The replies to these questions, oldest first."""
    query = select(StaffReply).where(col(StaffReply.turn_id).in_(turns)).order_by(col(StaffReply.id))
    found: dict[int, list[StaffReply]] = {}
    for row in (await session.exec(query)).all():
        found.setdefault(row.turn_id or 0, []).append(row)
    return found


async def reachable(session: AsyncSession, persons: Sequence[str], now: datetime) -> set[str]:
    """Those of the people to whom a customer-service message may be sent now."""
    query = select(Allowance.person).where(col(Allowance.person).in_(persons), *_open(now)).distinct()
    return set((await session.exec(query)).all())


def _open(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return col(Allowance.left) > 0, col(Allowance.ends_at) > now + MARGIN, col(Allowance.address) != ""


# --- sending -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leased:
    """A reply that this process alone may send until the lease runs out.

    Attributes:
        id: its row.
        body: what the person reads.
        address: the sealed openid.
        attempts: how many there were, with this one.
    """

    id: int
    body: str
    address: str
    attempts: int


async def waits(session: AsyncSession, account: str, now: datetime) -> bool:
    """Whether there is something to `lease`."""
    return (await session.exec(_sendable(account, now))).first() is not None


def _sendable(account: str, now: datetime) -> Any:
    allowed = (col(Allowance.person) == col(StaffReply.person)) & (col(Allowance.account) == account)
    return (
        select(StaffReply.id, Allowance.address)
        .join(Allowance, sa.and_(allowed, *_open(now)))
        .where(StaffReply.state == ReplyState.WAITING, col(StaffReply.not_before) <= now)
        .order_by(col(StaffReply.id))
        .limit(1)
    )


async def lease(session: AsyncSession, account: str, holder: str, now: datetime) -> Leased | None:
    """Take the oldest reply to somebody who may be sent a message by this account; `None` when there is none."""
    found = (await session.exec(_sendable(account, now))).first()
    if found is None:
        return None
    reply_id, address = found
    taken = await session.exec(
        sa.update(StaffReply)
        .where(col(StaffReply.id) == reply_id, col(StaffReply.state) == ReplyState.WAITING)
        .values(
            state=ReplyState.LEASED,
            lease_holder=holder,
            lease_until=now + LEASE,
            attempts=col(StaffReply.attempts) + 1,
        )
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:
        return None
    row = await session.get_one(StaffReply, reply_id)
    return Leased(reply_id, row.body, address, row.attempts)


async def sent(session: AsyncSession, reply_id: int, holder: str, now: datetime) -> None:
    """It went out."""
    await _end_lease(session, reply_id, holder, state=ReplyState.SENT, done_at=now, error="")


async def put_off(session: AsyncSession, reply_id: int, holder: str, until: datetime, error: str) -> None:
    """It surely did not go out; again from `until`, or with the person's next message."""
    await _end_lease(session, reply_id, holder, state=ReplyState.WAITING, not_before=until, error=error[:500])


async def failed(session: AsyncSession, reply_id: int, holder: str, error: str) -> None:
    """It did not go out, or nobody can know: staff decide."""
    await _end_lease(session, reply_id, holder, state=ReplyState.FAILED, error=error[:500])


async def _end_lease(session: AsyncSession, reply_id: int, holder: str, **values: object) -> None:
    await session.exec(
        sa.update(StaffReply)
        .where(
            col(StaffReply.id) == reply_id,
            col(StaffReply.state) == ReplyState.LEASED,
            col(StaffReply.lease_holder) == holder,
        )
        .values(lease_until=None, **values)
        .execution_options(synchronize_session=False)
    )


async def any_lost(session: AsyncSession, now: datetime) -> bool:
    """Whether there is something to `give_up_lost`."""
    query = select(StaffReply.id).where(StaffReply.state == ReplyState.LEASED, col(StaffReply.lease_until) < now)
    return (await session.exec(query.limit(1))).first() is not None


async def give_up_lost(session: AsyncSession, now: datetime) -> int:
    """Show to staff what a process was sending when it died; how many that were."""
    done = await session.exec(
        sa.update(StaffReply)
        .where(col(StaffReply.state) == ReplyState.LEASED, col(StaffReply.lease_until) < now)
        .values(state=ReplyState.FAILED, lease_until=None, error=INTERRUPTED)
        .execution_options(synchronize_session=False)
    )
    return done.rowcount


# --- with the answer to a message --------------------------------------------------------------------------------


async def give(session: AsyncSession, person: str, push: str, room: int, now: datetime) -> list[str]:
    """The replies that go with the answer to a message of the person, oldest first, as many as fit into `room` bytes.

    Args:
        session: a unit of work.
        person: who wrote.
        push: what names the message; a repeat gets the same replies.
        room: bytes of UTF-8 that the texts may take, two more between each.
        now: the moment.
    """
    mine = col(StaffReply.person) == person
    again = (col(StaffReply.state) == ReplyState.GIVEN) & (col(StaffReply.given_with) == push)
    waiting = col(StaffReply.state) == ReplyState.WAITING
    rows = (await session.exec(select(StaffReply).where(mine, again | waiting).order_by(col(StaffReply.id)))).all()
    texts = []
    for row in rows:
        room -= len(row.body.encode()) + 2
        if room < 0:
            break
        if row.state == ReplyState.WAITING and not await _given(session, row.id, push, now):
            continue
        texts.append(row.body)
    return texts


async def _given(session: AsyncSession, reply_id: int | None, push: str, now: datetime) -> bool:
    done = await session.exec(
        sa.update(StaffReply)
        .where(col(StaffReply.id) == reply_id, col(StaffReply.state) == ReplyState.WAITING)
        .values(state=ReplyState.GIVEN, given_with=push, done_at=now, error="")
        .execution_options(synchronize_session=False)
    )
    return bool(done.rowcount)


async def expected_by(session: AsyncSession, now: datetime) -> set[str]:
    """The people for whom a reply waits, or was given so lately that their push may be repeated."""
    lately = (col(StaffReply.state) == ReplyState.GIVEN) & (col(StaffReply.done_at) > now - AGAIN_WITHIN)
    query = select(StaffReply.person).where((col(StaffReply.state) == ReplyState.WAITING) | lately).distinct()
    return set((await session.exec(query)).all())
