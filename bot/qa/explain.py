"""How a question was read, for people who look after the account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from bot.qa import normalise, query, turn, understand
from bot.qa.session import Context, Conversation
from storage.facts import AgencyFacts


@dataclass(frozen=True, slots=True)
class Explanation:
    """The words with what they were taken for, and the reading in lines of name and value."""

    words: tuple[tuple[str, str], ...]
    lines: tuple[tuple[str, str], ...]


def explain(question: str, facts: AgencyFacts, context: Context | None, today: date) -> Explanation:
    """Read a question as the pipeline does and say how."""
    text = normalise.normalise(question)
    read = turn.read(text, facts, Conversation(context or Context()), today)
    meaning = understand.understand(read)
    words = tuple(
        (t.text + ("（按读音）" if t.sound else ""), "、".join(f"{s.kind}:{s.id}".rstrip(":") for s in t.senses))
        for t in read.tokens
    )
    lines = [
        ("归一", text),
        ("判断", meaning.sort.value),
        ("余下没认出的", f"{meaning.word or '无'}（{meaning.doubt:.1f}）"),
    ]
    if read.years.years:
        lines.append(("年份", "、".join(map(str, read.years.years))))
    if meaning.query is not None:
        asked = meaning.query
        lines.append(("要做的", asked.action.value))
        lines.append(("指标", "、".join(f"{i}（{query.name(i)}）" for i in asked.items)))
        lines.append(("各年", "、".join(map(str, asked.years))))
        if asked.whole:
            lines.append(("占谁的", asked.whole))
    if meaning.rule is not None:
        lines.append(("规则", f"{meaning.rule.id}（{meaning.rule.title}）"))
    if meaning.rivals:
        lines.append(("其他读法", "；".join(f"{h.rule.id} {h.score:.1f}" for h in meaning.rivals)))
    return Explanation(words, tuple(lines))
