"""Question in, reply out: the one entry point of the question pipeline. Synchronous, pure, without input or output."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from bot.qa import clauses, normalise, peaks, proposal, publication, replies, rules, several, turn, understand
from bot.qa.answer import answer, focus, spoken_of
from bot.qa.known import PASSING, Key, KnownAnswers
from bot.qa.publication import Publications
from bot.qa.query import Action, Query
from bot.qa.query import name as query_name
from bot.qa.render import fit
from bot.qa.replies import Contacts
from bot.qa.session import Choice, Context, Conversation
from bot.qa.turn import Turn
from bot.qa.types import Kind, Reply
from bot.qa.understand import Meaning, Sort
from bot.qa.vocabulary import lexicon
from storage.facts import AgencyFacts
from storage.questions.rulings import fold

_PICK = re.compile(r"(?:第|选|就|要)*([1-4])(?:个|项|种|条|号|吧|呢|那个)*")
_MARKS = re.compile(r"[\s。，,.!！?？、~～…·:：;；\"'“”‘’()（）]+")
_WORDS = re.compile(r"\w")
_WHICH_YEAR = re.compile(
    r"(?:请问|我问|问|你们?|您|那|这|刚才|刚刚|上面|前面|上一?个|个|些|里|都|说|讲|答|查|给|指|算|统计|的|是|数字?|数据|答案|回答|答复|结果|到底)*"
    r"(?:哪一?年度?|哪几年|哪[一个]*年份|什么年份|几几年|何年)"
    r"(?:的|份|数据?|数字|情况|来着|呀|啊|呢|吗)*"
)
"""说的是哪年, 这是哪一年的数: about the last answer, and nothing of its own."""
_WORKING = re.compile(
    r"(?:请问|那|这|刚才|个|数字?|结果|比例|占比|百分比|是|你们?|您|的)*(?:怎么|咋|咋个|如何|怎样|啷个)(?:算|得|计算|算出来|得出来|算出|得出|统计)?(?:来|出来)?的(?:呢|呀|啊|哦|哟|喔)?"
)
"""咋算的: about the last answer, which shows its working."""
_ACKNOWLEDGED = frozenset({"收到", "行", "对", "是", "成", "中"})
"""Words that ask for something else inside a question and acknowledge an answer alone."""
_BRIEF = 24
"""Characters of a question about the last answer."""
_SURE = re.compile(
    r"(?:你们?|您|这个?|这些|数字?|数据|答案|能|可以|就是|是)*"
    r"(?:(?:确定|肯定|真的|没错|没弄错|没搞错|没算错|准确|准|靠谱|可靠|对|属实)了?(?:不|么|吗|嘛|吧|没有)[呀啊]?"
    r"|确定|(?P<a>[准对])不(?P=a)|靠不靠谱|准不准确|(?:会不会|有没有|是不是)(?:弄|搞|算|记|报)?错了?)"
)
"""确定吗: the last answer again, with its places."""
_INSTEAD = re.compile(
    r"那?(?:就)?(?:全年|整年|一年|你们局|你们|你们单位|贵局|本局|你们人社局|人社局)(?:自己)?(?:的|一共|总共)?(?:呢|吧|多少)?"
)
"""那全年呢, 那你们局呢 after a month or another agency: what was near then."""
_NOTHING = AgencyFacts(0, "本单位")
LONGEST = 400
"""Characters of a question that are read; no citizen's question is longer, and the cost stays bounded."""


