"""The rules of disclosure: a reviewed knowledge file, what the desk wrote on top of it, how a question finds its entry.

An entry lists combinations of words (`when`); a combination holds when the question has one word of each of its groups.
The combination with the most and longest words wins, so that a more exact question finds the more exact entry.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

from bot.qa.normalise import normalise
from storage.facts import RuleText
from storage.questions.rulings import fold
from storage.values import immutable


@dataclass(frozen=True, slots=True)
class Rule:
    """An entry of the knowledge file.

    Attributes:
        id: stable key.
        title: what the entry is about.
        text: the answer in plain Chinese.
        source: law and article.
        since: the day from which the law in this form is in force, or on which it was issued; ISO.
        issued_only: `since` is the day of issue.
        unless: words that make the question another one.
        asks: ways of asking, the first of which is offered as a suggestion.
        contacts: the bureau's own contact data follow the text.
        more: ids of entries that a citizen is likely to ask next.
    """

    id: str
    title: str
    text: str
    source: str
    since: str
    asks: tuple[str, ...]
    issued_only: bool = False
    unless: frozenset[str] = frozenset()
    contacts: bool = False
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Combination:
    """Words that together point at an entry."""

    rule: str
    groups: tuple[frozenset[str], ...]


@immutable
class Hit:
    """An entry found, with how well."""

    rule: Rule
    score: float


@dataclass(frozen=True, slots=True)
class Book:
    """All entries, and their combinations by the words of their rarest group.

    Attributes:
        rules: by id.
        by_word: combinations by the words of their rarest group (`_indexed`).
        keys: the words of `by_word`.
        words: all words.
        weights: how much each says.
        asked: ways of asking as pairs of characters.
        exact: what the desk listed as ways of asking its rules, by key (`fold`).
        own: words that the desk added and that the vocabulary does not have.
        off: bundled rules that were taken off: they are still found, lest another answer be given in their place.
    """

    rules: Mapping[str, Rule]
    by_word: Mapping[str, tuple[Combination, ...]]
    keys: frozenset[str]
    words: frozenset[str]
    weights: Mapping[str, float]
    asked: tuple[tuple[frozenset[str], str], ...]
    exact: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    own: frozenset[str] = frozenset()
    off: frozenset[str] = frozenset()

    def find(self, present: frozenset[str], said: frozenset[str] | None = None) -> list[Hit]:
        """The entries whose words are all present, best first, equals by their ids; each entry once.

        Args:
            present: words of the question, and of the conversation where they complete it.
            said: the words of the question itself, of which a combination must have one; `None` for all.
        """
        best: dict[str, float] = {}
        for word in present & self.keys:
            for combination in self.by_word[word]:
                if said is not None and all(map(said.isdisjoint, combination.groups)):
                    continue
                if not any(map(present.isdisjoint, combination.groups)) and self._stands(combination, present):
                    score = self._score(combination, present)
                    if score > best.get(combination.rule, 0.0):
                        best[combination.rule] = score
        hits = [Hit(self.rules[rule], score) for rule, score in best.items()]
        hits.sort(key=lambda h: (-h.score, h.rule.id))
        return hits

    def about(self, rule: str) -> frozenset[str]:
        """The words that a question after an answer leaves out, because the answer was about them."""
        found = self.rules.get(rule)
        return _about(found, self.words) if found else frozenset()

    def like(self, text: str) -> Rule | None:
        """The entry with a way of asking that the question nearly is, by the pairs of characters they share."""
        pairs = _pairs(text)
        best, found = _LIKENESS, None
        for asked, rule in self.asked:
            both = len(pairs & asked)
            if both and (likeness := 2 * both / (len(pairs) + len(asked))) > best:
                best, found = likeness, self.rules[rule]
        return found

    def _stands(self, combination: Combination, present: frozenset[str]) -> bool:
        """Whether no word makes the question another one than the entry's."""
        rule = self.rules.get(combination.rule)
        return rule is not None and rule.unless.isdisjoint(present)

    def _score(self, combination: Combination, present: frozenset[str]) -> float:
        return sum(max(self.weights[w] for w in group & present) for group in combination.groups)


@lru_cache(maxsize=256)
def _about(rule: Rule, words: frozenset[str]) -> frozenset[str]:
    text = " ".join((rule.title, *rule.asks[:2]))
    return frozenset(w for w in words if len(w) > 1 and w in text)


def book(own: Mapping[str, RuleText | None] | None = None) -> Book:
    """The bundled entries, with those of the desk on top (`AgencyFacts.rules`)."""
    if not own:
        return bundled()
    kept = _with_own.get(id(own))
    if kept is None or kept[0] is not own:
        if len(_with_own) >= _KEPT:
            _with_own.clear()
        kept = _with_own[id(own)] = (own, _on_top(bundled(), own))
    return kept[1]


_KEPT = 64
_with_own: dict[int, tuple[Mapping[str, RuleText | None], Book]] = {}
"""The books of the snapshots asked last, by identity."""


