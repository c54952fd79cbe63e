"""What the account does with each kind of push: the only place where the protocol meets the question pipeline."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter_ns
from typing import Any, Protocol

from bot.answers import USEFUL_ID, USELESS_ID, Answered, Answers, PageOf, question_links
from bot.charts import LEAST_YEARS, draw, series_of
from bot.interpreter import Interpreter
from bot.qa.pipeline import Contacts, Pipeline
from bot.qa.replies import UNCLEAR
from bot.qa.turn import available
from bot.qa.types import Kind
from bot.qa.types import Reply as Finding
from bot.wechat import events, messages, texts
from bot.wechat.push import Push
from bot.wechat.replies import TEXT_LIMIT, TextReply, fit, menu_link
from bot.wechat.webhook import Outcome, Turn
from storage.clock import Clock
from storage.database import DATABASE_ERRORS
from storage.errors import StorageError
from storage.facts import AgencyFacts
from storage.questions.log import Asked, QuestionLog, Vote, new_key
from storage.state import State

log = logging.getLogger(__name__)

VOICE = "语音我还听不懂，请您打字问我。"
IMAGE = "图片我还看不懂，请您打字告诉我想了解什么。"
VIDEO = "视频我还看不懂，请您打字告诉我想了解什么。"
FILE = "文件我在这里收不了，请您打字告诉我想了解什么。"
LOCATION = "位置收到了。我能查的是本单位的政府信息公开年度报告，不分地点，请您打字问我。"
LINK = "链接我打不开，请您打字告诉我想了解什么。"
UNSUPPORTED = "这种消息我还看不懂，请您打字告诉我想了解什么。"
SCANNED = "这个码里没有我能查的内容，请您打字告诉我想了解什么。"
NO_DATA = "年度报告的数据还没有准备好，请过一会儿再问。怎么申请、多久答复这样的办事规则，现在就可以问。"
GREETING = "您好！我可以回答本单位政府信息公开的问题。"
HUMAN = "这里是自动回答，不能转接人工。需要找工作人员，请按下面的方式联系：\n{lines}"
HUMAN_UNKNOWN = "这里是自动回答，不能转接人工。工作人员的地址和电话，请看本单位网站上的《政府信息公开指南》。"
STILL_WORKING = "还在查，请再等一会儿。"
NOTHING_WAITS = "没有等着您的结果。想了解什么，请直接问我。"
LATE_HEAD = "您刚才问的，查到了："
NEXT_WAITS = "您新问的也查到了，请点 {link}。"
TRY = "您可以这样问："
THANKS = "谢谢，能帮上您就好。"
SORRY = "谢谢您告诉我们，工作人员会看到。您也可以换个说法再问一次。"
_HUMAN = re.compile(
    r"(?:我|请|帮我|给我|要|想|找|转接|转|接|换|联系|有没有|有|一下|个)*+(?:人工|真人)(?:客服|服务|坐席|回复|吗|[？?！!。])*+"
)
"""转人工, 有没有人工客服: nothing but the wish to speak to somebody."""
_NOT_SUPPORTED = "【收到不支持的消息类型"
"""How WeChat writes, as text, what official accounts cannot receive."""
_NUDGES = frozenset(
    {"继续", "好", "好的", "嗯", "哦", "在吗", "结果", "结果呢", "查看结果", "查到了吗", "1", "?", "？", ""}
)
"""What people send to see a waiting answer; anything else is a new question."""


def wants_human(text: str) -> bool:
    """Whether a text says nothing but that its writer wants to speak to somebody."""
    return _HUMAN.fullmatch(text) is not None


def where_people_are(contacts: Contacts) -> str:
    """What somebody is told who wants to speak to a human being where none serves: the bureau's own contact data."""
    lines = contacts.lines()
    return HUMAN.format(lines=lines) if lines else HUMAN_UNKNOWN


