"""Topics that the reports and the rules of disclosure do not hold, with where to turn instead."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic outside: its id, what the reply calls it, where to turn."""

    id: str
    name: str
    pointer: str
    words: tuple[str, ...]


@lru_cache(maxsize=1)
def topics() -> dict[str, Topic]:
    """All topics by id."""
    text = resources.files("bot.qa").joinpath("knowledge", "outside.toml").read_text(encoding="utf-8")
    return {
        key: Topic(key, entry["name"], entry["pointer"], tuple(entry["words"].split()))
        for key, entry in tomllib.loads(text).items()
    }


def vocabulary() -> Iterator[tuple[str, str]]:
    """Words with the topic that they name."""
    for topic in topics().values():
        for word in topic.words:
            yield word, topic.id