class Pipeline:
    """Understands questions and answers them from published facts."""

    def __init__(self, contacts: Contacts | None = None, publications: Publications | None = None) -> None:
        """Build the vocabulary, once for the process.

        Args:
            contacts: the bureau's own contact data from the settings.
            publications: the public part of the publishing ledger, where citizens may be told of it.
        """
        self._contacts = contacts
        self._publications = publications
        self._lexicon = lexicon()
        self._facts: AgencyFacts | None = None
        self._today: date | None = None
        self._known = KnownAnswers()
        normalise.simplified()

    def respond(
        self,
        question: str,
        facts: AgencyFacts,
        context: Context | None,
        today: date,
        *,
        limit: int | None = None,
    ) -> tuple[Reply, Context]:
        """Answer one question of a conversation.

        Args:
            question: what the citizen typed or said.
            facts: the agency's published reports.
            context: what the conversation remembers, `None` at its start.
            today: the day of asking in the bureau's timezone.
            limit: UTF-8 bytes of one message; a longer text is cut and 继续 brings the rest.

        Returns:
            The reply and what the conversation remembers now.
        """
        if facts is not self._facts or today != self._today:
            self._facts, self._today, self._known = facts, today, KnownAnswers()
        text = normalise.normalise(question[:LONGEST])
        asked = clauses.without_polite_ends(text, normalise.breaks(question[:LONGEST]))
        return _fitted(*self._reply(text, asked, facts, context or Context(), today), limit)

    def respond_to(
        self, proposed: Query, facts: AgencyFacts, context: Context | None, today: date, *, limit: int | None = None
    ) -> tuple[Reply, Context]:
        """Answer a query that was proposed for a question not understood (`proposal.read`), saying so.

        Args:
            proposed: the query, over years that may answer on the day.
            facts: the agency's published reports.
            context: what the conversation remembers, `None` at its start.
            today: the day of asking in the bureau's timezone.
            limit: UTF-8 bytes of one message.
        """
        reply, after = self._now_answered(proposed, facts, context or Context(), today)
        lead = f"我把您的话理解为“{proposal.said(proposed)}”（由语言模型协助理解，数字都出自年报）。"
        return _fitted(replace(reply, text=f"{lead}\n{reply.text}"), after, limit)

    def greets(self, question: str) -> bool:
        """Whether a message is empty, a greeting or a wish for help, and asks nothing."""
        text = normalise.normalise(question[:LONGEST])
        if not _WORDS.search(_MARKS.sub("", text)):
            return True
        read = turn.read(text, _NOTHING, Conversation(Context()), date.min)
        return understand.understand(read).sort in (Sort.HELLO, Sort.HELP)

    def _reply(self, text: str, asked: Key, facts: AgencyFacts, context: Context, today: date) -> tuple[Reply, Context]:
        years = turn.available(facts, today)
        plain = _MARKS.sub("", text)
        if not _WORDS.search(plain):
            return replies.guide(facts, years), context
        picked = _picked(plain, context)
        if picked is not None:
            return self._now_answered(picked, facts, context, today)
        about = self._about_last(plain, facts, context, today)
        if about is not None:
            return about
        command = _command(self._lexicon.words.get(plain))
        if command == "more":
            return _continued(context)
        if command == "back" and context.previous is not None:
            return self._now_answered(context.previous, facts, context, today)
        if command == "reset":
            return replies.guide(facts, years, lead="好的，请说。"), Context()
        if facts.reviewed_answers or facts.alias_questions or facts.rules:
            book = rules.book(facts.rules)
            for key in dict.fromkeys((fold(text), fold(asked[0]))):
                if key in facts.reviewed_answers:
                    return Reply(Kind.ANSWER, facts.reviewed_answers[key], topic="reviewed"), context
                if key in book.exact:
                    reply, after = self._ruled((book.rules[book.exact[key]],), book, text, Conversation(context))
                    return reply, after.now
                if key in facts.alias_questions:
                    asked = normalise.normalise(facts.alias_questions[key]), frozenset()
                    break
        return self._known.find(asked, context) or self._read(asked, facts, context, today)

    def _about_last(
        self, plain: str, facts: AgencyFacts, context: Context, today: date
    ) -> tuple[Reply, Context] | None:
        """The reply to what is said of the last answer itself: of its year, its working, its truth, or 收到."""
        if plain in _ACKNOWLEDGED:
            return replies.thanks(), context
        last = context.query if len(plain) <= _BRIEF else None
        if last is None or context.rule:
            return None
        if _WHICH_YEAR.fullmatch(plain):
            return replies.year_of(last, context.focus, turn.available(facts, today)), context
        if last.action is not Action.TEXT and (_WORKING.fullmatch(plain) or _SURE.fullmatch(plain)):
            return self._now_answered(last, facts, context, today)
        return None

    def _read(self, asked: Key, facts: AgencyFacts, context: Context, today: date) -> tuple[Reply, Context]:
        reply, after = self._understood(asked, facts, context, today)
        if not reply.topic.startswith(PASSING):
            self._known.keep(asked, context, reply, after)
        return reply, after.now

    def _understood(self, asked: Key, facts: AgencyFacts, context: Context, today: date) -> several.Said:
        """The reply to a question that no reviewed answer is for: as a whole, or to its parts."""
        text, breaks = asked
        read = turn.read(text, facts, Conversation(context), today, breaks)
        if publication.asks_for_report(read):
            return publication.report(read, self._publications), read.context
        if publication.asks_for_news(read):
            return publication.news(read, self._publications), read.context
        meaning = understand.understand(read)
        said = self._said(meaning, read)
        if meaning.sort is not Sort.INJECTION and (len(read.clauses) > 1 or len(read.words("quantity")) > 1):
            said = several.better(said, read, self._once)
        return _led(said, read.lead)

    def _once(self, text: str, read: Turn, context: Conversation) -> several.Said:
        """The reply to a part of a question."""
        part = turn.read(text, read.facts, context, read.today)
        return self._said(understand.understand(part), part)

    def _now_answered(self, asked: Query, facts: AgencyFacts, context: Context, today: date) -> tuple[Reply, Context]:
        reply, after = self._answered(asked, facts, Conversation(context), today)
        return reply, after.now

    def _answered(self, asked: Query, facts: AgencyFacts, context: Conversation, today: date) -> several.Said:
        years = turn.available(facts, today)
        return answer(asked, facts, years), context.asked(spoken_of(asked, facts, years), focus(asked, facts, years))

    def _said(self, meaning: Meaning, read: Turn) -> several.Said:
        if meaning.sort is Sort.QUERY and meaning.query is not None:
            return self._answered(meaning.query, read.facts, read.context, read.today)
        if meaning.sort is Sort.RULE and meaning.rule is not None:
            found = (meaning.rule,) if meaning.second is None else (meaning.rule, meaning.second)
            return self._ruled(found, rules.book(read.facts.rules), read.text, read.context)
        if meaning.sort is Sort.UNSURE and meaning.query is not None:
            return _offered(meaning, read)
        if meaning.sort is Sort.UNNAMED and read.years.years[-1] in turn.available(read.facts, read.today):
            return _which(read)
        after = read.context
        if meaning.sort in (Sort.FINER, Sort.AGENCY) and meaning.query is not None and len(meaning.query.items) == 1:
            near = replace(meaning.query, years=meaning.query.years[-1:])
            after = after.offering((Choice(query_name(near.items[0]), near),))
        held = turn.available(read.facts, read.today)
        if meaning.sort in _NEAR and len(read.years.years) == 1 and read.years.years[0] in held:
            after = after.dated(read.years.years[0])
        return _refused(meaning, read), after

    def _ruled(self, found: tuple[rules.Rule, ...], book: rules.Book, text: str, context: Conversation) -> several.Said:
        if found[0].id in book.off:
            return replies.rule_off(found[0], self._contacts), context.explained("")
        said = replies.rule(found[0], self._contacts, text, book)
        for other in (r for r in found[1:] if r.id not in book.off):
            said = replace(said, text=f"{said.text}\n\n{replies.rule(other, self._contacts, book=book).text}")
        return said, context.explained(found[0].id)


