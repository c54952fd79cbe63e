"""The rows or columns under what a question names: 不予公开都是什么原因, 新收申请按申请人."""

from __future__ import annotations

from collections.abc import Sequence

from bot.qa.compose import Anchor
from bot.qa.turn import Turn
from storage import catalogue


def rows_under(turn: Turn, anchors: Sequence[Anchor]) -> tuple[str, ...]:
    """The rows or columns under what is named: 不予公开都是什么原因, 新收申请按申请人."""
    first = anchors[0]
    if first.family == "t3":
        if first.id == "done" and not turn.parts.columns3 and not _about_people(turn):
            return tuple(f"t3.{r}.total" for r in ("granted", "partial", *catalogue.GROUPS))
        if [c.id for c in turn.parts.columns3] == ["orgs"]:
            return tuple(f"t3.{first.id}.{c}" for c in catalogue.ORGANISATIONS)
        if first.id in catalogue.GROUPS and not _about_people(turn):
            column = turn.parts.columns3[0].id if turn.parts.columns3 else "total"
            return tuple(f"t3.{r}.{column}" for r in catalogue.ROWS_OF[first.id])
        if not turn.parts.columns3:
            return tuple(f"t3.{first.id}.{c.id}" for c in catalogue.APPLICANTS)
    if first.family == "t4" and not turn.parts.columns4:
        return tuple(f"t4.{first.id}.{r.id}" for r in catalogue.RESULTS if r.id != "total")
    return ()


def _about_people(turn: Turn) -> bool:
    return any(w in turn.text for w in ("申请人", "谁", "哪些人", "哪类人", "什么人", "哪种人", "啥人", "申请主体"))
