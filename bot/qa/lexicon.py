"""The vocabulary as one automaton: every word that the reading of questions knows, with what it may mean.

A question is cut into words by the path that covers most of it with the longest words. Characters that no word covers
are looked up once more by sound, so that 付议 is read as 复议; what is then left over is counted against a reading.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from operator import itemgetter
from typing import NamedTuple

import ahocorasick
from pypinyin.pinyin_dict import pinyin_dict

_IDLE = frozenset(
    {"fill", "cue", "neutral", "clue", "sign", "thanks", "hello", "command", "act", "channel", "applying"}
)


class Sense(NamedTuple):
    """What a word may mean: a kind (`row3`, `column3`, `op`, `fill` …) and which one of that kind."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class Word:
    """A known word with its senses.

    Attributes:
        text: the word.
        senses: what it may mean.
        weight: how much a cut of the question gains by it.
        kinds: the kinds of its senses.
        idle: it says nothing of what is asked.
    """

    text: str
    senses: tuple[Sense, ...]
    weight: float
    kinds: frozenset[str]
    idle: bool


def make_word(text: str, senses: Sequence[Sense], weight: float | None = None) -> Word:
    """A word with what follows from its senses; without a weight the one that its length and senses give."""
    kinds = frozenset(s.kind for s in senses)
    return Word(text, tuple(senses), _weight(text, kinds) if weight is None else weight, kinds, kinds <= _IDLE)


class Token(NamedTuple):
    """A word in a question. `sound` marks one that was recognised by its sound only."""

    start: int
    end: int
    text: str
    senses: tuple[Sense, ...]
    kinds: frozenset[str]
    sound: bool = False


class Span(NamedTuple):
    """A candidate for the cut: a word of the vocabulary or something read from the text, such as a year."""

    start: int
    end: int
    weight: float
    word: Word


SOUND_BASE = 0xE000
"""Syllables are coded as characters of the private-use area, so that a text by sound is a string of the same length."""
_MERGE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ing", "in"), ("eng", "en"), ("ang", "an"))


def _syllable(reading: str) -> str:
    """A reading without tone and without the differences that voice input and dialects lose."""
    plain = "".join(c for c in unicodedata.normalize("NFD", reading) if not unicodedata.combining(c) or c == "\u0308")
    for full, short in _MERGE:
        plain = plain.replace(full, short)
    return plain


@lru_cache(maxsize=1)
def sounds() -> dict[int, str]:
    """Each character's first reading as one private-use character, for `str.translate`."""
    codes: dict[str, str] = {}
    table: dict[int, str] = {}
    for code, readings in pinyin_dict.items():
        if 0x4E00 <= code < 0xA000:
            syllable = _syllable(readings.split(",")[0])
            table[code] = codes.setdefault(syllable, chr(SOUND_BASE + len(codes)))
    return table


