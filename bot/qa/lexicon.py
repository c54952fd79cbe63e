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
from typing import NamedTuple

import ahocorasick
from pypinyin.pinyin_dict import pinyin_dict

_IDLE = frozenset({"fill", "cue", "neutral", "clue", "thanks", "hello", "command", "act", "channel", "applying"})


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


@dataclass(frozen=True, slots=True)
class Token:
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
            self._automaton.add_word(word.text, word)
        self._automaton.make_automaton()
        self._by_sound = _sound_automaton(w for w in self.words.values() if by_sound & w.kinds)

    def spans(self, text: str) -> list[Span]:
        """All words of the vocabulary in the text."""
        return [Span(end + 1 - len(word.text), end + 1, word.weight, word) for end, word in self._automaton.iter(text)]

    def read(self, text: str, more: Sequence[Span] = ()) -> tuple[list[Token], frozenset[str]]:
        """Cut the text into known words.

        Args:
            text: the normalised text.
            more: spans that the vocabulary does not hold, such as years.

        Returns:
            The words in order, and all words of the vocabulary that the text has, also those that longer ones cover.
        """
        known = self.spans(text)
        spans = [*(s for s in known if s.weight > 0), *more]
        path = _best_path(len(text), spans)
        heard = self._heard(text, path)
        if heard:
            spans += heard
            path = _best_path(len(text), spans)
        tokens = [
            Token(s.start, s.end, s.word.text, s.word.senses, s.word.kinds, s.weight < s.word.weight) for s in path
        ]
        present = {s.word.text for s in known}
        present.update(s.word.text for s in heard)
        return tokens, frozenset(present)

    def _heard(self, text: str, tokens: Sequence[Span]) -> list[Span]:
        """Words that sound like a stretch of the text with a character that nothing but idle words covers."""
        covered = bytearray(len(text))
        for span in tokens:
            mark = b"\1" if span.word.idle else b"\2"
            if span.end - span.start > 1 or mark == b"\2":
                covered[span.start : span.end] = mark * (span.end - span.start)
        if covered.find(0) < 0:
            return []
        found = []
        for end, words in self._by_sound.iter(text.translate(sounds())):
            for word in words:
                start = end + 1 - len(word.text)
                if covered.find(0, start, end + 1) < 0 or covered.find(2, start, end + 1) >= 0:
                    continue
                typed = text[start : end + 1]
                if any(a == b for a, b in zip(typed, word.text, strict=True)) or len(typed) > 3:
                    found.append(Span(start, end + 1, word.weight - 0.7, word))
        return found


_PLAIN = frozenset({"fill", "clue", "cue", "neutral", "applying", "channel", "act"})
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


def _sound_automaton(words: Iterable[Word]) -> ahocorasick.Automaton:
    table = sounds()
    by_code: dict[str, list[Word]] = defaultdict(list)
    for word in words:
        if len(word.text) > 1 and _PARTICLES.isdisjoint(word.text) and all(ord(c) in table for c in word.text):
            by_code[word.text.translate(table)].append(word)
    automaton = ahocorasick.Automaton()
    for code, same in by_code.items():
        automaton.add_word(code, tuple(same))
    automaton.make_automaton()
    return automaton


def _best_path(length: int, spans: Sequence[Span]) -> list[Span]:
    """The spans without overlap whose weights add up to most."""
    ending: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        ending[span.end].append(span)
    best = [0.0] * (length + 1)
    choice: list[Span | None] = [None] * (length + 1)
    for end in range(1, length + 1):
        best[end] = best[end - 1]
        for span in ending.get(end, ()):
            score = best[span.start] + span.weight
            if score > best[end]:
                best[end], choice[end] = score, span
    path = []
    at = length
    while at > 0:
        span_here = choice[at]
        if span_here is None:
            at -= 1
        else:
            path.append(span_here)
            at = span_here.start
    path.reverse()
    return path