Coming = Outcome | Coroutine[Any, Any, Outcome]
"""The outcome at once, or what gives it later."""


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

    def __init__(
        self,
        pipeline: Pipeline,
        facts: Facts,
        questions: QuestionLog,
        state: State,
        clock: Clock,
        agency: str | None,
        *,
        contacts: Contacts | None = None,
        forget: Callable[[str], Awaitable[object]] | None = None,
        mass_sent: Callable[[events.MassSent], Awaitable[None]] | None = None,
        page_of: PageOf | None = None,
        interpreter: Interpreter | None = None,
    ) -> None:
        """Take what answering needs.

        Args:
            pipeline: answers questions.
            facts: of the agency.
            questions: where questions and votes are kept.
            state: where a person's conversation is.
            clock: says the time and the bureau's day.
            agency: whose reports answer; `None` for the only one stored.
            contacts: the bureau's own, for who asks for a human being.
            forget: deletes a person's data durably; without it the question log's alone.
            mass_sent: takes in that a mass message (群发) went out.
            page_of: the public address of a cell, where there is a public address at all.
            interpreter: is asked how a question may be meant that was not understood.
        """
        self._answers = Answers(pipeline, page_of)
        self._facts = facts
        self._questions = questions
        self._state = state
        self._clock = clock
        self._agency = agency
        self._contacts = contacts or Contacts()
        self._forget = forget or questions.forget
        self._mass_sent = mass_sent
        self._interpreter = interpreter
        self._kinds: Mapping[type[Push], Callable[[Push, Turn], Coming]] = {
            messages.TextMessage: self.text,
            messages.VoiceMessage: self.voice,
            events.Subscribed: self.subscribed,
            events.Scanned: self.subscribed,
            events.MassSent: self.mass_sent,
            events.Unsubscribed: self.unsubscribed,
            events.MenuClicked: self.menu_clicked,
            events.ProfileChanged: self.profile_changed,
        }

    def __call__(self, push: Push, turn: Turn) -> Coming:
        """Hand a push to the function for its kind."""
        handle = self._kinds.get(type(push))
        if handle is not None:
            return handle(push, turn)
        text = _CANNOT_READ.get(type(push))
        if isinstance(push, events.CodeScanned) and push.waits:
            text = SCANNED
        return Outcome() if text is None else Outcome(TextReply(self._with_examples(text)))

    def text(self, push: Push, turn: Turn) -> Coming:
        """A question, a tap on a link, or the nudge that fetches a waiting answer."""
        assert isinstance(push, messages.TextMessage)
        content = push.content.strip()
        nudge = push.menu_id == texts.HOLDING_ID or content in _NUDGES
        if nudge and turn.late:
            return Outcome(TextReply(turn.late), late="")
        if nudge and turn.unanswered:
            return self.ask(turn.unanswered, turn)
        if push.menu_id == texts.HOLDING_ID:
            return Outcome(TextReply(NOTHING_WAITS))
        if push.menu_id.startswith((USEFUL_ID, USELESS_ID)):
            return self.vote(push.menu_id, turn)
        if content.startswith(_NOT_SUPPORTED):
            return Outcome(TextReply(self._with_examples(UNSUPPORTED)))
        if wants_human(content):
            return self.human()
        return self.ask(content, turn)

    def human(self) -> Outcome:
        """转人工 where the desk does not serve people (`bot.handover`): they are told where somebody sits."""
        return Outcome(TextReply(where_people_are(self._contacts)))

    def voice(self, push: Push, turn: Turn) -> Coming:
        """Speech is answered where WeChat transcribed it."""
        assert isinstance(push, messages.VoiceMessage)
        if push.recognition.strip():
            return self.ask(push.recognition.strip(), turn)
        return Outcome(TextReply(self._with_examples(VOICE)))

    def subscribed(self, push: Push, turn: Turn) -> Coming:
        """A new follower, or one who scanned the account's code, is told what can be asked."""
        return self.ask("你好", turn)

    async def unsubscribed(self, push: Push, turn: Turn) -> Outcome:
        """What is stored about the person is deleted, as WeChat and the law (个人信息保护法第四十七条) require.

        Returns when that is certain; should it take too long, the work goes on.
        """
        await self._state.forget(turn.person)
        await self._forget(turn.person)
        return Outcome()

    async def mass_sent(self, push: Push, turn: Turn) -> Outcome:
        """A mass message counts as published."""
        assert isinstance(push, events.MassSent)
        if self._mass_sent is not None:
            await self._mass_sent(push)
        return Outcome()

    def menu_clicked(self, push: Push, turn: Turn) -> Coming:
        """A menu button asks the question that is its key."""
        assert isinstance(push, events.MenuClicked)
        return self.ask(push.key, turn)

    def profile_changed(self, push: Push, turn: Turn) -> Coming:
        """A person who withdraws consent is forgotten; a changed profile was never stored."""
        assert isinstance(push, events.ProfileChanged)
        if push.name == "user_authorization_revoke":
            return self.unsubscribed(push, turn)
        return Outcome()

    def vote(self, menu_id: str, turn: Turn) -> Outcome:
        """有用 or 没用 under an answer; only the person who got it can vote on it."""
        useful = menu_id.startswith(USEFUL_ID)
        key = menu_id.removeprefix(USEFUL_ID if useful else USELESS_ID)
        self._questions.vote(Vote(key, turn.person, useful, self._clock.now()))
        return Outcome(TextReply(THANKS if useful else SORRY))

    def ask(self, question: str, turn: Turn) -> Coming:
        """Answer a question from the agency's facts, at once where they are in memory."""
        facts = self._facts.get(self._agency)
        return self._load_and_answer(question, turn) if facts is None else self._answer(question, turn, facts)

    async def _load_and_answer(self, question: str, turn: Turn) -> Outcome:
        try:
            facts = await self._facts.load(self._agency)
        except (StorageError, *DATABASE_ERRORS) as error:
            log.error("no facts to answer from: %s", error)
            return self._answer_without(question, turn)
        coming = self._answer(question, turn, facts)
        return coming if isinstance(coming, Outcome) else await coming

    def _answer_without(self, question: str, turn: Turn) -> Outcome:
        """What can be said while there are no reports: the rules of disclosure (条例) and courtesies."""
        facts = AgencyFacts(0, self._agency or "本单位")
        answered = self._answers.find(question, facts, turn.context, self._clock.today())
        finding = answered.finding
        if finding.topic.startswith("rule.") or (finding.kind is Kind.GUIDE and finding.topic != "guide"):
            return _after_late(turn, answered.text, answered.context)
        text = f"{GREETING}\n{NO_DATA}" if finding.kind is Kind.GUIDE else NO_DATA
        return _after_late(turn, self._with_examples(text), answered.context)

    def _with_examples(self, text: str) -> str:
        return f"{text}\n{TRY}" + question_links(examples(self._facts.get(self._agency)), TEXT_LIMIT)

    def _answer(self, question: str, turn: Turn, facts: AgencyFacts) -> Coming:
        started = perf_counter_ns()
        answered = self._answers.find(question, facts, turn.context, self._clock.today())
        if self._interpreter is not None and answered.finding.topic == UNCLEAR:
            return self._interpret(self._interpreter, question, turn, facts, answered, started)
        return self._say(question, turn, facts, answered, started)

    async def _interpret(
        self, interpreter: Interpreter, question: str, turn: Turn, facts: AgencyFacts, unclear: Answered, started: int
    ) -> Outcome:
        today = self._clock.today()
        proposed = await interpreter.propose(question, available(facts, today), today)
        if proposed is None:
            return self._say(question, turn, facts, unclear, started)
        answered = self._answers.find_as(proposed, question, facts, turn.context, today)
        return self._say(question, turn, facts, answered, started, aided=True)

    def _say(
        self, question: str, turn: Turn, facts: AgencyFacts, answered: Answered, started: int, *, aided: bool = False
    ) -> Outcome:
        """Log the turn and put its message together."""
        now, key = self._clock.now(), new_key()
        finding, context, text = answered.finding, answered.context, answered.message(key)
        self._questions.record(
            Asked(
                agency_id=facts.id,
                asked_at=now,
                person=turn.person,
                text=question,
                normalised=answered.normalised,
                kind=finding.kind,
                topic=finding.topic,
                reply=finding.text,
                elapsed_us=(perf_counter_ns() - started) // 1000,
                figures=finding.figures,
                versions=answered.versions,
                key=key,
                aided=aided,
            )
        )
        if question == turn.unanswered:
            return Outcome(TextReply(text), context, late="", picture=_chart(finding))
        outcome, picture = _after_late(turn, text, context), _chart(finding)
        return outcome if picture is None else replace(outcome, picture=picture)


