"""What an entry says: checked on the way in, plain values in the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from storage.errors import Refused
from storage.facts import RuleText
from storage.questions.rulings import LONGEST_ANSWER, Phrase

LONGEST_TITLE, LONGEST_TEXT, LONGEST_SOURCE, LONGEST_ASK = 60, 1000, 200, 60
MOST_ASKS, MOST_WORDS = 20, 20


@dataclass(frozen=True, slots=True)
class AnswerText:
    """An answer with the ways of asking that get it."""

    phrases: tuple[Phrase, ...]
    text: str

    @property
    def title(self) -> str:
        """What it is called in lists."""
        return self.phrases[0].text


def check_rule(rule: RuleText) -> RuleText:
    """The rule as it may be stored.

    Raises:
        Refused: something is missing, too long, or no day; the message says what.
    """
    for name, text, longest in (
        ("标题", rule.title, LONGEST_TITLE),
        ("内容", rule.text, LONGEST_TEXT),
        ("依据", rule.source, LONGEST_SOURCE),
    ):
        if not text.strip():
            raise Refused(f"请填写{name}。")
        if len(text) > longest:
            raise Refused(f"{name}最多{longest}字，现在有{len(text)}字。")
    try:
        date.fromisoformat(rule.since)
    except ValueError:
        raise Refused("请选择施行或印发的日期。") from None
    if not rule.asks:
        raise Refused("请至少写一种问法。")
    _check_lines("问法", rule.asks, MOST_ASKS)
    _check_lines("关键词", rule.words, MOST_WORDS)
    for line in rule.words:
        if any(not part.strip() for part in line.split("+")):
            raise Refused(f"关键词“{line}”里，加号两边都要有词。")
        if all(len(word) < 2 for part in line.split("+") for word in part.split()):
            raise Refused(f"关键词“{line}”太短，会答错别的问题。请写得具体一些。")
    return rule


def _check_lines(name: str, lines: Sequence[str], most: int) -> None:
    if len(lines) > most:
        raise Refused(f"{name}最多{most}行。")
    too_long = next((line for line in lines if len(line) > LONGEST_ASK), None)
    if too_long is not None:
        raise Refused(f"{name}每行最多{LONGEST_ASK}字：“{too_long[:20]}……”。")


def check_answer(answer: AnswerText) -> AnswerText:
    """The answer as it may be stored.

    Raises:
        Refused: no way of asking, no text, or too much of it.
    """
    if not answer.phrases or not all(p.key for p in answer.phrases):
        raise Refused("请至少写一种问法。")
    _check_lines("问法", [p.text for p in answer.phrases], 100)
    if not answer.text.strip():
        raise Refused("请写明答复内容。")
    if len(answer.text) > LONGEST_ANSWER:
        raise Refused(f"答复最多{LONGEST_ANSWER}字。")
    return answer


def rule_values(rule: RuleText) -> dict[str, Any]:
    """A rule as it is stored."""
    return asdict(rule) | {"asks": list(rule.asks), "words": list(rule.words)}


def rule_from(values: Mapping[str, Any]) -> RuleText:
    """The rule that `rule_values` made these from."""
    return RuleText(**dict(values) | {"asks": tuple(values["asks"]), "words": tuple(values["words"])})


def answer_values(answer: AnswerText) -> dict[str, Any]:
    """An answer as it is stored."""
    return {"phrases": [{"text": p.text, "key": p.key} for p in answer.phrases], "text": answer.text}


def answer_from(values: Mapping[str, Any]) -> AnswerText:
    """The answer that `answer_values` made these from."""
    return AnswerText(tuple(Phrase(p["text"], p["key"]) for p in values["phrases"]), values["text"])