def _fitted(reply: Reply, after: Context, limit: int | None) -> tuple[Reply, Context]:
    shown, rest = fit(reply.text, limit)
    if rest:
        reply = replace(reply, text=shown, suggestions=("继续", *reply.suggestions[:3]))
    return reply, after if after.rest == rest else replace(after, rest=rest)


def _led(said: several.Said, lead: peaks.Lead) -> several.Said:
    """An answer with the sentence before it that says of which year it is."""
    reply, after = said
    if not (lead.said and reply.figures):
        return said
    figures = tuple(dict.fromkeys((*lead.figures, *reply.figures)))
    return replace(reply, text=f"{lead.said}\n{reply.text}", figures=figures), after


def _command(word: object) -> str:
    senses = getattr(word, "senses", ())
    return next((s.id for s in senses if s.kind == "command"), "")


def _picked(plain: str, context: Context) -> Query | None:
    """The choice that a short reply picks: 1, 第一个, or its words."""
    if not context.choices:
        return None
    match = _PICK.fullmatch(normalise.digits(plain))
    if match and int(match[1]) <= len(context.choices):
        return context.choices[int(match[1]) - 1].query
    if len(context.choices) == 1 and _INSTEAD.fullmatch(plain):
        return context.choices[0].query
    if plain in {"是", "是的", "对", "对的", "嗯", "对对", "没错"} and len(context.choices) == 1:
        return context.choices[0].query
    return next((c.query for c in context.choices if _MARKS.sub("", c.label) == plain), None)


