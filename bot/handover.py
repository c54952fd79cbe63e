"""转人工: a handler before the one that answers. It hands people over to staff, and their replies to people.

What a person types goes to their conversation while one listens (`storage.handover.conversations`); the bot then says
no more than that it was passed on. A reply that waits goes with the answer to whatever the person sends next.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.attention import Attention
from bot.handlers import NEXT_WAITS, wants_human
from bot.wechat import texts
from bot.wechat.events import MenuClicked, Scanned, Subscribed
from bot.wechat.messages import Message, TextMessage, VoiceMessage
from bot.wechat.push import Push
from bot.wechat.replies import TEXT_LIMIT, TextReply, menu_link
from bot.wechat.webhook import Handler, Outcome, Turn
from storage import outbox
from storage.clock import Clock
from storage.database import DATABASE_ERRORS, Database
from storage.handover import conversations, hours, replies
from storage.handover.conversations import End, Heard
from storage.handover.hours import Hours
from storage.models.watch import WatchPerson
from storage.outbox import Letter

log = logging.getLogger(__name__)

_OF_PEOPLE = (Message, MenuClicked, Subscribed, Scanned)
"""What people do, and not what WeChat reports of what was sent to them."""
MARK = b"\x00handover"
"""The conversation of a person who is handed over, where the bot keeps its own: every process knows at once."""
END_LABEL, END_ID = "结束", "handover.end"
LOOK_LABEL, LOOK_ID = "查看答复", "handover.look"
_END = frozenset({"结束", "结束服务", "结束人工服务", "结束对话", "退出", "退出人工"})
_SENT = "工作人员的答复会发到这里。"
_FETCHED = "工作人员的答复，点 {look} 或再发任意一句话就能看到。"
PRIVACY = "请不要发送身份证号、银行卡号等个人信息。"
OPENED = "正在为您转接工作人员{ahead}。请直接打字说您的问题，自动回答先停下来。{how}\n说完了请点 {end}。{privacy}"
CLAIMED = "工作人员正在接待您，请直接打字说。{how}\n说完了请点 {end}。"
AWAY = (
    "现在不是人工服务时间，工作人员{when}上班。请把问题打字发在这里，我们先记下，上班后答复您。{how}\n"
    "说完了请点 {end}。{privacy}"
)
PASSED_ON = "已转给工作人员，请稍等。"
QUEUED = "已记下，工作人员马上就能看到，请稍等。"
NOTED = "已记下。还要补充请接着发，说完了请点 {end}。"
CLOSED = "人工服务已结束。接下来由自动回答为您服务，请直接提问。"
KEPT = "好的，都记下了，工作人员会答复您。{how}接下来由自动回答为您服务，请直接提问。"
NOTHING_NEW = "工作人员还没有新的答复，请稍后再看。"
NOT_OPEN = "现在没有进行中的人工服务。需要找工作人员，请发“转人工”。"
NOT_NOTED = "系统正忙，您刚才说的没有记下，请过一会儿再发一次。"
_WEEKDAYS = "一二三四五六日"


class HandOver:
    """Hands people of one account over to staff."""

    def __init__(
        self,
        handler: Handler,
        database: Database,
        clock: Clock,
        account: str,
        attention: Attention,
        *,
        timezone: ZoneInfo,
        may_send: Callable[[], bool],
        base_url: str | None = None,
    ) -> None:
        """Take the handler that answers.

        Args:
            handler: answers whatever does not go to staff.
            database: where conversations are.
            clock: the time.
            account: its name.
            attention: whose messages may concern staff.
            timezone: the bureau's.
            may_send: whether the account may send a reply by itself.
            base_url: the public address, for the link in what staff are told.
        """
        self._handler = handler
        self._database = database
        self._clock = clock
        self._account = account
        self._attention = attention
        self._timezone = timezone
        self._may_send = may_send
        self._base_url = (base_url or "").rstrip("/")
        self._opening: dict[str, asyncio.Event] = {}
        """People whose conversation is being opened: what they say meanwhile waits for it."""

    def __call__(self, push: Push, turn: Turn) -> Outcome | Coroutine[Any, Any, Outcome]:
        """Answer; see `bot.wechat.webhook.Handler`."""
        if not isinstance(push, _OF_PEOPLE):
            return self._handler(push, turn)
        handed_over = turn.context == MARK
        if handed_over:
            turn = replace(turn, context=None)
        words = _words(push)
        if wants_human(words):
            opened = self._opening.setdefault(turn.person, asyncio.Event())
            return self._open_once(push, turn, opened)
        if turn.person in self._opening:
            handed_over = True
        if handed_over or turn.person in self._attention or _tapped(push) in (END_ID, LOOK_ID):
            return self._attended(push, turn, words, handed_over=handed_over)
        return self._handler(push, turn)

    # --- opening ----------------------------------------------------------------------------------

    async def _open_once(self, push: Push, turn: Turn, opened: asyncio.Event) -> Outcome:
        try:
            return await self._open(push, turn)
        finally:
            opened.set()
            self._opening.pop(turn.person, None)

    async def _open(self, push: Push, turn: Turn) -> Outcome:
        now = self._clock.now()
        try:
            async with self._database.read() as session:
                kept = await hours.load(session, self._timezone)
            if not kept.enabled:
                return await self._onward(push, turn)
            there = kept.is_open(now)
            async with self._database.write() as session:
                found = await conversations.open_(
                    session, self._account, turn.person, as_message=not there, idle=kept.idle, now=now
                )
                if there and not found.claimed:
                    await self._notify(session, found.id, kept, now)
        except DATABASE_ERRORS as error:
            log.warning("nobody can be handed over: %s", type(error).__name__)
            return await self._onward(push, turn)
        self._attention.add(turn.person)
        ahead = f"，前面还有{found.ahead}位" if found.ahead else ""
        shape = AWAY if not there else CLAIMED if found.claimed else OPENED
        text = shape.format(
            ahead=ahead, when=_moment(kept.next_opening(now)), how=self._how(), end=_end_link(), privacy=PRIVACY
        )
        return await self._with_replies(Outcome(TextReply(text), MARK), push, turn)

    async def _notify(self, session: Any, conversation_id: int, kept: Hours, now: datetime) -> None:
        """Tell the account's staff once per conversation, over their channels; outside the hours when they are back."""
        link = f"\n{self._base_url}/desk/handover/{conversation_id}" if self._base_url else ""
        there = kept.is_open(now)
        body = "有群众在公众号里转人工，请到工作台“人工服务”接待。" if there else "有群众给工作人员留言，请答复。"
        for person_id in kept.notify:
            person = await session.get(WatchPerson, person_id)
            if person is not None and person.active and person.account == self._account:
                key = f"handover:{conversation_id}:{person_id}"
                when = now if there else kept.next_opening(now)
                letter = Letter(key, "【转人工】有群众找工作人员", body + link, not_before=when)
                await outbox.put(session, person, letter, self._clock)

    # --- while it lasts ---------------------------------------------------------------------------

    async def _attended(self, push: Push, turn: Turn, words: str, *, handed_over: bool) -> Outcome:
        tapped = _tapped(push)
        if (opening := self._opening.get(turn.person)) is not None:
            await opening.wait()
        try:
            said = await self._take(push, turn.person, words, tapped)
        except DATABASE_ERRORS as error:
            log.warning("what a person says does not reach staff: %s", type(error).__name__)
            if words and (handed_over or self._attention.listens(turn.person)):
                return Outcome(TextReply(NOT_NOTED))
            said = None
        if said is not None:
            return await self._with_replies(Outcome(TextReply(said) if said else None, MARK), push, turn)
        if tapped in (END_ID, LOOK_ID):
            found = await self._with_replies(Outcome(), push, turn)
            return found if found.reply else Outcome(TextReply(NOT_OPEN if tapped == END_ID else NOTHING_NEW))
        return await self._with_replies(await self._onward(push, turn), push, turn)

    async def _take(self, push: Push, person: str, words: str, tapped: str) -> str | None:
        """Give what the person says to their conversation; what to say to it, `None` where none takes it."""
        if not words and tapped != END_ID:
            return None
        now = self._clock.now()
        async with self._database.write() as session:
            if tapped == END_ID or words.strip(" 。！!") in _END:
                ended = await conversations.end_by_person(session, person, now)
                return {None: None, End.CLOSED: CLOSED, End.KEPT: KEPT.format(how=self._how())}[ended]
            kept = await hours.load(session, self._timezone)
            heard = await conversations.hear(session, person, words, _key(push), idle=kept.idle, now=now)
            if heard is not None and heard.as_message:
                await self._notify(session, heard.id, kept, now)
        return None if heard is None else self._acknowledgement(heard)

    def _acknowledgement(self, heard: Heard) -> str:
        """What to say to what was heard: to the first of a burst only, else nothing."""
        if not heard.first:
            return ""
        if heard.as_message:
            return NOTED.format(end=_end_link())
        return (PASSED_ON if heard.claimed else QUEUED) + ("" if self._may_send() else f"\n{self._how()}")

    def _how(self) -> str:
        """How the person gets the replies of staff."""
        return _SENT if self._may_send() else _FETCHED.format(look=menu_link(LOOK_LABEL, LOOK_LABEL, LOOK_ID))

    async def _with_replies(self, outcome: Outcome, push: Push, turn: Turn) -> Outcome:
        """The outcome with the replies that wait for the person before it.

        Where one of them does not fit with the answer, it goes first and the answer waits behind a link.
        """
        if turn.person not in self._attention or not isinstance(outcome.reply, TextReply | None):
            return outcome
        text = outcome.reply.content if outcome.reply else ""
        try:
            given = await self._give(push, turn, TEXT_LIMIT - len(text.encode("utf-8", "replace")))
            if given:
                return replace(outcome, reply=TextReply("\n\n".join([*given, text] if text else given)))
            later = (
                f"\n\n{NEXT_WAITS.format(link=menu_link(texts.HOLDING_LABEL, texts.HOLDING_LABEL, texts.HOLDING_ID))}"
            )
            if text and not (turn.late if outcome.late is None else outcome.late):
                given = await self._give(push, turn, TEXT_LIMIT - len(later.encode()))
                if given:
                    return replace(outcome, reply=TextReply("\n\n".join(given) + later), late=text, picture=None)
        except DATABASE_ERRORS as error:
            log.warning("whether a reply waits cannot be said: %s", type(error).__name__)
        return outcome

    async def _give(self, push: Push, turn: Turn, room: int) -> list[str]:
        async with self._database.write() as session:
            return await replies.give(session, turn.person, _key(push), room, self._clock.now())

    async def _onward(self, push: Push, turn: Turn) -> Outcome:
        outcome = self._handler(push, turn)
        return outcome if isinstance(outcome, Outcome) else await outcome


def _words(push: Push) -> str:
    """What the person says in their own words: typed or spoken, not tapped."""
    if isinstance(push, TextMessage) and not push.menu_id:
        return push.content.strip()
    return push.recognition.strip() if isinstance(push, VoiceMessage) else ""


def _tapped(push: Push) -> str:
    return push.menu_id if isinstance(push, TextMessage) else ""


def _key(push: Push) -> str:
    """Names a push for as long as its repeats may come."""
    return hashlib.sha256(f"{push.from_user} {push.identity}".encode("utf-8", "surrogatepass")).hexdigest()


def _end_link() -> str:
    return menu_link(END_LABEL, END_LABEL, END_ID)


def _moment(at: datetime) -> str:
    return f"{at.month}月{at.day}日（星期{_WEEKDAYS[at.weekday()]}）{at:%H:%M}"
