"""Messages of several clauses: several questions in one, and questions with a story before them.

A clause is read as a question of the conversation that the clauses before it began, so that 复议多少件，维持了几件 is
answered as two messages would be.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from bot.qa import clauses
from bot.qa.doubts import SPANS
from bot.qa.query import Action, Query
from bot.qa.session import Conversation
from bot.qa.turn import Turn
from bot.qa.types import Kind, Reply

Said = tuple[Reply, Conversation]
Once = Callable[[str, Turn, Conversation], Said]
"""Answers a part of a question: its text, the question and the conversation so far."""
_LONG = 100
"""Figures of a reply that is not worked out again."""
_MOST = 4
"""Questions in one message that are answered."""


_RULED = "rule."
"""Begins the topic of a reply that explains a rule."""
_HOW = re.compile("怎么|怎样|咋|如何|多久|[几多]少?天|期限|[吗么]$|可以|能不能|要不要|要钱|收费")
"""How something is done, how long it takes, whether it may be: not a number of the report."""


def better(said: Said, read: Turn, once: Once) -> Said:
    """The reply to a message of several clauses, with the rule that it asks for beside figures.

    收到几件申请，多久能答复: the report answers the one, the law the other.
    """
    reply, after = _best(said, read, once)
    if not reply.figures or len(reply.figures) > _LONG:
        return reply, after
    for part in read.clauses:
        text = read.text[part.start : part.end].strip(clauses.MARKS)
        if part.dated or not _HOW.search(text):
            continue
        beside, _ = once(text, read, read.context)
        if beside.topic.startswith(_RULED) and beside.text not in reply.text:
            return replace(reply, text=f"{reply.text}\n{beside.text}"), after
    return reply, after


def _best(said: Said, read: Turn, once: Once) -> Said:
    """The reply to the message as a whole, in its questions, or without the story before them."""
    reply, after = said
    if len(reply.figures) > _LONG:
        return said
    if read.has("sum") and len(SPANS.findall(read.text)) > 1:
        return said
    asked = clauses.questions(read.text, read.tokens, read.clauses)
    if 1 < len(asked) <= _MOST:
        texts = [read.text[s:e].strip(clauses.MARKS) for s, e in asked]
        found = _in_turn(texts, read, once)
        if found is not None and _says_more(found[0], reply, after):
            return found
    if reply.kind is not Kind.ANSWER:
        rest = clauses.without_story(read.text, read.tokens, read.clauses)
        if rest:
            alone = once(rest, read, read.context)
            if alone[0].kind is Kind.ANSWER and alone[0].figures:
                return alone
    return said


def _in_turn(texts: list[str], read: Turn, once: Once) -> Said | None:
    """The replies to the questions one after the other.

    `None` where one of them is not understood, or where one only says the years of the one before.
    """
    context = read.context
    replies: list[Reply] = []
    for text in texts:
        before = context.query if replies else None
        reply, context = once(text, read, context)
        if reply.kind not in (Kind.ANSWER, Kind.NONE) or reply.topic == "unclear":
            return None
        if reply.kind is Kind.ANSWER and not (reply.figures or reply.topic.startswith("x.") or _tells_how(text, reply)):
            return None
        if before is not None and _dates(context.query, before):
            return None
        replies.append(reply)
    if replies[0].kind is not Kind.ANSWER:
        return None
    figures = tuple(dict.fromkeys(f for r in replies for f in r.figures))
    text = "\n".join(dict.fromkeys(r.text for r in replies))
    return replace(replies[-1], kind=Kind.ANSWER, text=text, figures=figures, topic=replies[0].topic), context


def _tells_how(text: str, reply: Reply) -> bool:
    """Whether a part asks for a rule of disclosure and is answered with it."""
    return reply.topic.startswith(_RULED) and _HOW.search(text) is not None


def _dates(query: Query | None, before: Query) -> bool:
    """Whether a part asks what the part before asked, only that it says of which years: 予以公开件数 2019-2021每年."""
    return query is not None and before.assumed and not query.assumed and query.items == before.items


def _says_more(parts: Reply, whole: Reply, after: Conversation) -> bool:
    """Whether the questions one by one say what the whole does not, or the whole says what nobody asked."""
    if whole.kind is not Kind.ANSWER:
        return True
    said = {(f.cell, f.year) for f in whole.figures}
    wanted = {(f.cell, f.year) for f in parts.figures}
    if not wanted <= said:
        return True
    last = after.query
    if last is None or last.action not in (Action.VALUE, Action.SUM):
        return False
    if last.action is Action.SUM and len(last.items) > 1:  # each is added by itself
        return False
    return "+" in last.items[0] or (wanted < said and len(last.items) > 1 and len(last.years) > 1)