def _on_top(base: Book, own: Mapping[str, RuleText | None]) -> Book:
    """The bundled book with the desk's rules; what bundled words weigh does not change by them."""
    found = dict(base.rules)
    combinations: list[Combination] = []
    exact: dict[str, str] = {}
    for key, text in own.items():
        if text is None:
            continue
        found[key] = _own_rule(key, text, base.rules.get(key))
        combinations += [Combination(key, _groups(line)) for line in text.words]
        exact |= {fold(normalise(ask)): key for ask in text.asks}
    words = {w for c in combinations for g in c.groups for w in g}
    combinations += dict.fromkeys(c for same in base.by_word.values() for c in same)
    by_word = _indexed(combinations)
    return Book(
        rules=found,
        by_word=by_word,
        keys=frozenset(by_word),
        words=base.words | words,
        weights={**_weights(combinations, words | base.words), **base.weights},
        asked=_asked(found),
        exact=exact,
        own=frozenset(words - base.words),
        off=frozenset(key for key, text in own.items() if text is None and key in found),
    )


def _own_rule(key: str, text: RuleText, bundled_one: Rule | None) -> Rule:
    return Rule(
        id=key,
        title=text.title,
        text=text.text,
        source=text.source,
        since=text.since,
        issued_only=text.issued_only,
        unless=bundled_one.unless if bundled_one else frozenset(),
        asks=text.asks,
        contacts=text.contacts,
        more=bundled_one.more if bundled_one else (),
    )


def _groups(line: str) -> tuple[frozenset[str], ...]:
    """The groups of a line that the desk wrote; words are looked for in normalised questions."""
    return tuple(frozenset(normalise(word) for word in part.split()) for part in line.split("+"))


def texts() -> dict[str, RuleText]:
    """The bundled rules as the desk shows them, by id."""
    return {
        rule.id: RuleText(
            rule.title, rule.text, rule.source, rule.since, rule.asks, rule.issued_only, (), rule.contacts
        )
        for rule in bundled().rules.values()
    }


@lru_cache(maxsize=1)
def bundled() -> Book:
    """The knowledge file, read once."""
    text = resources.files("bot.qa").joinpath("knowledge", "rules.toml").read_text(encoding="utf-8")
    plain = tomllib.loads(text)
    classes = {key: tuple(value.split()) for key, value in plain["class"].items()}
    found: dict[str, Rule] = {}
    combinations: list[Combination] = []
    words: set[str] = set()
    for key, entry in plain["rule"].items():
        found[key] = Rule(
            id=key,
            title=entry["title"],
            text=re.sub(r"\n(?!\n)", "", entry["text"].strip()).replace("\\n", "\n"),
            source=entry["source"],
            since=entry.get("effective") or entry["issued"],
            issued_only="issued" in entry,
            unless=frozenset(entry.get("unless", "").split()),
            asks=tuple(entry["ask"]),
            contacts=entry.get("contacts", False),
            more=tuple(entry.get("more", ())),
        )
        for line in entry["when"]:
            groups = tuple(_group(part, classes) for part in line.split("+"))
            words.update(*groups, found[key].unless)
            combinations.append(Combination(key, groups))
    by_word = _indexed(combinations)
    return Book(found, by_word, frozenset(by_word), frozenset(words), _weights(combinations, words), _asked(found))


def _indexed(combinations: Sequence[Combination]) -> dict[str, tuple[Combination, ...]]:
    """Combinations by the words of that group whose words the fewest combinations use, so that few are looked at."""
    uses = Counter(word for c in combinations for group in c.groups for word in group)
    by_word: dict[str, list[Combination]] = defaultdict(list)
    for combination in combinations:
        for word in min(combination.groups, key=lambda group: max((uses[w] for w in group), default=0)):
            by_word[word].append(combination)
    return {word: tuple(found) for word, found in by_word.items()}


_LIKENESS = 0.6
"""From so much of shared pairs of characters (Dice) on, a question is one of an entry's ways of asking."""
_IDLE = str.maketrans("", "", "，。？！,.?!的了吗呢吧啊呀嘛请问一下我想知道 ")


def _pairs(text: str) -> frozenset[str]:
    plain = text.translate(_IDLE)
    return frozenset(plain[i : i + 2] for i in range(len(plain) - 1))


def _asked(found: Mapping[str, Rule]) -> tuple[tuple[frozenset[str], str], ...]:
    return tuple((_pairs(ask), rule.id) for rule in found.values() for ask in rule.asks)


def _weights(combinations: Iterable[Combination], words: Collection[str]) -> dict[str, float]:
    """How much a word says: the fewer entries use it and the longer it is, the more."""
    users: dict[str, set[str]] = {w: set() for w in words}
    for combination in combinations:
        for group in combination.groups:
            for word in group:
                users[word].add(combination.rule)
    return {w: 1.0 + 2.0 / max(1, len(used)) + 0.1 * min(len(w), 6) for w, used in users.items()}


def _group(part: str, classes: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    words: list[str] = []
    for word in part.strip().split():
        words.extend(classes[word[1:]] if word.startswith("@") else (word,))
    return frozenset(words)


def vocabulary() -> Iterator[str]:
    """All words that combinations use."""
    yield from bundled().words


def sentence(rule: Rule) -> str:
    """Where the rule stands: 依据：《中华人民共和国政府信息公开条例》第三十三条，2019年5月15日起施行."""
    year, month, day = rule.since.split("-")
    kind = "印发" if rule.issued_only else "起施行"
    return f"依据：{rule.source}（{year}年{int(month)}月{int(day)}日{kind}）。"
