"""The conversation with one person: what was asked last, what is offered to choose from, what is still to be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from operator import methodcaller
from typing import Any

from bot.qa.query import Action, Query, known
from storage.values import immutable

FORMAT = 3
"""Raised when the stored form changes; a context of another format is forgotten."""
HISTORY = 8
"""How many answered figures are remembered (这两项, 差多少)."""


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@immutable
class Choice:
    """One of the choices offered: what the citizen may tap and what it then means."""

    label: str
    query: Query | None = None


@immutable
class Context:
    """What a conversation remembers.

    Attributes:
        query: the last question about the reports, answered or not.
        history: the last measures answered with their years, newest last.
        choices: what was offered to choose from in the last reply.
        rest: what remains of the last reply for 继续.
        previous: the question before the last, for 上一个.
        rule: the last rule of disclosure explained.
        focus: the year that the last reply ended on (最多的那一年), 0 for none.
        year: of the last question where it could not be answered, 0 for none.
    """

    query: Query | None = None
    history: tuple[tuple[str, int], ...] = ()
    choices: tuple[Choice, ...] = ()
    rest: str = ""
    previous: Query | None = None
    rule: str = ""
    focus: int = 0
    year: int = 0

    @property
    def action(self) -> Action | None:
        """The operation last asked for."""
        return self.query.action if self.query else None

    @property
    def table(self) -> str:
        """The table last spoken of: `t3`, `f`; empty before the first question."""
        return self.query.items[0].partition(".")[0] if self.query else ""

    @property
    def spoken(self) -> tuple[tuple[int, ...], bool]:
        """The years last spoken of, none before the first question, and whether the latest was only assumed."""
        if self.year:
            return (self.year,), False
        return (self.query.years, self.query.assumed) if self.query else ((), False)

    def dump(self) -> bytes:
        """The context as bytes for a cache."""
        choices = _json([(c.label, _plain(c.query)) for c in self.choices]) if self.choices else "[]"
        rest = _json(self.rest) if self.rest else '""'
        history = ",".join([f'["{measure}",{year}]' for measure, year in self.history])
        return (
            f'{{"v":{FORMAT},"q":{_asked(self.query)},"p":{_asked(self.previous)},"h":[{history}],'
            f'"c":{choices},"r":{rest},"u":"{self.rule}","f":{self.focus},"y":{self.year}}}'
        ).encode()

    @staticmethod
    def load(data: bytes) -> Context | None:
        """The context out of stored bytes; `None` for another format or anything that is not one of ours."""
        try:
            plain = json.loads(data)
            if plain["v"] != FORMAT:
                return None
            return Context(
                query=_query(plain["q"]),
                history=tuple((str(m), int(y)) for m, y in plain["h"] if known(str(m)))[-HISTORY:],
                choices=tuple(Choice(str(label), _query(q)) for label, q in plain["c"]),
                rest=str(plain["r"]),
                previous=_query(plain["p"]),
                rule=str(plain["u"]),
                focus=int(plain["f"]),
                year=int(plain["y"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
            return None

    def asked(self, query: Query, focus: int = 0) -> Context:
        """The context after a question about the reports."""
        pairs = tuple((m, y) for y in query.years for m in query.items)
        history = tuple(h for h in self.history if h not in pairs) + pairs
        changed = query != self.query and self.query is not None
        previous = self.query if changed else self.previous
        return Context(query, history[-HISTORY:], previous=previous, focus=focus)

    def explained(self, rule: str) -> Context:
        """The context after a rule of disclosure was explained."""
        return replace(self, rule=rule, choices=())

    def dated(self, year: int) -> Context:
        """The context after a question about a year that could not be answered."""
        return replace(self, year=year)

    def offering(self, choices: tuple[Choice, ...]) -> Context:
        """The context after choices were offered."""
        return replace(self, choices=choices)


Step = Callable[[Context], Context]
"""What a reply changes in the conversation: `Context.asked`, `explained`, `dated` or `offering` with what they take."""


class Conversation:
    """The conversation as the reading of one question looks at it and goes on with it.

    It keeps which parts were looked at and what was changed. So a question that does not lean on the conversation is
    known to have the same answer in any other, and one that leans on a part of it wherever that part is the same.
    """

    __slots__ = ("_replaced", "looked", "now", "steps")

    def __init__(self, now: Context) -> None:
        """Begin with what is remembered.

        Attributes:
            now: the conversation as it is to be remembered; taking it is no look at it.
            looked: the names of the parts that have been looked at.
            steps: what has been changed since the question came.
        """
        self.now = now
        self.looked: set[str] = set()
        self.steps: tuple[Step, ...] = ()
        self._replaced = False

    @property
    def query(self) -> Query | None:
        """See `Context.query`."""
        self._look("query")
        return self.now.query

    @property
    def previous(self) -> Query | None:
        """See `Context.previous`."""
        self._look("previous")
        return self.now.previous

    @property
    def action(self) -> Action | None:
        """See `Context.action`."""
        self._look("action")
        return self.now.action

    @property
    def table(self) -> str:
        """See `Context.table`."""
        self._look("table")
        return self.now.table

    @property
    def spoken(self) -> tuple[tuple[int, ...], bool]:
        """See `Context.spoken`."""
        self._look("spoken")
        return self.now.spoken

    @property
    def rule(self) -> str:
        """See `Context.rule`."""
        self._look("rule")
        return self.now.rule

    @property
    def focus(self) -> int:
        """See `Context.focus`."""
        self._look("focus")
        return self.now.focus

    @property
    def history(self) -> tuple[tuple[str, int], ...]:
        """See `Context.history`."""
        self.looked.add("history")
        return self.now.history

    def asked(self, query: Query, focus: int = 0) -> Conversation:
        """See `Context.asked`; what it replaces is from then on no part of the conversation as it was."""
        after = self._went_on(methodcaller("asked", query, focus))
        after._replaced = True
        return after

    def explained(self, rule: str) -> Conversation:
        """See `Context.explained`."""
        return self._went_on(methodcaller("explained", rule))

    def dated(self, year: int) -> Conversation:
        """See `Context.dated`."""
        return self._went_on(methodcaller("dated", year))

    def offering(self, choices: tuple[Choice, ...]) -> Conversation:
        """See `Context.offering`."""
        return self._went_on(methodcaller("offering", choices))

    def _look(self, part: str) -> None:
        if not self._replaced:
            self.looked.add(part)

    def _went_on(self, step: Step) -> Conversation:
        after = Conversation(step(self.now))
        after.looked, after.steps, after._replaced = self.looked, (*self.steps, step), self._replaced
        return after


def _plain(query: Query | None) -> list[Any] | None:
    if query is None:
        return None
    flags = (query.unsaid, query.assumed, query.yes_no)
    return [query.action.value, query.items, query.years, query.whole, *flags, query.bound]


@lru_cache(maxsize=4096)
def _asked(query: Query | None) -> str:
    return _json(_plain(query))


def _query(plain: Any) -> Query | None:
    if plain is None:
        return None
    action, items, years, whole, unsaid, assumed, yes_no, bound = plain
    names = tuple(str(i) for i in items)
    if not all(known(n) for n in names) or (whole and not known(str(whole))):
        return None
    return Query(
        Action(action),
        names,
        tuple(int(y) for y in years),
        str(whole),
        bool(unsaid),
        bool(assumed),
        bool(yes_no),
        str(bound),
    )
