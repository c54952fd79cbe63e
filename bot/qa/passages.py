"""Passages of the reports, quoted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.qa import query
from bot.qa.figures import look_up, source
from bot.qa.query import Query
from bot.qa.types import CitedFigure, Kind, Reply
from bot.qa.wording import (
    amount,
    question,
    topic,
    years_text,
)
from storage.facts import AgencyFacts

_SENTENCE = re.compile(r"[^。；！？\n]*处理费[^。；！？\n]*[。；！？]?")


def passages(asked: Query, facts: AgencyFacts, held: Sequence[int], lost: Sequence[int]) -> Reply:
    """Passages of the reports, word for word."""
    blocks, absent = [], []
    for year in held:
        for item in asked.items:
            passage = facts.reports[year].texts.get(item, "").strip()
            if passage:
                blocks.append(f"{year}年年报“{query.name(item)}”（{query.place(item)}）原文：\n{passage}")
            else:
                absent.append(f"{year}年年报没有单独写“{query.name(item)}”。")
    if not blocks:
        return Reply(Kind.NONE, "".join(absent), topic=topic(asked))
    if lost:
        absent.append(f"{years_text(lost)}的年度报告没有载入。")
    other = {"x.problems": "x.measures", "x.measures": "x.problems", "x.overview": "x.problems"}.get(asked.items[0])
    suggestions = (f"{held[-1]}年{question(other)}",) if other else ()
    return Reply(Kind.ANSWER, "\n".join([*blocks, *absent]), suggestions=suggestions, topic=topic(asked))


def processing_fee(asked: Query, facts: AgencyFacts, held: Sequence[int]) -> Reply:
    """信息处理费: what the report says about it, word for word, with the figure where there is one."""
    lines: list[str] = []
    cited: list[CitedFigure] = []
    for year in held:
        report = facts.reports[year]
        said = next((m[0] for t in ("x.other", "x.overview") if (m := _SENTENCE.search(report.texts.get(t, "")))), "")
        value = look_up(report, "f.info_fee")
        if value.value is not None:
            cited += value.cited
            lines.append(f"{year}年信息处理费{amount(value)}（{source(year, 'f.info_fee')}）。")
        if said:
            lines.append(f"{year}年年报原文：“{said.strip()}”")
        elif value.value is None:
            lines.append(f"{year}年年报没有写信息处理费。")
    kind = (
        Kind.ANSWER
        if any("原文" in line or ("信息处理费" in line and "没有写" not in line) for line in lines)
        else Kind.NONE
    )
    return Reply(kind, "\n".join(lines), tuple(cited), ("什么情况收信息处理费",), "f.info_fee")