_CANNOT_READ: Mapping[type[Push], str] = {
    messages.ImageMessage: IMAGE,
    messages.VideoMessage: VIDEO,
    messages.FileMessage: FILE,
    messages.LocationMessage: LOCATION,
    messages.LinkMessage: LINK,
    messages.UnknownMessage: UNSUPPORTED,
}


def _chart(finding: Finding) -> Callable[[], Awaitable[bytes | None]] | None:
    """What draws the answer, where it is one figure over three or more years."""
    if len(finding.figures) < LEAST_YEARS:
        return None
    series = series_of(finding.figures)
    return None if series is None else partial(draw, series)


def examples(facts: AgencyFacts | None) -> tuple[str, ...]:
    """Questions that the reports at hand answer, to be offered."""
    if facts is None or not facts.years:
        return ("怎么申请政府信息公开", "申请以后多久答复", "申请信息公开要钱吗")
    year = facts.years[-1]
    return (f"{year}年收到多少件申请", f"{year}年公众号发了多少条信息", "怎么申请政府信息公开")


def _after_late(turn: Turn, text: str, context: bytes) -> Outcome:
    """Put the answer that came too late for the last question before the new one, or first where both do not fit."""
    if not turn.late:
        return Outcome(TextReply(text), context)
    both = f"{LATE_HEAD}\n{turn.late}\n\n{text}"
    if len(both.encode("utf-8", "replace")) <= TEXT_LIMIT:
        return Outcome(TextReply(both), context, late="")
    link = menu_link(texts.HOLDING_LABEL, texts.HOLDING_LABEL, texts.HOLDING_ID)
    tail = f"\n\n{NEXT_WAITS.format(link=link)}"
    first = fit(f"{LATE_HEAD}\n{turn.late}", TEXT_LIMIT - len(tail.encode()))
    return Outcome(TextReply(first + tail), context, late=text)
