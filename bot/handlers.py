"""What the account does with each kind of push: the only place where the protocol meets the question pipeline."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
from typing import Protocol

from bot.qa.types import Kind
from bot.qa.types import Reply as Finding
from bot.wechat import events, messages, texts
from bot.wechat.push import Push
from bot.wechat.replies import TEXT_LIMIT, TextReply, fit, menu_link
from bot.wechat.webhook import Outcome, Turn
from storage.clock import Clock
from storage.errors import StorageError
from storage.facts import AgencyFacts
from storage.state import State

log = logging.getLogger(__name__)

EXAMPLES = ("去年收到多少件申请", "去年公众号发了多少条信息", "怎么申请政府信息公开")
"""Questions that are offered where the account cannot read what was sent."""
VOICE = "语音我还听不懂，请您打字问我。"
IMAGE = "图片我还看不懂，请您打字告诉我想了解什么。"
VIDEO = "视频我还看不懂，请您打字告诉我想了解什么。"
FILE = "文件我在这里收不了，请您打字告诉我想了解什么。"
LOCATION = "位置收到了。我能查的是本单位的政府信息公开年度报告，不分地点，请您打字问我。"
LINK = "链接我打不开，请您打字告诉我想了解什么。"
UNSUPPORTED = "这种消息我还看不懂，请您打字告诉我想了解什么。"
SCANNED = "这个码里没有我能查的内容，请您打字告诉我想了解什么。"
NO_DATA = "年度报告的数据还没有准备好，请过一会儿再问。"
STILL_WORKING = "还在查，请再等一会儿。"
NOTHING_WAITS = "没有等着您的结果。想了解什么，请直接问我。"
LATE_HEAD = "您刚才问的，查到了："
NEXT_WAITS = "您新问的也查到了，请点 {link}。"
TRY = "您可以这样问："
_NOT_SUPPORTED = "【收到不支持的消息类型"
"""How WeChat writes, as text, what official accounts cannot receive."""
_NUDGES = frozenset(
    {"继续", "好", "好的", "嗯", "哦", "在吗", "结果", "结果呢", "查看结果", "查到了吗", "1", "?", "？", ""}
)
"""What people send to see a waiting answer; anything else is a new question."""
_ROOM_FOR_LINKS = 700
"""Bytes of a reply that its text leaves to the links below it."""


class Pipeline(Protocol):
    """Answers questions from facts; no input or output of its own."""

    def respond(
        self, question: str, facts: AgencyFacts, context: bytes | None, today: date, *, limit: int
    ) -> tuple[Finding, bytes]:
        """The reply, its text at most `limit` bytes, and the conversation from now on."""
        ...


class Facts(Protocol):
    """The published facts of an agency."""

    def get(self, name: str | None = None) -> AgencyFacts | None:
        """From memory, at once."""
        ...

    async def load(self, name: str | None = None) -> AgencyFacts:
        """From the database where they are not in memory."""
        ...


class Handlers:
    """Answers the pushes of one account."""

    def __init__(self, pipeline: Pipeline | None, facts: Facts, state: State, clock: Clock, agency: str | None) -> None:
        """Take what answering needs.

        Args:
            pipeline: answers questions.
            facts: of the agency.
            state: where a person's conversation is.
            clock: says the bureau's day.
            agency: whose reports answer; `None` for the only one stored.
        """
        self._pipeline = pipeline
        self._facts = facts
        self._state = state
        self._clock = clock
        self._agency = agency
        self._kinds: Mapping[type[Push], Callable[[Push, Turn], Awaitable[Outcome]]] = {
            messages.TextMessage: self.text,
            messages.VoiceMessage: self.voice,
            events.Subscribed: self.subscribed,
            events.Unsubscribed: self.unsubscribed,
            events.MenuClicked: self.menu_clicked,
            events.ProfileChanged: self.profile_changed,
        }

    async def __call__(self, push: Push, turn: Turn) -> Outcome:
        """Hand a push to the function for its kind."""
        handle = self._kinds.get(type(push))
        if handle is not None:
            return await handle(push, turn)
        text = _CANNOT_READ.get(type(push))
        if isinstance(push, events.CodeScanned) and push.waits:
            text = SCANNED
        return Outcome() if text is None else Outcome(TextReply(_with_examples(text)))

    async def text(self, push: Push, turn: Turn) -> Outcome:
        """A question, a tap on a link, or the nudge that fetches a waiting answer."""
        assert isinstance(push, messages.TextMessage)
        content = push.content.strip()
        nudge = push.menu_id == texts.HOLDING_ID or content in _NUDGES
        if nudge and turn.late:
            return Outcome(TextReply(turn.late), late="")
        if nudge and turn.unanswered:
            outcome = await self.ask(turn.unanswered, turn)
            return Outcome(outcome.reply, outcome.context, late="")
        if push.menu_id == texts.HOLDING_ID:
            return Outcome(TextReply(NOTHING_WAITS))
        if content.startswith(_NOT_SUPPORTED):
            return Outcome(TextReply(_with_examples(UNSUPPORTED)))
        return _after_late(turn, await self.ask(content, turn))

    async def voice(self, push: Push, turn: Turn) -> Outcome:
        """Speech is answered where WeChat transcribed it."""
        assert isinstance(push, messages.VoiceMessage)
        if push.recognition.strip():
            return _after_late(turn, await self.ask(push.recognition.strip(), turn))
        return Outcome(TextReply(_with_examples(VOICE)))

    async def subscribed(self, push: Push, turn: Turn) -> Outcome:
        """A new follower is told what can be asked."""
        return await self.ask("你好", turn)

    async def unsubscribed(self, push: Push, turn: Turn) -> Outcome:
        """What is stored about the person is deleted, as WeChat and the law (个人信息保护法第四十七条) require."""
        await self._state.forget(turn.person)
        return Outcome()

    async def menu_clicked(self, push: Push, turn: Turn) -> Outcome:
        """A menu button asks the question that is its key."""
        assert isinstance(push, events.MenuClicked)
        return await self.ask(push.key, turn)

    async def profile_changed(self, push: Push, turn: Turn) -> Outcome:
        """A person who withdraws consent is forgotten; a changed profile was never stored."""
        assert isinstance(push, events.ProfileChanged)
        if push.name == "user_authorization_revoke":
            return await self.unsubscribed(push, turn)
        return Outcome()

    async def ask(self, question: str, turn: Turn) -> Outcome:
        """Answer a question from the agency's facts."""
        if self._pipeline is None:
            return Outcome(TextReply(NO_DATA))
        facts = self._facts.get(self._agency)
        if facts is None:
            try:
                facts = await self._facts.load(self._agency)
            except StorageError as error:
                log.error("no facts to answer from: %s", error)
                return Outcome(TextReply(NO_DATA))
        finding, context = self._pipeline.respond(
            question, facts, turn.context, self._clock.today(), limit=TEXT_LIMIT - _ROOM_FOR_LINKS
        )
        return Outcome(TextReply(compose(finding)), context)


