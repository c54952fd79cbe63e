"""Answers kept by what was asked: the same question is not understood twice.

People ask the same few hundred things in the same words, with more or fewer courtesies around them and in the midst of
different conversations. An answer is kept with the parts of the conversation that its reading looked at, and is good
wherever these are the same.
"""

from __future__ import annotations

from collections import OrderedDict
from operator import attrgetter
from typing import Any

from bot.qa.session import Context, Conversation, Step
from bot.qa.types import Reply

QUESTIONS = 4000
"""Questions whose answers are kept, each answer of some 2 KiB."""
CONVERSATIONS = 50
"""Answers to one question that leans on the conversation."""
LONGEST = 60
"""Characters of a question whose answer is kept: longer ones are hardly asked again, and may tell of their writer."""
PASSING = "publication."
"""Topics that the publishing ledger answers, which changes by the minute: their answers are not kept."""

Key = tuple[str, frozenset[int]]
"""A question without its courtesies, and the places where a space was typed."""
_Answer = tuple[Reply, tuple[Step, ...]]


class KnownAnswers:
    """The answers from one agency's facts on one day."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept: OrderedDict[Key, dict[frozenset[str], dict[Any, _Answer]]] = OrderedDict()

    def find(self, key: Key, context: Context) -> tuple[Reply, Context] | None:
        """The reply and the conversation after it, where the question was answered in such a conversation."""
        for looked, answers in self._kept.get(key, {}).items():
            found = answers.get(_seen(looked, context))
            if found is not None:
                reply, steps = found
                for step in steps:
                    context = step(context)
                return reply, context
        return None

    def keep(self, key: Key, context: Context, reply: Reply, after: Conversation) -> None:
        """Keep what was answered in a conversation."""
        if len(key[0]) > LONGEST:
            return
        if key not in self._kept and len(self._kept) >= QUESTIONS:
            self._kept.popitem(last=False)
        looked = frozenset(after.looked)
        answers = self._kept.setdefault(key, {}).setdefault(looked, {})
        if len(answers) >= CONVERSATIONS:
            answers.clear()
        answers[_seen(looked, context)] = reply, after.steps


def _seen(looked: frozenset[str], context: Context) -> Any:
    """The parts of a conversation that were looked at."""
    return attrgetter(*looked)(context) if looked else None