class Lexicon:
    """The compiled vocabulary. Building takes a moment and is done once; `cut` is what questions use."""

    def __init__(self, entries: Iterable[tuple[str, Sense]], *, by_sound: frozenset[str]) -> None:
        """Compile.

        Args:
            entries: words with one sense each; a word may come several times.
            by_sound: kinds whose words are recognised by sound as well.
        """
        senses: dict[str, list[Sense]] = defaultdict(list)
        for text, sense in entries:
            if sense not in senses[text]:
                senses[text].append(sense)
        self.words = {text: make_word(text, found) for text, found in senses.items()}
        self._automaton = ahocorasick.Automaton()
        for word in self.words.values():
            self._automaton.add_word(word.text, (word.text, len(word.text), word.weight, word))
        self._automaton.make_automaton()
        self._by_sound = _sound_automaton(w for w in self.words.values() if by_sound & w.kinds)
        self._misspellable = _sound_automaton(
            w for w in self.words.values() if len(w.text) > _SHORT and w.kinds & (by_sound | _SPELT)
        )
        self._parts = frozenset(c[i : i + _PART] for c in self._misspellable for i in range(len(c) - _PART + 1))

    def read(self, text: str, more: Sequence[Span] = ()) -> tuple[list[Token], frozenset[str]]:
        """Cut the text into known words.

        Args:
            text: the normalised text.
            more: spans that the vocabulary does not hold, such as years.

        Returns:
            The words in order, and all words of the vocabulary that the text has, also those that longer ones cover.
        """
        spans: list[_Span] = []
        present: set[str] = set()
        for last, (found, length, weight, word) in self._automaton.iter(text):
            present.add(found)
            if weight:
                spans.append((last + 1 - length, last + 1, weight, word))
        if more:
            spans += more
            spans.sort(key=_END)
        path = _best_path(len(text), spans)
        heard = self._heard(text, path)
        if heard:
            present.update(word.text for _, _, _, word in heard)
            spans += heard
            spans.sort(key=_END)
            path = _best_path(len(text), spans)
        tokens = [
            Token(start, end, word.text, word.senses, word.kinds, weight < word.weight)
            for start, end, weight, word in path
        ]
        return tokens, frozenset(present)

    def _heard(self, text: str, path: Sequence[_Span]) -> list[_Span]:
        """Words that sound like a stretch of the text with a character that nothing but idle words covers."""
        alone, named, stretches = _loose(path, len(text))
        found: list[_Span] = []
        for first, until in stretches:
            for last, words in self._by_sound.iter(text[first:until].translate(sounds())):
                end = first + last + 1
                for word in words:
                    start = end - len(word.text)
                    bare = any(start <= at < end and at not in named for at in alone)
                    if not bare or not _PARTICLES.isdisjoint(word.text):
                        continue
                    if end - start > 3 or any(a == b for a, b in zip(text[start:end], word.text, strict=True)):
                        found.append((start, end, word.weight - 0.7, word))
        weak = [at for at in alone if text[at] not in EXPECTED]
        if any(self._may_be_wrong(text, at) for at in weak):
            found += self._misspelt(text, weak)
        return found

    def _may_be_wrong(self, text: str, at: int) -> bool:
        """Whether a character sounds, together with two beside it, like a part of a word that may be misspelt."""
        heard = text[max(0, at - _PART + 1) : at + _PART].translate(sounds())
        return not self._parts.isdisjoint([heard[i : i + _PART] for i in range(len(heard) - _PART + 1)])

    def _misspelt(self, text: str, weak: Sequence[int]) -> list[_Span]:
        """Words of three characters or more that are spelt with one wrong character of the same sound: 共众号, 审接."""
        found: list[_Span] = []
        until = 0
        for at in weak:
            if at < until:
                continue
            first, until = max(0, at - _REACH), at + _REACH + 1
            for last, words in self._misspellable.iter(text[first:until].translate(sounds())):
                end = first + last + 1
                for word in words:
                    start = end - len(word.text)
                    typed = text[start:end]
                    wrong = [i for i, (a, b) in enumerate(zip(typed, word.text, strict=True)) if a != b]
                    if len(typed) <= _SHORT or len(wrong) != 1 or start + wrong[0] not in weak:
                        continue
                    if word.text[wrong[0]] not in _PARTICLES:
                        found.append((start, end, word.weight - 0.7, word))
        return found


_SPELT = frozenset({"cue", "foreign", "topic"})
"""Kinds that are recognised although one character is wrong, besides those recognised by sound alone."""
_SHORT = 2
_PART = 3
"""Characters that every word has which may be misspelt."""
_REACH = 8
"""Characters on either side of a suspicious one that a misspelt word may reach."""
EXPECTED = frozenset(
    "的了吗呢是在有我你您他她它们给就都还这那个几多少件条次篇起家年月日一二三四五六七八九十两请问想要去来到里"
    "和与跟及啊呀吧嘛哈哦么什哪谁怎样为也又再只把被让对向说讲看查帮得着没不无未按案之其以此各每"
    "0123456789abcdefghijklmnopqrstuvwxyz，,。？?！!、：:;；()“”\"' "
)
"""Characters that stand alone in any question; others that no word has may be wrong ones."""
_Span = tuple[int, int, float, Word]
"""A `Span` as the cut holds it: a question has some twenty, and plain tuples are built in a third of the time."""
_END = itemgetter(1)
_AFTER_ALL = Word("", (), 0.0, frozenset(), idle=False)
"""Stands after the last word of a text."""