def _continued(context: Context) -> tuple[Reply, Context]:
    if context.rest:
        return Reply(Kind.ANSWER, context.rest, topic="more"), context
    return Reply(Kind.GUIDE, "前面的话已经说完了，请接着问。", topic="more"), context


def _offered(meaning: Meaning, read: Turn) -> several.Said:
    assert meaning.query is not None
    reply = replies.unsure(meaning.query, meaning.word)
    if not reply.suggestions:
        return replies.unclear(), read.context
    queries = [replace(meaning.query, items=(i,), years=meaning.query.years[-1:]) for i in meaning.query.items]
    choices = tuple(Choice(label, q) for label, q in zip(reply.suggestions, queries, strict=False))
    return reply, read.context.offering(choices)


_BY_UNIT = {
    "条篇则": ("f.wechat", "f.site_news", "f.key_area"),
    "场期": ("f.training",),
    "通": ("f.hotline",),
    "钱元万": ("t2.fee", "f.info_fee"),
}
_COUNTED = ("t3.new.total", "t2.licence", "t2.penalty", "t4.cases.total")


def _which(read: Turn) -> several.Said:
    """2023多少件: what is counted in that unit, to choose from."""
    unit = "".join(read.words("quantity"))[-1:]
    items = next((found for units, found in _BY_UNIT.items() if unit and unit in units), _COUNTED)
    year = read.years.years[-1]
    reply = replies.which(items, year)
    queries = [Query(Action.VALUE, (item,), (year,)) for item in items]
    choices = tuple(Choice(label, q) for label, q in zip(reply.suggestions, queries, strict=True))
    return reply, read.context.offering(choices)


_PLAIN: dict[Sort, Callable[[], Reply]] = {
    Sort.THANKS: replies.thanks,
    Sort.INSULT: replies.insult,
    Sort.INJECTION: replies.injection,
}
_NEAR: dict[Sort, Callable[[str, Query | None, AgencyFacts], Reply]] = {
    Sort.TOPIC: replies.topic,
    Sort.FINER: replies.finer,
    Sort.FOREIGN: replies.foreign,
    Sort.AGENCY: replies.agency,
    Sort.UNIT: replies.unit,
}


def _refused(meaning: Meaning, read: Turn) -> Reply:
    years = turn.available(read.facts, read.today)
    if meaning.sort in (Sort.HELLO, Sort.HELP):
        return replies.guide(read.facts, years)
    if meaning.sort in _PLAIN:
        return _PLAIN[meaning.sort]()
    if meaning.sort in _NEAR:
        return _NEAR[meaning.sort](meaning.word, meaning.query, read.facts)
    if meaning.sort is Sort.WHY and meaning.query is not None:
        return replies.why(meaning.query, meaning.query.years[-1])
    if read.years.years and not set(read.years.years) & set(years):
        return replies.no_year(read.years.years, years)
    return replies.unclear()


__all__ = ["Contacts", "Context", "Pipeline"]
