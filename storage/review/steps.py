"""The steps of review: which there are, how many a kind of thing needs, whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from storage.models.review import ItemState, ReviewEntry, ReviewItem
from storage.staff import Role


class Step(StrEnum):
    """A signature that an item needs."""

    FIRST = "first"
    SECOND = "second"
    SECRECY = "secrecy"
    FINAL = "final"


STEP_NAMES: dict[Step, str] = {
    Step.FIRST: "初审",
    Step.SECOND: "复审（二校）",
    Step.SECRECY: "保密审查",
    Step.FINAL: "终审（三校）",
}

SIGNERS: dict[Step, frozenset[Role]] = {
    Step.FIRST: frozenset({Role.FIRST_REVIEWER}),
    Step.SECOND: frozenset({Role.SECOND_REVIEWER}),
    Step.SECRECY: frozenset({Role.SECOND_REVIEWER, Role.FINAL_REVIEWER, Role.SUPERVISOR}),
    Step.FINAL: frozenset({Role.FINAL_REVIEWER}),
}
"""Whose roles allow the signature; a reminder of a late step goes to them."""


def steps(levels: int, *, secrecy: bool) -> tuple[Step, ...]:
    """The steps for a number of review levels: 1 终审, 2 初审 and 终审, 3 all; never none.

    Args:
        levels: 1 to 3.
        secrecy: the secrecy review is a step of its own; else it is part of the final reviewer's statement.
    """
    ladder = {1: (Step.FINAL,), 2: (Step.FIRST, Step.FINAL), 3: (Step.FIRST, Step.SECOND, Step.FINAL)}
    chosen = ladder[min(max(levels, 1), 3)]
    return (*chosen[:-1], Step.SECRECY, chosen[-1]) if secrecy else chosen


@dataclass(frozen=True, slots=True)
class Chains:
    """How many signatures things need and how long each may take, as the settings say.

    An item keeps the steps that held when it was handed in.

    Attributes:
        full: what stays: reports, rules, answers.
        reply: what goes to one person and is sent with the last signature.
        days: working days for each step.
    """

    full: tuple[Step, ...] = tuple(Step)
    reply: tuple[Step, ...] = (Step.FINAL,)
    days: int = 2


def next_step(item: ReviewItem, record: Sequence[ReviewEntry]) -> Step | None:
    """The step that waits for a signature; `None` unless the item is in review."""
    if item.state != ItemState.IN_REVIEW:
        return None
    signed = {e.signed_step for e in record if e.round == item.round}
    return next((Step(s) for s in item.steps if s not in signed), None)


def refusal(item: ReviewItem, record: Sequence[ReviewEntry], staff_id: int) -> str | None:
    """Why this person may not sign the next step, whatever their role; `None` if they may."""
    if staff_id == item.author_id:
        return "自己拟的稿不能自己审。"
    if any(e.slot == staff_id for e in record if e.round == item.round):
        return "您已经签过其中一道，同一件稿子一个人只能签一道。"
    return None