def _loose(path: Sequence[_Span], length: int) -> tuple[list[int], set[int], list[tuple[int, int]]]:
    """What the words of a text leave loose.

    Returns:
        The places that no word of two characters or more covers; those of them that words cover which are not idle;
        and the stretches of two characters or more that only idle words or none cover, one of them at such a place.
    """
    alone: list[int] = []
    named: set[int] = set()
    stretches: list[tuple[int, int]] = []
    first = at = 0
    bare = -1
    for start, end, _, word in (*path, (length, length, 0.0, _AFTER_ALL)):
        if start > at:
            alone += range(at, start)
            bare = start - 1
        if end - start == 1:
            alone.append(start)
            if word.idle:
                bare = start
            else:
                named.add(start)
        if not word.idle:
            if bare >= first and start - first > 1:
                stretches.append((first, start))
            first = end
        at = end
    return alone, named, stretches


_PLAIN = frozenset({"fill", "clue", "cue", "neutral", "applying", "channel", "act", "sign"})
_CUE = frozenset({"cue"})
_BARRING = frozenset({"agency", "foreign"})
"""What keeps a question from being about a known measure wins over words of the same length."""


def _weight(text: str, kinds: frozenset[str]) -> float:
    """Longer words win; words of the rules alone (`cue`) are only looked for and never cut a question."""
    if kinds == _CUE:
        return 0.0
    plain = kinds <= _PLAIN
    if kinds & _BARRING and len(text) > 1:
        return len(text) * 2.0
    if len(text) == 1:
        return 0.5 if plain else 0.8
    return len(text) * 2 - (1.5 if plain else 1.0)


_PARTICLES = frozenset("了过得的着掉未不没无")
"""Words with a particle or a negation are not looked for by sound: too much hangs on too little."""


_VOICED = {"重": ("重", "虫"), "行": ("行", "航"), "长": ("长", "常"), "调": ("调", "掉"), "转": ("转", "传")}
"""Characters that vocabulary words have with a reading that is not their first, by characters that have it."""


def _codes(word: str) -> set[str]:
    """A word by sound, in each reading of characters that have several."""
    ways = product(*(_VOICED.get(c, (c,)) for c in word))
    return {"".join(way).translate(sounds()) for way in ways}


def _sound_automaton(words: Iterable[Word]) -> ahocorasick.Automaton:
    table = sounds()
    by_code: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if len(word.text) > (1 if _PARTICLES.isdisjoint(word.text) else _SHORT) and all(
            ord(c) in table for c in word.text
        ):
            for code in _codes(word.text):
                by_code[code].append(word)
    automaton = ahocorasick.Automaton()
    for code, same in by_code.items():
        automaton.add_word(code, tuple(same))
    automaton.make_automaton()
    return automaton


def _best_path(length: int, spans: Sequence[_Span]) -> list[_Span]:
    """The spans without overlap whose weights add up to most, out of spans in the order of their ends."""
    best = [0.0] * (length + 1)
    choice: list[_Span | None] = [None] * (length + 1)
    at, top = 0, 0.0
    for span in spans:
        start, end, weight, _ = span
        while at < end:
            at += 1
            best[at] = top
        score = best[start] + weight
        if score > top:
            best[end] = top = score
            choice[end] = span
    path = []
    while at > 0:
        chosen = choice[at]
        if chosen is None:
            at -= 1
        else:
            path.append(chosen)
            at = chosen[0]
    path.reverse()
    return path
