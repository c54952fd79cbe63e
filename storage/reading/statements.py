"""What the narrative states about applications, reviews and lawsuits, against tables three and four (X-1).

A statement counts only where its clause speaks of all applications of the year: partial counts (网络申请19件), replies
and other years are passed over. 未收到申请 and 没有发生行政复议 state a zero. Neither side is ever changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from storage.checks import CellLike, printed_sum
from storage.facts import Finding, Level
from storage.reading.narrative_figures import han_number

_NUMBER = r"(\d{1,3}(?:,\d{3})+|\d+|[零〇一二两三四五六七八九十百千万]+)"
_UNIT = r"(?:件|条|份|宗|次|起)(?!次)"
_PARTIAL = r"(?:网络|网上|信函|来函|邮寄|邮件|当面|现场|自然人|法人|企业|答复|办结|按时|其中|补正|复议|诉讼|投诉)"
_NONE = r"(?:未|没有|无)(?:曾|有)?(?:收到|接到|接收|受理|发生|产生|出现|涉及|引发|因)"


@dataclass(frozen=True, slots=True)
class Statement:
    """A number that the narrative states about applications, reviews or lawsuits.

    Attributes:
        cells: the cells whose sum it should equal.
        name: what it counts, in Chinese.
        value: the number stated.
        sentence: the sentence, word for word.
    """

    cells: tuple[str, ...]
    name: str
    value: Decimal
    sentence: str


_NEW = ("t3.new.total",), "收到申请"
_REVIEW = ("t4.review.total",), "行政复议"
_LAWSUIT = ("t4.direct.total", "t4.after.total"), "行政诉讼"
_COUNTED: tuple[tuple[re.Pattern[str], tuple[tuple[str, ...], str]], ...] = (
    (
        re.compile(
            rf"(?:收到|受理|新收|接收|接到|收)(?:(?!{_PARTIAL})\D){{0,30}}?公开(?:(?!{_PARTIAL})[^\d、]){{0,12}}?{_NUMBER}{_UNIT}"
        ),
        _NEW,
    ),
    (
        re.compile(rf"上(?:一)?年(?:度)?结转(?:政府信息公开)?(?:的)?(?:申请)?(?:数量|数)?(?:共|为)?{_NUMBER}{_UNIT}"),
        (("t3.carried_in.total",), "上年结转"),
    ),
    (
        re.compile(
            rf"(?:结转|转)(?:至|到)?下(?:一)?年(?:度)?(?:继续)?(?:办理|答复)*(?:的)?(?:有|共)?(?:申请)?{_NUMBER}{_UNIT}"
        ),
        (("t3.carried_out.total",), "结转下年度"),
    ),
    (re.compile(rf"公开(?:类|的|引起的?|引发的?|相关|申请)*行政复议(?:案件|申请)?(?:共|为)?{_NUMBER}{_UNIT}"), _REVIEW),
    (re.compile(rf"公开(?:类|的|引起的?|引发的?|相关|申请)*行政诉讼(?:案件)?(?:共|为)?{_NUMBER}{_UNIT}"), _LAWSUIT),
)
_ABSENT: tuple[tuple[re.Pattern[str], tuple[tuple[str, ...], str]], ...] = (
    (
        re.compile(
            rf"{_NONE}(?:(?!{_PARTIAL})\D){{0,14}}(?:依申请公开|公开(?:政府信息)?(?:的)?申请|申请公开)(?!.*(?:复议|诉讼|败诉))"
        ),
        _NEW,
    ),
    (re.compile(rf"{_NONE}.{{0,20}}公开.{{0,16}}行政复议(?!.*(?:败诉|纠正|纠错|撤销|被))"), _REVIEW),
    (re.compile(rf"{_NONE}.{{0,20}}公开.{{0,22}}(?:行政)?诉讼(?!.*(?:败诉|纠正|纠错|撤销|被))"), _LAWSUIT),
)
_OTHER_YEAR = re.compile(r"去年|上年度?(?!结转|度?结转)|同期|较|比")


def statements(sentences: Iterable[str]) -> list[Statement]:
    """What sentences of the narrative state about the figures of tables three and four."""
    return [s for sentence in sentences for clause in _clauses(sentence) for s in _of_clause(clause, sentence.strip())]


def _clauses(sentence: str) -> Iterator[str]:
    for clause in re.split(r"[，；]|,(?!\d)", re.sub(r"[（(][^（）()]*[）)]", "", sentence)):
        plain = re.sub(r"\s+", "", clause)
        if not _OTHER_YEAR.search(plain):
            yield plain


def _of_clause(clause: str, sentence: str) -> Iterator[Statement]:
    for pattern, (cells, name) in _COUNTED:
        hit = pattern.search(clause)
        text = hit.group(1).replace(",", "") if hit else ""
        value = int(text) if text.isdecimal() else han_number(text) if text else None
        if value is not None:
            yield Statement(cells, name, Decimal(value), sentence)
    for pattern, (cells, name) in _ABSENT:
        if pattern.search(clause):
            yield Statement(cells, name, Decimal(0), sentence)


def check_narrative(cells: Mapping[str, CellLike], sentences: Iterable[str]) -> list[Finding]:
    """A warning for each number of the narrative that differs from the tables; both are shown."""
    findings = []
    for statement in statements(sentences):
        printed = printed_sum(cells, statement.cells)
        if printed is None or printed == statement.value:
            continue
        place = "表三" if statement.cells[0].startswith("t3") else "表四"
        text = (
            f"正文说{statement.name}{statement.value}件（“{statement.sentence}”），{place}里是{printed}件，两处不一致，"
            "请核对以哪处为准；表格里的数照原文保留。"
        )
        findings.append(Finding(Level.WARNING, "text.table.differ", text, statement.cells[0]))
    return findings