_CANNOT_READ: Mapping[type[Push], str] = {
    messages.ImageMessage: IMAGE,
    messages.VideoMessage: VIDEO,
    messages.FileMessage: FILE,
    messages.LocationMessage: LOCATION,
    messages.LinkMessage: LINK,
    messages.UnknownMessage: UNSUPPORTED,
}


def compose(finding: Finding) -> str:
    """The text of a reply with its suggestions as links that ask them, as many as fit."""
    text = fit(finding.text, TEXT_LIMIT - _ROOM_FOR_LINKS)
    room = TEXT_LIMIT - len(text.encode())
    return text + _links(finding.suggestions, room, numbered=finding.kind is Kind.CHOICE)


def _links(questions: tuple[str, ...], room: int, *, numbered: bool = False) -> str:
    lines = ""
    for number, question in enumerate(questions, 1):
        label = f"{number}. {question}" if numbered else question
        line = f"\n{'' if lines else chr(10)}{menu_link(label, question, 'ask')}"
        room -= len(line.encode())
        if room < 0:
            break
        lines += line
    return lines


def _with_examples(text: str) -> str:
    return f"{text}\n{TRY}" + _links(EXAMPLES, TEXT_LIMIT)


def _after_late(turn: Turn, outcome: Outcome) -> Outcome:
    """Put the answer that came too late for the last question before the new one, or first where both do not fit."""
    if not turn.late or not isinstance(outcome.reply, TextReply):
        return outcome
    both = f"{LATE_HEAD}\n{turn.late}\n\n{outcome.reply.content}"
    if len(both.encode("utf-8", "replace")) <= TEXT_LIMIT:
        return Outcome(TextReply(both), outcome.context, late="")
    link = menu_link(texts.HOLDING_LABEL, texts.HOLDING_LABEL, texts.HOLDING_ID)
    tail = f"\n\n{NEXT_WAITS.format(link=link)}"
    first = fit(f"{LATE_HEAD}\n{turn.late}", TEXT_LIMIT - len(tail.encode()))
    return Outcome(TextReply(first + tail), outcome.context, late=outcome.reply.content)
