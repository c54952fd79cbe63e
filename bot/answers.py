"""What the account says to a question: the pipeline's finding as the text of one message, with its links.

The pipeline gives the same finding again where a question was asked before (`bot.qa.known`); what was made of it is
kept beside it. And people tap the same menu buttons and links all day: the whole answer to the same words in the same
conversation is kept too, except what the publishing ledger answers.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from html import escape
from typing import TypeVar

from bot.qa.known import LONGEST, PASSING
from bot.qa.normalise import normalise
from bot.qa.pipeline import Pipeline
from bot.qa.query import Query
from bot.qa.session import Context
from bot.qa.types import Kind
from bot.qa.types import Reply as Finding
from bot.wechat.replies import TEXT_LIMIT, fit, menu_link
from storage.facts import AgencyFacts
from storage.values import immutable

USEFUL, USELESS = "有用", "没用"
USEFUL_ID, USELESS_ID = "useful.", "useless."
"""bizmsgmenuid of a vote; the key of the turn follows."""
K = TypeVar("K")
V = TypeVar("V")
KEPT = 2000
"""Answers and findings with their texts, each of some 3 KiB, and conversations, each of some 2."""
_LONGEST_QUESTION = 200
"""Characters by which questions are compared in the log."""
_ROOM_FOR_LINKS = 700
"""Bytes of a reply that its text leaves to the links below it."""
PAGE = "看年报原文"
_PAGE_BYTES = 300
"""Bytes of the link to the public page, at most; a longer address is left out."""
_VOTE_BYTES = 240
"""Bytes of the two links to vote, at most."""


@immutable
class Answered:
    """A question's answer before it is sent.

    Attributes:
        finding: what the pipeline says.
        context: the conversation from now on.
        text: the words with the links that ask on, without those to vote.
        normalised: the question by which the log compares.
        versions: ids of the report versions that the figures come from.
    """

    finding: Finding
    context: bytes
    text: str
    normalised: str
    versions: list[int]

    def message(self, key: str) -> str:
        """The text of the message of a turn: with links to vote on it where it is an answer."""
        return self.text + vote_links(key) if self.finding.kind in _VOTED else self.text


@immutable
class _Said:
    """A finding, its text with links, and the report versions that it uses."""

    finding: Finding
    text: str
    versions: list[int]


_VOTED = (Kind.ANSWER, Kind.NONE)

PageOf = Callable[[int, int, str], str]
"""The public address of a cell: agency id, year, cell id."""


class Answers:
    """Answers questions from an agency's facts."""

    def __init__(self, pipeline: Pipeline, page_of: PageOf | None = None) -> None:
        """Take the pipeline, and where there are public pages what says their addresses."""
        self._pipeline = pipeline
        self._page_of = page_of
        self._facts: AgencyFacts | None = None
        self._today: date | None = None
        self._kept: OrderedDict[tuple[str, bytes | None], Answered] = OrderedDict()
        self._said: OrderedDict[int, _Said] = OrderedDict()
        self._contexts: OrderedDict[bytes, Context] = OrderedDict()

    def find(self, question: str, facts: AgencyFacts, context: bytes | None, today: date) -> Answered:
        """The answer to a question.

        Args:
            question: what the citizen typed or said.
            facts: the agency's published reports; a new publication is another object.
            context: the conversation as the last `Answered` left it.
            today: the bureau's day.
        """
        if facts is not self._facts or today != self._today:
            self._facts, self._today, self._kept = facts, today, OrderedDict()
        place = question, context
        answered = self._kept.get(place)
        if answered is None:
            before = self._conversation(context) if context else None
            found = self._pipeline.respond(question, facts, before, today, limit=TEXT_LIMIT - _ROOM_FOR_LINKS)
            answered = self._answered(question, facts, *found)
            if len(question) <= LONGEST and not answered.finding.topic.startswith(PASSING):
                _keep(self._kept, place, answered)
        return answered

    def find_as(
        self, proposed: Query, question: str, facts: AgencyFacts, context: bytes | None, today: date
    ) -> Answered:
        """The answer to a question by a query that was proposed for it."""
        before = self._conversation(context) if context else None
        found = self._pipeline.respond_to(proposed, facts, before, today, limit=TEXT_LIMIT - _ROOM_FOR_LINKS)
        return self._answered(question, facts, *found)

    def _answered(self, question: str, facts: AgencyFacts, finding: Finding, after: Context) -> Answered:
        said = self._made_of(finding, facts)
        normalised = normalise(question[:_LONGEST_QUESTION])
        return Answered(finding, self._dumped(after), said.text, normalised, said.versions)

    def _made_of(self, finding: Finding, facts: AgencyFacts) -> _Said:
        """What is made of a finding from these facts; by identity, since to compare findings costs as much as that."""
        said = self._said.get(id(finding))
        if said is None or said.finding is not finding:
            versions = {facts.reports[f.year].version_id for f in finding.figures if f.year in facts.reports}
            said = _Said(finding, compose(finding, self._page(finding, facts)), sorted(versions))
            _keep(self._said, id(finding), said)
        return said

    def _conversation(self, stored: bytes) -> Context | None:
        return self._contexts.get(stored) or Context.load(stored)

    def _dumped(self, context: Context) -> bytes:
        """A conversation as it is stored; kept as it is too, since its next question mostly comes to this process."""
        stored = context.dump()
        _keep(self._contexts, stored, context)
        return stored

    def _page(self, finding: Finding, facts: AgencyFacts) -> str:
        """The address of the newest figure's cell in its published table; empty where there is none."""
        if self._page_of is None or finding.kind is not Kind.ANSWER or not finding.figures:
            return ""
        newest = max(finding.figures, key=lambda f: f.year)
        return self._page_of(facts.id, newest.year, newest.cell)


def _keep(kept: OrderedDict[K, V], key: K, value: V) -> None:
    """Keep one more, and for it let go of the oldest where there are `KEPT`."""
    if len(kept) >= KEPT:
        kept.popitem(last=False)
    kept[key] = value


def compose(finding: Finding, page: str = "") -> str:
    """The text of a finding with a link to `page` and its suggestions as links, as many as fit; leaves room to vote."""
    text = fit(finding.text, TEXT_LIMIT - _ROOM_FOR_LINKS)
    link = f'\n<a href="{escape(page)}">{PAGE}</a>' if page else ""
    if len(link.encode()) <= _PAGE_BYTES:
        text += link
    room = TEXT_LIMIT - len(text.encode()) - (_VOTE_BYTES if finding.kind in _VOTED else 0)
    return text + question_links(finding.suggestions, room, numbered=finding.kind is Kind.CHOICE)


def vote_links(key: str) -> str:
    """The links to vote on a turn."""
    links = menu_link(USEFUL, USEFUL, USEFUL_ID + key), menu_link(USELESS, USELESS, USELESS_ID + key)
    return f"\n\n{'　'.join(links)}"


def question_links(questions: tuple[str, ...], room: int, *, numbered: bool = False) -> str:
    """Links that ask, one to a line, as many as fit into `room` bytes."""
    lines = ""
    for number, question in enumerate(questions, 1):
        label = f"{number}. {question}" if numbered else question
        line = f"\n{'' if lines else chr(10)}{menu_link(label, question, 'ask')}"
        room -= len(line.encode())
        if room < 0:
            break
        lines += line
    return lines
