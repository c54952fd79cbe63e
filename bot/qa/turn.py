"""One question as it comes in: its words, years and parts, before anything is decided."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import date
from functools import lru_cache

from bot.qa import bounds, clauses, compose, normalise, peaks, plainly, positions, rules, years
from bot.qa.clauses import MARKS
from bot.qa.lexicon import Sense, Span, Token, make_word
from bot.qa.session import Conversation
from bot.qa.vocabulary import lexicon
from storage.facts import AgencyFacts
from storage.values import immutable

_HAN = re.compile("[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{2,}")
_PLACE = re.compile(r"^(?:中华人民共和国)?(?:.*?(?:省|自治区))?(?:.*?(?:市|州|盟))?(.{1,8}?)(县|区|市|旗)(.*)$")


@immutable
class Turn:
    """A question read into words.

    Attributes:
        text: the normalised question.
        tokens: its words.
        present: all words of the vocabulary in it, also those that longer words cover.
        kinds: the kinds of meaning among `tokens`.
        ops: the operations named.
        years: the years named.
        parts: the measures named.
        left: stretches of the question that no word covers.
        latest: the newest report year that may answer on the day of asking; `None` without reports.
        core: from the first to the last word that says what is asked.
        clauses: the stretches between marks and pauses, empty where there is one only.
        lead: which years they are that the question names by their most or least.
    """

    text: str
    tokens: tuple[Token, ...]
    present: frozenset[str]
    kinds: frozenset[str]
    ops: frozenset[str]
    years: years.Years
    parts: compose.Parts
    left: tuple[tuple[int, int], ...]
    facts: AgencyFacts
    context: Conversation
    today: date
    latest: int | None
    core: tuple[int, int]
    clauses: tuple[clauses.Clause, ...]
    lead: peaks.Lead = peaks.NONE

    def before(self, start: int, end: int) -> bool:
        """Whether a stretch stands in a clause of its own before the one that asks, parted by a mark or 想问问."""
        return end <= self.core[0] and _PARTING.search(self.text, end, self.core[0]) is not None

    def aside(self, start: int, end: int) -> bool:
        """Whether a stretch stands in a clause of its own, before or after the one that asks."""
        last = self.core[1]
        return self.before(start, end) or (start >= last and _MARK.search(self.text, last, start) is not None)

    def told(self, start: int, *, spoken: bool = False) -> bool:
        """Whether a place stands in a sentence that only tells something, `spoken`: of the one who asks."""
        for clause in self.clauses:
            if clause.start <= start < clause.end:
                return clauses.tells(self.text, clause, spoken=spoken)
        return False

    def has(self, *ops: str) -> bool:
        """Whether one of the operations is named."""
        return not self.ops.isdisjoint(ops)

    def words(self, kind: str) -> list[str]:
        """The words of a kind, in order."""
        return [t.text for t in self.tokens if kind in t.kinds]


_MARK = re.compile("[。，,.!！?？;；~～…]")
_PARTING = re.compile(f"{_MARK.pattern}|请问|想问|问下|问一|问问|打听|想知道|想了解|查一下|查下|帮我|帮查|请教")
CORE = frozenset({"row3", "row2", "row4", "indicator", "text", "column3", "column4", "quantity", "year", "op"})
_NO_KINDS: frozenset[str] = frozenset()


def _core(tokens: Sequence[Token], length: int) -> tuple[int, int]:
    core = [t for t in tokens if not t.kinds.isdisjoint(CORE)]
    return (core[0].start, core[-1].end) if core else (0, length)


__all__ = ["CORE", "MARKS", "Turn", "available", "read"]

_FIRST_OF = re.compile(
    r"最[多高少低大小]的?(?:是|有)?[那前这]?[两二三四五2-5]个?(?:年|名|项|类|种)|[多高少低大小]的前[两二三四五2-5]"
)
"""申请最多的三年: the years in their order, and not the last three."""
_BRIEF = 8
"""Characters of a follow-up whose words are understood by the table last spoken of: 罚的呢."""
_KEPT = 256
_years_of: dict[int, tuple[AgencyFacts, date, tuple[int, ...]]] = {}
"""The open years of the snapshots asked last, by identity: sorting a thousand years for each question is dear."""


def available(facts: AgencyFacts, today: date) -> tuple[int, ...]:
    """The report years that may answer on a day, oldest first: published, and of a year that is over.

    A report is due by 31 January of the next year (条例第四十九条); before that day the newest counts only if it went
    live by then. So a question asked of an earlier day is not answered from a report that nobody could have read.
    """
    kept = _years_of.get(id(facts))
    if kept is None or kept[0] is not facts or kept[1] != today:
        if len(_years_of) >= _KEPT:
            _years_of.clear()
        kept = _years_of[id(facts)] = (facts, today, _open(facts, today))
    return kept[2]


def _open(facts: AgencyFacts, today: date) -> tuple[int, ...]:
    years = facts.years
    years = years[: bisect_left(years, today.year)]
    if years and years[-1] == today.year - 1 and today < date(today.year, 1, 31):
        published = facts.reports[years[-1]].published_on
        if published is None or published > today:
            return years[:-1]
    return years


def read(
    text: str,
    facts: AgencyFacts,
    context: Conversation,
    today: date,
    breaks: frozenset[int] = frozenset(),
    lead: peaks.Lead = peaks.NONE,
) -> Turn:
    """Read a normalised question into words, years and parts; `breaks` are places where a space was typed."""
    text, breaks = plainly.written(*clauses.without_polite_ends(text, breaks))
    if peaks.named(text):
        text, lead = _with_years(text, facts, context, today)
    numbers = normalise.digits(text)
    spans = years.spans(text, numbers)
    spans += _own_names(text, facts)
    spans += _other_names(text)
    spans += bounds.spans(text)
    spans += positions.spans(text, lambda: _items(context))
    tokens, present = lexicon().read(text, spans)
    if facts.rules:
        present |= {word for word in rules.book(facts.rules).own if word in text}
    open_years = available(facts, today)
    instead = clauses.after_correction(text, tokens)
    if instead:
        return read(instead, facts, context, today, lead=lead)
    stretches = clauses.clauses(text, tokens, breaks)
    plain, kept = clauses.without_courtesy(text, tokens, stretches, breaks) if stretches else ("", breaks)
    if plain:
        return read(plain, facts, context, today, kept, lead)
    parts = compose.gather(tokens, present, text, lambda: context.table if len(text) <= _BRIEF else "")
    if parts.columns3 and stretches:
        parts.columns3 = [c for c in parts.columns3 if not _of_a_story(c, text, tokens, stretches)]
    kinds = _NO_KINDS.union(*[t.kinds for t in tokens])
    ops = clauses.operations(tokens) if "op" in kinds else set()
    if "率" in text:
        named = (*parts.anchors, *parts.columns4, *parts.columns3)
        if any(a.end and text.startswith("率", a.end) for a in named):
            ops.add("share")
    latest, first = (open_years[-1], open_years[0]) if open_years else (None, None)
    asking = years.Asking(today, latest, first, lambda: _years(context))
    named_years = years.read(clauses.without_told_years(tokens, stretches), numbers, asking)
    if ("最" in text or "前" in text) and _FIRST_OF.search(text):
        ops.add("rank")
        named_years = named_years if named_years.years else years.NONE
    return Turn(
        text=text,
        tokens=tuple(tokens),
        present=present,
        kinds=kinds,
        core=_core(tokens, len(text)),
        clauses=stretches,
        lead=lead,
        ops=frozenset(ops),
        years=named_years,
        parts=parts,
        left=tuple(_left(text, tokens)),
        facts=facts,
        context=context,
        today=today,
        latest=latest,
    )


def _with_years(text: str, facts: AgencyFacts, context: Conversation, today: date) -> tuple[str, peaks.Lead]:
    """A question with the year itself where it says 最低那年, of what it names or of what was spoken of last."""
    before, after = peaks.parted(text)
    own = _measures(before)
    measures = own or _measures(before + after) or _items(context)
    if len(measures) != 1 or measures[0].startswith("x."):
        return text, peaks.NONE
    spoken, held = context.spoken[0], available(facts, today)
    among = spoken if len(spoken) > 2 and set(spoken) <= set(held) else held
    rest = text[len(before) :] if own and _measures(after) else text  # 公众号发得最少的那年，网站新闻发了几条
    plain, lead = peaks.written(rest, measures[0], facts, among)
    return (plain, lead) if lead.said else (text, lead)


def _measures(text: str) -> tuple[str, ...]:
    """What a stretch names by itself."""
    found = compose.gather(*lexicon().read(text, ()), text, lambda: "")
    return compose.measures(found.anchors, found)[0]


def _of_a_story(
    column: compose.Anchor, text: str, tokens: Sequence[Token], stretches: Sequence[clauses.Clause]
) -> bool:
    """Whether a kind of applicants is named only by who tells a story: 我厂子被查，去年……几件."""
    named = [t for t in tokens if any(s.kind == "column3" and s.id == column.id for s in t.senses)]
    return bool(named) and all(clauses.tells_of(text, t.start, t.end, stretches) for t in named)


def _items(context: Conversation) -> tuple[str, ...]:
    """The measures last spoken of."""
    return context.query.items if context.query else ()


def _years(context: Conversation) -> tuple[int, ...]:
    """The years last spoken of, newest utterance last."""
    years, _ = context.spoken
    return (*years, context.focus) if context.focus else years


_OWN = (Sense("self", ""),)


_BUREAU = ("人社局", "人社", "人力资源和社会保障局", "人社部门")


@lru_cache(maxsize=256)
def _names(name: str, aliases: tuple[str, ...]) -> re.Pattern[str]:
    """How the agency and its place are called: 凤县人力资源和社会保障局, 凤县人社局, 凤县."""
    found = {name, *aliases}
    match = _PLACE.match(name)
    if match:
        places = {match[1] + match[2]} | ({match[1]} if len(match[1]) > 1 else set())
        found |= {p + suffix for p in places for suffix in ("", *_BUREAU)}
        found |= {match[2] + suffix for suffix in _BUREAU}
    longest_first = sorted((n for n in found if len(n) > 1), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or "(?!)")


def _own_names(text: str, facts: AgencyFacts) -> list[Span]:
    found = []
    for match in _names(facts.name, facts.aliases).finditer(text):
        weight = len(match[0]) * 2 + 1.2
        found.append(Span(match.start(), match.end(), weight, make_word(match[0], _OWN, weight)))
    return found


_HOME = re.compile(
    r"(?:[我咱俺]们?|^|(?<=[，,。]))([\u4e00-\u9fff]{0,3}?(?:镇|(?<![老家同下])乡|(?<!农)村|街道|社区))"
    r"(?=[，,]?(?:20)?\d\d年|[，,]?[去前今]年|有|一?共|总共|几|多少|里?的?人(?!事))"
)
"""我们靠山镇去年有几个人申请: a place that reports do not count by."""
_OTHER = re.compile(
    r"(?:县|市|区|镇|乡|省)[\u4e00-\u9fff]{0,4}?(?:医院|学校|中学|小学|幼儿园|局|委|厅|馆|银行|检察院|派出所|卫生院|敬老院|电视台)"
)


def _other_names(text: str) -> list[Span]:
    """Other agencies, institutions and places by the shape of their names: 县医院, 市教育局, 我们靠山镇."""
    found = []
    for start, end in (*(m.span() for m in _OTHER.finditer(text)), *(m.span(1) for m in _HOME.finditer(text))):
        name = text[start:end]
        word = make_word(name, (Sense("agency", name),), len(name) * 2.0 + 1)
        found.append(Span(start, end, word.weight, word))
    return found


def _left(text: str, tokens: Collection[Token]) -> list[tuple[int, int]]:
    """Stretches of Chinese or Latin letters between the words."""
    gaps = []
    at = 0
    for token in tokens:
        if token.start > at:
            gaps.append((at, token.start))
        at = token.end
    if at < len(text):
        gaps.append((at, len(text)))
    return [m.span() for gap in gaps for pattern in (_HAN, _LATIN) for m in pattern.finditer(text, *gap)]
